"""Examples of what assistants recommended, chosen from stored runs by a fixed rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from propersim.core.errors import StoreError
from propersim.core.records import Step
from propersim.experiments.periods import RUN, figures_over
from propersim.experiments.report import Kind, kinds
from propersim.experiments.results import Result
from propersim.store.store import Store

MOST_VARIANTS: Final = 8
"""Most variants that have examples."""
MOST_A_DAY: Final = 3
"""Recommendations of a day that are shown: its first ones."""
RULE: Final = (
    f"Of each variant whose runs show anything, the first {MOST_VARIANTS} in the order of the tables: the personas with the lowest, the"
    " median and the highest F1 over all days. Equal personas come in the order of their ids, and of several seeds of a persona the lowest"
    f" counts. Of each of these runs, the first {MOST_A_DAY} recommendations of day 1 and of the last day. Only runs of the database that"
    " was read can be chosen."
)
"""How examples are chosen, in words for the reader of a report."""
_PLACES: Final = ("lowest F1", "median F1", "highest F1")


class Chosen(NamedTuple):
    """A run that examples are taken from.

    Attributes:
        variant: name of the variant in the report.
        place: why the run was chosen, such as ``lowest F1``.
        f1: F1 over all days; None where there is nothing to divide by.
        run: id of the run.
        result: its result.
    """

    variant: str
    place: str
    f1: float | None
    run: str
    result: Result


class ExampleDay(NamedTuple):
    """The first recommendations of a day.

    Attributes:
        day: day of the run, from 1.
        shown: number of recommendations of the day.
        steps: the steps of its first ones.
    """

    day: int
    shown: int
    steps: tuple[Step, ...]


class Example(NamedTuple):
    """Recommendations of one run.

    Attributes:
        chosen: the run, and why it was chosen.
        name: name of the persona.
        days: day 1 and the last day.
        problem: why the steps cannot be read; "" where they can.
    """

    chosen: Chosen
    name: str
    days: tuple[ExampleDay, ...]
    problem: str = ""


def choose_examples(results: Sequence[Result], runs: Mapping[str, str]) -> list[Chosen]:
    """Return the runs that examples are taken from, by :data:`RULE`.

    Args:
        results: the results of a report.
        runs: ids of stored runs by the keys of their results.
    """
    stored = [one for one in results if one.key in runs and any(day.shown for day in one.days)]
    return [one for kind in kinds(stored)[:MOST_VARIANTS] for one in _of_variant(kind, filter(kind.of, stored), runs)]


def _of_variant(kind: Kind, results: Iterable[Result], runs: Mapping[str, str]) -> list[Chosen]:
    """Return the chosen runs of a variant, the one with the lowest F1 first."""
    of_personas: dict[str, Result] = {}
    for one in sorted(results, key=lambda one: one.seed):
        of_personas.setdefault(one.persona, one)
    ordered = sorted(((figures_over(one, RUN)["f1"], persona, one) for persona, one in of_personas.items()), key=_by_f1)
    last = len(ordered) - 1
    places = dict(zip((0, last // 2, last), _PLACES, strict=True)) if last > 1 else dict(zip((0, last), _PLACES[::2], strict=True))
    if last == 0:
        places = {0: "only persona"}
    return [Chosen(kind.name, place, ordered[at][0], runs[ordered[at][2].key], ordered[at][2]) for at, place in places.items()]


def _by_f1(one: tuple[float | None, str, Result]) -> tuple[float, str]:
    return (one[0] if one[0] is not None else -1.0, one[1])


def read_examples(store: Store, chosen: Iterable[Chosen]) -> list[Example]:
    """Return the examples of some runs; a run whose steps are damaged has a problem instead.

    Args:
        store: the store of the runs.
        chosen: the runs.

    Raises:
        StoreBusy: the database is locked.
    """
    found = []
    for one in chosen:
        try:
            found.append(_read(store, one))
        except StoreError as error:
            found.append(Example(one, "", (), error.message))
    return found


def _read(store: Store, chosen: Chosen) -> Example:
    """Return the example of a run."""
    row = store.run(chosen.run)
    firsts = {head.day: head.first for head in store.day_heads(row)}
    days = []
    for figures in dict.fromkeys((chosen.result.days[0], chosen.result.days[-1])):
        indices: list[int] = []
        for spoken in store.spoken(row, firsts.get(figures.day, 0)):
            if spoken.day != figures.day or len(indices) == MOST_A_DAY:
                break
            indices.append(spoken.index)
        steps = tuple(step for index in indices for step in store.steps(row, index, index + 1))
        days.append(ExampleDay(figures.day, figures.shown, steps))
    return Example(chosen, row.name, tuple(days))
