"""The study ``environment``: an assistant that comes from home, in the office.

It is compared with one that begins there.

Both are compared by the day in the office, the first of which has no night before it for the fresh assistant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from propersim.core.records import DayFigures
from propersim.core.text import counted
from propersim.experiments.bootstrap import mean_interval
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, difference, excludes_zero, interval, number
from propersim.experiments.results import Result
from propersim.simulation.metrics import metrics
from propersim.studies.dot_plot import dot_plot
from propersim.studies.figures import Figures

if TYPE_CHECKING:
    from propersim.studies.study import Study

MOVE = 4
"""First day in the office of the assistant that comes along."""
BASES = {"evidence": "ratings and nights", "no-nights": "evidence alone", "no-evidence": "adapter alone"}
"""The compared variants, and in words how each learns."""
MOVED, FRESH = "moved", "fresh"
FIGURES = ("f1", "unwelcome", "shown", "oracle_welcome", "score")
HEADS = ("F1", "unwelcome", "shown per day", "oracle welcome per day", "score")


def label(base: str, kind: str) -> str:
    """Return the variant of an assistant that moved or is fresh."""
    return f"{base} move={MOVE if kind == MOVED else 1}"


class Saved(NamedTuple):
    """The nights after which one assistant is as good as another on its first day.

    Days are those in the office. Those of a fresh one are saved by moving; those of one that moved are lost by it.

    Attributes:
        nights: number of nights; where they did not suffice, those of the run.
        reached: whether the fresh one became as good.
    """

    nights: int
    reached: bool


def nights_saved(first: float, other: Sequence[float]) -> Saved:
    """Return the nights after which an assistant is as good as another on its first day.

    Args:
        first: F1 of the one on its first day in the office.
        other: F1 of the other on each of its days there; there is a night between two of them.
    """
    nights = next((night for night, f1 in enumerate(other) if f1 >= first), len(other))
    return Saved(nights, nights < len(other))


def in_office(results: Sequence[Result], days: int, first: int = 1) -> list[Result]:
    """Return results of some days in the office.

    Their variants say whether the assistant moved or is fresh.

    Args:
        results: results of the study.
        days: number of days.
        first: the first of them, counted in the office from 1.
    """
    found = []
    for one in results:
        base, _, move = one.variant.partition(" move=")
        begin = int(move) - 1 + first - 1
        kind = MOVED if move == str(MOVE) else FRESH
        found.append(one._replace(variant=f"{base} {kind}", days=one.days[begin : begin + days]))
    return found


def topics_right(days: Sequence[DayFigures]) -> float | None:
    """Return the share of shown recommendations with a liked topic; None without any."""
    shown = sum(one.shown for one in days)
    return (sum(one.content for one in days) - _tones(days)) / shown if shown else None


def tones_right(days: Sequence[DayFigures]) -> float | None:
    """Return the share of shown recommendations whose tone is welcome; None without any."""
    shown = sum(one.shown for one in days)
    return _tones(days) / shown if shown else None


def moments_right(days: Sequence[DayFigures]) -> float | None:
    """Return the mean of timing and frequency over shown recommendations; None without any."""
    shown = sum(one.shown for one in days)
    return sum(one.spoken_score - one.content for one in days) / (2 * shown) if shown else None


def _tones(days: Sequence[DayFigures]) -> int:
    # Silence has communication 1 at every step, so that the rest of its sum is that of what was shown.
    return sum(min(one.shown, max(0, one.dimensions[3] - (one.steps - one.shown))) for one in days)


def _dimension(name: str) -> Callable[[Sequence[DayFigures]], float | None]:
    def value(days: Sequence[DayFigures]) -> float | None:
        found: float | None = metrics(days)[name]
        return found

    return value


CARRIED: dict[str, Callable[[Sequence[DayFigures]], float | None]] = {
    "topics": topics_right,
    "tones": tones_right,
    "moments": moments_right,
    "timing": _dimension("timing"),
    "frequency": _dimension("frequency"),
}
"""Measures of what an assistant carries over, by name. Timing and frequency are over all steps, the others over recommendations."""


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants.
    """
    length = min(len(one.days) for one in results)
    common = max(1, length - MOVE + 1)
    found, by_day = Figures(in_office(results, common)), [Figures(in_office(results, 1, day)) for day in range(1, common + 1)]
    bases = [base for base in BASES if f"{base} {MOVED}" in found and f"{base} {FRESH}" in found]
    saved, lost = ({base: _saved(results, base, kind) for base in bases} for kind in (MOVED, FRESH))
    carried = {(base, name): _carried(results, base, name, common) for base in bases for name in CARRIED}
    rows = []
    for base in bases:
        for kind in (MOVED, FRESH):
            name = f"{base} {kind}"
            rows.append([name, BASES[base], str(found.over(name)), *(found.cell(name, figure) for figure in FIGURES)])
    return [
        f"{counted(found.runs, 'run')} of {counted(length, 'day')} of {found.who}, who live at home and work in the office. {found.how} "
        f"Moved: {MOVE - 1} days at home, in the office from day {MOVE} on. Fresh: in the office from day 1 on.",
        Heading(f"The first {counted(common, 'day')} in the office"),
        ReportTable(["variant", "what it is", "personas", *HEADS], rows),
        ReportTable(
            ["difference", *(f"day {day}" for day in range(1, common + 1)), "all of them"],
            [
                [
                    f"{base}: {MOVED} − {FRESH}",
                    *(one.contrast_cell(f"{base} {MOVED}", f"{base} {FRESH}", "f1") for one in (*by_day, found)),
                ]
                for base in bases
            ],
            "F1 by the day in the office, over the same personas",
        ),
        Heading("Nights saved, and nights lost"),
        "Saved: the nights that the fresh assistant needs until a day is as good in F1 as the first day in the office of the one that "
        "moved. Lost: the nights that the one that moved needs in the office until a day is as good as the first day of the fresh one. "
        f"Both are 0 where the two begin alike. Where no day is as good, they are the number of days, {length} and {common}, with a + (too "
        "few).",
        ReportTable(
            ["variant", "what it is", "nights saved", "of each persona", "nights lost", "of each"],
            [[base, BASES[base], _nights(saved[base]), _each(saved[base]), _nights(lost[base]), _each(lost[base])] for base in bases],
        ),
        Heading("What is carried over"),
        "Topics, tones and moments are shares of the recommendations shown (moments: the mean of timing and frequency), pooled over these "
        "days, of the personas to which both assistants showed any. Timing and frequency are means over all steps, silence included.",
        ReportTable(
            ["variant", "part", "personas", MOVED, FRESH, "difference"],
            [
                [base, name, str(len(one.each)), _mean(one.moved), _mean(one.fresh), difference(name, one.as_contrast())]
                for (base, name), one in carried.items()
            ],
            f"Over the first {counted(common, 'day')} in the office",
        ),
        _picture(by_day[0], bases),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(by_day[0], found, (saved, lost), carried, bases)),
    ]


class Carried(NamedTuple):
    """A measure of an assistant that moved and of a fresh one, by persona.

    Attributes:
        moved: its value of the one that moved.
        fresh: its value of the fresh one.
        each: the difference, by persona and seed.
    """

    moved: Mapping[str, float]
    fresh: Mapping[str, float]
    each: Mapping[str, Sequence[float]]

    def as_contrast(self) -> dict[str, Any]:
        """Return the difference in the form of :meth:`propersim.studies.figures.Figures.contrast`."""
        each = {persona: fmean(values) for persona, values in self.each.items()}
        return {"mean": fmean(each.values()) if each else None, "interval": mean_interval(self.each), "each": each}


def _carried(results: Sequence[Result], base: str, name: str, days: int) -> Carried:
    """Return a measure over the first days in the office.

    It is of the personas that have it for both assistants.
    """
    values: dict[str, dict[tuple[str, int], float]] = {MOVED: {}, FRESH: {}}
    for one in in_office(results, days):
        kind = one.variant.removeprefix(f"{base} ")
        value = CARRIED[name](one.days) if kind in values else None
        if value is not None:
            values[kind][one.persona, one.seed] = value
    both = sorted(values[MOVED].keys() & values[FRESH].keys())
    moved: dict[str, list[float]] = {}
    fresh: dict[str, list[float]] = {}
    each: dict[str, list[float]] = {}
    for key in both:
        moved.setdefault(key[0], []).append(values[MOVED][key])
        fresh.setdefault(key[0], []).append(values[FRESH][key])
        each.setdefault(key[0], []).append(values[MOVED][key] - values[FRESH][key])
    return Carried({name: fmean(seeds) for name, seeds in moved.items()}, {name: fmean(seeds) for name, seeds in fresh.items()}, each)


def _f1(days: Sequence[DayFigures]) -> float:
    """Return the F1 of days; 0 where nothing was or could be welcome."""
    value: float | None = metrics(days)["f1"]
    return value or 0.0


def _saved(results: Sequence[Result], base: str, kind: str) -> dict[str, list[Saved]]:
    """Return the nights saved or lost by persona, a value a seed.

    Args:
        results: results of the study.
        base: what both learn by.
        kind: whether the first day is that of the one that moved, which gives the nights saved, or of the fresh one: those lost.
    """
    office: dict[str, dict[tuple[str, int], list[float]]] = {MOVED: {}, FRESH: {}}
    for one in results:
        for of, begin in ((MOVED, MOVE - 1), (FRESH, 0)):
            if one.variant == label(base, of):
                office[of][one.persona, one.seed] = [_f1([day]) for day in one.days[begin:]]
    first, other = office[kind], office[FRESH if kind == MOVED else MOVED]
    found: dict[str, list[Saved]] = {}
    for key in sorted(first.keys() & other.keys()):
        found.setdefault(key[0], []).append(nights_saved(first[key][0], other[key]))
    return found


def _mean_nights(saved: Mapping[str, Sequence[Saved]]) -> float:
    return fmean(fmean(one.nights for one in seeds) for seeds in saved.values()) if saved else 0.0


def _nights(saved: Mapping[str, Sequence[Saved]]) -> str:
    if not saved:
        return "–"
    return number("nights", _mean_nights(saved)) + interval(
        "nights", mean_interval({persona: [float(one.nights) for one in seeds] for persona, seeds in saved.items()})
    )


def _each(saved: Mapping[str, Sequence[Saved]]) -> str:
    return ", ".join(
        f"{persona} {'/'.join(f'{one.nights}' if one.reached else f'{one.nights}+' for one in seeds)}" for persona, seeds in saved.items()
    )


def _mean(values: Mapping[str, float]) -> str:
    return number("share", fmean(values.values())) if values else "–"


def _picture(first: Figures, bases: Sequence[str]) -> Picture:
    rows = [first.dot_row(f"{base} {kind}: {BASES[base]}", f"{base} {kind}") for base in bases for kind in (MOVED, FRESH)]
    caption = "F1 on the first day in the office: a dot for each persona, a bar for the mean"
    return Picture(dot_plot("F1 on the first day in the office", "F1", rows, (0, 0.25, 0.5, 0.75, 1)), caption)


def _sentences(
    first: Figures,
    found: Figures,
    nights: tuple[Mapping[str, Mapping[str, Sequence[Saved]]], Mapping[str, Mapping[str, Sequence[Saved]]]],
    carried: Mapping[tuple[str, str], Carried],
    bases: Sequence[str],
) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint.

    Args:
        first: figures of the first day in the office.
        found: figures of the days that both assistants have there.
        nights: nights saved and nights lost, by assistant and persona.
        carried: what is carried over, by assistant and part.
        bases: the assistants.
    """
    saved, lost = nights
    for base in bases:
        one = first.contrast(f"{base} {MOVED}", f"{base} {FRESH}", "f1")
        later = found.contrast(f"{base} {MOVED}", f"{base} {FRESH}", "f1")
        better = sum(value > 0 for value in one["each"].values())
        worse = sum(value < 0 for value in one["each"].values())
        yield (
            f"{BASES[base].capitalize()} ({base}): on the first day in the office {one['mean'] or 0:+.2f} in F1 against a fresh start "
            f"(better for {better}, worse for {worse} of {counted(len(one['each']), 'persona')}), over all {counted(found.days, 'day')} "
            f"that both have {later['mean'] or 0:+.2f}; {_mean_nights(saved[base]):.1f} nights saved in the mean{_bound(saved[base])}, "
            f"and {_mean_nights(lost[base]):.1f} lost{_bound(lost[base])}."
        )
    for base in bases:
        told = {name: carried[base, name].as_contrast() for name in CARRIED}
        told = {name: one for name, one in told.items() if one["mean"] is not None}
        if not told:
            continue
        sure = [name for name, one in told.items() if excludes_zero(one["interval"])]
        order = sorted(told, key=lambda name: told[name]["mean"], reverse=True)
        words = ", ".join(f"{name} {told[name]['mean']:+.2f}" for name in order)
        yield (
            f"Carried over with {BASES[base]} ({base}), moved − fresh from the most to the least: {words}; "
            + (f"the interval excludes zero for {', '.join(sure)}." if sure else "no interval excludes zero.")
        )
    silent = [base for base in bases if not carried[base, "topics"].each]
    if silent:
        yield f"Nothing can be said of the topics and tones of {', '.join(silent)}: one of the two showed nothing there."


def _bound(saved: Mapping[str, Sequence[Saved]]) -> str:
    missed = sum(not one.reached for seeds in saved.values() for one in seeds)
    return f" (a lower bound: {counted(missed, 'run')} never became as good)" if missed else ""
