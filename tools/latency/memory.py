"""Measure the memory of the screen's process while runs are replayed and watched."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tools.latency.keys import replay, watch
from tools.latency.strokes import clock, plays, stands
from tools.latency.terminal import Terminal


def replayed(db: Path, run: str, passes: int, days: int) -> str:
    """Replay a run several times at full speed; return the memory (MB) by day."""
    terminal = replay(db, run)
    told = []
    try:
        terminal.until(plays, 60.0)
        terminal.answer(b" ", stands)
        terminal.answer(b"\x1b[H", lambda now: "Day 1 " in clock(now))
        terminal.settle(1.0)
        told.append(f"start {terminal.memory():.0f}")
        for number in range(1, passes + 1):
            terminal.press(b"\x1b[H")
            terminal.settle(0.5)
            terminal.press(b" ")
            for day in (*(day for day in (1, 5) if day < days), days) if number == 1 else (days,):
                _lived(terminal, day, 120.0)
                if number == 1 or number == passes or number & (number - 1) == 0:
                    told.append(f"day {day} {terminal.memory():.0f}" if number == 1 else f"pass {number} {terminal.memory():.0f}")
            terminal.until(stands, 30.0)
    finally:
        terminal.close()
    return f"memory of the screen, a replay of {days} days, MB: {', '.join(told)}"


def lived(folder: Path, days: tuple[int, ...]) -> str:
    """Watch a control live at full speed; return the memory (MB) by day."""
    terminal = watch(folder, "--assistant", "random", "--days", str(days[-1] + 50))
    told = []
    began = time.perf_counter()
    try:
        terminal.until(lambda now: "Day 1 " in clock(now) or "Day 2 " in clock(now), 60.0)
        told.append(f"start {terminal.memory():.0f}")
        for day in days:
            _lived(terminal, day, 600.0)
            told.append(f"day {day} {terminal.memory():.0f}")
    finally:
        terminal.close()
    return f"memory of the screen, a live run, {time.perf_counter() - began:.0f} s, MB: {', '.join(told)}"


def _lived(terminal: Terminal, day: int, seconds: float) -> None:
    """Wait until a day has progressed, or the last one is over."""

    def is_there(now: object) -> bool:
        found = re.search(r"Day (\d+) of (\d+)", clock(terminal.picture))
        return found is not None and (int(found[1]) > day or (int(found[1]) == day and (found[1] == found[2] or day <= 5)))

    if not terminal.until(is_there, seconds):
        raise SystemExit(f"day {day} does not come; the screen shows:\n{terminal.picture.text}")
