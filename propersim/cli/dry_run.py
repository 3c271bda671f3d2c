"""``propersim run --dry-run``: what a run would ask and cost."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from propersim.core.config import RunConfig


def print_estimate(config: RunConfig, db: Path, *, as_json: bool) -> None:
    """Print what the first day of a run would ask at endpoints, and all its days together.

    Args:
        config: the options of the run.
        db: the database, where days that were planned before are kept.
        as_json: as one JSON value.

    Raises:
        InputError: as :func:`propersim.runs.dry_run.estimate_calls`.
    """
    from propersim.runs.dry_run import estimate_calls
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        rows = estimate_calls(config, store)
    *day, whole = rows
    if as_json:
        print(json.dumps({"first_day": [asdict(row) for row in day], "all": asdict(whole)}))
        return
    print(f"{'a day':<22} {'calls':>8} {'tokens in':>12} {'out at most':>12} {'cost at most':>13}")
    for row in [*day, None, whole]:
        if row is None:
            print("the whole run")
            continue
        cost = "unknown" if row.cost is None else f"${row.cost:.2f}"
        print(f"{row.purpose:<22} {row.calls:>8} {row.tokens_in:>12} {row.tokens_out:>12} {cost:>13}")
    if whole.cost is None:
        print("the price is not known: give it with --user-price or --price, dollars per million tokens in and out")
