"""Estimate a model's memory and the time of a simulated day before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from propersim.core.errors import InputError
from propersim.models.presets import Teaching, preset
from propersim.models.sources import Source

NF4_BYTES: Final = 0.5 + (1 + 4 / 256) / 64
"""Bytes per parameter in NF4: 4 bits, plus for every 64 parameters a one-byte scale and, for every 256 scales, a 4-byte one."""
PROCESS: Final = 700e6
"""Bytes of a process that has loaded torch and transformers, working memory included."""
PROMPT: Final = 215
"""Tokens of a moment and its evidence in words, with the instruction."""
LONG_PROMPT: Final = 450
"""Tokens of a state in words without evidence: the longest prompts, for which memory is needed."""
FIXED: Final = 91
"""Tokens of the instruction, which every prompt begins with, and which are computed once."""
FIELDS: Final = 70
"""Tokens of a state in HomeLM's field tokens."""
ANSWER: Final = 20
"""Tokens of a suggestion."""
LARGEST: Final = 2_000_000_000
"""Most parameters of a model on the CPU that :class:`propersim.models.llama_decoder.LlamaDecoder` runs."""
STEPS: Final = 390
"""Timesteps of a day: about 16 hours awake, one every 2.5 minutes."""


@dataclass(frozen=True)
class Needs:
    """Memory that a model needs, in bytes.

    Attributes:
        weights: the model's weights, quantized or not.
        adapter: the LoRA matrices, in float32.
        optimiser: gradients of the LoRA matrices and AdamW's two moments.
        cache: keys and values of a prompt and its candidates.
        overhead: process and libraries.
        conversion: peak of the conversion of a GGUF file, which runs once per file, before the model is loaded.
        decoder: the weights once more, unpacked, for the decoder of LLaMAs on the CPU.
    """

    weights: float
    adapter: float
    optimiser: float
    cache: float
    overhead: float = PROCESS
    conversion: float = 0.0
    decoder: float = 0.0

    @property
    def total(self) -> float:
        """Peak memory in bytes; a night's training needs memory for its batches in addition."""
        return max(self.weights + self.decoder + self.adapter + self.optimiser + self.cache, self.conversion) + self.overhead


@dataclass(frozen=True)
class Speed:
    """Speed of a device with a 4-bit model.

    Attributes:
        layer: seconds per layer, whatever its size.
        prompt: multiply-adds per second on many tokens at a time.
        token: bytes of weights per second on one token at a time.
        training: multiply-adds per second in training, forward and backward.
    """

    layer: float
    prompt: float
    token: float
    training: float


SPEEDS: Final = {
    "cpu": Speed(layer=1.7e-3, prompt=6.0e10, token=2.2e9, training=1.8e10),
    "cuda": Speed(layer=0.4e-3, prompt=3.0e13, token=3.0e11, training=1.5e13),
    "mps": Speed(layer=1.0e-3, prompt=2.0e12, token=5.0e10, training=1.0e12),
}
"""The CPU's values are measured on one thread of a common server; those of GPUs are assumed: a large CUDA device, a laptop of Apple."""
SMALL: Final = Speed(layer=0.3e-3, prompt=6.0e10, token=8.0e9, training=1.8e10)
"""Speed of HomeLM."""
UNPACKED: Final = Speed(layer=0.1e-3, prompt=1.0e11, token=1.0e10, training=3.0e10)
"""Speed of other models that :class:`propersim.models.llama_decoder.LlamaDecoder` runs, on a processor with AVX-512 BF16.

Single tokens read a byte for each weight.
"""


def bytes_per_number(on: str) -> int:
    """Return the bytes of a number that a device computes with.

    CUDA devices compute in bfloat16, others in float32.
    """
    return 2 if on == "cuda" else 4


def needs(source: Source, quantize: str, on: str = "cpu") -> Needs | None:
    """Return the memory that a model needs; None if its sizes are not known.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: ``cpu``, ``cuda`` or ``mps``.
    """
    shape = source.shape
    if shape is None:
        return None
    number = bytes_per_number(on)
    packed = quantize == "nf4" or source.quantized
    weights = shape.linear * NF4_BYTES + shape.other * number if packed else shape.parameters * number
    # The decoder has a copy of its own, and shares unpacked matrices with the training (see llama_decoder.py).
    decoder = float(shape.parameters * number) if on == "cpu" and source.kind != "homelm" and shape.parameters <= LARGEST else 0.0
    teaching = preset(source.name).teaching
    adapter = shape.lora(teaching.rank, teaching.layers) * 4
    tokens = 4 * ((FIELDS if source.kind == "homelm" else LONG_PROMPT) + ANSWER)
    cached = 2 * shape.layers * shape.kv_heads * shape.head * number * tokens
    conversion = shape.parameters * 4.0 if source.kind == "gguf" else 0.0
    return Needs(weights, adapter, adapter * 3, cached, PROCESS, conversion, decoder)


def available(on: str = "cpu") -> float:
    """Return the free memory of all CUDA devices or of this machine, in bytes.

    On this machine the limits of control groups count. Apple's GPUs share its memory.
    """
    if on == "cuda":
        import torch

        return float(sum(torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count())))
    import psutil

    return min([float(psutil.virtual_memory().available), *_groups(Path("/sys/fs/cgroup"), Path("/proc/self/cgroup"))])


def _groups(root: Path, membership: Path) -> list[float]:
    """Return the bytes left under the memory limit of each control group of this process.

    Control groups of versions 1 and 2 are read.
    """
    try:
        lines = membership.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    left = []
    for line in lines:
        _, names, path = [*line.split(":", 2), "", ""][:3]
        if names and "memory" not in names.split(","):
            continue
        base = root / "memory" if names else root
        limit, used = ("memory.limit_in_bytes", "memory.usage_in_bytes") if names else ("memory.max", "memory.current")
        # Inside a container the reported path may not exist; the group's files are then at the root.
        folder = base / path.lstrip("/")
        for group in {base, *(parent for parent in (folder, *folder.parents) if parent.is_relative_to(base))}:
            most, now = _number(group / limit), _number(group / used)
            if most is not None and now is not None and most < 1 << 60:
                left.append(max(0.0, most - now + _reclaimable(group)))
    return left


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _reclaimable(group: Path) -> int:
    """Return the bytes of the inactive page cache, which the kernel frees on demand."""
    try:
        rows = dict(line.split(" ", 1) for line in (group / "memory.stat").read_text(encoding="utf-8").splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", "0")))
    except (OSError, ValueError):
        return 0


def day_seconds(source: Source, quantize: str = "nf4", on: str = "cpu", teaching: Teaching | None = None) -> tuple[float, float] | None:
    """Return the estimated seconds of a simulated day and of a night's training.

    The result is None if the model's sizes are not known.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: ``cpu``, ``cuda`` or ``mps``.
        teaching: training settings; None takes those of the model's preset.
    """
    shape, need = source.shape, needs(source, quantize, on)
    if shape is None or need is None:
        return None
    teaching = teaching or preset(source.name).teaching
    small = source.kind == "homelm" and on == "cpu"
    unpacked = need.decoder > 0
    speed = SMALL if small else UNPACKED if unpacked else SPEEDS[on]
    fresh, whole = (FIELDS, FIELDS) if small else (PROMPT - FIXED, PROMPT)
    prompt = shape.layers * speed.layer + fresh * shape.linear / speed.prompt
    # Those that a token is multiplied with: projections and output matrix.
    used = shape.linear + shape.vocabulary * shape.hidden
    bytes_ = used if unpacked else need.weights
    answer = ANSWER * (shape.layers * speed.layer + bytes_ / speed.token)
    # After some nights an assistant speaks at few steps, but it draws candidates at a share of the silent ones.
    day = STEPS * (prompt + min(1.0, teaching.explore + 0.1) * answer)
    night = teaching.pairs * teaching.epochs * 2 * (whole + ANSWER) * used / speed.training
    return day, night


def check_fits(source: Source, quantize: str = "nf4", on: str = "cpu") -> None:
    """Raise InputError if a model needs more memory than is free; nothing is loaded.

    Args:
        source: the model.
        quantize: ``nf4`` or ``none``.
        on: ``cpu``, ``cuda`` or ``mps``.

    Raises:
        InputError: the model does not fit; the message has the figures.
    """
    need, room = needs(source, quantize, on), available(on)
    if need is None or need.total <= room:
        return
    where = "free on the GPU" if on == "cuda" else "free on this machine"
    if quantize == "none" and not source.quantized and (packed := needs(source, "nf4", on)) and packed.total <= room:
        hint = f"use `--quantize nf4`: in 4-bit it needs about {gigabytes(packed.total)}"
    else:
        most = max(0.0, room - PROCESS) / 0.65e9
        hint = f"in 4-bit a model of up to about {most:.1f} billion parameters fits; or use a machine with more memory"
    raise InputError(f"{source.name}: needs about {gigabytes(need.total)} of memory, and {gigabytes(room)} are {where}", hint)


def gigabytes(count: float) -> str:
    """Return a number of bytes in gigabytes, such as ``39 GB`` or ``1.2 GB``."""
    return f"{count / 1e9:.0f} GB" if count >= 10e9 else f"{count / 1e9:.1f} GB"


def duration(seconds: float) -> str:
    """Return an estimated duration with one unit, such as ``20 s``, ``3 h`` or ``5 days``."""
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(1.0, seconds):.0f} s"
