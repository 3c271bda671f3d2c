"""Tables over finished runs: the figures of each variant and day, over personas and seeds.

docs/concepts/rubric.md defines the figures.

A figure with nothing to divide by is None and left out of means; each mean has the number of personas that it is over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from statistics import fmean, stdev
from typing import Any

from propersim.core.records import DIMENSIONS
from propersim.experiments.bootstrap import difference_interval, mean_interval
from propersim.experiments.results import Result
from propersim.experiments.variants import VARIANTS
from propersim.simulation.metrics import POOLED, metrics

FIGURES = (
    *("f1", "success_rate", "score", *DIMENSIONS, "headroom", "in_band", "recs_per_hour", "malformed", "content", "precision", "recall"),
    *("shown", "welcome", "oracle_welcome"),
)
"""Figures in reports, in order."""
BOUNDED = ("f1", "success_rate", "score", "headroom", "in_band", "malformed")
"""Figures whose means have a confidence interval."""
A_DAY = ("shown", "welcome", "oracle_welcome")
"""Figures that are counts: given per day, so that one day and three pooled days compare."""
CURVES = ("f1", "score", "headroom", "recs_per_hour")
"""Figures in the learning curves."""
DAYS = (1, 5, 14)
"""Days in reports by default."""

_BETTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("f1", "success_rate", "score", *DIMENSIONS, "headroom", "in_band", "content", "precision", "recall"), float.__gt__),
    "malformed": float.__lt__,
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


def choose(results: Iterable[Result]) -> tuple[list[Result], int]:
    """Return the longest result for each variant, persona and seed.

    Also returns the number of results that were left out.
    """
    longest: dict[tuple[str, str, int], Result] = {}
    count = 0
    for one in results:
        count += 1
        key = (one.variant, one.persona, one.seed)
        if key not in longest or len(one.days) >= len(longest[key].days):
            longest[key] = one
    return sorted(longest.values(), key=lambda one: one.order), count - len(longest)


def figures_at(result: Result, day: int, pooled: int = POOLED) -> dict[str, float | None]:
    """Return a run's figures on a day, pooled with the days before it.

    All are None where the run has no such day.

    Args:
        result: result of the run.
        day: number of the day, from 1.
        pooled: number of days to pool, the day itself included.
    """
    days = [one for one in result.days if day - pooled < one.day <= day]
    if not days or days[-1].day != day:
        return dict.fromkeys(FIGURES)
    figures = metrics(days)
    return {name: figures[name] / len(days) if name in A_DAY else figures[name] for name in FIGURES}


def report(results: Sequence[Result], days: Sequence[int] = DAYS) -> dict[str, Any]:
    """Return the tables over some results.

    Args:
        results: one for each variant, persona and seed (see :func:`choose`).
        days: that are reported.

    Returns:
        ``variants``: a row for each group of personas, variant and day; ``personas``: a row for each variant, persona and
        day; ``curves``: a row for each group, variant and single day; ``differences``: a row for each pair of groups in
        :data:`CONTRASTS` within a variant, and for each pair of variants over the same personas and seeds, on the last of
        the days that a run has; ``missing``: the days that no run has (their rows have no figures).
        A row's ``figures`` have for each name ``mean`` (over personas, of each persona's mean over its seeds), ``over`` (number of
        personas that have the figure), ``worst`` and ``worst_persona`` (None where the figure has no better direction), ``spread``
        (standard deviation over seeds of the mean over the personas that have all seeds), and ``interval`` (95 %, see
        :mod:`propersim.experiments.bootstrap`; None where the figure is not in :data:`BOUNDED` or there are too few personas).
        ``wall_s`` is the mean over runs, in seconds.
    """
    names = sorted({one.variant for one in results}, key=_variant_order)
    longest = max((one.days[-1].day for one in results if one.days), default=0)
    there = {one.day for result in results for one in result.days}
    missing = [day for day in days if day not in there]
    tables: dict[str, Any] = {"runs": len(results), "days": list(days), "missing": missing}
    tables |= {"variants": [], "personas": [], "curves": [], "differences": []}
    cells = _Cells()
    for group, belongs in GROUPS.items():
        for name in names:
            chosen = [one for one in results if one.variant == name and belongs(one)]
            if not chosen:
                continue
            head = {"group": group, "variant": name}
            tables["variants"] += [{**head, "day": day, **_row(chosen, day, cells)} for day in days]
            tables["curves"] += [{**head, "day": day, **_point(cells(chosen, day, 1), group in DRAWN)} for day in range(1, longest + 1)]
    for persona in sorted({one.persona for one in results}):
        for name in names:
            chosen = [one for one in results if one.variant == name and one.persona == persona]
            if chosen:
                first = chosen[0]
                about = {"persona": persona, "traits": first.traits, "wanted": list(first.wanted), "conditional": first.conditional}
                tables["personas"] += [{**about, "variant": name, "day": day, **_row(chosen, day, cells)} for day in days]
    if len(missing) < len(days):
        tables["differences"] = list(_differences(results, names, max(set(days) - set(missing)), cells))
    return tables


def _differences(results: Sequence[Result], names: Sequence[str], day: int, cells: _Cells) -> Iterator[dict[str, Any]]:
    """Yield the rows of ``differences``, between groups and between variants.

    Those between groups within each variant come first.

    Args:
        results: all results of the report.
        names: labels of the variants, in order.
        day: the last day that a run has.
        cells: figures of the report's runs.
    """
    for name in names:
        of_variant = [one for one in results if one.variant == name]
        for first, second in CONTRASTS:
            groups = [cells([one for one in of_variant if GROUPS[group](one)], day) for group in (first, second)]
            if all(groups):
                figures = {figure: _difference(*(_values(figure, group) for group in groups)) for figure in BOUNDED}
                yield {"first": first, "second": second, "variant": name, "day": day, "figures": figures}
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            one, two = (
                {(p, seed): figures for p, seed, figures in cells([x for x in results if x.variant == v], day)} for v in (name, other)
            )
            both = sorted(one.keys() & two.keys())
            if both:
                figures = {figure: _paired(figure, [(key[0], one[key], two[key]) for key in both]) for figure in BOUNDED}
                yield {"first": name, "second": other, "variant": None, "day": day, "figures": figures}


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
        self._known: dict[tuple[int, int, int], dict[str, float | None]] = {}

    def __call__(self, chosen: Iterable[Result], day: int, pooled: int = POOLED) -> list[_Cell]:
        """Return the cells of some runs; see :func:`figures_at` for the arguments."""
        return [(one.persona, one.seed, self._figures(one, day, pooled)) for one in chosen]

    def _figures(self, one: Result, day: int, pooled: int) -> dict[str, float | None]:
        key = id(one), day, pooled
        if key not in self._known:
            self._known[key] = figures_at(one, day, pooled)
        return self._known[key]


def _values(name: str, cells: Iterable[_Cell]) -> dict[str, list[float]]:
    """Return the values of a figure for each persona, one a seed; None is left out."""
    values: dict[str, list[float]] = {}
    for persona, _, figures in cells:
        value = figures[name]
        if value is not None:
            values.setdefault(persona, []).append(value)
    return values


def _row(chosen: Sequence[Result], day: int, of_runs: _Cells) -> dict[str, Any]:
    """Return a row of the tables without its head.

    Args:
        chosen: results of the row.
        day: number of the day, from 1.
        of_runs: figures of the report's runs.
    """
    cells = of_runs(chosen, day)
    return {
        "personas": len({persona for persona, _, _ in cells}),
        "seeds": sorted({seed for _, seed, _ in cells}),
        "runs": len(chosen),
        "wall_s": fmean(one.wall_s for one in chosen),
        "figures": {name: _summary(name, cells) for name in FIGURES},
    }


def _point(cells: Sequence[_Cell], bounded: bool) -> dict[str, Any]:
    """Return a point of the learning curves: means, numbers of personas, and intervals."""
    values = {name: _values(name, cells) for name in CURVES}
    return {
        **{name: fmean(map(fmean, seeds.values())) if seeds else None for name, seeds in values.items()},
        "over": {name: len(seeds) for name, seeds in values.items()},
        "interval": {name: mean_interval(seeds) if bounded else None for name, seeds in values.items()},
    }


def _summary(name: str, cells: Sequence[_Cell]) -> dict[str, Any]:
    """Return the cell of a table for one figure (see :func:`report`)."""
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
        "interval": mean_interval(values) if name in BOUNDED else None,
    }
