"""Progress of a run without a screen: a bar by step on a terminal, a line a day elsewhere."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from propersim.cli.console import error_console, print_message
from propersim.core.clock import WAKING_HOURS
from propersim.core.config import RunConfig
from propersim.core.text import clean, counted

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

RECENT = 10.0
"""Seconds over which the rate is measured."""
LEAST_BAR, MOST_BAR = 8, 40
"""Least and most length of the bar, in characters."""
QUIET = 5.0
"""Least seconds between two lines where there is no terminal."""
_USUAL_WAKE = 7 * 60
"""Minute at which a day usually begins, to estimate a last day that ends early."""


def expected_steps(config: RunConfig, steps: int, days: int) -> int:
    """Return about how many steps a run has in all; no fewer than it has already.

    Args:
        config: options of the run.
        steps: steps so far.
        days: complete days among them.
    """
    a_day = WAKING_HOURS * 60 / config.timestep
    until = config.until_moment
    lived = float(config.days)
    if until is not None and until[0] <= config.days:
        minute = until[1]
        share = 1.0 if minute is None else min(max((minute - _USUAL_WAKE) / (WAKING_HOURS * 60), 0.0), 1.0)
        lived = until[0] - 1 + share
    if days:
        # The present day has steps already, which are not those of a complete day.
        a_day = max(steps / (days + 1), min(a_day, steps / days))
    return max(round(a_day * lived), steps)


class Pace:
    """Measures how fast a run makes steps.

    Args:
        steps: steps that it has already.
        now: seconds on any clock.
    """

    def __init__(self, steps: int, now: float) -> None:
        self._first = self._last = (now, steps)
        self._recent = deque([self._first])

    def add(self, steps: int, now: float) -> None:
        """Note how many steps are made at a time."""
        self._last = (now, steps)
        self._recent.append(self._last)
        while len(self._recent) > 2 and now - self._recent[0][0] > RECENT:
            self._recent.popleft()

    @property
    def rate(self) -> float:
        """Recent steps per second; 0 while it is unknown."""
        return _speed(self._recent[0], self._last)

    def left(self, total: int) -> float | None:
        """Return the seconds that the steps up to a total will take, nights and waits included.

        None while that is unknown.
        """
        rate = _speed(self._first, self._last)
        return (total - self._last[1]) / rate if rate else None


def _speed(start: tuple[float, int], end: tuple[float, int]) -> float:
    return (end[1] - start[1]) / (end[0] - start[0]) if end[0] > start[0] else 0.0


def time_left(seconds: float | None) -> str:
    """Return a duration in a few characters, such as ``0:42`` or ``2:03:10``; ``-:--`` for None."""
    if seconds is None:
        return "-:--"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def rate_text(rate: float) -> str:
    """Return a number of steps per second."""
    return f"{rate:,.0f} steps/s" if rate >= 10 else f"{rate:.1f} steps/s"


Show = Callable[[int, int, str], None]
"""Shows steps, complete days, and a note on what the run does."""


@contextmanager
def shown_progress(name: str, config: RunConfig, steps: int, days: int) -> Iterator[Show]:
    """Show on stderr how far a run is: a bar on a terminal, else lines.

    The bar is removed at the end.

    Args:
        name: id of the run.
        config: its options.
        steps: steps that it has already.
        days: complete days that it has already.

    Yields:
        A function of the steps, the complete days and a note, to call at each change.
    """
    if sys.stderr.isatty():
        with _bar(name, config, steps, days) as show:
            yield show
    else:
        yield _Lines(name, config, steps, days)


class _Lines:
    """A line for each complete day, some seconds apart at least.

    Its speed is that since the line before: the last seconds of a day are those of the night's training, which makes no steps.
    """

    def __init__(self, name: str, config: RunConfig, steps: int, days: int) -> None:
        self._name, self._config, self._days = name, config, days
        self._since = time.monotonic()
        self._pace = Pace(steps, self._since)
        self._shown = (self._since, steps)

    def __call__(self, steps: int, days: int, note: str) -> None:
        now = time.monotonic()
        self._pace.add(steps, now)
        if days == self._days or now - self._since < QUIET or days >= self._config.days:
            return
        rate = _speed(self._shown, (now, steps))
        self._days, self._since, self._shown = days, now, (now, steps)
        left = time_left(self._pace.left(expected_steps(self._config, steps, days)))
        done = f"{days} of {counted(self._config.days, 'day')}, {counted(steps, 'step')}"
        print_message(f"{self._name}: {done}, {rate_text(rate)}, {left} left")


def fitting(parts: Mapping[str, str], room: int) -> str:
    """Return the parts of a progress line that fit.

    The rate is left out first, then the steps, then the time left.

    Args:
        parts: the parts in order: ``day``, ``steps``, ``rate``, ``left`` and ``note``; empty ones are left out.
        room: most characters.
    """
    kept = {name: text for name, text in parts.items() if text}
    for name in ("rate", "steps", "left"):
        if len(" · ".join(kept.values())) > room:
            kept.pop(name, None)
    return " · ".join(kept.values())


@contextmanager
def _bar(name: str, config: RunConfig, steps: int, days: int) -> Iterator[Show]:
    from rich.progress import BarColumn, Progress, TextColumn

    pace = Pace(steps, time.monotonic())
    drawn = BarColumn(bar_width=LEAST_BAR)
    columns: tuple[ProgressColumn, ...] = (
        TextColumn("{task.description}", markup=False),
        drawn,
        TextColumn("{task.percentage:.0f} %", markup=False),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=error_console(), transient=True, refresh_per_second=4) as bar:
        task = bar.add_task(clean(name), total=expected_steps(config, steps, days), completed=steps, note="")

        def show(now_steps: int, now_days: int, note: str) -> None:
            pace.add(now_steps, time.monotonic())
            total = expected_steps(config, now_steps, now_days)
            parts = {
                "day": f"day {min(now_days + 1, config.days)}/{config.days}",
                "steps": counted(now_steps, "step"),
                "rate": rate_text(pace.rate),
                "left": f"{time_left(pace.left(total))} left",
                "note": note,
            }
            # The terminal shows ^C behind the line: at its edge that would begin another one, and this one would stay.
            room = bar.console.width - len(clean(name)) - len("  100 %  ^C")
            text = fitting(parts, room - LEAST_BAR)
            drawn.bar_width = max(LEAST_BAR, min(MOST_BAR, room - len(text)))
            bar.update(task, completed=now_steps, total=total, note=text)

        show(steps, days, "")
        yield show
