"""Types of a model's answers about a person, bounded and with names from the catalogues.

Times are in quarters of an hour.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal

import msgspec

from propersim.core import clock
from propersim.persona.model import TRAITS
from propersim.rubric.llm_reader import ANY, QUARTER_HOURS
from propersim.world import catalogue

STEPS = ("who", "life", "rubric")
LATE = tuple(clock.format_time(minute) for minute in range(0, clock.LATEST + 1, 15))
MINUTES = tuple(range(10, 61, 5)) + tuple(range(75, 601, 15))


def text(most: int) -> Any:
    """Return the type of a text of 1 to ``most`` characters."""
    return Annotated[str, msgspec.Meta(min_length=1, max_length=most)]


def several(kind: Any, least: int, most: int) -> Any:
    """Return the type of a list of ``least`` to ``most`` items.

    Args:
        kind: the type of an item.
        least: fewest items.
        most: most items.
    """
    return Annotated[list[kind], msgspec.Meta(min_length=least, max_length=most)]


def one_of(names: Any) -> Any:
    """Return the type of one of some names or numbers."""
    return Literal[tuple(names)]


def struct(kind: str, /, **fields: Any) -> Any:
    """Return the type of an answer, or of a part of one, with the name ``kind``."""
    return msgspec.defstruct(kind, list(fields.items()), frozen=True, forbid_unknown_fields=True)


@cache
def answer_types() -> dict[str, type[msgspec.Struct]]:
    """Return the type of the answer to each step."""
    activity, during = one_of(sorted(catalogue.activities())), one_of(sorted(catalogue.activity_names()))
    topic, tone, subject = one_of(sorted(catalogue.topics())), one_of(sorted(catalogue.tones())), one_of(sorted(catalogue.SUBJECTS))
    late, hour, minutes, level = one_of(LATE), one_of((ANY, *QUARTER_HOURS)), one_of(MINUTES), one_of(("high", "low"))
    days = one_of(("all", "weekdays", "weekends"))
    who = struct(
        "Who",
        name=text(60), age=one_of(range(16, 111)), pronouns=one_of(("she", "he", "they")), occupation=text(100), household=text(120),
        culture=text(120), **dict.fromkeys(TRAITS, level), background=text(900),
        interests=several(struct("Interest", text=text(120), activities=several(activity, 1, 3)), 1, 4),
        goals=several(text(160), 1, 3), pleased=several(text(60), 1, 3), put_off=several(text(60), 1, 3),
    )  # fmt: skip
    life = struct(
        "Life",
        text=text(900), wake=one_of(QUARTER_HOURS), sleep=late,
        habits=several(struct("Habit", text=text(120), activity=activity, at=late, minutes=minutes, days=days), 0, 8),
        daily_plan=several(struct("Requirement", text=text(120), activity=activity, minutes=minutes, start=late, end=late), 1, 3),
    )  # fmt: skip
    rubric = struct(
        "Rubric",
        preference_text=text(600),
        likes=several(struct("Like", topics=several(topic, 1, 5), during=several(during, 1, 5), start=hour, end=hour), 1, 4),
        dislikes=several(topic, 0, 6),
        timing_text=text(600),
        windows=several(struct("Window", start=hour, end=hour, during=several(during, 0, 6)), 1, 4),
        never_during=several(during, 0, 6),
        frequency_text=text(300), min_per_day=one_of(range(1, 25)), max_per_day=one_of(range(1, 25)),
        communication_text=text(600), tones=several(tone, 1, 3), avoid=several(tone, 0, 3), boundaries=several(subject, 0, 4),
    )  # fmt: skip
    return dict(zip(STEPS, (who, life, rubric), strict=True))
