"""Read a stored run: ``python examples/read_run.py RUNS.sqlite [RUN]`` counts its steps and writes its preference pairs to pairs.jsonl."""

import sys

import propersim as ps


def main(database: str, which: str = "last") -> None:
    """Print a line for each complete day, and write the preference pairs of the run as JSON lines."""
    run = ps.load_run(database, which)
    days = run.days
    print(f"{run.id}: {run.about['persona']}, {len(days)} days")
    for day in days:
        print(f"day {day['day']}: {day['steps']} steps, {day['shown']} recommendations, {day['welcome']} welcome")
    count = run.export("pairs.jsonl", "dpo", force=True)
    print(f"{count} preference pairs" + (" written to pairs.jsonl" if count else ""))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python examples/read_run.py RUNS.sqlite [RUN]")
    main(*sys.argv[1:])
