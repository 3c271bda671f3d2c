"""Print the calls to endpoints and their cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from propersim.cli.tables import print_table
from propersim.core.text import clean, counted

if TYPE_CHECKING:
    from propersim.llm_client import Totals

_COUNTS = ("calls", "cached", "retried", "failed", "tokens in", "tokens cached", "tokens out", "seconds", "cost")


def print_calls(rows: list[dict[str, Any]]) -> None:
    """Print a table of calls by purpose; see :func:`propersim.runs.factory.calls_by_purpose`."""
    if not rows:
        return
    print()
    cells = []
    for row in rows:
        seconds = "–" if row["seconds"] is None else f"{row['seconds']:.1f}"
        counts = [row["calls"], row["cached"], row["retries"] + row["again"], row["failed"]]
        tokens = [row["tokens_in"], row["tokens_cached"], row["tokens_out"]]
        cost = f"${row['cost']:.4f}" + (" and unknown" if row["unpriced"] else "")
        cells.append([clean(row["purpose"], limit=40), *map(str, counts + tokens), seconds, cost])
    print_table(("purpose", *_COUNTS), cells, numbers=_COUNTS)


def bill_line(model: str, totals: Totals) -> str:
    """Return the calls to a model and their cost on one line."""
    parts = [f"{totals.calls} call{'' if totals.calls == 1 else 's'}"]
    parts += [f"{number} {what}" for number, what in ((totals.cached, "from the cache"), (totals.failed, "failed")) if number]
    parts.append(f"{counted(totals.tokens_in, 'token')} in, {totals.tokens_out} out")
    parts.append(f"${totals.cost:.4f}" + (f", and {totals.unpriced} of unknown price" if totals.unpriced else ""))
    return f"asked {model}: " + ", ".join(parts)
