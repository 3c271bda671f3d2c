"""Make databases to measure with, from real runs, in a temporary folder."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import msgspec

from propersim.core.config import RunConfig
from propersim.core.records import DayPlan, Night, Step
from propersim.persona.drift import persona_from_json
from propersim.persona.library import persona_ids
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.simulation.metrics import DayCounter
from propersim.store.store import RunRow, Store

DAYS = 14
CONTROLS = ("random", "oracle", "eager", "silent")
LIVED = 2
"""Days that the model really simulates; its runs repeat them."""


def big(path: Path, *, personas: int = 32, days: int = DAYS) -> list[str]:
    """Make a store with one run for each persona: every fourth of the model, the others of controls.

    The model's are one real run of two days, repeated: it writes 60 suggestions a second, and that is not measured here.

    Args:
        path: the file.
        personas: number of built-in personas.
        days: of each run.

    Returns:
        The ids of the runs; the first is the model's.
    """
    Store(path).close()
    names = persona_ids()[:personas]
    with ProcessPoolExecutor(2) as pool:
        lived = pool.submit(_live, path.with_name("lived.sqlite"), min(LIVED, days))
        made = [pool.submit(_control, path, name, CONTROLS[number % 3], days) for number, name in enumerate(names) if number % 4]
        with Store(lived.result(), read_only=True) as source, Store(path) as store:
            run = source.run("last")
            plans, steps = source.days(run), list(source.steps(run))
            by_day = {day.day: (day.plan, [step for step in steps if step.day == day.day]) for day in plans}
            models = [_repeat(store, run, by_day, name, days) for number, name in enumerate(names) if number % 4 == 0]
        return [row.id for row in models] + [each.result() for each in made]


def _control(path: Path, persona: str, assistant: str, days: int) -> str:
    with Store(path) as store:
        return Runner(store, add_run(store, RunConfig(persona=persona, assistant=assistant, days=days)), FreeGate()).go().id


def _live(path: Path, days: int) -> Path:
    with Store(path) as store:
        Runner(store, add_run(store, RunConfig(persona="p11", days=days, learn="none", clocks="on")), FreeGate()).go()
    return path


def _repeat(store: Store, run: RunRow, lived: dict[int, tuple[DayPlan, list[Step]]], persona: str, days: int) -> RunRow:
    """Add a run that repeats the days of another run, with nights between them."""
    row = add_run(store, RunConfig(persona=persona, days=days))
    user = persona_from_json(run.persona_json)
    first = 0
    for day in range(1, days + 1):
        plan, steps = lived[1 + (day - 1) % len(lived)]
        store.begin_day(row, msgspec.structs.replace(plan, day=day), first)
        moved = [msgspec.structs.replace(step, index=first + number, day=day) for number, step in enumerate(steps)]
        store.add_steps(row, moved, [0] * len(moved), 0.0)
        tally = DayCounter(day, 2.5, user.on_day(day).rubric.frequency)
        for step in moved:
            tally.add(step)
        store.end_day(row, tally.figures())
        first += len(moved)
        store.end_night(row, Night(first, day, decisions=600, contents=60, steps=82, loss=0.4, margin=1.0, accuracy=0.9, spoken=80), 0.0)
    store.update_run(row, state="finished")
    return store.run(row.id)


def steps_in(path: Path) -> int:
    """Return the number of steps in a database."""
    with Store(path, read_only=True) as store:
        return sum(row.steps for row in store.runs())
