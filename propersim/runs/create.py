"""Creation of a run: its row in the store, and what its records depend on.

The latter is checked when the run is resumed.
"""

from __future__ import annotations

import hashlib
import json
import platform
import secrets
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from propersim.core.config import (
    AUTO,
    BOTH,
    CPU,
    HASHING,
    HUMAN,
    MODELS,
    OPTIONS,
    ROUTINE,
    THREADS,
    RunConfig,
    decode_config,
    stored_config,
)
from propersim.core.errors import InputError, StoreError
from propersim.core.program import program
from propersim.core.text import clean
from propersim.models.devices import check_device
from propersim.models.libraries import need_libraries
from propersim.persona.drift import load_run_persona, persona_from_json
from propersim.persona.library import id_of
from propersim.persona.model import Persona
from propersim.runs.factory import embedder_of, make_planner, make_session, plugins_of, prompts_hash, starters_of, teaching_of, weights_of
from propersim.runs.validate import checked
from propersim.simulation.simulation import Simulation
from propersim.store.rows import RESUMABLE, has_steps
from propersim.store.store import RunRow, Store
from propersim.world.data import data_bytes, data_names
from propersim.world.floor_plan import World, choose_world, parse_world

LOADED = ("device", "starter")
"""Versions of a run that are known only when its model is loaded."""
PLUGINS = "plugins"
"""The version of a run that has the packages of its plug-ins: ``package 1.0`` by ``group:name``."""
_NO_PLUGIN = "built in"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def setup_versions(config: RunConfig) -> dict[str, Any]:
    """Return what a run's records depend on besides its options.

    That is versions, machine type, hash of the data files and training settings.
    """
    total = hashlib.sha256()
    for name in data_names():
        total.update(name.encode() + b"\0" + data_bytes(name) + b"\0")
    try:
        own = version("propersim")
    except PackageNotFoundError:
        own = "0"
    versions: dict[str, Any] = {
        "propersim": own,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "numpy": version("numpy"),
        "machine": platform.machine(),
        "data": total.hexdigest()[:16],
    }
    if config.assistant == "llama":
        names = ("torch", "transformers", "bitsandbytes", *(("peft", "trl") if config.learn != "none" else ()))
        versions |= {name: version(name) for name in names} | {
            "threads": THREADS,
            "weights": weights_of(config),
            "teaching": teaching_of(config),
        }
        if starters := starters_of(config):
            versions["starters"] = starters
    if config.assistant in MODELS and config.embedder != HASHING:
        versions["embedder"] = embedder_of(config)
    if config.asks_endpoints:
        versions |= prompts_hash(config)
    if packages := plugins_of(config):
        versions[PLUGINS] = packages
    return versions


class SetupVersions:
    """Returns :func:`setup_versions`, found once for runs that differ in persona and seed alone."""

    def __init__(self) -> None:
        self._found: dict[RunConfig, dict[str, Any]] = {}

    def of(self, config: RunConfig) -> dict[str, Any]:
        """Return the versions under which a run would be made now."""
        alike = msgspec.structs.replace(config, persona="", seed=0)
        if alike not in self._found:
            self._found[alike] = setup_versions(config)
        return self._found[alike]


def add_run(store: Store, config: RunConfig, added: Callable[[Persona], None] = lambda persona: None) -> RunRow:
    """Add a run to the store and return its row, which is committed at once.

    Loads nothing heavy.

    Args:
        store: the store.
        config: the options of the run.
        added: receives the persona of the run once it is added.

    Raises:
        InputError: the options, the persona or the floor plan are invalid.
    """
    config, persona, world = _settled(config)
    row = _add(store, config, persona, world)
    added(persona)
    return row


def add_given_run(store: Store, config: RunConfig, persona_json: str, world_text: str) -> RunRow:
    """Add a run whose persona and floor plan are given as texts, and return its row.

    No file of the machine that the options come from is needed, except those of a model.

    Args:
        store: the store.
        config: the options of the run.
        persona_json: the persona, with the change of its rubric if there is one.
        world_text: the floor plan.

    Raises:
        InputError: the options, the persona or the floor plan are invalid, or the files of the model are not on this machine.
    """
    try:
        persona = persona_from_json(persona_json)
    except ValueError as error:
        raise InputError(f"the persona cannot be read: {clean(str(error), 200)}") from error
    return _add(store, _stored_form(config), persona, parse_world(world_text))


def _add(store: Store, config: RunConfig, persona: Persona, world: World) -> RunRow:
    """Add a run after a trial of its first week."""
    device = config.device if config.assistant == "llama" else AUTO
    session = make_session(config) if config.asks_endpoints else None
    trial = Simulation(
        persona, "silent", seed=config.seed, days=config.days, timestep=config.timestep, world=world, until=config.until_moment,
        planner=make_planner(config, persona, world, session, store),
    )  # fmt: skip
    if session is not None:
        session.close()
    for day in range(1, min(trial.days, 7) + 1) if config.plans_by == ROUTINE else ():
        # A week that cannot be planned fails here, not on a Saturday in the middle of the run.
        trial.planner.plan(day)
    return store.add_run(
        {
            "id": _free_id(store, f"{persona.id}-{config.assistant}"),
            "persona": persona.id,
            "name": persona.name,
            "seed": config.seed,
            "assistant": config.assistant,
            "model": config.model if config.assistant in MODELS else "",
            "days": config.days,
            "persona_json": persona.model_dump_json(),
            "world_text": world.text,
            "config_json": json.dumps(config.to_dict()),
            "versions_json": json.dumps(setup_versions(config) | ({"device": device} if device != AUTO else {})),
        }
    )


def _free_id(store: Store, beginning: str) -> str:
    """Return an id that no run of the store has."""
    while True:
        run_id = f"{beginning}-{''.join(secrets.choice(_ALPHABET) for _ in range(4))}"
        if not store.has_id(run_id):
            return run_id


def _stored_form(config: RunConfig) -> RunConfig:
    """Return options as they are stored with a run.

    Raises:
        InputError: they are invalid.
    """
    config = checked(config).resolved()
    return msgspec.structs.replace(config, persona=id_of(config.persona), drift_to=id_of(config.drift_to), move_to=id_of(config.move_to))


def _settled(config: RunConfig) -> tuple[RunConfig, Persona, World]:
    """Return options as they are stored with a run, and what they name.

    Raises:
        InputError: the options, the persona or the floor plan are invalid.
    """
    config = _stored_form(config)
    persona = load_run_persona(config.persona, config.drift, config.drift_to, config.move, config.move_to)
    return config, persona, choose_world(config.world, persona.world)


def find_unfinished(store: Store, config: RunConfig) -> list[RunRow]:
    """Return the unfinished runs that the same options began, newest first.

    Persona and floor plan are the same too.
    They have steps, no process is running them, and they can be resumed under the present versions. A person may have taken over as
    the user since.

    Args:
        store: the store.
        config: the options of a run.

    Raises:
        InputError: the options, the persona or the floor plan are invalid.
    """
    return _idle_runs(store, config, has_steps)


def find_unstarted(store: Store, config: RunConfig) -> RunRow | None:
    """Return the newest run without steps that the same options began, or None.

    Persona and floor plan are the same too.
    No process is running it. It was added under the present versions and for the same device, so that to start it is the same as to
    begin a new run.

    Args:
        store: the store.
        config: the options of a run.

    Raises:
        InputError: the options, the persona or the floor plan are invalid.
    """
    device = config.device if config.assistant == "llama" else AUTO
    for run in _idle_runs(store, config, lambda run: not run.steps):
        recorded = run_config(run).device
        # What auto chose is recorded once the model is loaded.
        if recorded == device or (device == AUTO and recorded != CPU):
            return run
    return None


def _idle_runs(store: Store, config: RunConfig, able: Callable[[RunRow], bool]) -> list[RunRow]:
    """Return the unfinished runs that the same options and versions began, newest first.

    No process is running them.

    Args:
        store: the store.
        config: the options of a run.
        able: returns whether a run counts.

    Raises:
        InputError: the options, the persona or the floor plan are invalid.
    """
    config, persona, world = _settled(config)
    texts = persona.model_dump_json(), world.text
    same = [
        run
        for run in store.runs()
        if run.state in RESUMABLE and able(run) and _began(run, config) and (run.persona_json, run.world_text) == texts
    ]
    now = setup_versions(config) if same else {}
    return [run for run in same if not _changed(stored_versions(run), now)]


def _began(run: RunRow, config: RunConfig) -> bool:
    """Return whether a run began with some options.

    A person may have taken over as the user since.

    Args:
        run: the run.
        config: options in the form in which they are stored.
    """
    stored = stored_config(run.config_json)
    if stored is not None and stored.user == BOTH and config.user != HUMAN:
        # A person took over. Who planned and rated before is still in user_plans and user_ratings.
        stored = msgspec.structs.replace(stored, user=config.user)
    return stored == msgspec.structs.replace(config, device=AUTO)


def _changed(then: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what differs between the versions of a run and the present ones, in words.

    Of versions that have parts, such as the settings of training or the packages of plug-ins, only those that differ.
    """
    changed: list[str] = []
    for name in now | {name: None for name in then if name == PLUGINS}:
        before, value = then.get(name), now.get(name)
        if before == value:
            continue
        if name == PLUGINS or (isinstance(before, dict) and isinstance(value, dict)):
            before, value = before or {}, value or {}
            parts = [part for part in before | value if before.get(part) != value.get(part)]
            changed += [f"{part} was {before.get(part, _NO_PLUGIN)}, is {value.get(part, _NO_PLUGIN)}" for part in parts]
        else:
            changed.append(f"{name} was {before}, is {value}")
    return changed


def check_versions(store: Store, run: RunRow, *, force: bool) -> RunRow:
    """Refuse to resume a run under versions with which its records could differ.

    Args:
        store: the store of the run.
        run: the run.
        force: resume anyway, and record that.

    Returns:
        The run's row, updated where ``force`` was needed.

    Raises:
        InputError: something has changed since the run was started, and ``force`` is not set.
        StoreError: the run's row is damaged.
    """
    config = run_config(run)
    if config.assistant == "llama":
        need_libraries(f"run {run.id}, of the assistant llama,")
    then, now = stored_versions(run), setup_versions(config)
    changed = _changed(then, now)
    loaded = {name: then[name] for name in LOADED if name in then}
    try:
        check_device(config.device)
    except InputError:
        changed = [*changed, f"device was {config.device}, which is not there"]
        loaded.pop("device", None)
    if not changed or not run.steps:
        return run
    if not force:
        raise InputError(
            f"run {run.id} was started under other versions: {'; '.join(changed)}",
            f"its records could differ; `{program()} resume {run.id} --force` resumes anyway, and records it",
        )
    forced = [*then.get("forced", []), {"at_step": run.steps, "then": {k: v for k, v in then.items() if k != "forced"}}]
    store.update_run(run, versions_json=json.dumps({**now, **loaded, "forced": forced}))
    return store.run(run.id)


def set_limit(store: Store, run: RunRow, max_cost: float) -> RunRow:
    """Change the cost limit of a run, and return its updated row.

    The limit affects none of the run's records.

    Args:
        store: the store of the run.
        run: the run.
        max_cost: most dollars that the run may cost in all.

    Raises:
        InputError: the run calls no endpoint, or a price is unknown.
    """
    config = msgspec.structs.replace(run_config(run), max_cost=max_cost)
    if not config.asks_endpoints:
        raise InputError(f"--max-cost: run {run.id} calls no endpoint", "leave it out")
    make_session(config).close()
    store.update_run(run, config_json=json.dumps({**json.loads(run.config_json), "max_cost": max_cost}))
    return store.run(run.id)


def run_config(run: RunRow) -> RunConfig:
    """Return the options of a stored run, with the device that is recorded with its versions.

    A run that has steps and records no device was made on the CPU.

    Raises:
        StoreError: they are damaged.
    """
    config = decode_config(run.config_json, run.id)
    if config.assistant != "llama":
        return config
    device = stored_versions(run).get("device", CPU if run.steps else AUTO)
    if device not in OPTIONS["device"].choices():
        raise _damaged(run, "device", ValueError(f"no device {device!r}"))
    return msgspec.structs.replace(config, device=device)


def record_loaded(store: Store, run: RunRow, device: str, starter: dict[str, Any] | None = None) -> RunRow:
    """Record device and starter, known once the model is loaded; return the updated row.

    The CPU is not recorded: without a device it is meant.

    Args:
        store: the store of the run.
        run: a run without steps.
        device: the device that its model was loaded on.
        starter: facts about its starter adapter, whose settings replace those of ``teaching``; None where it has none.
    """
    then = stored_versions(run)
    now = {name: value for name, value in then.items() if name not in LOADED}
    now |= {"device": device} if device != CPU else {}
    now |= {"starter": starter} if starter is not None else {}
    if now == then:
        return run
    store.update_run(run, versions_json=json.dumps(now))
    return store.run(run.id)


def stored_persona(run: RunRow) -> Persona:
    """Return the persona of a stored run.

    Raises:
        StoreError: it is damaged.
    """
    try:
        return persona_from_json(run.persona_json)
    except ValueError as error:
        raise _damaged(run, "persona", error) from error


def stored_versions(run: RunRow) -> dict[str, Any]:
    """Return the versions that a stored run was made under; see :func:`setup_versions`.

    Raises:
        StoreError: they are damaged.
    """
    try:
        return msgspec.json.decode(run.versions_json, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _damaged(run, "versions", error) from error


def _damaged(run: RunRow, what: str, error: Exception) -> StoreError:
    return StoreError(
        f"run {run.id}: its {what} cannot be read ({clean(str(error), 120)})",
        f"restore the database from a copy, or delete the run with `{program()} runs rm {run.id}`",
    )
