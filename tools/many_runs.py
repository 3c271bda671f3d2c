"""Make a database of many runs, and measure how long lists and tables of them take.

``python -m tools.many_runs make RUNS.sqlite`` makes real one-day runs of controls, then copies their rows with other seeds.
``python -m tools.many_runs measure RUNS.sqlite`` prints seconds of CPU time of the commands and of the list in the app. Machines
are noisy: quote ratios of two versions, measured one after the other.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from propersim.experiments.jobs import Job, make_jobs
from propersim.experiments.sweep import Sweep
from propersim.runs.create import add_given_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store

REAL = 1_024
"""Runs that are really made: 32 personas, 4 controls, 8 seeds."""
ROWS = 10_000
CONTROLS = ("silent", "random", "oracle", "eager")
OFTEN = 3
"""Times that a command is measured; the least counts, as other programs only add to it."""
COMMANDS = {
    "runs ls": ("runs", "ls"),
    "runs ls --limit 0": ("runs", "ls", "--limit", "0"),
    "runs ls --filter 'p07 oracle'": ("runs", "ls", "--filter", "p07 oracle"),
    "runs ls --sort f1": ("runs", "ls", "--sort", "f1"),
    "runs ls --state finished": ("runs", "ls", "--state", "finished"),
    "report": ("report",),
}


def main() -> None:
    """Make or measure a database."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("make", help="make the database")
    making.add_argument("db", type=Path)
    making.add_argument("--real", type=int, default=REAL, help="runs that are really made")
    making.add_argument("--rows", type=int, default=ROWS, help="rows of runs, with the copies")
    measuring = commands.add_parser("measure", help="measure lists and tables of its runs")
    measuring.add_argument("db", type=Path)
    measuring.add_argument("--only", default="", help="measure only what has this word in its name")
    given = parser.parse_args()
    if given.command == "make":
        make(given.db, given.real, given.rows)
    else:
        measure(given.db, given.only)


def make(db: Path, real: int, rows: int) -> None:
    """Make runs, and copies of their rows.

    Args:
        db: the new database.
        real: number of runs that are really made.
        rows: number of rows of runs in the end.
    """
    jobs: list[Job] = []
    seeds = 0
    while len(jobs) < real:
        seeds += 1
        jobs = make_jobs(Sweep(personas=[f"p{number:02d}" for number in range(1, 33)], variants=list(CONTROLS), seeds=range(seeds), days=1))
    began = _cpu()
    with Store(db) as store:
        store.connection.execute("pragma synchronous = off")
        for job in jobs[:real]:
            Runner(store, add_given_run(store, job.config, job.persona_json, job.world_text), FreeGate()).go()
        each = (_cpu() - began) / real
        print(f"{real} real runs of a day: {each:.2f} s of CPU time each, {db.stat().st_size / real / 1e6:.2f} MB")
        copies = copy_rows(store, seeds, rows)
    print(f"{copies} copies; {rows} rows in all")


def copy_rows(store: Store, seeds: int, rows: int) -> int:
    """Copy the rows of runs with other seeds until there are enough, and return the number of copies.

    A copy has the days of its run, and the first and the last step.

    Args:
        store: the store, whose runs have keys from 1 on.
        seeds: number of seeds of its runs.
        rows: number of rows of runs in the end.
    """
    connection = store.connection
    (real,) = connection.execute("select count(*) from runs").fetchone()
    columns = "persona, name, assistant, model, days, days_done, steps, state, wall_s, digest, persona_json, world_text, versions_json"
    made = 0
    with store.transaction():
        for turn in range(1, -(-rows // real)):
            count = min(real, rows - real * turn)
            values = {"turn": turn, "more": seeds * turn, "plus": real * turn, "most": count}
            connection.execute(
                f"insert into runs (key, id, seed, config_json, {columns}) select key + :plus, id || '-' || :turn, seed + :more,"
                f" json_set(config_json, '$.seed', seed + :more), {columns} from runs where key <= :most",
                values,
            )
            connection.execute(
                "insert into days (run, day, first, plan, figures) select run + :plus, day, first, plan, figures from days"
                " where run <= :most",
                values,
            )
            # As two statements: an or reads all steps.
            for which in ("0", "(select steps - 1 from runs where key = :run)"):
                connection.executemany(
                    "insert into steps (run, idx, day, minute, spoke, score, record, micros) select run + :plus, idx, day, minute, spoke,"
                    f" score, record, micros from steps where run = :run and idx = {which}",
                    [{**values, "run": run} for run in range(1, count + 1)],
                )
            made += count
    return made


def measure(db: Path, only: str = "") -> None:
    """Print seconds of CPU time of each command, and of the list of runs in the app.

    Args:
        db: the database.
        only: measure only what has this word in its name.
    """
    with Store(db, read_only=True) as store:
        print(f"{len(store.runs())} runs; CPU seconds, the least of {OFTEN}; beyond: without starting Python and importing")
    start = min(_of_child([sys.executable, "-m", "propersim", "runs", "ls", "--db", "/nonexistent.sqlite"]) for _ in range(OFTEN))
    print(f"{'start, imports and an empty list':34} {start:6.2f}")
    for name, words in COMMANDS.items():
        if only in name:
            took = min(_of_child([sys.executable, "-m", "propersim", *words, "--db", str(db)]) for _ in range(OFTEN))
            print(f"{name:34} {took:6.2f}   beyond {took - start:6.2f}")
    if only in "app":
        asyncio.run(_measure_app(db))


def _of_child(command: list[str]) -> float:
    """Return the CPU seconds of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with suppress(subprocess.CalledProcessError):
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "COLUMNS": "120"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _measure_app(db: Path) -> None:
    """Print how long the list of runs in the app takes, and the longest time for which the screen did not answer."""
    from propersim_tui.screens.runs import RunsScreen
    from tests.tui.hosts import Host, settled

    async with Host(RunsScreen(db)).run_test(size=(120, 40)) as pilot:
        waits: list[float] = []

        async def listen() -> None:
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.005)
                waits.append(time.perf_counter() - before - 0.005)

        listening = asyncio.create_task(listen())

        async def step(name: str, act: Callable[[], object]) -> None:
            waits.clear()
            began, clock = _cpu(), time.perf_counter()
            done = act()
            if asyncio.iscoroutine(done):
                await done
            await settled(pilot)
            longest = max(waits, default=0.0)
            print(f"app: {name:29} {_cpu() - began:6.2f}   wall {time.perf_counter() - clock:5.2f}   longest wait {longest:5.3f}")

        await step("open", lambda: None)
        await step("page down", lambda: pilot.press("pagedown"))
        await step("end", lambda: pilot.press("end"))
        await step("sort by F1", lambda: pilot.app.screen._sort_by("f1"))  # type: ignore[attr-defined]
        await step("filter p07 oracle", lambda: pilot.press("slash", *"p07 oracle"))
        listening.cancel()


def _cpu() -> float:
    return time.process_time()


if __name__ == "__main__":
    main()
