"""The recommendations that people rate, and which participant rates which, in what order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from propersim.core.clock import format_minutes, format_time, weekday_name
from propersim.core.config import LLM
from propersim.core.records import DIMENSIONS, Rating, Step
from propersim.core.rng import generator
from propersim.core.text import clean
from propersim.experiments.rerate import Rater, offline
from propersim.experiments.results import Result, row_hash
from propersim.experiments.variants import shared_label
from propersim.persona.model import Persona
from propersim.runs.create import run_config, stored_persona
from propersim.store.store import RunRow, Store

PER_RUN = 5
"""Most recommendations of a run that are rated."""
EVERY = 2
"""One in how many recommendations of a run is rated by default, up to that number."""
PERSONAS_EACH = 2
"""Number of personas as which a participant rates."""
LONGEST_RUBRIC = 2000
"""Most characters of a dimension's rubric."""

Part = Literal["persona", "own"]
"""Whether a participant rates as the persona, or for themselves."""
FourSigns = Annotated[str, Meta(pattern="^[01-]{4}$")]
"""A value for each dimension: ``1``, ``0``, or ``-`` where there is none."""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recommendation that is rated.

    Attributes:
        id: its name in the study, which says nothing of where it comes from.
        run: id of its run.
        step: index of its step.
        persona: key of the persona as which it is rated.
        assistant: label of the variant that made it; participants do not see it.
        situation: hour, activity and earlier recommendations, in words.
        text: the recommendation.
        judges: ratings of the judges, by name; participants do not see them.
    """

    id: str
    run: str
    step: Annotated[int, Meta(ge=0)]
    persona: str
    assistant: str
    situation: str
    text: str
    judges: dict[str, FourSigns]


class RatedAs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A persona as which participants rate.

    Attributes:
        name: its name.
        rubric: what it wants in each dimension, in its own words.
    """

    name: str
    rubric: Annotated[tuple[str, ...], Meta(min_length=4, max_length=4)]


class Drawn(NamedTuple):
    """The recommendations that are rated, and the personas as which they are, by key."""

    items: list[Item]
    personas: dict[str, RatedAs]


class Block(NamedTuple):
    """Items that a participant rates in a row.

    Attributes:
        part: as whom.
        persona: key of the persona; "" where participants rate for themselves.
        items: the items, in order.
    """

    part: Part
    persona: str
    items: list[Item]


def runs_of(store: Store, results: Iterable[Result]) -> list[tuple[RunRow, str]]:
    """Return the runs of results, each with the label of its variant.

    Args:
        store: the store that has the runs.
        results: their results.
    """
    wanted = {one.hash: one.variant for one in results}
    found: dict[str, RunRow] = {}
    for row in store.runs():
        if row.state == "finished" and (name := row_hash(row)) in wanted:
            found.setdefault(name, row)
    return [(found[name], label) for name, label in wanted.items() if name in found]


def named_runs(store: Store, names: Iterable[str]) -> list[tuple[RunRow, str]]:
    """Return stored runs by id, each with the label of its variant.

    Raises:
        UnknownRun: there is no such run.
    """
    rows = {row.key: row for row in (store.run(name) for name in names)}
    return [(row, shared_label(run_config(row))) for row in rows.values()]


def draw_items(store: Store, runs: Sequence[tuple[RunRow, str]], *, every: int, seed: int) -> Drawn:
    """Draw one in ``every`` recommendations of each run.

    They are :data:`PER_RUN` at most, and at least one where there is any. The draw depends on persona, variant, seed and place of a
    recommendation, not on ids of runs.

    Args:
        store: the store of the runs.
        runs: the runs, each with the label of its variant.
        every: one in how many.
        seed: seed of the draw.
    """
    found: list[Item] = []
    personas: dict[str, RatedAs] = {}
    for row, label in sorted(runs, key=lambda one: (one[0].persona, one[1], one[0].seed, one[0].id)):
        persona = stored_persona(row)
        by_model = run_config(row).rates_by == LLM
        spoken = [step.index for step in store.spoken(row)]
        count = min(PER_RUN, -(-len(spoken) // every))
        chosen = sorted(generator(seed, "people items", row.persona, label, row.seed).sample(spoken, count))
        judge = offline(persona)
        for index in chosen:
            (step,) = store.steps(row, index, index + 1)
            key = _key(personas, persona, step.day)
            found.append(_item(step, row, key, label, judge, by_model=by_model))
    generator(seed, "people order").shuffle(found)
    digits = len(str(len(found)))
    return Drawn([msgspec.structs.replace(one, id=f"i{at:0{digits}d}") for at, one in enumerate(found, 1)], personas)


def _item(step: Step, row: RunRow, key: str, label: str, judge: Rater, *, by_model: bool) -> Item:
    """Return the item of a step.

    Args:
        step: the step.
        row: its run.
        key: key of the persona.
        label: label of the variant.
        judge: the offline judge.
        by_model: whether a language model rated the run.
    """
    rated = judge(step, step.answer)
    judges = {} if rated is None else {"offline": signs(rated)}
    if by_model:
        judges["llm"] = signs(step.judged or step.rating)
    clocks = step.clocks
    since = f"the last one came {format_minutes(clocks.gap)} ago; {clocks.shown} so far today" if clocks.shown else "the first one today"
    situation = f"{weekday_name(step.day)} {format_time(step.minute)}, {clean(step.action.phrase)}; {since}"
    return Item("", row.id, step.index, key, label, situation, clean(step.answer.text or ""), judges)


def _key(personas: dict[str, RatedAs], persona: Persona, day: int) -> str:
    """Return the key of a persona on a day, which is another one after its rubric has changed."""
    rubric = persona.on_day(day).rubric
    one = RatedAs(clean(persona.name), tuple(clean(getattr(rubric, name).text, LONGEST_RUBRIC) for name in DIMENSIONS))
    key, number = persona.id, 1
    while personas.setdefault(key, one) != one:
        number += 1
        key = f"{persona.id} ({number})"
    return key


def signs(rating: Rating) -> str:
    """Return a rating as four signs: ``1``, ``0``, or ``-`` where there is none."""
    return "".join("-" if value is None else str(value) for value in rating.values)


def assigned_personas(personas: Sequence[str], number: int, seed: int) -> list[str]:
    """Return the personas as which a participant rates.

    Each is taken about as often as any other, whatever the number of participants, and so is each pair.

    Args:
        personas: keys of the personas.
        number: number of the participant, from 1.
        seed: seed of the study.
    """
    taken: Counter[str] = Counter()
    together: Counter[frozenset[str]] = Counter()
    chosen: list[str] = []
    # Deterministic: who rates as whom does not depend on who came.
    for place in range(1, number + 1):
        order = list(personas)
        generator(seed, "people personas", place).shuffle(order)
        chosen = []
        while len(chosen) < min(PERSONAS_EACH, len(personas)):
            left = [one for one in order if one not in chosen]
            chosen.append(min(left, key=_load(taken, together, tuple(chosen))))
        taken.update(chosen)
        together[frozenset(chosen)] += 1
    return chosen


def _load(taken: Counter[str], together: Counter[frozenset[str]], chosen: tuple[str, ...]) -> Callable[[str], tuple[int, int]]:
    return lambda one: (taken[one], together[frozenset((*chosen, one))])


def blocks(drawn: Drawn, number: int, seed: int, *, own: bool) -> list[Block]:
    """Return what a participant rates, in order.

    Items of a persona come together, in an order of the participant's own. Participants of odd numbers first rate as the personas, those of
    even numbers first for themselves.

    Args:
        drawn: items and personas of the study.
        number: number of the participant, from 1.
        seed: seed of the study.
        own: whether participants also rate for themselves.
    """
    as_personas: list[Block] = []
    for key in assigned_personas(sorted(drawn.personas), number, seed):
        items = [one for one in drawn.items if one.persona == key]
        generator(seed, "people block", number, key).shuffle(items)
        as_personas.append(Block("persona", key, items))
    if not own:
        return as_personas
    mine = [one for block in as_personas for one in block.items]
    generator(seed, "people own", number).shuffle(mine)
    themselves = [Block("own", "", mine)]
    return [*themselves, *as_personas] if number % 2 == 0 else [*as_personas, *themselves]
