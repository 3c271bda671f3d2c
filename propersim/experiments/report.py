"""Tables over finished runs: the figures of each variant and day, over personas and seeds.

docs/concepts/rubric.md defines the figures. The whole run, from day 1, comes before its days.

A figure with nothing to divide by is None and left out of means; each mean has the number of personas that it is over.
Runs of different numbers of days are never pooled or compared: where a variant has several, each is a variant of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple

from propersim.core.records import DIMENSIONS
from propersim.experiments.bootstrap import difference_interval, mean_interval
from propersim.experiments.periods import EVERY, PERIODS, RUN, Period, figures_over
from propersim.experiments.results import Result
from propersim.experiments.variants import VARIANTS

BOUNDED = ("f1", "unwelcome", "success_rate", "score", "headroom", "in_band", "malformed", "settled_in_band")
"""Figures whose means have a confidence interval."""
BOUNDED_A_DAY = ("f1", "unwelcome", "score")
"""Those that have one on single days too; a bootstrap takes time, and reports have many rows of single days."""
CURVES = ("f1", "unwelcome", "score", "headroom", "recs_per_hour")
"""Figures in the learning curves."""

_BETTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("f1", "success_rate", "score", *DIMENSIONS, "headroom", "in_band", "content", "precision", "recall"), float.__gt__),
    **dict.fromkeys(("settled_in_band", "weekday_f1", "weekend_f1", "distinct"), float.__gt__),
    **dict.fromkeys(("unwelcome", "malformed"), float.__lt__),
}
"""For figures with a better direction, whether the first value is better than the second."""

DEVELOPED = tuple(f"p{number:02d}" for number in range(1, 17))
"""Personas on which propersim was developed."""
HELD_BACK = tuple(f"p{number:02d}" for number in range(17, 33))
"""Personas held back from development."""


def _ships(one: Result) -> bool:
    """Return whether a result's persona is built in."""
    return one.persona in (*DEVELOPED, *HELD_BACK)


def _having(trait: str) -> Callable[[Result], bool]:
    """Return a filter for shipped personas with a trait."""
    return lambda one: _ships(one) and trait in one.traits.split()


TRAITS: dict[str, str] = {
    f"{'high' if sign == '+' else 'low'} {name}": f"{name[0].upper()}{sign}"
    for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
    for sign in "+-"
}
"""Groups by a Big Five trait, and the trait in a result's ``traits``."""
GROUPS: dict[str, Callable[[Result], bool]] = {
    "all": _ships,
    "developed on": lambda one: one.persona in DEVELOPED,
    "held back": lambda one: one.persona in HELD_BACK,
    "conditional": lambda one: _ships(one) and one.conditional,
    "not conditional": lambda one: _ships(one) and not one.conditional,
    **{name: _having(trait) for name, trait in TRAITS.items()},
    "others": lambda one: not _ships(one),
}
"""Groups of personas. ``all`` are the built-in ones; ``others`` are those from files."""
DRAWN = ("all", "others")
"""Groups whose learning curves have intervals."""
CONTRASTS = (
    ("held back", "developed on"),
    ("others", "all"),
    ("conditional", "not conditional"),
    *((f"high {name}", f"low {name}") for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")),
)
"""Pairs of groups that are compared, as the first minus the second."""

_Cell = tuple[str, int, dict[str, float | None]]
"""Persona, seed and figures of a run."""


class Kind(NamedTuple):
    """The runs of a variant that have the same number of days.

    Attributes:
        variant: label of the variant, as results have it.
        days: number of days of the runs.
        name: name in the report: the variant, with the number of days where the variant has runs of several.
    """

    variant: str
    days: int
    name: str

    def of(self, one: Result) -> bool:
        """Return whether a result is one of these."""
        return (one.variant, len(one.days)) == (self.variant, self.days)


def kinds(results: Iterable[Result]) -> list[Kind]:
    """Return the variants of some results, the runs of each length apart.

    The longest of a variant come first.
    """
    lengths: dict[str, set[int]] = {}
    for one in results:
        lengths.setdefault(one.variant, set()).add(len(one.days))
    return [
        Kind(variant, days, variant if len(lengths[variant]) == 1 else f"{variant} days={days}")
        for variant in sorted(lengths, key=_variant_order)
        for days in sorted(lengths[variant], reverse=True)
    ]


def choose(results: Iterable[Result]) -> tuple[list[Result], int]:
    """Return one result for each variant, persona, seed and number of days: the last one.

    Also returns the number of results that were left out.
    """
    every = list(results)
    chosen = {(one.variant, one.persona, one.seed, len(one.days)): one for one in every}
    return sorted(chosen.values(), key=lambda one: (*one.order[:3], -len(one.days))), len(every) - len(chosen)


def report(results: Sequence[Result], periods: Sequence[Period] = PERIODS) -> dict[str, Any]:
    """Return the tables over some results.

    Args:
        results: one for each variant, persona, seed and number of days (see :func:`choose`).
        periods: single days and ranges of days that are reported below the whole run.

    Returns:
        ``variants``: a row for each group of personas, variant and period; ``personas``: a row for each variant, persona and
        period; ``curves``: a row for each group, variant and single day; ``differences``: a row for each pair of groups in
        :data:`CONTRASTS` within a variant, and for each pair of variants over the same personas and seeds and as many days, over the
        whole run and over the last of the periods that a run has; ``lengths``: the numbers of days of the runs, longest first.
        Where the runs of a variant have several, each number of days is a variant of its own, such as ``evidence days=3``.
        ``missing``: the periods that no run has (their rows have no figures);
        ``unrated``: the number of runs with recommendations that a person did not rate in full, over whose days there is no F1.
        Periods are given by name: ``run`` is the whole run, from day 1, ``5`` that day alone, ``12-14`` these days pooled.
        A row's ``feedback`` says which ratings the assistants were given, and its ``days`` are the fewest and the most days of its runs
        (the same number).
        Its ``figures`` have for each name ``mean`` (over personas, of each persona's mean over its seeds), ``over`` (number of
        personas that have the figure), ``worst`` and ``worst_persona`` (None where the figure has no better direction), ``spread``
        (standard deviation over seeds of the mean over the personas that have all seeds), and ``interval`` (95 %, see
        :mod:`propersim.experiments.bootstrap`; None where there are too few personas, where the figure is not in :data:`BOUNDED`, or on a
        single day in :data:`BOUNDED_A_DAY`, and in rows by trait of neither the whole run nor the last period).
        ``wall_s`` is the mean over runs, in seconds.
    """
    of_each = kinds(results)
    longest = max((one.days[-1].day for one in results if one.days), default=0)
    missing = [period for period in periods if period.last is not None and period.last > longest]
    last = max((one for one in periods if one not in missing), key=lambda one: (one.last or 0, -one.first), default=None)
    every = (RUN, *periods)
    unrated = sum(any(day.left_out is not None for day in one.days) for one in results)
    tables: dict[str, Any] = {
        "runs": len(results),
        "lengths": sorted({kind.days for kind in of_each}, reverse=True),
        "unrated": unrated,
        "periods": [one.name for one in every],
        "missing": [one.name for one in missing],
    }
    tables |= {"variants": [], "personas": [], "curves": [], "differences": []}
    cells = _Cells()
    for group, belongs in GROUPS.items():
        for kind in of_each:
            chosen = [one for one in results if kind.of(one) and belongs(one)]
            if not chosen:
                continue
            head = {"group": group, "variant": kind.name, "feedback": chosen[0].feedback}
            # The tables by trait have only these two periods.
            bounded = [period for period in every if group not in TRAITS or period in (RUN, last)]
            tables["variants"] += [{**head, "period": period.name, **_row(chosen, period, cells, period in bounded)} for period in every]
            tables["curves"] += [
                {"group": group, "variant": kind.name, "day": day, **_point(cells(chosen, Period(day, day)), group in DRAWN)}
                for day in range(1, kind.days + 1)
            ]
    of_personas: dict[str, list[Result]] = {}
    for one in results:
        of_personas.setdefault(one.persona, []).append(one)
    for persona, runs in sorted(of_personas.items()):
        for kind in of_each:
            chosen = [one for one in runs if kind.of(one)]
            if chosen:
                first = chosen[0]
                about = {"persona": persona, "traits": first.traits, "wanted": list(first.wanted), "conditional": first.conditional}
                about |= {"variant": kind.name, "feedback": first.feedback}
                tables["personas"] += [{**about, "period": period.name, **_row(chosen, period, cells)} for period in every]
    for period in (RUN, last):
        if period is not None and results:
            tables["differences"] += _differences(results, of_each, period, cells)
    return tables


def _differences(results: Sequence[Result], of_each: Sequence[Kind], period: Period, of_runs: _Cells) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``differences``, between groups and between variants.

    Those between groups within each variant come first.

    Args:
        results: all results.
        of_each: the variants, the runs of each length apart.
        period: days that the differences are over.
        of_runs: returns the figures of runs.
    """
    for kind in of_each:
        of_variant = [one for one in results if kind.of(one)]
        for first, second in CONTRASTS:
            groups = [of_runs([one for one in of_variant if GROUPS[group](one)], period) for group in (first, second)]
            if all(groups):
                figures = {figure: _difference(*(_values(figure, cells) for cells in groups)) for figure in BOUNDED}
                yield {"first": first, "second": second, "variant": kind.name, "period": period.name, "figures": figures}
    for at, kind in enumerate(of_each):
        for other in of_each[at + 1 :]:
            if kind.days != other.days:
                continue
            cells = [{(p, seed): figures for p, seed, figures in of_runs(filter(v.of, results), period)} for v in (kind, other)]
            both = sorted(cells[0].keys() & cells[1].keys())
            if both:
                figures = {figure: _paired(figure, [(key[0], cells[0][key], cells[1][key]) for key in both]) for figure in BOUNDED}
                yield {"first": kind.name, "second": other.name, "variant": None, "period": period.name, "figures": figures}


def _difference(values: dict[str, list[float]], others: dict[str, list[float]]) -> dict[str, Any]:
    """Return the difference of the means of two groups of personas."""
    if not values or not others:
        return {"mean": None, "over": 0, "interval": None}
    mean = fmean(map(fmean, values.values())) - fmean(map(fmean, others.values()))
    return {"mean": mean, "over": len(values.keys() | others.keys()), "interval": difference_interval(values, others)}


def _paired(name: str, rows: Iterable[tuple[str, dict[str, float | None], dict[str, float | None]]]) -> dict[str, Any]:
    """Return the mean over personas of the differences between two variants with the same seed."""
    values: dict[str, list[float]] = {}
    for persona, figures, other in rows:
        first, second = figures[name], other[name]
        if first is not None and second is not None:
            values.setdefault(persona, []).append(first - second)
    mean = fmean(map(fmean, values.values())) if values else None
    return {"mean": mean, "over": len(values), "interval": mean_interval(values)}


def _variant_order(name: str) -> tuple[int, str]:
    """Return the sort key of a variant's label: in the order of ``VARIANTS``, then by label."""
    first = name.split(" ")[0]
    return (list(VARIANTS).index(first) if first in VARIANTS else len(VARIANTS), name)


class _Cells:
    """The figures of a report's runs, each computed once although a run is in many groups."""

    def __init__(self) -> None:
        # By id: the report holds its results, and comparing them would take longer than the figures.
        self._known: dict[tuple[int, Period], dict[str, float | None]] = {}

    def __call__(self, chosen: Iterable[Result], period: Period) -> list[_Cell]:
        """Return the cells of some runs over a period."""
        return [(one.persona, one.seed, self._figures(one, period)) for one in chosen]

    def _figures(self, one: Result, period: Period) -> dict[str, float | None]:
        key = id(one), period
        if key not in self._known:
            self._known[key] = figures_over(one, period)
        return self._known[key]


def _values(name: str, cells: Iterable[_Cell]) -> dict[str, list[float]]:
    """Return the values of a figure for each persona, one a seed; None is left out."""
    values: dict[str, list[float]] = {}
    for persona, _, figures in cells:
        value = figures[name]
        if value is not None:
            values.setdefault(persona, []).append(value)
    return values


def _row(chosen: Sequence[Result], period: Period, of_runs: _Cells, bounded: bool = True) -> dict[str, Any]:
    """Return a row of the tables without its head.

    Args:
        chosen: results that the row is over.
        period: days that it is over.
        of_runs: returns the figures of runs.
        bounded: whether to compute intervals.
    """
    cells = of_runs(chosen, period)
    intervals = () if not bounded else BOUNDED if period.first != period.last else BOUNDED_A_DAY
    lengths = [len(one.days) for one in chosen]
    return {
        "personas": len({persona for persona, _, _ in cells}),
        "seeds": sorted({seed for _, seed, _ in cells}),
        "runs": len(chosen),
        "days": [min(lengths), max(lengths)],
        "wall_s": fmean(one.wall_s for one in chosen),
        "figures": {name: _summary(name, cells, name in intervals) for name in EVERY},
    }


def _point(cells: Sequence[_Cell], bounded: bool) -> dict[str, Any]:
    """Return a point of the learning curves: means, numbers of personas, and intervals."""
    values = {name: _values(name, cells) for name in CURVES}
    return {
        **{name: fmean(map(fmean, seeds.values())) if seeds else None for name, seeds in values.items()},
        "over": {name: len(seeds) for name, seeds in values.items()},
        "interval": {name: mean_interval(seeds) if bounded else None for name, seeds in values.items()},
    }


def _summary(name: str, cells: Sequence[_Cell], bounded: bool) -> dict[str, Any]:
    """Return the cell of a table for one figure (see :func:`report`).

    Args:
        name: the figure.
        cells: the figures of each run.
        bounded: whether to compute an interval.
    """
    values = _values(name, cells)
    of_personas = {persona: fmean(values[persona]) for persona in sorted(values)}
    # Seeds are compared over the personas that have all of them.
    seeds = {seed for _, seed, _ in cells}
    of_seeds: dict[int, list[float]] = {}
    for persona, seed, figures in cells:
        if (value := figures[name]) is not None and len(values[persona]) == len(seeds):
            of_seeds.setdefault(seed, []).append(value)
    better = _BETTER.get(name)
    worst: str | None = None
    for persona, value in of_personas.items():
        if better is not None and (worst is None or better(float(of_personas[worst]), float(value))):
            worst = persona
    return {
        "mean": fmean(of_personas.values()) if of_personas else None,
        "over": len(of_personas),
        "worst": of_personas[worst] if worst is not None else None,
        "worst_persona": worst,
        "spread": stdev([fmean(one) for one in of_seeds.values()]) if len(of_seeds) > 1 else None,
        "interval": mean_interval(values) if bounded else None,
    }
