"""Find a run's trained adapter, and check the base model that it was trained on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from propersim.core.config import MODELS, RunConfig
from propersim.core.errors import InputError
from propersim.core.records import Night
from propersim.models.starters import find_file
from propersim.runs.create import stored_versions
from propersim.runs.factory import weights_of
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store

if TYPE_CHECKING:
    from propersim.models.presets import Teaching


class TrainedAdapter(NamedTuple):
    """An adapter of a run.

    Attributes:
        path: its file.
        day: day of the night that made it; 0 for the run's starter adapter.
        teaching: settings of the run; those of a starter adapter are not among them.
        threshold: probability of speaking above which the model speaks with it, as its night calibrated it, or as a starter has it; None
            where neither is known.
    """

    path: Path
    day: int
    teaching: Teaching
    threshold: float | None


def check_has_model(run: RunRow, config: RunConfig) -> None:
    """Raise InputError if the run's assistant has no model that can be loaded here.

    Args:
        run: the run.
        config: its options.
    """
    if config.assistant == "llama":
        return
    if config.assistant in MODELS:
        raise InputError(
            f"the assistant of run {run.id} is {config.model} at an endpoint, which does not learn and is not asked again",
            "choose a run of the assistant llama",
        )
    raise InputError(f"the assistant of run {run.id} is {run.assistant}, a control without a model", "choose a run of the assistant llama")


def check_weights(run: RunRow, config: RunConfig) -> None:
    """Check that the run's adapters were trained on the weights that are here.

    Runs without a record of the weights pass, unless their model is HomeLM.

    Args:
        run: the run.
        config: its options.

    Raises:
        InputError: they were trained on others, or the model is not here.
    """
    then, now = json.loads(run.versions_json).get("weights"), weights_of(config)
    # Runs without a record of the files used an earlier HomeLM.
    if then != now and (then is not None or config.model == "homelm"):
        files = f"{then or 'not recorded'}, here {now}"
        raise InputError(
            f"run {run.id} was made with another {config.model}, on which its adapters were trained (files: {files})",
            "use the version of propersim, or of the model, that made it",
        )


def recorded_teaching(run: RunRow) -> Teaching:
    """Return the settings of sampling and training that were recorded when the run was created.

    A starter adapter's own settings are not among them.

    Raises:
        InputError: they are those of another version.
    """
    from propersim.models.presets import Teaching

    try:
        return msgspec.convert(json.loads(run.versions_json)["teaching"], Teaching)
    except (KeyError, ValueError) as error:
        raise InputError(
            f"run {run.id} was created by a version of propersim with other training settings ({error})", "use that version"
        ) from error


def nights_with_adapter(store: Store, run: RunRow) -> list[Night]:
    """Return the nights of a run whose adapter its next steps used, in order.

    Args:
        store: the open database.
        run: the run.
    """
    return [night for night in store.nights(run) if night.used]


def find_adapter(store: Store, run: RunRow, day: int | None) -> TrainedAdapter:
    """Return an adapter of a run.

    Args:
        store: the open database.
        run: a run with a model.
        day: day of the night that made it; 0 is the run's starter adapter, None the newest adapter.

    Raises:
        InputError: there is no such adapter; the message names the nights that made one.
        StoreError: its file is missing or has been changed.
    """
    starter = stored_versions(run).get("starter")
    teaching = recorded_teaching(run)
    usual: float | None = None if starter is None else starter["threshold"]
    if day == 0:
        return TrainedAdapter(_starter_file(run, starter), 0, teaching, usual)
    made = nights_with_adapter(store, run)
    chosen = [night for night in made if day is None or night.day == day]
    if not chosen:
        days = ", ".join(map(str, dict.fromkeys(night.day for night in made)))
        first = "; --night 0 is its starter adapter" if starter is not None else ""
        if made:
            raise InputError(f"run {run.id} has no adapter of night {day}", f"nights with an adapter: {days}{first}")
        raise InputError(
            f"run {run.id} has no adapter yet: no night has made one that it uses", f"resume the run, or choose another one{first}"
        )
    night = chosen[-1]
    return TrainedAdapter(adapter_file(store, run, night), night.day, teaching, usual if night.threshold is None else night.threshold)


def _starter_file(run: RunRow, starter: dict[str, Any] | None) -> Path:
    """Return the file of the starter adapter that a run began with.

    Raises:
        InputError: it began without one, or with one that is not on this machine.
    """
    if starter is None:
        raise InputError(f"run {run.id} began without a starter adapter", "give the day of a night with --night")
    found = find_file(starter["sha256"])
    if found is None:
        raise InputError(
            f"run {run.id}: the starter adapter that it began with is not on this machine", "copy it into the cache folder (starters/)"
        )
    return found
