"""``propersim report`` as tables: Markdown, with columns that line up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.core.clock import AWAKE_FOR_RATES
from propersim.experiments.report import BOUNDED, GROUPS, TRAITS

_HEADS = {
    "success_rate": "success",
    "in_band": "in band",
    "recs_per_hour": "recs/hour",
    "shown": "shown/day",
    "welcome": "welcome/day",
    "oracle_welcome": "oracle/day",
}
TITLES = {
    "all": "All personas",
    "developed on": "Developed on: p01–p16",
    "held back": "Held back: p17–p32",
    "conditional": "Personas whose wishes depend on activity or hour",
    "not conditional": "Personas whose wishes do not",
    "others": "Personas of others, apart",
}


def print_report(found: dict[str, Any], figures: Sequence[str]) -> None:
    """Print some figures of a report (see :func:`propersim.experiments.report.report`)."""
    print(
        f"{found['runs']} runs. Day n is days n−2 to n taken together, day 1 is day 1 alone. Means are over personas, each the mean of its"
    )
    print(
        "seeds; [low, high] is a 95 % interval by bootstrap over personas and seeds, ± the standard deviation over seeds; (n) is how many"
    )
    print("personas have the figure where not all do; – is nothing to divide by.")
    heads = ["variant", "day", "personas", *(head(name) for name in figures), "s/run"]
    for group, title in TITLES.items():
        rows = [row for row in found["variants"] if row["group"] == group]
        lines = []
        for row in rows:
            lines.append([*_named(row), *(mean(row, name) for name in figures), f"{row['wall_s']:.0f}"])
            if row["personas"] > 1:
                lines.append([f"{row['variant']}: worst", str(row["day"]), "", *(_worst(row, name) for name in figures), ""])
        if rows:
            print(f"\n## {title}\n\n{table(heads, lines)}")
    last = found["days"][-1]
    by_trait = [row for group in GROUPS for row in found["variants"] if group in TRAITS and (row["group"], row["day"]) == (group, last)]
    if by_trait:
        lines = [[row["group"], *_named(row), *(mean(row, name) for name in figures), f"{row['wall_s']:.0f}"] for row in by_trait]
        print(f"\n## By trait\n\n{table(['trait', *heads], lines)}")
    bounded = [name for name in figures if name in BOUNDED]
    if found["differences"] and bounded:
        print(f"\n## Differences on day {last}\n\nOf groups of personas within a variant, and of variants over the same runs.")
        print("* marks an interval without zero; of twenty such, one is expected to be so by chance.\n")
        print(table(["difference", "variant", "personas", *map(head, bounded)], difference_lines(found["differences"], bounded)))
    print("\n## By persona\n")
    print(
        table(
            ["persona", "traits", "wants/hour", "variant", "day", "seeds", *heads[3:]],
            [
                [
                    *(row["persona"], row["traits"], band(row), row["variant"], str(row["day"]), str(len(row["seeds"]))),
                    *(mean(row, name) for name in figures),
                    f"{row['wall_s']:.0f}",
                ]
                for row in found["personas"]
            ],
        )
    )


def difference_lines(rows: Sequence[dict[str, Any]], figures: Sequence[str]) -> list[list[str]]:
    """Return the cells of differences."""
    return [
        [
            f"{row['first']} − {row['second']}",
            row["variant"] or "",
            str(max(row["figures"][name]["over"] for name in figures)),
            *(difference(name, row["figures"][name]) for name in figures),
        ]
        for row in rows
    ]


def head(name: str) -> str:
    """Return what stands above a figure."""
    return _HEADS.get(name, name)


def band(row: dict[str, Any]) -> str:
    """Return how many recommendations an hour a persona wants."""
    low, high = (value / (AWAKE_FOR_RATES) for value in row["wanted"])
    return f"{low:.2f}–{high:.2f}"


def mean(row: dict[str, Any], name: str) -> str:
    """Return a figure's mean with its interval, or else its spread."""
    one = row["figures"][name]
    if one["mean"] is None:
        return "–"
    bounds = interval(name, one["interval"]) or (f"±{one['spread']:.2f}" if one["spread"] is not None else "")
    return f"{number(name, one['mean'])}{bounds}" + (f" ({one['over']})" if one["over"] != row["personas"] else "")


def number(name: str, value: float) -> str:
    """Return a figure in as many places as it deserves."""
    return f"{value:.3f}" if name == "malformed" else f"{value:.2f}"


def interval(name: str, found: Sequence[float] | None) -> str:
    """Return a figure's interval as it stands behind a mean; nothing where there is none."""
    return f" [{number(name, found[0])}, {number(name, found[1])}]" if found is not None else ""


def difference(name: str, one: dict[str, Any]) -> str:
    """Return a difference with its interval, marked where that is without zero."""
    if one["mean"] is None:
        return "–"
    bounds = one["interval"]
    return f"{'+' if one['mean'] >= 0 else ''}{number(name, one['mean'])}{interval(name, bounds)}{'*' if carried(bounds) else ''}"


def carried(bounds: Sequence[float] | None) -> bool:
    """Whether an interval carries that there is a difference."""
    return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)


def _named(row: dict[str, Any]) -> list[str]:
    return [row["variant"], str(row["day"]), str(row["personas"])]


def _worst(row: dict[str, Any], name: str) -> str:
    one = row["figures"][name]
    return "" if one["worst_persona"] is None else f"{number(name, one['worst'])} {one['worst_persona']}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    widths = [max(len(row[i]) for row in (heads, *rows)) for i in range(len(heads))]
    lines = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in (heads, *rows)]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])
