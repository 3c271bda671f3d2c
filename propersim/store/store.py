"""Read and write runs in one SQLite database.

A step is written in the same transaction as everything that a resume needs to continue after it: the step records are enough, because
clocks and counts follow from them and all randomness from the seed.
"""

from __future__ import annotations

import hashlib
import shutil
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from propersim.core.call_record import CALL_COLUMNS, CallRecord
from propersim.core.errors import StoreBusy, StoreError, UnknownRun
from propersim.core.light_records import ScoredStep, SpokenStep, decode_scored_step, decode_spoken_step
from propersim.core.program import program
from propersim.core.records import DayFigures, DayPlan, Embedding, Night, Pair, RunWarning, Step, from_json, to_json
from propersim.core.text import clean, nearest
from propersim.store.database_file import StoreFile, is_held, translated
from propersim.store.rows import LARGEST, run_row, whole
from propersim.store.rows import CallTotals as CallTotals
from propersim.store.rows import DayHead as DayHead
from propersim.store.rows import DayRow as DayRow
from propersim.store.rows import RunRow as RunRow

MOST_SIMILAR = 1000
"""Newest runs among which a similar id is looked for."""
LEAST_SIMILAR = 4
"""Least characters of the beginning of an id that is compared with those of others."""


class Store(StoreFile):
    """A database of runs; :class:`~propersim.store.database_file.StoreFile` opens its file.

    Args:
        path: the file; created where it is missing, unless ``read_only``.
        read_only: never write; a missing file is then an empty store.

    Raises:
        StoreError: the file is no database, is damaged or of a newer version, or its folder cannot be written.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self._lock: FileLock | None = None
        super().__init__(path, read_only=read_only)

    def close(self) -> None:
        """Close the database and release the run that is locked, if any."""
        self.release()
        super().close()

    # -- runs -----------------------------------------------------------------------------------------------------

    def add_run(self, row: dict[str, Any]) -> RunRow:
        """Add a run, given by columns of the table ``runs``, commit it and return its row."""
        with translated(self.path), self.transaction():
            names = list(row)
            self.connection.execute(f"insert into runs ({', '.join(names)}) values ({', '.join('?' for _ in names)})", list(row.values()))
        return self.run(str(row["id"]))

    def run(self, which: str) -> RunRow:
        """Return a run by its id, by the beginning of its id, or the newest one by ``last``.

        Raises:
            UnknownRun: no run matches, several do, or there is no database.
        """
        if self._absent:
            raise UnknownRun(f"{self.path}: no such database", "give the database of the run with --db")
        try:
            which.encode()
        except UnicodeEncodeError as error:
            # Bytes of the command line that are not UTF-8 are no text, and SQLite refuses them.
            raise UnknownRun(f"{self.path}: no run {which!r}", f"see `{program()} runs ls`") from error
        with translated(self.path):
            if which == "last":
                rows = self._runs("order by key desc limit 1", ())
            else:
                rows = self._runs("where id = ?", (which,)) or self._runs("where substr(id, 1, length(?)) = ? order by key", (which, which))
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise UnknownRun(f"{which!r} matches {len(rows)} runs: {', '.join(r.id for r in rows[:8])}", "give more of the id")
        if which == "last":
            raise UnknownRun(
                f"{self.path}: {'no such database' if self._absent else 'has no runs yet'}",
                f"begin one with `{program()} watch` or `{program()} run`",
            )
        raise UnknownRun(f"{self.path}: no run {clean(which, 80)!r}{self._meant(which)}", f"see `{program()} runs ls`")

    def newest(self, able: Callable[[RunRow], bool]) -> RunRow | None:
        """Return the newest run for which a function returns True, or None."""
        return next((run for run in self.runs() if able(run)), None)

    def _meant(self, which: str) -> str:
        """Return ``; did you mean …?`` with the newest run of a similar id, or "".

        Beginnings of ids that are as long as the given one count as well.
        """
        known = ["last", *(clean(run.id, 80) for run in self.runs()[:MOST_SIMILAR])]
        beginnings = {one[: len(which)]: one for one in reversed(known) if len(which) >= LEAST_SIMILAR}
        similar = nearest(which, [*beginnings, *known])
        return f"; did you mean {beginnings.get(similar, similar)!r}?" if similar else ""

    def has(self, run: RunRow) -> bool:
        """Return whether a run still exists."""
        with translated(self.path):
            return self.connection.execute("select 1 from runs where key = ? and id = ?", (run.key, run.id)).fetchone() is not None

    def has_id(self, run_id: str) -> bool:
        """Return whether a run has exactly this id."""
        with translated(self.path):
            return self.connection.execute("select 1 from runs where id = ?", (run_id,)).fetchone() is not None

    def runs(self) -> list[RunRow]:
        """Return all runs, newest first."""
        with translated(self.path):
            return self._runs("order by key desc", ())

    def select_runs(self, clause: str, parameters: Sequence[Any], *, left_out: Collection[str] = ()) -> list[RunRow]:
        """Return the runs that a clause of SQL selects; other modules of this room give it.

        Args:
            clause: what follows the name of the table.
            parameters: the values of its placeholders.
            left_out: columns of texts that are not read, only their type is checked; they are empty in the rows.
        """
        with translated(self.path):
            return self._runs(clause, parameters, left_out)

    def _runs(self, clause: str, parameters: Sequence[Any], left_out: Collection[str] = ()) -> list[RunRow]:
        if self._absent:
            return []
        names = ", ".join(f"case typeof({name}) when 'text' then '' end" if name in left_out else name for name in RunRow._fields)
        rows = [run_row(row) for row in self.connection.execute(f"select {names} from runs {clause}", parameters)]
        return [row._replace(state="interrupted") if row.state == "running" and not self._held(row) else row for row in rows]

    def _held(self, row: RunRow) -> bool:
        """Return whether this or another process has locked a run."""
        lock = self._lock_of(row)
        if self._lock is not None and Path(self._lock.lock_file) == Path(lock.lock_file):
            return True
        return is_held(lock)

    def update_run(self, run: RunRow, **columns: Any) -> None:
        """Set columns of a run's row."""
        with translated(self.path), self.transaction():
            self._update(run.key, columns)

    def _update(self, key: int, columns: dict[str, Any]) -> None:
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        done = self.connection.execute(
            f"update runs set {assignments}, updated = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') where key = :key", {**columns, "key": key}
        )
        if not done.rowcount:
            raise UnknownRun(f"{self.path}: the run has been deleted", "start another one")

    def remove_run(self, run: RunRow) -> None:
        """Delete a run and everything that belongs to it.

        Raises:
            StoreBusy: a process is running it.
        """
        if self._held(run):
            raise StoreBusy(f"run {run.id} is in use", "stop it first (q in its screen, Ctrl-C in its terminal)")
        with translated(self.path), self.transaction():
            for table in ("steps", "days", "pairs", "nights", "warnings", "calls", "bookmarks"):
                self.connection.execute(f"delete from {table} where run = ?", (run.key,))
            self.connection.execute("delete from runs where key = ?", (run.key,))
            # Vectors belong to texts, not to runs: they are deleted with the last run.
            self.connection.execute("delete from embeddings where not exists (select 1 from runs)")
            shutil.rmtree(self.adapter_folder(run), ignore_errors=True)

    def adapter_folder(self, run: RunRow) -> Path:
        """Return the folder of a run's adapters, which may not exist yet."""
        return self.path.with_name(self.path.name + ".adapters") / run.id

    # -- one writer per run -----------------------------------------------------------------------------------------

    def hold(self, run: RunRow) -> None:
        """Lock a run for writing.

        The operating system releases the lock when the process ends, however it ends.

        Raises:
            StoreBusy: another process has locked it.
        """
        self.make_lock_folder()
        lock = self._lock_of(run)
        try:
            # A list of runs takes each lock for an instant, to check it.
            lock.acquire(timeout=0.5, poll_interval=0.01)
        except Timeout as error:
            raise StoreBusy(
                f"another process is running {run.id}", f"watch it with `{program()} replay {run.id}`, or wait for it"
            ) from error
        self._lock = lock

    def check_free(self, run: RunRow) -> None:
        """Check that no process is running a run.

        Raises:
            StoreBusy: a process is running it.
        """
        if self._held(run):
            raise StoreBusy(f"another process is running {run.id}", f"watch it with `{program()} replay {run.id}`, or wait for it")

    def release(self) -> None:
        """Release the run that is locked, if any."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _lock_of(self, run: RunRow) -> FileLock:
        return FileLock(self.lock_folder / f"{run.key}.lock", is_singleton=False)

    # -- writing --------------------------------------------------------------------------------------------------

    def begin_day(self, run: RunRow, plan: DayPlan, first: int) -> None:
        """Store the plan of a day.

        Args:
            run: the run.
            plan: plan of the day.
            first: index of the day's first step.
        """
        with translated(self.path), self.transaction():
            self.connection.execute(
                "insert into days (run, day, first, plan) values (?, ?, ?, ?)", (run.key, plan.day, first, to_json(plan).decode())
            )

    def add_steps(
        self,
        run: RunRow,
        steps: Sequence[Step],
        micros: Sequence[int],
        wall_s: float,
        pairs: Sequence[Pair] = (),
        embeddings: Sequence[Embedding] = (),
        calls: Sequence[CallRecord] = (),
    ) -> None:
        """Store steps with what belongs to them, in one transaction.

        Args:
            run: the run.
            steps: steps in order.
            micros: duration of each step, in microseconds.
            wall_s: wall time of the run so far, in seconds.
            pairs: preference pairs from the steps.
            embeddings: vectors computed for the steps; stored ones are not replaced.
            calls: calls to endpoints made for the steps.
        """
        if not steps:
            return
        self.check_file()
        rows = [
            (run.key, step.index, step.day, step.minute, step.spoke, _score(step), to_json(step).decode(), took)
            for step, took in zip(steps, micros, strict=True)
        ]
        with translated(self.path), self.transaction():
            self.connection.executemany(
                "insert into steps (run, idx, day, minute, spoke, score, record, micros) values (?, ?, ?, ?, ?, ?, ?, ?)", rows
            )
            self.connection.executemany(
                "insert into pairs (run, idx, number, kind, chosen, rejected, won, prompt) values (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (run.key, one.index, one.number, one.kind, one.chosen, one.rejected, one.won, array("i", one.prompt).tobytes())
                    for one in pairs
                ],
            )
            self.connection.executemany(
                "insert or ignore into embeddings (embedder, text, vector) values (?, ?, ?)",
                [(one.embedder, one.text, one.vector) for one in embeddings],
            )
            self._insert_calls(run, calls)
            self._update(run.key, {"steps": steps[-1].index + 1, "wall_s": wall_s})

    def add_calls(self, run: RunRow, calls: Sequence[CallRecord]) -> None:
        """Store calls that belong to no step: those for a day's plan, and those that failed."""
        if calls:
            with translated(self.path), self.transaction():
                self._insert_calls(run, calls)

    def _insert_calls(self, run: RunRow, calls: Sequence[CallRecord]) -> None:
        names = ", ".join(CALL_COLUMNS)
        self.connection.executemany(
            f"insert into calls (run, {names}) values (?{', ?' * len(CALL_COLUMNS)})",
            [(run.key, *(getattr(one, name) for name in CALL_COLUMNS)) for one in calls],
        )

    def end_day(self, run: RunRow, figures: DayFigures) -> None:
        """Store the figures of a day and count it as done."""
        with translated(self.path), self.transaction():
            self.connection.execute(
                "update days set figures = ? where run = ? and day = ?", (to_json(figures).decode(), run.key, figures.day)
            )
            self._update(run.key, {"days_done": figures.day})

    def end_night(self, run: RunRow, night: Night, wall_s: float, pairs: Sequence[Pair] = (), warnings: Sequence[RunWarning] = ()) -> None:
        """Store a night of training.

        Args:
            run: the run.
            night: record of the training.
            wall_s: wall time of the run so far, in seconds.
            pairs: pairs whose log-probabilities under the base model are known now.
            warnings: warnings after the night.
        """
        self.check_file()
        with translated(self.path), self.transaction():
            self.connection.execute(
                "insert into nights (run, at, day, record) values (?, ?, ?, ?)", (run.key, night.at, night.day, to_json(night).decode())
            )
            self.connection.executemany(
                "update pairs set ref_chosen = ?, ref_rejected = ? where run = ? and idx = ? and number = ?",
                [(one.ref_chosen, one.ref_rejected, run.key, one.index, one.number) for one in pairs],
            )
            self._add_warnings(run, warnings)
            self._update(run.key, {"wall_s": wall_s})

    def add_warnings(self, run: RunRow, warnings: Sequence[RunWarning], *, instead_of: Collection[str] = ()) -> None:
        """Store warnings about a run.

        Args:
            run: the run.
            warnings: the warnings.
            instead_of: kinds of earlier warnings that they replace at the same steps.
        """
        self.check_file()
        with translated(self.path), self.transaction():
            old = [(run.key, one.at, kind) for one in warnings for kind in instead_of]
            self.connection.executemany("delete from warnings where run = ? and at = ? and kind = ?", old)
            self._add_warnings(run, warnings)

    def _add_warnings(self, run: RunRow, warnings: Sequence[RunWarning]) -> None:
        self.connection.executemany(
            "insert or replace into warnings (run, at, day, kind, text) values (?, ?, ?, ?, ?)",
            [(run.key, one.at, one.day, one.kind, one.text) for one in warnings],
        )

    # -- reading --------------------------------------------------------------------------------------------------

    def days(self, run: RunRow, start: int = 1) -> list[DayRow]:
        """Return the days of a run that have started, from day ``start`` on, in order."""
        query = "select day, first, plan, figures from days where run = ? and day >= ? order by day"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key, start)).fetchall()
            return [
                DayRow(whole(day), whole(first), from_json(DayPlan, plan), from_json(DayFigures, figures) if figures else None)
                for day, first, plan, figures in rows
            ]

    def day_heads(self, run: RunRow, start: int = 1) -> list[DayHead]:
        """Return the days of a run that have started, in order, without their plans.

        They are from day ``start`` on.
        """
        query = "select day, first, figures from days where run = ? and day >= ? order by day"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key, start)).fetchall()
            return [DayHead(whole(day), whole(first), from_json(DayFigures, figures) if figures else None) for day, first, figures in rows]

    def day_figures(self, run: RunRow) -> list[DayFigures]:
        """Return the figures of a run's complete days, in order."""
        return [head.figures for head in self.day_heads(run) if head.figures is not None]

    def plan(self, run: RunRow, day: int) -> DayPlan | None:
        """Return the plan of a day, or None where the day has not started."""
        with translated(self.path):
            row = self.connection.execute("select plan from days where run = ? and day = ?", (run.key, day)).fetchone()
            return None if row is None else from_json(DayPlan, row[0])

    def steps(self, run: RunRow, start: int = 0, stop: int | None = None) -> Iterator[Step]:
        """Yield steps in order.

        Args:
            run: the run.
            start: index of the first step.
            stop: index after the last step; None for the end.
        """
        for _, record in self._records(run, start, stop):
            with translated(self.path):
                step = from_json(Step, record)
            yield step

    def _records(self, run: RunRow, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]:
        """Yield index and record of steps in order.

        Raises:
            StoreError: a step is missing; without it, what is made of the others would be wrong.
        """
        end = stop if stop is not None else 1 << 62
        expected = max(start, 0)
        with translated(self.path):
            rows = self.connection.execute(
                "select idx, record from steps where run = ? and idx >= ? and idx < ? order by idx", (run.key, start, end)
            )
            # Not `yield from`, which closes the rows with the reader: the database may be closed by then.
            for index, record in rows:
                if index != expected:
                    raise self._missing(run, expected)
                yield index, record
                expected += 1
        if expected < min(end, run.steps):
            raise self._missing(run, expected)

    def _missing(self, run: RunRow, index: int) -> StoreError:
        name = clean(run.id, 80)
        return StoreError(
            f"run {name}: step {index} is missing", f"`propersim runs check {name}` says what else is; restore the database from a copy"
        )

    def low_scored(self, run: RunRow, at: int, *, forward: bool) -> Iterator[ScoredStep]:
        """Yield the steps at which what was shown scored less than 4.

        Uses an index that holds only such steps and reads no more than is consumed, so that it suits runs of any length.

        Args:
            run: the run.
            at: index of the step to start with, inclusive.
            forward: whether to go towards the end of the run.
        """
        sign, order = (">=", "asc") if forward else ("<=", "desc")
        # Without the hint, SQLite scans all steps, a page or two each.
        query = f"select record from steps indexed by steps_marked_down where run = ? and idx {sign} ? and score < 4 and score >= 0"
        query += f" order by idx {order}"
        with translated(self.path):
            for (record,) in self.connection.execute(query, (run.key, at)):
                yield decode_scored_step(record)

    def spoken(self, run: RunRow, start: int = 0) -> Iterator[SpokenStep]:
        """Yield the steps at which something was recommended, in order.

        Args:
            run: the run.
            start: index of the first step.
        """
        query = "select record from steps indexed by steps_spoken where run = ? and idx >= ? and spoke order by idx"
        with translated(self.path):
            for (record,) in self.connection.execute(query, (run.key, start)):
                yield decode_spoken_step(record)

    def nearest_recommendation(self, run: RunRow, at: int, *, forward: bool) -> int | None:
        """Return the index of the nearest step with a recommendation, or None.

        Args:
            run: the run.
            at: index of a step, exclusive.
            forward: look after that step; else before it.
        """
        least, sign = ("min", ">") if forward else ("max", "<")
        with translated(self.path):
            query = f"select {least}(idx) from steps indexed by steps_spoken where run = ? and idx {sign} ? and spoke"
            (index,) = self.connection.execute(query, (run.key, at)).fetchone()
            return None if index is None else whole(index)

    def pairs(self, run: RunRow, kind: str, before: int, count: int) -> list[Pair]:
        """Return the newest preference pairs of a kind from before a step, oldest first.

        For the replay buffer.

        Args:
            run: the run.
            kind: kind of pair.
            before: index of the step.
            count: most pairs to return.
        """
        query = (
            "select idx, number, kind, prompt, chosen, rejected, won, ref_chosen, ref_rejected from pairs"
            " where run = ? and kind = ? and idx < ? order by idx desc, number desc limit ?"
        )
        with translated(self.path):
            return _pairs(reversed(self.connection.execute(query, (run.key, kind, before, count)).fetchall()))

    def pairs_at(self, run: RunRow, index: int) -> list[Pair]:
        """Return the preference pairs of a step."""
        query = (
            "select idx, number, kind, prompt, chosen, rejected, won, ref_chosen, ref_rejected from pairs"
            " where run = ? and idx = ? order by number"
        )
        with translated(self.path):
            return _pairs(self.connection.execute(query, (run.key, index)).fetchall())

    def every_pair(self, run: RunRow) -> Iterator[Pair]:
        """Yield all preference pairs of a run in the order of steps.

        Their prompts are left out.
        """
        query = (
            "select idx, number, kind, x'', chosen, rejected, won, ref_chosen, ref_rejected from pairs where run = ? order by idx, number"
        )
        with translated(self.path):
            for row in self.connection.execute(query, (run.key,)):
                yield from _pairs([row])

    def embedding(self, embedder: str, text: str) -> bytes | None:
        """Return the stored vector of a text by the name of its embedder, or None."""
        with translated(self.path):
            row = self.connection.execute("select vector from embeddings where embedder = ? and text = ?", (embedder, text)).fetchone()
        return None if row is None else bytes(row[0])

    def nights(self, run: RunRow, after: int = -1) -> list[Night]:
        """Return the trainings of a run in order; only those after more than ``after`` steps."""
        with translated(self.path):
            rows = self.connection.execute("select record from nights where run = ? and at > ? order by at", (run.key, after)).fetchall()
            return [from_json(Night, record) for (record,) in rows]

    def calls(self, run: RunRow, index: int | None = None) -> list[CallRecord]:
        """Return the calls of a run, or of one of its steps, in the order in which they ended."""
        query = f"select {', '.join(CALL_COLUMNS)} from calls where run = ?{'' if index is None else ' and idx = ?'} order by id"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key,) if index is None else (run.key, index)).fetchall()
            return [msgspec.convert(dict(zip(CALL_COLUMNS, row, strict=True)), CallRecord, strict=False) for row in rows]

    def spent(self, run: RunRow) -> tuple[int, float]:
        """Return the number of a run's calls, and their known cost in dollars.

        Calls answered from the cache are included.
        """
        with translated(self.path):
            count, cost = self.connection.execute("select count(*), total(cost) from calls where run = ?", (run.key,)).fetchone()
        return int(count), float(cost)

    def call_totals(self) -> dict[str, CallTotals]:
        """Return what the calls of each run used, by run id; runs without calls are left out."""
        query = (
            "select runs.id, count(*), total(tokens_in), total(tokens_out), total(cost), count(cost)"
            " from calls join runs on runs.key = calls.run group by calls.run"
        )
        with translated(self.path):
            rows = self.connection.execute(query).fetchall()
        return {
            run: CallTotals(count, float(read), float(written), float(cost), count - priced)
            for run, count, read, written, cost, priced in rows
        }

    def call_seconds(self, run: RunRow, most: int = 200) -> list[float]:
        """Return how long a run's newest calls took, in seconds.

        Calls that failed or were answered from the cache are left out.

        Args:
            run: the run.
            most: most calls to return.
        """
        query = "select seconds from calls where run = ? and not cached and failed = '' order by id desc limit ?"
        with translated(self.path):
            return [float(seconds) for (seconds,) in self.connection.execute(query, (run.key, most))]

    def load_plan(self, key: str) -> DayPlan | None:
        """Return the plan that is stored under a key, or None."""
        if self._absent:
            return None
        with translated(self.path):
            row = self.connection.execute("select plan from plans where key = ?", (key,)).fetchone()
            return None if row is None else from_json(DayPlan, row[0])

    def save_plan(self, key: str, plan: DayPlan) -> DayPlan:
        """Store a plan under a key and return the stored one.

        It is another run's where that was faster.
        """
        with translated(self.path), self.transaction():
            self.connection.execute("insert or ignore into plans (key, plan) values (?, ?)", (key, to_json(plan).decode()))
        return self.load_plan(key) or plan

    def warnings(self, run: RunRow) -> list[RunWarning]:
        """Return the warnings of a run, in order."""
        with translated(self.path):
            rows = self.connection.execute(
                "select at, day, kind, text from warnings where run = ? order by at, kind", (run.key,)
            ).fetchall()
            return [RunWarning(whole(at), whole(day), str(kind), str(text)) for at, day, kind, text in rows]

    def step_count(self, run: RunRow) -> int:
        """Return the number of stored steps of a run."""
        with translated(self.path):
            (last,) = self.connection.execute("select max(idx) from steps where run = ?", (run.key,)).fetchone()
            return 0 if last is None else whole(last) + 1

    def rated_by_person(self, run: RunRow, start: int, stop: int, *, most: int = -1) -> list[Step]:
        """Return the steps at which a person was to rate what was shown, in order.

        Args:
            run: the run.
            start: index of the first step.
            stop: index after the last step.
            most: most steps to return; −1 for all.
        """
        # Within a JSON string the quotes are escaped, so that only the field itself matches.
        query = (
            "select record from steps indexed by steps_spoken where run = ? and idx >= ? and idx < ? and spoke"
            """ and record like '%,"judged":{%' order by idx limit ?"""
        )
        with translated(self.path):
            return [from_json(Step, record) for (record,) in self.connection.execute(query, (run.key, start, stop, most))]

    def go_back(self, run: RunRow, index: int, notes: Sequence[RunWarning] = ()) -> None:
        """Delete the steps of the current day from one on, with their pairs, to make them anew.

        Bookmarks on later steps go with them: those steps will be others. The step itself is made again with the same content, and keeps
        its bookmark. Calls to endpoints stay: they are paid for. The vectors of texts stay too.

        Args:
            run: the run.
            index: index of the first step to delete.
            notes: say with the run that this was done.

        Raises:
            StoreError: the step belongs to a complete day, or a night came after it.
        """
        self.check_file()
        with translated(self.path), self.transaction():
            (first,) = self.connection.execute("select max(first) from days where run = ? and figures is null", (run.key,)).fetchone()
            (night,) = self.connection.execute("select max(at) from nights where run = ?", (run.key,)).fetchone()
            if first is None or index < whole(first) or (night is not None and index < whole(night)):
                raise StoreError(f"run {run.id}: what came before the last night cannot be made anew")
            for table in ("steps", "pairs"):
                self.connection.execute(f"delete from {table} where run = ? and idx >= ?", (run.key, index))
            for table, at in (("bookmarks", "idx"), ("warnings", "at")):
                self.connection.execute(f"delete from {table} where run = ? and {at} > ?", (run.key, index))
            self._add_warnings(run, notes)
            self._update(run.key, {"steps": index, "state": "running", "digest": ""})

    def step_at(self, run: RunRow, day: int, minute: float) -> int | None:
        """Return the index of the last step of a day at or before a minute.

        Where no step is that early, it is the first step; None where the day has none.

        Args:
            run: the run.
            day: day of the run, from 1.
            minute: minute of the day.
        """
        if not 0 <= day <= LARGEST:
            return None
        # There is no index by day: search between the first steps of this day and the next.
        query = """
            select max(case when minute <= :minute then idx end), min(idx) from steps where run = :run
            and idx >= (select first from days where run = :run and day = :day)
            and idx < coalesce((select first from days where run = :run and day = :day + 1), 1 << 62)
        """
        with translated(self.path):
            last, first = self.connection.execute(query, {"run": run.key, "day": day, "minute": minute}).fetchone()
            index = first if last is None else last
            return None if index is None else whole(index)

    def digest(self, run: RunRow) -> str:
        """Return the SHA-256 of the step records of a run.

        The records hold no run id, paths or wall-clock times.
        """
        total = hashlib.sha256()
        for _, record in self._records(run):
            total.update(record.encode())
            total.update(b"\n")
        return total.hexdigest()


NO_SCORE = -1
"""Stands in the column ``score`` for a recommendation that a person did not rate in full."""


def _score(step: Step) -> int:
    score = step.rating.score
    return NO_SCORE if score is None else score


def _pairs(rows: Iterable[tuple[Any, ...]]) -> list[Pair]:
    pairs = []
    for index, number, kind, prompt, *rest in rows:
        ids = array("i")
        ids.frombytes(prompt)
        pairs.append(Pair(index, number, kind, tuple(ids), *rest))
    return pairs
