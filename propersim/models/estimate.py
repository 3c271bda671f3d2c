"""What a model needs and what there is: memory, and time for a simulated day. Estimates, made before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from propersim.core.errors import InputError
from propersim.models.presets import Teaching, preset
from propersim.models.sources import Source

NF4_BYTES: Final = 0.5 + (1 + 4 / 256) / 64
"""Bytes a parameter in NF4: 4 bits, and for every 64 of them a scale of one byte, whose own scale is shared by 256."""
PROCESS: Final = 700e6
"""Bytes of a process with torch and transformers in it, and of what they work with."""
PROMPT: Final = 450
"""Tokens of a state in words."""
FIXED: Final = 110
"""Those of them that are the same in every prompt and computed once."""
FIELDS: Final = 70
"""Tokens of a state in HomeLM's fields."""
ANSWER: Final = 20
"""Tokens of a suggestion."""
STEPS: Final = 390
"""Steps of a day: a good 16 hours awake, one every 2.5 minutes."""


@dataclass(frozen=True)
class Needs:
    """Memory in bytes.

    Attributes:
        weights: of the model, as it is held.
        adapter: of the LoRA matrices, float32.
        optimiser: of their gradients and AdamW's two moments.
        cache: keys and values of a prompt and its candidates.
        overhead: process and libraries.
        conversion: at its highest, of making a GGUF file readable; once for each file, before all else.
    """

    weights: float
    adapter: float
    optimiser: float
    cache: float
    overhead: float = PROCESS
    conversion: float = 0.0

    @property
    def total(self) -> float:
        """The most that is needed at one time; a night's training takes room for its batches on top of that."""
        return max(self.weights + self.adapter + self.optimiser + self.cache, self.conversion) + self.overhead


@dataclass(frozen=True)
class Speed:
    """How fast a device is with a model held in 4-bit.

    Attributes:
        layer: seconds that a layer takes whatever its size.
        prompt: multiplications and additions a second, many tokens at a time.
        token: bytes of weights a second, one token at a time.
        training: the same as ``prompt``, forward and backward.
    """

    layer: float
    prompt: float
    token: float
    training: float


SPEEDS: Final = {
    "cpu": Speed(layer=1.7e-3, prompt=6.0e10, token=2.2e9, training=1.8e10),
    "cuda": Speed(layer=0.4e-3, prompt=3.0e13, token=3.0e11, training=1.5e13),
}
"""Of the CPU measured, on one thread of a common server; of a GPU assumed, for a large one."""
SMALL: Final = Speed(layer=0.3e-3, prompt=6.0e10, token=8.0e9, training=1.8e10)
"""Of models so small that they are run by the decoder made for them, on the CPU."""


def device() -> str:
    """Return ``cuda`` where there is such a device, else ``cpu``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def needs(source: Source, quantize: str, on: str = "cpu") -> Needs | None:
    """Return the memory that a model needs; None where its sizes are not known.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: ``cpu`` or ``cuda``.
    """
    shape = source.shape
    if shape is None:
        return None
    if quantize == "nf4" or source.quantized:
        weights = shape.linear * NF4_BYTES + shape.other * 2
    else:
        weights = shape.parameters * (2 if on == "cuda" else 4)
    teaching = preset(source.name).teaching
    adapter = shape.lora(teaching.rank, teaching.layers) * 4
    tokens = 4 * ((FIELDS if source.kind == "homelm" else PROMPT) + ANSWER)
    cached = 2 * shape.layers * shape.kv_heads * shape.head * 2 * tokens
    conversion = shape.parameters * 4.0 if source.kind == "gguf" else 0.0
    return Needs(weights, adapter, adapter * 3, cached, PROCESS, conversion)


def available(on: str = "cpu") -> float:
    """Return the free memory in bytes: of the GPUs, or of this machine within the limits that its groups set."""
    if on == "cuda":
        import torch

        return float(sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count())))
    import psutil

    return min([float(psutil.virtual_memory().available), *_groups(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))])


def _groups(root: Path, membership: Path) -> list[float]:
    """Return what is left under the memory limit of every control group that this process is in, versions 1 and 2."""
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names and "memory" not in names.split(","):
            continue
        base = root / "memory" if names else root
        limit, used = ("memory.limit_in_bytes", "memory.usage_in_bytes") if names else ("memory.max", "memory.current")
        # Inside a container the path that is told may not exist; the group's own files are then at the root.
        folder = base / path.lstrip("/")
        for group in {base, *(one for one in (folder, *folder.parents) if one.is_relative_to(base))}:
            most, now = _number(group / limit), _number(group / used)
            if most is not None and now is not None and most < 1 << 60:
                found.append(max(0.0, most - now + _reclaimable(group)))
    return found


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _reclaimable(group: Path) -> int:
    """Return the bytes of files kept in memory, which give way to whatever is needed."""
    try:
        rows = dict(line.split(" ", 1) for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", "0")))
    except (OSError, ValueError):
        return 0


def day_seconds(source: Source, quantize: str = "nf4", on: str = "cpu", teaching: Teaching | None = None) -> tuple[float, float] | None:
    """Return an estimate of the seconds of a simulated day and of the night's learning; None where the sizes are not known.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: ``cpu`` or ``cuda``.
        teaching: how it is taught; as its preset says where None.
    """
    shape, need = source.shape, needs(source, quantize, on)
    if shape is None or need is None:
        return None
    teaching = teaching or preset(source.name).teaching
    small = source.kind == "homelm" and on == "cpu"
    speed = SMALL if small else SPEEDS[on]
    fresh, whole = (FIELDS, FIELDS) if small else (PROMPT - FIXED, PROMPT)
    prompt = shape.layers * speed.layer + fresh * shape.linear / speed.prompt
    answer = ANSWER * (shape.layers * speed.layer + need.weights / speed.token)
    # A learning assistant soon speaks at a few steps only, but candidates are drawn on a share of the silent ones.
    day = STEPS * (prompt + min(1.0, teaching.explore + 0.1) * answer)
    night = teaching.pairs * teaching.epochs * 2 * (whole + ANSWER) * (shape.linear + shape.vocabulary * shape.hidden) / speed.training
    return day, night


def check_fits(source: Source, quantize: str = "nf4") -> None:
    """Say before anything is loaded where a model needs more memory than there is.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.

    Raises:
        InputError: it does not fit; with figures.
    """
    on = device()
    need, room = needs(source, quantize, on), available(on)
    if need is None or need.total <= room:
        return
    where = "free on the GPU" if on == "cuda" else "free on this machine"
    if quantize == "none" and not source.quantized and (packed := needs(source, "nf4", on)) and packed.total <= room:
        hint = f"`--quantize nf4` holds it in 4-bit: about {gigabytes(packed.total)}"
    else:
        most = max(0.0, room - PROCESS) / 0.65e9
        hint = f"in 4-bit a model of up to about {most:.1f} billion parameters fits; or run it where there is more memory"
    raise InputError(f"{source.name}: needs about {gigabytes(need.total)} of memory, and {gigabytes(room)} are {where}", hint)


def gigabytes(count: float) -> str:
    """Return bytes as people say them: ``39 GB``, ``1.2 GB``."""
    return f"{count / 1e9:.0f} GB" if count >= 10e9 else f"{count / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Return an estimated time as people say it: ``20 s``, ``7 min``, ``3 h``, ``5 days``."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
