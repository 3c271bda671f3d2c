"""Baselines whose decisions come from a gate, and whose suggestions from a language model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from propersim.assistant.llama import Llama
from propersim.core.interfaces import Progress, ReplayBuffer
from propersim.core.records import Night, Pair
from propersim.learning.gate import GateLearner
from propersim.models.gate import WEIGHTS, Gate, load_gate
from propersim.models.model import Decision

SILENT = 0.0
"""Probability of speaking while a gate that is fitted each night has not been fitted yet."""


class GatedLlama(Llama):
    """A language model with a gate that decides, trained on the same simulated users.

    Args:
        *args: as for :class:`~propersim.assistant.llama.Llama`.
        **options: likewise.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gate: Gate | None = load_gate(WEIGHTS)

    def _decide(self, prompt: Sequence[int]) -> Decision:
        gate = self._gate
        return replace(super()._decide(prompt), p_speak=SILENT if gate is None else gate.chance(prompt))


class NightlyGatedLlama(GatedLlama):
    """A language model with a gate that decides, fitted each night on this run alone.

    Args:
        *args: as for :class:`~propersim.assistant.llama.Llama`.
        **options: likewise; the run's ``seed`` among them.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._gate = None
        self._fitting = GateLearner(self._seed)

    @property
    def learns(self) -> bool:
        """Whether the gate is fitted at night: always."""
        return True

    def load_adapter(self, adapter: Path | None, threshold: float | None = None) -> None:
        """Load the gate of an earlier night; None stands for none."""
        self._gate = load_gate(adapter) if adapter is not None else None

    def train(
        self, replay: ReplayBuffer, *, at: int, day: int, asked: bool, recent: int, folder: Path, progress: Progress
    ) -> tuple[Night, list[Pair]]:
        """Fit the gate on the run's decisions.

        See :meth:`propersim.learning.gate.GateLearner.train`.

        Args:
            replay: the replay buffer.
            at: steps of the run so far.
            day: the day that is over, or under way.
            asked: whether a person asked for the training.
            recent: not used.
            folder: folder of the run's files.
            progress: called before the first and after each pass.
        """
        night, pairs = self._fitting.train(replay, at=at, day=day, asked=asked, folder=folder, progress=progress)
        if night.adapter:
            self._gate = self._fitting.gate
        return night, pairs
