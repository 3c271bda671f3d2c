"""``propersim models``: which models there are, and building and checking the one that ships."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from propersim.cli import options as o
from propersim.core.errors import InputError, PropersimError
from propersim.core.text import clean
from propersim.models.homelm_weights import WEIGHTS

app = typer.Typer(help="List models, and build or check HomeLM.", no_args_is_help=True, rich_markup_mode=None)


@app.command("ls")
def list_models(as_json: o.Json = False) -> None:
    """List the models that `--model` knows by name; it takes folders, GGUF files and hub ids as well."""
    from propersim.models.presets import preset, preset_names
    from propersim.models.sources import resolve

    rows: list[dict[str, Any]] = []
    for name in preset_names():
        row: dict[str, Any] = {
            "model": name,
            "parameters": None,
            "there": False,
            "source": preset(name).source,
            "about": preset(name).about,
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
    print(f"{'model':<14} {'parameters':>14}  {'state':<42} about")
    for row in rows:
        count = f"{row['parameters']:,}" if row["parameters"] else "–"
        print(f"{row['model']:<14} {count:>14}  {_state(row):<42} {row['about']}")


def _state(row: dict[str, Any]) -> str:
    if row["problem"]:
        return str(row["problem"])
    if row["model"] == "homelm":
        return f"ships, perplexity {row['card'].get('perplexity', '–')}" if row["there"] else "missing: `propersim models build homelm`"
    return "in the hub's cache" if row["there"] else "not here: fetched when it is first used"


@app.command()
def build(
    which: Annotated[str, typer.Argument(help="homelm", metavar="MODEL")],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to; the one that ships where not given.")] = WEIGHTS,
    seed: o.Seed = 0,
    count: Annotated[int | None, typer.Option("--examples", min=1000, help="Size of the corpus, to try things out.")] = None,
    as_json: o.Json = False,
) -> None:
    """Make corpus, tokenizer and weights from nothing; prints the card with the held-out perplexity."""
    if which != "homelm":
        raise InputError(f"no model {which!r} to build", "homelm is the one that is built here")
    from tqdm import tqdm

    from propersim.homelm_pretraining.pretrain import EXAMPLES, build

    with tqdm(total=None, desc="corpus", unit="step", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:

        def progress(step: int, steps: int, losses: dict[str, float]) -> None:
            bar.total = steps
            bar.set_description("training", refresh=False)
            bar.set_postfix(losses, refresh=False)
            bar.update(step - bar.n)
            if not sys.stderr.isatty():
                print(f"{step}/{steps} " + " ".join(f"{name} {value:.3f}" for name, value in losses.items()), file=sys.stderr)

        card = build(out, seed=seed, count=count or EXAMPLES, progress=progress)
    if as_json:
        print(json.dumps(card))
    else:
        for key, value in card.items():
            print(f"{key:<16} {value}")


@app.command()
def check(
    which: Annotated[str, typer.Argument(help="homelm", metavar="MODEL")],
    sentences: Annotated[int, typer.Option("--sentences", min=1, max=100_000, help="Sentences to draw, one a moment.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the moments and the sampling.")] = 0,
    as_json: o.Json = False,
) -> None:
    """Draw HomeLM's sentences at random moments: are they well-formed, and how varied?"""
    if which != "homelm":
        raise InputError(f"{which}: only homelm is checked", "`propersim doctor` says what a model needs")
    from tqdm import tqdm

    from propersim.homelm_pretraining.check import draw, figures

    with tqdm(total=sentences, desc="sentences", file=sys.stderr, disable=not sys.stderr.isatty()) as bar:
        found = figures(draw(sentences, seed=seed, progress=lambda done: bar.update(done - bar.n)))
    if as_json:
        print(json.dumps(found))
        return
    for key, value in found.items():
        if key != "examples":
            print(f"{key:<16} {f'{100 * value:.1f} %' if isinstance(value, float) else value}")
    for key, examples in found["examples"].items():
        for example in examples:
            print(f"{key:<16} {clean(example, limit=200)}")


def read_card(folder: Path) -> dict[str, Any]:
    """Return a model's card; empty where its weights are not there."""
    if not (folder / "model.safetensors").is_file() or not (folder / "card.json").is_file():
        return {}
    card: dict[str, Any] = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    return card
