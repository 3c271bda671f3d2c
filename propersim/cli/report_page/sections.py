"""The tables of the page, made from a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import fmean
from typing import Any, Final, NamedTuple

from propersim.cli.report import SECONDS, SHORT, TITLES, band, head, period_text
from propersim.cli.report_page.cells import (
    Cell,
    Table,
    Value,
    as_csv,
    figure_cell,
    figure_heads,
    figure_values,
    number_cell,
    text_cell,
)
from propersim.cli.report_page.charts import Point
from propersim.cli.report_page.commands import open_command
from propersim.core.records import DIMENSIONS
from propersim.core.text import dollars
from propersim.experiments.bootstrap import mean_interval
from propersim.experiments.parts import difference, excludes_zero, interval, number
from propersim.experiments.periods import EVERY, HEADLINE, Period, figures_over
from propersim.experiments.published import PublishedDay, published
from propersim.experiments.report import BOUNDED, GROUPS, Kind
from propersim.experiments.results import Result
from propersim.simulation.metrics import metrics
from propersim.store.store import CallTotals

BASE_GROUPS: Final = ("all", "others")
"""Groups that the charts and the first table have: built-in personas, and those from files."""
MOST_PERSONA_ROWS: Final = 200
"""Most rows of the table by persona; its CSV has all."""
MOST_DIFFERENCES: Final = 60
"""Most rows of the table of differences; its CSV has all."""
MOST_COLUMNS: Final = 12
"""Most variants that are columns of a table; the CSV has all."""
PERSONA_FIGURES: Final = ("f1", "unwelcome", "score", "settled_in_band")
BY_TRAIT: Final = ("f1", "unwelcome", "score")
PUBLISHED_FIGURES: Final = ("score", "success_rate", "recs_per_hour")
_PUBLISHED_DAYS: Final = (1, 14)
_HOUR_S: Final = 3600


class Stored(NamedTuple):
    """Facts that the database adds to a report.

    All are empty where only CSV files were read.

    Attributes:
        database: its path as it was given; "" for none.
        runs: ids of its runs by the keys of their results.
        calls: what the calls of its runs used, by run id.
    """

    database: str = ""
    runs: Mapping[str, str] = {}
    calls: Mapping[str, CallTotals] = {}


def label(row: Mapping[str, Any]) -> str:
    """Return the name of a variant and group in charts: personas from files are named."""
    return str(row["variant"]) if row["group"] == "all" else f"{row['variant']}, personas from files"


def run_rows(tables: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows over the whole run of built-in personas and of those from files."""
    return [row for group in BASE_GROUPS for row in tables["variants"] if row["group"] == group and row["period"] == "run"]


def last_period(tables: Mapping[str, Any]) -> str | None:
    """Return the name of the last period that some run has, or None."""
    known = [name for name in tables["periods"] if name != "run" and name not in tables["missing"]]
    return max(known, key=lambda name: (int(name.split("-")[-1]), -int(name.split("-")[0])), default=None)


def headline(tables: Mapping[str, Any]) -> Table:
    """Return the table of the variants over the whole run."""
    rows = run_rows(tables)
    both = {row["group"] for row in rows} == set(BASE_GROUPS)
    cells = [
        [
            text_cell(row["variant"], SHORT[row["group"]] if both else ""),
            text_cell(row["feedback"]),
            number_cell(row["days"][1]),
            number_cell(row["personas"]),
            number_cell(row["runs"]),
            *(figure_cell(row, name, worst=True) for name in HEADLINE),
        ]
        for row in rows
    ]
    every = [row for group in BASE_GROUPS for row in tables["variants"] if row["group"] == group]
    values = [[row["group"], row["variant"], row["feedback"], row["period"], *_counts(row), *figure_values(row, EVERY)] for row in every]
    return Table(
        "variants-table",
        "Each variant over all days of its runs, from day 1",
        ["variant", "feedback", "days", "personas", "runs", *map(head, HEADLINE)],
        cells,
        as_csv(["group", "variant", "feedback", "period", *_COUNTS, *figure_heads(EVERY)], values),
        "The CSV has all figures, single days and ranges of days as well.",
        sortable=True,
    )


_COUNTS: Final = ("days", "personas", "runs", "seconds_per_run")


def _counts(row: Mapping[str, Any]) -> list[Value]:
    return [row["days"][1], row["personas"], row["runs"], row["wall_s"]]


def points(tables: Mapping[str, Any], group: str, variant: str, name: str) -> list[Point]:
    """Return the points of a learning curve.

    Args:
        tables: the report.
        group: group of personas.
        variant: name of the variant.
        name: the figure.
    """
    rows = [row for row in tables["curves"] if (row["group"], row["variant"]) == (group, variant)]
    return [Point(row["day"], row[name], row["interval"][name], row["over"][name]) for row in rows]


def summed_unwelcome(results: Sequence[Result], kind: Kind, group: str) -> list[Point]:
    """Return the unwelcome recommendations from day 1 to each day.

    They are means over personas, with intervals.

    Args:
        results: the results of the report.
        kind: the variant.
        group: group of personas.
    """
    values: list[dict[str, list[float]]] = [{} for _ in range(kind.days)]
    for one in results:
        if kind.of(one) and GROUPS[group](one):
            for at, value in enumerate(accumulate(metrics([day])["unwelcome"] for day in one.days)):
                values[at].setdefault(one.persona, []).append(value)
    return [Point(at + 1, fmean(map(fmean, each.values())), mean_interval(each), len(each)) for at, each in enumerate(values)]


def curve_csv(series: Mapping[str, Sequence[tuple[str, list[Point]]]]) -> str:
    """Return learning curves as CSV, one line for each figure, variant and day.

    Args:
        series: labels of series and their points, by figure.
    """
    rows = [
        [name, label_, point.day, point.value, *(point.interval or (None, None)), point.over]
        for name, lines in series.items()
        for label_, drawn in lines
        for point in drawn
    ]
    return as_csv(["figure", "variant", "day", "mean", "low", "high", "n"], rows)


def curve_table(id_: str, caption: str, series: Sequence[tuple[str, list[Point]]], digits: int) -> Table:
    """Return the values of a chart as a table, a row for each day.

    Args:
        id_: its id in the page.
        caption: what the chart shows.
        series: labels and points.
        digits: decimal places.
    """
    most = max((len(drawn) for _, drawn in series), default=0)
    shown = series[:MOST_COLUMNS]
    rows = []
    for at in range(min(most, MOST_PERSONA_ROWS)):
        row = [number_cell(at + 1)]
        for _, drawn in shown:
            point = drawn[at] if at < len(drawn) else Point(at + 1, None, None, 0)
            text = "" if point.value is None else f"{point.value:.{digits}f}"
            bounds = f"[{point.interval[0]:.{digits}f}, {point.interval[1]:.{digits}f}]" if point.interval is not None else ""
            row.append(number_cell(point.value, text, bounds))
        rows.append(row)
    data = curve_csv({caption: series})
    return Table(id_, f"{caption}, by day", ["day", *(name for name, _ in shown)], rows, data, _cut(len(shown), len(series), "variants"))


def _cut(shown: int, every: int, what: str) -> str:
    """Return the note on a table that does not show everything; "" where it does."""
    return f"The first {shown:,} of {every:,} {what}; the CSV has all." if shown < every else ""


def by_dimension(tables: Mapping[str, Any]) -> Table:
    """Return the table of the four dimensions.

    It is over the whole run, on day 1 and on the last days.
    """
    last = last_period(tables)
    chosen = [name for name in dict.fromkeys(("run", "1", last or "run")) if name in tables["periods"] and name not in tables["missing"]]
    figures = (*DIMENSIONS, "score", "content")
    rows = [row for head_ in run_rows(tables) for row in _periods_of(tables, head_, chosen) if row["figures"]["score"]["mean"] is not None]
    cells = [
        [
            text_cell(label(row)),
            text_cell("all days" if row["period"] == "run" else period_text(row["period"])),
            *(figure_cell(row, name) for name in figures),
        ]
        for row in rows
    ]
    values = [[row["group"], row["variant"], row["period"], row["personas"], *figure_values(row, figures)] for row in rows]
    return Table(
        "dimensions-table",
        "Share of steps at which each dimension was rated 1",
        ["variant", "days", *figures],
        cells,
        as_csv(["group", "variant", "period", "personas", *figure_heads(figures)], values),
        "Over all steps, silent ones too; content is over what was shown alone.",
        sortable=True,
    )


def _periods_of(tables: Mapping[str, Any], one: Mapping[str, Any], periods: Sequence[str]) -> list[dict[str, Any]]:
    of_variant = {row["period"]: row for row in tables["variants"] if (row["group"], row["variant"]) == (one["group"], one["variant"])}
    return [of_variant[period] for period in periods]


def by_trait(tables: Mapping[str, Any]) -> list[Table]:
    """Return a table for each of the main figures.

    Groups of personas are its rows, variants its columns.
    """
    rows = {(row["group"], row["variant"]): row for row in tables["variants"] if row["period"] == "run"}
    names = [group for group in GROUPS if group not in BASE_GROUPS and any(known == group for known, _ in rows)]
    variants = list(dict.fromkeys(variant for group, variant in rows if group != "others"))
    shown = variants[:MOST_COLUMNS]
    found = []
    for figure in BY_TRAIT:
        cells = [
            [
                text_cell(TITLES.get(group, group)),
                *(figure_cell(rows[group, one], figure) if (group, one) in rows else number_cell(None) for one in shown),
            ]
            for group in names
        ]
        values = [
            [group, one, rows[group, one]["personas"], *figure_values(rows[group, one], [figure])]
            for group in names
            for one in variants
            if (group, one) in rows
        ]
        data = as_csv(["group", "variant", "personas", *figure_heads([figure])], values)
        caption = f"{head(figure)} over all days, by trait and group"
        found.append(Table(f"traits-{figure}", caption, ["personas", *shown], cells, data, _cut(len(shown), len(variants), "variants")))
    return found if names else []


def by_persona(tables: Mapping[str, Any], results: Sequence[Result], kinds: Sequence[Kind], stored: Stored) -> Table:
    """Return the table by persona, with the command that opens a run of each row.

    Args:
        tables: the report.
        results: its results.
        kinds: its variants.
        stored: what the database adds.
    """
    names = {(kind.variant, kind.days): kind.name for kind in kinds}
    opened: dict[tuple[str, str], Result] = {}
    for one in sorted(results, key=lambda one: one.seed):
        if one.key in stored.runs:
            opened.setdefault((one.persona, names[one.variant, len(one.days)]), one)
    last = last_period(tables)
    rows = [row for row in tables["personas"] if row["period"] == "run"]
    later = {(row["persona"], row["variant"]): row for row in tables["personas"] if row["period"] == last}
    commands = {key: open_command(stored.runs[one.key], stored.database) for key, one in opened.items()}
    cells = []
    for row in rows[:MOST_PERSONA_ROWS]:
        key = row["persona"], row["variant"]
        cells.append(
            [
                text_cell(row["persona"]),
                text_cell(row["traits"]),
                text_cell(band(row)),
                text_cell(row["variant"]),
                number_cell(len(row["seeds"])),
                *(figure_cell(row, name) for name in PERSONA_FIGURES),
                *([figure_cell(later[key], "f1")] if last is not None else []),
                *(
                    [Cell("–" if not commands.get(key) else f"seed {opened[key].seed}", command=commands.get(key, ""))]
                    if stored.runs
                    else []
                ),
            ]
        )
    values = [
        [
            *(row["persona"], row["traits"], *row["wanted"], int(row["conditional"]), row["variant"], *_counts(row), len(row["seeds"])),
            *figure_values(row, HEADLINE),
            *(figure_values(later[row["persona"], row["variant"]], ["f1"]) if last is not None else []),
            commands.get((row["persona"], row["variant"]), ""),
        ]
        for row in rows
    ]
    columns = ["persona", "traits", "wanted_min", "wanted_max", "conditional", "variant", *_COUNTS, "seeds", *figure_heads(HEADLINE)]
    columns += figure_heads([f"f1_days_{last.replace('-', '_')}"]) if last is not None else []
    heads = ["persona", "traits", "wanted per hour", "variant", "seeds", *map(head, PERSONA_FIGURES)]
    heads += [f"F1 {period_text(last)}"] if last is not None else []
    return Table(
        "personas-table",
        "Each persona over all days of its runs",
        [*heads, *(["open"] if stored.runs else [])],
        cells,
        as_csv([*columns, "command"], values),
        _cut(len(cells), len(rows), "rows"),
        sortable=True,
    )


def differences(tables: Mapping[str, Any]) -> Table:
    """Return the table of differences over the whole run, between variants first."""
    rows = sorted((row for row in tables["differences"] if row["period"] == "run"), key=lambda row: row["variant"] is not None)
    figures = [name for name in HEADLINE if name in BOUNDED]
    cells = [
        [
            text_cell(f"{SHORT.get(row['first'], row['first'])} − {SHORT.get(row['second'], row['second'])}"),
            text_cell(row["variant"] or "both"),
            number_cell(_personas(row, figures)),
            *(_difference_cell(name, row["figures"][name], _personas(row, figures)) for name in figures),
        ]
        for row in rows[:MOST_DIFFERENCES]
    ]
    values = [[row["first"], row["second"], row["variant"] or "", *figure_values(row, figures)] for row in rows]
    note = "* The interval excludes zero; one in twenty does so by chance."
    return Table(
        "differences-table",
        "Differences over all days",
        ["difference", "variant", "personas", *map(head, figures)],
        cells,
        as_csv(["first", "second", "variant", *figure_heads(figures)], values),
        f"{note} {_cut(len(cells), len(rows), 'rows')}".strip(),
    )


def _personas(row: Mapping[str, Any], figures: Sequence[str]) -> int:
    """Return the number of personas that a row of differences is over."""
    return max(int(row["figures"][name]["over"]) for name in figures)


def _difference_cell(name: str, one: Mapping[str, Any], personas: int) -> Cell:
    if one["mean"] is None:
        return number_cell(None)
    star = "*" if excludes_zero(one["interval"]) else ""
    text = difference(name, {"mean": one["mean"], "interval": None})
    fewer = f"n {one['over']}" if one["over"] != personas else ""
    return number_cell(one["mean"], text + star, "\n".join(filter(None, (interval(name, one["interval"]).strip(), fewer))))


def beside_published(tables: Mapping[str, Any], results: Sequence[Result], kinds: Sequence[Kind]) -> Table:
    """Return the published figures, with those of the report's variants on the same days below.

    Args:
        tables: the report.
        results: its results.
        kinds: its variants.
    """
    paper = published()
    cells: list[list[Cell]] = []
    values: list[list[Value]] = []
    for one in paper.assistants:
        days = (one.day_1, one.day_14)
        cells.append([text_cell(one.name, "published"), *(_published_cell(day, name) for name in PUBLISHED_FIGURES for day in days)])
        values.append([one.name, paper.source, *(getattr(day, name) for name in PUBLISHED_FIGURES for day in days)])
    by_name = {kind.name: kind for kind in kinds}
    for row in run_rows(tables):
        found = _means_on(results, by_name[row["variant"]], row["group"])
        if any(value is not None for value in found):
            texts = [None if value is None else number(name, value) for name, value in zip(_EACH_DAY, found, strict=True)]
            cells.append([text_cell(row["variant"], SHORT[row["group"]]), *map(number_cell, found, texts)])
            values.append([label(row), "this report", *found])
    heads = [f"{head(name)}, day {day}" for name in PUBLISHED_FIGURES for day in _PUBLISHED_DAYS]
    return Table(
        "published-table",
        "Published figures and those of this report",
        ["assistant", *heads],
        cells,
        as_csv(["assistant", "source", *heads], values),
    )


_EACH_DAY: Final = tuple(name for name in PUBLISHED_FIGURES for _ in _PUBLISHED_DAYS)


def _published_cell(day: PublishedDay, name: str) -> Cell:
    value = getattr(day, name)
    spread = f"worst {day.worst_score} · best {day.best_score}" if name == "score" and day.best_score is not None else ""
    return number_cell(value, None if value is None else number(name, value), spread)


def _means_on(results: Sequence[Result], kind: Kind, group: str) -> list[float | None]:
    """Return a variant's means over personas of the published figures, on the published days."""
    found: list[float | None] = []
    of_kind = [one for one in results if kind.of(one) and GROUPS[group](one)]
    for name in PUBLISHED_FIGURES:
        for day in _PUBLISHED_DAYS:
            values: dict[str, list[float]] = {}
            for one in of_kind:
                value = figures_over(one, Period(day, day))[name]
                if value is not None:
                    values.setdefault(one.persona, []).append(value)
            found.append(fmean(map(fmean, values.values())) if values else None)
    return found


def published_personas(results: Sequence[Result], kinds: Sequence[Kind]) -> Table | None:
    """Return the scores of the published personas beside those of the paper.

    It is None where no run has such a persona.

    Args:
        results: the results of the report.
        kinds: its variants.
    """
    paper = published()
    of_each: dict[tuple[str, str], list[Result]] = {}
    for kind in kinds:
        for result in results:
            if kind.of(result) and result.persona in paper.personas:
                of_each.setdefault((result.persona, kind.name), []).append(result)
    personas = [name for name in paper.personas if any(known == name for known, _ in of_each)]
    if not personas:
        return None
    variants = list(dict.fromkeys(name for _, name in of_each))
    shown = variants[: MOST_COLUMNS // 2]
    cells: list[list[Cell]] = []
    values: list[list[Value]] = []
    for persona in personas:
        one = paper.personas[persona]
        ours = {name: _scores(of_each.get((persona, name), [])) for name in variants}
        cells.append(
            [
                text_cell(persona),
                *(number_cell(value, f"{value:.2f}") for value in (one.day_1, one.day_14, one.ars_day_14)),
                *(number_cell(value, None if value is None else f"{value:.2f}") for name in shown for value in ours[name]),
            ]
        )
        values.append([persona, one.day_1, one.day_14, one.ars_day_14, *(value for name in variants for value in ours[name])])
    heads = ["persona", "published, day 1", "published, day 14", "published ARS, day 14"]
    days = [f"day {day}" for day in _PUBLISHED_DAYS]
    return Table(
        "published-personas",
        f"Score of each published persona ({paper.table} of the paper)",
        [*heads, *(f"{name}, {day}" for name in shown for day in days)],
        cells,
        as_csv([*heads, *(f"{name}, {day}" for name in variants for day in days)], values),
        _cut(len(shown), len(variants), "variants"),
    )


def _scores(runs: Sequence[Result]) -> list[float | None]:
    """Return the means over seeds of the score on the published days."""
    of_days = [[figures_over(one, Period(day, day))["score"] for one in runs] for day in _PUBLISHED_DAYS]
    return [fmean(known) if (known := [value for value in each if value is not None]) else None for each in of_days]


def costs(results: Sequence[Result], kinds: Sequence[Kind], stored: Stored) -> Table:
    """Return the table of time, calls, tokens and dollars.

    Args:
        results: the results of the report.
        kinds: its variants.
        stored: what the database adds.
    """
    cells: list[list[Cell]] = []
    values: list[list[Value]] = []
    for kind in kinds:
        of_kind = [one for one in results if kind.of(one)]
        seconds = sum(one.wall_s for one in of_kind)
        known = [stored.calls[stored.runs[one.key]] for one in of_kind if stored.runs.get(one.key) in stored.calls]
        a_run, a_day = seconds / len(of_kind), seconds / (len(of_kind) * max(kind.days, 1))
        calls = sum(one.calls for one in known)
        tokens = [sum(one.tokens_in for one in known), sum(one.tokens_out for one in known)]
        cost = sum(one.cost for one in known)
        unpriced = sum(one.unpriced for one in known)
        numbers = [number_cell(calls), *(number_cell(each, f"{each:,.0f}") for each in tokens)] if known else [number_cell(None)] * 3
        price = number_cell(cost, dollars(cost), f"{unpriced:,} calls without a price" if unpriced else "") if known else number_cell(None)
        cells.append(
            [
                text_cell(kind.name),
                number_cell(len(of_kind)),
                number_cell(a_run, f"{a_run:,.0f}"),
                number_cell(a_day, f"{a_day:,.1f}"),
                number_cell(seconds, f"{seconds / _HOUR_S:,.2f}"),
                *numbers,
                price,
            ]
        )
        values.append([kind.name, len(of_kind), a_run, a_day, seconds, *([calls, *tokens, cost, unpriced] if known else [None] * 5)])
    columns = [
        "variant",
        "runs",
        "seconds_per_run",
        "seconds_per_day",
        "seconds",
        "calls",
        "tokens_in",
        "tokens_out",
        "dollars",
        "unpriced_calls",
    ]
    heads = ["variant", "runs", SECONDS, "seconds per simulated day", "hours of all runs", "calls", "tokens in", "tokens out", "cost"]
    return Table("costs-table", "Time and calls", heads, cells, as_csv(columns, values), sortable=True)


def f1_over_run(tables: Mapping[str, Any]) -> list[tuple[str, Point]]:
    """Return F1 over all days of each variant, with its label."""
    return [
        (label(row), Point(0, one["mean"], one["interval"], one["over"])) for row in run_rows(tables) for one in (row["figures"]["f1"],)
    ]
