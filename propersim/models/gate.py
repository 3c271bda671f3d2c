"""A small classifier that decides whether to speak, from the same evidence as HomeLM.

It is a baseline for HomeLM's decisions.

It reads the numbered fields of HomeLM's prompt as numbers, and applies three layers. Its weights are plain numbers in a safetensors file.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import torch
from safetensors.torch import load_file

from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.models.adapters import write_tensors
from propersim.models.homelm_evidence_tokens import NUMBERS, field_tokens, numbered, numbers, places
from propersim.models.shared_model import TORCH_GLOBALS

WEIGHTS: Final = Path(__file__).parent / "homelm" / "gate" / "gate.safetensors"
"""The gate that was trained on HomeLM's corpus."""
WIDTHS: Final = (64, 32)
"""Sizes of the inner layers."""


@cache
def _table() -> torch.Tensor:
    """Return the numbers that describe each token, shape (tokens, NUMBERS)."""
    table = torch.zeros(len(field_tokens()), NUMBERS)
    for number, field, value in numbered():
        table[number] = torch.tensor(numbers(field, value))
    return table


class Gate(torch.nn.Module):
    """A classifier of prompts: speak, or stay silent."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (len(places()) * NUMBERS, *WIDTHS, 1)
        layers: list[torch.nn.Module] = []
        with TORCH_GLOBALS:
            for before, after in itertools.pairwise(sizes):
                layers += [torch.nn.Linear(before, after), torch.nn.ReLU()]
        self.layers = torch.nn.Sequential(*layers[:-1])

    def forward(self, prompts: torch.Tensor) -> torch.Tensor:
        """Return the log-odds of speaking, shape (rows,), for prompts of the shape (rows, tokens)."""
        odds: torch.Tensor = self.layers(_table()[prompts[:, list(places())]].flatten(1))[:, 0]
        return odds

    @torch.inference_mode()
    def chances(self, prompts: torch.Tensor, size: int = 4096) -> torch.Tensor:
        """Return the probability that speaking is right after each prompt, shape (rows,).

        Args:
            prompts: token ids, shape (rows, tokens).
            size: rows per batch.
        """
        return torch.cat([torch.sigmoid(self(prompts[start : start + size])) for start in range(0, len(prompts), size)])

    def chance(self, prompt: Sequence[int]) -> float:
        """Return the probability that speaking is right after a prompt."""
        return float(self.chances(torch.tensor([list(prompt)])))


def save_gate(gate: Gate, path: Path) -> str:
    """Write a gate to a file and return the file's SHA-256."""
    return write_tensors({name: tensor.contiguous() for name, tensor in gate.state_dict().items()}, path)


def load_gate(path: Path) -> Gate:
    """Read a gate from its file.

    Raises:
        InputError: there is no such file, or it holds no gate.
    """
    gate = Gate()
    try:
        gate.load_state_dict(load_file(path))
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{path}: holds no gate ({error})", f"run `{program()} models build gate`") from error
    return gate.eval()
