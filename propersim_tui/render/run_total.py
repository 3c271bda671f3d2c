"""The figures of a run from day 1 on, in a few words."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.records import DayFigures
from propersim.simulation.metrics import metrics
from propersim_tui.render.format import short_number


def run_total(days: Sequence[DayFigures], width: int) -> str:
    """Return F1 and unwelcome recommendations pooled over some days, in words.

    The text, such as ``days 1–14: F1 .19, 424 unwelcome``, is shorter where the width is small, and empty where nothing
    fits or there are no days.

    Args:
        days: days of a run, from day 1 on.
        width: available cells.
    """
    if not days:
        return ""
    figures, last = metrics(days), days[-1].day
    f1, unwelcome = short_number(figures["f1"]), figures["unwelcome"]
    if figures["unrated"]:
        # Why there is no F1.
        f1 += f" ({figures['unrated']} unrated)"
    when = f"days 1–{last}" if last > 1 else "day 1"
    texts = (f"{when}: F1 {f1}, {unwelcome} unwelcome", f"F1 {f1}, {unwelcome} unwelcome", f"{unwelcome} unwelcome")
    return next((text for text in texts if len(text) <= width), "")
