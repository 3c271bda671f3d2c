"""Open every screen and dialog by its key, for the first time in a process and again."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.latency.figures import Row
from tools.latency.keys import GOAL
from tools.latency.picture import Picture
from tools.latency.strokes import LARGE, clock, plays
from tools.latency.terminal import Sight, Terminal

LOOK = 2.5
"""Seconds between the first picture and the first key."""
BREATH = 0.2, 0.4
"""Seconds between two keys: the user looks at what was opened."""
FILLED = 4.0
"""Seconds that are waited for what is read or computed."""
ROUNDS = 3
"""Times that each process opens everything; the first time counts by itself."""


def _shows(words: str, now: Picture) -> bool:
    return words in now.text


def _hides(words: str, now: Picture) -> bool:
    return words not in now.text


def _head(words: str, now: Picture) -> bool:
    return now.row(0).startswith(f" {words}")


def _below(words: str, now: Picture) -> bool:
    return not _head(words, now)


def _cursor_in(words: str, now: Picture) -> bool:
    return words in now.text and not clock(now)


@dataclass(frozen=True)
class Opening:
    """A key that opens something, and the one that closes it.

    Attributes:
        name: of the key and of what it opens.
        key: what the terminal sends.
        stands: its frame and heading are seen.
        gone: it is closed again.
        whole: also what is read for it is seen; None if there is nothing to wait for, or if it takes the model (see ``opening``).
        close: what closes it.
    """

    name: str
    key: bytes
    stands: Sight
    gone: Sight
    whole: Sight | None = None
    close: bytes = b"\x1b"


def _framed(name: str, key: str | bytes, words: str, whole: Sight | None = None, close: bytes = b"\x1b") -> Opening:
    keys = key.encode() if isinstance(key, str) else key
    return Opening(name, keys, partial(_shows, words), partial(_hides, words), whole, close)


def _no_wait(*words: str) -> Sight:
    return lambda now: not any(word in now.text for word in words)


_RUN_ROWS: Sight = lambda now: len(re.findall(r"p\d\d-\w+-\w{4}", now.text)) >= 2  # noqa: E731

ON_THE_RUN = (
    _framed("i inspect", "i", "3 Candidates"),
    _framed("w learned", "w", "Suggested topics"),
    _framed("m memory", "m", "Memories", _no_wait("searching")),
    Opening("r runs", b"r", partial(_head, "Runs"), partial(_below, "Runs"), _RUN_ROWS),
    Opening("p personas", b"p", partial(_head, "Personas"), partial(_below, "Personas"), partial(_shows, "p03")),
    _framed("N new run", "N", "New run"),
    _framed("? help", "?", "─ Help"),
    _framed("g go to", "g", "─ Go to"),
    _framed("e explain", "e", "─ Explain"),
    _framed("j jump", "j", "Home  h "),
    _framed("x export", "x", "─ Export "),
    _framed("M bookmark", "M", "─ Bookmark: "),
    _framed("' bookmarks", "'", "─ Bookmarks"),
    _framed("/ search", "/", "search recommendations and reasons"),
    _framed("ctrl+p palette", b"\x10", "Search for commands", partial(_shows, "Bookmark")),
    Opening("z zoom", b"z", partial(_hides, " Scores today "), partial(_shows, " Scores today "), None, b"z"),
)
"""What opens over a run that stands still."""
ON_THE_LIST = (
    _framed("? keys, in r", "?", "Esc: close"),
    _framed("/ filter, in r", "/", "Filter by words"),
    _framed("ctrl+p palette, in r", b"\x10", "Search for commands", partial(_shows, "Compare")),
    Opening("c compare, in r", b"c", partial(_head, "Compare"), partial(_below, "Compare"), _no_wait("reading", "opening …")),
)
"""What opens over the list of runs; the last one with two runs chosen."""


def screens(db: Path, run: str, count: int, size: tuple[int, int] = LARGE) -> Iterator[Row]:
    """Open every screen in several processes; yield one row for what stands, and one for what is filled in.

    Args:
        db: path of the database.
        run: id of the run that is shown.
        count: number of keys in all, at least.
        size: of the terminal.
    """
    wide = f"{size[0]}x{size[1]}"
    first = Row(f"opening for the first time, {wide}", GOAL)
    again = Row(f"opening again, {wide}", GOAL)
    closing = Row(f"closing, {wide}", GOAL)
    filled = Row(f"opened and filled in, {wide}")
    chance = random.Random(3)
    keys = 2 * (len(ON_THE_RUN) + len(ON_THE_LIST))
    for _ in range(max(1, round(count / (keys * ROUNDS)))):
        terminal = Terminal(["-m", "propersim", "replay", run, "--db", str(db), "--speed", "8"], db.parent, size)
        try:
            if not terminal.until(plays, 60.0):
                raise SystemExit(f"waited in vain; the screen shows:\n{terminal.picture.text}")
            terminal.settle(1.0)
            terminal.press(b" ")
            terminal.settle(LOOK)
            for number in range(ROUNDS):
                _round(terminal, again if number else first, closing, filled, lambda: chance.uniform(*BREATH))
        finally:
            terminal.close()
    yield from (first, again, closing, filled)


def _round(terminal: Terminal, opened: Row, closed: Row, filled: Row, breath: Callable[[], float]) -> None:
    for each in ON_THE_RUN:
        _open(terminal, each, opened, filled)
        terminal.settle(breath())
        _close(terminal, each, closed)
        terminal.settle(breath())
    terminal.press(b"r")
    terminal.settle(1.0)
    for each in ON_THE_LIST:
        if each is ON_THE_LIST[-1]:
            # Chosen before, from the first row on: the key then compares what is chosen.
            terminal.press(b"\x1b[H")
            terminal.settle(0.3)
            terminal.press(b" ")
            terminal.settle(0.3)
            terminal.press(b" ")
            terminal.settle(0.3)
        _open(terminal, each, opened, filled)
        terminal.settle(breath())
        _close(terminal, each, closed)
        terminal.settle(breath())
    while not clock(terminal.picture):
        terminal.press(b"\x1b")
        terminal.settle(0.5)


def _open(terminal: Terminal, each: Opening, opened: Row, filled: Row) -> None:
    took = terminal.answer(each.key, each.stands, 3.0)
    opened.add(each.name, took, terminal.waited)
    if each.whole is not None and took is not None:
        pressed = terminal.now - took
        found = terminal.until(each.whole, FILLED)
        filled.add(each.name, max(took, terminal.now - pressed) if found else None)


def _close(terminal: Terminal, each: Opening, closed: Row) -> None:
    closed.add(f"close {each.name}", terminal.answer(each.close, each.gone, 3.0), terminal.waited)
