"""Columns of the list of runs: cell texts and sort keys."""

from __future__ import annotations

from propersim.core.text import clean
from propersim.experiments.run_figures import RunFigures
from propersim_tui.data.run_list import STATES, RunItem, format_age
from propersim_tui.render.format import figure, short_number
from propersim_tui.widgets.table import Cell, Column

COLUMNS = (
    Column("mark", "", 1),
    Column("id", "run", 15, 24),
    Column("persona", "persona", 12, 30),
    Column("variant", "variant", 9, 28),
    Column("seed", "seed", 4, right=True, rank=7),
    Column("state", "state", 2, 13, rank=6, whole=True),
    Column("days", "days", 5, right=True, rank=1),
    Column("steps", "steps", 7, right=True, rank=8),
    Column("f1", "F1", 4, right=True, rank=2),
    Column("unwelcome", "unwelcome", 9, right=True, rank=3),
    Column("score", "score", 5, right=True, rank=4),
    Column("headroom", "headroom", 8, right=True, rank=9),
    Column("age", "age", 6, right=True, rank=5),
)
FIGURES = ("f1", "unwelcome", "score", "headroom")
GREATEST_FIRST = (*FIGURES, "age", "days", "steps")


def sort_key(item: RunItem, figures: RunFigures, column: str) -> str | float | None:
    """Return the value that a run is sorted by; None if it has none.

    Args:
        item: the run.
        figures: figures of its complete days.
        column: id of the column.
    """
    row = item.row
    if column in FIGURES:
        value: float | None = getattr(figures, column)
        return value
    numbers = {"seed": row.seed, "days": row.days_done, "steps": row.steps, "age": row.key}
    if column in numbers:
        return float(numbers[column])
    return {"id": row.id, "persona": f"{row.persona} {row.name}", "variant": item.variant, "state": row.state}[column].casefold()


def run_cell(item: RunItem, figures: RunFigures | None, column: str, width: int, now: float) -> Cell:
    """Return text and style of a run's cell in any column but ``mark``.

    Args:
        item: the run.
        figures: figures of its complete days; None while they are not read.
        column: id of the column.
        width: cells of the column.
        now: seconds since 1970.
    """
    row = item.row
    if column in FIGURES:
        return _figure_cell(figures, column)
    if column == "state":
        sign, style = STATES.get(row.state, ("?", "$muted"))
        words = f"{sign} {clean(row.state, 20)}"
        return (words if len(words) <= width else sign), style
    return {
        "id": (clean(row.id, 60), "bold"),
        "persona": (f"{clean(row.persona, 40)} {clean(row.name, 40)}", ""),
        "variant": (item.variant, ""),
        "seed": (str(row.seed), "$muted"),
        "days": (f"{row.days_done}/{row.days}", ""),
        "steps": (f"{row.steps:,}", "$muted"),
        "age": (format_age(row.created, now), "$muted"),
    }[column]


def _figure_cell(figures: RunFigures | None, column: str) -> Cell:
    if figures is None:
        return "·", "$muted"
    if figures.problem:
        return "✖", "$text-error"
    if column == "score":
        style = f"$score-{max(0, min(4, round(figures.score)))}" if figures.score is not None else "$muted"
        return figure(figures.score), style
    if column == "unwelcome":
        return ("–", "$muted") if figures.unwelcome is None else (f"{figures.unwelcome:,}", "")
    if column == "f1" and figures.no_f1:
        return "–*", "$muted"
    value = figures.f1 if column == "f1" else figures.headroom
    return short_number(value), "bold" if column == "f1" and value is not None else "" if value is not None else "$muted"
