"""Compare ways to run a pretrained LLaMA on one core of this machine: ``python -m tools.bench_text_model MODEL``.

Each way computes the same prompts (moments of simulated users, the instruction at their beginning kept) and then the same number of single
tokens. Ways that are not installed are named and left out: llama.cpp needs ``llama-cpp-python`` and a GGUF file, int8 needs ``torchao``.

Then the steps of a day are decided by this project's decoder, without and with the log of the day in their prompts (``--day-log``).
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

# Before torch and numpy: propersim keeps numpy to one thread.
from propersim.core.config import THREADS
from propersim.memory.state import AssistantState

PROMPTS = 24
TOKENS = 16
ROUNDS = 3
STEPS = 40
"""Last steps of a day whose decisions are timed."""

Way = Callable[[Sequence[int], int, int], tuple[float, float]]
"""Computes a prompt of which so many tokens may be kept, then so many tokens; returns the seconds of both."""


def own(decoder: Any) -> Way:
    """Return the way of a decoder of this project."""
    import torch

    def run(prompt: Sequence[int], shared: int, count: int) -> tuple[float, float]:
        began = time.perf_counter()
        _, cache = decoder.prefill(prompt, (shared,))
        read = time.perf_counter()
        for _ in range(count):
            decoder.extend(cache, torch.tensor([[prompt[-1]]]))
        return read - began, time.perf_counter() - read

    return run


def plain(model: Any) -> Way:
    """Return the way of transformers, with unpacked matrices in the type that this machine multiplies fastest."""
    from propersim.models.decoder import PlainDecoder
    from propersim.models.pretrained import mixed_precision

    timed = own(PlainDecoder(model))

    def run(prompt: Sequence[int], shared: int, count: int) -> tuple[float, float]:
        with mixed_precision(model):
            return timed(prompt, shared, count)

    return run


def llama_cpp(path: Path) -> Way:
    """Return the way of llama.cpp, one thread, with the GGUF file as it is."""
    from llama_cpp import Llama

    model = Llama(str(path), n_ctx=1024, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)

    def run(prompt: Sequence[int], shared: int, count: int) -> tuple[float, float]:
        if list(model.input_ids[: min(model.n_tokens, shared)]) == list(prompt[:shared]):
            # What stands behind the kept beginning is forgotten.
            model.n_tokens = shared
        else:
            model.reset()
            model.eval(list(prompt[:shared]))
        began = time.perf_counter()
        model.eval(list(prompt[shared:]))
        read = time.perf_counter()
        for _ in range(count):
            model.eval([prompt[-1]])
        return read - began, time.perf_counter() - read

    return run


def ways(path: Path) -> Iterator[tuple[str, Callable[[], Way]]]:
    """Yield the ways to run a model, each with a function that prepares it."""
    import torch

    from propersim.models.model import LoadedModel

    def loaded(quantize: str = "nf4") -> Any:
        return LoadedModel(str(path), quantize, evidence=True, starter="none")

    def compiled() -> Way:
        model = loaded().model
        model.forward = torch.compile(model.forward, dynamic=True)
        return plain(model)

    def eight_bits() -> Way:
        from torchao.quantization import Int8WeightOnlyConfig, quantize_

        model = copy.deepcopy(loaded().model)
        quantize_(model, Int8WeightOnlyConfig())
        return plain(model)

    yield "propersim", lambda: own(loaded().decoder)
    yield "transformers", lambda: plain(loaded().model)
    yield "torch.compile", compiled
    yield "torchao int8", eight_bits
    if path.suffix == ".gguf":
        yield "llama.cpp", lambda: llama_cpp(path)


def moments(model: Any, count: int) -> tuple[list[list[int]], int]:
    """Return prompts of a model at moments of simulated users, and how many tokens all begin with."""
    from propersim.pretraining.starter import moments as lived

    prompts = [model.codec.prompt(one.state) for one in lived(count, 0, "bench")]
    return prompts, model.codec.ends(prompts[0])[0]


def day() -> list[AssistantState]:
    """Return the states at all steps of a day, the second of a user with an assistant that speaks at random.

    They have the log of the day.
    """
    from propersim.core.feedback import FeedbackMode
    from propersim.core.interfaces import Observation
    from propersim.memory.memory import Memory
    from propersim.persona.library import load_persona
    from propersim.simulation.simulation import Simulation

    memory, mode, states = Memory("evidence", timers=True, day_log=True), FeedbackMode(), []
    for step in Simulation(load_persona("p08"), "random", days=2):
        if step.day == 2:
            states.append(memory.state(Observation(step.day, 0, step.minute, step.action, 2.5)))
        memory.observe(mode.reveal(step))
    return states


def a_step(model: Any, steps: int, rounds: int) -> dict[str, dict[str, float]]:
    """Return the tokens and milliseconds of a step, without and with the log of the day.

    Args:
        model: the loaded model.
        steps: last steps of the day whose decisions are timed.
        rounds: how often.
    """
    from propersim.models.decoder import common_parts, parts_of

    codec, states = model.codec, day()
    days = {
        "without": [codec.prompt(replace(one, log=None)) for one in states],
        "with": [codec.prompt(one) for one in states],
    }
    rows: dict[str, dict[str, float]] = {}
    seconds: dict[str, list[float]] = {kind: [] for kind in days}
    for kind, prompts in days.items():
        read: list[int] = []
        before: list[tuple[int, ...]] = []
        for prompt in prompts:
            ends = codec.ends(prompt)
            parts = parts_of(prompt, ends)
            same = common_parts(parts, before)
            read.append(len(prompt) - (ends[same - 1] if same else 0))
            before = parts
        tokens = statistics.mean(map(len, prompts))
        rows[kind] = {
            "tokens": tokens,
            "read": statistics.mean(read),
            "kept": tokens - statistics.mean(read),
            "most": max(map(len, prompts)),
        }
    for _ in range(rounds):
        for kind, prompts in days.items():
            model.decide(prompts[-steps - 1])
            for prompt in prompts[-steps:]:
                began = time.perf_counter()
                model.decide(prompt)
                seconds[kind].append(time.perf_counter() - began)
    return {kind: {**row, "decision_ms": 1000 * statistics.median(seconds[kind])} for kind, row in rows.items()}


def main() -> None:
    """Measure and print a table."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--prompts", type=int, default=PROMPTS)
    parser.add_argument("--tokens", type=int, default=TOKENS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--steps", type=int, default=STEPS, help="last steps of a day that are timed")
    parser.add_argument("--only", help="names of ways, separated by commas; default: all")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    warnings.filterwarnings("ignore")
    from propersim.models.model import LoadedModel

    model = LoadedModel(str(args.model), evidence=True, starter="none")
    prompts, shared = moments(model, args.prompts)
    of_day = a_step(model, args.steps, args.rounds)
    del model
    ready: dict[str, Way] = {}
    missing: dict[str, str] = {}
    for name, prepare in ways(args.model):
        if args.only and name not in args.only.split(","):
            continue
        try:
            way = prepare()
            # The first prompt also compiles kernels and fills the kept beginning.
            way(prompts[0], shared, args.tokens)
            way(prompts[-1], shared, args.tokens)
        except Exception as error:
            missing[name] = f"{type(error).__name__}: {error}".splitlines()[0][:120]
        else:
            ready[name] = way
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ready}
    # In turns, so that what else the machine does meets all of them.
    for _ in range(args.rounds):
        for name, way in ready.items():
            seconds[name] += [way(prompt, shared, args.tokens) for prompt in prompts]
    lengths = [len(prompt) for prompt in prompts]
    rows = {
        name: {
            "decision_ms": 1000 * statistics.median(read for read, _ in found),
            "token_ms": 1000 * statistics.median(said for _, said in found) / args.tokens,
        }
        for name, found in seconds.items()
    }
    facts: dict[str, Any] = {"prompt_tokens": statistics.median(lengths), "kept": shared, "computed": statistics.median(lengths) - shared}
    facts["day"] = of_day
    if args.json:
        print(json.dumps({**facts, "ways": rows, "missing": missing}))
        return
    print(f"{facts['prompt_tokens']:.0f} tokens a prompt, of which {shared} are kept and {facts['computed']:.0f} computed at a step")
    print(f"{'':30} {'a decision':>12} {'a token of an answer':>22} {'a step with 20 tokens':>24}")
    base = next(iter(rows.values()))
    whole = base["decision_ms"] + 20 * base["token_ms"]
    for name, row in rows.items():
        step = row["decision_ms"] + 20 * row["token_ms"]
        print(f"{name:30} {row['decision_ms']:9.0f} ms {row['token_ms']:19.1f} ms {step:15.0f} ms {step / whole:5.2f}x")
    for name, why in missing.items():
        print(f"{name:30} not measured: {why}")
    print("\nthe steps of a day in their order, propersim's decoder")
    for kind, found in of_day.items():
        tokens = f"{found['tokens']:.0f} tokens ({found['most']:.0f} at most), {found['kept']:.0f} kept, {found['read']:.0f} read"
        print(f"{kind + ' the log':30} {tokens}, a decision {found['decision_ms']:.0f} ms")


if __name__ == "__main__":
    main()
