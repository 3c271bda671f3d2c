"""Fit a gate each night on one run's decisions: a baseline without simulated users."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import torch
import torch.nn.functional as f

from propersim.core.interfaces import Progress, ReplayBuffer
from propersim.core.records import Night, Pair, TrainingProgress
from propersim.core.rng import generator
from propersim.models.gate import Gate, save_gate
from propersim.models.shared_model import TORCH_GLOBALS

WINDOW: Final = 4000
"""Newest decisions that a night is fitted on."""
EPOCHS: Final = 20
BATCH: Final = 128
RATE: Final = 3e-3


class GateLearner:
    """Fits a new gate on a run's decisions each night.

    Args:
        seed: the run's seed.

    Attributes:
        gate: the gate of the last night; None before the first.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self.gate: Gate | None = None

    def train(self, replay: ReplayBuffer, *, at: int, day: int, asked: bool, folder: Path, progress: Progress) -> tuple[Night, list[Pair]]:
        """Fit a gate on the run's decisions, and save it.

        Args:
            replay: the replay buffer.
            at: steps of the run so far.
            day: the day that is over, or under way.
            asked: whether a person asked for the training.
            folder: folder of the run's files; created if missing.
            progress: called before the first and after each pass.

        Returns:
            The night's record, and no pairs.
        """
        decisions = replay("decision", WINDOW)
        if not decisions:
            return Night(at, day, asked), []
        seed = generator(self._seed, "learning/gate", at).getrandbits(31)
        with TORCH_GLOBALS:
            torch.manual_seed(seed)
            gate = Gate()
        prompts = torch.tensor([list(pair.prompt) for pair in decisions])
        wanted = torch.tensor([float(pair.won == "speech") for pair in decisions])
        optimiser = torch.optim.AdamW(gate.parameters(), lr=RATE, weight_decay=1e-2)
        loss, order = torch.zeros(()), list(range(len(decisions)))
        shuffle = generator(seed, "order")
        progress(TrainingProgress(0, EPOCHS, pairs=len(decisions)))
        for epoch in range(EPOCHS):
            shuffle.shuffle(order)
            for start in range(0, len(order), BATCH):
                rows = torch.tensor(order[start : start + BATCH])
                loss = f.binary_cross_entropy_with_logits(gate(prompts[rows]), wanted[rows])
                optimiser.zero_grad(set_to_none=True)
                loss.backward()
                optimiser.step()
            progress(TrainingProgress(epoch + 1, EPOCHS, float(loss.detach()), pairs=len(decisions)))
        self.gate = gate.eval()
        name = f"{at:08}.safetensors"
        digest = save_gate(self.gate, folder / name)
        night = Night(
            at, day, asked, adapter=name, sha256=digest, decisions=len(decisions), spoken=int(wanted.sum()), steps=EPOCHS,
            loss=float(loss.detach()), trained=tuple(sorted({pair.index for pair in decisions})),
        )  # fmt: skip
        return night, []
