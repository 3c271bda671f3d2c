"""Open a large store, and go to any of its steps, on every screen that shows one."""

from __future__ import annotations

import random
import re
import time
from functools import partial
from pathlib import Path

from tools.latency.figures import Row
from tools.latency.keys import replay
from tools.latency.picture import Picture
from tools.latency.strokes import MOVES, clock, plays, state
from tools.latency.terminal import Sight, Terminal

OPEN_GOAL, JUMP_GOAL = 1000.0, 200.0
TALL = (120, 60)
"""A terminal size at which all runs of the store have a row."""
_READY = "the modules are loaded"
_PROGRAM = """
import sys
from pathlib import Path
from propersim_tui.launch import watch
print({ready!r}, end="\\x1b[?2026l", flush=True)
watch(Path({db!r}), {run!r}, live=False, speed=1.0)
"""


def _shows(words: str, now: Picture) -> bool:
    return words in now.text


def _hides(words: str, now: Picture) -> bool:
    return words not in now.text


def opening(db: Path, runs: list[str], times: int) -> list[Row]:
    """Open the screen, the list of runs, another run and the inspector, each time in a new process.

    Args:
        db: path of the database.
        runs: ids of its runs.
        times: how often.
    """
    whole = Row("from the shell to the first picture")
    inside = Row("opening: first picture of a run", OPEN_GOAL)
    listed = Row("opening: the list, all rows with figures", OPEN_GOAL)
    other = Row("opening: another run from the list", OPEN_GOAL)
    inspector = Row("opening: the inspector", OPEN_GOAL)
    answered = Row("the inspector's answers, torch loaded anew")
    for number in range(times):
        run = runs[number % len(runs)]
        terminal = replay(db, run)
        try:
            shown = terminal.until(_shows_a_run, 60.0)
            whole.add("propersim replay", terminal.now - terminal.began if shown else None)
        finally:
            terminal.close()
        terminal = Terminal(["-c", _PROGRAM.format(ready=_READY, db=str(db), run=run)], db.parent, TALL)
        try:
            terminal.until(lambda now: _READY in now.text, 60.0)
            ready = terminal.now
            shown = terminal.until(_shows_a_run)
            inside.add("first picture", terminal.now - ready if shown else None)
            terminal.settle(1.0)
            terminal.answer(b" ", lambda now: not plays(now))
            listed.add("r", terminal.answer(b"r", _all_rows(runs), 20.0), terminal.waited)
            terminal.settle(0.5)
            terminal.press(b"\x1b[B\x1b[B")
            terminal.settle(0.5)
            other.add("enter", terminal.answer(b"\r", _shows_a_run), terminal.waited)
            terminal.settle(0.5)
            terminal.answer(b" ", lambda now: not plays(now))
            terminal.settle(0.3)
            asked = time.perf_counter()
            laid_open = terminal.answer(b"i", lambda now: "3 Candidates" in now.text and "●" in now.text)
            inspector.add("i", laid_open, terminal.waited)
            if laid_open is not None and terminal.until(lambda now: "asking the model" not in now.text, 60.0):
                answered.add("i", terminal.now - asked)
        finally:
            terminal.close()
    return [whole, inside, listed, other, inspector, answered]


def jumping(db: Path, run: str, count: int) -> list[Row]:
    """Jump through a stored run, on the main screen, in the inspector and on the learned screen.

    Args:
        db: path of the database.
        run: id of the run.
        count: number of jumps on each screen.
    """
    rows = []
    terminal = replay(db, run)
    chance = random.Random(2)
    try:
        terminal.until(lambda now: plays(now), 60.0)
        terminal.answer(b" ", lambda now: not plays(now))
        for name, keys, words in (("", b"", ""), (", inspector", b"i", "1 State"), (", what was learned", b"w", "Suggested topics")):
            row = Row(f"jumps{name or ', live screen'}", JUMP_GOAL)
            if keys:
                terminal.answer(keys, partial(_shows, words))
                terminal.settle(1.0)
            while len(row.all) + len(row.unseen) < count:
                # Where a sheet has the focus, home and end scroll it.
                for move in MOVES if not keys else MOVES[:-3]:
                    row.add(move.name, move.strike(terminal), terminal.waited)
                    terminal.settle(chance.uniform(0.05, 0.15))
                for _ in range(4):
                    row.add("go to", _go_to(terminal, chance), terminal.waited)
                    terminal.settle(chance.uniform(0.1, 0.3))
            if keys:
                terminal.answer(b"\x1b", partial(_hides, words))
                terminal.settle(0.5)
            rows.append(row)
    finally:
        terminal.close()
    return rows


def _go_to(terminal: Terminal, chance: random.Random) -> float | None:
    """Go to a time of another day except the last, and return the seconds from Enter."""
    here = clock(terminal.picture)
    days = int(re.findall(r"of (\d+)", here)[0])
    day = chance.choice([day for day in range(1, days) if f"Day {day} " not in here])
    if terminal.answer(b"g", lambda now: "Go to" in now.text) is None:
        return None
    # The line comes selected: what is typed takes the place of what is in it.
    terminal.press(f"day {day} {chance.randrange(11, 21)}:{chance.choice(('05', '30', '55'))}".encode())
    terminal.settle(0.3)
    return terminal.answer(b"\r", lambda now: f"Day {day} " in clock(now) and "Go to" not in now.text)


def _shows_a_run(picture: Picture) -> bool:
    return bool(clock(picture)) and bool(state(picture))


def _all_rows(runs: list[str]) -> Sight:
    """Return the condition that each run has a row with figures."""

    def seen(picture: Picture) -> bool:
        lines = [line for line in picture.text.split("\n") if any(run[:14] in line for run in runs)]
        return len(lines) >= len(runs) and not any(re.search(r"\s·\s", line) for line in lines)

    return seen
