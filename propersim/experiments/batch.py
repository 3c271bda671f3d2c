"""Batches: many runs in one store, several at once, by an engine.

Finished runs are not made again.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from propersim.core.errors import EXIT_INPUT, InputError, PropersimError, Resumable, StoreError
from propersim.core.records import DayFigures
from propersim.core.text import counted
from propersim.experiments.batch_record import recorded
from propersim.experiments.engines.base import ATTEMPTS, POLL_INTERVAL, STOP_SECONDS, Engine
from propersim.experiments.jobs import Job, JobState
from propersim.experiments.results import Result, merge_csv, read_csv, result_of, row_hash, same_versions, versions_text
from propersim.experiments.trackers.tracking import Tracking
from propersim.runs.create import SetupVersions, stored_versions
from propersim.runs.gates import RunStopped
from propersim.store.many import FoundDays, figures_of, runs_after
from propersim.store.store import RunRow, Store

WRITE_SHARE = 20
"""The CSV file is written again when this many times as long has passed as writing it took: a large one takes seconds."""


class BatchIncomplete(Resumable):
    """Some runs of a batch failed; the same command tries them again."""


class Batch:
    """Runs the jobs of a batch until all are finished.

    Args:
        store: store of the runs.
        jobs: jobs from :func:`~propersim.experiments.jobs.make_jobs`.
        engine: what carries them out.
        csv: file of results; runs in it are not made again, and new results are added.
        any_versions: whether runs that were made under other versions are not made again either.
        tracking: follows the runs in a tracker; None where none does.

    Attributes:
        notes: messages for the user.
        reached: whether the machines of the engine were reached, or none were needed.
    """

    def __init__(
        self,
        store: Store,
        jobs: Sequence[Job],
        engine: Engine,
        *,
        csv: Path | None = None,
        any_versions: bool = False,
        tracking: Tracking | None = None,
    ) -> None:
        self.jobs = jobs
        self.engine = engine
        self.notes: list[str] = []
        self._store = store
        self._csv = csv
        self._any_versions = any_versions
        self._tracking = tracking
        self.reached = False
        self._stops = 0
        self._newest = 0
        self._added: dict[str, RunRow] = {}
        self._results: dict[str, Result] = {}
        self._next_write = 0.0
        self._find_known()

    # -- finished runs ------------------------------------------------------------------------------------

    def _find_known(self) -> None:
        """Mark the jobs that are finished in the CSV file or the store, and find the runs to resume.

        A run is finished if it was made under the present versions; ``any_versions`` takes others too.
        """
        in_csv: dict[str, list[Result]] = {}
        for one in read_csv(self._csv).values() if self._csv is not None and self._csv.exists() else ():
            in_csv.setdefault(one.hash, []).append(one)
        rows: dict[str, list[RunRow]] = {}
        figures = figures_of(self._store)
        wanted = {job.hash for job in self.jobs if not job.over}
        listed_rows = self._store.runs()
        self._newest = listed_rows[0].key if listed_rows else 0
        for row in listed_rows:
            try:
                name = row_hash(row)
            except StoreError as error:
                self.note(f"left out: {error.message}")
                continue
            if name in wanted:
                rows.setdefault(name, []).append(row)
        others = 0
        now = SetupVersions()
        for job in self.jobs:
            if job.over:
                continue
            stored, listed = rows.get(job.hash, []), in_csv.get(job.hash, [])
            if not stored and not listed:
                continue
            present = versions_text(now.of(job.config))
            results = [
                (result, row.id) for row in stored if (result := self._result_of(row, figures.get(row.key, FoundDays()))) is not None
            ] + [(one, "") for one in listed]
            same = [found for found in results if same_versions(found[0].versions, present)]
            if same or (results and self._any_versions):
                result, job.run = (same or results)[0]
                job.state = "known"
                job.count(result.days, result.wall_s)
                # The CSV file may have it with other seconds.
                self._results[result.key] = next((one for one in listed if one.key == result.key), result)
            elif unfinished := [row for row in stored if row.state not in ("finished", "damaged")]:
                best = max(unfinished, key=lambda row: (_made_under(row, present), row.steps))
                job.run, job.days, job.seconds = best.id, best.days_done, best.wall_s
            others += bool(results) and not same
        if others and self._any_versions:
            self.note(f"{others} of the known runs were made under other versions; `runs show` and the CSV file list them")
        elif others:
            self.note(f"{counted(others, 'run')} made under other versions: made again, and both are kept (--any-versions: taken as done)")
        self._write()

    def _result_of(self, row: RunRow, found: FoundDays) -> Result | None:
        """Return the result of a finished run; a damaged one is noted, and made again."""
        try:
            return result_of(self._store, row, found)
        except StoreError as error:
            self.note(f"run again: {error.message}")
            return None

    def _write(self) -> None:
        """Add all results to the CSV file."""
        if self._csv is not None:
            began = time.monotonic()
            merge_csv(self._csv, self._results.values())
            now = time.monotonic()
            self._next_write = now + WRITE_SHARE * (now - began)

    @property
    def results(self) -> list[Result]:
        """The results of the jobs that are finished."""
        return list(self._results.values())

    # -- running ------------------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop all workers; called a second time, kill them.

        Committed steps are kept. May be called by a signal handler.
        """
        self._stops += 1

    def go(self, watch: Callable[[], None]) -> None:
        """Run all jobs; ``watch`` is called repeatedly meanwhile.

        Raises:
            RunStopped: :meth:`stop` was called, and all workers have stopped.
            BatchIncomplete: some jobs failed, all others are finished.
            InputError: all jobs failed because of their personas, options or files.
            PropersimError: the store or the CSV file cannot be written, or the engine's machines cannot be reached.
        """
        for job in self.jobs:
            if job.state == "known":
                self._track(job, over=True)
                self._end_track(job, "finished")
        if all(job.over for job in self.jobs):
            self.reached = True
        else:
            with recorded(self._store, self.jobs, self.engine) as record:

                def look() -> None:
                    record()
                    watch()

                self._carry_out(look)
        self._write()
        watch()
        done = sum(job.state in ("finished", "known") for job in self.jobs)
        if self.stopping:
            raise RunStopped(f"stopped; {done} of {counted(len(self.jobs), 'run')} are done", "give the same command again to resume")
        failed = [job for job in self.jobs if job.state == "failed"]
        if failed:
            lines = [
                f"  {job.persona} {job.variant} seed {job.seed}: {job.error}" + (f" ({job.hint})" if job.hint else "") for job in failed
            ]
            message = f"{len(failed)} of {counted(len(self.jobs), 'run')} failed:\n" + "\n".join(lines)
            if all(job.code == EXIT_INPUT for job in self.jobs):
                raise InputError(message, "mend what the messages name, and give the same command again")
            raise BatchIncomplete(message, "the same command tries them again, and only them")

    def _carry_out(self, watch: Callable[[], None]) -> None:
        engine = self.engine
        try:
            engine.begin(self)
            self.reached = True
            while not self.stopping and not all(job.over for job in self.jobs):
                engine.poll()
                if self._tracking is not None:
                    self._tracking.poll()
                now = time.monotonic()
                engine.fill([job for job in self.jobs if job.is_due(now)])
                watch()
                time.sleep(POLL_INTERVAL)
            self._wind_down(watch)
        finally:
            engine.close(kill=self._stops > 1)

    def _wind_down(self, watch: Callable[[], None]) -> None:
        """Stop the workers and wait for them, unless :meth:`stop` is called a second time."""
        self.engine.stop()
        deadline = time.monotonic() + STOP_SECONDS
        while self._stops < 2 and time.monotonic() < deadline and self.engine.working:
            self.engine.poll()
            watch()
            time.sleep(POLL_INTERVAL)

    # -- reports of the engine ----------------------------------------------------------------------------------------

    @property
    def stopping(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stops > 0

    @property
    def hurried(self) -> bool:
        """Whether :meth:`stop` was called more than once, so that nothing is waited for."""
        return self._stops > 1

    def begun_elsewhere(self, job: Job) -> str:
        """Return the id of a job's run that another process has begun; "" for none.

        It was added to the store since the batch began, under the present versions.
        """
        for row in runs_after(self._store, self._newest):
            self._newest = row.key
            with contextlib.suppress(StoreError):
                if row.state != "damaged":
                    self._added.setdefault(row_hash(row), row)
        added = self._added.get(job.hash)
        return added.id if added is not None and _made_under(added, versions_text(SetupVersions().of(job.config))) else ""

    def started(self, job: Job, run: str) -> None:
        """Count an attempt of a job."""
        job.attempts += 1
        job.run, job.state = run, "starting"
        self._track(job)

    def state(self, job: Job, state: JobState) -> None:
        """Set the state of a job."""
        job.state = state

    def days(self, job: Job, figures: Sequence[DayFigures], wall_s: float) -> None:
        """Set the figures of a job's complete days.

        Args:
            job: the job.
            figures: the figures of all of its complete days.
            wall_s: seconds that they took.
        """
        job.count(figures, wall_s)
        self._track(job, figures)

    def finished(self, job: Job, run: str) -> None:
        """Mark a job as finished, and add its result to the CSV file."""
        job.state, job.run = "finished", run
        row = self._store.run(run)
        result = result_of(self._store, row)
        if result is not None:
            job.count(result.days, row.wall_s)
            self._results[result.key] = result
            if time.monotonic() >= self._next_write:
                self._write()
            self._track(job, result.days)
            self._end_track(job, "finished")

    def failed(self, job: Job, error: PropersimError, *, again: int = ATTEMPTS) -> None:
        """Let a job wait for its next attempt after an outage, or mark it as failed.

        Args:
            job: the job.
            error: why it failed.
            again: times that it is started in all.
        """
        if isinstance(error, Resumable) and job.attempts < again and not self.stopping:
            job.state, job.look_again = "waiting", time.monotonic() + 1
        else:
            job.fail(error)
            self._end_track(job, "failed")

    def _track(self, job: Job, figures: Sequence[DayFigures] | None = None, *, over: bool = False) -> None:
        """Show the complete days of a job's run in the tracker.

        A run that is not in the store yet is shown when it is.

        Args:
            job: the job.
            figures: the figures of these days; None: those in the store.
            over: whether the run was finished before this batch.
        """
        if self._tracking is not None and job.run:
            row = self._store.run(job.run)
            self._tracking.follow(row, self._store.day_figures(row) if figures is None else figures, over=over)

    def _end_track(self, job: Job, state: str) -> None:
        """Tell the tracker that a job's run is not carried on."""
        if self._tracking is not None and job.run:
            self._tracking.end(job.run, state)

    def note(self, text: str) -> None:
        """Add a message for the user."""
        self.notes.append(text)


def _made_under(row: RunRow, now: str) -> bool:
    """Return whether an unfinished run was begun under some versions."""
    try:
        return same_versions(versions_text(stored_versions(row)), now)
    except StoreError:
        return False
