"""Warnings about a night's training and the day before it."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.feedback import Feedback
from propersim.core.records import DayFigures, Night, RunWarning
from propersim.core.text import counted

NIGHT_WARNINGS = frozenset(("no-pairs", "nothing-learned", "malformed", "no-welcome"))
"""Kinds of these warnings; they hold until the next night."""
MALFORMED = 0.05
"""Share of a day's drawn suggestions; a warning is given where more than this are malformed."""


def learned_nothing(night: Night) -> bool:
    """Return whether a training left the model as likely to prefer the worse answer."""
    return (night.margin is not None and night.margin <= 0) or (night.accuracy is not None and night.accuracy <= 0.5)


def night_warnings(night: Night, figures: DayFigures | None, day: Sequence[Feedback] = ()) -> list[RunWarning]:
    """Return the warnings to show after a night's training.

    A night that trains nothing yet, or whose result is not used, is no reason for one; one that learned nothing is, used or not.

    Args:
        night: the training.
        figures: figures of the day before it, for malformed suggestions; None where a person started the training during a day.
        day: the feedback of that day: warnings know no other ratings than the assistant.
    """
    warnings: list[tuple[str, str]] = []
    if not night.loaded:
        # Nothing is wrong with the run: the line of the night says that nothing was trained, or that the result is not used, and why.
        pass
    elif not night.adapter:
        warnings.append(("no-pairs", "No training: the replay buffer has no preference pairs."))
    elif not night.contents and night.spoken in (0, night.decisions):
        warnings.append(("no-pairs", f"Trained on {counted(night.decisions, 'pair')}; speaking was preferred in {night.spoken}."))
    if night.adapter and learned_nothing(night):
        accuracy = "" if night.accuracy is None else f" and accuracy {night.accuracy:.2f}"
        warnings.append(
            ("nothing-learned", f"The training taught nothing: at its end the pairs had margin {night.margin or 0.0:.2f}{accuracy}.")
        )
    if figures is not None:
        if figures.answers and figures.malformed / figures.answers > MALFORMED:
            warnings.append(("malformed", f"{figures.malformed} of {figures.answers} suggestions were malformed and thrown away."))
        ratings = [one.answer.rating for one in day if one.spoke and one.answer.rating is not None]
        if ratings and not any(rating.score == 4 for rating in ratings):
            none = (
                "The day's only rated recommendation was not"
                if len(ratings) == 1
                else f"None of the day's {len(ratings)} rated recommendations was"
            )
            warnings.append(("no-welcome", f"{none} welcome."))
    return [RunWarning(night.at, night.day, kind, text) for kind, text in warnings]
