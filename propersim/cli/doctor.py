"""``propersim doctor``: check what this machine can run, and whether an endpoint works."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from propersim.cli.run_choice import read_list
from propersim.core.config import DeviceChoice
from propersim.core.errors import InputError, PropersimError
from propersim.models.devices import check_device
from propersim.models.libraries import missing_libraries, need_libraries
from propersim.persona.library import persona_ids
from propersim.store.store import Store

MOST_MODELS = 12
"""Most names of an endpoint's models that are printed."""
_FITNESS = ("model", "device", "there", "parameters", "needs", "available", "fits", "day_s", "night_s", "problem")


def check_endpoint(base_url: str, model: str) -> None:
    """Check the address, model and key of an endpoint without calling it.

    Raises:
        InputError: one of them is missing or invalid.
    """
    from propersim.llm_client import Endpoint

    for option, given in (("--base-url", base_url), ("--model", model)):
        if not given:
            raise InputError(f"{option}: needed to check an endpoint", f"give {option} as well")
    Endpoint(base_url, model).close()


def examine(db: Path, base_url: str = "", model: str = "", device: DeviceChoice = "auto") -> dict[str, Any]:
    """Examine this machine, loading the default model, and return the findings as plain data.

    Where the libraries of the models are missing, ``torch`` and the fields of the model are None or 0.

    Args:
        db: database of runs.
        base_url: address of an endpoint, which is asked a small question and two long ones; empty to check none.
        model: model of the endpoint, as the endpoint calls it; without one, a model as in runs, which is loaded and measured.
        device: the device that it is measured on, or ``auto``.

    Raises:
        InputError: the model cannot be loaded, or the device is not there.
    """
    if model and not base_url:
        check_device(device)
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
        "endpoint": examine_endpoint(base_url, model) if base_url else None,
        "measured": measure_model(model, device) if model and not base_url else None,
    }


def measure_model(model: str, device: DeviceChoice = "auto") -> dict[str, Any]:
    """Load a model as a run does, and measure decisions, suggestions and pairs.

    Times are in seconds, sizes in bytes.

    Raises:
        InputError: it cannot be loaded.
    """
    need_libraries("--model")
    import psutil

    from propersim.learning.measure import measure
    from propersim.models.model import LoadedModel

    loaded = LoadedModel(model, evidence=True, device=device)
    found = measure(loaded)._asdict()
    return {
        "model": model,
        "device": loaded.device,
        "starter": loaded.starter is not None,
        **{name: round(seconds, 4) for name, seconds in found.items()},
        "memory": psutil.Process().memory_info().rss,
        "warning": " ".join(loaded.notices) or None,
    }


def examine_endpoint(base_url: str, model: str) -> dict[str, Any]:
    """Ask an endpoint for its models, a small question and two long ones.

    The long ones have the length of a run's prompts.

    Of the key, the result says only where it was found.
    """
    from propersim.llm_client import Endpoint
    from propersim.llm_client.secrets import key_variable

    # The warning is part of the report.
    with Endpoint(base_url, model, warn=lambda text: None) as endpoint:
        answer = endpoint.probe()
        price = endpoint.price
        return {
            "base_url": endpoint.base_url,
            "model": model,
            "reachable": answer.reachable,
            "usable": answer.usable,
            "models": list(answer.models),
            "listed": model in answer.models,
            "form": answer.form,
            "seconds": round(answer.seconds, 2),
            "price": [price.into, price.out] if price else None,
            "key_from": key_variable(),
            "problem": answer.problem or None,
            "warning": answer.warning or None,
        }


def _model() -> dict[str, Any]:
    """Load the default model and count its parameters and 4-bit layers."""
    nothing = {"device": "cpu", "model": None, "parameters": 0, "quantization": None, "linear4bit_layers": 0, "model_problem": None}
    nothing["model_hint"] = None
    try:
        need_libraries("the assistant llama")
        from propersim.models.model import LoadedModel

        model = LoadedModel()
    except PropersimError as error:
        return {**nothing, "model_problem": error.message, "model_hint": error.hint}
    return {
        "device": model.device,
        "model": model.name,
        "parameters": model.parameters,
        "quantization": model.quantize,
        "linear4bit_layers": model.linear4bit_layers,
        "model_problem": None,
        "model_hint": None,
    }


def _models() -> list[dict[str, Any]]:
    """Estimate for every preset what it needs in 4-bit, and whether this machine has it.

    Sizes are in bytes, times in seconds. Without the libraries of the models there are none.
    """
    if missing_libraries():
        return []
    from propersim.models.devices import devices_there
    from propersim.models.estimate import available, day_seconds, needs
    from propersim.models.placement import choose_device
    from propersim.models.presets import preset_names
    from propersim.models.sources import resolve

    # One figure for each device: it may change from one look to the next.
    free = {on: available(on) for on in devices_there()}
    rows: list[dict[str, Any]] = []
    for name in preset_names():
        try:
            source = resolve(name)
        except PropersimError as error:
            rows.append(
                {**dict.fromkeys(_FITNESS), "model": name, "there": False, "available": round(free["cpu"]), "problem": error.message}
            )
            continue
        on = choose_device(source, "nf4")
        room = free[on]
        need, times = needs(source, "nf4", on), day_seconds(source, "nf4", on)
        rows.append(
            {
                "model": name,
                "device": on,
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
    found: dict[str, Any] = {"path": str(db), "exists": db.exists(), "runs": 0, "damaged": [], "free_mb": free}
    found |= {"problem": None, "hint": None}
    try:
        with Store(db, read_only=True) as store:
            listed = read_list(store)
            found["runs"] = len(listed)
            found["damaged"] = [one.row.id for one in listed if one.problem]
    except PropersimError as error:
        found["problem"], found["hint"] = error.message, error.hint
    return found


def endpoint_lines(found: dict[str, Any]) -> list[str]:
    """Return the findings on an endpoint as lines; its own text is cleaned already."""
    where = f"{found['model']} at {found['base_url']}"
    if not found["usable"]:
        state = "answers, but cannot be used" if found["reachable"] else "cannot be reached"
        lines = [f"{where}: {state}: {found['problem']}"]
    else:
        lines = [f"{where}: answered in {found['seconds']:.1f} s, JSON as {found['form']}"]
    if found["warning"]:
        lines.append(f"warning: {found['warning']}")
    if found["reachable"]:
        names = ", ".join(found["models"][:MOST_MODELS]) + (", …" if len(found["models"]) > MOST_MODELS else "")
        lines.append(f"models: {names or 'none listed'}")
    price = (
        f"${found['price'][0]:g} in, ${found['price'][1]:g} out per million tokens"
        if found["price"]
        else "unknown; give it to the run with --price or --user-price"
    )
    key = f"from {found['key_from']}" if found["key_from"] else "none; a server on this machine needs none"
    return [*lines, f"price: {price}", f"key: {key}"]
