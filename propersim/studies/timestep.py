"""The study ``timestep``: how often the assistant may speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from propersim.core.text import counted
from propersim.experiments.parts import Heading, Part, Picture, ReportTable
from propersim.experiments.results import Result
from propersim.studies.dot_plot import dot_plot
from propersim.studies.figures import Figures

if TYPE_CHECKING:
    from propersim.studies.study import Study

USUAL = 2.5
"""The default timestep in minutes."""
STEPS = (1.0, USUAL, 5.0, 10.0)
"""Timesteps that are compared, in minutes."""
FIGURES = ("f1", "oracle_welcome", "shown", "unwelcome", "timing", "score")
HEADS = ("F1", "oracle welcome per day", "shown per day", "unwelcome", "timing", "score")
WEEK = 7
"""Days of each built-in persona in which stretches are looked for."""


class Stretches(NamedTuple):
    """The stretches of a persona's days in which a recommendation may come.

    Attributes:
        of_days: the stretches of each day, as the first minute and the minute after, counted from waking.
        gap: the shortest comfortable gap between two recommendations, in minutes.
    """

    of_days: list[list[tuple[float, float]]]
    gap: float


class Missed(NamedTuple):
    """Stretches that a timestep misses, and what it does to gaps.

    Attributes:
        stretches: number of stretches.
        missed: stretches in which there is no step.
        late: minutes from the beginning of a stretch to its first step, as the mean over those that have one.
        gap: the shortest comfortable gap in minutes, in whole steps.
    """

    stretches: int
    missed: int
    late: float
    gap: float


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants.
    """
    from propersim.persona.library import persona_ids

    found = Figures(results)
    steps = {
        minutes: sum(day.steps for one in results if one.variant == label("evidence", minutes) for day in one.days)
        / max(1, sum(len(one.days) for one in results if one.variant == label("evidence", minutes)))
        for minutes in STEPS
    }
    there = [minutes for minutes in STEPS if label("evidence", minutes) in found]
    stretches = {persona: open_stretches(persona, WEEK) for persona in persona_ids()}
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')} of {found.who}. {found.how} "
        "Unwelcome is the number in a run; timing is the mean over steps, silence included; seconds and cost are medians over runs.",
        Heading("Figures over all days"),
        ReportTable(["timestep", "steps per day", *HEADS, "seconds per day", "cost"], [_row(found, steps, minutes) for minutes in there]),
        ReportTable(
            ["difference", "F1", "unwelcome", "timing", "score", "more F1"],
            [_difference(found, minutes) for minutes in there if minutes != USUAL and USUAL in there],
            f"Against {USUAL:g} minutes, over the same personas",
        ),
        Heading("What breaks where a timestep does not divide a window"),
        f"In a week of each of the {len(stretches)} built-in personas. Steps are counted from waking. A stretch is an uninterrupted time "
        "in which the user is receptive: a window, as far as no activity forbids to interrupt. A gap of the rubric becomes a whole number "
        "of steps.",
        ReportTable(
            ["timestep", "stretches per day", "missed", "first step late by", "gaps that grow", "grows most", "possible per hour there"],
            [_missed_row(stretches, minutes) for minutes in STEPS],
        ),
        _picture(found, there),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found, steps, stretches, there)),
    ]


def label(variant: str, minutes: float) -> str:
    """Return the label of a variant at a timestep in minutes."""
    return variant if minutes == USUAL else f"{variant} timestep={minutes}"


@cache
def open_stretches(persona: str, days: int) -> Stretches:
    """Return the stretches of a persona's first days.

    Args:
        persona: id or path.
        days: number of days.
    """
    from propersim.persona.library import load_persona
    from propersim.user.routine import Routine
    from propersim.world.floor_plan import load_world

    loaded = load_persona(persona)
    plans = map(Routine(loaded, load_world()).plan, range(1, days + 1))
    of_days = [[(span.start - plan.wake, span.end - plan.wake) for span in plan.receptive] for plan in plans]
    return Stretches(of_days, loaded.rubric.frequency.gap_min)


def missed_by(stretches: Stretches, minutes: float) -> Missed:
    """Return what a timestep misses of some stretches.

    Args:
        stretches: the stretches.
        minutes: the timestep.
    """
    late: list[float] = []
    every = [one for day in stretches.of_days for one in day]
    for begin, end in every:
        first = ceil(begin / minutes) * minutes
        if first < end:
            late.append(first - begin)
    mean = sum(late) / len(late) if late else 0.0
    return Missed(len(every), len(every) - len(late), mean, ceil(stretches.gap / minutes) * minutes)


def _row(found: Figures, steps: Mapping[float, float], minutes: float) -> list[str]:
    variant = label("evidence", minutes)
    usual = label("evidence", USUAL)
    cost = found.cost(variant, usual) if usual in found else None
    return [
        f"{minutes:g} min",
        f"{steps[minutes]:.0f}",
        *(found.cell(variant, name) for name in FIGURES),
        f"{found.seconds(variant):.1f}",
        "–" if cost is None else f"{cost:.2f} ×",
    ]


def _difference(found: Figures, minutes: float) -> list[str]:
    first, second = label("evidence", minutes), label("evidence", USUAL)
    cells = (found.contrast_cell(first, second, name) for name in ("f1", "unwelcome", "timing", "score"))
    return [f"{minutes:g} − {USUAL:g} min", *cells, found.higher_for(first, second)]


def _missed_row(stretches: Mapping[str, Stretches], minutes: float) -> list[str]:
    each = {persona: missed_by(one, minutes) for persona, one in stretches.items()}
    days = sum(len(one.of_days) for one in stretches.values())
    every, missed = sum(one.stretches for one in each.values()), sum(one.missed for one in each.values())
    hit = every - missed
    late = sum(one.late * (one.stretches - one.missed) for one in each.values()) / hit if hit else 0.0
    grown = {persona: one.gap / stretches[persona].gap for persona, one in each.items() if one.gap > stretches[persona].gap}
    most = max(grown, key=lambda persona: (grown[persona], persona), default="")
    gap = f"{most}: {stretches[most].gap:.4g} to {each[most].gap:.4g} min" if most else "–"
    rate = f"{60 / each[most].gap:.1f} of {60 / stretches[most].gap:.1f}" if most else "–"
    share = f"{missed} of {every} ({100 * missed / every:.1f} %)" if every else "–"
    return [f"{minutes:g} min", f"{every / days:.1f}", share, f"{late:.1f} min", f"{len(grown)} of {len(each)}", gap, rate]


def _picture(found: Figures, there: Iterable[float]) -> Picture:
    rows = [found.dot_row(f"{minutes:g} min", label("evidence", minutes)) for minutes in there]
    caption = f"F1 over {counted(found.days, 'day')} by timestep: a dot for each persona, a bar for the mean"
    return Picture(dot_plot("F1 of evidence by timestep", "F1", rows, (0, 0.25, 0.5, 0.75, 1)), caption)


def _sentences(found: Figures, steps: Mapping[float, float], stretches: Mapping[str, Stretches], there: Sequence[float]) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    usual = label("evidence", USUAL)
    if usual not in found:
        return
    for minutes in there:
        if minutes == USUAL:
            continue
        name = label("evidence", minutes)
        f1, timing = found.contrast(name, usual, "f1"), found.contrast(name, usual, "timing")
        more = sum(value > 0 for value in f1["each"].values())
        welcome = found.mean(name, "oracle_welcome") or 0, found.mean(usual, "oracle_welcome") or 0
        yield (
            f"{minutes:g} min against {USUAL:g} min: {f1['mean'] or 0:+.2f} in F1 (higher for {more} of "
            f"{counted(len(f1['each']), 'persona')}), {timing['mean'] or 0:+.3f} in timing, "
            f"{found.cost(name, usual) or 0:.2f} times the seconds for {steps[minutes] / steps[USUAL]:.2f} times "
            f"the steps; the oracle finds {welcome[0]:.1f} welcome recommendations a day against {welcome[1]:.1f}."
        )
    if STEPS[0] in there:
        timing = found.contrast(label("evidence", STEPS[0]), usual, "timing")
        better = sum(value > 0 for value in timing["each"].values())
        yield (
            f"Timing at {STEPS[0]:g} min is better than at {USUAL:g} min for {better} of {counted(len(timing['each']), 'persona')}; the "
            "mean over steps says little, because silence is right at most of them."
        )
    coarse = {persona: missed_by(one, STEPS[-1]) for persona, one in stretches.items()}
    missed, every = sum(one.missed for one in coarse.values()), sum(one.stretches for one in coarse.values())
    shortest = min(end - begin for one in stretches.values() for day in one.of_days for begin, end in day)
    grown = sum(one.gap > stretches[persona].gap for persona, one in coarse.items())
    yield (
        f"At {STEPS[-1]:g} min {missed} of {every:,} stretches have no step (the shortest is {shortest:g} minutes long), and the gap grows "
        f"for {grown} of {counted(len(coarse), 'persona')}: recommendations that the rubric allows cannot be made."
    )
