"""What a person should know of a night: collapse and displacement are watched for, and said."""

from __future__ import annotations

from propersim.core.records import DayFigures, Night, Warned

MALFORMED = 0.05
"""A day on which more than this share of the suggestions had to be thrown away is worth a word."""


def night_warnings(night: Night, figures: DayFigures | None) -> list[Warned]:
    """Return the warnings of a night.

    Args:
        night: the training.
        figures: of the day that is over; None where a person asked for the training in the middle of one.
    """
    found: list[tuple[str, str]] = []
    if not night.adapter:
        found.append(("no-pairs", "there was nothing to learn from: not one preference pair"))
    elif not night.contents and night.spoken in (0, night.decisions):
        winner = "speech" if night.spoken else "silence"
        found.append(("no-pairs", f"no informative pairs: {winner} won all {night.decisions} of them"))
    if figures is not None:
        if figures.answers and figures.malformed / figures.answers > MALFORMED:
            found.append(("malformed", f"{figures.malformed} of {figures.answers} suggestions had to be thrown away as malformed"))
        if figures.oracle_shown and not figures.welcome:
            found.append(("no-welcome", f"not one recommendation was welcome, where {figures.oracle_shown} could have been"))
    return [Warned(night.at, night.day, kind, text) for kind, text in found]
