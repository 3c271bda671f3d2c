"""Matrices of 8-bit integers, for tokens that are computed one at a time.

A single token reads every matrix of the model once: its time is that of reading them, and bytes take half the time of bfloat16. Prompts are
computed many tokens at a time, where the arithmetic counts: there bfloat16 is faster.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

MOST_ROWS = 4
"""Most tokens side by side for which bytes are faster than bfloat16."""
WIDTH = 16
"""Matrices need a multiple of this many columns: torch reads them in such blocks, and reads beyond the end of others."""


@dataclass(frozen=True)
class ByteMatrix:
    """A matrix of 8-bit integers with one scale for each row.

    Attributes:
        values: the integers, shape (out, in), from -127 to 127.
        scales: the size of a unit of each row in bfloat16, shape (out,).
    """

    values: torch.Tensor
    scales: torch.Tensor

    @classmethod
    def of(cls, matrix: torch.Tensor) -> ByteMatrix:
        """Return a matrix rounded to 127 steps of each row's largest weight.

        Raises:
            ValueError: the number of columns is no multiple of :data:`WIDTH`.
        """
        if matrix.shape[1] % WIDTH:
            raise ValueError(f"{matrix.shape[1]} columns are no multiple of {WIDTH}")
        exact = matrix.float()
        scales = (exact.abs().amax(1) / 127).clamp(min=1e-12).bfloat16()
        values = (exact / scales.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
        return cls(values, scales)

    def product(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product of states, shape (…, in), and the matrix, in float32."""
        flat = x.reshape(-1, x.shape[-1]).bfloat16()
        found = torch._weight_int8pack_mm(flat, self.values, self.scales)
        return found.float().view(*x.shape[:-1], len(self.scales))
