"""A stored run opened for questions: its records, and its model with any adapter."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from propersim.core.config import AUTO, MODELS
from propersim.core.errors import InputError, UnknownRun
from propersim.core.program import program
from propersim.core.records import Night
from propersim.inspector.protocol import ModelLoaded, NightAdapter
from propersim.inspector.replay_states import StateReplay
from propersim.memory.embedder import CachingEmbedder
from propersim.memory.memory import Memory
from propersim.models.devices import devices_there
from propersim.models.libraries import need_libraries
from propersim.persona.drift import persona_from_json
from propersim.runs.create import run_config
from propersim.runs.factory import make_embedder, make_feedback, make_memory, make_model, revealed_persona
from propersim.runs.trained_model import check_has_model, check_weights, recorded_teaching
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store
from propersim.user.judge import OfflineJudge
from propersim.world.catalogue import tones, topics

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel
    from propersim.models.presets import Teaching


class InspectedRun:
    """A run that is read and never written, even while a worker writes it.

    Args:
        db: the database file.
        run_id: the run's full id.

    Raises:
        PropersimError: the database or run does not exist or cannot be read.
    """

    def __init__(self, db: Path, run_id: str) -> None:
        self.store = Store(db, read_only=True)
        try:
            self.row = self._find(run_id)
            self.config = run_config(self.row)
            self.judge = OfflineJudge(persona_from_json(self.row.persona_json))
        except BaseException:
            self.store.close()
            raise
        self.replay = StateReplay(
            self.store, self.row, self.config.timestep, self._make_memory if self.remembers else None, make_feedback(self.config)
        )
        self.nights: list[Night] = []
        self._embedder: CachingEmbedder | None = None
        self._model: LoadedModel | None = None
        self._loaded_night: Night | None = None

    def _find(self, run_id: str) -> RunRow:
        """Return the run with exactly this id: no prefix and no ``last``."""
        row = self.store.run(run_id)
        if row.id != run_id:
            raise UnknownRun(f"{self.store.path}: no run {run_id!r}", f"see `{program()} runs ls`")
        return row

    @property
    def has_model(self) -> bool:
        """Whether the run's assistant is a model that can be loaded on this machine."""
        return self.config.assistant == "llama"

    @property
    def remembers(self) -> bool:
        """Whether the run's assistant has a memory, whose states can be rebuilt from the records."""
        return self.config.assistant in MODELS

    @property
    def reads_ratings(self) -> bool:
        """Whether the run's assistant reads what the ratings say before it decides."""
        return self.config.memory == "evidence"

    @property
    def needs_topic(self) -> bool:
        """Whether the assistant speaks only where it knows a topic to be good.

        The model has to be loaded.
        """
        about = self.loaded_model.codec.about(next(iter(topics())), next(iter(tones())))
        return self.reads_ratings and self.config.feedback == "complete" and bool(about)

    def refresh(self) -> None:
        """Read what was written since the last call.

        Raises:
            PropersimError: the run is gone, or cannot be read.
        """
        if self._find(self.row.id).created != self.row.created:
            raise UnknownRun(f"{self.store.path}: run {self.row.id} was deleted, and another run has its id now", "open it again")
        self.nights = self.store.nights(self.row)
        self.replay.refresh()

    def _make_memory(self) -> Memory:
        if self._embedder is None:
            # One embedder for all memories, so that vectors are computed once.
            self._embedder = CachingEmbedder(make_embedder(self.config))
            self._embedder.use_stored_vectors(self.store.embedding)
        return make_memory(self.config, self._embedder)

    # -- nights -------------------------------------------------------------------------------------------------------

    def night_at(self, index: int) -> Night | None:
        """Return the night whose adapter made a step; None is the base model."""
        return next((night for night in reversed(self.nights) if night.used and night.at <= index), None)

    @property
    def newest(self) -> Night | None:
        """The last night with an adapter; None if there is none."""
        return next((night for night in reversed(self.nights) if night.used), None)

    def night_of_day(self, day: int | None) -> Night | None:
        """Return the night whose adapter is used after the night of a day; None is the base model.

        Args:
            day: day of the run; 0 is the base model, None the newest adapter.

        Raises:
            InputError: there was no night of that day.
        """
        if day is None:
            return self.newest
        if day == 0:
            return None
        nights = [night for night in self.nights if night.day == day]
        if not nights:
            days = ", ".join(str(number) for number in sorted({night.day for night in self.nights})) or "none yet"
            raise InputError(
                f"run {self.row.id} has no night of day {day}", f"days with a night: {days}; 0 is the model before all of them"
            )
        return self.night_at(nights[-1].at)

    # -- the model ----------------------------------------------------------------------------------------------------

    def load(self) -> ModelLoaded | None:
        """Load the model and return the message about it; None if it was loaded before.

        Raises:
            InputError: the assistant is no model, or the model cannot be loaded.
        """
        if self._model is not None:
            return None
        self.needs_model()
        need_libraries("asking the model")
        check_weights(self.row, self.config)
        began = time.perf_counter()
        config = self.config
        if config.device not in devices_there():
            # A run may be read on another machine than it was made on.
            config = msgspec.structs.replace(config, device=AUTO)
        self._model = make_model(config, revealed_persona(self.config, self.judge.persona), self.teaching)
        return ModelLoaded(self._model.name, round(time.perf_counter() - began, 2))

    def needs_model(self) -> None:
        """Raise InputError if the run's assistant has no model that can be loaded here."""
        check_has_model(self.row, self.config)

    @property
    def teaching(self) -> Teaching:
        """The settings of sampling and training that were recorded when the run was created."""
        return recorded_teaching(self.row)

    def model(self, night: Night | None) -> LoadedModel:
        """Return the loaded model with the adapter of a night; None is the base model.

        Raises:
            PropersimError: the adapter's file is missing, or is not the one that was written.
        """
        model = self.loaded_model
        if night != self._loaded_night:
            path = adapter_file(self.store, self.row, night) if night is not None else None
            self._loaded_night = None
            try:
                model.load_adapter(path, night.threshold if night is not None else None)
            except BaseException:
                model.load_adapter(None)
                raise
            self._loaded_night = night
        return model

    @property
    def loaded(self) -> bool:
        """Whether the model is loaded."""
        return self._model is not None

    @property
    def loaded_model(self) -> LoadedModel:
        """The loaded model, with any adapter."""
        if self._model is None:
            raise ValueError("the model is not loaded")
        return self._model

    @property
    def loaded_night(self) -> Night | None:
        """The night whose adapter is loaded; None is the base model."""
        return self._loaded_night


def adapter_of(night: Night | None) -> NightAdapter | None:
    """Return the adapter of a night for a reply; None is the base model."""
    return NightAdapter(night.day, night.at) if night is not None else None
