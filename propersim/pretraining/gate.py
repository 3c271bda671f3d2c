"""Train the gate, a classifier that decides when to speak, on HomeLM's corpus.

HomeLM's decisions are compared with those of the gate.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from propersim.core.rng import generator
from propersim.pretraining.corpus import Example
from propersim.pretraining.pretrain import EXAMPLES, Progress, corpus

EPOCHS: Final = 4
BATCH: Final = 256
RATE: Final = 2e-3


def build_gate(out: Path, *, seed: int = 0, count: int = EXAMPLES, progress: Progress | None = None) -> dict[str, Any]:
    """Train the gate on the decisions of HomeLM's corpus, save it, and return its figures.

    Args:
        out: file to write.
        seed: seed of the corpus, the weights and the order.
        count: examples of the corpus.
        progress: called every 100 steps with step, steps and the loss.
    """
    from propersim.models.gate import save_gate

    began = time.monotonic()
    gate = train_gate(corpus(count, seed), seed=seed, progress=progress)
    return {
        "parameters": sum(p.numel() for p in gate.parameters()),
        "examples": count,
        "seed": seed,
        "sha256": save_gate(gate, out),
        "seconds": round(time.monotonic() - began, 1),
    }


def train_gate(examples: Sequence[Example], *, seed: int = 0, epochs: int = EPOCHS, progress: Progress | None = None) -> Any:
    """Return a gate that was trained on the decisions of examples.

    Args:
        examples: the examples of HomeLM's corpus.
        seed: seed of the weights and the order.
        epochs: passes over the examples.
        progress: called every 100 steps with step, steps and the loss.
    """
    import torch
    import torch.nn.functional as f

    from propersim.models.gate import Gate

    torch.manual_seed(seed)
    gate = Gate()
    optimiser = torch.optim.AdamW(gate.parameters(), lr=RATE, weight_decay=1e-2)
    prompts, right, weight = (torch.from_numpy(values) for values in _columns(examples))
    weight = weight / weight.mean()
    order, shuffle = list(range(len(prompts))), generator(seed, "gate/order")
    steps, step = epochs * -(-len(order) // BATCH), 0
    for _ in range(epochs):
        shuffle.shuffle(order)
        for start in range(0, len(order), BATCH):
            for group in optimiser.param_groups:
                group["lr"] = RATE * 0.5 * (1 + math.cos(math.pi * step / steps))
            rows = torch.tensor(order[start : start + BATCH])
            loss = (weight[rows] * f.binary_cross_entropy_with_logits(gate(prompts[rows]), right[rows], reduction="none")).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            step += 1
            if progress is not None and (step % 100 == 0 or step == steps):
                progress(step, steps, {"decision": float(loss.detach())})
    return gate.eval()


def _columns(examples: Sequence[Example]) -> tuple[Any, Any, Any]:
    """Return prompts, probabilities of being right, and weights as arrays."""
    return (
        np.array([row.prompt for row in examples], np.int64),
        np.array([row.right for row in examples], np.float32),
        np.array([row.weight for row in examples], np.float32),
    )
