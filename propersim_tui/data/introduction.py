"""Introduce the first live run of a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from propersim.core.clock import format_minutes
from propersim.core.config import HUMAN, stored_config
from propersim.core.text import clean, counted
from propersim.persona.drift import persona_from_json
from propersim.store.store import RunRow, Store
from propersim.world.setting import settings


def introduction(db: Path, run_id: str) -> Callable[[float | None], str] | None:
    """Return the introduction of a new run, as a function of the speed.

    It is None where there is nothing to say. In a database without other runs, it says what is simulated, which figure to
    look at, and how long the run takes at a speed in steps
    a second. None, which is as fast as possible, takes no known time.

    Args:
        db: the database file.
        run_id: the new run.

    Raises:
        PropersimError: the database or the run cannot be read.
    """
    with Store(db, read_only=True) as store:
        run, runs = store.run(run_id), store.runs()
    config = stored_config(run.config_json)
    if config is None or len(runs) > 1:
        return None
    name = clean(run.name, 40).split(" ")[0]
    first = f"{name}'s days are simulated; you rate." if config.user == HUMAN else f"{name}'s days and ratings are simulated."
    days = f"{counted(run.days, 'day')} {'take' if run.days > 1 else 'takes'}"
    steps = None if config.asks_endpoints or config.user == HUMAN else _minutes_of(run) / config.timestep

    def words(speed: float | None) -> str:
        takes = f" {days} {_minutes(steps / speed)} at {speed:g}×; + is faster." if speed and steps is not None else ""
        return f"{first} Look at F1 (best: 1): silence alone scores high.{takes}"

    return words


def _minutes_of(run: RunRow) -> float:
    """Return the minutes that the days of a run have, roughly, by their settings."""
    persona = persona_from_json(run.persona_json)
    return sum(60 * settings()[persona.on_day(day).world].hours for day in range(1, run.days + 1))


def _minutes(seconds: float) -> str:
    """Return seconds in whole minutes, as words."""
    return format_minutes(seconds / 60) if seconds >= 60 else "less than a minute"
