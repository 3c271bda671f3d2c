"""``propersim run --dry-run``: print the estimated calls and cost of a run."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from propersim.cli.tables import print_table
from propersim.core.config import RunConfig

_COUNTS = ("calls", "tokens in", "most tokens out", "most cost")


def print_estimate(config: RunConfig, db: Path, *, as_json: bool) -> None:
    """Print the estimated calls of a run's first day by purpose, and of all its days together.

    Args:
        config: options of the run.
        db: the database, which may hold the plans of some days already.
        as_json: print one JSON value.

    Raises:
        InputError: see :func:`propersim.runs.dry_run.estimate_calls`.
    """
    from propersim.runs.dry_run import estimate_calls
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        rows = estimate_calls(config, store)
    *day, whole = rows
    if as_json:
        print(json.dumps({"first_day": [asdict(row) for row in day], "all": asdict(whole)}))
        return
    cells = []
    for row in rows:
        cost = "unknown" if row.cost is None else f"${row.cost:.2f}"
        what = ("first day", row.purpose) if row is not whole else ("whole run", "")
        cells.append([*what, str(row.calls), str(row.tokens_in), str(row.tokens_out), cost])
    print_table(("", "purpose", *_COUNTS), cells, numbers=_COUNTS)
    if whole.cost is None:
        print("The price is unknown: give it with --user-price or --price, in dollars per million tokens in and out.")
