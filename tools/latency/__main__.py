"""Measure how fast the screen answers keys, opens and jumps, and its memory: ``make latency``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tools.latency import keys, memory, opening, openings, stores
from tools.latency.figures import HEAD, Row, best

OF_A_STORE = ("replay", "still", "screens", "open", "jump", "memory")
SCENARIOS = ("generate", "train", *OF_A_STORE)
LIVED = (14, 50, 100, 200, 300)
"""Days of a live run after which its memory is reported."""


def main(arguments: list[str]) -> int:
    """Measure and print; return 1 if a key had no visible effect."""
    options = _parser().parse_args(arguments)
    chosen = options.scenario or list(SCENARIOS)
    unknown = set(chosen) - set(SCENARIOS)
    if unknown:
        print(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}", file=sys.stderr)
        return 2
    load = os.getloadavg()[0]
    print(f"machine: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load:.1f}")
    with tempfile.TemporaryDirectory() as name:
        return _measure(options, chosen, Path(name))


def _measure(options: argparse.Namespace, chosen: list[str], folder: Path) -> int:
    began = time.monotonic()
    path, runs = folder / "big.sqlite", [""]
    if set(chosen) & set(OF_A_STORE):
        runs = stores.big(path, personas=options.personas, days=options.days)
        took = time.monotonic() - began
        print(f"store: {len(runs)} runs of {options.days} days, {stores.steps_in(path):,} steps, made in {took:.0f} s")
    print(HEAD, flush=True)
    measures: dict[str, Callable[[], Row]] = {
        "generate": lambda: keys.generating(folder, options.keys),
        "train": lambda: keys.trains(folder, options.keys),
        "replay": lambda: keys.replaying(path, runs[0], options.keys),
        "still": lambda: keys.standing(path, runs[0], options.keys),
    }
    missing = 0
    for each in chosen:
        if each in measures:
            rows = [best(measures[each]() for _ in range(options.repeat))]
        elif each == "open":
            rows = opening.opening(path, runs, max(1, options.keys // 20))
        elif each == "screens":
            rows = list(openings.screens(path, runs[0], options.keys, options.size))
        elif each == "jump":
            rows = opening.jumping(path, runs[0], options.keys)
        else:
            rows = []
            print(memory.replayed(path, runs[0], options.passes, options.days), flush=True)
            print(memory.lived(folder, tuple(day for day in LIVED if day <= options.lived)), flush=True)
        for row in rows:
            print("\n".join(row.lines(kinds=options.kinds)), flush=True)
            missing += len(row.unseen)
    print(f"in all {time.monotonic() - began:.0f} s, load now {os.getloadavg()[0]:.1f}")
    return 1 if missing else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.latency", description=__doc__)
    parser.add_argument("scenario", nargs="*", help=f"what to measure, of {', '.join(SCENARIOS)}; everything where none is named")
    parser.add_argument("--keys", type=int, default=200, help="keys a scenario, at least (200)")
    parser.add_argument("--repeat", type=int, default=1, help="times that each scenario of keys is measured; the best one is told")
    parser.add_argument("--personas", type=int, default=32, help="runs of the large store (32)")
    parser.add_argument("--days", type=int, default=stores.DAYS, help="their days (14)")
    parser.add_argument("--passes", type=int, default=8, help="times that a run is replayed for its memory (8)")
    parser.add_argument("--lived", type=int, default=LIVED[-1], help=f"days of a live run for its memory ({LIVED[-1]})")
    parser.add_argument("--size", type=_size, default=(120, 40), help="columns and rows of the terminal of screens (120x40)")
    parser.add_argument("--kinds", action="store_true", help="with a line for each key")
    return parser


def _size(text: str) -> tuple[int, int]:
    columns, rows = text.split("x")
    return int(columns), int(rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
