"""Read a stored run: ``python examples/read_run.py RUNS.sqlite [RUN [PAIRS.jsonl]]`` counts its steps.

Where a file is named, its preference pairs are written to it.
"""

import sys

import propersim as ps


def main(database: str, which: str = "last", pairs: str | None = None) -> None:
    """Print a line for each complete day, and write the preference pairs of the run as JSON lines where a file is named."""
    run = ps.load_run(database, which)
    days = run.days
    print(f"{run.id}: {run.about['persona']}, {len(days)} days")
    for day in days:
        print(f"day {day['day']}: {day['steps']} steps, {day['shown']} recommendations, {day['welcome']} welcome")
    if pairs is not None:
        # A file that exists is refused; force=True would overwrite it.
        count = run.export(pairs, "dpo")
        print(f"{count} preference pairs" + (f" written to {pairs}" if count else ""))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3, 4):
        sys.exit("usage: python examples/read_run.py RUNS.sqlite [RUN [PAIRS.jsonl]]")
    main(*sys.argv[1:])
