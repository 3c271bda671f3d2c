"""Read a stored run: ``python examples/read_run.py RUNS.sqlite [RUN]`` counts its steps and writes its preference pairs to pairs.jsonl."""

import sys
from pathlib import Path

from propersim import Store
from propersim.store.export import export_lines


def main(database: str, which: str = "last") -> None:
    """Print a line for each day, and write the preference pairs of the run as JSON lines."""
    with Store(Path(database), read_only=True) as store:
        run = store.run(which)
        days: dict[int, list[int]] = {}
        for step in store.steps(run):
            counts = days.setdefault(step.day, [0, 0, 0])
            counts[0] += 1
            counts[1] += step.spoke
            counts[2] += step.welcome
        print(f"{run.id}: {run.persona}, {len(days)} days")
        for day, (steps, shown, welcome) in days.items():
            print(f"day {day}: {steps} steps, {shown} recommendations, {welcome} welcome")
        pairs = list(export_lines(store, run, "dpo"))
    if pairs:
        Path("pairs.jsonl").write_text("".join(f"{line}\n" for line in pairs), encoding="utf-8")
    print(f"{len(pairs)} preference pairs" + (" written to pairs.jsonl" if pairs else ""))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python examples/read_run.py RUNS.sqlite [RUN]")
    main(*sys.argv[1:])
