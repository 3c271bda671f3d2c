"""What was asked at endpoints and what it cost, as commands print it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from propersim.core.text import clean

if TYPE_CHECKING:
    from propersim.llm_client import Totals


def print_calls(rows: list[dict[str, Any]]) -> None:
    """Print the calls to endpoints (see :func:`propersim.runs.factory.calls_by_purpose`) as a table, one line a purpose."""
    if not rows:
        return
    print()
    heads = f"{'calls':>6} {'stored':>6} {'again':>6} {'failed':>6} {'tokens in':>10} {'cached':>8} {'out':>8}"
    print(f"{'asked for':<22} {heads} {'s':>6} {'cost':>9}")
    for row in rows:
        again = row["retries"] + row["again"]
        unpriced = " and unknown" if row["unpriced"] else ""
        seconds = "–" if row["seconds"] is None else f"{row['seconds']:.1f}"
        counts = f"{row['calls']:>6} {row['cached']:>6} {again:>6} {row['failed']:>6}"
        tokens = f"{row['tokens_in']:>10} {row['tokens_cached']:>8} {row['tokens_out']:>8}"
        print(f"{clean(row['purpose'], limit=22):<22} {counts} {tokens} {seconds:>6} {'$' + format(row['cost'], '.4f'):>9}{unpriced}")


def bill_line(model: str, totals: Totals) -> str:
    """Return what was asked and what it cost, in a line."""
    parts = [f"{totals.calls} call{'' if totals.calls == 1 else 's'}"]
    parts += [f"{number} {what}" for number, what in ((totals.cached, "answered before"), (totals.failed, "failed")) if number]
    parts.append(f"{totals.tokens_in} tokens in, {totals.tokens_out} out")
    parts.append(f"${totals.cost:.4f}" + (f", and {totals.unpriced} of unknown price" if totals.unpriced else ""))
    return f"asked {model}: " + ", ".join(parts)
