"""Press keys while the worker generates, while it trains, and during a replay at full speed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tools.latency.figures import Row
from tools.latency.strokes import BACK_TO_SIZE, LARGE, SPACE_GOES, Stroke, clock, playing_round, plays, standing_round, training
from tools.latency.terminal import Terminal

GOAL = 50.0
LOOK = 2.0
"""Seconds between the first picture and the first key."""
BREATH = 0.05, 0.15
"""Seconds between an answer and the next key, random so as not to be in step with the screen's clock."""


def watch(folder: Path, *options: str) -> Terminal:
    """Start a run in a terminal at full speed."""
    return Terminal(["-m", "propersim", "watch", "--persona", "p11", "--speed", "max", *options], folder)


def replay(db: Path, run: str) -> Terminal:
    """Replay a run in a terminal at full speed."""
    return Terminal(["-m", "propersim", "replay", run, "--db", str(db), "--speed", "max"], db.parent)


def generating(folder: Path, count: int) -> Row:
    """Press keys while HomeLM decides and speaks, without training between days."""
    row = Row("keys while it generates (HomeLM live)", GOAL)
    terminal = watch(folder, "--days", "400", "--learn", "none", "--clocks", "on")
    try:
        _until(terminal, lambda: plays(terminal.picture) and "Day 1" in terminal.picture.row(0))
        _press(terminal, row, _rounds(playing_round, count))
    finally:
        terminal.close()
    return row


def trains(folder: Path, count: int) -> Row:
    """Press keys while it trains, night after night; other keys are not counted."""
    row = Row("keys while it trains (nights of HomeLM)", GOAL)
    terminal = watch(folder, "--days", "400")
    strokes: Iterator[Stroke] = iter(())
    try:
        _until(terminal, lambda: plays(terminal.picture) and "Day 1" in terminal.picture.row(0))
        while len(row.all) < count:
            if not plays(terminal.picture) and not SPACE_GOES.strike(terminal):
                raise SystemExit(f"the run does not go on; the screen shows:\n{terminal.picture.text}")
            _until(terminal, lambda: training(terminal.picture), 120.0)
            _breathe(terminal)
            # Some screens have no top line that would tell.
            while (training(terminal.picture) or not clock(terminal.picture)) and len(row.all) < count:
                stroke = next(strokes, None)
                if stroke is None:
                    strokes = playing_round(speeds=False)
                    continue
                _strike(terminal, row, stroke)
                _breathe(terminal)
            # A screen that was open when the night ended is closed; the next night begins with a new round.
            while not clock(terminal.picture):
                terminal.press(b"\x1b")
                terminal.settle(0.5)
            if terminal.picture.columns != LARGE[0]:
                BACK_TO_SIZE.strike(terminal)
            strokes = iter(())
    finally:
        terminal.close()
    return row


def replaying(db: Path, run: str, count: int) -> Row:
    """Press keys during a replay at full speed, which restarts whenever it nears its end."""
    row = Row("keys while 14 days are replayed at full speed", GOAL)
    terminal = replay(db, run)
    try:
        _until(terminal, lambda: plays(terminal.picture))
        terminal.settle(LOOK)
        _press(terminal, row, _rounds(playing_round, count), before=_from_the_beginning)
    finally:
        terminal.close()
    return row


def standing(db: Path, run: str, count: int) -> Row:
    """Press keys in a stored run that stands still."""
    row = Row("keys while a stored run stands still", GOAL)
    terminal = replay(db, run)
    try:
        _until(terminal, lambda: plays(terminal.picture))
        terminal.press(b" ")
        terminal.settle(LOOK)
        _press(terminal, row, _rounds(standing_round, count))
    finally:
        terminal.close()
    return row


def _from_the_beginning(terminal: Terminal, stroke: Stroke) -> None:
    """Go back to day 2 if few days are left; day 1 may have nothing to seek backwards."""
    found = re.search(r"Day (\d+) of (\d+)", terminal.picture.row(0))
    if stroke.name == SPACE_GOES.name and found is not None and int(found[1]) > int(found[2]) - 5:
        for key in (b"\x1b[H", b"]"):
            terminal.press(key)
            terminal.settle(0.3)


def _rounds(one: Callable[[], Iterable[Stroke]], count: int) -> Iterator[Stroke]:
    """Yield whole rounds until there are at least this many strokes."""
    done = 0
    while done < count:
        for stroke in one():
            yield stroke
            done += 1


def _press(
    terminal: Terminal, row: Row, strokes: Iterable[Stroke], before: Callable[[Terminal, Stroke], None] = lambda terminal, stroke: None
) -> None:
    for stroke in strokes:
        before(terminal, stroke)
        _strike(terminal, row, stroke)
        _breathe(terminal)


def _strike(terminal: Terminal, row: Row, stroke: Stroke) -> None:
    if stroke.whole:
        row.whole.add(stroke.name)
    if stroke.size is not None:
        row.sizes.add(stroke.name)
    row.add(stroke.name, stroke.strike(terminal), terminal.waited)


_random = random.Random(1)


def _breathe(terminal: Terminal) -> None:
    terminal.settle(_random.uniform(*BREATH))


def _until(terminal: Terminal, so: Callable[[], bool], seconds: float = 60.0) -> None:
    if not terminal.until(lambda _: so(), seconds):
        raise SystemExit(f"waited in vain; the screen shows:\n{terminal.picture.text}")
