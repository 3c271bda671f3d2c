"""Warnings about a night's training and the day before it."""

from __future__ import annotations

from propersim.core.records import DayFigures, Night, RunWarning
from propersim.core.text import counted

MALFORMED = 0.05
"""Share of a day's drawn suggestions; a warning is given where more than this are malformed."""


def night_warnings(night: Night, figures: DayFigures | None) -> list[RunWarning]:
    """Return the warnings to show after a night's training.

    Args:
        night: the training.
        figures: figures of the day before it; None where a person started the training during a day.
    """
    warnings: list[tuple[str, str]] = []
    if not night.adapter:
        warnings.append(("no-pairs", "No training: the replay buffer has no preference pairs."))
    elif not night.contents and night.spoken in (0, night.decisions):
        warnings.append(("no-pairs", f"Trained on {counted(night.decisions, 'pair')}; speaking was preferred in {night.spoken}."))
    if figures is not None:
        if figures.answers and figures.malformed / figures.answers > MALFORMED:
            warnings.append(("malformed", f"{figures.malformed} of {figures.answers} suggestions were malformed and thrown away."))
        if figures.oracle_shown and not figures.welcome:
            warnings.append(("no-welcome", f"No recommendation was welcome; {figures.oracle_shown} could have been."))
    return [RunWarning(night.at, night.day, kind, text) for kind, text in warnings]
