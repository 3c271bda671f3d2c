"""Render the page of a report: one HTML file without any request to a network.

All texts that come from files, models or the network are escaped by the template engine, and characters that could hide in them are
dropped. A content security policy allows only the style sheet and the script that the page itself contains, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from propersim.cli.report import column_meanings, notes
from propersim.cli.report_page import charts, sections
from propersim.cli.report_page.cells import Table, data_uri
from propersim.cli.report_page.charts import MOST_SERIES, MOST_SHOWN, Chart, Point, Style
from propersim.cli.report_page.commands import open_command
from propersim.cli.report_page.sections import Stored
from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, Step
from propersim.core.text import clean, counted, printable
from propersim.experiments.examples import RULE, Example
from propersim.experiments.periods import HEADLINE
from propersim.experiments.published import published
from propersim.experiments.report import CURVES, Kind, kinds
from propersim.experiments.results import Result

_FOLDER: Final = Path(__file__).parent
CSP: Final = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
_FEEDS: Final = (
    ("f1", "F1 by day", 2, 1.0),
    ("unwelcome", "Unwelcome recommendations by day", 1, None),
    ("score", "Score of a step by day (0–4)", 2, 4.0),
)
"""Charts by day: figure, title, decimal places, upper end of the axis."""
_SUMMED: Final = "Unwelcome recommendations so far"


class Light(NamedTuple):
    """One dimension of a rating: its name, its value (None: unrated) and the user's reason."""

    name: str
    value: int | None
    reason: str

    @property
    def kind(self) -> str:
        """Class of the light in the style sheet."""
        return "unrated" if self.value is None else "good" if self.value else "bad"

    @property
    def sign(self) -> str:
        """A sign that says the value without colour."""
        return "–" if self.value is None else "✓" if self.value else "✗"


class Recommendation(NamedTuple):
    """A recommendation of an example."""

    time: str
    activity: str
    room: str
    text: str
    score: int | None
    lights: list[Light]
    command: str


class ShownDay(NamedTuple):
    """A day of an example, with the number of recommendations that are left out."""

    title: str
    recommendations: list[Recommendation]
    more: str


class ShownExample(NamedTuple):
    """An example as the template prints it."""

    title: str
    about: str
    days: list[ShownDay]
    command: str
    problem: str


def report_page(
    tables: Mapping[str, Any], results: Sequence[Result], data: str, *, stored: Stored | None = None, examples: Sequence[Example] = ()
) -> str:
    """Return the page of a report as HTML; the same data give the same text.

    Args:
        tables: the report, from :func:`propersim.experiments.report.report`.
        results: the results that it is over.
        data: the results as CSV, whose checksum the page names.
        stored: what the database adds; None where only CSV files were read.
        examples: examples of recommendations.
    """
    stored = stored or Stored()
    of_each = kinds(results)
    series = _series(tables, of_each)
    drawn = _charts(tables, results, series)
    names = [style for style, _, _ in series]
    by_label = {style.name: style for style in names}
    bars, height = charts.mean_chart([(by_label[label], point) for label, point in sections.f1_over_run(tables) if label in by_label])
    personas = len({one.persona for one in results})
    lengths = [counted(days, "day") for days in tables["lengths"]]
    return rendered(
        "page.html",
        counts=", ".join(
            [counted(len(results), "run"), counted(personas, "persona"), counted(len(of_each), "variant"), f"{' and '.join(lengths)} each"]
        ),
        notes=notes(dict(tables)).splitlines()[1:],
        headline=sections.headline(tables),
        intervals=any(one["interval"] is not None for row in tables["variants"] for one in row["figures"].values()),
        bars=bars,
        bars_height=height,
        charts=drawn,
        curves=data_uri(_curves_csv(tables)),
        series=names,
        series_note=_series_note(tables, of_each, series),
        dimensions=sections.by_dimension(tables),
        traits=sections.by_trait(tables),
        personas=sections.by_persona(tables, results, of_each, stored),
        differences=sections.differences(tables),
        published=sections.beside_published(tables, results, of_each),
        published_personas=sections.published_personas(results, of_each),
        paper=published(),
        costs=sections.costs(results, of_each, stored),
        examples=[_example(one, stored.database) for one in examples],
        rule=RULE,
        database=stored.database,
        meanings=[line.removeprefix("- ").partition(": ")[::2] for line in column_meanings(dict(tables), (*HEADLINE, "content"))],
        checksum=hashlib.sha256(data.encode()).hexdigest(),
    )


def rendered(template: str, **values: Any) -> str:
    """Return a page as HTML.

    Args:
        template: name of its template, which extends ``base.html``.
        values: what the template prints.
    """
    style, script = (_asset(name) for name in ("page.css", "page.js"))
    text: str = (
        _templates()
        .get_template(template)
        .render(
            csp=CSP.format(style=_hash(style), script=_hash(script)),
            style=Markup(style),  # noqa: S704 - a file of this package
            script=Markup(script),  # noqa: S704 - a file of this package
            version=_version(),
            size=charts,
            **values,
        )
    )
    return text


_Series = tuple[Style, str, Kind]
"""A series: its style, the group of personas, and the variant."""


def _series(tables: Mapping[str, Any], of_each: Sequence[Kind]) -> list[_Series]:
    """Return the series of the charts.

    Variants over built-in personas come before those over personas from files.
    """
    by_name = {kind.name: kind for kind in of_each}
    rows = sections.run_rows(tables)[:MOST_SERIES]
    return [(Style(at, sections.label(row), at >= MOST_SHOWN), row["group"], by_name[row["variant"]]) for at, row in enumerate(rows)]


def _charts(tables: Mapping[str, Any], results: Sequence[Result], series: Sequence[_Series]) -> list[tuple[Chart, Table]]:
    """Return the charts by day, each with its values as a table."""
    found = []
    for name, title, digits, top in _FEEDS:
        lines = [(style, sections.points(tables, group, kind.name, name)) for style, group, kind in series]
        found.append(_with_table(name, title, lines, digits, top))
    summed = [(style, sections.summed_unwelcome(results, kind, group)) for style, group, kind in series]
    found.insert(2, _with_table("unwelcome-so-far", _SUMMED, summed, 1, None))
    return found


def _with_table(name: str, title: str, lines: Sequence[tuple[Style, list[Point]]], digits: int, top: float | None) -> tuple[Chart, Table]:
    table = sections.curve_table(f"values-{name}", title, [(style.name, points) for style, points in lines], digits)
    return charts.line_chart(f"chart-{name}", title, lines, digits=digits, top=top), table


def _curves_csv(tables: Mapping[str, Any]) -> str:
    """Return all learning curves of built-in personas and of those from files as CSV."""
    rows = sections.run_rows(tables)
    return sections.curve_csv(
        {name: [(sections.label(row), sections.points(tables, row["group"], row["variant"], name)) for row in rows] for name in CURVES}
    )


def _series_note(tables: Mapping[str, Any], of_each: Sequence[Kind], series: Sequence[_Series]) -> str:
    """Return what the charts leave out, or "" for nothing."""
    every = len(sections.run_rows(tables))
    notes_ = [f"The first {MOST_SERIES} of {every} variants are drawn; the CSV has all."] if every > len(series) else []
    if any(style.hidden for style, _, _ in series):
        notes_.append(f"The first {MOST_SHOWN} are shown; choose others above.")
    return " ".join(notes_)


def _example(one: Example, database: str) -> ShownExample:
    """Return an example as it is printed."""
    chosen = one.chosen
    f1 = "–" if chosen.f1 is None else f"{chosen.f1:.2f}"
    name = f" {one.name}" if one.name else ""
    return ShownExample(
        title=f"{chosen.variant} · {chosen.place}: {chosen.result.persona}{name}",
        about=f"{chosen.result.traits}, F1 over all days {f1}, seed {chosen.result.seed}, run {chosen.run}",
        days=[
            ShownDay(
                f"Day {day.day}: {counted(day.shown, 'recommendation')}",
                [_recommendation(step, chosen.run, database) for step in day.steps],
                f"and {day.shown - len(day.steps):,} more" if day.shown > len(day.steps) else "",
            )
            for day in one.days
        ],
        command=open_command(chosen.run, database),
        problem=clean(one.problem),
    )


def _recommendation(step: Step, run: str, database: str) -> Recommendation:
    rating = step.rating
    lights = [Light(*each) for each in zip(DIMENSIONS, rating.values, rating.reasons, strict=True)]
    return Recommendation(
        time=format_time(step.minute),
        activity=step.action.phrase,
        room=step.action.place.room.replace("_", " "),
        text=step.answer.text or "",
        score=rating.score,
        lights=lights,
        command=open_command(run, database, step.day, step.minute),
    )


@cache
def _templates() -> Environment:
    """Return the templates of pages.

    They escape every text, and drop characters that could hide in one.
    """
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _version() -> str:
    """Return the version of propersim; "" where it runs from its source without being installed."""
    try:
        return version("propersim")
    except PackageNotFoundError:
        return ""


@cache
def _asset(name: str) -> str:
    """Return a file of the page."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the hash of a style sheet or script, as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
