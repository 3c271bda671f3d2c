"""The records of the shown run, read from the store.

The run is a replay, or live: then a worker writes into the store meanwhile. Nothing here waits for the worker: its events say up to
which step records are stored, and those are read from the store.
"""

from __future__ import annotations

import json
import math
import shlex
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import msgspec

from propersim.core.config import BOTH, DEFAULT_DB, HUMAN, LLM, MODELS, RunConfig, stored_config
from propersim.core.errors import StoreBusy, StoreError, StoreGone, UnknownRun
from propersim.core.program import program
from propersim.core.records import DayFigures, DayPlan, Night, RunWarning, Step
from propersim.core.text import clean
from propersim.experiments.agreement import Agreement, agreement, undone
from propersim.persona.drift import persona_from_json
from propersim.persona.model import Persona
from propersim.runs.control import Doing, doing_of
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Command, Committed, Event, Failed, RunState, Training, WentBack
from propersim.runs.raters import only_person_gives
from propersim.simulation.metrics import DayCounter
from propersim.store.bookmarks import Bookmark, bookmarks, remove_bookmark, set_bookmark
from propersim.store.store import DayHead, RunRow, Store
from propersim.user.reaction import plan_at
from propersim.user.rules import Rules
from propersim.world.floor_plan import parse_world
from propersim_tui.data.frame import Frame, RunInfo
from propersim_tui.data.seeking import SeekKind, disagrees, seek, seek_bad

DEFAULT_TIMESTEP = 2.5
FOLLOW_SECONDS = 1.0
"""Seconds between two checks of a replay whether another process has added steps to the run."""
LOCK_SECONDS = 0.1
"""Seconds to wait for a locked database; keys are not answered meanwhile."""
DAYS_KEPT = 3
"""Number of days whose steps and plan are kept in memory."""


class RunSource:
    """Reads one run, and sends commands to its worker, if there is one.

    Args:
        db: the database file.
        run_id: the run.
        live: its worker, started or not; None for a replay.

    Attributes:
        config: the options of the run; None where they cannot be read.
        bookmarks: its bookmarks, by index of step.
        bookmark_changes: number of times that they have changed.
        lost_bookmarks: bookmarks that an undo of a rating removed; emptied when they have been shown.
        elsewhere: what the run does in another process, by its last report; None where none is running it.

    Raises:
        PropersimError: the database or the run cannot be read.
    """

    def __init__(self, db: Path, run_id: str, live: LiveRun | None = None) -> None:
        self.live = live
        self.db = db
        self._store = Store(db, read_only=True)
        self._store.set_busy_timeout(LOCK_SECONDS)
        self._row = self._store.run(run_id)
        config = _options(self._row.config_json)
        chosen = stored_config(self._row.config_json)
        self.config = chosen
        timestep = config.get("timestep")
        self.about = RunInfo(
            run_id=self._row.id,
            persona=_persona(self._row),
            world=parse_world(self._row.world_text, "the run's floor plan"),
            assistant=_assistant(self._row.assistant, self._row.model, config),
            days=self._row.days,
            timestep=float(timestep) if isinstance(timestep, int | float) and timestep > 0 else DEFAULT_TIMESTEP,
            unteachable=_unteachable(self._row.assistant, config),
            draws=config.get("scheme") == "paper",
            control="" if self._row.assistant in MODELS else clean(self._row.assistant, 40),
            remote=self._row.assistant == "api",
            user=clean(str(config.get("user", "routine")), 20),
            peer=_peer(chosen),
            asks=chosen is not None and chosen.asks_endpoints,
            reactive=chosen is not None and chosen.reactive == "on",
            **_feedback(chosen if self._row.assistant in MODELS else None),
        )
        self.finished = self._row.state == "finished"
        self.growing = live is not None or self._row.state in ("new", "running")
        self.elsewhere: Doing | None = doing_of(self._store, self._row) if live is None else None
        self._days: list[DayHead] = []
        self._figures: tuple[DayFigures, ...] = ()
        self._days_done = -1
        self._loaded: dict[int, list[Step]] = {}
        self._plans: dict[int, DayPlan] = {}
        self._rules: Rules | None = None
        self._looked = float("-inf")
        self.gone = False
        self._tally: tuple[int, int, DayCounter] | None = None
        self._nights: tuple[Night, ...] = ()
        self._unread: list[RunWarning] = []
        self._warnings = self._unread
        self._training = False
        self._by_hand = self.about.user in (HUMAN, BOTH)
        self._rated: list[Step] = []
        self._counted = 0
        self._agreed: tuple[int, Agreement | None] = (0, None)
        self.count = self._store.step_count(self._row)
        self._read_days()
        self._read_nights()
        self.bookmarks: Mapping[int, Bookmark] = {}
        self.bookmark_changes = 0
        self.lost_bookmarks: list[Bookmark] = []
        self.read_bookmarks()

    @property
    def bill(self) -> tuple[int, float] | None:
        """(Calls to endpoints, cost in dollars) of the run so far; None if it calls none."""
        return self._store.spent(self._row) if self.about.asks else None

    @property
    def usual_seconds(self) -> float | None:
        """Median of the seconds that the run's earlier calls to endpoints took, or None."""
        seconds = self._store.call_seconds(self._row) if self.about.asks else []
        return median(seconds) if seconds else None

    @property
    def resume_command(self) -> str:
        """The command that resumes the run."""
        return self._command("resume", "--watch")

    @property
    def replay_command(self) -> str:
        """The command that shows the run again."""
        return self._command("replay")

    @property
    def control_command(self) -> str:
        """The command that controls the run from another terminal."""
        return self._command("ctl", "pause|resume|stop")

    def _command(self, name: str, *more: str) -> str:
        db = str(self._store.path)
        words = [program(), name, shlex.quote(self.about.run_id), *more]
        return " ".join(words if db == DEFAULT_DB else [*words, "--db", shlex.quote(db)])

    def close(self) -> None:
        """Close the store; the worker is closed by what started it."""
        self._store.close()

    # -- the worker -----------------------------------------------------------------------------------------------

    def send(self, command: Command) -> bool:
        """Send a command to the worker; return False if there is none or it cannot be reached."""
        return self.live is not None and self.live.send(command)

    def poll(self, now: float) -> Sequence[Event]:
        """Return the worker's events since the last call, and update the number of steps.

        This does not wait.

        Args:
            now: monotonic time in seconds.

        Raises:
            PropersimError: the database or the run was deleted, or cannot be read.
        """
        if now - self._looked >= FOLLOW_SECONDS and not self.gone:
            self._looked = now
            self._check_exists()
            if self.live is None and self.growing:
                self._follow()
            elif self.live is not None and not self._days:
                # The plan of the first day is stored before its first step.
                self._read_days()
        if self.live is None:
            return ()
        events = self.live.poll()
        over = False
        for event in events:
            if isinstance(event, WentBack):
                self._forget(event.steps)
                self._read_nights()
            elif isinstance(event, Committed):
                self.count = max(self.count, event.steps)
                self._days_done = max(self._days_done, event.days)
            elif isinstance(event, Training):
                self._training = True
            elif isinstance(event, RunState | Failed):
                over = over or self._over(event)
        if self._days_done > self.done:
            self._read_days()
            over = True
        if over:
            self._read_nights()
        return events

    def _check_exists(self) -> None:
        """Check that database and run still exist.

        Raises:
            PropersimError: they do not; raised once.
        """
        try:
            self._store.check_file()
            if not self._store.has(self._row):
                raise UnknownRun(
                    f"the run {self._row.id} was deleted by another program; only what was shown so far is left",
                    "r lists the runs",
                )
        except StoreBusy:
            # It exists but is locked: a read that fails because of that reports it.
            return
        except (StoreGone, UnknownRun):
            self.gone, self.growing = True, False
            raise

    def _over(self, event: RunState | Failed) -> bool:
        """Return whether an event ends a training or the run."""
        before, self._training = self._training, isinstance(event, RunState) and event.state == "training"
        return (before and not self._training) or isinstance(event, Failed) or event.state in ("finished", "stopped")

    def _follow(self) -> None:
        """Read what another process has stored, and whether it still runs the run."""
        row = self._store.run(self.about.run_id)
        before, self.elsewhere = self.elsewhere, doing_of(self._store, row)
        self._grow(row.steps)
        self._read_nights()
        if row.state == "finished" or (before is not None and self.elsewhere is None):
            self.finished, self.growing = row.state == "finished", False

    def _grow(self, count: int) -> None:
        if count != self.count:
            self.count = count
            self._read_days()

    # -- records --------------------------------------------------------------------------------------------------

    @property
    def newest(self) -> int:
        """Index of the newest step; −1 before the first."""
        return self.count - 1

    @property
    def days(self) -> Sequence[DayHead]:
        """The days that have started."""
        return self._days

    @property
    def done(self) -> int:
        """Number of complete days."""
        return len(self._figures)

    def _read_days(self) -> None:
        """Read the days that are new or were incomplete when last read."""
        while self._days and self._days[-1].figures is None:
            self._days.pop()
        self._days += self._store.day_heads(self._row, len(self._days) + 1)
        self._figures += tuple(day.figures for day in self._days[len(self._figures) :] if day.figures is not None)

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day that has started, as it was in the morning.

        Raises:
            StoreError: it cannot be read.
        """
        plan = self._plans.get(day)
        if plan is None:
            plan = self._store.plan(self._row, day)
            if plan is None:
                self._check_exists()
                raise StoreError(f"run {self._row.id}: day {day} no longer exists", "another program deleted it from the database")
            while len(self._plans) >= DAYS_KEPT:
                del self._plans[next(iter(self._plans))]
            self._plans[day] = plan
        return plan

    def _plan_after(self, plan: DayPlan, steps: Sequence[Step]) -> DayPlan:
        """Return the plan of a day as it stands after some of its steps."""
        if not self.about.reactive:
            return plan
        if self._rules is None:
            self._rules = Rules(self.about.persona)
        return plan_at(plan, steps, self._rules)

    @property
    def nights(self) -> Sequence[Night]:
        """The nights whose training is complete."""
        return self._nights

    @property
    def warnings(self) -> Sequence[RunWarning]:
        """The warnings of the run."""
        return self._warnings

    def _read_nights(self) -> None:
        """Read new nights and warnings; called when there may be some, not with every tick."""
        new = self._store.nights(self._row, self._nights[-1].at if self._nights else -1)
        # The steps that a night trained on, hundreds of them, are only needed by the inspector.
        self._nights += tuple(msgspec.structs.replace(night, trained=()) for night in new)
        before, self._warnings = self._warnings, self._store.warnings(self._row)
        if self.live is None and (undone_now := undone(self._warnings) - undone(before)) and before is not self._unread:
            # The person at the other screen went back.
            self._forget(min(undone_now))

    def _forget(self, count: int) -> None:
        """Forget all that was read from a step on: it was deleted, and is made anew.

        Args:
            count: number of steps that are left; all others are of the current day.
        """
        self.count = min(self.count, count) if self.live is not None else self._store.step_count(self._row)
        for day in self._days:
            if day.first + len(self._loaded.get(day.day, ())) > count:
                del self._loaded[day.day][max(0, count - day.first) :]
        self._tally = None
        self._rated = [step for step in self._rated if step.index < count]
        self._counted = min(self._counted, count)
        self._agreed = (0, None)
        # The step at ``count`` is made again as it was, and keeps its bookmark.
        lost = [each for each in self.bookmarks.values() if each.index > count]
        if lost:
            self.lost_bookmarks += lost
            self.bookmarks = {index: each for index, each in self.bookmarks.items() if index <= count}
            self.bookmark_changes += 1

    # -- bookmarks ------------------------------------------------------------------------------------------------

    def read_bookmarks(self) -> None:
        """Read the bookmarks again, as another process may have changed them."""
        found = {each.index: each for each in bookmarks(self._store, self._row)}
        if found != self.bookmarks:
            self.bookmarks, self.bookmark_changes = found, self.bookmark_changes + 1

    def mark(self, index: int, note: str) -> None:
        """Mark a step of the run, or replace the note of a marked one.

        Raises:
            PropersimError: the database cannot be written.
        """
        with self._writable() as store:
            set_bookmark(store, self._row, index, note)
        self.read_bookmarks()

    def unmark(self, index: int) -> None:
        """Remove the bookmark of a step.

        Raises:
            PropersimError: the database cannot be written.
        """
        with self._writable() as store:
            remove_bookmark(store, self._row, index)
        self.read_bookmarks()

    @contextmanager
    def _writable(self) -> Iterator[Store]:
        """Open the database for writing; the store of this source can only read."""
        self._store.check_file()
        with Store(self.db) as store:
            store.set_busy_timeout(LOCK_SECONDS)
            yield store

    def _day_of(self, index: int) -> DayHead | None:
        place = bisect_right(self._days, index, key=lambda row: row.first) - 1
        return self._days[place] if place >= 0 else None

    def _end_of(self, day: DayHead) -> int:
        """Return the index after the last step that a day can have, by its plan."""
        if day.day < len(self._days):
            return self._days[day.day].first
        plan = self.plan(day.day)
        return day.first + math.ceil((plan.sleep - plan.wake) / self.about.timestep)

    def _day_at(self, index: int) -> DayHead | None:
        """Return the day of a stored step; None before the first."""
        day = self._day_of(index)
        if index >= 0 and (day is None or index >= self._end_of(day)):
            # The step belongs to a day that was not read yet.
            self._read_days()
            self._read_nights()
            day = self._day_of(index)
        return day

    def _steps(self, day: DayHead, index: int) -> list[Step]:
        """Return the stored steps of a day up to and including an index."""
        steps = self._loaded.get(day.day)
        if steps is None:
            while len(self._loaded) >= DAYS_KEPT:
                del self._loaded[next(iter(self._loaded))]
            steps = self._loaded[day.day] = []
        end = self._end_of(day)
        if day.first + len(steps) <= min(index, end - 1):
            steps.extend(self._store.steps(self._row, day.first + len(steps), min(end, self.count)))
        return steps[: index - day.first + 1]

    def step(self, index: int) -> Step | None:
        """Return a step, or the newest one if there are not so many; None before the first.

        Raises:
            StoreError: the records cannot be read.
        """
        index = min(index, self.newest)
        day = self._day_at(index)
        steps = self._steps(day, index) if day is not None else []
        return steps[-1] if steps else None

    def frame(self, index: int, *, blind: bool = False) -> Frame:
        """Return the run as of a step, or as of the newest step if there are not so many.

        Args:
            index: index of the step.
            blind: whether what the judge goes by is to be hidden.

        Raises:
            StoreError: the records cannot be read.
        """
        index = min(index, self.newest)
        day = self._day_at(index)
        if day is None:
            return Frame(
                self.about,
                newest=self.newest,
                plan=self.plan(1) if self._days else None,
                nights=self._nights,
                warnings=self._warnings,
                bookmarks=self.bookmarks,
            )
        shown = self._steps(day, index)
        plan = self._plan_after(self.plan(day.day), shown)
        over = index + 1 >= self._end_of(day)
        return Frame(
            self.about,
            step=shown[-1] if shown else None,
            steps=shown,
            plan=plan,
            today=self._count(plan, shown),
            days=self._figures[: day.day - 1 + over],
            newest=self.newest,
            nights=self._nights,
            warnings=self._warnings,
            agreement=self._agreement(shown),
            bookmarks=self.bookmarks,
            calls=self._store.calls(self._row, shown[-1].index) if shown and self.about.asks else (),
            blind=blind,
        )

    def _agreement(self, shown: Sequence[Step]) -> Agreement | None:
        """Return the agreement between person and judge up to the last of some steps.

        The result is None if no person rated before.
        """
        # No person rates most runs; their steps need not be read for this.
        self._by_hand = self._by_hand or any(step.judged is not None for step in shown)
        if not self._by_hand or not shown:
            return None
        end = shown[-1].index + 1
        if end > self._counted:
            self._rated += [step for step in self._store.rated_by_person(self._row, self._counted, end) if step.rating.given]
            self._counted = end
        count = bisect_left(self._rated, end, key=lambda step: step.index)
        if count != self._agreed[0]:
            self._agreed = (count, agreement(self._rated[:count], undone(self._warnings)))
        return self._agreed[1] if count and self._agreed[1] is not None and self._agreed[1].rated else None

    def _count(self, plan: DayPlan, steps: Sequence[Step]) -> DayFigures:
        """Return the day's figures up to a step.

        Counting continues from the last call if that was for an earlier step of the same day.
        """
        done, tally = 0, None
        if self._tally is not None and self._tally[0] == plan.day and self._tally[1] <= len(steps):
            _, done, tally = self._tally
        if tally is None:
            frequency = self.about.persona.on_day(plan.day).rubric.frequency
            by_person = self._by_hand and bool(steps) and only_person_gives(self._store, self._row, self.about.user, steps[0].index)
            tally = DayCounter(plan.day, self.about.timestep, frequency, feedback=self.about.feedback, by_person=by_person)
        for step in steps[done:]:
            tally.add(step)
        self._tally = (plan.day, len(steps), tally)
        return tally.figures()

    def find(self, day: int, minute: float) -> int | None:
        """Return the index of the step at a time; None if that day has not started.

        Args:
            day: the day, from 1.
            minute: minutes since midnight.
        """
        index = self._store.step_at(self._row, day, minute)
        return None if index is None else min(index, self.newest)

    def seek(self, kind: SeekKind, at: int, *, forward: bool) -> int | None:
        """Return the index of the nearest step of a kind, on any day; None if there is none.

        Args:
            kind: the kind of step.
            at: index of the step to start from.
            forward: whether to search towards the end of the run.

        Raises:
            StoreError: the records cannot be read.
        """
        store, run = self._store, self._row
        if kind == "said":
            index = store.nearest_recommendation(run, at, forward=forward)
        elif kind == "bad":
            index = seek_bad(store.low_scored(run, at, forward=forward), at, forward=forward)
        else:
            # Other assistants have a single candidate at every step.
            index = seek(store.low_scored(run, at, forward=forward), at, disagrees) if run.assistant == "llama" else None
        return index if index is None or index <= self.newest else None


def _persona(row: RunRow) -> Persona:
    try:
        return persona_from_json(row.persona_json)
    except ValueError as error:
        raise StoreError(f"run {row.id}: its persona cannot be read ({error})", "restore the database from a copy") from error


def _options(text: str) -> dict[str, object]:
    try:
        options = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return options if isinstance(options, dict) else {}


def _peer(config: RunConfig | None) -> str:
    """Return as text which language model plays the user, and which part; "" if none does."""
    if config is None or LLM not in (config.plans_by, config.rates_by):
        return ""
    plans, rates = config.plans_by == LLM, config.rates_by == LLM
    return f"user {clean(config.user_model, 40)}" + ("" if plans and rates else " (plans)" if plans else " (rates)")


def _feedback(config: RunConfig | None) -> dict[str, Any]:
    """Return which ratings the assistant receives, as fields of :class:`RunInfo`.

    There are none without a configuration.
    """
    if config is None:
        return {}
    delayed = config.feedback_delay == "on"
    return {"feedback": config.feedback, "noise": config.feedback_noise, "delayed": delayed, "explores": config.exploration_budget or 0}


def _unteachable(name: str, config: dict[str, object]) -> str:
    if name == "api":
        return "a model at an endpoint does not learn; runs with --assistant llama do"
    if name != "llama":
        return f"the control {clean(name, 40)} does not learn; runs with --assistant llama do"
    return "this run was started with --learn none" if config.get("learn") == "none" else ""


def _assistant(name: str, model: str, config: dict[str, object]) -> str:
    parts = [clean(name, 40)]
    if model:
        quantize = config.get("quantize")
        bits = "4-bit" if quantize == "nf4" else quantize
        parts.append(clean(f"{model} {bits}" if bits and bits != "none" else model, 60))
    return " · ".join(part for part in parts if part)
