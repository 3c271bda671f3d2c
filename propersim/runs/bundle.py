"""Carry out runs that another machine sends, and send each back as a shard.

Runs come as plain data (:class:`RunOrder`), so that no file of the machine that sends them is needed: options, persona and floor plan as
text. Each run is made in a database of its own in a temporary folder, by the same worker as a run on that machine. Events are plain data
too; a finished run comes back at once, so that a worker that is killed loses only what it has not finished.
"""

from __future__ import annotations

import json
import platform
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.config import RunConfig
from propersim.core.errors import InputError, PropersimError, Resumable
from propersim.core.text import clean
from propersim.runs.create import add_given_run, setup_versions
from propersim.runs.live import ONE_THREAD, LiveRun
from propersim.runs.live_thread import ThreadRun
from propersim.runs.protocol import Committed, Failed, RunState
from propersim.store.merge import pack_shard
from propersim.store.store import RunRow, Store

POLL = 0.02
"""Seconds between two looks at a run."""
ORDERS, EVENTS = "orders.json", "events.jsonl"
"""Files of a bundle in a folder that machines share."""
BundleEvent = dict[str, Any]
"""An event of a run, as plain data.

``hash`` says which; ``event`` is ``started`` (with ``node``), ``state``, ``days`` (with the ``figures`` of all complete days and
``wall_s``), ``failed`` (with ``message``, ``hint``, ``code`` and ``resumable``) or ``finished`` (with the ``shard``).
"""


class RunOrder(msgspec.Struct, frozen=True, kw_only=True):
    """A run to carry out.

    Attributes:
        hash: hash of the run, by which its events name it.
        config: the options.
        persona_json: the persona.
        world_text: the floor plan.
        versions: what the records depend on besides, on the machine that sends the order; None to accept others.
    """

    hash: str
    config: RunConfig
    persona_json: str
    world_text: str
    versions: dict[str, Any] | None = None

    def to_data(self) -> dict[str, Any]:
        """Return the order as plain data."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def carry_out_bundle(orders: Sequence[Mapping[str, Any]]) -> Iterator[BundleEvent]:
    """Carry out runs one after another, and yield what happens as soon as it does.

    A run that fails does not stop the others.

    Args:
        orders: :class:`RunOrder` as plain data.
    """
    with tempfile.TemporaryDirectory(prefix="propersim-") as folder:
        for number, data in enumerate(orders):
            order = msgspec.convert(data, RunOrder)
            home = Path(folder) / str(number)
            home.mkdir()
            yield {"hash": order.hash, "event": "started", "node": platform.node()}
            for event in _carry_out(order, home / "run.sqlite"):
                yield {"hash": order.hash, **event}


def carry_out_in_folder(folder: str) -> None:
    """Carry out the orders in a folder that machines share, and write events and shards into it.

    Args:
        folder: a folder with the file ``orders.json``.
    """
    home = Path(folder)
    orders = json.loads((home / ORDERS).read_text(encoding="utf-8"))
    with (home / EVENTS).open("a", encoding="utf-8") as events:
        for event in carry_out_bundle(orders):
            if event["event"] == "finished":
                name = f"{event['hash']}.shard"
                part = home / f"{name}.part"
                part.write_bytes(event["shard"])
                part.replace(home / name)
                event["shard"] = name
            events.write(json.dumps(event) + "\n")
            events.flush()


def _carry_out(order: RunOrder, db: Path) -> Iterator[BundleEvent]:
    """Carry out one run in a new database, and yield what happens."""
    try:
        with Store(db) as store:
            _check_here(order)
            run = add_given_run(store, order.config, order.persona_json, order.world_text)
            live = _worker(order.config, db, run)
            live.start()
            try:
                yield from _watch(store, run, live)
            finally:
                live.close()
            run = store.run(run.id)
        if run.state == "finished":
            yield {"event": "finished", "shard": pack_shard(db, run)}
    except PropersimError as error:
        yield _failure(error)


def _failure(error: PropersimError) -> BundleEvent:
    return {
        "event": "failed",
        "message": f"on {platform.node()}: {error.message}",
        "hint": error.hint or "",
        "code": error.exit_code,
        "resumable": isinstance(error, Resumable),
    }


def _check_here(order: RunOrder) -> None:
    """Check that this machine makes the same records as the one that sends the order.

    Raises:
        InputError: it could make others, or lacks the model's files.
    """
    if order.versions is None:
        return
    here = setup_versions(order.config)
    differing = [name for name in {**order.versions, **here} if order.versions.get(name) != here.get(name)]
    if "weights" in differing and not here.get("weights"):
        raise InputError(
            f"the files of the model {clean(order.config.model, 200)} are not there",
            "copy them to the same path on every machine, or use a model that ships with propersim",
        )
    if differing:
        words = "; ".join(
            f"{name} is {clean(str(here.get(name)), 60)}, not {clean(str(order.versions.get(name)), 60)}" for name in differing
        )
        raise InputError(f"has other versions: {words}", "install the same versions on every machine, or give --any-versions")


def _worker(config: RunConfig, db: Path, run: RunRow) -> LiveRun:
    """Return what carries out a run.

    It is a process where the run loads a model, else a thread, which starts at once.
    """
    return LiveRun(db, run.id, speed=None, env=ONE_THREAD) if config.assistant == "llama" else ThreadRun(db, run.id)


def _watch(store: Store, run: RunRow, live: LiveRun) -> Iterator[BundleEvent]:
    """Yield what a run does until it is over; its end is not reported where it is finished."""
    days, state = 0, ""
    while True:
        for event in live.poll():
            if isinstance(event, Failed):
                # The hints of a worker are about a database that is soon gone.
                yield _failure((Resumable if event.resumable else PropersimError)(event.message))
                return
            if isinstance(event, RunState):
                if event.state == "finished":
                    return
                if event.state == "stopped":
                    yield _failure(Resumable("another program stopped the worker"))
                    return
                shown = "training" if event.state == "training" else "running"
                if shown != state:
                    state = shown
                    yield {"event": "state", "state": state}
            elif isinstance(event, Committed) and event.days > days:
                days = event.days
                yield _days(store, run)
        time.sleep(POLL)


def _days(store: Store, run: RunRow) -> BundleEvent:
    row = store.run(run.id)
    return {"event": "days", "figures": msgspec.to_builtins(store.day_figures(row)), "wall_s": row.wall_s}
