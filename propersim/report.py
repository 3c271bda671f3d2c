"""Tables over finished runs: how well each variant does on each day, over personas and seeds (see docs/rubric.md for the figures).

A figure with nothing to divide by is None; it is left out of means, and each mean says over how many personas it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import fmean, stdev
from typing import Any

from propersim.metrics import metrics
from propersim.results import Result
from propersim.variants import VARIANTS

FIGURES = (
    *("f1", "success_rate", "score", "headroom", "in_band", "recs_per_hour", "malformed", "content", "precision", "recall"),
    *("shown", "welcome", "oracle_welcome"),
)
"""What is reported, in order."""
A_DAY = ("shown", "welcome", "oracle_welcome")
"""Counts among them: given per day, so that one day and three pooled ones compare."""
CURVES = ("f1", "score", "headroom")
"""What the learning curves show."""
DAYS = (1, 5, 14)
"""Days that are reported."""
POOLED = 3
"""A day's figures pool it with the days before it, so many in all; day 1 is day 1 alone."""

_BETTER: dict[str, Callable[[float, float], bool]] = {
    **dict.fromkeys(("f1", "success_rate", "score", "headroom", "in_band", "content", "precision", "recall"), float.__gt__),
    "malformed": float.__lt__,
}
"""Figures that have a better and a worse, and which it is."""

DEVELOPED = tuple(f"p{number:02d}" for number in range(1, 17))
"""Personas that everything was developed on."""
HELD_BACK = tuple(f"p{number:02d}" for number in range(17, 33))
"""Personas that were held back."""

GROUPS: dict[str, Callable[[Result], bool]] = {
    "all": lambda one: True,
    "developed on": lambda one: one.persona in DEVELOPED,
    "held back": lambda one: one.persona in HELD_BACK,
    "others": lambda one: one.persona not in (*DEVELOPED, *HELD_BACK),
    "conditional": lambda one: one.conditional,
    "not conditional": lambda one: not one.conditional,
}
"""Which personas are taken together."""

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
        day; ``curves``: a row for each group, variant and single day. A row's ``figures`` have for each name ``mean`` (over
        personas, each of which is the mean over its seeds), ``over`` (how many personas have the figure), ``worst`` and
        ``worst_persona`` (None where there is no better and worse), and ``spread`` (standard deviation over seeds of the mean
        over personas; None with fewer than two seeds).
    """
    names = sorted({one.variant for one in results}, key=_variant_order)
    by_variant = {name: [one for one in results if one.variant == name] for name in names}
    longest = max((one.days[-1].day for one in results if one.days), default=0)
    found: dict[str, Any] = {"runs": len(results), "days": list(days), "variants": [], "personas": [], "curves": []}
    for group, belongs in GROUPS.items():
        for name in names:
            chosen = [one for one in by_variant[name] if belongs(one)]
            if not chosen:
                continue
            head = {"group": group, "variant": name}
            for day in days:
                cells = [(one.persona, one.seed, figures_at(one, day)) for one in chosen]
                found["variants"].append({**head, "day": day, **_row(cells)})
            for day in range(1, longest + 1):
                cells = [(one.persona, one.seed, figures_at(one, day, 1)) for one in chosen]
                summaries = {name: _summary(name, cells) for name in CURVES}
                means = {name: one["mean"] for name, one in summaries.items()}
                found["curves"].append({**head, "day": day, **means, "over": {name: one["over"] for name, one in summaries.items()}})
    for persona in sorted({one.persona for one in results}):
        for name in names:
            chosen = [one for one in by_variant[name] if one.persona == persona]
            for day in days if chosen else ():
                cells = [(one.persona, one.seed, figures_at(one, day)) for one in chosen]
                found["personas"].append(
                    {"persona": persona, "conditional": chosen[0].conditional, "variant": name, "day": day, **_row(cells)}
                )
    return found


def _variant_order(name: str) -> tuple[int, str]:
    first = name.split(" ")[0]
    return (list(VARIANTS).index(first) if first in VARIANTS else len(VARIANTS), name)


def _row(cells: Sequence[_Cell]) -> dict[str, Any]:
    return {
        "personas": len({persona for persona, _, _ in cells}),
        "seeds": sorted({seed for _, seed, _ in cells}),
        "figures": {name: _summary(name, cells) for name in FIGURES},
    }


def _summary(name: str, cells: Sequence[_Cell]) -> dict[str, Any]:
    """Return the mean over personas of one figure, and the rest."""
    there = [(persona, seed, value) for persona, seed, figures in cells if (value := figures[name]) is not None]
    of_personas = _means((persona, value) for persona, _, value in there)
    of_seeds = _means((seed, value) for _, seed, value in there)
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
        "spread": stdev(of_seeds.values()) if len(of_seeds) > 1 else None,
    }


def _means(pairs: Iterable[tuple[Any, float]]) -> dict[Any, float]:
    """Return the mean of the values of each key, keys in order."""
    found: dict[Any, list[float]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return {key: fmean(found[key]) for key in sorted(found)}
