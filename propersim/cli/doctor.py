"""``propersim doctor``: what this machine can run."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from propersim.errors import PropersimError
from propersim.persona_files import persona_ids
from propersim.store import Store

_FITNESS = ("model", "there", "parameters", "needs", "available", "fits", "day_s", "night_s", "problem")


def examine(db: Path) -> dict[str, Any]:
    """Return the findings; the default model is loaded for them. ``torch`` and the model's fields are null or 0 where there is none."""
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
    }


def _model() -> dict[str, Any]:
    """Load the default model and count what came of it."""
    nothing = {"device": "cpu", "model": None, "parameters": 0, "quantization": None, "linear4bit_layers": 0, "model_problem": None}
    if _version("torch") is None:
        return {**nothing, "model_problem": "torch is not installed"}
    from propersim.learning.model import LoadedModel

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
    from propersim.learning.estimate import available, day_seconds, device, needs
    from propersim.learning.presets import preset_names
    from propersim.learning.sources import resolve

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


def _fitness(row: dict[str, Any]) -> str:
    """Say in a line what a model needs, and whether that is there."""
    from propersim.learning.estimate import duration, gigabytes

    there = row["problem"] or ("there" if row["there"] else "not on this machine")
    if row["needs"] is None:
        return f"{row['model']}: {there}"
    room = gigabytes(row["available"])
    fits = f"fits into the {room} free" if row["fits"] else f"does not fit into the {room} free"
    times = f"; about {duration(row['day_s'])} a simulated day and {duration(row['night_s'])} a night's learning" if row["fits"] else ""
    return f"{row['model']}: {there}; needs about {gigabytes(row['needs'])}, {fits}{times}"
