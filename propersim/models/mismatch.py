"""Differences between the tensors that a model needs and those that its files have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from propersim.core.text import clean, counted

_NAMED: Final = 3
"""Number of tensors that a message names."""

Size = tuple[int, ...]


@dataclass(frozen=True)
class Mismatch:
    """Differences between a model's tensors and those of its files.

    Attributes:
        missing: tensors that the model has and the files lack.
        unknown: tensors that the files have and the model lacks.
        sizes: tensors of another shape, by name: (shape in the files, shape in the model).
        other: messages of the loading library.
    """

    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    sizes: Mapping[str, tuple[Size, Size]] = field(default_factory=dict)
    other: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.missing or self.unknown or self.sizes or self.other)

    def __str__(self) -> str:
        """Return them on one line, with the number of each kind and the first names."""
        sizes = [f"{name} is {_shape(found)} instead of {_shape(wanted)}" for name, (found, wanted) in sorted(self.sizes.items())]
        parts = [(self.missing, "missing"), (self.unknown, "unknown"), (sizes, "of another shape"), (self.other, "not loaded")]
        return "; ".join(f"{counted(len(items), 'tensor')} {what} ({listed(items)})" for items, what in parts if items)


def listed(names: Iterable[str]) -> str:
    """Return the first names of a list, in order, and how many more there are."""
    ordered = sorted(names)
    more = f" and {len(ordered) - _NAMED:,} more" if len(ordered) > _NAMED else ""
    return ", ".join(clean(name, limit=120) for name in ordered[:_NAMED]) + more


def _shape(sizes: Size) -> str:
    return "×".join(map(str, sizes)) or "a single number"
