"""The captions of the demo, written from the records of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from propersim.core.records import DayFigures, Night
from propersim.core.text import counted
from propersim.demo import Facts, Rank
from propersim_tui.data.source import RunSource

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
    """

    title: str
    text: str
    place: Place
    step: int
    tab: str = "assistant"


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
            f"This is a recording. {name} is a simulated person with habits and wishes, at home; ☻ is {first}. Every "
            f"{source.about.timestep:g} minutes HomeLM, a small language model, recommends something to {first} or stays silent. "
            "At first it knows nothing about its user. The recording stands still: Enter goes on.",
            "live",
            stops.morning,
            tab="home",
        ),
        Caption(
            "Day 1: four ratings",
            f"HomeLM recommends something for the first time. {first} answers four questions: is it something I want, is now a good "
            "time, is it often enough and not too often, is it well phrased and appropriate? The score is the number of yes, 0 to 4. "
            f"Silence is rated in the same way. On day 1, {_welcome(one)}.",
            "live",
            stops.said,
        ),
        Caption(
            "The night",
            f"When {first} sleeps, HomeLM can be trained. {_nights(source.nights, len(days))} The panels show all days of the recording "
            "already, also those that come later.",
            "live",
            stops.night,
        ),
        Caption(
            "Day 2",
            f"HomeLM remembers how {first} rated each topic, tone and time of day, and now recommends what she liked. "
            f"On day 2, {_welcome(two)}.",
            "live",
            stops.second,
        ),
        Caption(
            f"Day {last.day}",
            f"On day {last.day}, {_welcome(last)}. In all {len(days)} days, {sum(day.shown for day in days)} recommendations were shown, "
            f"and {_unwelcome(days)} of them had a score below 4. {_rank(facts.rank)}",
            "live",
            stops.last,
        ),
        Caption(
            "What it has learned (key w)",
            "The fuller a cell, the likelier HomeLM recommends something in that activity at that hour. Underlined, and in the right map "
            f"of a wide screen: when {first} is receptive, which HomeLM never sees. ← and → show the other nights, the first map is the "
            "model before all of them.",
            "learned",
            stops.last,
        ),
        Caption(
            "Why it said that (key i)",
            "One step, from left to right: what HomeLM knew, what it could have said, how each candidate was rated, and what it "
            "was trained on. You can inspect every step of a run in this way.",
            "inspect",
            stops.last,
        ),
        Caption(
            "Compared with the oracle",
            f"The oracle is an assistant that knows {first}'s wishes, so no assistant can do better. In {len(days)} days, "
            f"{sum(day.welcome for day in oracle)} of its {sum(day.shown for day in oracle)} recommendations were welcome, and "
            f"{sum(day.welcome for day in days)} of HomeLM's {sum(day.shown for day in days)}. Any two runs can be compared: r lists them.",
            "compare",
            stops.last,
        ),
        Caption(
            "Now it is yours",
            "Space plays and pauses, n and b step forward and back, . goes to the next recommendation, g to a time, w and i are the "
            "screens you saw, e explains what is on the screen, ? lists all keys, q quits. Nothing is saved. For a run of your own: "
            "propersim watch --assistant oracle, or, with pip install 'propersim[llama]', propersim watch.",
            "live",
            stops.last,
        ),
    )


def _welcome(day: DayFigures) -> str:
    shown = counted(day.shown, "recommendation")
    verb = "was" if day.shown == 1 else "were"
    return f"{shown} {verb} shown, {day.welcome} with the full score; {day.oracle_shown} could have had it"


def _unwelcome(days: Sequence[DayFigures]) -> int:
    return sum(day.shown - day.welcome for day in days)


def _nights(nights: Sequence[Night], days: int) -> str:
    """Say which nights trained the model; most do not where it reads the ratings themselves."""
    trained = [str(night.day) for night in nights if night.used]
    reads = "each morning it reads the ratings of past days, and it is trained only when reading them is not enough"
    if not trained:
        return f"But {reads}: in this run after no night of {days}."
    which = f"night {trained[0]}" if len(trained) == 1 else f"nights {', '.join(trained[:-1])} and {trained[-1]}"
    if len(trained) == days:
        return "It is trained on pairs of a better and a worse answer, after every day of this run."
    return (
        f"But {reads}: in this run after {which} of {days}. Then a small adapter of the model is trained on pairs of a better and a "
        "worse answer."
    )


def _rank(rank: Rank) -> str:
    if rank.place is not None:
        return (
            f"Of the {rank.personas} personas that were run in this way, {rank.place - 1} were served better than this one "
            "(by F1: the share of right recommendations, 1 is best)."
        )
    return f"It is not ranked among the 32 personas: the stored results of this variant have {rank.personas} of them, without this one."
