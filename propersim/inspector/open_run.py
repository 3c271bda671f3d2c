"""A stored run, opened to be asked about: its records as they are now, and its model with the adapter of any of its nights."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from propersim.core.config import MODELS
from propersim.core.errors import InputError, UnknownRun
from propersim.core.records import Night
from propersim.inspector.protocol import Ready, Worn
from propersim.inspector.replay_states import Story
from propersim.memory.embedder import KeptEmbedder
from propersim.memory.memory import Memory
from propersim.persona.model import Persona
from propersim.runs.create import run_config
from propersim.runs.factory import make_embedder, make_memory, make_model, weights_of
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store
from propersim.user.judge import Judge

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel
    from propersim.models.presets import Teaching


class OpenRun:
    """A run that is read and never written, whether or not somebody is writing it.

    Args:
        db: the database file.
        run_id: the run's whole id.

    Raises:
        PropersimError: there is no such database or run, or it cannot be read.
    """

    def __init__(self, db: Path, run_id: str) -> None:
        self.store = Store(db, read_only=True)
        try:
            self.row = self._found(run_id)
            self.config = run_config(self.row)
            self.judge = Judge(Persona.model_validate_json(self.row.persona_json))
        except BaseException:
            self.store.close()
            raise
        self.story = Story(self.store, self.row, self.config.timestep, self._remember if self.remembers else None)
        self.nights: list[Night] = []
        self._embedder: KeptEmbedder | None = None
        self._model: LoadedModel | None = None
        self._wearing: Night | None = None

    def _found(self, run_id: str) -> RunRow:
        """Return the run of just this id: neither another that begins so, nor the last."""
        row = self.store.run(run_id)
        if row.id != run_id:
            raise UnknownRun(f"{self.store.path}: no run {run_id!r}", "see `propersim runs ls`")
        return row

    @property
    def has_model(self) -> bool:
        """Whether its assistant is a model that can be loaded here."""
        return self.config.assistant == "llama"

    @property
    def remembers(self) -> bool:
        """Whether its assistant has a memory: what it saw and remembered follows from the records."""
        return self.config.assistant in MODELS

    def refresh(self) -> None:
        """Look at what has been written since the last time.

        Raises:
            PropersimError: the run is gone, or cannot be read.
        """
        if self._found(self.row.id).created != self.row.created:
            raise UnknownRun(f"{self.store.path}: run {self.row.id} was removed, and is another one now", "open it anew")
        self.nights = self.store.nights(self.row)
        self.story.go_on()

    def _remember(self) -> Memory:
        if self._embedder is None:
            # Vectors at hand outlive the memories that were told of them.
            self._embedder = KeptEmbedder(make_embedder(self.config))
            self._embedder.recollect(self.store.embedding)
        return make_memory(self.config, self._embedder)

    # -- nights -------------------------------------------------------------------------------------------------------

    def worn_at(self, index: int) -> Night | None:
        """Return the night whose adapter was worn at a step; None: none yet."""
        return next((night for night in reversed(self.nights) if night.adapter and night.at <= index), None)

    @property
    def newest(self) -> Night | None:
        """The last night that left an adapter."""
        return next((night for night in reversed(self.nights) if night.adapter), None)

    def after(self, day: int | None) -> Night | None:
        """Return the night whose adapter is worn after the night of a day; None is the base.

        Args:
            day: of the run; 0 is the base, None the newest.

        Raises:
            InputError: there was no night of that day.
        """
        if day is None:
            return self.newest
        if day == 0:
            return None
        of_day = [night for night in self.nights if night.day == day]
        if not of_day:
            there = ", ".join(str(one) for one in sorted({night.day for night in self.nights})) or "none yet"
            raise InputError(f"run {self.row.id} has had no night of day {day}", f"its nights: {there}; 0 is the model before all of them")
        return self.worn_at(of_day[-1].at)

    # -- the model ----------------------------------------------------------------------------------------------------

    def load(self) -> Ready | None:
        """Load the model, if it is not loaded; returns what to tell of it, once.

        Raises:
            InputError: the assistant is no model, or the model cannot be loaded.
        """
        if self._model is not None:
            return None
        self.needs_model()
        self._same_weights()
        began = time.perf_counter()
        self._model = make_model(self.config, self.judge.persona, self.teaching)
        return Ready(self._model.name, round(time.perf_counter() - began, 2))

    def needs_model(self) -> None:
        """Raise InputError where the assistant is no model that can be loaded here."""
        if self.remembers and not self.has_model:
            raise InputError(
                f"the assistant of run {self.row.id} is {self.config.model} at an endpoint, which is not asked again, and does not learn",
                "choose a run of the assistant llama",
            )
        if not self.has_model:
            raise InputError(
                f"the assistant of run {self.row.id} is {self.row.assistant}, a control: it has no model that could be asked",
                "choose a run of the assistant llama",
            )

    def _same_weights(self) -> None:
        """Raise InputError where the model's files are not those that the run's adapters were made for, as far as that is known."""
        then, now = json.loads(self.row.versions_json).get("weights"), weights_of(self.config)
        # HomeLM was another one before its files were recorded.
        if then != now and (then is not None or self.config.model == "homelm"):
            files = f"{then or 'not recorded'}, here {now}"
            raise InputError(
                f"run {self.row.id} was made with another {self.config.model}, which its adapters are for (files: {files})",
                "ask the version of propersim, or of the model, that made it",
            )

    @property
    def teaching(self) -> Teaching:
        """How the model sampled and was taught, as it was recorded when the run began."""
        from propersim.models.presets import Teaching

        try:
            return msgspec.convert(json.loads(self.row.versions_json)["teaching"], Teaching)
        except (KeyError, ValueError) as error:
            raise InputError(
                f"run {self.row.id} was begun by a version of propersim that taught its models in another way ({error})",
                "ask that version",
            ) from error

    def model(self, night: Night | None) -> LoadedModel:
        """Return the model, loaded before, with the adapter of a night; None is the base.

        Raises:
            PropersimError: the adapter's file is missing, or is not the one that was written.
        """
        model = self.bare
        if night != self._wearing:
            path = adapter_file(self.store, self.row, night) if night is not None else None
            self._wearing = None
            try:
                model.load_adapter(path)
            except BaseException:
                model.load_adapter(None)
                raise
            self._wearing = night
        return model

    @property
    def bare(self) -> LoadedModel:
        """The model, loaded before, whatever it wears."""
        if self._model is None:
            raise ValueError("not loaded")
        return self._model

    @property
    def wearing(self) -> Night | None:
        """The night whose adapter the model wears now."""
        return self._wearing


def worn(night: Night | None) -> Worn | None:
    """Return a night's adapter as it is told."""
    return Worn(night.day, night.at) if night is not None else None
