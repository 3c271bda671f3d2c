"""Warnings about a night's training and the day before it."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.feedback import Feedback
from propersim.core.records import FEWEST_KEPT, DayFigures, Night, RunWarning
from propersim.core.text import counted

MALFORMED = 0.05
"""Share of a day's drawn suggestions; a warning is given where more than this are malformed."""


def night_warnings(night: Night, figures: DayFigures | None, day: Sequence[Feedback] = ()) -> list[RunWarning]:
    """Return the warnings to show after a night's training.

    Args:
        night: the training.
        figures: figures of the day before it, for malformed suggestions; None where a person started the training during a day.
        day: the feedback of that day: warnings know no other ratings than the assistant.
    """
    warnings: list[tuple[str, str]] = []
    if not night.adapter and not night.loaded:
        if not night.good_already:
            there = "there is 1" if night.held_out == 1 else f"there are {night.held_out}"
            text = f"No training yet: its result is checked on rated moments that are kept from it; {FEWEST_KEPT} are needed, and {there}."
            warnings.append(("held-out", text))
    elif not night.loaded:
        kept = counted(night.held_out, "decision")
        wrong = f"{counted(night.wrong_after, 'mistake')} in {kept} kept to check it, {night.wrong_before} before"
        warnings.append(("held-out", f"This night's training is not used: {wrong}."))
    elif not night.adapter:
        warnings.append(("no-pairs", "No training: the replay buffer has no preference pairs."))
    elif not night.contents and night.spoken in (0, night.decisions):
        warnings.append(("no-pairs", f"Trained on {counted(night.decisions, 'pair')}; speaking was preferred in {night.spoken}."))
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
