"""``propersim models``: list, check, build, prepare and export models."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from propersim.cli import options as o
from propersim.cli.console import print_pairs, progress
from propersim.cli.model_export import NEEDS as EXPORT_NEEDS
from propersim.cli.model_export import export
from propersim.cli.tables import print_table
from propersim.core.clock import format_minutes
from propersim.core.errors import InputError, PropersimError
from propersim.core.files import make_writable_folder
from propersim.core.program import program
from propersim.core.text import clean, did_you_mean
from propersim.models.devices import check_device
from propersim.models.homelm_weights import WEIGHTS
from propersim.models.libraries import need_libraries
from propersim.models.starters import LAYERS, RANK, own_folder

app = typer.Typer(
    help="List, check, build, prepare and export models.", no_args_is_help=True, rich_markup_mode=None, suggest_commands=False
)


@o.command(app, "ls")
def list_models(as_json: o.Json = False) -> None:
    """List the presets of `--model`."""
    need_libraries("`propersim models`")
    from propersim.models.hub import check_variables
    from propersim.models.presets import preset, preset_names
    from propersim.models.sources import resolve

    check_variables()
    rows: list[dict[str, Any]] = []
    for name in preset_names():
        row: dict[str, Any] = {
            "model": name,
            "parameters": None,
            "there": False,
            "source": preset(name).source,
            "about": preset(name).about,
            "tried": preset(name).tried,
        }
        try:
            source = resolve(name)
            row.update(parameters=source.parameters, there=source.there, problem=None)
        except PropersimError as error:
            row["problem"] = error.message
        rows.append({**row, "card": read_card(WEIGHTS) if name == "homelm" else {}})
    if as_json:
        print(json.dumps(rows))
        return
    counts = [f"{row['parameters']:,}" if row["parameters"] else "–" for row in rows]
    cells = [[row["model"], count, _state(row), row["about"], row["tried"]] for row, count in zip(rows, counts, strict=True)]
    print_table(
        ("model", "parameters", "state", "about", "nights tried on"),
        cells,
        numbers=("parameters",),
        wrap=("state", "about", "nights tried on"),
    )


def _state(row: dict[str, Any]) -> str:
    if row["problem"]:
        return str(row["problem"])
    if row["model"] == "homelm":
        return (
            f"installed, perplexity {row['card'].get('perplexity', '–')}" if row["there"] else f"missing: `{program()} models build homelm`"
        )
    return "downloaded" if row["there"] else "not downloaded; happens at first use"


CHECKED_A_LINE = 100
"""Without a terminal, a line is printed every so many moments that are checked."""


@contextlib.contextmanager
def _losses(what: str, lines: int = 1) -> Iterator[Callable[[int, int, dict[str, float]], None]]:
    """Show the progress of a training.

    It yields a function that is given step, steps and the losses; without losses, moments that are checked, and all of them.

    Args:
        what: name of what is trained.
        lines: without a terminal, a line is printed every so many steps, and at the last one.
    """
    with progress(what, None, "steps") as advance:
        # A training that goes on has made its first steps before.
        first: list[tuple[int, float]] = []
        checked = [0]

        def report(step: int, steps: int, losses: dict[str, float]) -> None:
            if not losses:
                advance(step, f"of {steps} moments checked")
                if not sys.stderr.isatty() and (step == steps or step // CHECKED_A_LINE > checked[-1]):
                    checked.append(step // CHECKED_A_LINE)
                    print(f"checking {step}/{steps}", file=sys.stderr)
                return
            if not first:
                first.append((step, time.monotonic()))
            figures = " ".join(f"{name} {value:.3f}" for name, value in losses.items())
            made, since = step - first[0][0], time.monotonic() - first[0][1]
            left = f", about {format_minutes(since / made * (steps - step) / 60)} left" if made else ""
            advance(step, f"of {steps}, {figures}{left}")
            if not sys.stderr.isatty() and (step % lines == 0 or step == steps):
                print(f"{step}/{steps} {figures}", file=sys.stderr)

        yield report


@o.command(app)
def build(
    which: Annotated[str, typer.Argument(help="homelm, or gate: the classifier that it is compared with.", metavar="MODEL")],
    out: Annotated[
        Path | None, typer.Option("--out", show_default="that of the built-in model", help="Folder to write to; for the gate a file.")
    ] = None,
    seed: o.Seed = 0,
    count: Annotated[
        int | None, typer.Option("--examples", min=1000, help="Number of examples in the corpus; a small one for trials.")
    ] = None,
    as_json: o.Json = False,
) -> None:
    """Build corpus, tokenizer and weights from scratch; print the card.

    Args:
        which: ``homelm`` or ``gate``.
        out: folder, or for the gate file, to write to; None for that of the built-in model.
        seed: random seed.
        count: number of examples in the corpus; None for the default.
        as_json: print one JSON value.
    """
    if which not in ("homelm", "gate"):
        raise InputError(f"no model {which!r} to build{did_you_mean(which, ('homelm', 'gate'))}", "only homelm and gate can be built")
    need_libraries("`propersim models`")
    from propersim.models.gate import WEIGHTS as GATE
    from propersim.pretraining.gate import build_gate
    from propersim.pretraining.pretrain import EXAMPLES, build

    make, usual = (build, WEIGHTS) if which == "homelm" else (build_gate, GATE)
    target = out or usual
    make_writable_folder(target if which == "homelm" else target.parent)
    if which == "gate" and target.is_dir():
        raise InputError(f"{target}: is a folder", "give a file with --out")
    with _losses(which) as report:
        card = make(target, seed=seed, count=count or EXAMPLES, progress=report)
    if as_json:
        print(json.dumps(card))
    else:
        print_pairs((key, str(value)) for key, value in card.items())


@o.command(app)
def prepare(
    which: Annotated[str, typer.Argument(help="A preset, folder, .gguf file or hub id of a model that reads text.", metavar="MODEL")],
    out: Annotated[
        Path | None, typer.Option("--out", show_default="the folder where runs look for them", help="Folder to write to.")
    ] = None,
    seed: o.Seed = 0,
    count: Annotated[
        int | None, typer.Option("--examples", min=100, help="Number of moments that are trained; a small one for trials.")
    ] = None,
    rank: Annotated[int, typer.Option("--rank", min=1, max=256, help="Rank of the adapter's matrices.")] = RANK,
    layers: Annotated[int, typer.Option("--layers", min=1, max=200, help="Layers that it changes, counted from the last.")] = LAYERS,
    day_log: Annotated[bool, typer.Option("--day-log", help="Make it for runs with `--day-log on`.")] = False,
    device: o.Device = "auto",
    as_json: o.Json = False,
) -> None:
    """Train a model's starter adapter; repeat the command to continue.

    Runs of the model begin with it.

    Args:
        which: value of ``--model``.
        out: folder to write to; None for that where runs look for them.
        seed: random seed.
        count: number of moments that are trained; None for the default.
        rank: rank of the adapter's matrices.
        layers: layers that it changes, counted from the last.
        day_log: whether it is for runs with ``--day-log on``.
        device: device of the model, or ``auto``.
        as_json: print one JSON value.
    """
    need_libraries("`propersim models`")
    check_device(device)
    from propersim.pretraining.starter import MOMENTS, prepare

    make_writable_folder(out or own_folder())
    with _losses(Path(which).name, lines=10) as report:
        path, card = prepare(
            which, out, seed=seed, count=count or MOMENTS, rank=rank, layers=layers, day_log=day_log, device=device, progress=report
        )
    facts = {"file": str(path), "bytes": path.stat().st_size, "rank": card.rank, "layers": card.layers, "threshold": card.threshold}
    facts |= {"day_log": card.day_log}
    if as_json:
        print(json.dumps({**facts, **card.figures}))
    else:
        print_pairs((key, str(value)) for key, value in {**facts, **card.figures}.items())


_OF_HOMELM = o.OptionNeed("the model homelm", lambda values: values["which"] == "homelm")


@o.command(app, needs={"sentences": _OF_HOMELM, "seed": _OF_HOMELM})
def check(
    which: Annotated[str, typer.Argument(help="homelm, or anything else that `--model` takes.", metavar="MODEL")],
    sentences: Annotated[
        int, typer.Option("--sentences", min=1, max=100_000, help="Number of HomeLM's sentences to draw, one per situation.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the situations and the sampling.")] = 0,
    as_json: o.Json = False,
) -> None:
    """Load a model in 4-bit and print whether it can be used.

    For HomeLM, print how well-formed and varied its sentences are.

    Args:
        which: ``homelm``, or any other value of ``--model``.
        sentences: number of HomeLM's sentences to draw.
        seed: random seed.
        as_json: print one JSON value.
    """
    need_libraries("`propersim models`")
    if which != "homelm":
        facts = _facts(which)
        if as_json:
            print(json.dumps(facts))
        else:
            print_pairs((key.replace("_", " "), clean("–" if value is None else str(value), limit=400)) for key, value in facts.items())
        return
    from propersim.pretraining.check import draw, figures

    with progress("homelm", sentences, "sentences") as advance:
        summary = figures(draw(sentences, seed=seed, progress=lambda done: advance(done, "")))
    if as_json:
        print(json.dumps(summary))
        return
    values = {key: value for key, value in summary.items() if key != "examples"}
    pairs = [(key, f"{100 * value:.1f} %" if isinstance(value, float) else str(value)) for key, value in values.items()]
    print_pairs(pairs + [(key, clean(example, limit=200)) for key, examples in summary["examples"].items() for example in examples])


o.command(app, needs=EXPORT_NEEDS)(export)


def _facts(which: str) -> dict[str, Any]:
    """Load a model in 4-bit and return the facts that a run depends on.

    Raises:
        InputError: it cannot be used; the message says why.
    """
    from propersim.models.model import LoadedModel

    model = LoadedModel(which)
    least, most = model.codec.tokens_needed
    return {
        "model": which,
        "parameters": model.parameters,
        "device": model.device,
        "linear4bit_layers": model.linear4bit_layers,
        "longest_position": model.positions,
        "shortest_prompt_and_answer": least,
        "full_prompt_and_answer": most,
        "warning": " ".join(model.notices) or None,
    }


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of a model; empty where its weights are missing."""
    if not (folder / "model.safetensors").is_file() or not (folder / "card.json").is_file():
        return {}
    card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return card
