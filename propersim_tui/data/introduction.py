"""Introduce a new live run, or name an unfinished run that could be resumed instead."""

from __future__ import annotations

from pathlib import Path

from propersim.core.clock import format_minutes
from propersim.core.config import HUMAN, RunConfig, stored_config
from propersim.core.text import clean, counted
from propersim.store.store import RunRow, Store

RESUMABLE = ("stopped", "interrupted", "failed")
"""States of unfinished runs that no process is running."""
USUALLY_AWAKE = 16 * 60
"""Minutes of a day that a persona is awake, roughly."""


def introduction(db: Path, run_id: str, speed: float | None) -> str:
    """Return what to say when a new run starts; "" where there is nothing to say.

    If an unfinished run has the same options, it says how to resume that one. In a database without other runs, it says what is
    simulated, which figure to look at, and how long the run takes.

    Args:
        db: the database file.
        run_id: the new run.
        speed: steps a second; None is as fast as possible.

    Raises:
        PropersimError: the database or the run cannot be read.
    """
    with Store(db, read_only=True) as store:
        run, runs = store.run(run_id), store.runs()
    config = stored_config(run.config_json)
    if config is None:
        return ""
    others = [each for each in runs if each.id != run.id]
    same = next((each for each in others if each.state in RESUMABLE and stored_config(each.config_json) == config), None)
    if same is not None:
        return (
            f"An unfinished run has the same options: {clean(same.id, 60)}, day {min(same.days, same.days_done + 1)} of {same.days}. "
            "To resume it: r, then r on it."
        )
    return "" if others else _first_words(run, config, speed)


def _first_words(run: RunRow, config: RunConfig, speed: float | None) -> str:
    """Say what is simulated, what to look at, and how long it takes."""
    name = clean(run.name, 40).split(" ")[0]
    words = [
        f"{name}'s days are simulated; you rate." if config.user == HUMAN else f"{name}'s days and ratings are simulated.",
        "Look at F1 (best: 1): silence alone scores high.",
    ]
    if speed and not config.asks_endpoints and config.user != HUMAN:
        seconds = run.days * USUALLY_AWAKE / config.timestep / speed
        words.append(f"{counted(run.days, 'day')} {'take' if run.days > 1 else 'takes'} {_minutes(seconds)} at {speed:g}×; + is faster.")
    return " ".join(words)


def _minutes(seconds: float) -> str:
    """Return seconds in whole minutes, as words."""
    return format_minutes(seconds / 60) if seconds >= 60 else "less than a minute"
