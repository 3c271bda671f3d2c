"""A run and its records: carries it on, and says how it went."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from propersim.assistant.controls import Control
from propersim.core.config import BOTH, LLM, ROUTINE, RunConfig
from propersim.core.errors import Outage, PropersimError
from propersim.core.interfaces import Assistant, Observation, Pupil, Rememberer
from propersim.core.records import DayFigures, DayPlan, Embedding, Pair, Rating, Spent, Step
from propersim.learning.night_warnings import concerns
from propersim.persona.model import Persona
from propersim.runs.create import run_config
from propersim.runs.factory import bill_of, make_assistant, make_desk, make_planner, make_rater, spent_of
from propersim.runs.gates import Gate, Stopped
from propersim.runs.protocol import Bill, RateThis, Training
from propersim.simulation.metrics import Tally, metrics
from propersim.simulation.simulation import Simulation
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store
from propersim.world.home import parse_home

if TYPE_CHECKING:
    from propersim.core.interfaces import KeptPlans
    from propersim.llm_client import Desk

FLUSH_SECONDS = 0.05
"""A step waits no longer than this before it is committed."""
FLUSH_STEPS = 1000
"""Nor for more steps than this."""


class Runner:
    """Carries a run on from where it is to its end.

    Args:
        store: where the run is; is held for writing meanwhile.
        run: the run.
        gate: what lets steps through.
    """

    def __init__(self, store: Store, run: RunRow, gate: Gate) -> None:
        self._store = store
        self._run = run
        self._gate = gate
        self._waiting: list[Step] = []
        self._pairs: list[Pair] = []
        self._vectors: list[Embedding] = []
        self._rememberer: Rememberer | None = None
        self._desk: Desk | None = None
        self._calls: list[Spent] = []
        self._simulation: Simulation | None = None
        self._bill = (0, 0.0)
        self._day = 1
        self._micros: list[int] = []
        self._asked_ns = 0
        self._last_flush = time.monotonic()
        self._wall = run.wall_s
        self._days_done = run.days_done

    def go(self) -> RunRow:
        """Carry the run on; returns its row when it is finished.

        Raises:
            StoreBusy: another process has the run, or locks the database.
            Stopped: the gate wants no further step; can be resumed.
            PropersimError: whatever else stops it; what was committed stays.
        """
        store, run = self._store, self._run
        store.hold(run)
        try:
            run = self._run = store.run(run.id)
            if run.state == "finished":
                return run
            store.update_run(run, state="running", error="")
            try:
                self._carry_on()
            except Stopped:
                self._flush()
                self._keep_calls()
                store.update_run(run, state="stopped", wall_s=self._wall)
                raise
            except Exception as error:
                self._note_failure(error)
                raise
            finally:
                if self._desk is not None:
                    self._desk.close()
            store.update_run(run, state="finished", wall_s=self._wall, digest=store.digest(run))
            return store.run(run.id)
        finally:
            store.release()

    def _note_failure(self, error: Exception) -> None:
        message = error.message if isinstance(error, PropersimError) else f"{type(error).__name__}: {error}"
        # Nothing is wrong with a run whose endpoint is away: it waits where it is.
        state = "stopped" if isinstance(error, Outage) else "failed"
        try:
            self._flush()
            self._keep_calls()
            self._store.update_run(self._run, state=state, error=message[:2000], wall_s=self._wall)
        except PropersimError:
            # The store itself is what failed: the row then still says "running", and is shown as interrupted.
            return

    def _carry_on(self) -> None:
        store, run = self._store, self._run
        config, persona, simulation = self._open()
        known = store.days(run)
        self._simulation = simulation
        self._wall = run.wall_s
        self._days_done = sum(1 for row in known if row.figures is not None)
        simulation.index = store.step_count(run)
        simulation.rate = self._rate
        if isinstance(simulation.assistant, Rememberer):
            self._rememberer = simulation.assistant
            self._rememberer.recollect(store.embedding)
        if not isinstance(simulation.assistant, Control) and self._days_done:
            # What the assistant remembers follows from the records.
            for step in store.steps(run, 0, known[self._days_done].first if len(known) > self._days_done else None):
                simulation.assistant.see(step)
        self._take_up(simulation.assistant)
        for day in range(self._days_done + 1, simulation.days + 1):
            self._day = day
            tally = Tally(day, config.timestep, persona.rubric.frequency)
            begun = known[day - 1] if day <= len(known) else None
            began = time.perf_counter()
            plan = begun.plan if begun else simulation.begin_day(day)
            done: list[Step] = []
            if begun:
                done = list(store.steps(run, begun.first))
                for step in done:
                    tally.add(step)
            else:
                store.begin_day(run, plan, simulation.index)
                self._keep_calls()
            self._wall += time.perf_counter() - began
            self._live(simulation, plan, done, tally)
            self._flush()
            figures = tally.figures()
            if simulation.asleep:
                self._train(simulation, day, figures)
            self._end_day(figures, simulation.index)

    def _open(self) -> tuple[RunConfig, Persona, Simulation]:
        """Return the run's simulation at its beginning; its questions are counted from here on."""
        run, store = self._run, self._store
        config = run_config(run)
        if config.asks_endpoints:
            self._bill = store.spent(run)
            self._desk = make_desk(config, self._bill[1])
            self._desk.waiting = self._while_asking
            self._gate.billed(Bill(*self._bill))
        return open_simulation(run, self._desk, store)

    def _count_calls(self, index: int, day: int) -> None:
        """Take the calls that were made for a step, or for a day's plan."""
        for call in self._desk.take() if self._desk is not None else ():
            self._calls.append(spent_of(call, index, day))
            self._bill = self._bill[0] + 1, self._bill[1] + (call.cost or 0.0)

    def _while_asking(self) -> None:
        """Store what has been asked so far, a few times a second: what a kill would lose has been paid for."""
        self._keep_calls()
        self._gate.asking(self._flush)

    def _keep_calls(self) -> None:
        """Store the calls that no step came of yet."""
        if self._simulation is not None:
            self._count_calls(self._simulation.index, self._day)
        if self._calls:
            self._store.add_calls(self._run, self._calls)
            self._calls = []
            self._gate.billed(Bill(*self._bill))

    def _live(self, simulation: Simulation, plan: DayPlan, done: list[Step], tally: Tally) -> None:
        steps = simulation.live(plan, done)
        while True:
            self._gate.wait(self._flush)
            if self._gate.asks_for_training():
                self._flush()
                self._train(simulation, plan.day)
            began, self._asked_ns = time.perf_counter_ns(), 0
            step = next(steps, None)
            if step is None:
                return
            # A person's thinking is not time spent stepping.
            took = time.perf_counter_ns() - began - self._asked_ns
            tally.add(step)
            self._waiting.append(step)
            self._count_calls(step.index, step.day)
            if isinstance(simulation.assistant, Pupil):
                self._pairs += simulation.assistant.pairs(step)
            self._micros.append(took // 1000)
            self._wall += took / 1e9
            if len(self._waiting) >= FLUSH_STEPS or time.monotonic() - self._last_flush >= FLUSH_SECONDS:
                self._flush()

    def _rate(self, index: int, seen: Observation, text: str) -> Rating | None:
        """Ask the gate for a person's rating of what is shown."""
        began = time.perf_counter_ns()
        rating = self._gate.rate(RateThis(index, seen.day, seen.minute, text, seen.action, seen.clocks), self._flush)
        if rating is not None:
            self._note_person()
        self._asked_ns += time.perf_counter_ns() - began
        return rating

    def _note_person(self) -> None:
        """Record that a person has a part in a run that was begun without one: it is no longer what its options would give again."""
        config = json.loads(self._run.config_json)
        if config.get("user") in (ROUTINE, LLM):
            self._store.update_run(self._run, config_json=json.dumps({**config, "user": BOTH}))
            self._run = self._store.run(self._run.id)

    def _flush(self) -> None:
        self._last_flush = time.monotonic()
        if not self._waiting:
            return
        began = time.perf_counter()
        # Given once, they wait here until they are stored: where that fails, it is tried once more at the end.
        self._vectors += self._rememberer.embeddings() if self._rememberer is not None else []
        self._store.add_steps(self._run, self._waiting, self._micros, self._wall, self._pairs, self._vectors, self._calls)
        self._wall += time.perf_counter() - began
        count = self._waiting[-1].index + 1
        billed, self._calls = bool(self._calls), []
        self._waiting, self._micros, self._pairs, self._vectors = [], [], [], []
        self._gate.committed(count, self._days_done)
        if billed:
            self._gate.billed(Bill(*self._bill))

    def _end_day(self, figures: DayFigures, steps: int) -> None:
        self._store.end_day(self._run, figures)
        self._days_done = figures.day
        self._gate.committed(steps, self._days_done)

    def _take_up(self, assistant: Assistant) -> None:
        """Give an assistant the adapter of its last night."""
        worn = [night for night in self._store.nights(self._run) if night.adapter]
        if not worn or not isinstance(assistant, Pupil):
            return
        assistant.wear(adapter_file(self._store, self._run, worn[-1]))

    def _train(self, simulation: Simulation, day: int, figures: DayFigures | None = None) -> None:
        """Train an assistant that learns, unless it was done at this very step: before the run was stopped, or because somebody asked.

        Args:
            simulation: where it stands.
            day: that is over, or under way.
            figures: of the day while the user sleeps; None where somebody asked.
        """
        store, run, at, assistant = self._store, self._run, simulation.index, simulation.assistant
        if not isinstance(assistant, Pupil) or not assistant.learns or any(night.at == at for night in store.nights(run)):
            return
        began = time.perf_counter()
        self._gate.training(Training(day, 0, 0))

        def progress(step: int, steps: int, loss: float, margin: float, accuracy: float | None, left: float, *, pairs: int) -> None:
            self._gate.training(Training(day, step, steps, loss, margin, accuracy, left, pairs))

        night, known = assistant.train(
            lambda kind, count: store.pairs(run, kind, at, count),
            at=at,
            day=day,
            asked=figures is None,
            folder=store.adapter_folder(run),
            progress=progress,
        )
        self._wall += time.perf_counter() - began
        store.end_night(run, night, self._wall, known, concerns(night, figures))
        self._gate.committed(at, self._days_done)


def open_simulation(run: RunRow, desk: Desk | None, kept: KeptPlans) -> tuple[RunConfig, Persona, Simulation]:
    """Return a stored run's options, its persona, and a simulation of it at its beginning.

    Args:
        run: the run.
        desk: where its endpoints are asked; None where it has none.
        kept: days that a language model has planned before.
    """
    config = run_config(run)
    persona = Persona.model_validate_json(run.persona_json)
    home = parse_home(run.world_text)
    simulation = Simulation(
        persona,
        make_assistant(config, desk),
        seed=config.seed,
        days=config.days,
        timestep=config.timestep,
        home=home,
        until=config.until_moment,
        planner=make_planner(config, persona, home, desk, kept),
        rater=lambda judge: make_rater(config, judge, desk),
    )
    return config, persona, simulation


def result(store: Store, run: RunRow) -> dict[str, Any]:
    """Return a run's result as the one JSON object that ``run --json`` prints; figures of complete days."""
    figures = [row.figures for row in store.days(run) if row.figures is not None]
    return {
        "run": run.id,
        "persona": run.persona,
        "seed": run.seed,
        "assistant": run.assistant,
        "state": run.state,
        "config": json.loads(run.config_json),
        "steps": run.steps,
        "wall_s": round(run.wall_s, 3),
        "days": [{"day": day.day, **metrics([day])} for day in figures],
        "summary": metrics(figures),
        "calls": bill_of(store.calls(run)),
        "digest": run.digest or store.digest(run),
    }
