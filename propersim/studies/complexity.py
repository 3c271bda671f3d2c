"""The study ``complexity``: which rubrics are hard to learn."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from propersim.core.text import counted
from propersim.experiments.bootstrap import LEVEL
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, excludes_zero
from propersim.experiments.results import Result
from propersim.studies.dot_plot import DotRow, dot_plot
from propersim.studies.figures import Figures, mean_of
from propersim.studies.ranks import Correlation, rank_correlation

if TYPE_CHECKING:
    from propersim.persona.model import Persona
    from propersim.studies.study import Study

WEEK: Final = 7
ENDS: Final = 3
"""Number of personas with the highest and with the lowest F1 that are shown."""


class Structure(NamedTuple):
    """The structure of a persona's rubric.

    Attributes:
        clauses: all clauses: likes, dislikes, windows, activities never to interrupt, tones, subjects off limits, rates of single days.
        likes: clauses of preference that name liked topics.
        conditions: conditions of likes and windows: an activity, an hour, or days of the week.
        topics: different topics that are liked at some time.
        windows: windows of timing.
        never: activities never to interrupt.
        tones: tones that are welcome.
        wanted: recommendations wanted a day, the middle of the band.
        band: the most wanted a day by the fewest.
        open_hours: hours a day in which the user is receptive; in the built-in personas some liked topic fits in all of them.
        stretches: separate stretches a day of these.
    """

    clauses: float
    likes: float
    conditions: float
    topics: float
    windows: float
    never: float
    tones: float
    wanted: float
    band: float
    open_hours: float
    stretches: float


NAMES: Final[Mapping[str, str]] = {
    "clauses": "clauses of the rubric",
    "likes": "clauses of preference",
    "conditions": "conditions: activity, hour, days",
    "topics": "liked topics",
    "windows": "windows of timing",
    "never": "activities never to interrupt",
    "tones": "welcome tones",
    "wanted": "wanted per day",
    "band": "most by fewest wanted",
    "open_hours": "hours open a day",
    "stretches": "stretches open a day",
}
"""The predictors in words."""


@cache
def structure_of(persona: str) -> Structure:
    """Return the structure of a persona's rubric; hours are those of its first week.

    Args:
        persona: id of a built-in persona.
    """
    from propersim.persona.library import load_persona

    return _structure(load_persona(persona))


def _structure(persona: Persona) -> Structure:
    from propersim.persona.fields import weekdays_of
    from propersim.simulation.simulation import TIMESTEP, Simulation

    rubric = persona.rubric
    likes, windows, rate = rubric.preference.likes, rubric.timing.windows, rubric.frequency
    conditions = sum(
        (like.during != ("any",)) + (like.between is not None) + (like.days is not None and len(weekdays_of(like.days)) < WEEK)
        for like in likes
    ) + sum(
        (one.during is not None) + (one.start is not None) + (one.days is not None and len(weekdays_of(one.days)) < WEEK) for one in windows
    )
    words = (*rubric.communication.tones, *rubric.communication.avoid, *rubric.communication.boundaries)
    clauses = len(likes) + len(rubric.preference.dislikes) + len(windows) + len(rubric.timing.never_during) + len(words) + len(rate.on_days)
    low, high = rate.per_day
    receptive = stretches = 0
    open_before = False
    # Whether the user is receptive does not depend on what an assistant does.
    for step in Simulation(persona, "silent", days=WEEK):
        receptive += step.moment.receptive
        stretches += step.moment.receptive and not open_before
        open_before = step.moment.receptive
    hours = TIMESTEP / 60 / WEEK
    return Structure(
        clauses=clauses,
        likes=len(likes),
        conditions=conditions,
        topics=len({topic for like in likes for topic in like.topics}),
        windows=len(windows),
        never=len(rubric.timing.never_during),
        tones=len(rubric.communication.tones),
        wanted=(low + high) / 2,
        band=high / low,
        open_hours=receptive * hours,
        stretches=stretches / WEEK,
    )


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants, of built-in personas.
    """
    found = Figures(results)
    variants = [name for name in study.full.variants if name in found]
    # One more a variant: that of conditions where the number wanted is held fixed.
    tried = (len(NAMES) + 1) * len(variants)
    structures = {persona: structure_of(persona) for persona in found.personas}
    correlations = {name: _correlations(found.by_persona(name, "f1"), structures, tried) for name in variants}
    fixed = {name: _with_wanted_fixed(found.by_persona(name, "f1"), structures, tried) for name in variants}
    # Where F1 of all personas is nearly the same there is little to draw.
    widest = max(variants, key=lambda name: _spread(found.by_persona(name, "f1").values()))
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')} of {counted(len(found.personas), 'persona')}. {found.how} F1 of a "
        "persona is the mean of its seeds.",
        Heading("What predicts F1"),
        f"Spearman's rank correlations over personas between F1 and the structure of the rubric, with {100 * LEVEL:.0f} % intervals by "
        f"bootstrap over personas. {tried} correlations were tried ({counted(len(variants), 'variant')} × {len(NAMES)} predictors and one "
        "partial correlation), and one in twenty intervals excludes zero by chance. *: the interval excludes zero. **: so does the one "
        "that is corrected for all of them (Bonferroni).",
        ReportTable(
            ["predictor", "least", "most", *(f"F1 of {name}" for name in variants)],
            [_row(key, structures, [correlations[name][key] for name in variants]) for key in NAMES],
        ),
        _picture(correlations[widest], widest),
        *(part for name in variants for part in _ends(found, name, structures)),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found, correlations, fixed, tried)),
    ]


def _spread(values: Collection[float]) -> float:
    """Return the largest value minus the least one; 0 for none."""
    return max(values) - min(values) if values else 0.0


def _correlations(f1: Mapping[str, float], structures: Mapping[str, Structure], tried: int) -> dict[str, Correlation]:
    """Return the correlation of each predictor with F1.

    Args:
        f1: F1 by persona.
        structures: structures by persona.
        tried: number of correlations that are tried in all.
    """
    values = list(f1.values())
    return {key: rank_correlation([getattr(structures[persona], key) for persona in f1], values, tried) for key in NAMES}


def _with_wanted_fixed(f1: Mapping[str, float], structures: Mapping[str, Structure], tried: int) -> Correlation:
    """Return the partial correlation of conditions with F1 at a fixed number wanted a day.

    Args:
        f1: F1 by persona.
        structures: structures by persona.
        tried: number of correlations that are tried in all.
    """
    conditions, wanted = ([getattr(structures[persona], key) for persona in f1] for key in ("conditions", "wanted"))
    return rank_correlation(conditions, list(f1.values()), tried, fixed=wanted)


def _row(key: str, structures: Mapping[str, Structure], each: Sequence[Correlation]) -> list[str]:
    values = [float(getattr(one, key)) for one in structures.values()]
    return [NAMES[key], _value(min(values)), _value(max(values)), *map(_cell, each)]


def _value(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def _cell(one: Correlation) -> str:
    """Return a correlation with its interval, marked where that excludes zero."""
    if one.rho is None:
        return "–"
    mark = "**" if excludes_zero(one.corrected) else "*" if excludes_zero(one.interval) else ""
    return f"{one.rho:+.2f}{f' [{one.interval[0]:.2f}, {one.interval[1]:.2f}]' if one.interval else ''}{mark}"


def _picture(correlations: Mapping[str, Correlation], variant: str) -> Picture:
    ordered = sorted((key for key in NAMES if correlations[key].rho is not None), key=lambda key: correlations[key].rho or 0)
    rows = [DotRow(NAMES[key], correlations[key].rho, correlations[key].interval, (), f"{correlations[key].rho:+.2f}") for key in ordered]
    title = f"Rank correlation with F1 of {variant}"
    caption = f"{title}, by predictor, with {100 * LEVEL:.0f} % intervals"
    return Picture(dot_plot(title, "rank correlation over personas", rows, (-1, -0.5, 0, 0.5, 1)), caption)


def _ends(found: Figures, variant: str, structures: Mapping[str, Structure]) -> Iterator[Part]:
    """Yield the table of the personas with the highest and the lowest F1 of a variant."""
    f1 = found.by_persona(variant, "f1")
    ordered = sorted(f1, key=lambda persona: (-f1[persona], persona))
    if len(ordered) < 2 * ENDS:
        return
    keys = ("clauses", "conditions", "windows", "wanted", "open_hours", "stretches")
    rows = [
        [persona, place, f"{f1[persona]:.2f}", *(_value(float(getattr(structures[persona], key))) for key in keys)]
        for place, some in (("highest", ordered[:ENDS]), ("lowest", ordered[-ENDS:]))
        for persona in some
    ]
    yield ReportTable(["persona", "place", "F1", *(NAMES[key] for key in keys)], rows, f"Highest and lowest F1 of {variant}")


def _sentences(
    found: Figures, correlations: Mapping[str, Mapping[str, Correlation]], fixed: Mapping[str, Correlation], tried: int
) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint.

    Args:
        found: the figures.
        correlations: correlations by variant and predictor.
        fixed: the partial correlation of conditions, by variant.
        tried: number of correlations that were tried.
    """
    every = [(variant, NAMES[key], one) for variant, each in correlations.items() for key, one in each.items()]
    every += [(variant, "conditions at a fixed number wanted", one) for variant, one in fixed.items()]
    clear = [one for one in every if excludes_zero(one[2].interval)]
    corrected = [one for one in every if excludes_zero(one[2].corrected)]
    yield (
        f"Of {tried} correlations, {len(clear)} {'has' if len(clear) == 1 else 'have'} an interval that excludes zero, where about "
        f"{tried * (1 - LEVEL):.1f} would by chance; {len(corrected)} after the correction{_listed(corrected)}."
    )
    for variant, each in correlations.items():
        f1 = found.by_persona(variant, "f1")
        if not f1:
            continue
        yield f"{variant}: F1 is {min(f1.values()):.2f} to {max(f1.values()):.2f}, {mean_of(f1):.2f} on average."
        yield (
            f"{variant}: more conditions go with {_direction(each['conditions'])}: {_cell(each['conditions'])}. With the number wanted a "
            f"day held fixed, they go with {_direction(fixed[variant])}: {_cell(fixed[variant])}."
        )
        strongest = max((key for key in NAMES if each[key].rho is not None), key=lambda key: abs(each[key].rho or 0), default=None)
        if strongest is not None:
            yield f"{variant}: the strongest predictor is {NAMES[strongest]}: {_cell(each[strongest])}."
    yield "Predictors depend on each other: who wants much is open for long. These correlations separate no causes."


def _direction(one: Correlation) -> str:
    """Return with which F1 more of a predictor goes."""
    if not excludes_zero(one.interval):
        return "neither a higher nor a lower F1"
    return f"a {'lower' if (one.rho or 0) < 0 else 'higher'} F1{'' if excludes_zero(one.corrected) else ', before the correction alone'}"


def _listed(some: Sequence[tuple[str, str, Correlation]]) -> str:
    """Return some correlations in parentheses; "" for none."""
    names = "; ".join(f"{name} with F1 of {variant}" for variant, name, _ in some)
    return f" ({names})" if names else ""
