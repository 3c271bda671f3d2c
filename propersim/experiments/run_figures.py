"""The figures of a stored run over its complete days, for lists of runs."""

from __future__ import annotations

from dataclasses import dataclass

from propersim.simulation.metrics import metrics, unrated_text
from propersim.store.many import FoundDays, figures_of
from propersim.store.store import RunRow, Store


@dataclass(frozen=True)
class RunFigures:
    """The figures of a run's complete days, from day 1 on, pooled.

    Attributes:
        f1: F1 of welcome recommendations.
        unwelcome: number of unwelcome recommendations.
        score: mean score.
        headroom: share of the possible gain over silence.
        problem: why the figures cannot be read; "" if they can.
        days: number of days that have figures.
        no_f1: why there is no F1, in a sentence, where recommendations are not rated in full; else "".
    """

    f1: float | None = None
    unwelcome: int | None = None
    score: float | None = None
    headroom: float | None = None
    problem: str = ""
    days: int = 0
    no_f1: str = ""


def read_run_figures(store: Store, row: RunRow) -> RunFigures:
    """Return the figures of a run's complete days.

    Args:
        store: the open database.
        row: the run.

    Raises:
        StoreBusy: the database is locked; any other problem is returned with the figures.
    """
    return run_figures(figures_of(store, [row.key]).get(row.key, FoundDays()))


def run_figures(found: FoundDays) -> RunFigures:
    """Return the figures of a run from those of its complete days."""
    if found.problem is not None:
        return RunFigures(problem=found.problem.message)
    figures = metrics(found.days)
    why = unrated_text(figures["unrated"], figures["shown"]) if figures["unrated"] else ""
    unwelcome = figures["unwelcome"] if found.days else None
    return RunFigures(figures["f1"], unwelcome, figures["score"], figures["headroom"], days=len(found.days), no_f1=why)
