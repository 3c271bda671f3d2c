"""Print ``propersim report`` as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from propersim.cli.console import markdown_table
from propersim.core.clock import WAKING_HOURS
from propersim.core.text import counted
from propersim.experiments.bootstrap import FEWEST
from propersim.experiments.report import BOUNDED, GROUPS, TRAITS
from propersim.simulation.metrics import POOLED

_GLOSSARY = "docs/reference/glossary.md"

_HEADS = {
    "success_rate": "success rate",
    "in_band": "in band",
    "recs_per_hour": "recs/hour",
    "shown": "shown/day",
    "welcome": "welcome/day",
    "oracle_welcome": "oracle/day",
}
TITLES = {
    "all": "Built-in personas",
    "developed on": "Developed on: p01–p16",
    "held back": "Held back: p17–p32",
    "conditional": "Conditional personas",
    "not conditional": "Not conditional personas",
    "others": "Personas from files",
}
_SHORT = {"all": "built-in", "others": "files"}
"""Names of groups in the table of differences, where they are not those in the JSON."""


def print_report(report: dict[str, Any], figures: Sequence[str]) -> None:
    """Print the chosen figures of a report (see :func:`propersim.experiments.report.report`).

    Days that no run has are left out, and named.
    """
    days = [day for day in report["days"] if day not in report["missing"]]
    print(
        f"{counted(report['runs'], 'run')}. Day n pools days n−2 to n; day 1 is day 1 alone. Means are over personas, each the mean of its"
    )
    print("seeds; [low, high]: 95 % interval by bootstrap over personas and seeds; ±: standard deviation over seeds; (n): number of")
    print("personas that have the figure, where not all do; –: nothing to divide by.")
    print(f"Figures: {_GLOSSARY}")
    if len({row["persona"] for row in report["personas"]}) < FEWEST:
        print("No intervals: fewer than five personas.")
    for day in report["missing"]:
        print(f"no run has day {day}")
    if not days:
        return
    heads = ["variant", "day", "personas", *(head(name) for name in figures), "s/run"]
    for group, title in TITLES.items():
        rows = [row for row in report["variants"] if row["group"] == group and row["day"] in days]
        lines = []
        for row in rows:
            lines.append([*_named(row), *(mean(row, name) for name in figures), f"{row['wall_s']:.0f}"])
            if row["personas"] > 1:
                lines.append([f"{row['variant']}: worst", pooled_days(row["day"]), "", *(_worst(row, name) for name in figures), ""])
        if rows:
            print(f"\n## {title}\n\n{table(heads, lines)}")
    last = days[-1]
    by_trait = [row for group in GROUPS for row in report["variants"] if group in TRAITS and (row["group"], row["day"]) == (group, last)]
    if by_trait:
        lines = [[row["group"], *_named(row), *(mean(row, name) for name in figures), f"{row['wall_s']:.0f}"] for row in by_trait]
        print(f"\n## By trait\n\n{table(['trait', *heads], lines)}")
    bounded = [name for name in figures if name in BOUNDED]
    if report["differences"] and bounded:
        print(f"\n## Differences on day {last}\n\nBetween groups of personas within a variant, and between variants over the same runs.")
        print("*: the interval excludes zero; one in twenty does so by chance.\n")
        print(table(["difference", "variant", "personas", *map(head, bounded)], difference_lines(report["differences"], bounded)))
    print("\n## By persona\n")
    print(
        table(
            ["persona", "traits", "wants/hour", "variant", "day", "seeds", *heads[3:]],
            [
                [
                    *(row["persona"], row["traits"], band(row), row["variant"], pooled_days(row["day"]), str(len(row["seeds"]))),
                    *(mean(row, name) for name in figures),
                    f"{row['wall_s']:.0f}",
                ]
                for row in report["personas"]
                if row["day"] in days
            ],
        )
    )


def difference_lines(rows: Sequence[dict[str, Any]], figures: Sequence[str]) -> list[list[str]]:
    """Return the cells of the table of differences."""
    return [
        [
            f"{_SHORT.get(row['first'], row['first'])} − {_SHORT.get(row['second'], row['second'])}",
            row["variant"] or "",
            str(max(row["figures"][name]["over"] for name in figures)),
            *(difference(name, row["figures"][name]) for name in figures),
        ]
        for row in rows
    ]


def pooled_days(day: int) -> str:
    """Return a day with the days that are pooled for it, such as ``14 (12–14)``; day 1 is alone."""
    return f"{day} ({max(1, day - POOLED + 1)}–{day})" if day > 1 else str(day)


def head(name: str) -> str:
    """Return the heading of a figure."""
    return _HEADS.get(name, name)


def band(row: dict[str, Any]) -> str:
    """Return the range of recommendations per hour that a persona wants."""
    low, high = (value / WAKING_HOURS for value in row["wanted"])
    return f"{low:.2f}–{high:.2f}"


def mean(row: dict[str, Any], name: str) -> str:
    """Return the mean of a figure with its interval, or else its spread."""
    one = row["figures"][name]
    if one["mean"] is None:
        return "–"
    bounds = interval(name, one["interval"]) or (f"±{one['spread']:.2f}" if one["spread"] is not None else "")
    return f"{number(name, one['mean'])}{bounds}" + (f" ({one['over']})" if one["over"] != row["personas"] else "")


def number(name: str, value: float) -> str:
    """Format a figure with two decimal places, the share of malformed suggestions with three."""
    return f"{value:.3f}" if name == "malformed" else f"{value:.2f}"


def interval(name: str, bounds: Sequence[float] | None) -> str:
    """Return an interval as it is printed after a mean; empty for None."""
    return f" [{number(name, bounds[0])}, {number(name, bounds[1])}]" if bounds is not None else ""


def difference(name: str, one: dict[str, Any]) -> str:
    """Return a difference with its interval, marked with * where that excludes zero."""
    if one["mean"] is None:
        return "–"
    bounds = one["interval"]
    return f"{'+' if one['mean'] >= 0 else ''}{number(name, one['mean'])}{interval(name, bounds)}{'*' if excludes_zero(bounds) else ''}"


def excludes_zero(bounds: Sequence[float] | None) -> bool:
    """Return whether an interval excludes zero."""
    return bounds is not None and (bounds[0] > 0 or bounds[1] < 0)


def _named(row: dict[str, Any]) -> list[str]:
    return [row["variant"], pooled_days(row["day"]), str(row["personas"])]


def _worst(row: dict[str, Any], name: str) -> str:
    one = row["figures"][name]
    return "" if one["worst_persona"] is None else f"{number(name, one['worst'])} {one['worst_persona']}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return markdown_table(heads, rows)
