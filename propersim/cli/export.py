"""The command ``propersim export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from propersim.cli import options as o
from propersim.cli.console import print_message
from propersim.core.errors import InputError

NEEDS = {"force": o.OptionNeed("--out", lambda values: values["out"])}
"""Options that have an effect only beside another."""


def _format(value: str) -> str:
    from propersim.export.exporter import FORMATS

    return o.one_of("--format", value, FORMATS)


def export(
    which: o.StepsRunName,
    kind: Annotated[
        Literal["jsonl", "dpo", "kto", "sharegpt", "csv", "parquet"],
        typer.Option(
            "--format",
            parser=_format,
            help="Step records (jsonl), preference pairs (dpo), labelled answers (kto), welcome answers (sharegpt), "
            "or a table of steps (csv, parquet).",
        ),
    ] = "jsonl",
    out: Annotated[Path | None, typer.Option("--out", help="Write to a file instead of stdout.")] = None,
    force: o.Force = False,
    db: o.Db = o.DB,
) -> None:
    """Export a run as records, a table, or conversations for trainers.

    Args:
        which: run id, the beginning of one, or ``last``.
        kind: ``jsonl``, ``csv`` or ``parquet`` for steps, ``dpo``, ``kto`` or ``sharegpt`` for conversations.
        out: file to write to, unless there is nothing to export; None for stdout.
        force: whether to overwrite an existing file.
        db: database of runs.
    """
    from propersim.cli.last_run import find_run
    from propersim.core.files import refuse_existing
    from propersim.export.exporter import BINARY, Exporter
    from propersim.store.rows import has_steps
    from propersim.store.store import Store

    refuse_existing(out, force)
    if out is None and kind in BINARY:
        raise InputError(f"--format {kind} is no text", "write it to a file with --out")
    with Store(db, read_only=True) as store:
        run = find_run(store, which, has_steps)
        exporter = Exporter(store, run, kind)
        if out is not None:
            count = exporter.write(out)
        else:
            count = 0
            for line in exporter.lines():
                print(line)
                count += 1
    if not count:
        print_message(f"run {run.id}: nothing to export: {exporter.why_nothing()}")
    if left_out := exporter.left_out():
        print_message(left_out)
