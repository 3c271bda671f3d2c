"""``propersim doctor``: what this machine can run."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from propersim.core.errors import InputError, PropersimError
from propersim.persona.library import persona_ids
from propersim.store.store import Store

MODELS_TOLD = 12
"""So many names of an endpoint's models are printed at most."""
_FITNESS = ("model", "there", "parameters", "needs", "available", "fits", "day_s", "night_s", "problem")


def check_endpoint(base_url: str, model: str) -> None:
    """Refuse an endpoint that cannot be asked about: no address, no model, or an address or key that cannot be.

    Raises:
        InputError: says which.
    """
    from propersim.llm_client import Endpoint

    for option, given in (("--base-url", base_url), ("--model", model)):
        if not given:
            raise InputError(f"{option}: an endpoint has an address and a model", f"give {option} as well")
    Endpoint(base_url, model).close()


def examine(db: Path, base_url: str = "", model: str = "") -> dict[str, Any]:
    """Return the findings; the default model is loaded for them. ``torch`` and the model's fields are null or 0 where there is none.

    Args:
        db: the database of runs.
        base_url: of an endpoint, which is asked one small question; "": none is asked about.
        model: as that endpoint calls it.
    """
    return {
        "propersim": _version("propersim"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "textual": _version("textual"),
        "torch": _version("torch"),
        "bitsandbytes": _version("bitsandbytes"),
        **_model(),
        "models": _models(),
        "personas": len(persona_ids()),
        "sqlite": sqlite3.sqlite_version,
        "database": _database(db),
        "endpoint": _endpoint(base_url, model) if base_url else None,
    }


def _endpoint(base_url: str, model: str) -> dict[str, Any]:
    """Ask an endpoint for its models and one small question; of the key only where it came from."""
    from propersim.llm_client import Endpoint
    from propersim.llm_client.secrets import key_variable

    with Endpoint(base_url, model) as endpoint:
        found = endpoint.probe()
        price = endpoint.price
        return {
            "base_url": endpoint.base_url,
            "model": model,
            "reachable": found.reachable,
            "usable": found.usable,
            "models": list(found.models),
            "listed": model in found.models,
            "form": found.form,
            "seconds": round(found.seconds, 2),
            "price": [price.into, price.out] if price else None,
            "key_from": key_variable(),
            "problem": found.problem or None,
        }


def _model() -> dict[str, Any]:
    """Load the default model and count what came of it."""
    nothing = {"device": "cpu", "model": None, "parameters": 0, "quantization": None, "linear4bit_layers": 0, "model_problem": None}
    if _version("torch") is None:
        return {**nothing, "model_problem": "torch is not installed"}
    from propersim.models.model import LoadedModel

    try:
        model = LoadedModel()
    except PropersimError as error:
        return {**nothing, "model_problem": error.message}
    return {
        "device": model.device,
        "model": model.name,
        "parameters": model.parameters,
        "quantization": model.quantize,
        "linear4bit_layers": model.linear4bit_layers,
        "model_problem": None,
    }


def _models() -> list[dict[str, Any]]:
    """Say of every preset what it needs in 4-bit, and whether this machine has it. Sizes in bytes, times in seconds; estimates."""
    from propersim.models.estimate import available, day_seconds, device, needs
    from propersim.models.presets import preset_names
    from propersim.models.sources import resolve

    on = device() if _version("torch") else "cpu"
    room = available(on)
    rows: list[dict[str, Any]] = []
    for name in preset_names():
        try:
            source = resolve(name)
        except PropersimError as error:
            rows.append({**dict.fromkeys(_FITNESS), "model": name, "there": False, "available": round(room), "problem": error.message})
            continue
        need, times = needs(source, "nf4", on), day_seconds(source, "nf4", on)
        rows.append(
            {
                "model": name,
                "there": source.there,
                "parameters": source.parameters,
                "needs": round(need.total) if need else None,
                "available": round(room),
                "fits": need.total <= room if need else None,
                "day_s": round(times[0]) if times else None,
                "night_s": round(times[1]) if times else None,
                "problem": None,
            }
        )
    return rows


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _database(db: Path) -> dict[str, Any]:
    free = shutil.disk_usage(db.absolute().parent).free // 2**20 if db.absolute().parent.is_dir() else None
    found: dict[str, Any] = {"path": str(db), "exists": db.exists(), "runs": 0, "free_mb": free, "problem": None}
    try:
        with Store(db, read_only=True) as store:
            found["runs"] = len(store.runs())
    except PropersimError as error:
        found["problem"] = error.message
    return found


def print_report(found: dict[str, Any]) -> None:
    """Print the findings for people."""
    for key in ("propersim", "python", "machine", "sqlite", "textual", "torch", "bitsandbytes"):
        print(f"{key:<10} {found[key] or 'not installed'}")
    print(f"{'personas':<10} {found['personas']}")
    layers = f"{found['linear4bit_layers']} layers in 4-bit" if found["linear4bit_layers"] else "no layers in 4-bit"
    model = f"{found['model']}, {found['parameters']:,} parameters, {found['quantization']}, {layers}, on {found['device']}"
    print(f"{'model':<10} {found['model_problem'] or model}")
    for row in found["models"]:
        print(f"{'':<10} {_fitness(row)}")
    database = found["database"]
    state = database["problem"] or (f"{database['runs']} runs" if database["exists"] else "not there yet; made by the first run")
    print(f"{'database':<10} {database['path']}: {state}; {database['free_mb']} MB free")
    if found["endpoint"] is not None:
        for number, text in enumerate(_peer(found["endpoint"])):
            print(f"{'' if number else 'endpoint':<10} {text}")


def _peer(found: dict[str, Any]) -> list[str]:
    """Return what is known of an endpoint, a line each; what it says itself is cleaned already."""
    where = f"{found['model']} at {found['base_url']}"
    if not found["usable"]:
        state = "answers, but cannot be used" if found["reachable"] else "cannot be reached"
        lines = [f"{where}: {state}: {found['problem']}"]
    else:
        lines = [f"{where}: answered in {found['seconds']:.1f} s, JSON as {found['form']}"]
    if found["reachable"]:
        names = ", ".join(found["models"][:MODELS_TOLD]) + (", …" if len(found["models"]) > MODELS_TOLD else "")
        lines.append(f"models: {names or 'it lists none'}")
    price = (
        f"${found['price'][0]:g} in, ${found['price'][1]:g} out a million tokens" if found["price"] else "not known: give it with --price"
    )
    key = f"from {found['key_from']}" if found["key_from"] else "none, which a server on this machine does not need"
    return [*lines, f"price: {price}", f"key: {key}"]


def _fitness(row: dict[str, Any]) -> str:
    """Say in a line what a model needs, and whether that is there."""
    from propersim.models.estimate import duration, gigabytes

    there = row["problem"] or ("there" if row["there"] else "not on this machine")
    if row["needs"] is None:
        return f"{row['model']}: {there}"
    room = gigabytes(row["available"])
    fits = f"fits into the {room} free" if row["fits"] else f"does not fit into the {room} free"
    times = f"; about {duration(row['day_s'])} a simulated day and {duration(row['night_s'])} a night's learning" if row["fits"] else ""
    return f"{row['model']}: {there}; needs about {gigabytes(row['needs'])}, {fits}{times}"
