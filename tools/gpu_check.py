"""Measure large random LLaMAs on a GPU, and compare its decisions with the CPU's: ``python -m tools.gpu_check``.

They have 1, 8 and 70 billion parameters. It takes at most some four minutes and needs no network. The weights are made on the device,
matrix by matrix, each of them packed to NF4 before the next one is made. All else is the package's own code: decoder, codec, night. File
its output in ``docs/reference/speed.md``.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

# Before torch and numpy: propersim keeps numpy to one thread.
from propersim.core.config import THREADS
from propersim.core.errors import PropersimError
from propersim.core.records import Pair, TrainingProgress
from propersim.models.devices import DEVICES, Device, check_device, devices_there
from propersim.models.shape import Shape

if TYPE_CHECKING:
    import torch

    from propersim.core.interfaces import ReplayBuffer
    from propersim.memory.state import AssistantState
    from propersim.models.codec import Codec
    from propersim.models.loading import LoadedParts
    from propersim.models.model import LoadedModel

LATEST: Final = 120.0
"""Seconds after which no further model is built, so that all of it takes at most some four minutes."""
PAIRS: Final = 32
"""Preference pairs of the night."""
PROMPTS: Final = 100
"""Prompts whose decisions are compared."""
LEAST: Final = 0.9
"""Rank correlation below which the decisions do not agree."""
POSITIONS: Final = 4096
_LLAMA3: Final = 128_256
SHAPES: Final = {
    "1B": Shape(hidden=2048, inner=8192, layers=16, heads=32, kv_heads=8, head=64, vocabulary=_LLAMA3, tied=True),
    "8B": Shape(hidden=4096, inner=14336, layers=32, heads=32, kv_heads=8, head=128, vocabulary=_LLAMA3, tied=False),
    "70B": Shape(hidden=8192, inner=28672, layers=80, heads=64, kv_heads=8, head=128, vocabulary=_LLAMA3, tied=False),
}
"""Sizes of Llama 3.2 1B, Llama 3.1 8B and Llama 3.3 70B."""
SMALL: Final = {
    "tiny": Shape(hidden=64, inner=128, layers=2, heads=4, kv_heads=2, head=16, vocabulary=8192, tied=True),
    "small": Shape(hidden=128, inner=256, layers=4, heads=4, kv_heads=2, head=32, vocabulary=8192, tied=False),
}
"""Sizes for ``--small``, and for the comparison with the CPU (the first)."""
COLUMNS: Final = ("shape", "parameters", "GB", "decisions/s", "tokens/s", "steps/s", "night, s", "saved by", "a run's day, s", "night, s")


class Figures(NamedTuple):
    """The figures of a model; sizes in bytes, times in seconds.

    Attributes:
        shape: name of its sizes.
        parameters: number of parameters.
        build: time to make and pack its weights.
        memory: most memory that was in use on the device; of the process on the CPU.
        decisions: decisions a second.
        tokens: tokens of suggestions a second, two at a time.
        steps: optimiser steps a second.
        night: time of a night of :data:`PAIRS` pairs, references and checks included.
        savings: how the night saved memory.
        run_day: estimated time of a day of a run.
        run_night: estimated time of a night of a run, with the pairs of the default teaching.
    """

    shape: str
    parameters: int
    build: float
    memory: int
    decisions: float
    tokens: float
    steps: float
    night: float
    savings: tuple[str, ...]
    run_day: float
    run_night: float


def random_llama(shape: Shape, device: Device, *, seed: int = 0, drawn_on: str | None = None) -> Any:
    """Return a LLaMA with random weights on a device, its projections packed to NF4 one by one.

    Args:
        shape: its sizes.
        device: the device that it is built on.
        seed: seed of the weights.
        drawn_on: device of the random numbers; None draws them where they are needed. Numbers of the CPU are the same everywhere.
    """
    import torch
    from bitsandbytes.nn.modules import Linear4bit, Params4bit
    from transformers import LlamaConfig, LlamaForCausalLM
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    generator = torch.Generator(drawn_on or device).manual_seed(seed)

    def drawn(rows: int, columns: int, scale: float) -> torch.Tensor:
        made = torch.empty(rows, columns, device=generator.device, dtype=dtype if drawn_on is None else torch.float32)
        return made.normal_(std=scale, generator=generator).to(device, dtype)

    config = LlamaConfig(
        hidden_size=shape.hidden, intermediate_size=shape.inner, num_hidden_layers=shape.layers, num_attention_heads=shape.heads,
        num_key_value_heads=shape.kv_heads, head_dim=shape.head, vocab_size=shape.vocabulary, max_position_embeddings=POSITIONS,
        tie_word_embeddings=shape.tied, dtype=dtype,
    )  # fmt: skip
    with torch.device("meta"):
        model: Any = LlamaForCausalLM(config)
    for name, module in list(model.named_modules()):
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            packed = Linear4bit(
                module.in_features, module.out_features, bias=False, compute_dtype=dtype, compress_statistics=True, quant_type="nf4",
                device="meta",
            )  # fmt: skip
            weight = drawn(module.out_features, module.in_features, module.in_features**-0.5)
            plain: Any = Params4bit(weight, requires_grad=False, compress_statistics=True, quant_type="nf4", module=packed)
            packed.weight = plain.to(device)
            parent, _, own = name.rpartition(".")
            setattr(model.get_submodule(parent), own, packed)
        elif name.endswith("norm"):
            module.weight = torch.nn.Parameter(torch.ones(shape.hidden, device=device, dtype=dtype), requires_grad=False)
    # So logits have about unit size.
    table = torch.nn.Parameter(drawn(shape.vocabulary, shape.hidden, shape.hidden**-0.5), requires_grad=False)
    model.model.embed_tokens.weight = table
    head = table if shape.tied else torch.nn.Parameter(drawn(shape.vocabulary, shape.hidden, shape.hidden**-0.5), requires_grad=False)
    model.lm_head.weight = head
    model.model.rotary_emb = LlamaRotaryEmbedding(config).to(device)
    # As transformers marks it: PEFT then puts its layers for 4-bit around the projections.
    model.is_loaded_in_4bit = True
    return model.eval()


def random_parts(shape: Shape, device: Device, **options: Any) -> LoadedParts:
    """Return a random LLaMA with a tokenizer of the package; see :func:`random_llama` for the options."""
    import torch
    from transformers import PreTrainedTokenizerFast

    from propersim.models.homelm_weights import EAGER
    from propersim.models.loading import LoadedParts, forbid_repacking
    from propersim.models.pretrained import unpack_on_cpu
    from propersim.models.text_codec import TextCodec

    model = random_llama(shape, device, **options)
    forbid_repacking(model)
    unpack_on_cpu(model)
    tokenizer = PreTrainedTokenizerFast.from_pretrained(EAGER)
    codec = TextCodec(tokenizer, vocabulary=shape.vocabulary, positions=POSITIONS, evidence=True)
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    return LoadedParts(model, tokenizer, codec, device, dtype, shape.parameters, POSITIONS)


@cache
def _states() -> list[AssistantState]:
    from propersim.pretraining.starter import moments

    return [one.state for one in moments(PROMPTS, 0, "gpu-check")]


def prompts(codec: Codec, count: int) -> list[list[int]]:
    """Return prompts of moments of simulated users, at most :data:`PROMPTS`."""
    return [codec.prompt(state) for state in _states()[:count]]


def made_pairs(asked: Sequence[Sequence[int]]) -> ReplayBuffer:
    """Return a replay buffer of decisions and contents after prompts."""
    pairs: list[Pair] = []
    for number, prompt in enumerate(map(tuple, asked)):
        speaks = number % 3 == 0
        found = ("" if speaks else None, None if speaks else "", "speech" if speaks else "silence")
        pairs.append(Pair(number, 0, "decision", prompt, *found))
        pairs.append(Pair(number, 1, "content", prompt, "How about a slow walk under the trees?", "You must tidy up.", "preference"))
    return lambda kind, newest: [pair for pair in pairs if pair.kind == kind][-newest:]


def measured(name: str, shape: Shape, device: Device, asked: int = PAIRS) -> Figures:
    """Build a model, let it decide, speak and train for a night, and return what was measured.

    Args:
        name: name of the sizes.
        shape: its sizes.
        device: the device.
        asked: prompts that the night's pairs are made of.
    """
    import msgspec

    from propersim.learning.measure import measure
    from propersim.learning.night import Learner
    from propersim.models.model import LoadedModel
    from propersim.models.presets import preset

    _forget(device)
    began = time.perf_counter()
    teaching = msgspec.structs.replace(preset(name).teaching, pairs=PAIRS)
    model = LoadedModel.of(name, random_parts(shape, device), teaching)
    build = time.perf_counter() - began
    tokens = _tokens_a_second(model)
    steps: list[float] = []

    def progress(now: TrainingProgress) -> None:
        if not now.part:
            steps.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(model, teaching, learn="dpo", scheme="factored", seed=0)
        replay = made_pairs(prompts(model.codec, asked))
        began = time.perf_counter()
        night, _ = learner.train(replay, at=1, day=1, asked=False, folder=Path(folder), progress=progress)
        took = time.perf_counter() - began
    memory = _memory(device)
    model.teaching = preset(name).teaching
    usual = measure(model)
    return Figures(
        name, shape.parameters, build, memory, 1 / usual.decision, tokens, (len(steps) - 1) / (steps[-1] - steps[0]), took, night.savings,
        usual.day, usual.night,
    )  # fmt: skip


def _tokens_a_second(model: LoadedModel) -> float:
    """Return how many tokens of suggestions a model writes a second, two suggestions at a time."""
    codec = model.codec
    decision = model.decide(prompts(codec, 1)[0])
    about = codec.about("music", "warm")
    model.say(decision, [0, 0], [about] * 2)
    began = time.perf_counter()
    said = model.say(decision, [1, 2], [about] * 2)
    took = time.perf_counter() - began
    return sum(codec.longest if text is None else len(codec.tokens(text)) for text in said) / took


def agreement(device: Device, count: int = PROMPTS) -> tuple[float, float, float]:
    """Compare the decisions of a tiny model on a device, through transformers, with those of the CPU's own decoder.

    Args:
        device: the device.
        count: number of prompts.

    Returns:
        The rank correlation (Spearman) of P(speak), the largest difference, and the range of the CPU's values.
    """
    import torch

    from propersim.models.decoder import PlainDecoder
    from propersim.models.model import LoadedModel
    from propersim.models.presets import preset

    (name, shape), *_ = SMALL.items()
    here = LoadedModel.of(name, random_parts(shape, "cpu", drawn_on="cpu"), preset(name).teaching)
    asked = prompts(here.codec, count)
    own = torch.tensor([here.decide(prompt).p_speak for prompt in asked]).double()
    there = LoadedModel.of(name, random_parts(shape, device, drawn_on="cpu"), preset(name).teaching)
    there.use_decoder(PlainDecoder(there.model))
    found = torch.tensor([there.decide(prompt).p_speak for prompt in asked]).double()
    ranks = torch.stack([own, found]).argsort(1).argsort(1).double()
    return float(torch.corrcoef(ranks)[0, 1]), float((own - found).abs().max()), float(own.max() - own.min())


def _forget(device: Device) -> None:
    """Free what earlier models left, and count memory anew."""
    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    elif device == "mps":
        torch.mps.empty_cache()


def _memory(device: Device) -> int:
    import torch

    if device == "cuda":
        return int(torch.cuda.max_memory_allocated())
    if device == "mps":
        return int(torch.mps.driver_allocated_memory())
    import psutil

    return int(psutil.Process().memory_info().rss)


def check(device: Device, *, small: bool, say: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Measure all models that fit and return the findings as plain data.

    Args:
        device: the device.
        small: whether only tiny models are built.
        say: receives what is done, and what is left out.
    """
    import torch

    from propersim.models.estimate import available, gigabytes, needs
    from propersim.models.loading import quiet_libraries
    from propersim.models.sources import Source

    quiet_libraries()
    torch.set_num_threads(THREADS)
    began = time.monotonic()
    say(f"decisions of a tiny model on {device} and on the CPU")
    correlation, difference, span = agreement(device)
    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    for name, shape in (SMALL if small else SHAPES).items():
        need, room = needs(Source(name, "folder", "", True, shape.parameters, shape), "nf4", device), available(device)
        assert need is not None
        if need.total > room:
            left_out[name] = f"needs about {gigabytes(need.total)}, and {gigabytes(room)} are free"
        elif time.monotonic() - began > LATEST:
            left_out[name] = f"{time.monotonic() - began:.0f} s were over"
        else:
            say(f"a LLaMA of {name}")
            try:
                rows.append(measured(name, shape, device)._asdict())
            except torch.OutOfMemoryError as error:
                left_out[name] = f"out of memory: {str(error).partition('.')[0]}"
        if name in left_out:
            say(f"{name} is left out: {left_out[name]}")
    return {
        "device": device,
        "name": torch.cuda.get_device_name() if device == "cuda" else f"{platform.system()} {platform.machine()}",
        "torch": str(torch.__version__),
        "models": rows,
        "left_out": left_out,
        "spearman": correlation,
        "largest_difference": difference,
        "range": span,
        "agrees": correlation >= LEAST,
        "seconds": time.monotonic() - began,
    }


def _print(found: dict[str, Any]) -> None:
    """Print the findings as a table in Markdown."""
    print(f"{found['name']}, {found['device']}, torch {found['torch']}, {found['seconds']:.0f} s in all\n")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    for row in found["models"]:
        one = Figures(**row)
        figures = (f"{one.memory / 1e9:.1f}", f"{one.decisions:.1f}", f"{one.tokens:.0f}", f"{one.steps:.2f}", f"{one.night:.1f}")
        later = (", ".join(one.savings) or "–", f"{one.run_day:.0f}", f"{one.run_night:.0f}")
        print(f"| {one.shape} | {one.parameters:,} | {' | '.join((*figures, *later))} |")
    for name, reason in found["left_out"].items():
        print(f"\n{name} left out: {reason}")
    verdict = "agree" if found["agrees"] else "DO NOT AGREE"
    apart = f"at most {found['largest_difference']:.1e} apart in a range of {found['range']:.2f}"
    print(f"\nDecisions {verdict} with the CPU's: Spearman {found['spearman']:.4f}, {apart}")


def main() -> int:
    """Measure, print, and return 1 where decisions do not agree with the CPU's, 2 where the device is not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", choices=DEVICES, default=None, help="default: a GPU where there is one")
    parser.add_argument("--small", action="store_true", help="build tiny models only, as always on the CPU")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    given = parser.parse_args()
    device: Device = given.device or devices_there()[min(1, len(devices_there()) - 1)]
    try:
        check_device(device)
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    found = check(device, small=given.small or device == "cpu", say=lambda text: print(text, file=sys.stderr))
    if given.json:
        print(json.dumps(found))
    else:
        _print(found)
    return int(not found["agrees"])


if __name__ == "__main__":
    sys.exit(main())
