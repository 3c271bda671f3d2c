"""Run a simulation to its end, store its records, and summarise its result."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import msgspec

from propersim.assistant.controls import Control
from propersim.core import plugins
from propersim.core.call_record import CallRecord
from propersim.core.clock import format_time
from propersim.core.config import BOTH, HUMAN, RunConfig
from propersim.core.errors import Outage, PropersimError
from propersim.core.interfaces import Assistant, EmbeddingAssistant, Situation, TrainableAssistant
from propersim.core.records import UNRATED, DayFigures, DayPlan, Embedding, Pair, Rating, RunWarning, Step, TrainingProgress
from propersim.core.text import clean
from propersim.learning.held_out import DAYS
from propersim.learning.night_warnings import night_warnings
from propersim.persona.drift import drift_of
from propersim.persona.model import Persona
from propersim.persona.move import move_of
from propersim.runs.asking import is_asked
from propersim.runs.create import record_loaded, run_config, stored_persona
from propersim.runs.factory import (
    call_record,
    calls_by_purpose,
    make_assistant,
    make_feedback,
    make_judge,
    make_planner,
    make_session,
    plugins_of,
)
from propersim.runs.gates import Gate, GoBack, RunStopped
from propersim.runs.protocol import CallTotals, RateThis, StartPhase, Training
from propersim.runs.raters import JUDGE, PERSON, only_person_gives, person_rates_run, rater_note
from propersim.simulation.metrics import WEEK, DayCounter, DayShown, metrics
from propersim.simulation.simulation import Simulation
from propersim.store.adapter_files import adapter_file
from propersim.store.rows import DayRow
from propersim.store.store import RunRow, Store
from propersim.world.floor_plan import parse_world
from propersim.world.setting import settings

if TYPE_CHECKING:
    from propersim.core.interfaces import PlanStore
    from propersim.llm_client import Session

FLUSH_SECONDS = 0.05
"""Longest time before a step is committed, in seconds."""
FLUSH_STEPS = 1000
"""Most steps per commit."""


class Runner:
    """Continues a run from its last stored step to its end.

    Args:
        store: the store of the run.
        run: the run; locked for writing meanwhile.
        gate: decides when each step is made.
    """

    def __init__(self, store: Store, run: RunRow, gate: Gate) -> None:
        self._store = store
        self._run = run
        self._gate = gate
        self._waiting: list[Step] = []
        self._pairs: list[Pair] = []
        self._vectors: list[Embedding] = []
        self._rememberer: EmbeddingAssistant | None = None
        self._session: Session | None = None
        self._calls: list[CallRecord] = []
        self._simulation: Simulation | None = None
        self._bill = (0, 0.0)
        self._day = 1
        self._micros: list[int] = []
        self._asked_ns = 0
        self._last_flush = time.monotonic()
        self._wall = run.wall_s
        self._days_done = run.days_done
        self._every = 1
        self._shown_earlier = 0
        self._tally: DayCounter | None = None
        self._answered: set[int] = set()
        self._person = False

    def go(self) -> RunRow:
        """Run to the end and return the row of the finished run.

        Raises:
            StoreBusy: another process is running it, or locks the database.
            StoreError: its row is damaged.
            RunStopped: the gate stopped it; it can be resumed.
            PropersimError: anything else stopped it; what was committed stays.
        """
        store, run = self._store, self._run
        store.hold(run)
        try:
            run = self._run = store.run(run.id)
            if run.state == "finished":
                return run
            self._person = person_rates_run(store, run)
            store.update_run(run, state="running", error="")
            try:
                while (index := self._run_until_undone()) is not None:
                    self._go_back(index)
            except RunStopped:
                self._flush()
                self._store_calls()
                store.update_run(run, state="stopped", wall_s=self._wall)
                raise
            except Exception as error:
                explained = self._explained(error)
                self._note_failure(explained)
                if explained is error:
                    raise
                raise explained from error
            finally:
                if self._session is not None:
                    self._session.close()
            store.update_run(run, state="finished", wall_s=self._wall, digest=store.digest(run))
            return store.run(run.id)
        finally:
            store.release()

    def _run_until_undone(self) -> int | None:
        """Run to the end, or until the person undoes a rating; return the index of its step then."""
        try:
            self._run_days()
        except GoBack as back:
            return back.index
        return None

    def _go_back(self, index: int) -> None:
        """Delete the steps from one on, so that the run continues before it, as after a resume.

        Everything else follows from the stored steps: memory, evidence, pairs, clocks and digest.
        """
        self._flush()
        self._store_calls()
        store, run = self._store, self._run
        (step,) = store.steps(run, index, index + 1)
        note = f"Your rating of {format_time(step.minute, wrap=True)} was undone; what came after it is made anew."
        store.go_back(run, index, [RunWarning(index, step.day, "undo", note)] if step.rating.given else [])
        if self._session is not None:
            self._session.close()
        # What the assistant had loaded is freed before it is loaded again.
        self._session = self._simulation = self._rememberer = self._tally = None
        self._answered = {each for each in self._answered if each < index}
        self._run = store.run(run.id)
        self._gate.went_back(index)

    def _explained(self, error: Exception) -> Exception:
        """Return an error that names the plug-ins of the run where it can be theirs.

        Else it is the error itself.
        """
        if isinstance(error, PropersimError | OSError | MemoryError):
            return error
        packages = plugins_of(run_config(self._run))
        # A part of this project has no such errors: it would be a fault of its own, which needs the traceback.
        return (
            plugins.fault(error, [f"{part.rpartition(':')[2]} of {package}" for part, package in packages.items()]) if packages else error
        )

    def _note_failure(self, error: Exception) -> None:
        message = error.message if isinstance(error, PropersimError) else f"{type(error).__name__}: {error}"
        # An outage is no fault of the run.
        state = "stopped" if isinstance(error, Outage) else "failed"
        try:
            self._flush()
            self._store_calls()
            self._store.update_run(self._run, state=state, error=message[:2000], wall_s=self._wall)
        except PropersimError:
            # The store itself failed: the row still says "running", and is shown as interrupted.
            return

    def _run_days(self) -> None:
        store, run = self._store, self._run
        self._gate.starting(StartPhase("model", run.days_done))
        config, persona, simulation = self._open()
        known = store.days(run)
        self._simulation = simulation
        self._wall = run.wall_s
        self._days_done = sum(1 for row in known if row.figures is not None)
        simulation.index = store.step_count(run)
        self._every = config.ask_every
        self._shown_earlier = sum(row.figures.shown for row in known if row.figures is not None)
        if not simulation.index and (device := getattr(simulation.assistant, "device", None)):
            run = self._run = record_loaded(store, run, device, getattr(simulation.assistant, "starter", None))
        if notices := getattr(simulation.assistant, "notices", ()):
            store.add_warnings(run, [RunWarning(0, 1, "model", " ".join(notices))])
        simulation.rate = self._rate
        if isinstance(simulation.assistant, EmbeddingAssistant):
            self._rememberer = simulation.assistant
            self._rememberer.use_stored_vectors(store.embedding)
        if self._days_done and (simulation.remembers_days or not isinstance(simulation.assistant, Control)):
            # The memories of assistant and user follow from the records.
            self._gate.starting(StartPhase("memory", self._days_done))
            earlier = store.steps(run, 0, known[self._days_done].first if len(known) > self._days_done else None)
            for _, steps in groupby(earlier, lambda step: step.day):
                for step in steps:
                    simulation.replay(step)
                    simulation.give_feedback(step)
                simulation.end_day()
        self._load_last_adapter(simulation.assistant)
        week = self._shown_before(known)
        for day in range(self._days_done + 1, simulation.days + 1):
            self._day = day
            started = known[day - 1] if day <= len(known) else None
            by_person = only_person_gives(store, run, config.user, started.first if started else simulation.index)
            frequency = persona.on_day(day).rubric.frequency
            tally = DayCounter(day, config.timestep, frequency, tuple(week), config.feedback, by_person=by_person)
            self._tally = tally
            began = time.perf_counter()
            if not started:
                self._gate.starting(StartPhase("plan", day))
            plan = started.plan if started else simulation.begin_day(day)
            done: list[Step] = []
            if started:
                done = list(store.steps(run, started.first))
                for step in done:
                    tally.add(step)
            else:
                store.begin_day(run, plan, simulation.index)
                self._store_calls()
            self._note_drift(persona, day, started.first if started else simulation.index)
            self._wall += time.perf_counter() - began
            self._report_undoable()
            self._live(simulation, plan, done, tally)
            self._flush()
            figures = tally.figures()
            if simulation.asleep:
                self._train(simulation, day, figures)
            self._end_day(figures, simulation.index)
            self._shown_earlier += figures.shown
            week.append(tally.today)

    def _shown_before(self, known: Sequence[DayRow]) -> deque[DayShown]:
        """Return what was shown on each of the last complete days, at most six.

        It is needed to count repeated texts and topics.
        """
        before = WEEK - 1
        week: deque[DayShown] = deque(maxlen=before)
        for number in range(max(0, self._days_done - before), self._days_done):
            end = known[number + 1].first if number + 1 < len(known) else None
            week.append(DayShown())
            for step in self._store.steps(self._run, known[number].first, end):
                week[-1].add(step)
        return week

    def _note_drift(self, persona: Persona, day: int, at: int) -> None:
        """Store a note with the run on the morning of a drift or a move."""
        drift = drift_of(persona)
        if drift is not None and day == drift.day:
            text = f"From this morning on the user rates by the rubric of {drift.persona}."
            self._store.add_warnings(self._run, [RunWarning(at, day, "drift", text)])
        move = move_of(persona)
        if move is not None and day == move.day:
            place = settings()[move.persona.world].title.lower()
            text = f"From this morning on the user lives the days of {move.persona.id} ({place}); the assistant is the same."
            self._store.add_warnings(self._run, [RunWarning(at, day, "move", text)])

    def _open(self) -> tuple[RunConfig, Persona, Simulation]:
        """Return options, persona and simulation of the run.

        Opens an endpoint session where the run calls any.
        """
        run, store = self._run, self._store
        config = run_config(run)
        if config.asks_endpoints:
            self._bill = store.spent(run)
            self._session = make_session(config, self._bill[1])
            self._session.waiting = self._while_asking
            self._gate.billed(CallTotals(*self._bill))
        return open_simulation(run, self._session, store)

    def _count_calls(self, index: int, day: int) -> None:
        """Collect the calls that were made for a step or a day's plan."""
        for call in self._session.take() if self._session is not None else ():
            self._calls.append(call_record(call, index, day))
            self._bill = self._bill[0] + 1, self._bill[1] + (call.cost or 0.0)

    def _while_asking(self) -> None:
        """Store the calls so far, a few times a second.

        They are paid for, and a kill must not lose them.
        """
        self._store_calls()
        self._gate.asking(self._flush)

    def _store_calls(self) -> None:
        """Store the calls that belong to no stored step yet."""
        if self._simulation is not None:
            self._count_calls(self._simulation.index, self._day)
        if self._calls:
            self._store.add_calls(self._run, self._calls)
            self._calls = []
            self._gate.billed(CallTotals(*self._bill))
        self._store_warnings()

    def _store_warnings(self) -> None:
        """Store the warnings about endpoints with the run."""
        if self._simulation is not None and self._session is not None:
            texts = self._session.take_warnings()
            if texts:
                self._store.add_warnings(self._run, [RunWarning(self._simulation.index, self._day, "context", " ".join(texts))])

    def _live(self, simulation: Simulation, plan: DayPlan, done: list[Step], tally: DayCounter) -> None:
        steps = simulation.live(plan, done)
        while True:
            self._gate.wait(self._flush)
            if self._gate.training_requested():
                self._flush()
                self._train(simulation, plan.day)
                self._report_undoable()
            began, self._asked_ns = time.perf_counter_ns(), 0
            step = next(steps, None)
            if step is None:
                return
            # The time that a person takes to rate does not count.
            took = time.perf_counter_ns() - began - self._asked_ns
            tally.add(step)
            self._waiting.append(step)
            if step.index in self._answered:
                self._gate.undoable(step.index)
            self._count_calls(step.index, step.day)
            # A muted assistant was not asked.
            if isinstance(simulation.assistant, TrainableAssistant) and not step.muted:
                assert simulation.newest_feedback is not None
                self._pairs += simulation.assistant.pairs(simulation.newest_feedback)
            self._micros.append(took // 1000)
            self._wall += took / 1e9
            if len(self._waiting) >= FLUSH_STEPS or time.monotonic() - self._last_flush >= FLUSH_SECONDS:
                self._flush()

    def _rate(self, index: int, seen: Situation, text: str) -> Rating | None:
        """Return a person's rating of a recommendation; None where no person rates.

        Args:
            index: index of the step.
            seen: the situation.
            text: the recommendation.
        """
        began = time.perf_counter_ns()
        rating: Rating | None = None
        by_person = self._gate.person_rates()
        self._note_rater(index, seen.day, person=by_person)
        if by_person:
            assert self._tally is not None
            rating = UNRATED
            asked = is_asked(self._run.seed, self._every, self._shown_earlier + self._tally.shown)
            if asked and not self._gate.snoozed(seen.day, seen.minute):
                rating = self._gate.rate(RateThis(index, seen.day, seen.minute, text, seen.action, seen.clocks), self._flush)
                if rating is not None:
                    self._answered.add(index)
                else:
                    # The person handed back at the question: the judge rates this very step.
                    self._note_rater(index, seen.day, person=False)
        if rating is not None:
            self._note_person()
        self._asked_ns += time.perf_counter_ns() - began
        return rating

    def _note_rater(self, index: int, day: int, *, person: bool) -> None:
        """Store a note with the run where another rates from a step on.

        Args:
            index: index of the step.
            day: its day.
            person: whether a person rates it.
        """
        if person != self._person:
            self._person = person
            self._store.add_warnings(self._run, [rater_note(index, day, person=person)], instead_of=(PERSON, JUDGE))

    def _report_undoable(self) -> None:
        """Report to the gate which rating could be undone: the last one since the last training."""
        store, run = self._store, self._run
        nights = store.nights(run)
        start = max([store.day_heads(run)[-1].first, *(night.at for night in nights)])
        rated = [step.index for step in store.rated_by_person(run, start, store.step_count(run)) if step.rating.given]
        self._gate.undoable(rated[-1] if rated else None)

    def _note_person(self) -> None:
        """Record in the options that a person rated.

        The same options would not give the same records again.
        """
        if run_config(self._run).user not in (HUMAN, BOTH):
            options = {**json.loads(self._run.config_json), "user": BOTH}
            self._store.update_run(self._run, config_json=json.dumps(options))
            self._run = self._store.run(self._run.id)

    def _flush(self) -> None:
        self._last_flush = time.monotonic()
        self._store_warnings()
        if not self._waiting:
            return
        began = time.perf_counter()
        # The assistant hands them over once, so they stay here until they are stored, also where the first attempt fails.
        self._vectors += self._rememberer.take_new_vectors() if self._rememberer is not None else []
        self._store.add_steps(self._run, self._waiting, self._micros, self._wall, self._pairs, self._vectors, self._calls)
        self._wall += time.perf_counter() - began
        count = self._waiting[-1].index + 1
        billed, self._calls = bool(self._calls), []
        self._waiting, self._micros, self._pairs, self._vectors = [], [], [], []
        self._gate.committed(count, self._days_done)
        if billed:
            self._gate.billed(CallTotals(*self._bill))

    def _end_day(self, figures: DayFigures, steps: int) -> None:
        self._store.end_day(self._run, figures)
        self._days_done = figures.day
        self._gate.committed(steps, self._days_done)

    def _load_last_adapter(self, assistant: Assistant | Control) -> None:
        """Load the adapter of the last night into the assistant."""
        trained = [night for night in self._store.nights(self._run) if night.used]
        if not trained or not isinstance(assistant, TrainableAssistant):
            return
        self._gate.starting(StartPhase("adapter", self._days_done))
        assistant.load_adapter(adapter_file(self._store, self._run, trained[-1]), trained[-1].threshold)

    def _train(self, simulation: Simulation, day: int, figures: DayFigures | None = None) -> None:
        """Train the assistant if it learns, but not twice at the same step.

        It may have been trained at this step before a stop, or on request.

        Args:
            simulation: the simulation at its current step.
            day: the day that has ended, or the current day.
            figures: figures of the day that has ended; None where the user asked for the training.
        """
        store, run, at, assistant = self._store, self._run, simulation.index, simulation.assistant
        if not isinstance(assistant, TrainableAssistant) or not assistant.learns or any(night.at == at for night in store.nights(run)):
            return
        began = time.perf_counter()
        self._gate.training(Training(day, 0, 0))

        def progress(now: TrainingProgress) -> None:
            self._gate.training(Training(day, *msgspec.structs.astuple(now)))

        # Ratings that are revealed at night cannot be trained on before it.
        days = store.day_heads(run)
        known_before = days[-1].first if figures is None and simulation.feedback.delayed else at
        night, known = assistant.train(
            lambda kind, count: store.pairs(run, kind, known_before, count),
            at=at,
            day=day,
            asked=figures is None,
            recent=days[max(0, day - DAYS)].first,
            folder=store.adapter_folder(run),
            progress=progress,
        )
        self._wall += time.perf_counter() - began
        store.end_night(run, night, self._wall, known, night_warnings(night, figures, simulation.last_day))
        self._gate.committed(at, self._days_done)


def open_simulation(run: RunRow, session: Session | None, kept: PlanStore) -> tuple[RunConfig, Persona, Simulation]:
    """Return the options and the persona of a stored run, and its simulation at the first step.

    Args:
        run: the run.
        session: its endpoint session; None where it calls no endpoint.
        kept: plans that a language model made before, by key.

    Raises:
        StoreError: the run's row is damaged.
    """
    config = run_config(run)
    persona = stored_persona(run)
    world = parse_world(run.world_text)
    simulation = Simulation(
        persona,
        make_assistant(config, session),
        seed=config.seed,
        days=config.days,
        timestep=config.timestep,
        world=world,
        until=config.until_moment,
        planner=make_planner(config, persona, world, session, kept),
        rater=lambda judge: make_judge(config, judge, session),
        feedback=make_feedback(config),
        reactive=config.reactive == "on",
    )
    simulation.untrusted = plugins.origin(plugins.ASSISTANTS, config.assistant) is not None
    return config, persona, simulation


def result(store: Store, run: RunRow) -> dict[str, Any]:
    """Return the result of a run as ``run --json`` prints it.

    Its figures cover the complete days.

    Raises:
        StoreError: the run's row is damaged.
    """
    figures = [row.figures for row in store.days(run) if row.figures is not None]
    return {
        "run": run.id,
        "persona": run.persona,
        "seed": run.seed,
        "assistant": run.assistant,
        "state": run.state,
        "config": run_config(run).to_dict(),
        "steps": run.steps,
        "wall_s": round(run.wall_s, 3),
        "days": [{"day": day.day, **metrics([day])} for day in figures],
        "summary": metrics(figures),
        "calls": calls_by_purpose(store.calls(run)),
        "warnings": [{"at": one.at, "day": one.day, "kind": one.kind, "text": clean(one.text, 400)} for one in store.warnings(run)],
        "digest": run.digest or store.digest(run),
    }
