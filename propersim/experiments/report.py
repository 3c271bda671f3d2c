"""Tables over finished runs: how well each variant does on each day, over personas and seeds (see docs/rubric.md for the figures).

A figure with nothing to divide by is None; it is left out of means, and each mean says over how many personas it is.
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
"""What is reported, in order."""
BOUNDED = ("f1", "success_rate", "score", "headroom", "in_band", "malformed")
"""Figures whose means are given with an interval."""
A_DAY = ("shown", "welcome", "oracle_welcome")
"""Counts among them: given per day, so that one day and three pooled ones compare."""
CURVES = ("f1", "score", "headroom", "recs_per_hour")
"""What the learning curves show."""
DAYS = (1, 5, 14)
"""Days that are reported."""

_BETTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("f1", "success_rate", "score", *DIMENSIONS, "headroom", "in_band", "content", "precision", "recall"), float.__gt__),
    "malformed": float.__lt__,
}
"""Figures that have a better and a worse, and which it is."""

DEVELOPED = tuple(f"p{number:02d}" for number in range(1, 17))
"""Personas that everything was developed on."""
HELD_BACK = tuple(f"p{number:02d}" for number in range(17, 33))
"""Personas that were held back."""


def _ours(one: Result) -> bool:
    return one.persona in (*DEVELOPED, *HELD_BACK)


def _having(trait: str) -> Callable[[Result], bool]:
    return lambda one: _ours(one) and trait in one.traits.split()


TRAITS: dict[str, str] = {
    f"{'high' if sign == '+' else 'low'} {name}": f"{name[0].upper()}{sign}"
    for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")
    for sign in "+-"
}
"""Groups by the Big Five, and how a result names them."""
GROUPS: dict[str, Callable[[Result], bool]] = {
    "all": _ours,
    "developed on": lambda one: one.persona in DEVELOPED,
    "held back": lambda one: one.persona in HELD_BACK,
    "conditional": lambda one: _ours(one) and one.conditional,
    "not conditional": lambda one: _ours(one) and not one.conditional,
    **{name: _having(trait) for name, trait in TRAITS.items()},
    "others": lambda one: not _ours(one),
}
"""Which personas are taken together. All are those that ship; others, whoever wrote them, stand apart."""
DRAWN = ("all", "others")
"""Groups whose curves have intervals."""
CONTRASTS = (
    ("held back", "developed on"),
    ("others", "all"),
    ("conditional", "not conditional"),
    *((f"high {name}", f"low {name}") for name in ("openness", "conscientiousness", "extraversion", "agreeableness", "neuroticism")),
)
"""Groups that are compared, the first less the second."""

_Cell = tuple[str, int, dict[str, float | None]]
"""Persona, seed, and figures."""


def choose(results: Iterable[Result]) -> tuple[list[Result], int]:
    """Return one result for each variant, persona and seed, the longest, and how many were left out for it."""
    found: dict[tuple[str, str, int], Result] = {}
    count = 0
    for one in results:
        count += 1
        key = (one.variant, one.persona, one.seed)
        if key not in found or len(one.days) >= len(found[key].days):
            found[key] = one
    return sorted(found.values(), key=lambda one: one.order), count - len(found)


def figures_at(result: Result, day: int, pooled: int = POOLED) -> dict[str, float | None]:
    """Return a run's figures on a day, pooled with those before it; all None where the run has no such day."""
    days = [one for one in result.days if day - pooled < one.day <= day]
    if not days or days[-1].day != day:
        return dict.fromkeys(FIGURES)
    found = metrics(days)
    return {name: found[name] / len(days) if name in A_DAY else found[name] for name in FIGURES}


def report(results: Sequence[Result], days: Sequence[int] = DAYS) -> dict[str, Any]:
    """Return the tables over some results, one for each variant, persona and seed (see :func:`choose`).

    Returns:
        ``variants``: a row for each group of personas, variant and day; ``personas``: a row for each variant, persona and
        day; ``curves``: a row for each group, variant and single day; ``differences``: a row for each two groups of
        :data:`CONTRASTS` within a variant, and for each two variants over the same personas and seeds, at the last of the days. A row's
        ``figures`` have for each name ``mean`` (over personas, each of which is the mean over its seeds), ``over`` (how many
        personas have the figure), ``worst`` and ``worst_persona`` (None where there is no better and worse), ``spread``
        (standard deviation over seeds of the mean over the personas that have all of them), and ``interval`` (95 %, see
        :mod:`propersim.experiments.bootstrap`; None where it is not in :data:`BOUNDED` or over too few personas). ``wall_s`` is the mean
        over runs.
    """
    names = sorted({one.variant for one in results}, key=_variant_order)
    longest = max((one.days[-1].day for one in results if one.days), default=0)
    found: dict[str, Any] = {"runs": len(results), "days": list(days), "variants": [], "personas": [], "curves": [], "differences": []}
    for group, belongs in GROUPS.items():
        for name in names:
            chosen = [one for one in results if one.variant == name and belongs(one)]
            if not chosen:
                continue
            head = {"group": group, "variant": name}
            found["variants"] += [{**head, "day": day, **_row(chosen, day)} for day in days]
            found["curves"] += [{**head, "day": day, **_point(chosen, day, group in DRAWN)} for day in range(1, longest + 1)]
    for persona in sorted({one.persona for one in results}):
        for name in names:
            chosen = [one for one in results if one.variant == name and one.persona == persona]
            if chosen:
                first = chosen[0]
                said = {"persona": persona, "traits": first.traits, "wanted": list(first.wanted), "conditional": first.conditional}
                found["personas"] += [{**said, "variant": name, "day": day, **_row(chosen, day)} for day in days]
    if days:
        found["differences"] = list(_differences(results, names, days[-1]))
    return found


def _differences(results: Sequence[Result], names: Sequence[str], day: int) -> Iterator[dict[str, Any]]:
    for name in names:
        mine = [one for one in results if one.variant == name]
        for first, second in CONTRASTS:
            groups = [_cells([one for one in mine if GROUPS[group](one)], day) for group in (first, second)]
            if all(groups):
                figures = {figure: _difference(*(_values(figure, cells) for cells in groups)) for figure in BOUNDED}
                yield {"first": first, "second": second, "variant": name, "day": day, "figures": figures}
    for at, name in enumerate(names):
        for other in names[at + 1 :]:
            cells = [{(p, seed): had for p, seed, had in _cells([x for x in results if x.variant == v], day)} for v in (name, other)]
            both = sorted(cells[0].keys() & cells[1].keys())
            if both:
                figures = {figure: _paired(figure, [(key[0], cells[0][key], cells[1][key]) for key in both]) for figure in BOUNDED}
                yield {"first": name, "second": other, "variant": None, "day": day, "figures": figures}


def _difference(values: dict[str, list[float]], others: dict[str, list[float]]) -> dict[str, Any]:
    if not values or not others:
        return {"mean": None, "over": 0, "interval": None}
    mean = fmean(map(fmean, values.values())) - fmean(map(fmean, others.values()))
    return {"mean": mean, "over": len(values.keys() | others.keys()), "interval": difference_interval(values, others)}


def _paired(name: str, rows: Iterable[tuple[str, dict[str, float | None], dict[str, float | None]]]) -> dict[str, Any]:
    values: dict[str, list[float]] = {}
    for persona, mine, other in rows:
        first, second = mine[name], other[name]
        if first is not None and second is not None:
            values.setdefault(persona, []).append(first - second)
    mean = fmean(map(fmean, values.values())) if values else None
    return {"mean": mean, "over": len(values), "interval": mean_interval(values)}


def _variant_order(name: str) -> tuple[int, str]:
    first = name.split(" ")[0]
    return (list(VARIANTS).index(first) if first in VARIANTS else len(VARIANTS), name)


def _cells(chosen: Iterable[Result], day: int, pooled: int = POOLED) -> list[_Cell]:
    return [(one.persona, one.seed, figures_at(one, day, pooled)) for one in chosen]


def _values(name: str, cells: Iterable[_Cell]) -> dict[str, list[float]]:
    """Return what each persona's seeds have of a figure."""
    found: dict[str, list[float]] = {}
    for persona, _, figures in cells:
        value = figures[name]
        if value is not None:
            found.setdefault(persona, []).append(value)
    return found


def _row(chosen: Sequence[Result], day: int) -> dict[str, Any]:
    cells = _cells(chosen, day)
    return {
        "personas": len({persona for persona, _, _ in cells}),
        "seeds": sorted({seed for _, seed, _ in cells}),
        "runs": len(chosen),
        "wall_s": fmean(one.wall_s for one in chosen),
        "figures": {name: _summary(name, cells) for name in FIGURES},
    }


def _point(chosen: Sequence[Result], day: int, bounded: bool) -> dict[str, Any]:
    """Return a point of the learning curves: means, over how many personas, and intervals."""
    values = {name: _values(name, _cells(chosen, day, 1)) for name in CURVES}
    return {
        **{name: fmean(map(fmean, had.values())) if had else None for name, had in values.items()},
        "over": {name: len(had) for name, had in values.items()},
        "interval": {name: mean_interval(had) if bounded else None for name, had in values.items()},
    }


def _summary(name: str, cells: Sequence[_Cell]) -> dict[str, Any]:
    """Return the mean over personas of one figure, and the rest."""
    values = _values(name, cells)
    of_personas = {persona: fmean(values[persona]) for persona in sorted(values)}
    # Seeds compare over the same personas alone.
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
