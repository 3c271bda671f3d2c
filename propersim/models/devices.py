"""The devices that torch finds on this machine."""

from __future__ import annotations

from typing import Final, Literal, get_args

from propersim.core.config import AUTO, CPU
from propersim.core.errors import InputError

Device = Literal["cpu", "cuda", "mps"]
DEVICES: Final[tuple[Device, ...]] = get_args(Device)
"""Devices by torch's names; ``mps`` is the GPU of Apple's processors."""


def devices_there() -> tuple[Device, ...]:
    """Return the devices of this machine."""
    import torch

    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return tuple(name for name in DEVICES if there[name])


def check_device(asked: str) -> None:
    """Check that a device is there.

    ``auto`` and ``cpu`` always are, and nothing is imported for them.

    Raises:
        InputError: it is not there; the message names those that are.
    """
    if asked in (AUTO, CPU):
        return
    there = devices_there()
    if asked not in there:
        names = there[0] if len(there) == 1 else f"{', '.join(there[:-1])} and {there[-1]}"
        raise InputError(
            f"--device {asked}: torch finds no such device here, only {names}", f"give --device {there[-1]}, or leave --device out"
        )
