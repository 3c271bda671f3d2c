"""Measure the speed of the engine and the model, as ratios where possible: ``make bench``.

Machines are noisy: quote the ratios, and absolute figures only together with the machine.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from propersim.core.config import RunConfig
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.simulation.simulation import Simulation
from propersim.store.store import Store
from tools import bench_model

DAYS = 14
PERSONAS = ("p04", "p11", "p25")
REPEATS = 5


def main(repeats: int = REPEATS) -> None:
    """Measure and print."""
    print(f"machine: {platform.system()} {platform.machine()}, Python {platform.python_version()}; medians of {repeats}, one core")
    start_up(repeats)
    for name in PERSONAS:
        persona = load_persona(name)
        list(Simulation(persona, "eager", days=1))
        figures = [one_round(name) for _ in range(repeats)]
        stored, free, silent = (statistics.median(row[i] for row in figures) for i in range(3))
        plan, step, wait = phases(name)
        print(
            f"{name}: {stored:7.0f} stored steps a second with the oracle; "
            f"unstored {free / stored:.2f}x, silent unstored {silent / stored:.2f}x; "
            f"a day: plan {plan:.1f} ms, steps {step:.1f} ms, store {wait:.1f} ms"
        )
    memory()
    bench_model.main(min(3, repeats))


def one_round(name: str) -> tuple[float, float, float]:
    """Return steps a second: oracle stored, oracle not stored, silent not stored."""
    persona = load_persona(name)
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.sqlite") as store:
        run = add_run(store, RunConfig(persona=name, days=DAYS, assistant="oracle"))
        began = time.perf_counter()
        row = Runner(store, run, FreeGate()).go()
        stored = row.steps / (time.perf_counter() - began)
    rates = [stored]
    for assistant in ("oracle", "silent"):
        simulation = Simulation(persona, assistant, days=DAYS)
        began = time.perf_counter()
        count = sum(1 for _ in simulation)
        rates.append(count / (time.perf_counter() - began))
    return rates[0], rates[1], rates[2]


def phases(name: str) -> tuple[float, float, float]:
    """Return milliseconds of each phase of a day: planning, stepping, encoding and storing."""
    simulation = Simulation(load_persona(name), "oracle", days=DAYS)
    spent = [0.0, 0.0, 0.0]
    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.sqlite") as store:
        run = add_run(store, RunConfig(persona=name, days=DAYS, assistant="oracle"))
        for day in range(1, DAYS + 1):
            marks = [time.perf_counter()]
            plan = simulation.begin_day(day)
            marks.append(time.perf_counter())
            steps = list(simulation.live(plan))
            marks.append(time.perf_counter())
            store.add_steps(run, steps, [0] * len(steps), 0.0)
            marks.append(time.perf_counter())
            spent = [total + (b - a) for total, a, b in zip(spent, marks, marks[1:], strict=False)]
    return spent[0] / DAYS * 1000, spent[1] / DAYS * 1000, spent[2] / DAYS * 1000


def start_up(repeats: int) -> None:
    """Print the time of the quick commands from the shell."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "runs.sqlite"
        Store(empty).close()
        for arguments in (["--help"], ["personas", "ls"], ["runs", "ls", "--db", str(empty)]):
            times = []
            for _ in range(repeats + 1):
                began = time.perf_counter()
                subprocess.run([sys.executable, "-m", "propersim", *arguments], check=True, capture_output=True)
                times.append(time.perf_counter() - began)
            print(f"propersim {' '.join(arguments[:2])}: {statistics.median(times[1:]) * 1000:.0f} ms")


_MEMORY = """
import sys, tempfile
from pathlib import Path
from tools.bench import FreeGate, RunConfig, Runner, Store, add_run
from tools.peak import peak_memory
peaks = {}
class Watch(FreeGate):
    def committed(self, steps, days):
        peaks[days] = peak_memory()
with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "m.sqlite") as store:
    Runner(store, add_run(store, RunConfig(persona="p11", days=100, assistant="oracle")), Watch()).go()
print(*(round(peaks[day], 1) for day in (10, 50, 100)))
"""


def memory() -> None:
    """Print the peak memory (MB) after 10, 50 and 100 days, measured in its own process."""
    done = subprocess.run([sys.executable, "-c", _MEMORY], check=True, capture_output=True, text=True)
    ten, fifty, hundred = map(float, done.stdout.split())
    print(f"peak memory after 10, 50, 100 days: {ten:.0f}, {fifty:.0f}, {hundred:.0f} MB ({hundred / ten:.2f}x)")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
