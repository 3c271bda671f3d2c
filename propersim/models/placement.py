"""Choose the device that a model is loaded on, from what it needs and what is free.

HomeLM stays on the CPU, where its own decoder is several times faster than transformers on a GPU.
"""

from __future__ import annotations

from typing import cast

from propersim.core.config import AUTO, CPU, DeviceChoice
from propersim.models.devices import Device, check_device, devices_there
from propersim.models.estimate import available, gigabytes, needs
from propersim.models.sources import Source


def choose_device(source: Source, quantize: str = "nf4", asked: DeviceChoice = "auto") -> Device:
    """Return the device that a model is loaded on.

    ``auto`` is the CPU for HomeLM. Any other model goes to a CUDA device, or without one to ``mps``, if it fits there, and else to the CPU.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        asked: the device that was asked for, or ``auto``.

    Raises:
        InputError: the device that was asked for is not there.
    """
    check_device(asked)
    if asked != AUTO:
        return cast(Device, asked)
    if source.kind == "homelm":
        return CPU
    there = devices_there()
    for gpu in (name for name in there if name != CPU):
        # Where both kinds are there, it is CUDA or nothing.
        return gpu if _fits(source, quantize, gpu) else CPU
    return CPU


def too_large_for_gpu(source: Source, quantize: str, on: Device, asked: DeviceChoice) -> str | None:
    """Return a warning where a model runs on the CPU only because no GPU has room for it.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: the device that was chosen.
        asked: the device that was asked for, or ``auto``.
    """
    gpu = next((name for name in devices_there() if name != CPU), None)
    if asked != AUTO or on != CPU or source.kind == "homelm" or gpu is None:
        return None
    need = needs(source, quantize, gpu)
    about = f"needs about {gigabytes(need.total)}, and {gigabytes(available(gpu))} are free there" if need else "does not fit there"
    return f"{source.name}: runs on the CPU and not on {gpu}: it {about}"


def _fits(source: Source, quantize: str, on: Device) -> bool:
    need = needs(source, quantize, on)
    return need is None or need.total <= available(on)
