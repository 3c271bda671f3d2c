"""The figures of a stored run over its complete days, for lists of runs."""

from __future__ import annotations

from dataclasses import dataclass

from propersim.core.errors import PropersimError, StoreBusy
from propersim.simulation.metrics import metrics, unrated_text
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
    try:
        days = store.day_figures(row)
    except StoreBusy:
        raise
    except PropersimError as error:
        return RunFigures(problem=error.message)
    figures = metrics(days)
    why = unrated_text(figures["unrated"], figures["shown"]) if figures["unrated"] else ""
    unwelcome = figures["unwelcome"] if days else None
    return RunFigures(figures["f1"], unwelcome, figures["score"], figures["headroom"], days=len(days), no_f1=why)
