"""``propersim report`` as tables: Markdown, with columns that line up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.report import FIGURES, GROUPS

_HEADS = {
    "success_rate": "success",
    "in_band": "in band",
    "recs_per_hour": "recs/hour",
    "shown": "shown/day",
    "welcome": "welcome/day",
    "oracle_welcome": "oracle/day",
}
_TITLES = {"all": "All personas", "developed on": "Developed on: p01–p16", "held back": "Held back: p17–p32", "others": "Other personas"}
_TITLES |= {"conditional": "Personas whose wishes depend on activity or hour", "not conditional": "Personas whose wishes do not"}


def print_report(found: dict[str, Any]) -> None:
    """Print a report (see :func:`propersim.report.report`)."""
    print(f"{found['runs']} runs. Day n is days n−2 to n taken together, day 1 is day 1 alone. Means are over personas: ± is the standard")
    print("deviation over seeds, (n) is how many personas have the figure where not all do; – is nothing to divide by.")
    heads = ["variant", "day", "personas", *(_HEADS.get(name, name) for name in FIGURES)]
    for group in GROUPS:
        rows = [row for row in found["variants"] if row["group"] == group]
        if not rows:
            continue
        lines = []
        for row in rows:
            lines.append([row["variant"], str(row["day"]), str(row["personas"]), *(_mean(row, name) for name in FIGURES)])
            if row["personas"] > 1:
                lines.append([f"{row['variant']}: worst", str(row["day"]), "", *(_worst(row, name) for name in FIGURES)])
        print(f"\n## {_TITLES[group]}\n")
        _table(heads, lines)
    print("\n## By persona\n")
    _table(
        ["persona", "variant", "day", "seeds", *heads[3:]],
        [
            [row["persona"], row["variant"], str(row["day"]), str(len(row["seeds"])), *(_mean(row, name) for name in FIGURES)]
            for row in found["personas"]
        ],
    )


def _mean(row: dict[str, Any], name: str) -> str:
    one = row["figures"][name]
    if one["mean"] is None:
        return "–"
    spread = f"±{one['spread']:.2f}" if one["spread"] is not None else ""
    return f"{one['mean']:.2f}{spread}" + (f" ({one['over']})" if one["over"] != row["personas"] else "")


def _worst(row: dict[str, Any], name: str) -> str:
    one = row["figures"][name]
    return "" if one["worst_persona"] is None else f"{one['worst']:.2f} {one['worst_persona']}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    print("| " + " | ".join(head.ljust(width) for head, width in zip(heads, widths, strict=True)) + " |")
    print("|" + "|".join("-" * (width + 2) for width in widths) + "|")
    for row in rows:
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |")
