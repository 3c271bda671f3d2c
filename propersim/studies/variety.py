"""The study ``variety``: what a clause of variety changes, at high and at low openness."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, Final

from propersim.core.text import counted
from propersim.experiments.bootstrap import FEWEST, LEVEL, difference_interval, mean_interval
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, difference, excludes_zero, number
from propersim.experiments.results import Result
from propersim.simulation.metrics import WEEK, metrics
from propersim.studies.dot_plot import DotRow, dot_plot
from propersim.studies.figures import contrast_cell, mean_cell
from propersim.studies.variations import as_variants, renamed

if TYPE_CHECKING:
    from propersim.persona.model import Persona
    from propersim.studies.study import Study

KIND: Final = "variety"
"""Kind of the personas that have the clause."""
CLAUSE: Final[Mapping[str, Any]] = {
    "text": (
        "When I have heard of a subject I want to hear of others first, for some five hours, and longer if you insist on it. And do not "
        "say the same thing in the same words again for two days."
    ),
    # 8 h × log₂ 1.5 are 4.7 hours after the first time; 24 h × log₂ 4 are two days.
    "topic": {"fills": 1.5, "half_life": 8.0},
    "suggestion": {"fills": 4.0, "half_life": 24.0},
}
"""The clause, the same for all personas: that openness means a wish for variety is asked, not assumed."""
LEARNING: Final = ("evidence", "shown")
"""Variants whose F1 says something."""
GROUPS: Final = ("high", "low")
"""Openness of the personas."""

Values = dict[str, list[float]]
"""For each persona the values of its seeds."""


def variations(persona: Persona) -> list[Persona]:
    """Return a persona without and with the clause."""
    plain = {name: value for name, value in persona.rubric.model_dump().items() if name != "variety"}
    return [persona, renamed(persona, KIND, rubric={**plain, "variety": dict(CLAUSE)})]


def _per_day(name: str) -> Callable[[Result], float | None]:
    def value(one: Result) -> float | None:
        return float(metrics(one.days)[name]) / len(one.days)

    return value


def _over_week(name: str) -> Callable[[Result], float | None]:
    def value(one: Result) -> float | None:
        total: int | None = metrics(one.days[:WEEK])[name]
        return None if total is None else float(total)

    return value


def _share(name: str) -> Callable[[Result], float | None]:
    def value(one: Result) -> float | None:
        found: float | None = metrics(one.days)[name]
        return found

    return value


def _repeated(one: Result) -> float | None:
    distinct = _share("distinct")(one)
    return None if distinct is None else 1 - distinct


FIGURES: Final[Mapping[str, Callable[[Result], float | None]]] = {
    "F1": _share("f1"),
    "welcome per day": _per_day("welcome"),
    "oracle welcome per day": _per_day("oracle_welcome"),
    "topics": _over_week("new_topics"),
    "suggestions": _over_week("new_welcome"),
    "topic again": _share("topic_again"),
    "words again": _repeated,
}
"""The figures of a run, by the heading of their column."""


class Found:
    """The figures of results by variant, openness and persona.

    Args:
        results: results of the study, with the personas that it makes as variants.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        self.days = max(len(one.days) for one in results)
        self.runs = len(results)
        self.openness = {one.persona: GROUPS["O+" not in one.traits.split()] for one in results}
        self._values: dict[tuple[str, str], Values] = {}
        for one in sorted(results, key=lambda each: each.order):
            for name, of in FIGURES.items():
                value = of(one)
                if value is not None:
                    self._values.setdefault((one.variant, name), {}).setdefault(one.persona, []).append(value)

    def values(self, variant: str, name: str, group: str) -> Values:
        """Return the values of the personas of a group.

        Args:
            variant: a variant.
            name: a figure.
            group: high or low openness.
        """
        return {persona: each for persona, each in self._values.get((variant, name), {}).items() if self.openness[persona] == group}

    def change(self, variant: str, name: str, group: str) -> dict[str, float]:
        """Return the figure with the clause minus that without it, by persona.

        Args:
            variant: a variant.
            name: a figure.
            group: high or low openness.
        """
        without, with_ = self.values(variant, name, group), self.values(with_clause(variant), name, group)
        return {persona: fmean(with_[persona]) - fmean(without[persona]) for persona in without if persona in with_}


def with_clause(variant: str) -> str:
    """Return the label of a variant's runs of personas with the clause."""
    return f"{variant} {KIND}"


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants, of personas without and with the clause.
    """
    found = Found(as_variants(results))
    variants = list(study.full.variants)
    compared = [name for name in variants if name != "silent"]
    week = f"the first {counted(min(found.days, WEEK), 'day')}"
    who = "; ".join(f"{group} openness: {', '.join(p for p in sorted(found.openness) if found.openness[p] == group)}" for group in GROUPS)
    rows = [
        [variant, "with" if kind else "without", group, *_cells(found, with_clause(variant) if kind else variant, group)]
        for variant in variants
        for kind in (False, True)
        for group in GROUPS
        if found.values(with_clause(variant) if kind else variant, "welcome per day", group)
    ]
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')}. {who}. Means over personas, with the least and the greatest, or "
        f"from {FEWEST} personas on with {100 * LEVEL:.0f} % intervals by bootstrap over personas. Topics and suggestions are the "
        f"different welcome ones in {week}; topic again is the share of recommendations whose topic had been shown in the 24 hours before, "
        "words again of those whose text had been shown on the same day or the six before it.",
        Heading("Figures"),
        ReportTable(["variant", "clause", "openness", *FIGURES], rows),
        Heading("What the clause changes"),
        "With the clause minus without it, over the same personas.",
        ReportTable(
            ["difference", "openness", *FIGURES],
            [[variant, group, *_changes(found, variant, group)] for variant in compared for group in GROUPS],
        ),
        Heading("High against low openness"),
        "What the clause changes for personas of high openness, minus what it changes for those of low openness. All have the same clause.",
        ReportTable(["difference", *FIGURES], [[variant, *_between(found, variant)] for variant in compared]),
        _picture(found),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found)),
    ]


def _cells(found: Found, variant: str, group: str) -> list[str]:
    return [mean_cell("", found.values(variant, name, group)) for name in FIGURES]


def _changes(found: Found, variant: str, group: str) -> list[str]:
    cells = []
    for name in FIGURES:
        each = found.change(variant, name, group)
        bounds = mean_interval({persona: [value] for persona, value in each.items()})
        cells.append(contrast_cell("", {"mean": fmean(each.values()) if each else None, "interval": bounds, "each": each}))
    return cells


def _between(found: Found, variant: str) -> list[str]:
    return [difference("", _difference(found, variant, name)) for name in FIGURES]


def _difference(found: Found, variant: str, name: str) -> dict[str, Any]:
    """Return what the clause changes at high openness minus at low, with its interval."""
    high, low = (found.change(variant, name, group) for group in GROUPS)
    mean = fmean(high.values()) - fmean(low.values()) if high and low else None
    return {"mean": mean, "interval": difference_interval({p: [v] for p, v in high.items()}, {p: [v] for p, v in low.items()})}


def _picture(found: Found) -> Picture:
    rows = []
    for variant in LEARNING:
        for group in GROUPS:
            for label in (variant, with_clause(variant)):
                values = found.values(label, "F1", group)
                dots = [fmean(each) for each in values.values()]
                mean = fmean(dots) if dots else None
                text = "–" if mean is None else number("f1", mean)
                clause = "with the clause" if label != variant else "without"
                rows.append(DotRow(f"{variant}, {group}, {clause}", mean, mean_interval(values), dots, text))
    caption = f"F1 over {counted(found.days, 'day')} by variant, openness and clause: a dot for each persona, a bar for the mean"
    return Picture(dot_plot("F1 without and with a clause of variety", "F1", rows, (0, 0.25, 0.5, 0.75, 1)), caption)


def _sentences(found: Found) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    for variant in LEARNING:
        for group in GROUPS:
            f1, again = (found.change(variant, name, group) for name in ("F1", "topic again"))
            if not f1:
                continue
            lower = sum(value < 0 for value in f1.values())
            repeats = f"; the share of topics said again within a day changes by {fmean(again.values()):+.2f}" if again else ""
            yield (
                f"{variant}, {group} openness: the clause changes F1 by {fmean(f1.values()):+.2f} on average (lower for {lower} of "
                f"{counted(len(f1), 'persona')}){repeats}."
            )
        both = _difference(found, variant, "F1")
        if both["mean"] is not None:
            sure = both["interval"] is not None and excludes_zero(both["interval"])
            verdict = "the interval excludes zero" if sure else "no difference is shown"
            if both["interval"] is None:
                verdict = f"fewer than {FEWEST} personas each: nothing is shown"
            yield f"{variant}: the change for high openness minus that for low is {both['mean']:+.2f} in F1; {verdict}."
    for group in GROUPS:
        limit = found.change("oracle", "oracle welcome per day", group)
        if limit:
            yield (
                f"{group.capitalize()} openness: with the clause the oracle finds {fmean(limit.values()):+.1f} welcome recommendations a "
                "day; more or fewer is also a matter of chance, because the days of a persona with the clause are drawn anew."
            )
