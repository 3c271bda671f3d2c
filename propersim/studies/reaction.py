"""The study ``reaction``: users who act on what is welcome, and mute what is not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from propersim.core.errors import InputError
from propersim.core.text import counted
from propersim.experiments.parts import Heading, Part, Picture, ReportTable
from propersim.experiments.results import Result
from propersim.studies.figures import Figures, mean_cell
from propersim.studies.step_plot import StepCurve, step_plot
from propersim.studies.survival import Span, SurvivalPoint, at_risk_at, share_at, survival

if TYPE_CHECKING:
    from propersim.core.records import DayFigures
    from propersim.studies.study import Study

BASES = ("evidence", "shown", "random", "eager", "oracle")
"""Variants that are run with and without reactions."""
HOURS = (0.5, 1, 2, 4, 8, 12, 16)
"""Hours after waking at which shares are tabled."""
TICKS = (0, 2, 4, 6, 8, 10, 12, 14, 16)
COUNTS = ("taken_up", "mutes", "muted_hours")
"""Figures of reactions, per day."""
NONE = "–"


def reacting(base: str) -> str:
    """Return the label of a variant with a user who reacts."""
    return f"{base} reactive=on"


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants.

    Raises:
        InputError: none of them is of a user who reacts.
    """
    found = Figures(results)
    there = [base for base in BASES if reacting(base) in found]
    if not there:
        raise InputError("no results of users who react", f"it needs some of the variants {', '.join(map(reacting, BASES))}")
    both = [base for base in there if base in found]
    spans = {base: day_spans(results, reacting(base)) for base in there}
    curves = {base: survival(each) for base, each in spans.items()}
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')} of {found.who}. {found.how} Unwelcome is the number in a run. "
        "Silence of a muted assistant is rated as ever, and needs of that time count as missed.",
        Heading("With a user who reacts"),
        ReportTable(
            ["variant", "F1", "shown per day", "unwelcome", "taken up per day", "mutes per day", "muted hours per day"],
            [
                [
                    reacting(base),
                    *(found.cell(reacting(base), name) for name in ("f1", "shown", "unwelcome")),
                    *(reaction_cell(results, reacting(base), name) for name in COUNTS),
                ]
                for base in there
            ],
        ),
        ReportTable(
            ["difference", "F1", "shown per day", "welcome per day", "unwelcome", "more F1"],
            [_difference(found, base) for base in both],
            "With reactions minus without, over the same personas",
        ),
        Heading("How long an assistant lasts"),
        "Share of days on which the assistant has not been muted yet, by Kaplan and Meier, over the hours since waking; a day that ends "
        "without a mute is censored there. In parentheses the days that were still at risk. Days of one persona are alike, and days of one "
        "run follow each other: the shares describe these runs and have no interval.",
        ReportTable(
            ["variant", "days", "days with a mute", *(f"{hour:g} h" for hour in HOURS)],
            [
                [
                    reacting(base),
                    str(len(spans[base])),
                    str(sum(span.ended for span in spans[base])),
                    *(_share_cell(curves[base], spans[base], hour) for hour in HOURS),
                ]
                for base in there
            ],
        ),
        ReportTable(
            ["variant", "runs", "runs with a mute", "hours of use until the first", "muted on the first day", "muted on the last day"],
            [_run_row(results, base, found.days) for base in there],
            "Over whole runs: waking hours from the first step to the first mute",
        ),
        _picture(curves, spans),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(results, found, spans, curves, both)),
    ]


def day_spans(results: Sequence[Result], variant: str) -> list[Span]:
    """Return how long each day of a variant went without a mute, in hours since waking.

    Days of users who do not react are left out.
    """
    return [_day_span(day) for one in results if one.variant == variant for day in one.days if day.reactions is not None]


def run_span(days: Sequence[DayFigures]) -> Span:
    """Return how long a run went without a mute, in waking hours since its first step."""
    hours = 0.0
    for day in days:
        span = _day_span(day)
        hours += span.time
        if span.ended:
            return Span(hours, ended=True)
    return Span(hours, ended=False)


def _day_span(day: DayFigures) -> Span:
    first = day.reactions.first_mute if day.reactions is not None else None
    return Span(day.hours if first is None else first, first is not None)


def reaction_cell(results: Sequence[Result], variant: str, name: str) -> str:
    """Return a figure of reactions per day as a cell.

    It is the mean over personas, with its interval, or with the lowest and the highest persona.

    Args:
        results: results of all variants.
        variant: label of one.
        name: one of :data:`COUNTS`.
    """
    return mean_cell(name, _per_day(results, variant, name))


def _per_day(results: Sequence[Result], variant: str, name: str) -> dict[str, list[float]]:
    """Return a figure of reactions per day, for each run of each persona."""
    values: dict[str, list[float]] = {}
    for one in results:
        reactions = [day.reactions for day in one.days if day.reactions is not None]
        if one.variant == variant and reactions:
            values.setdefault(one.persona, []).append(fmean(getattr(each, name) for each in reactions))
    return values


def _mean(results: Sequence[Result], variant: str, name: str) -> float | None:
    values = _per_day(results, variant, name)
    return fmean(fmean(seeds) for seeds in values.values()) if values else None


def _difference(found: Figures, base: str) -> list[str]:
    first = reacting(base)
    cells = (found.contrast_cell(first, base, name) for name in ("f1", "shown", "welcome", "unwelcome"))
    return [f"{first} − {base}", *cells, found.higher_for(first, base)]


def _share_cell(points: Sequence[SurvivalPoint], spans: Sequence[Span], hour: float) -> str:
    return f"{share_at(points, hour):.2f} ({at_risk_at(spans, hour)})" if spans else NONE


def _run_row(results: Sequence[Result], base: str, days: int) -> list[str]:
    runs = [one.days for one in results if one.variant == reacting(base) and all(day.reactions is not None for day in one.days)]
    if not runs:
        return [reacting(base), "0", *[NONE] * 4]
    spans = [run_span(run) for run in runs]
    hours = sorted(span.time for span in spans if span.ended)
    times = NONE if not hours else f"{hours[0]:.1f}" if len(hours) == 1 else f"{hours[0]:.1f} to {hours[-1]:.1f}"
    muted = (sum(_day_span(run[at]).ended for run in runs) for at in (0, days - 1))
    return [reacting(base), str(len(runs)), str(len(hours)), times, *(f"{count} of {len(runs)}" for count in muted)]


def _picture(curves: dict[str, list[SurvivalPoint]], spans: dict[str, list[Span]]) -> Picture:
    drawn = []
    for base, points in curves.items():
        days, muted = len(spans[base]), sum(span.ended for span in spans[base])
        words = f"muted on {muted} of {counted(days, 'day')}" if days else "no day of a user who reacts"
        drawn.append(StepCurve(base, points, words))
    caption = "Share of days on which the assistant has not been muted yet, over the hours since waking, by variant"
    return Picture(step_plot("Days without a mute", "hours since waking", drawn, TICKS), caption)


def _sentences(
    results: Sequence[Result],
    found: Figures,
    spans: dict[str, list[Span]],
    curves: dict[str, list[SurvivalPoint]],
    both: Sequence[str],
) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    watched = {base: each for base, each in spans.items() if each}
    for base, each in watched.items():
        muted = sum(span.ended for span in each)
        hours = _mean(results, reacting(base), "muted_hours") or 0.0
        taken = _mean(results, reacting(base), "taken_up") or 0.0
        half = next((point.time for point in curves[base] if point.share <= 0.5), None)
        until = f", on half of them within {half:.1f} h of waking" if half is not None else ""
        how_often = f"muted on {muted} of {counted(len(each), 'day')}{until}, for {hours:.1f} h a day" if muted else "never muted"
        yield f"{base}: {how_often}; the user acts on {taken:.1f} of its recommendations a day."
    for base in both:
        one = found.contrast(reacting(base), base, "f1")
        if one["mean"] is None:
            continue
        unwelcome = found.contrast(reacting(base), base, "unwelcome")["mean"] or 0.0
        lower, higher = (sum(sign * value > 0 for value in one["each"].values()) for sign in (-1, 1))
        yield (
            f"{base} with a user who reacts: {one['mean']:+.2f} in F1 (lower for {lower}, higher for {higher} of "
            f"{counted(len(one['each']), 'persona')}), {unwelcome:+.1f} unwelcome recommendations in a run."
        )
    if {"evidence", "shown"} <= watched.keys():
        shares = {base: sum(span.ended for span in watched[base]) / len(watched[base]) for base in ("evidence", "shown")}
        more = "is muted more often than" if shares["shown"] > shares["evidence"] else "is not muted more often than"
        yield (
            f"shown, which has to show what it wants to learn of, {more} evidence, which is given the ratings of what it does not show: on "
            f"{shares['shown']:.0%} against {shares['evidence']:.0%} of the days.".replace("%", " %")
        )
    if not watched:
        yield "There are no results of users who react."
