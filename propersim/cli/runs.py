"""``propersim runs``: what is in the database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from propersim.cli import options as o
from propersim.core.config import BOTH
from propersim.core.errors import InputError
from propersim.core.records import DIMENSIONS
from propersim.experiments.agreement import Agreement, agreement

app = typer.Typer(help="List, show and remove runs.", no_args_is_help=True, rich_markup_mode=None)


@app.command("ls")
def list_runs(db: o.Db = o.DB, as_json: o.Json = False) -> None:
    """List runs, newest first."""
    from propersim.experiments.variants import stored_label
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        rows = store.runs()
    variants = [stored_label(row.config_json, f"{row.assistant} {row.model}") for row in rows]
    if as_json:
        keys = ("persona", "seed", "assistant", "model", "days_done", "days", "state", "steps", "created", "wall_s", "digest", "error")
        print(
            json.dumps(
                [
                    {"run": row.id, **{key: getattr(row, key) for key in keys}, "variant": variant}
                    for row, variant in zip(rows, variants, strict=True)
                ]
            )
        )
        return
    if not rows:
        typer.echo(f"no runs in {db}", err=True)
        return
    wide = max(9, *(min(32, len(variant)) for variant in variants))
    print(f"{'run':<24} {'persona':<26} {'variant':<{wide}} {'seed':>5} {'days':>9} {'steps':>8}  {'state':<12} begun")
    for row, variant in zip(rows, variants, strict=True):
        name = f"{row.persona} {row.name}"[:26]
        days = f"{row.days_done}/{row.days}"
        print(f"{row.id:<24} {name:<26} {variant[:wide]:<{wide}} {row.seed:>5} {days:>9} {row.steps:>8}  {row.state:<12} {row.created}")


@app.command()
def show(which: o.RunName, db: o.Db = o.DB, as_json: o.Json = False) -> None:
    """Show one run: options, versions and figures."""
    from propersim.cli.bill import print_calls
    from propersim.cli.headless import print_table
    from propersim.runs.runner import result
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        row = store.run(which)
        found = result(store, row)
        by_hand = agreement(store.steps(row)) if found["config"].get("user") in ("human", BOTH) else None
    found["versions"] = json.loads(row.versions_json)
    found["error"] = row.error
    if by_hand is not None:
        found["agreement"] = by_hand.to_dict()
    if as_json:
        print(json.dumps(found))
        return
    print(f"{row.persona} {row.name} · {row.assistant} · seed {row.seed} · {row.state} · {row.days_done} of {row.days} days")
    if row.error:
        print(f"error: {row.error}")
    print("options: " + ", ".join(f"{key}={value}" for key, value in found["config"].items() if value is not None))
    print("versions: " + ", ".join(f"{key} {value}" for key, value in found["versions"].items()))
    print(f"digest: {found['digest']}")
    if by_hand is not None:
        print(f"rated by a person: {by_hand.rated}" + ("; agrees with the judge: " + _agreed(by_hand) if by_hand.rated else ""))
    print_table(found, row.wall_s)
    print_calls(found["calls"])


def _agreed(found: Agreement) -> str:
    """Return shares and kappas on one line; a dash where there is no kappa."""
    named = zip(("overall", *DIMENSIONS), (found.overall, *found.dimensions), strict=True)
    return ", ".join(
        f"{name} {one.share:.0%} (kappa {'–' if one.kappa is None else f'{one.kappa:.2f}'})" for name, one in named if one.share is not None
    )


@app.command()
def rm(
    which: Annotated[list[str], typer.Argument(help="Run ids (or the beginnings of them).", metavar="RUN…")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    db: o.Db = o.DB,
) -> None:
    """Remove runs and all that belongs to them."""
    from propersim.store.store import Store

    if not Path(db).exists():
        raise InputError(f"{db}: there is no such database")
    with Store(db) as store:
        rows = [store.run(name) for name in which]
        for row in rows:
            if not yes and not typer.confirm(f"remove {row.id} ({row.name}, {row.days_done} of {row.days} days, {row.steps} steps)?"):
                continue
            store.remove_run(row)
            typer.echo(f"removed {row.id}", err=True)
