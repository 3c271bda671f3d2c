"""``propersim models export``: write what a run's model has learned for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.console import print_pairs
from propersim.cli.last_run import find_run
from propersim.core.text import clean
from propersim.models.export_forms import Dtype, Form
from propersim.models.libraries import need_libraries

NEEDS = {"dtype": o.OptionNeed("--form merged or --form gguf", lambda values: values["form"] != "peft")}
"""Options that have an effect only beside another."""


def export(
    which: Annotated[
        str, typer.Argument(help="Run id, the beginning of one, or 'last'.", metavar="RUN", autocompletion=completion.runs_with_adapters)
    ],
    to: Annotated[Path, typer.Option("--to", help="New or empty folder to write into.")],
    form: Annotated[
        Form, typer.Option("--form", help="An adapter for PEFT, a whole model for transformers, or a GGUF file for llama.cpp and Ollama.")
    ] = "peft",
    night: Annotated[
        int | None,
        typer.Option("--night", min=0, show_default="the newest", help="Day of the night whose adapter it is; 0: the starter adapter."),
    ] = None,
    dtype: Annotated[
        Dtype | None,
        typer.Option("--dtype", show_default="float32 for merged, float16 for gguf", help="Data type of the weights."),
    ] = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Export what a run's model has learned, for other programs.

    Args:
        which: run id, the beginning of one, or ``last``.
        to: new or empty folder to write into.
        form: ``peft``, ``merged`` or ``gguf``.
        night: day of the night whose adapter it is; 0 for the starter adapter, None for the newest.
        dtype: data type of the weights of a whole model.
        db: database of runs.
        as_json: print one JSON value.
    """
    need_libraries("`propersim models export`")
    from propersim.runs.export_model import export_model
    from propersim.runs.trained_model import nights_with_adapter
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        run = find_run(store, which, lambda row: bool(nights_with_adapter(store, row)))
        found = export_model(store, run, to, form=form, day=night, dtype=dtype)
    if as_json:
        print(json.dumps({"run": run.id, "form": form, "folder": str(to), **found._asdict()}))
        return
    print_pairs(
        [
            ("run", clean(run.id)),
            ("adapter", f"of the night of day {found.day}" if found.day else "the starter adapter, of before the first night"),
            ("base", clean(found.base, 400)),
            ("folder", clean(str(to), 400)),
            *(("files" if not number else "", name) for number, name in enumerate(found.files)),
            ("speaks", "–" if found.threshold is None else f"where P(speak) is above {100 * found.threshold:.0f} %"),
            ("size", f"{found.size / 1e6:,.1f} MB"),
            *(("note" if not number else "", clean(note, 400)) for number, note in enumerate(found.notes)),
        ]
    )
