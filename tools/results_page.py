"""Fill the figures of docs/results into the documentation: ``python -m tools.results_page`` (``--check`` changes nothing).

The blocks ``now`` and ``now days`` are made from the files of this version, docs/results/*.csv; all others from those of the version
before, docs/results/before/*.csv.

A page marks where a figure goes::

    <!-- begin NAME --> … <!-- end -->       a block: a table of :data:`BLOCKS`
    <!--f1 all run-->0.40<!--/-->            a figure: name, group, period (``run``, ``14``, ``12-14``), and a variant if it is not the
                                             default one; ``low``, ``high``, ``worst`` or ``who`` (the worst persona) before the name
                                             select those, and ``now`` the files of this version

No figure is written by hand. The pictures of the learning curves are drawn again as well.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from propersim.cli.report import SECONDS, band, difference_lines, head, mean, run_table, table
from propersim.experiments.parts import difference, excludes_zero, interval, number
from propersim.experiments.plots import curves_svg, unwelcome_svg
from propersim.experiments.published import published
from propersim.experiments.report import GROUPS, choose, report
from propersim.experiments.results import Result, read_csv

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "docs" / "results"
BEFORE = RESULTS / "before"
"""Results of the version before, whose model is ``homelm-eager`` now and whose judge read some sentences differently."""
CURVES = RESULTS / "curves.svg"
UNWELCOME = RESULTS / "unwelcome.svg"
FIRST = RESULTS / "first"
"""Results of a variant as they were first seen, where something was changed for it afterwards."""
PRETRAINED = RESULTS / "pretrained"
"""Results of a pretrained LLaMA."""
BEFORE_LABEL = "version before"
MOMENTS = RESULTS / "moments.json"
PAGES = (RESULTS / "index.md", RESULTS / "personas.md", ROOT / "README.md")
DEFAULT = "factored"
CONTROLS = ("silent", "eager", "random", "oracle")
WORST = 6
"""Number of personas with the lowest F1 to show."""
LAST = "12-14"
"""The period of the tables of the last days."""
LATER = ("f1", "success_rate", "score", "headroom", "in_band", "malformed")
"""Figures of the last days."""

_BLOCK = re.compile(r"(<!-- begin ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MARKS, _ESCAPED = re.compile(r"([\\`*_\[\]<>|])"), r"\\\1"
_FIGURE = re.compile(r"(<!--((?:low |high |worst |who |now )?)([a-z_0-9]+) ([a-z ]+?) (run|\d+(?:-\d+)?)(?: ([a-z]+))?-->)[^<]*(<!--/-->)")


def tables(folder: Path = BEFORE) -> dict[str, Any]:
    """Return the report on all files of results in a folder."""
    found: dict[str, Result] = {}
    for path in sorted(folder.glob("*.csv")):
        found |= read_csv(path)
    return report(choose(found.values())[0])


class Page:
    """Fills figures into pages.

    Args:
        found: the report over all results files.
        moments: the content of moments.json, written by :mod:`tools.moments`.
        now: the report over the results files of this version.
        first: the report over results of variants as they were first seen.
        pretrained: the report over results of a pretrained model.
    """

    def __init__(
        self,
        found: dict[str, Any],
        moments: dict[str, Any],
        now: dict[str, Any] | None = None,
        first: dict[str, Any] | None = None,
        pretrained: dict[str, Any] | None = None,
    ) -> None:
        self._now = now or {"variants": []}
        self._first = first or {"personas": []}
        self._pretrained = pretrained or {"personas": []}
        self._found, self._moments, self._learned = found, moments.get("moments", []), moments.get("learned", {})

    def filled(self, text: str) -> str:
        """Return a page's text with its blocks and figures filled in."""
        text = _BLOCK.sub(lambda at: f"{at[1]}{BLOCKS[at[2]](self)}\n{at[3]}", text)
        return _FIGURE.sub(lambda at: at[1] + self._figure(at[2].strip(), at[3], at[4], at[5], at[6] or DEFAULT) + at[7], text)

    def row(self, group: str, period: str, variant: str = DEFAULT, *, now: bool = False) -> dict[str, Any]:
        """Return the row of a group, period and variant.

        Args:
            group: a group of personas, such as ``all``.
            period: name of a period, such as ``run``, ``14`` or ``12-14``.
            variant: name of the variant.
            now: whether it is of this version.

        Raises:
            SystemExit: the report has no such row.
        """
        rows = [
            r
            for r in (self._now if now else self._found)["variants"]
            if (r["group"], r["period"], r["variant"]) == (group, period, variant)
        ]
        if not rows:
            raise SystemExit(f"no row {group}, {period}, {variant}")
        return rows[0]

    def _figure(self, part: str, name: str, group: str, period: str, variant: str) -> str:
        row = self.row(group, period, variant, now=part == "now")
        if name in ("personas", "runs", "wall_s"):
            return f"{row[name]:.0f}"
        one = row["figures"][name]
        if part == "who":
            return str(one["worst_persona"])
        if part in ("low", "high") and one["interval"] is None:
            raise SystemExit(f"no interval of {name} {group}, {period}, {variant}: too few personas")
        value = one["mean"] if part in ("", "now") else one["worst"] if part == "worst" else one["interval"][part == "high"]
        return number(name, value)

    def headline(self) -> str:
        """Return the table over the whole run, from day 1: each variant over the personas that it was run with."""
        return run_table([row for row in self._found["variants"] if row["group"] == "all"])

    def now(self) -> str:
        """Return the table over the whole run of this version's variants."""
        return run_table([row for row in self._now["variants"] if row["group"] == "all"])

    def now_days(self) -> str:
        """Return F1 and unwelcome recommendations of this version's learning variants by day and over ranges of days."""
        rows = {(row["variant"], row["period"]): row for row in self._now["variants"] if row["group"] == "all"}
        lines = []
        for variant in dict.fromkeys(name for name, _ in rows):
            if variant in CONTROLS:
                continue
            for name in ("f1", "unwelcome"):
                cells = (mean(rows[variant, period], name) if (variant, period) in rows else "–" for period in _PERIODS)
                lines.append([variant, head(name), *cells])
        return table(["variant", "", *_period_heads()], lines)

    def now_goals(self) -> str:
        """Return the table of this version's goals, with full and with shown feedback side by side.

        Each figure is the mean over personas, or the worst persona's; the intervals are in the tables by variant.
        """
        there = [name for name in ("evidence", "shown") if any(row["variant"] == name for row in self._now["variants"])]
        lines = [
            [title, *(self._now_cell(name, figure, part, period, wanted) for name in there), wanted]
            for title, figure, part, period, wanted in _NOW_GOALS
        ]
        for title, first, second in _NOW_APART:
            lines.append([title, *(self._now_apart(name, first, second) for name in there), f"within {APART:.2f}"])
        counts = [f"{self.row('all', 'run', name, now=True)['personas']:.0f}" for name in there]
        return table(["", *there, "goal"], [*lines, ["personas", *counts, ""]])

    def _now_cell(self, variant: str, name: str, part: str, period: str, wanted: str) -> str:
        one = self.row("all", period, variant, now=True)["figures"][name]
        value = one["mean"] if part == "mean" else one["worst"]
        who = f" ({one['worst_persona']})" if part == "worst" and one["worst_persona"] else ""
        return "–" if value is None else number(name, value) + who + (MISSED if misses(value, wanted, variant) else "")

    def _now_apart(self, variant: str, first: str, second: str) -> str:
        wanted = (first, second, variant, "run")
        rows = [r for r in self._now["differences"] if (r["first"], r["second"], r["variant"], r["period"]) == wanted]
        if not rows:
            return "–"
        one = rows[0]["figures"]["f1"]
        return difference("f1", one) + (MISSED if one["mean"] is not None and abs(one["mean"]) > APART else "")

    def now_feedback(self) -> str:
        """Return the table of what noise, delay and a change of the user cost, against the default on the same personas.

        A night brings F1 back where that of the next day is at most 0.1 below that of the days before the change.
        """
        looks = [(name, self._now) for name in ("noisy", "delayed", "drift")] + [("drift", self._first)]
        usual = _by_persona(self._now, "evidence")
        lines = []
        for number_, (variant, found) in enumerate(looks):
            own = _by_persona(found, variant)
            pairs = [(own[name], usual[name]) for name in own if name in usual]
            if not pairs:
                continue
            f1, f1_usual, unwelcome_, unwelcome_usual = (
                sum(pair[which]["figures"][name]["mean"] for pair in pairs) / len(pairs) for name in ("f1", "unwelcome") for which in (0, 1)
            )
            lines.append(
                [
                    f"{variant}, first look" if number_ == len(looks) - 1 else variant,
                    str(len(pairs)),
                    *(number("f1", value) for value in (f1, f1_usual)),
                    f"{f1 - f1_usual:+.2f}",
                    *(number("unwelcome", value) for value in (unwelcome_, unwelcome_usual)),
                    _nights_until_back(found) if variant == "drift" else "",
                ]
            )
        return table(
            ["variant", "personas", "F1", "evidence", "difference", "unwelcome", "evidence", "nights until F1 is back"],
            lines,
        )

    def pretrained(self) -> str:
        """Return the table of a pretrained model's runs, one each, with HomeLM's of the same persona and feedback beside."""
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self._pretrained["personas"]:
            rows.setdefault((row["variant"], row["persona"], ",".join(map(str, row["seeds"]))), {})[row["period"]] = row
        lines = []
        for (variant, persona, _), periods in rows.items():
            whole = periods["run"]
            days = whole["days"][1]
            name = variant.split()[0]
            usual = next((r for r in self._now["personas"] if (r["persona"], r["variant"], r["period"]) == (persona, name, "run")), None)
            lines.append(
                [
                    re.sub(r" (model|days)=\S+", "", variant),
                    persona,
                    f"{days}",
                    *(_bare(periods[period], "f1") if period in periods else "–" for period in _PRETRAINED),
                    _bare(usual, "f1") if usual is not None and usual["days"][1] == days else "–",
                    *(_bare(whole, figure) for figure in ("unwelcome", "welcome", "oracle_welcome", "content", "malformed", "score")),
                    f"{whole['wall_s'] / days / 60:.1f} min",
                ]
            )
        heads = ["F1, whole run", "day 1", "day 2", "days 3–5", "days 12–14", "HomeLM's F1", "unwelcome", "welcome a day", "oracle's"]
        return table(["variant", "persona", "days", *heads, "content", "malformed", "score", "a day took"], lines)

    def now_published(self) -> str:
        """Return the table of this version's runs of personas from files, by how many recommendations the oracle finds a day."""
        names = ("f1", "unwelcome", "score", "oracle_welcome", "shown", "welcome")
        rows = [
            r
            for r in self._now["personas"]
            if (r["variant"], r["period"]) == ("evidence", "run") and not re.fullmatch(r"p\d\d", r["persona"])
        ]
        rows.sort(key=lambda row: (-row["figures"]["oracle_welcome"]["mean"], row["persona"]))
        lines = [[row["persona"], _preferences(row), band(row), *(_bare(row, name) for name in names)] for row in rows]
        return table(["persona", "preferences", "wanted per hour", *map(head, names)], lines)

    def goals(self) -> str:
        """Return the table of the default variant over the whole run, by day and over ranges of days, with the goals."""
        lines = []
        for title, name, part, periods, wanted, of_paper in _GOALS:
            cells = []
            for period in _PERIODS:
                one = self.row("all", period)["figures"][name]
                value = one["mean"] if part == "mean" else one["worst"]
                who = f" ({one['worst_persona']})" if part == "worst" else interval(name, one["interval"])
                cells.append(
                    "" if period not in periods else "–" if value is None else number(name, value) + (who if period in _FULL else "")
                )
            lines.append([title, *cells, wanted, of_paper])
        for title, name, first, second, most in _APART:
            apart = (self._apart(name, first, second, period) if period in _FULL else "" for period in _PERIODS)
            lines.append([title, *apart, f"within {most}", ""])
        return table(["", *_period_heads(), "goal", "published, day 14"], lines)

    def _apart(self, name: str, first: str, second: str, period: str) -> str:
        wanted = (first, second, DEFAULT, period)
        rows = [r for r in self._found["differences"] if (r["first"], r["second"], r["variant"], r["period"]) == wanted]
        return difference(name, rows[0]["figures"][name]) if rows else "–"

    def variants(self) -> str:
        """Return the table of variants on the last days, each over the personas it was run with."""
        rows = [row for row in self._found["variants"] if (row["group"], row["period"]) == ("all", LAST)]
        heads = ["variant", "feedback", "personas", "runs", *map(head, LATER), "per hour", SECONDS]
        lines = [
            [
                *(row["variant"], row["feedback"], str(row["personas"]), str(row["runs"])),
                *(mean(row, name) for name in (*LATER, "recs_per_hour")),
                f"{row['wall_s']:.0f}",
            ]
            for row in rows
        ]
        return table(heads, lines)

    def groups(self) -> str:
        """Return the table of the default variant by group of personas."""
        names = ("f1", "success_rate", "score", "preference", "timing", "frequency", "communication", "headroom", "in_band")
        there = {row["group"] for row in self._found["variants"] if row["variant"] == DEFAULT}
        lines = []
        for group in (group for group in GROUPS if group in there):
            whole, row = self.row(group, "run"), self.row(group, LAST)
            lines.append(
                [
                    *(_called(group), str(row["personas"]), _bare(whole, "f1"), _bare(whole, "unwelcome")),
                    *(_bare(row, name) for name in names),
                ]
            )
        return table(["personas", "", *_WHOLE, *map(head, names)], lines)

    def differences(self) -> str:
        """Return the table of differences between groups, and between the default and other learners, on the last days."""
        return self._differences(LAST, _SHORT)

    def whole_differences(self) -> str:
        """Return the same table over the whole run."""
        return self._differences("run", _SHORT_RUN)

    def _differences(self, period: str, figures: Sequence[str]) -> str:
        rows = [
            {**r, "first": _called(r["first"]), "second": _called(r["second"])}
            for r in self._found["differences"]
            if r["period"] == period and DEFAULT in (r["variant"], r["first"]) and r["second"] not in _CONTROLS
        ]
        return table(["difference", "variant", "personas", *map(head, figures)], difference_lines(rows, figures))

    def personas(self) -> str:
        """Return the table of each persona with the default variant."""
        names = ("f1", "success_rate", "score", "headroom", "in_band", "recs_per_hour", "malformed")
        heads = ["persona", "preferences", "traits", "wanted per hour", "runs", *_WHOLE, "F1 days 3–5", *(head(n) for n in names), SECONDS]
        by_day = {(r["persona"], r["period"]): r for r in self._found["personas"] if r["variant"] == DEFAULT}
        lines = []
        for persona in sorted({persona for persona, _ in by_day}, key=lambda p: (not re.fullmatch(r"p\d\d", p), p)):
            row, whole = by_day[persona, LAST], by_day[persona, "run"]
            lines.append(
                [
                    *(persona, _preferences(row), row["traits"], band(row), str(row["runs"])),
                    *(_bare(whole, "f1"), _bare(whole, "unwelcome"), _bare(by_day[persona, "3-5"], "f1")),
                    *(_bare(row, name) for name in names),
                    f"{row['wall_s']:.0f}",
                ]
            )
        return table(heads, lines)

    def worst(self) -> str:
        """Return the table of the personas with the lowest F1 on the last days, with its causes."""
        names = ("f1", "score", "oracle_welcome", "shown", "welcome", "content", "timing", "frequency")
        rows = [
            r for r in self._found["personas"] if (r["variant"], r["period"]) == (DEFAULT, LAST) and r["figures"]["f1"]["mean"] is not None
        ]
        rows.sort(key=lambda row: (row["figures"]["f1"]["mean"], row["persona"]))
        lines = [[row["persona"], _preferences(row), band(row), *(_bare(row, name) for name in names)] for row in rows[:WORST]]
        return table(["persona", "preferences", "wanted per hour", *map(head, names)], lines)

    def clear_differences(self) -> list[tuple[str, str, str]]:
        """Return (first, second, figure) of the differences on the last days whose interval excludes zero."""
        rows = [r for r in self._found["differences"] if (r["variant"], r["period"]) == (DEFAULT, LAST)]
        return [(r["first"], r["second"], n) for r in rows for n in r["figures"] if excludes_zero(r["figures"][n]["interval"])]

    def moments(self) -> str:
        """Return the table of moments before and after learning."""
        lines = []
        for one in self._moments:
            moment = f"{one['persona']}, {one['when']}, {one['doing']}"
            for when in ("before", "after"):
                said = one[when]["said"]
                quoted = f"“{_MARKS.sub(_ESCAPED, said[0]['text'])}” ({said[0]['score']})" if said else "–"
                lines.append([moment if when == "before" else "", when, f"{one[when]['p_speak']:.2f}", quoted])
        return table(["moment", "", "P(speak)", "what it would say (score of 4)"], lines)

    def learned(self) -> str:
        """Return the table of what the adapters of those moments had learned."""
        lines = []
        for persona, both in self._learned.items():
            for when in ("before", "after"):
                one = both[when]
                topics, tones = (", ".join(f"{name} {share:.0%}" for name, share in one[key]) for key in ("topics", "tones"))
                chances = ("–" if one[key] is None else f"{one[key]:.2f}" for key in ("p_open", "p_closed"))
                right = [f"{one[key]:.0%}" for key in ("preference", "communication")]
                lines.append([persona if when == "before" else "", when, *chances, topics, tones, *right])
        heads = ["persona", "", "P(speak), receptive", "elsewhere", "topics", "tones", "topic right", "tone right"]
        return table(heads, lines)


def _period_heads() -> list[str]:
    return ["whole run" if name == "run" else f"day{'s' if '-' in name else ''} {name.replace('-', '–')}" for name in _PERIODS]


def _called(group: str) -> str:
    """Return the page's name of a group or variant of the report."""
    return {"all": "p01–p32", "others": "published, imported"}.get(group, group)


def _preferences(row: dict[str, Any]) -> str:
    return "conditional" if row["conditional"] else "not conditional"


def _bare(row: dict[str, Any], name: str) -> str:
    value = row["figures"][name]["mean"]
    return "–" if value is None else number(name, value)


def _by_persona(found: dict[str, Any], variant: str) -> dict[str, dict[str, Any]]:
    """Return a variant's rows over the whole run by persona."""
    return {row["persona"]: row for row in found["personas"] if (row["variant"], row["period"]) == (variant, "run")}


def _nights_until_back(found: dict[str, Any]) -> str:
    """Return after how many nights F1 of a changed user's run is at most 0.1 below that of the days before."""
    days = {one["day"]: one["f1"] for one in found["curves"] if (one["group"], one["variant"]) == ("all", "drift")}
    before = [days[day] for day in _BEFORE_DRIFT]
    back = [day - _DRIFT for day in days if day > _DRIFT and days[day] >= sum(before) / len(before) - 0.1]
    return str(min(back)) if back else f"more than {max(days) - _DRIFT}"


_PICTURED = ("evidence", "shown", "no-nights", "gate", "nightly-gate", "oracle")
"""Variants of this version in the picture of unwelcome recommendations."""
_DRIFT = 8
"""Day on which the user of the variant ``drift`` changes."""
_BEFORE_DRIFT = range(3, _DRIFT)
"""Days before it that it is compared with."""
_CONTROLS = ("silent", "eager", "random", "oracle")
_SHORT = ("f1", "success_rate", "score", "headroom")
_SHORT_RUN = ("f1", "unwelcome", "score", "settled_in_band")
_WHOLE = ("F1, whole run", "unwelcome")
"""Headings of the figures over the whole run in tables of the last days."""
_PERIODS = ("run", "1", "2", "3", "3-5", "12-14")
"""Periods of the table of goals."""
_PRETRAINED = ("run", "1", "2", "3-5", "12-14")
"""Those of the table of a pretrained model."""
_FULL = ("run", "12-14")
"""Those that have intervals, or the name of the worst persona."""
_PUBLISHED = published().assistants[0].day_14
_GOALS = (
    ("F1 of welcome recommendations", "f1", "mean", _PERIODS, "0.60 on days 3–5, 0.80 on days 12–14", "not reported"),
    ("unwelcome recommendations", "unwelcome", "mean", _PERIODS, "", "not reported"),
    ("most of any persona", "unwelcome", "worst", _PERIODS, "", "not reported"),
    ("score ≥ 3 (success rate)", "success_rate", "mean", _PERIODS, "0.85 on days 12–14", f"{_PUBLISHED.success_rate:.3f}"),
    ("mean score", "score", "mean", _PERIODS, "3.6 on days 12–14", f"{_PUBLISHED.score:.2f}"),
    ("worst persona's score", "score", "worst", _PERIODS, "3.2 on days 12–14", f"{_PUBLISHED.worst_score:.2f}"),
    ("headroom", "headroom", "mean", _PERIODS, "0.70 on days 3–5, 0.90 on days 12–14", "not reported"),
    ("days in band, from day 3", "settled_in_band", "mean", ("run", "3", "3-5", "12-14"), "0.80", "not reported"),
    ("malformed", "malformed", "mean", _PERIODS, "≤ 0.01", "not reported"),
)
MISSED = " ✗"
"""Sign of a figure that misses its goal."""
APART = 0.05
"""Largest difference of F1 between groups of personas that the goals allow."""
_NOW_GOALS = (
    ("F1, all days", "f1", "mean", "run", "≥ 0.80"),
    ("unwelcome recommendations in 14 days", "unwelcome", "mean", "run", "≤ 20"),
    ("… of the worst persona", "unwelcome", "worst", "run", "≤ 60"),
    ("F1, day 1", "f1", "mean", "1", ""),
    ("F1, day 2", "f1", "mean", "2", "≥ 0.60"),
    ("F1, day 3", "f1", "mean", "3", "≥ 0.72"),
    ("F1, days 3–5", "f1", "mean", "3-5", "≥ 0.80"),
    ("F1, days 12–14", "f1", "mean", "12-14", "≥ 0.90; shown ≥ 0.60"),
    ("F1, days 12–14, worst persona", "f1", "worst", "12-14", ""),
    ("score, days 12–14", "score", "mean", "12-14", "≥ 3.92"),
    ("score, days 12–14, worst persona", "score", "worst", "12-14", "≥ 3.75"),
    ("days in band, from day 3", "settled_in_band", "mean", "run", "≥ 0.85"),
    ("F1 on weekdays, from day 3", "weekday_f1", "mean", "run", ""),
    ("F1 at weekends, from day 3", "weekend_f1", "mean", "run", "within 0.05"),
    ("distinct suggestions in a week", "distinct", "mean", "run", "≥ 0.8"),
    ("ratings a day that the assistant is given", "rated", "mean", "run", ""),
)
"""Goals of this version: title, figure, mean or worst persona, period, goal."""
_NOW_APART = (
    ("F1, conditional − not conditional", "conditional", "not conditional"),
    ("F1, published personas − p01–p32", "others", "all"),
)
"""Differences of this version between groups of personas: title, first and second group."""
_APART = (
    ("F1, held back − developed on", "f1", "held back", "developed on", "0.05"),
    ("F1, files − built-in", "f1", "others", "all", "0.05"),
    ("score, conditional − not conditional", "score", "conditional", "not conditional", "0.4"),
)
BLOCKS: dict[str, Callable[[Page], str]] = {
    "now": Page.now,
    "now days": Page.now_days,
    "now goals": Page.now_goals,
    "now feedback": Page.now_feedback,
    "now published": Page.now_published,
    "pretrained": Page.pretrained,
    "headline": Page.headline,
    "goals": Page.goals,
    "variants": Page.variants,
    "groups": Page.groups,
    "whole differences": Page.whole_differences,
    "differences": Page.differences,
    "personas": Page.personas,
    "worst": Page.worst,
    "moments": Page.moments,
    "learned": Page.learned,
}
"""The blocks that a page can have."""


def misses(value: float, goal: str, variant: str) -> bool:
    """Return whether a figure misses its goal.

    Args:
        value: the figure.
        goal: the goal, such as ``≥ 0.80`` or ``≥ 0.90; shown ≥ 0.60``, where each part but the first names its variant.
        variant: the figure's variant.
    """
    first, *others = goal.split("; ")
    own = next((one.removeprefix(f"{variant} ") for one in others if one.startswith(f"{variant} ")), first)
    sign, _, bound = own.partition(" ")
    return (sign == "≥" and value < float(bound)) or (sign == "≤" and value > float(bound))


def unwelcome(found: dict[str, Any], now: dict[str, Any]) -> str:
    """Return the picture of unwelcome recommendations of this version's variants, beside the default one of the version before.

    Variants of feedback, of budgets, and controls other than the oracle are left out.

    Args:
        found: the report of the version before.
        now: the report of this version.
    """
    points = [one for one in now["curves"] if one["group"] == "all" and one["variant"] in _PICTURED]
    points += [{**one, "variant": BEFORE_LABEL} for one in found["curves"] if (one["group"], one["variant"]) == ("all", DEFAULT)]
    return unwelcome_svg(points)


def main() -> None:
    """Write the pages and the picture, or exit with an error that names those that are out of date."""
    found = tables()
    now = tables(RESULTS)
    page = Page(found, json.loads(MOMENTS.read_text(encoding="utf-8")) if MOMENTS.exists() else {}, now, tables(FIRST), tables(PRETRAINED))
    wanted = {path: page.filled(path.read_text(encoding="utf-8")) for path in PAGES}
    wanted |= {CURVES: curves_svg(found), UNWELCOME: unwelcome(found, now)}
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        raise SystemExit("out of date: " + ", ".join(path.name for path in changed) if changed else 0)
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    print("differences whose interval excludes zero:", *(": ".join((f"{a} − {b}", c)) for a, b, c in page.clear_differences()), sep="\n  ")


if __name__ == "__main__":
    main()
