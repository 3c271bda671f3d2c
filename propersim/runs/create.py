"""What a run begins with: its row in the store, its options, and the conditions under which it may be carried on."""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.config import HASHING, MODELS, ROUTINE, THREADS, RunConfig
from propersim.core.errors import InputError
from propersim.persona.library import load_persona
from propersim.runs.factory import embedder_of, make_desk, make_planner, plugins_of, prompts_hash, teaching_of, weights_of
from propersim.runs.validate import checked
from propersim.simulation.simulation import Simulation
from propersim.store.store import RunRow, Store
from propersim.world.data import data_bytes, data_names
from propersim.world.home import load_home

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def setup_versions(config: RunConfig) -> dict[str, Any]:
    """Return what a run's records depend on besides its options: versions, machine type, data files' hash, how the model is taught."""
    total = hashlib.sha256()
    for name in data_names():
        total.update(name.encode() + b"\0" + data_bytes(name) + b"\0")
    try:
        own = version("propersim")
    except PackageNotFoundError:
        own = "0"
    found: dict[str, Any] = {
        "propersim": own,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": version("numpy"),
        "machine": platform.machine(),
        "data": total.hexdigest()[:16],
    }
    if config.assistant == "llama":
        names = ("torch", "transformers", "bitsandbytes", "hnswlib", *(("peft", "trl") if config.learn != "none" else ()))
        found |= {name: version(name) for name in names} | {
            "threads": THREADS,
            "weights": weights_of(config),
            "teaching": teaching_of(config),
        }
    elif config.assistant == "api":
        found["hnswlib"] = version("hnswlib")
    if config.assistant in MODELS and config.embedder != HASHING:
        found["embedder"] = embedder_of(config)
    if config.asks_endpoints:
        found |= prompts_hash(config)
    if packages := plugins_of(config):
        found["plugins"] = packages
    return found


def add_run(store: Store, config: RunConfig) -> RunRow:
    """Add a run to the store and return it; nothing heavy is loaded, and the row is committed at once.

    Raises:
        InputError: the options, the persona or the home are wrong.
    """
    config = checked(config).resolved()
    persona = load_persona(config.persona)
    home = load_home(Path(config.world) if config.world else None)
    desk = make_desk(config) if config.asks_endpoints else None
    trial = Simulation(
        persona, "silent", seed=config.seed, days=config.days, timestep=config.timestep, home=home, until=config.until_moment,
        planner=make_planner(config, persona, home, desk, store),
    )  # fmt: skip
    if desk is not None:
        desk.close()
    for day in range(1, min(trial.days, 7) + 1) if config.plans_by == ROUTINE else ():
        # A week that cannot be planned is said now, not on a Saturday in the middle of the run.
        trial.planner.plan(day)
    tail = "".join(secrets.choice(_ALPHABET) for _ in range(4))
    return store.add_run(
        {
            "id": f"{persona.id}-{config.assistant}-{tail}",
            "persona": persona.id,
            "name": persona.name,
            "seed": config.seed,
            "assistant": config.assistant,
            "model": config.model if config.assistant in MODELS else "",
            "days": config.days,
            "persona_json": persona.model_dump_json(),
            "world_text": home.text,
            "config_json": json.dumps(config.to_dict()),
            "versions_json": json.dumps(setup_versions(config)),
        }
    )


def check_versions(store: Store, run: RunRow, *, force: bool) -> RunRow:
    """Refuse to carry a run on where its records would not be what they would have been.

    Args:
        store: where the run is.
        run: the run.
        force: go on all the same, and record that.

    Raises:
        InputError: something has changed since the run began, and ``force`` is not set.
    """
    then, now = json.loads(run.versions_json), setup_versions(run_config(run))
    changed = [f"{name} was {then.get(name)}, is {value}" for name, value in now.items() if then.get(name) != value]
    if not changed or not run.steps:
        return run
    if not force:
        raise InputError(
            f"run {run.id} was begun under other conditions: {'; '.join(changed)}",
            f"its records would not be what they would have been; `propersim resume {run.id} --force` goes on all the same, and records it",
        )
    forced = [*then.get("forced", []), {"at_step": run.steps, "then": {k: v for k, v in then.items() if k != "forced"}}]
    store.update_run(run, versions_json=json.dumps({**now, "forced": forced}))
    return store.run(run.id)


def set_limit(store: Store, run: RunRow, max_cost: float) -> RunRow:
    """Give a run another limit of what it may cost; decides none of its records.

    Args:
        store: where the run is.
        run: the run.
        max_cost: dollars, in all.

    Raises:
        InputError: nothing in the run costs anything, or the price is not known.
    """
    config = msgspec.structs.replace(run_config(run), max_cost=max_cost)
    if not config.asks_endpoints:
        raise InputError(f"--max-cost: nothing in run {run.id} is asked at an endpoint", "leave it out")
    make_desk(config).close()
    store.update_run(run, config_json=json.dumps({**json.loads(run.config_json), "max_cost": max_cost}))
    return store.run(run.id)


def run_config(run: RunRow) -> RunConfig:
    """Return the options of a stored run."""
    return msgspec.json.decode(run.config_json, type=RunConfig)
