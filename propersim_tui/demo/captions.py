"""The captions of the demo, written from the records of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from propersim.core.clock import format_time
from propersim.core.program import program
from propersim.core.records import DayFigures, Night
from propersim.core.text import counted
from propersim.demo import Facts, Rank, Stops
from propersim.models.libraries import INSTALL, missing_libraries
from propersim.simulation.metrics import metrics
from propersim_tui.data.source import RunSource
from propersim_tui.render.format import short_number

CLEARLY = 0.1
"""Least distance of a day's F1 from that of all days at which the day is named."""
Place = Literal["live", "learned", "inspect", "compare"]


@dataclass(frozen=True)
class Caption:
    """One caption: where it stands, and what it says.

    Attributes:
        title: a few words.
        text: some plain sentences.
        place: the screen over which it is shown.
        step: index of the step that is shown.
        tab: the panel of the live screen that small terminals show.
        narrow: the text where a terminal is narrow and shows less beside it; "" for the same text.
        panel: id of the panel that a narrow screen scrolls to; "" for none.
    """

    title: str
    text: str
    place: Place
    step: int
    tab: str = "assistant"
    narrow: str = ""
    panel: str = ""


def captions(source: RunSource, facts: Facts, oracle: Sequence[DayFigures]) -> tuple[Caption, ...]:
    """Return the captions of the demo, in order.

    Args:
        source: the recorded run, with all days.
        facts: what is stored beside it.
        oracle: the days of the oracle's run.
    """
    stops, name = facts.stops, source.about.persona.name
    first = name.split()[0]
    days = [day.figures for day in source.days if day.figures is not None]
    one, two, last = days[0], days[1], days[-1]
    return (
        Caption(
            "Day 1, morning",
            f"This is a recording. {name} is a simulated person with habits, wishes and the Big Five traits "
            f"{source.about.persona.big_five.short} (+ is high), at home; ☻ is {first}. Every "
            f"{source.about.timestep:g} minutes HomeLM, a small language model, recommends something to {first} or stays silent. "
            "At first it knows nothing about its user. The recording stands still. Enter: next.",
            "live",
            stops.morning,
            tab="home",
        ),
        Caption(
            "Day 1: four ratings",
            f"HomeLM recommends something for the first time. A judge, a program that knows {first}'s rubric, answers four questions: "
            "is it something I want, is now a good time, often enough but not too often, well phrased? The score is the number of "
            f"yes, 0 to 4. Silence is rated as well: four yes unless {first} wants a recommendation, or has waited too long for one.",
            "live",
            stops.said,
        ),
        Caption(
            "The night",
            f"On day 1, {_welcome(one)}. HomeLM learns by reading its ratings. {_nights(source.nights, len(days))}",
            "live",
            stops.night,
        ),
        Caption(
            "Day 2",
            f"{_first_times(source, stops)} HomeLM remembers how {first} rated each topic, tone and time of day. "
            f"{_feedback(source, first)}",
            "live",
            stops.second,
        ),
        Caption(
            f"Day {last.day}",
            f"On day 2, {_welcome(two)}; on day {last.day}, {_welcome(last)}. In all {len(days)} days, "
            f"{sum(day.shown for day in days)} recommendations were shown, and {_unwelcome(days)} of them had a score below 4. "
            f"{_rank(facts.rank)}{_worst(days)}",
            "live",
            stops.last,
        ),
        Caption(
            "What it has learned (key w)",
            f"{_MAP} The right map: when {first} is receptive, which HomeLM never sees. {_MAPS_END}",
            "learned",
            stops.last,
            narrow=f"{_MAP} Underlined: {first} is receptive, which HomeLM never sees. {_MAPS_END}",
        ),
        Caption(
            "Why it said that (key i)",
            "One step, from left to right: what HomeLM knew, what it could have said, how each candidate was rated, and which answer "
            "a training would prefer. You can inspect every step of a run in this way.",
            "inspect",
            stops.last,
            narrow="What it could have said at one step, and how each candidate was rated. Above it: what HomeLM knew; below it: which "
            "answer a training would prefer (↑ and ↓ scroll). You can inspect every step of a run in this way.",
            panel="weighed",
        ),
        Caption(
            "Compared with the oracle",
            f"The oracle is an assistant that knows {first}'s wishes, so no assistant can do better. In {len(days)} days, "
            f"{sum(day.welcome for day in oracle)} of its {sum(day.shown for day in oracle)} recommendations were welcome, and "
            f"{sum(day.welcome for day in days)} of HomeLM's {sum(day.shown for day in days)}. On the first morning they still differ. "
            "Any two runs can be compared: r lists them.",
            "compare",
            stops.last,
            narrow=f"The oracle knows {first}'s wishes, so no assistant can do better: {sum(day.welcome for day in oracle)} of its "
            f"{sum(day.shown for day in oracle)} recommendations were welcome, and {sum(day.welcome for day in days)} of HomeLM's "
            f"{sum(day.shown for day in days)}. On the first morning they still differ. r lists all runs, to compare others.",
        ),
        Caption(
            "Now it is yours",
            "Space plays and pauses, n and b step forward and back, . goes to the next recommendation, g to a time, w and i are the "
            f"screens you saw, e explains what is on the screen, ? lists all keys, q quits. Nothing is saved. {own_run()}",
            "live",
            stops.last,
        ),
    )


def own_run() -> str:
    """Return how to start a run of one's own, with the libraries that are installed."""
    if not missing_libraries():
        return f"For a run of your own: {program()} watch"
    return (
        f"For a run of your own, in which HomeLM learns: {INSTALL}, then propersim watch (without it: propersim watch --assistant oracle)"
    )


_MAP = "The fuller a cell, the likelier HomeLM recommends something in that activity at that hour."
_MAPS_END = (
    "← and → show other nights; the first map is the model before all of them. Examples are the model's own words, mistakes included."
)


def _welcome(day: DayFigures) -> str:
    shown = counted(day.shown, "recommendation")
    verb = "was" if day.shown == 1 else "were"
    return f"{shown} {verb} shown, {day.welcome} with the full score; {day.oracle_shown} could have had it"


def _unwelcome(days: Sequence[DayFigures]) -> int:
    return sum(day.shown - day.welcome for day in days)


def _worst(days: Sequence[DayFigures]) -> str:
    """Say which day after the second had the lowest F1, if clearly below that of all days."""
    scores = {day.day: metrics([day])["f1"] for day in days[2:]}
    known = {day: f1 for day, f1 in scores.items() if f1 is not None}
    over_all = metrics(days)["f1"]
    if not known or over_all is None:
        return ""
    worst = min(known, key=lambda day: known[day])
    if over_all - known[worst] < CLEARLY:
        return ""
    return f" Worst later day: day {worst}, F1 {short_number(known[worst])} (all days {short_number(over_all)})."


def _nights(nights: Sequence[Night], days: int) -> str:
    """Say which nights trained the model; most do not where it reads the ratings themselves."""
    trained = [str(night.day) for night in nights if night.used]
    training = "a small adapter of the model is trained on pairs of a better and a worse answer"
    if not trained:
        return f"Training is the exception, for where reading is not enough: in this run after no night of {days}."
    which = f"night {trained[0]}" if len(trained) == 1 else f"nights {', '.join(trained[:-1])} and {trained[-1]}"
    if len(trained) == days:
        return f"It is trained as well: after every day of this run, {training}."
    return f"Training is the exception, for where reading is not enough: in this run after {which} of {days}. Then {training}."


def _first_times(source: RunSource, stops: Stops) -> str:
    """Say at what time the first recommendations of the first two days were shown."""
    before, now = (source.step(index) for index in (stops.said, stops.second))
    if before is None or now is None or before.day == now.day:
        return ""
    times = [format_time(step.minute, wrap=True) for step in (before, now)]
    return f"On day {before.day} it first spoke at {times[0]}, today at {times[1]}, with a score of {now.rating.score}."


def _feedback(source: RunSource, first: str) -> str:
    """Say which ratings the assistant receives: the condition that its figures depend on most."""
    if source.about.feedback != "complete":
        return "It receives the ratings of what it showed, and no others."
    return (
        f"It is told more than {first} would say: at every step it also receives the ratings of candidates that it did not show "
        "(“more rated”). Without them it learns far more slowly (watch --feedback shown)."
    )


def _rank(rank: Rank) -> str:
    if rank.place is not None:
        hard = " (one of the harder ones)" if 3 * rank.place > 2 * rank.personas else ""
        return (
            f"By F1, which says how close a run comes to the oracle (1 is best), it is number {rank.place} of the {rank.personas} personas "
            f"that ran in this way{hard}."
        )
    return f"It is not ranked among the 32 personas: the stored results of this variant have {rank.personas} of them, without this one."
