"""The parts of ``propersim report``, and how they are printed as Markdown.

``report_view.py`` prints the same parts as plain tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from propersim.cli.console import markdown_table
from propersim.core.clock import WAKING_HOURS
from propersim.core.glossary import glossary
from propersim.core.text import counted
from propersim.experiments.bootstrap import FEWEST
from propersim.experiments.parts import Heading, Part, ReportTable, difference, interval, number
from propersim.experiments.periods import HEADLINE
from propersim.experiments.report import BOUNDED, GROUPS, TRAITS

SECONDS = "seconds per run"
"""Heading of the mean wall time of a run, the column that every row has a value in."""
_HEADS = {
    "f1": "F1",
    "success_rate": "score ≥ 3",
    "in_band": "in band",
    "recs_per_hour": "per hour",
    "shown": "shown per day",
    "welcome": "welcome per day",
    "oracle_welcome": "oracle welcome per day",
    "settled_in_band": "in band from day 3",
    "weekday_f1": "F1 weekdays",
    "weekend_f1": "F1 weekends",
    "rated": "ratings per day",
}
_TERMS = {"settled_in_band": "in band", "weekday_f1": "F1", "weekend_f1": "F1", "welcome": "welcome", "oracle_welcome": "oracle"}
"""Terms of the glossary by figure, where a figure's heading is not the term."""
TITLES = {
    "all": "Built-in personas",
    "developed on": "Developed on: p01–p16",
    "held back": "Held back: p17–p32",
    "conditional": "Conditional personas",
    "not conditional": "Not conditional personas",
    "others": "Personas from files",
}
SHORT = {"all": "built-in", "others": "files"}
"""Names of groups in the table of differences, where they are not those in the JSON."""


def report_parts(report: dict[str, Any], figures: Sequence[str]) -> Iterator[Part]:
    """Yield the headings, paragraphs and tables of a report.

    Each part begins with the figures of the whole run; the days come below it. Days that no run has are left out, and named.

    Args:
        report: the report; see :func:`propersim.experiments.report.report`.
        figures: columns of the tables of days.
    """
    periods = [name for name in report["periods"] if name not in report["missing"] and name != "run"]
    yield _introduction(report)
    yield notes(report)
    single = len({row["persona"] for row in report["personas"]}) == 1
    if single:
        one = report["personas"][0]
        wants = f"{one['traits']}, wants {band(one)} recommendations per hour"
        yield f"One persona: {one['persona']}, {wants}. Tables by trait and by persona would repeat the figures."
    built_in = _personas_of(report, "all")
    same: list[str] = []
    for group, title in TITLES.items():
        rows = [row for row in report["variants"] if row["group"] == group]
        if rows and group not in ("all", "others") and _personas_of(report, group) == built_in:
            same.append(title)
        elif rows:
            yield Heading(title)
            yield _run_rows(rows)
            if periods:
                yield _days_rows(rows, periods, figures)
    if same:
        yield f"The same personas, and so the same figures, as all built-in ones here: {'; '.join(same)}."
    by_trait = [row for group in GROUPS for row in report["variants"] if group in TRAITS and row["group"] == group]
    if by_trait and not single:
        yield Heading("By trait")
        yield _run_rows(by_trait, ["trait"], lambda row: [row["group"]], worst=False)
        if periods:
            rows = [[row["group"], *_named(row), *_means(row, figures)] for row in by_trait if row["period"] == periods[-1]]
            yield ReportTable(["trait", *_heads(figures)], rows)
    for period in dict.fromkeys(row["period"] for row in report["differences"]):
        bounded = [name for name in (HEADLINE if period == "run" else figures) if name in BOUNDED]
        if bounded:
            yield Heading(f"Differences {'over the whole run' if period == 'run' else f'on {period_text(period)}'}")
            yield (
                "Between groups of personas within a variant, and between variants over the same runs.\n"
                "*: the interval excludes zero; one in twenty does so by chance."
            )
            rows = [row for row in report["differences"] if row["period"] == period]
            yield ReportTable(["difference", "variant", "personas", *map(head, bounded)], difference_lines(rows, bounded))
    if not single:
        heads = ["persona", "traits", "wanted per hour"]
        yield Heading("By persona")
        yield _run_rows(report["personas"], heads, _about, worst=False)
        if periods:
            rows = [
                [*_about(row), *_named(row)[:2], str(len(row["seeds"])), *_means(row, figures)]
                for row in report["personas"]
                if row["period"] in periods
            ]
            yield ReportTable([*heads, "variant", "days", "seeds", *_heads(figures)[3:]], rows)
    yield Heading("What the columns mean")
    yield "\n".join(column_meanings(report, (*HEADLINE, *(figures if periods else ()))))


def column_meanings(report: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Return the glossary's definitions of the figures that a report has, a line each.

    Args:
        report: the report.
        names: the figures of its tables; those without a value in any row are left out.
    """
    rows = (*report["variants"], *report["personas"])
    found = dict.fromkeys(name for name in names if any(row["figures"][name]["mean"] is not None for row in rows))
    definitions = {entry.term: entry.definition for entry in glossary()}
    terms = dict.fromkeys(_TERMS.get(name, head(name)) for name in found)
    return [f"- {term}: {definitions[term]}" for term in terms if term in definitions]


def _personas_of(report: dict[str, Any], group: str) -> dict[str, int]:
    """Return the number of personas of a group by variant."""
    return {row["variant"]: row["personas"] for row in report["variants"] if row["group"] == group and row["period"] == "run"}


def _introduction(report: dict[str, Any]) -> str:
    """Return the paragraph on how the figures are pooled."""
    return f"""\
{counted(report["runs"], "run")}. The first table of each part pools all days of a run, from day 1: unwelcome is the number in
a run; in band, weekdays and weekends count from day 3 on. Below it day n is that day alone; days such as 3–5 are pooled.
Means are over personas, each the mean of its seeds; [low, high]: 95 % interval by bootstrap over personas and seeds;
±: standard deviation over seeds; (n): number of personas that have the figure, where not all do; –: nothing to divide by,
or not counted. Feedback complete: every candidate is rated, silence too; shown: only what was shown; none: a control."""


def notes(report: dict[str, Any]) -> str:
    """Return where the figures are explained, and what this report lacks, one note a line."""
    lines = ["The columns are explained at the end."]
    if len({row["persona"] for row in report["personas"]}) < FEWEST:
        lines.append("No intervals: fewer than five personas.")
    if len(report["lengths"]) > 1:
        last = report["lengths"][-1]
        each = f"{', '.join(map(str, report['lengths'][:-1]))} and {counted(last, 'day')}"
        lines.append(f"The runs have {each}: each number of days has rows of its own, and is compared only with runs of as many days.")
    if why := not_counted(report.get("not_counted", {})):
        lines.append(f"Not counted: {why}.")
    if report["missing"]:
        lines.append(f"No run has {', '.join(map(period_text, report['missing']))}.")
    if unrated := report.get("unrated"):
        runs, have = counted(unrated, "run"), "has" if unrated == 1 else "have"
        lines.append(
            f"{runs} {have} recommendations that were not rated in full: no F1 over their days (–), as they may have been welcome."
        )
    lines += [f"Warning: {text}" for text in report.get("warnings", ())]
    return "\n".join(lines)


def not_counted(counts: Mapping[str, int]) -> str:
    """Return which runs of a database a report leaves out, and why; "" where it leaves out none."""
    repeated, replaced, unfinished = (counts.get(name, 0) for name in ("repeated", "replaced", "unfinished"))
    texts = {
        f"{counted(repeated, 'run')} with the same options as a newer one": repeated,
        f"{counted(replaced, 'run')} of the same variant, persona, seed and number of days as another": replaced,
        counted(unfinished, "unfinished run"): unfinished,
    }
    return ", ".join(text for text, number in texts.items() if number)


def print_report(report: dict[str, Any], figures: Sequence[str]) -> None:
    """Print a report as Markdown.

    Args:
        report: the report; see :func:`propersim.experiments.report.report`.
        figures: columns of the tables of days.
    """
    print(as_markdown(report_parts(report, figures)))


def as_markdown(parts: Iterable[Part], picture: str = "", *, level: int = 2) -> str:
    """Return the parts of a report as Markdown.

    Args:
        parts: the parts.
        picture: address of the file of a picture; "" leaves pictures out.
        level: level of the headings.
    """
    found: list[str] = []
    for part in parts:
        if isinstance(part, Heading):
            found.append(f"{'#' * level} {part}")
        elif isinstance(part, str):
            found.append(part)
        elif isinstance(part, ReportTable):
            found += [*([f"{part.caption}:"] if part.caption else []), table(part.heads, part.rows)]
        elif picture:
            found.append(f"![{part.caption}]({picture})")
    return "\n\n".join(found)


def run_table(
    rows: Sequence[dict[str, Any]],
    heads: Sequence[str] = (),
    about: Callable[[dict[str, Any]], list[str]] = lambda row: [],
    *,
    worst: bool = True,
) -> str:
    """Return the table of the figures over the whole run.

    Args:
        rows: rows of the report; those of other periods are left out.
        heads: headings of the first columns.
        about: returns the cells of these columns for a row.
        worst: whether a line with the worst persona follows each row that is over several personas.
    """
    made = _run_rows(rows, heads, about, worst=worst)
    return table(made.heads, made.rows)


def _run_rows(
    rows: Sequence[dict[str, Any]],
    heads: Sequence[str] = (),
    about: Callable[[dict[str, Any]], list[str]] = lambda row: [],
    *,
    worst: bool = True,
) -> ReportTable:
    """Return the table of the figures over the whole run; see :func:`run_table`."""
    lines = []
    for row in rows:
        if row["period"] != "run":
            continue
        least, most = row["days"]
        days = str(most) if least == most else f"{least}–{most}"
        lines.append([*about(row), row["variant"], row["feedback"], days, str(row["personas"]), *_means(row, HEADLINE)])
        if worst and row["personas"] > 1:
            lines.append([*([""] * len(heads)), f"{row['variant']}: worst", "", "", "", *(_worst(row, name) for name in HEADLINE), ""])
    return ReportTable([*heads, "variant", "feedback", "days", "personas", *map(head, HEADLINE), SECONDS], lines)


def _days_rows(rows: Sequence[dict[str, Any]], periods: Sequence[str], figures: Sequence[str]) -> ReportTable:
    """Return the table of single days and ranges of days, with the worst persona below each row."""
    lines = []
    for row in rows:
        if row["period"] in periods:
            lines.append([*_named(row), *_means(row, figures)])
            if row["personas"] > 1:
                lines.append([f"{row['variant']}: worst", _days(row["period"]), "", *(_worst(row, name) for name in figures), ""])
    return ReportTable(_heads(figures), lines)


def _heads(figures: Sequence[str]) -> list[str]:
    return ["variant", "days", "personas", *map(head, figures), SECONDS]


def _means(row: dict[str, Any], figures: Sequence[str]) -> list[str]:
    return [*(mean(row, name) for name in figures), f"{row['wall_s']:.0f}"]


def _about(row: dict[str, Any]) -> list[str]:
    return [row["persona"], row["traits"], band(row)]


def difference_lines(rows: Sequence[dict[str, Any]], figures: Sequence[str]) -> list[list[str]]:
    """Return the cells of the table of differences."""
    return [
        [
            f"{SHORT.get(row['first'], row['first'])} − {SHORT.get(row['second'], row['second'])}",
            row["variant"] or "",
            str(max(row["figures"][name]["over"] for name in figures)),
            *(difference(name, row["figures"][name]) for name in figures),
        ]
        for row in rows
    ]


def _days(name: str) -> str:
    """Return the name of a period of days as it is printed, such as ``12–14``."""
    return name.replace("-", "–")


def period_text(name: str) -> str:
    """Return a period of days in words, such as ``day 5`` or ``days 12–14``."""
    return f"{'days' if '-' in name else 'day'} {_days(name)}"


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


def _named(row: dict[str, Any]) -> list[str]:
    return [row["variant"], _days(row["period"]), str(row["personas"])]


def _worst(row: dict[str, Any], name: str) -> str:
    one = row["figures"][name]
    return "" if one["worst_persona"] is None else f"{number(name, one['worst'])} {one['worst_persona']}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return markdown_table(heads, rows)
