"""The store: one SQLite database of runs, and the only module that speaks SQL.

A step is written in the same transaction as everything that a resume needs to go on after it: the step
records themselves are enough, since clocks and counts follow from them and all randomness from the seed.
"""

from __future__ import annotations

import hashlib
import shutil
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
from filelock import FileLock, Timeout

from propersim.core.errors import StoreBusy, UnknownRun
from propersim.core.light_records import Judged, judged
from propersim.core.records import SPENT, DayFigures, DayPlan, Embedding, Night, Pair, Spent, Step, Warned, from_json, to_json
from propersim.store.database_file import StoreFile, translated
from propersim.store.rows import LARGEST, run_row, whole
from propersim.store.rows import DayHead as DayHead
from propersim.store.rows import DayRow as DayRow
from propersim.store.rows import RunRow as RunRow


class Store(StoreFile):
    """A database of runs; see :class:`~propersim.store.database_file.StoreFile` for how it is opened and what goes wrong with that.

    Args:
        path: the file; made where it is missing (unless ``read_only``).
        read_only: never write; a missing file is then an empty store.

    Raises:
        StoreError: not a database, damaged, of a newer version, or a folder that cannot be written.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self._lock: FileLock | None = None
        super().__init__(path, read_only=read_only)

    def close(self) -> None:
        """Close the database and give up the run, if one is held."""
        self.release()
        super().close()

    # -- runs -----------------------------------------------------------------------------------------------------

    def add_run(self, row: dict[str, Any]) -> RunRow:
        """Add a run (columns of the table ``runs``) and return it; committed at once."""
        with translated(self.path), self.connection:
            names = list(row)
            self.connection.execute(f"insert into runs ({', '.join(names)}) values ({', '.join('?' for _ in names)})", list(row.values()))
        return self.run(str(row["id"]))

    def run(self, which: str) -> RunRow:
        """Return a run by id, by the beginning of an id that fits only one, or ``last``.

        Raises:
            UnknownRun: none or several fit.
        """
        with translated(self.path):
            if which == "last":
                rows = self._runs("order by key desc limit 1", ())
            else:
                rows = self._runs("where id = ?", (which,)) or self._runs("where substr(id, 1, length(?)) = ? order by key", (which, which))
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise UnknownRun(f"{which!r} fits {len(rows)} runs: {', '.join(r.id for r in rows[:8])}", "write more of the name")
        raise UnknownRun(f"{self.path}: no run {which!r}", "see `propersim runs ls`")

    def has(self, run: RunRow) -> bool:
        """Whether a run is still there."""
        with translated(self.path):
            return self.connection.execute("select 1 from runs where key = ? and id = ?", (run.key, run.id)).fetchone() is not None

    def runs(self) -> list[RunRow]:
        """Return all runs, newest first."""
        with translated(self.path):
            return self._runs("order by key desc", ())

    def _runs(self, clause: str, parameters: Sequence[Any]) -> list[RunRow]:
        if self._absent:
            return []
        names = ", ".join(RunRow._fields)
        rows = [run_row(row) for row in self.connection.execute(f"select {names} from runs {clause}", parameters)]
        return [row._replace(state="interrupted") if row.state == "running" and not self._held(row) else row for row in rows]

    def _held(self, row: RunRow) -> bool:
        """Whether some process (or this one) holds a run."""
        lock = self._lock_of(row)
        if self._lock is not None and Path(self._lock.lock_file) == Path(lock.lock_file):
            return True
        if not Path(lock.lock_file).exists():
            return False
        try:
            with lock.acquire(timeout=0):
                return False
        except Timeout:
            return True

    def update_run(self, run: RunRow, **columns: Any) -> None:
        """Set columns of a run's row."""
        with translated(self.path), self.connection:
            self._update(run.key, columns)

    def _update(self, key: int, columns: dict[str, Any]) -> None:
        assignments = ", ".join(f"{name} = :{name}" for name in columns)
        done = self.connection.execute(
            f"update runs set {assignments}, updated = strftime('%Y-%m-%dT%H:%M:%SZ', 'now') where key = :key", {**columns, "key": key}
        )
        if not done.rowcount:
            raise UnknownRun(f"{self.path}: the run is not there any more: somebody has deleted it", "begin another one")

    def remove_run(self, run: RunRow) -> None:
        """Remove a run and all that belongs to it.

        Raises:
            StoreBusy: some process is running it.
        """
        if self._held(run):
            raise StoreBusy(f"run {run.id} is in use", "stop it first (q in its screen, Ctrl-C in its terminal)")
        with translated(self.path), self.connection:
            for table in ("steps", "days", "pairs", "nights", "warnings", "calls"):
                self.connection.execute(f"delete from {table} where run = ?", (run.key,))
            self.connection.execute("delete from runs where key = ?", (run.key,))
            # Vectors belong to texts, not to runs: they go with the last run that may want them.
            self.connection.execute("delete from embeddings where not exists (select 1 from runs)")
            shutil.rmtree(self.adapter_folder(run), ignore_errors=True)

    def adapter_folder(self, run: RunRow) -> Path:
        """Return the folder of a run's adapters; it may not be there yet."""
        return self.path.with_name(self.path.name + ".adapters") / run.id

    # -- one writer a run -----------------------------------------------------------------------------------------

    def hold(self, run: RunRow) -> None:
        """Take a run for writing; the operating system gives it back when the process ends, however it ends.

        Raises:
            StoreBusy: another process has it.
        """
        folder = self.lock_folder
        with translated(self.path):
            folder.mkdir(exist_ok=True)
        lock = self._lock_of(run)
        try:
            # A listing that looks whether it is held has it for an instant.
            lock.acquire(timeout=0.5, poll_interval=0.01)
        except Timeout as error:
            raise StoreBusy(
                f"run {run.id} is being run by another process", f"watch it with `propersim replay {run.id}`, or wait for it"
            ) from error
        self._lock = lock

    def check_free(self, run: RunRow) -> None:
        """Raise StoreBusy where some process has a run."""
        if self._held(run):
            raise StoreBusy(f"run {run.id} is being run by another process", f"watch it with `propersim replay {run.id}`, or wait for it")

    def release(self) -> None:
        """Give up the run that is held, if any."""
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _lock_of(self, run: RunRow) -> FileLock:
        return FileLock(self.lock_folder / f"{run.key}.lock", is_singleton=False)

    # -- writing --------------------------------------------------------------------------------------------------

    def begin_day(self, run: RunRow, plan: DayPlan, first: int) -> None:
        """Store a day's plan; ``first`` is the index of its first step."""
        with translated(self.path), self.connection:
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
        calls: Sequence[Spent] = (),
    ) -> None:
        """Store steps and what came of them, in one transaction.

        Args:
            run: the run.
            steps: in order.
            micros: time that each took, µs.
            wall_s: the run's wall time so far, s.
            pairs: that the steps gave.
            embeddings: that were computed for them; one that is there already stays.
            calls: that were made for them.
        """
        if not steps:
            return
        self.check_there()
        rows = [
            (run.key, step.index, step.day, step.minute, step.spoke, step.rating.score, to_json(step).decode(), took)
            for step, took in zip(steps, micros, strict=True)
        ]
        with translated(self.path), self.connection:
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

    def add_calls(self, run: RunRow, calls: Sequence[Spent]) -> None:
        """Store calls that no step came of yet: those for a day's plan, and those that failed."""
        if calls:
            with translated(self.path), self.connection:
                self._insert_calls(run, calls)

    def _insert_calls(self, run: RunRow, calls: Sequence[Spent]) -> None:
        names = ", ".join(SPENT)
        self.connection.executemany(
            f"insert into calls (run, {names}) values (?{', ?' * len(SPENT)})",
            [(run.key, *(getattr(one, name) for name in SPENT)) for one in calls],
        )

    def end_day(self, run: RunRow, figures: DayFigures) -> None:
        """Store a day's figures and count the day as done."""
        with translated(self.path), self.connection:
            self.connection.execute(
                "update days set figures = ? where run = ? and day = ?", (to_json(figures).decode(), run.key, figures.day)
            )
            self._update(run.key, {"days_done": figures.day})

    def end_night(self, run: RunRow, night: Night, wall_s: float, pairs: Sequence[Pair] = (), warnings: Sequence[Warned] = ()) -> None:
        """Store a night: its figures, its warnings, and what became known of pairs (their log-probabilities under the base model)."""
        self.check_there()
        with translated(self.path), self.connection:
            self.connection.execute(
                "insert into nights (run, at, day, record) values (?, ?, ?, ?)", (run.key, night.at, night.day, to_json(night).decode())
            )
            self.connection.executemany(
                "update pairs set ref_chosen = ?, ref_rejected = ? where run = ? and idx = ? and number = ?",
                [(one.ref_chosen, one.ref_rejected, run.key, one.index, one.number) for one in pairs],
            )
            self.connection.executemany(
                "insert or replace into warnings (run, at, day, kind, text) values (?, ?, ?, ?, ?)",
                [(run.key, one.at, one.day, one.kind, one.text) for one in warnings],
            )
            self._update(run.key, {"wall_s": wall_s})

    # -- reading --------------------------------------------------------------------------------------------------

    def days(self, run: RunRow, start: int = 1) -> list[DayRow]:
        """Return the days of a run that have begun, from day ``start`` on, in order."""
        query = "select day, first, plan, figures from days where run = ? and day >= ? order by day"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key, start)).fetchall()
            return [
                DayRow(whole(day), whole(first), from_json(DayPlan, plan), from_json(DayFigures, figures) if figures else None)
                for day, first, plan, figures in rows
            ]

    def day_heads(self, run: RunRow, start: int = 1) -> list[DayHead]:
        """Return the days of a run that have begun, from day ``start`` on, in order, without their plans."""
        query = "select day, first, figures from days where run = ? and day >= ? order by day"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key, start)).fetchall()
            return [DayHead(whole(day), whole(first), from_json(DayFigures, figures) if figures else None) for day, first, figures in rows]

    def plan(self, run: RunRow, day: int) -> DayPlan | None:
        """Return the plan of a day; None where that day has not begun."""
        with translated(self.path):
            row = self.connection.execute("select plan from days where run = ? and day = ?", (run.key, day)).fetchone()
            return None if row is None else from_json(DayPlan, row[0])

    def steps(self, run: RunRow, start: int = 0, stop: int | None = None) -> Iterator[Step]:
        """Yield the steps with index in [start, stop), in order."""
        for _, record in self._records(run, start, stop):
            with translated(self.path):
                step = from_json(Step, record)
            yield step

    def _records(self, run: RunRow, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, str]]:
        end = stop if stop is not None else 1 << 62
        with translated(self.path):
            yield from self.connection.execute(
                "select idx, record from steps where run = ? and idx >= ? and idx < ? order by idx", (run.key, start, end)
            )

    def marked_down(self, run: RunRow, at: int, *, forward: bool, low: bool = False) -> Iterator[Judged]:
        """Yield the steps at which what was shown did not have full marks, from an index on.

        Reads no more than is asked for, by an index that has only such steps: fit for runs of any length.

        Args:
            run: the run.
            at: index to begin with, itself included.
            forward: towards the end of the run; else towards its beginning.
            low: without recommendations of score 3.
        """
        sign, order = (">=", "asc") if forward else ("<=", "desc")
        # Left to itself, SQLite walks through all steps, a page or two each.
        query = f"select record from steps indexed by steps_marked_down where run = ? and idx {sign} ? and score < 4"
        query += f"{' and (not spoke or score <= 2)' if low else ''} order by idx {order}"
        with translated(self.path):
            for (record,) in self.connection.execute(query, (run.key, at)):
                yield judged(record)

    def spoken_at(self, run: RunRow, at: int, *, forward: bool) -> int | None:
        """Return the index of the next step (or the last one before ``at``) at which something was said; None where there is none."""
        least, sign = ("min", ">") if forward else ("max", "<")
        with translated(self.path):
            query = f"select {least}(idx) from steps indexed by steps_spoken where run = ? and idx {sign} ? and spoke"
            (found,) = self.connection.execute(query, (run.key, at)).fetchone()
        return None if found is None else int(found)

    def pairs(self, run: RunRow, kind: str, before: int, count: int) -> list[Pair]:
        """Return the newest pairs of a kind that arose before a step, oldest first: the replay buffer's window.

        Args:
            run: the run.
            kind: of pair.
            before: index of the step before which they arose.
            count: at most so many.
        """
        query = (
            "select idx, number, kind, prompt, chosen, rejected, won, ref_chosen, ref_rejected from pairs"
            " where run = ? and kind = ? and idx < ? order by idx desc, number desc limit ?"
        )
        with translated(self.path):
            return _pairs(reversed(self.connection.execute(query, (run.key, kind, before, count)).fetchall()))

    def pairs_at(self, run: RunRow, index: int) -> list[Pair]:
        """Return the preference pairs that arose at a step."""
        query = (
            "select idx, number, kind, prompt, chosen, rejected, won, ref_chosen, ref_rejected from pairs"
            " where run = ? and idx = ? order by number"
        )
        with translated(self.path):
            return _pairs(self.connection.execute(query, (run.key, index)).fetchall())

    def embedding(self, embedder: str, text: str) -> bytes | None:
        """Return the vector that an embedder, by name, once gave a text; None where it is not kept."""
        with translated(self.path):
            row = self.connection.execute("select vector from embeddings where embedder = ? and text = ?", (embedder, text)).fetchone()
        return None if row is None else bytes(row[0])

    def nights(self, run: RunRow, after: int = -1) -> list[Night]:
        """Return the trainings of a run, in order; ``after``: only those before which there were more steps than that."""
        with translated(self.path):
            rows = self.connection.execute("select record from nights where run = ? and at > ? order by at", (run.key, after)).fetchall()
            return [from_json(Night, record) for (record,) in rows]

    def calls(self, run: RunRow, index: int | None = None) -> list[Spent]:
        """Return the calls of a run, or those made for one of its steps, in the order in which they ended."""
        query = f"select {', '.join(SPENT)} from calls where run = ?{'' if index is None else ' and idx = ?'} order by id"
        with translated(self.path):
            rows = self.connection.execute(query, (run.key,) if index is None else (run.key, index)).fetchall()
            return [msgspec.convert(dict(zip(SPENT, row, strict=True)), Spent, strict=False) for row in rows]

    def spent(self, run: RunRow) -> tuple[int, float]:
        """Return how many calls a run has made, those answered by stored answers included, and what is known of their cost in dollars."""
        with translated(self.path):
            count, cost = self.connection.execute("select count(*), total(cost) from calls where run = ?", (run.key,)).fetchone()
        return int(count), float(cost)

    def kept_plan(self, key: str) -> DayPlan | None:
        """Return the plan that is stored under a key, or None."""
        if self._absent:
            return None
        with translated(self.path):
            row = self.connection.execute("select plan from plans where key = ?", (key,)).fetchone()
            return None if row is None else from_json(DayPlan, row[0])

    def keep_plan(self, key: str, plan: DayPlan) -> DayPlan:
        """Keep a planned day, and return the one that is kept: where another run was faster, that one's."""
        with translated(self.path), self.connection:
            self.connection.execute("insert or ignore into plans (key, plan) values (?, ?)", (key, to_json(plan).decode()))
        return self.kept_plan(key) or plan

    def warnings(self, run: RunRow) -> list[Warned]:
        """Return what a person should know of a run, in order."""
        with translated(self.path):
            rows = self.connection.execute(
                "select at, day, kind, text from warnings where run = ? order by at, kind", (run.key,)
            ).fetchall()
            return [Warned(whole(at), whole(day), str(kind), str(text)) for at, day, kind, text in rows]

    def step_count(self, run: RunRow) -> int:
        """Return how many steps of a run are stored."""
        with translated(self.path):
            (last,) = self.connection.execute("select max(idx) from steps where run = ?", (run.key,)).fetchone()
        return 0 if last is None else int(last) + 1

    def step_at(self, run: RunRow, day: int, minute: float) -> int | None:
        """Return the index of the last step of a day at or before a minute (its first where there is none before)."""
        if not 0 <= day <= LARGEST:
            return None
        # Between its first step and that of the next day, however long the run: there is no index by day.
        query = """
            select max(case when minute <= :minute then idx end), min(idx) from steps where run = :run
            and idx >= (select first from days where run = :run and day = :day)
            and idx < coalesce((select first from days where run = :run and day = :day + 1), 1 << 62)
        """
        with translated(self.path):
            last, first = self.connection.execute(query, {"run": run.key, "day": day, "minute": minute}).fetchone()
        found = first if last is None else last
        return None if found is None else int(found)

    def digest(self, run: RunRow) -> str:
        """Return the sha256 of the step records of a run; run id, paths and wall-clock times are not in them."""
        total = hashlib.sha256()
        for _, record in self._records(run):
            total.update(record.encode())
            total.update(b"\n")
        return total.hexdigest()


def _pairs(rows: Iterable[tuple[Any, ...]]) -> list[Pair]:
    found = []
    for index, number, kind, prompt, *rest in rows:
        ids = array("i")
        ids.frombytes(prompt)
        found.append(Pair(index, number, kind, tuple(ids), *rest))
    return found
