"""How things look in text: scores as shapes, bars, times, and free text made safe to draw.

Everything here is pure. Free text (from personas, models, the database) passes :func:`~propersim.core.text.clean` before it is drawn,
and is only ever put into ``Content``/``Segment`` objects, never into markup.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from propersim.core.records import Rating, Step
from propersim.core.text import clean

SHAPES = "○◔◐◕●"
"""One shape for each score, 0–4: the fuller, the better."""
LIGHTS = "○●"
"""A dimension marked 0, and one marked 1."""
DAY_SIGN, NIGHT_SIGN = "☀", "☾"
SUNRISE, SUNSET = 7 * 60, 20 * 60
_LEVELS = " ▁▂▃▄▅▆▇█"
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def harmless(text: str) -> str:
    """Return text without control, direction and other invisible characters, and otherwise as it is: for what a person writes."""
    return text if text.isascii() and text.isprintable() else "".join(char for char in text if unicodedata.category(char) not in _UNSEEN)


def shape(score: int) -> str:
    """Return the shape of a score 0–4."""
    return SHAPES[max(0, min(4, score))]


def lights(rating: Rating) -> str:
    """Return a rating as four lights."""
    return "".join(LIGHTS[value] for value in rating.values)


def agreement_line(step: Step) -> str:
    """Return a person's rating beside the judge's: ``you ●●○●, the judge ●●●●: agree in 3 of 4``; "" where no person rated."""
    if step.judged is None:
        return ""
    equal = sum(mine == theirs for mine, theirs in zip(step.rating.values, step.judged.values, strict=True))
    return f"you {lights(step.rating)}, the judge {lights(step.judged)}: agree in {equal} of 4"


def is_night(minute: float) -> bool:
    """Whether the sun is down at a minute of the day's clock."""
    return not SUNRISE <= minute % 1440 < SUNSET


def fit(text: str, width: int) -> str:
    """Return a text in exactly ``width`` cells, cut with an ellipsis where it is longer."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)


def wrap(text: str, width: int) -> list[str]:
    """Return a text in lines of at most ``width`` cells, broken at spaces where that is possible."""
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
    """Return the filled and the empty part of a horizontal bar of ``width`` cells, filled to a share of 0–1, the heavier part."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    full = "━" * (halves // 2) + ("╸" if halves % 2 else "")
    return full, "─" * (width - len(full))


def column(share: float, height: int) -> list[str]:
    """Return a vertical bar of ``height`` cells from top to bottom, filled from below to a share of 0–1."""
    eighths = round(max(0.0, min(1.0, share)) * height * 8)
    return [_LEVELS[max(0, min(8, eighths - 8 * row))] for row in reversed(range(height))]


def figure(value: float | None, digits: int = 2) -> str:
    """Return a figure with so many digits after the point; a dash where there is nothing to divide by."""
    return "–" if value is None else f"{value:.{digits}f}"


def share(value: float | None) -> str:
    """Return a share of 0–1 as ``.84`` or ``1.0``, three characters wide; a dash where there is none."""
    if value is None:
        return "  –"
    return "1.0" if round(value, 2) >= 1 else f"{value:.2f}"[1:]


def brief(value: float | None) -> str:
    """Return a figure with two digits after the point and no zero before it: ``.31``, ``−.12``, ``2.10``; a dash where there is none."""
    if value is None:
        return "–"
    text = f"{abs(value):.2f}"
    return ("−" if value < 0 and text != "0.00" else "") + (text[1:] if text.startswith("0.") else text)


def spark(values: Sequence[float], width: int) -> str:
    """Return the course of some values in at most ``width`` cells, from the least to the greatest of them."""
    if not values or width <= 0:
        return ""
    if len(values) > width:
        # The newest is always the last one.
        values = [values[len(values) - 1 - (width - 1 - i) * len(values) // width] for i in range(width)]
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    return "".join(_LEVELS[1 + round((value - low) / span * 7)] for value in values)


def percent(done: int, of: int) -> int:
    """Return a share in whole percent, 0–100."""
    return max(0, min(100, done * 100 // of)) if of > 0 else 0


def duration(seconds: float) -> str:
    """Return a stretch of real time, roughly: ``24 s``, ``3 min``, ``1.5 h``."""
    if seconds < 100:
        return f"{max(0, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def title(name: str) -> str:
    """Return an identifier such as ``living_room`` as words."""
    return clean(name.replace("_", " "), 60)
