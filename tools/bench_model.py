"""Measure the speed of HomeLM as ratios to the libraries' own methods: speaking, deciding, training, a day by phase.

``make bench`` runs this after the engine's figures; ``python -m tools.bench_model`` runs it alone.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

# Before torch and numpy: propersim keeps numpy to one thread.
from propersim.core.config import THREADS

PROMPTS = 12
PAIRS = 128
PERSONA = "p11"


def main(repeats: int = 3) -> None:
    """Measure and print; the days run in their own process, so that its peak memory is theirs."""
    import torch

    torch.set_num_threads(THREADS)
    warnings.filterwarnings("ignore")
    speaking(repeats)
    training(repeats)
    done = subprocess.run([sys.executable, "-m", "tools.bench_model", "days"], check=True, capture_output=True, text=True)
    print(done.stdout, end="")


def speaking(repeats: int) -> None:
    """Compare deciding and saying two suggestions with transformers' ``generate``: same model, prompts, sampling and token counts."""
    import torch

    from propersim.models.model import LoadedModel
    from propersim.pretraining.corpus import examples

    model = LoadedModel()
    prompts = [row.prompt for row in examples(PROMPTS, part="bench")]
    model.say(model.decide(prompts[0]), [0, 1])
    decide: list[float] = []
    whole: list[float] = []
    stock: list[float] = []
    tokens = 0
    for turn in range(repeats):
        for number, prompt in enumerate(prompts):
            began = time.perf_counter()
            decision = model.decide(prompt)
            decided = time.perf_counter()
            said = model.say(decision, [1000 * turn + number, 10**6 + 1000 * turn + number])
            whole.append(time.perf_counter() - began)
            decide.append(decided - began)
            count = max(model.codec.longest if text is None else len(model.codec.tokens(text)) + 1 for text in said)
            tokens += 2 * count
            ids = torch.tensor([[*prompt, *model.codec.speak]])
            began = time.perf_counter()
            with torch.inference_mode():
                model.model.generate(
                    ids, attention_mask=torch.ones_like(ids), do_sample=True, top_p=model.teaching.top_p, top_k=0,
                    temperature=model.teaching.temperature, num_return_sequences=2, min_new_tokens=count, max_new_tokens=count,
                    pad_token_id=0,
                )  # fmt: skip
            stock.append(time.perf_counter() - began)
    total = len(whole)
    print(
        f"speaking: {2 * total / sum(whole):.1f} candidates a second, {sum(stock) / sum(whole):.1f}x generate "
        f"({tokens / 2 / total:.0f} tokens each); a step with two candidates {1000 * statistics.median(whole):.1f} ms, "
        f"a silent one {1000 * statistics.median(decide):.1f} ms ({sum(whole) / sum(decide):.1f}x less)"
    )


def training(repeats: int) -> None:
    """Compare a night (references, one forward a pair) with stock ``DPOTrainer`` on the same pairs in tokens, references included."""
    from propersim.core.records import Pair
    from propersim.learning.night import Learner, in_tokens
    from propersim.learning.trainer import TokenPair, train
    from propersim.models.adapters import add_adapter
    from propersim.models.model import LoadedModel
    from propersim.pretraining.corpus import examples

    ours: list[float] = []
    stock: list[float] = []
    said = [row for row in examples(5 * PAIRS, part="bench") if row.text]
    for _ in range(repeats):
        model = LoadedModel()
        teaching = model.teaching
        pairs: list[Pair] = []
        for i, row in enumerate(said[:PAIRS]):
            prompt = tuple(row.prompt)
            if i % 3:
                pairs.append(Pair(i, 0, "decision", prompt, None, "", "silence"))
            else:
                pairs.append(Pair(i, 0, "content", prompt, row.text, said[i + 1].text, "preference"))
        learner = Learner(model, teaching, learn="dpo", scheme="factored", seed=0)
        model.model = add_adapter(model.model, teaching, 0)
        began = time.perf_counter()
        known = learner._with_reference(pairs)
        rows = [
            TokenPair(*in_tokens(one, model.codec), one.kind == "decision", one.ref_chosen or 0.0, one.ref_rejected or 0.0) for one in known
        ]
        train(model.model, model.tokenizer, rows, teaching, learn="dpo", seed=0, progress=lambda _: None)
        ours.append(time.perf_counter() - began)
        stock.append(_stock(rows, teaching))
    mine, theirs = statistics.median(ours), statistics.median(stock)
    # A night goes through its pairs `epochs` times.
    rate = teaching.epochs * PAIRS / mine
    print(f"training: {rate:.0f} pairs a second, {theirs / mine:.1f}x stock DPOTrainer (a third contents, references included)")


def _stock(rows: list[Any], teaching: Any) -> float:
    """Return the seconds that TRL's own loss, collator and reference take for the same pairs and epochs."""
    from datasets import Dataset
    from transformers.trainer_callback import PrinterCallback
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    from propersim.models.adapters import add_adapter
    from propersim.models.model import LoadedModel

    class Stock(DPOTrainer):  # type: ignore[misc, unused-ignore]
        def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
            return dataset

    model = LoadedModel()
    adapted = add_adapter(model.model, teaching, 0)
    data = Dataset.from_list([{"prompt_ids": one.prompt, "chosen_ids": one.chosen, "rejected_ids": one.rejected} for one in rows])
    with tempfile.TemporaryDirectory() as scratch:
        args = DPOConfig(
            output_dir=scratch, per_device_train_batch_size=teaching.batch, num_train_epochs=teaching.epochs, learning_rate=teaching.rate,
            beta=teaching.beta, loss_type=["sigmoid", "sft"], loss_weights=[1.0, teaching.sft], max_length=None, bf16=False, use_cpu=True,
            gradient_checkpointing=False, logging_strategy="no", save_strategy="no", report_to="none", disable_tqdm=True, log_level="error",
        )  # fmt: skip
        began = time.perf_counter()
        trainer = Stock(adapted, args=args, train_dataset=data, processing_class=model.tokenizer)
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        return time.perf_counter() - began


PHASES = {
    "decide": ("propersim.models.model", "LoadedModel", "decide"),
    "say": ("propersim.models.model", "LoadedModel", "say"),
    "rate": ("propersim.user.judge", "OfflineJudge", "rate"),
    "memory, state": ("propersim.memory.memory", "Memory", "state"),
    "memory, see": ("propersim.memory.memory", "Memory", "observe"),
    "store": ("propersim.store.store", "Store", "add_steps"),
    "night: choice": ("propersim.learning.night", "", "sample_replay"),
    "night: reference": ("propersim.learning.night", "Learner", "_with_reference"),
    "night: training": ("propersim.learning.trainer", "", "train"),
    "night: saving": ("propersim.learning.night", "", "save_adapter"),
}
"""Where each phase of a day is spent: module, class and function."""


@contextlib.contextmanager
def _timed(spent: dict[str, float]) -> Iterator[None]:
    """Add up the seconds of every phase for a while."""
    import importlib

    kept: list[tuple[Any, str, Any]] = []
    for phase, (module, owner, name) in PHASES.items():
        place = importlib.import_module(module)
        place = getattr(place, owner) if owner else place
        kept.append((place, name, getattr(place, name)))
        setattr(place, name, _counted(getattr(place, name), phase, spent))
    try:
        yield
    finally:
        for place, name, inner in kept:
            setattr(place, name, inner)


def _counted(inner: Callable[..., Any], phase: str, spent: dict[str, float]) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return inner(*args, **kwargs)
        finally:
            spent[phase] += time.perf_counter() - began

    return wrapper


def days(count: int = 2) -> None:
    """Print where the time of learning days goes, the first of them untaught, and the peak memory."""
    from propersim.core.config import RunConfig
    from propersim.runs.create import add_run
    from propersim.runs.gates import FreeGate
    from propersim.runs.runner import Runner
    from propersim.store.store import Store
    from tools.peak import peak_memory

    spent = dict.fromkeys(PHASES, 0.0)
    marks: list[tuple[float, dict[str, float]]] = []

    class Watch(FreeGate):
        """Remembers how much was spent when each day began."""

        def committed(self, steps: int, days: int) -> None:
            if days == len(marks):
                marks.append((time.perf_counter(), dict(spent)))

    with tempfile.TemporaryDirectory() as folder, Store(Path(folder) / "bench.sqlite") as store:
        run = add_run(store, RunConfig(persona=PERSONA, days=count, assistant="llama"))
        with _timed(spent):
            Runner(store, run, Watch()).go()
        steps = [sum(step.day == day for step in store.steps(run)) for day in range(1, count + 1)]
        nights = store.nights(run)
    for day, ((began, before), (ended, after)) in enumerate(pairwise(marks), 1):
        whole = ended - began
        each = {phase: after[phase] - before[phase] for phase in PHASES}
        each["other"] = whole - sum(each.values())
        parts = ", ".join(f"{phase} {1000 * value:.0f} ms ({100 * value / whole:.0f} %)" for phase, value in each.items())
        night = nights[day - 1]
        work = f"{steps[day - 1]} steps, {night.decisions + night.contents} pairs, {night.steps} updates"
        print(f"learning day {day} of {PERSONA} ({work}): {whole:.1f} s; {parts}")
    print(f"peak memory of learning days: {peak_memory():.0f} MB")


if __name__ == "__main__":
    if sys.argv[1:] == ["days"]:
        days()
    else:
        main(*map(int, sys.argv[1:2]))
