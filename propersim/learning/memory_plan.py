"""Choose how a night trains so that it fits into the free memory.

It may train in parts of batches, with checkpoints, and with another optimiser.

The figures of :func:`training_bytes` were fitted to what torch keeps for the backward pass of small random LLaMAs on the CPU; a test
compares them. Models that :class:`~propersim.models.llama_decoder.LlamaDecoder` runs on the CPU always train in whole batches, so that
their records do not depend on what else is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from propersim.learning.pair_batches import AnswerTokens
from propersim.models.adapters import base_of
from propersim.models.devices import DEVICES
from propersim.models.estimate import LARGEST, available, bytes_per_number
from propersim.models.presets import Teaching
from propersim.models.pretrained import first_trained
from propersim.models.shape import Shape, shape_of

PAGED_FROM: Final = 3_000_000_000
"""Parameters from which on a model on a CUDA device is trained with 8-bit moments, in memory that may be paged out."""
USABLE: Final = 0.85
"""Share of the free memory that a training may plan with: the rest is lost to fragments and to what the estimate leaves out."""
ADAMW: Final = "adamw_torch"
PAGED_ADAMW: Final = "paged_adamw_8bit"
_PER_HIDDEN: Final = {4: (32, 72), 2: (40, 64)}
"""Bytes that a layer keeps of a token per unit of the residual stream, by bytes of a number: without dropout, and with it."""
_PER_INNER: Final = {4: (16, 20), 2: (10, 14)}
"""The same per unit of the feed-forward layers."""
_PER_RANK: Final = 64
"""The same per rank of the adapter."""
_PER_LOGIT: Final = 16
"""Bytes of a logit of an answer's token: the logit, its log-probability, and their gradients, in float32."""


class TrainingPlan(NamedTuple):
    """How a night trains.

    Attributes:
        rows: pairs per forward and backward pass; gradients of the passes of a batch are added up.
        checkpoint: whether hidden states within layers are computed again for the backward pass, instead of being kept.
        optimiser: name of the optimiser, as in ``TrainingArguments.optim``.
    """

    rows: int
    checkpoint: bool = False
    optimiser: str = ADAMW

    def savings(self, batch: int) -> tuple[str, ...]:
        """Return how memory is saved, in words; empty where it is not.

        Args:
            batch: pairs per optimiser step.
        """
        parts = f"{self.rows} of {batch} pairs at a time" if self.rows < batch else ""
        checkpoints = "gradient checkpointing" if self.checkpoint else ""
        optimiser = self.optimiser if self.optimiser != ADAMW else ""
        return tuple(filter(None, (parts, checkpoints, optimiser)))


def plan_training(model: Any, pairs: Sequence[AnswerTokens], teaching: Teaching, learn: str) -> TrainingPlan:
    """Return how a model is trained on pairs with the memory that is free now.

    Args:
        model: the model with its adapter.
        pairs: the pairs as token ids.
        teaching: training settings.
        learn: ``dpo`` or ``kto``; the batches of KTO are never parted, because its KL term is that of a batch.
    """
    config = base_of(model).config
    shape, on = shape_of(config.to_dict()), next(model.parameters()).device.type
    if on not in DEVICES or (on == "cpu" and shape.parameters <= LARGEST):
        return TrainingPlan(teaching.batch)
    optimiser = PAGED_ADAMW if on == "cuda" and shape.parameters >= PAGED_FROM else ADAMW
    if on == "cuda":
        import torch

        torch.cuda.empty_cache()
    trained = shape.layers - first_trained(model)
    width = max(sum(map(len, pair)) for pair in pairs)
    answers = max(len(chosen) + len(rejected) for _, chosen, rejected in pairs)
    # KTO reads each answer, and a foreign one for its KL term, in a row of its own.
    size = TrainingSize(shape, teaching, trained, width, answers, bytes_per_number(on), apart=learn != "dpo")
    return fitting(size, USABLE * available(on), optimiser)


class TrainingSize(NamedTuple):
    """Sizes of a training, on which its memory depends.

    Attributes:
        shape: sizes of the model.
        teaching: training settings.
        trained: layers from the first one that the adapter changes.
        width: tokens of the longest pair.
        answers: tokens of the longest two answers.
        number: bytes of a number.
        apart: whether each answer has a row of its own, with a foreign one beside it, and batches are never parted, as in KTO.
    """

    shape: Shape
    teaching: Teaching
    trained: int
    width: int
    answers: int
    number: int
    apart: bool = False


def fitting(size: TrainingSize, room: float, optimiser: str = ADAMW) -> TrainingPlan:
    """Return the fastest plan that fits; the smallest one where none does.

    Smaller parts come first: they cost less time than checkpoints do.

    Args:
        size: sizes of the training.
        room: bytes that may be used.
        optimiser: name of the optimiser.
    """
    counts = [size.teaching.batch]
    while not size.apart and counts[-1] > 1:
        counts.append(counts[-1] // 2)
    plans = [TrainingPlan(rows, checkpoint, optimiser) for checkpoint in (False, True) for rows in counts]
    return next((plan for plan in plans if training_bytes(size, plan) <= room), plans[-1])


def training_bytes(size: TrainingSize, plan: TrainingPlan) -> float:
    """Return the bytes that a training takes in addition to the model and its adapter.

    Args:
        size: sizes of the training.
        plan: how it trains.
    """
    shape, number = size.shape, size.number
    tokens = plan.rows * size.width * (4 if size.apart else 1)
    layer = kept_of_layer(shape, size.teaching, tokens, number)
    kept = size.trained * tokens * shape.hidden * number + 2 * layer if plan.checkpoint else size.trained * layer
    # The output matrix is multiplied in float32, so that decisions are not rounded away.
    head = _PER_LOGIT * plan.rows * size.answers * shape.vocabulary + 8 * shape.vocabulary * shape.hidden
    matrices = 2 * number * max(a * b for a, b in shape.linears)
    moments = 2 if plan.optimiser == PAGED_ADAMW else 8
    return kept + head + matrices + shape.lora(size.teaching.rank, size.teaching.layers) * (4 + moments)


def kept_of_layer(shape: Shape, teaching: Teaching, tokens: int, number: int) -> float:
    """Return the bytes that a layer with an adapter keeps of tokens for the backward pass.

    Args:
        shape: sizes of the model.
        teaching: rank and dropout of the adapter.
        tokens: number of tokens.
        number: bytes of a number.
    """
    drops = int(teaching.dropout > 0)
    width = max(shape.hidden, shape.heads * shape.head)
    return tokens * (_PER_HIDDEN[number][drops] * width + _PER_INNER[number][drops] * shape.inner + _PER_RANK * teaching.rank)
