"""The card of a person who plays the user.

It says who one is, what one is doing, and how one's rubric reads. Pure functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from propersim.core.clock import format_time, weekday_name
from propersim.core.records import DIMENSIONS, Action
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim_tui.render.content import line
from propersim_tui.render.format import fit, title, wrap

MUTED = "$muted"
LONGEST = 2000
"""Most characters of a rubric's text."""
NARROW = 40
"""Cells below which a dimension's text goes on below its name."""


def who_text(persona: Persona) -> Content:
    """Return in a sentence who one is: name, age, pronouns, occupation, household and traits."""
    sheet = ", ".join(
        clean(str(part), 120) for part in (persona.age, persona.pronouns, persona.occupation, persona.household) if str(part).strip()
    )
    return line("You are ", (clean(persona.name, 60), "bold $mark"), f", {sheet}. ", (persona.big_five.short, MUTED))


def now_text(persona: Persona, action: Action, day: int, minute: float) -> Content:
    """Return in a sentence what one is doing: when, what, where, until when, and absorption.

    Args:
        persona: the user.
        action: what the user is doing, and where.
        day: day of the run, from 1.
        minute: minute of the day's clock.
    """
    where = f"{title(action.place.room)}, at the {title(action.place.object)}"
    note = clean(action.note, 120)
    return line(
        (f"{weekday_name(day)} {format_time(minute, wrap=True)}", "bold $mark"),
        f", day {day}. {clean(persona.first_name, 40)}: {clean(action.phrase, 120)}",
        (f" ({note})" if note else "", MUTED),
        f", {where}, until {format_time(action.end, wrap=True)}; absorption {max(0, min(5, action.focus))} of 5.",
    )


def rubric_lines(persona: Persona, width: int, rows: int = 1, names: Sequence[str] = DIMENSIONS) -> list[Content]:
    """Return how one's rubric reads, by dimension, in the persona's own words.

    Args:
        persona: the persona, with the rubric of the day.
        width: cells of a line.
        rows: most lines of a dimension; what does not fit ends in an ellipsis.
        names: the dimensions.
    """
    lines = []
    for name in names:
        # Where lines are short, the text goes on below the name.
        head = len(name) + 1 if width >= NARROW else 0
        text = clean(persona.rubric.words(name), LONGEST)
        words = wrap(text if head else f"{name} {text}", max(1, width - head))
        if len(words) > rows:
            words = [*words[: rows - 1], fit(" ".join(words[rows - 1 :]), max(1, width - head)).rstrip()]
        for number, each in enumerate(words):
            if head:
                lines.append(line((fit(name if not number else "", head), "$mark" if not number else ""), each))
            else:
                named = len(name) if not number else 0
                lines.append(line((each[:named], "$mark"), each[named:]))
    return lines


def card_lines(persona: Persona, action: Action, day: int, minute: float, width: int, height: int) -> list[Content]:
    """Return the card in at most ``height`` lines; the rubric gets what the two sentences leave.

    Args:
        persona: the persona, with the rubric of the day.
        action: what the user is doing, and where.
        day: day of the run, from 1.
        minute: minute of the day's clock.
        width: cells of a line.
        height: number of lines.
    """
    where = f"{title(action.place.room)}, {title(action.place.object)}"
    doing = f"{format_time(minute, wrap=True)} {clean(action.phrase, 120)} · {where}, until {format_time(action.end, wrap=True)}"
    who = f"You are {clean(persona.name, 60)}, {persona.age}, {clean(persona.occupation, 120)}"
    rows = max(1, (height - len(DIMENSIONS)) // 2)
    lines = []
    for text, style in ((who, "bold"), (doing, "$mark")):
        words = wrap(text, width)
        if len(words) > rows:
            words = [*words[: rows - 1], fit(" ".join(words[rows - 1 :]), width).rstrip()]
        lines += [line((each, style)) for each in words]
    left = height - len(lines)
    return [*lines, *rubric_lines(persona, width, max(1, left // len(DIMENSIONS)))][:height]
