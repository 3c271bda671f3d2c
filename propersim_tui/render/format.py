"""Formatting of scores, bars, numbers and times; text fitted to a width.

Pure functions. Free text (from personas, models, the database) passes :func:`~propersim.core.text.clean` before it is drawn, and is
only put into ``Content`` and ``Segment`` objects, never into markup.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from propersim.core.records import DIMENSIONS, Rating, Step
from propersim.core.text import clean

SHAPES = "○◔◐◕●"
"""The sign of each score, 0 to 4."""
LIGHTS = "○●"
"""The signs of a dimension rated 0 and 1."""
BOOKMARK_SIGN = "⚑"
HIDDEN = "Hidden while you rate: the judge’s ratings follow from it. h on the run hands the ratings back to the judge."
"""Shown in place of what a person who rates must not see."""
DAY_SIGN, NIGHT_SIGN = "☀", "☾"
SUNRISE, SUNSET = 7 * 60, 20 * 60
_LEVELS = " ▁▂▃▄▅▆▇█"

UNRATED_SHAPE, UNRATED_LIGHT = "◌", "–"
"""Signs of a recommendation without a score, and of a dimension that a person left unrated."""


def score_sign(score: int | None) -> str:
    """Return the sign of a score, 0 to 4; another one where there is none."""
    return UNRATED_SHAPE if score is None else SHAPES[max(0, min(4, score))]


def score_style(score: int | None) -> str:
    """Return the colour of a score, 0 to 4; muted where there is none."""
    return "$muted" if score is None else f"$score-{score}"


def light(value: int | None) -> str:
    """Return the sign of a dimension: 1, 0, or unrated."""
    return UNRATED_LIGHT if value is None else LIGHTS[value]


def rating_signs(rating: Rating, like: Rating | None = None) -> str:
    """Return a rating as four signs.

    Args:
        rating: the rating.
        like: another rating; a dimension that is unrated in it is shown as unrated.
    """
    return "".join(light(None if other is None else value) for value, other in zip(rating.values, (like or rating).values, strict=True))


def left_out(rating: Rating) -> str:
    """Return which dimensions a person left unrated, in words; "" if none."""
    missing = [name for name, value in zip(DIMENSIONS, rating.values, strict=True) if value is None]
    return "not rated" if len(missing) == len(DIMENSIONS) else f"not rated: {', '.join(missing)}" if missing else ""


def agreement_line(step: Step) -> str:
    """Return a person's rating beside the judge's; "" if no person rated.

    It reads ``you ●●○●, the judge ●●●●: agree in 3 of 4``. The judge's rating of what the person left out is not shown: it may still be
    rated, after an undo.
    """
    if step.judged is None:
        return ""
    if not step.rating.given:
        return "you did not rate it"
    both = [pair for pair in zip(step.rating.values, step.judged.values, strict=True) if pair[0] is not None]
    equal = sum(by_person == by_judge for by_person, by_judge in both)
    judged = rating_signs(step.judged, step.rating)
    return f"you {rating_signs(step.rating)}, the judge {judged}: agree in {equal} of {len(both)}"


def is_night(minute: float) -> bool:
    """Return whether it is night at a minute since midnight."""
    return not SUNRISE <= minute % 1440 < SUNSET


def fit(text: str, width: int) -> str:
    """Return a text in exactly ``width`` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def wrap(text: str, width: int) -> list[str]:
    """Break a text into lines of at most ``width`` cells, at spaces if possible."""
    width = max(2, width)
    lines: list[str] = []
    line, used = "", 0
    for word in text.split(" "):
        length = cell_len(word)
        if line and used + 1 + length <= width:
            line, used = f"{line} {word}", used + 1 + length
            continue
        if line:
            lines.append(line)
        *full, line = chop_cells(word, width) if length > width else [word]
        lines += full
        used = cell_len(line)
    return [*lines, line] if line or not lines else lines


def bar(share: float, width: int) -> tuple[str, str]:
    """Return the filled and the empty part of a horizontal bar of ``width`` cells.

    The filled part is a share of 0 to 1.
    """
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return full, "─" * (width - len(full))


def column(share: float, height: int) -> list[str]:
    """Return the cells, top to bottom, of a vertical bar of ``height`` cells.

    The filled part is a share of 0 to 1.
    """
    eighths = round(max(0.0, min(1.0, share)) * height * 8)
    return [_LEVELS[max(0, min(8, eighths - 8 * row))] for row in reversed(range(height))]


def figure(value: float | None, digits: int = 2) -> str:
    """Return a number with ``digits`` decimals; a dash for None."""
    return "–" if value is None else f"{value:.{digits}f}"


def share(value: float | None) -> str:
    """Return a share of 0 to 1 as ``.84`` or ``1.0``, three characters wide; a dash for None."""
    if value is None:
        return "  –"
    return "1.0" if round(value, 2) >= 1 else f"{value:.2f}"[1:]


def short_number(value: float | None) -> str:
    """Return a number with two decimals and no leading zero; a dash for None.

    Examples are ``.31``, ``−.12`` and ``2.10``.
    """
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    return ("−" if value < 0 and text != "0.00" else "") + (text[1:] if text.startswith("0.") else text)


def sparkline(values: Sequence[float], width: int) -> str:
    """Return a sparkline of some values in at most ``width`` cells.

    It is scaled from their minimum to their maximum.
    """
    if not values or width <= 0:
        return ""
    if len(values) > width:
        # The sample always includes the newest value.
        values = [values[len(values) - 1 - (width - 1 - i) * len(values) // width] for i in range(width)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(_LEVELS[1 + round((value - low) / span * 7)] for value in values)


def percent(done: int, of: int) -> int:
    """Return a share in whole percent, 0 to 100."""
    return max(0, min(100, done * 100 // of)) if of > 0 else 0


def duration(seconds: float) -> str:
    """Return a rounded duration: ``24 s``, ``3 min``, ``1.5 h``."""
    if seconds < 100:
        return f"{max(0, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def title(name: str) -> str:
    """Return an identifier such as ``living_room`` as words, safe to draw."""
    return clean(name.replace("_", " "), 60)
