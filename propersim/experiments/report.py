"""Tables over finished runs: the figures of each variant and day, over personas and seeds.

docs/concepts/rubric.md defines the figures. The whole run, from day 1, comes before its days.

A figure with nothing to divide by is None and left out of means; each mean has the number of personas that it is over.
Runs of different numbers of days are never pooled or compared: where a variant has several, each is a variant of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from math import fsum
from statistics import fmean, stdev
from typing import Any, NamedTuple

from propersim.core.records import DIMENSIONS
from propersim.experiments.bootstrap import ConfidenceInterval, PersonaValues, difference_intervals, mean_intervals
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

_Figures = Mapping[str, float | None]
"""Figures of a run by name."""


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
    parts = {kind: _parts(results, kind) for kind in of_each}
    for group, belongs in GROUPS.items():
        for kind in of_each:
            chosen = _belonging(parts[kind], belongs)
            if not chosen:
                continue
            head = {"group": group, "variant": kind.name, "feedback": chosen[0].runs[0].feedback}
            # The tables by trait have only these two periods.
            bounded = [period for period in every if group not in TRAITS or period in (RUN, last)]
            tables["variants"] += [
                {**head, "period": period.name, **row} for period, row in zip(every, _rows(chosen, every, bounded), strict=True)
            ]
            tables["curves"] += [
                {"group": group, "variant": kind.name, "day": day, **_point(chosen, Period(day, day), group in DRAWN)}
                for day in range(1, kind.days + 1)
            ]
    of_persona = {(kind, part.persona): part for kind in of_each for part in parts[kind]}
    for persona in sorted({one.persona for one in results}):
        for kind in of_each:
            if part := of_persona.get((kind, persona)):
                first = part.runs[0]
                about = {"persona": persona, "traits": first.traits, "wanted": list(first.wanted), "conditional": first.conditional}
                about |= {"variant": kind.name, "feedback": first.feedback}
                tables["personas"] += [
                    {**about, "period": period.name, **row} for period, row in zip(every, _rows([part], every, every), strict=True)
                ]
    for period in (RUN, last):
        if period is not None and results:
            tables["differences"] += _differences(parts, period)
    return tables


def _differences(parts: Mapping[Kind, Sequence[_Part]], period: Period) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``differences``, between groups and between variants.

    Those between groups within each variant come first.

    Args:
        parts: the runs of each variant, those of each length apart, by persona.
        period: days that the differences are over.
    """
    of_each = list(parts)
    contrasts: dict[tuple[Kind, tuple[str, str]], dict[str, Any]] = {}
    # By groups, and not by variants as the rows are: variants mostly have the same runs, which are then drawn once.
    for contrast in CONTRASTS:
        for kind in of_each:
            groups = [_belonging(parts[kind], GROUPS[group]) for group in contrast]
            if all(groups):
                values = {figure: (_values(groups[0], period, figure), _values(groups[1], period, figure)) for figure in BOUNDED}
                intervals = difference_intervals(values)
                contrasts[kind, contrast] = {figure: _difference(*values[figure], intervals[figure]) for figure in BOUNDED}
    for kind in of_each:
        for first, second in CONTRASTS:
            if found := contrasts.get((kind, (first, second))):
                yield {"first": first, "second": second, "variant": kind.name, "period": period.name, "figures": found}
    for at, kind in enumerate(of_each):
        for other in of_each[at + 1 :]:
            if kind.days != other.days:
                continue
            cells = [{(part.persona, seed): one for part in parts[v] for seed, one in part.figures(period)} for v in (kind, other)]
            both = sorted(cells[0].keys() & cells[1].keys())
            if both:
                paired = {figure: _paired(figure, [(key[0], cells[0][key], cells[1][key]) for key in both]) for figure in BOUNDED}
                bounds = mean_intervals(paired)
                figures = {figure: _paired_figure(paired[figure], bounds[figure]) for figure in BOUNDED}
                yield {"first": kind.name, "second": other.name, "variant": None, "period": period.name, "figures": figures}


def _difference(values: PersonaValues, others: PersonaValues, interval: ConfidenceInterval | None) -> dict[str, Any]:
    """Return the difference of the means of two groups of personas, with its interval."""
    if not values or not others:
        return {"mean": None, "over": 0, "interval": None}
    mean = fmean(map(fmean, values.values())) - fmean(map(fmean, others.values()))
    return {"mean": mean, "over": len(values.keys() | others.keys()), "interval": interval}


def _paired(name: str, rows: Iterable[tuple[str, _Figures, _Figures]]) -> dict[str, list[float]]:
    """Return for each persona the differences between two variants with the same seed."""
    values: dict[str, list[float]] = {}
    for persona, figures, other in rows:
        first, second = figures[name], other[name]
        if first is not None and second is not None:
            values.setdefault(persona, []).append(first - second)
    return values


def _paired_figure(values: PersonaValues, interval: ConfidenceInterval | None) -> dict[str, Any]:
    """Return the mean over personas of the differences between two variants, with its interval."""
    return {"mean": fmean(map(fmean, values.values())) if values else None, "over": len(values), "interval": interval}


def _variant_order(name: str) -> tuple[int, str]:
    """Return the sort key of a variant's label: in the order of ``VARIANTS``, then by label."""
    first = name.split(" ")[0]
    return (list(VARIANTS).index(first) if first in VARIANTS else len(VARIANTS), name)


class _Part:
    """The runs of one persona, variant and length, with their figures.

    They are in many groups, and are computed once for all of them.

    Attributes:
        persona: id of the persona.
        runs: the runs, one a seed.
    """

    def __init__(self, persona: str, runs: Sequence[Result]) -> None:
        self.persona = persona
        self.runs = runs
        self._figures: dict[Period, list[tuple[int, _Figures]]] = {}
        self._values: dict[tuple[Period, str], tuple[list[float], float | None]] = {}

    def figures(self, period: Period) -> list[tuple[int, _Figures]]:
        """Return the seed and the figures of each run over a period."""
        if period not in self._figures:
            self._figures[period] = [(one.seed, figures_over(one, period)) for one in self.runs]
        return self._figures[period]

    def values(self, period: Period, name: str) -> tuple[list[float], float | None]:
        """Return the values of a figure, one a seed, and their mean; None is left out."""
        key = period, name
        if key not in self._values:
            values = [value for _, figures in self.figures(period) if (value := figures[name]) is not None]
            self._values[key] = values, fmean(values) if values else None
        return self._values[key]


def _parts(results: Iterable[Result], kind: Kind) -> list[_Part]:
    """Return the runs of a variant and length by persona."""
    runs: dict[str, list[Result]] = {}
    for one in results:
        if kind.of(one):
            runs.setdefault(one.persona, []).append(one)
    return [_Part(persona, of_persona) for persona, of_persona in runs.items()]


def _belonging(parts: Iterable[_Part], belongs: Callable[[Result], bool]) -> list[_Part]:
    """Return what of some parts belongs to a group of personas.

    That is whole parts, unless a persona was changed between its runs.
    """
    found = []
    for part in parts:
        runs = [one for one in part.runs if belongs(one)]
        if len(runs) == len(part.runs):
            found.append(part)
        elif runs:
            found.append(_Part(part.persona, runs))
    return found


def _values(parts: Iterable[_Part], period: Period, name: str) -> dict[str, list[float]]:
    """Return the values of a figure for each persona that has any, one a seed."""
    return {part.persona: values for part in parts if (values := part.values(period, name)[0])}


def _rows(parts: Sequence[_Part], periods: Iterable[Period], bounded: Collection[Period]) -> Iterator[dict[str, Any]]:
    """Yield a row of the tables without its head for each period.

    Args:
        parts: runs that the rows are over.
        periods: days that each row is over.
        bounded: periods for which to compute intervals.
    """
    runs = [one for part in parts for one in part.runs]
    lengths = [len(one.days) for one in runs]
    seeds = sorted({one.seed for one in runs})
    about = {"personas": len(parts), "seeds": seeds, "runs": len(runs), "days": [min(lengths), max(lengths)]}
    about["wall_s"] = fmean(one.wall_s for one in runs)
    for period in periods:
        names = () if period not in bounded else BOUNDED if period.first != period.last else BOUNDED_A_DAY
        intervals = mean_intervals({name: _values(parts, period, name) for name in names})
        yield {**about, "figures": {name: _summary(name, parts, period, len(seeds), intervals.get(name)) for name in EVERY}}


def _point(parts: Sequence[_Part], period: Period, bounded: bool) -> dict[str, Any]:
    """Return a point of the learning curves: means, numbers of personas, and intervals."""
    values = {name: _values(parts, period, name) for name in CURVES}
    return {
        **{name: fmean(map(fmean, seeds.values())) if seeds else None for name, seeds in values.items()},
        "over": {name: len(seeds) for name, seeds in values.items()},
        "interval": mean_intervals(values) if bounded else dict.fromkeys(CURVES),
    }


def _summary(name: str, parts: Sequence[_Part], period: Period, seeds: int, interval: ConfidenceInterval | None) -> dict[str, Any]:
    """Return the cell of a table for one figure (see :func:`report`).

    Args:
        name: the figure.
        parts: runs that it is over.
        period: days that it is over.
        seeds: number of different seeds of the runs.
        interval: its confidence interval.
    """
    values = {part.persona: part.values(period, name) for part in parts}
    of_personas = {persona: mean for persona in sorted(values) if (mean := values[persona][1]) is not None}
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
        "spread": _spread(parts, period, name, seeds) if seeds > 1 else None,
        "interval": interval,
    }


def _spread(parts: Sequence[_Part], period: Period, name: str, seeds: int) -> float | None:
    """Return the standard deviation over seeds of the mean over personas.

    Only the personas that have all seeds count; it is None where there are none.

    Args:
        parts: runs that it is over.
        period: days that it is over.
        name: the figure.
        seeds: number of different seeds of the runs.
    """
    columns = []
    for part in parts:
        values, _ = part.values(period, name)
        if len(values) == seeds:
            order = [one.seed for one in part.runs]
            columns.append(values if order == sorted(order) else [value for _, value in sorted(zip(order, values, strict=True))])
    if not columns:
        return None
    means = [total / len(columns) for total in map(fsum, zip(*columns, strict=True))]
    return stdev(means) if len(set(means)) > 1 else 0.0
