"""Train a starter adapter, with which the runs of a pretrained LLaMA begin.

A pretrained model does not know what the task is. The starter puts the task, the form of the answers and the reading of evidence into LoRA
weights: decisions as the gate makes them, which was trained on many more moments, and sentences about a given topic in a given tone. It is
trained on the same simulated users as HomeLM, none of which is a persona.

``propersim models prepare MODEL`` calls :func:`prepare`.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import torch
import torch.nn.functional as f

from propersim.core.config import DeviceChoice
from propersim.core.errors import InputError
from propersim.core.rng import generator
from propersim.memory.state import AssistantState
from propersim.models.adapters import adapter_tensors, add_adapter, write_tensors
from propersim.models.gate import WEIGHTS, load_gate
from propersim.models.homelm_evidence_tokens import encode
from propersim.models.model import LoadedModel
from propersim.models.pretrained import forward_states, logits_of, mixed_precision
from propersim.models.starters import LAYERS, RANK, Card, file_stem, own_folder, write_starter
from propersim.models.text_codec import TextCodec
from propersim.pretraining.corpus import Given, corpus_hash, sentence_at
from propersim.pretraining.lives import Life

MOMENTS: Final = 3200
"""Moments that are trained: the decision, and a sentence for the case that it is to speak."""
HELD_OUT: Final = 400
"""Moments of other users, for the figures."""
BATCH: Final = 16
RATE: Final = 3e-3
WARM: Final = 16
"""Optimiser steps in which the rate rises."""
GIVEN: Final = 0.7
"""Share of the sentences about any topic in any tone; the others follow what the ratings say."""
STRATA: Final = ((0.0, 0.02), (0.02, 0.5), (0.5, 1.0))
"""Bounds of the gate's probability; a third of the decisions is taken from each."""
TEACHER: Final = 0.9
"""Weight of the gate's probability in what a decision should be; the rest is whether speaking was right at that moment."""
SENTENCE: Final = 0.5
"""Weight of the sentences' loss; that of the decisions is 1."""
THRESHOLD: Final = 0.5
"""Probability of speaking above which a prepared model speaks."""
TEACHING: Final = {"explore": 0.15, "boost": 1.5, "temperature": 0.8, "window": 600, "content_share": 0.3, "rate": 3e-4}
"""Settings of sampling and of the nights of a prepared model, on which evidence does most of the work."""
ALIKE: Final = 4
"""Rows of similar lengths that are computed together where lengths differ much."""
MOSTLY_FULL: Final = 0.75
"""Share of a batch that is no padding, from which all its rows are computed together."""
KEPT_EVERY: Final = 10
"""Most optimiser steps between two checkpoints; a short training keeps ten of them."""

Progress = Callable[[int, int, dict[str, float]], None]


class Moment(NamedTuple):
    """A moment of a simulated user's life, with what a decision should be.

    Attributes:
        state: the assistant's state.
        chance: probability that a recommendation is right, by the gate and the user's rules, 0–1.
    """

    state: AssistantState
    chance: float


def moments(count: int, seed: int, part: str, *, day_log: bool = False) -> list[Moment]:
    """Return moments of simulated users, as many from each of :data:`STRATA`.

    Args:
        count: number of moments.
        seed: seed of the users.
        part: name of an independent part, such as ``train`` or ``held-out``.
        day_log: whether their states have the log of the day; the moments are the same.
    """
    gate = load_gate(WEIGHTS)
    strata: list[list[Moment]] = [[] for _ in STRATA]
    wanted = -(-count // len(STRATA))
    rng = generator(seed, f"starter/{part}/order")
    for number in itertools.count():
        if all(len(rows) >= wanted for rows in strata):
            break
        lived = list(Life(generator(seed, f"starter/{part}", number), day_log=day_log).moments())
        if not lived:
            continue
        chances = gate.chances(torch.tensor([encode(one.state) for one in lived])).tolist()
        for stratum, (low, high) in zip(strata, STRATA, strict=True):
            rows = [
                Moment(one.state, TEACHER * chance + (1 - TEACHER) * one.right)
                for one, chance in zip(lived, chances, strict=True)
                if low <= chance < high or chance == high == 1.0
            ]
            # Few moments of each user, so that many users are seen.
            stratum += rng.sample(rows, min(len(rows), max(4, wanted // 60)))
    found = [one for stratum in strata for one in rng.sample(stratum, wanted)][:count]
    rng.shuffle(found)
    return found


def _losses(model: Any, codec: Any, decisions: Sequence[Moment], said: Sequence[Given]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the losses of decisions and of the sentences at the same moments.

    A sentence follows its moment's prompt, so that both take one pass.
    """
    rows, places, following = [], [], []
    for moment, one in zip(decisions, said, strict=True):
        prompt = codec.prompt(moment.state)
        before = [*prompt, *codec.speak, *codec.about(one.topic, one.tone)]
        words = codec.tokens(one.text, about=False) + list(codec.closing)
        rows.append([*before, *words[:-1]])
        places.append([len(prompt) - 1, *range(len(before) - 1, len(before) + len(words) - 1)])
        following.append(words)
    states = _states(model, rows, places, len(codec.prefix))
    odds = logits_of(model, torch.stack([each[0] for each in states]), (codec.silent[0], codec.speak[0]))
    target = torch.tensor([one.chance for one in decisions], device=odds.device)
    logits = logits_of(model, torch.cat([each[1:] for each in states]))
    words = torch.tensor(list(itertools.chain(*following)), device=logits.device)
    return f.binary_cross_entropy_with_logits(odds[:, 1] - odds[:, 0], target), f.cross_entropy(logits, words)


def _states(model: Any, rows: Sequence[Sequence[int]], places: Sequence[Sequence[int]], shared: int) -> list[torch.Tensor]:
    """Return the last hidden states at some places of each row, shape (places, width) each.

    Rows of very different lengths, as the log of the day makes them, are computed in parts of similar lengths: less of it is padding.

    Args:
        model: a model of transformers.
        rows: token ids of each row.
        places: the places that are asked of each row.
        shared: number of tokens with which all rows begin.
    """
    own = [len(row) - shared for row in rows]
    order, size = list(range(len(rows))), len(rows)
    if size > ALIKE and sum(own) < MOSTLY_FULL * size * max(own):
        order, size = sorted(order, key=lambda k: own[k]), ALIKE
    found: dict[int, torch.Tensor] = {}
    for start in range(0, len(rows), size):
        part = order[start : start + size]
        states = forward_states(model, [rows[k] for k in part], [places[k] for k in part], shared)
        found |= zip(part, states.split([len(places[k]) for k in part]), strict=True)
    return [found[k] for k in range(len(rows))]


class Fit(NamedTuple):
    """How well a prepared model decides at moments of users that it has never seen.

    Attributes:
        decision: mean cross-entropy of a decision, in nats.
        least: the smallest possible, because what is right is itself uncertain.
        agreement: share of the moments at which it decides as the gate does, at one half.
        correlation: rank correlation (Spearman) of its probabilities with the gate's.
    """

    decision: float
    least: float
    agreement: float
    correlation: float


@torch.no_grad()
def fit(model: LoadedModel, held: Sequence[Moment], checking: Callable[[int, int], object] = lambda done, total: None) -> Fit:
    """Return how well a model decides at moments.

    Args:
        model: the model.
        held: moments that it was not trained on.
        checking: called after each batch with the moments that are done, and all.
    """
    codec = model.codec
    chances: list[float] = []
    for start in range(0, len(held), BATCH):
        chances += model.chances([codec.prompt(one.state) for one in held[start : start + BATCH]])
        checking(len(chances), len(held))
    found, right = torch.tensor(chances).clamp(1e-6, 1 - 1e-6), torch.tensor([one.chance for one in held]).clamp(1e-6, 1 - 1e-6)

    def entropy(p: torch.Tensor) -> float:
        return float(-(right * p.log() + (1 - right) * (1 - p).log()).mean())

    ranks = torch.stack([found, right]).argsort(1).argsort(1).double()
    agreement = float(((found > 0.5) == (right > 0.5)).float().mean())
    return Fit(entropy(found), entropy(right), agreement, float(torch.corrcoef(ranks)[0, 1]))


class _Checkpoint:
    """The state of a training in a file, so that it can go on where it was.

    Args:
        path: the file.
        settings: what the training is determined by; a file of other settings is not used.
    """

    def __init__(self, path: Path, settings: dict[str, Any]) -> None:
        self._path = path
        self._settings = json.dumps(settings, sort_keys=True)

    def load(self, parameters: Sequence[torch.nn.Parameter], optimiser: torch.optim.Optimizer) -> int:
        """Restore parameters and optimiser; return the number of steps that were made."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._path, "pt") as file:
                known = file.metadata() or {}
                if known.get("settings") != self._settings:
                    return 0
                step = int(known["step"])
                stored = [
                    [file.get_tensor(f"{number}.{part}") for part in ("value", "mean", "square")] for number in range(len(parameters))
                ]
        except (OSError, SafetensorError, KeyError, ValueError):
            return 0
        if any(one.shape != parameter.shape for parameter, row in zip(parameters, stored, strict=True) for one in row):
            return 0
        for parameter, (value, mean, square) in zip(parameters, stored, strict=True):
            parameter.data.copy_(value)
            optimiser.state[parameter] = {
                "step": torch.tensor(float(step)),
                "exp_avg": mean.to(parameter.device),
                "exp_avg_sq": square.to(parameter.device),
            }
        return step

    def save(self, parameters: Sequence[torch.nn.Parameter], optimiser: torch.optim.Optimizer, step: int) -> None:
        """Write parameters and optimiser after a step, atomically."""
        tensors: dict[str, torch.Tensor] = {}
        for number, parameter in enumerate(parameters):
            state = optimiser.state[parameter]
            tensors |= {f"{number}.value": parameter.data, f"{number}.mean": state["exp_avg"], f"{number}.square": state["exp_avg_sq"]}
        kept = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
        write_tensors(kept, self._path, {"settings": self._settings, "step": str(step)})


def train_starter(
    model: LoadedModel,
    *,
    seed: int = 0,
    count: int = MOMENTS,
    rank: int = RANK,
    layers: int = LAYERS,
    day_log: bool = False,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> None:
    """Train a starter adapter into a loaded model.

    Args:
        model: a model that reads evidence in words, without an adapter.
        seed: seed of the users, the adapter and the order.
        count: moments that are trained.
        rank: rank of the adapter's matrices.
        layers: layers that it changes, counted from the last.
        day_log: whether the prompts have the log of the day.
        checkpoint: file that keeps the state of the training, from which it goes on; None keeps none. The caller removes it.
        progress: called after every optimiser step with step, steps and the losses.

    Raises:
        ArithmeticError: the loss is not a finite number.
    """
    codec = model.codec
    rows = moments(count, seed, "train", day_log=day_log)
    rng = generator(seed, "starter/sentences")
    said = [sentence_at(rng, one.state, GIVEN) for one in rows]
    teaching = msgspec.structs.replace(model.teaching, rank=rank, alpha=2 * rank, layers=layers, dropout=0.0)
    model.model = add_adapter(model.model, teaching, seed)
    parameters = [one for one in model.model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0.0)
    steps = -(-count // BATCH)
    every = max(1, min(KEPT_EVERY, steps // 10))
    settings = {"model": model.name, "seed": seed, "moments": count, "rank": rank, "layers": layers, "corpus": corpus_hash()}
    settings |= {"day_log": True} if day_log else {}
    kept = _Checkpoint(checkpoint, settings) if checkpoint is not None else None
    first = kept.load(parameters, optimiser) if kept is not None else 0
    model.model.train()
    for step in range(first, steps):
        optimiser.param_groups[0]["lr"] = RATE * min(1.0, (step + 1) / WARM) * (1 - step / steps)
        part = slice(step * BATCH, (step + 1) * BATCH)
        with mixed_precision(model.model):
            decision, sentence = _losses(model.model, codec, rows[part], said[part])
        loss = decision + SENTENCE * sentence
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        if not math.isfinite(loss.item()):
            raise ArithmeticError(f"the loss is {loss.item()} at step {step + 1}")
        if kept is not None and (step + 1) % every == 0:
            kept.save(parameters, optimiser, step + 1)
        if progress is not None:
            progress(step + 1, steps, {"decision": float(decision.detach()), "sentence": float(sentence.detach())})
    if kept is not None:
        kept.save(parameters, optimiser, steps)
    model.model.eval()
    model.forget_decoder()


def prepare(
    which: str,
    out: Path | None = None,
    *,
    seed: int = 0,
    count: int = MOMENTS,
    rank: int = RANK,
    layers: int = LAYERS,
    day_log: bool = False,
    device: DeviceChoice = "auto",
    progress: Progress | None = None,
) -> tuple[Path, Card]:
    """Train a model's starter adapter and write it to a file; return the file and its card.

    Args:
        which: value of ``--model``.
        out: folder of the file; None is that of the starters of this machine.
        seed: seed of the users, the adapter and the order.
        count: moments that are trained.
        rank: rank of the adapter's matrices.
        layers: layers that it changes, counted from the last.
        day_log: whether it is for runs with ``--day-log on``.
        device: device of the model, or ``auto``.
        progress: called after every optimiser step with step, steps and the losses; then, while the figures are measured, with the
            moments that are checked, all of them, and no losses.

    Raises:
        InputError: the model cannot be loaded, or reads no text.
    """  # fmt: skip
    began = time.monotonic()
    model = LoadedModel(which, evidence=True, starter="none", device=device)
    # Nothing is recorded that must be the same everywhere: all cores take part.
    torch.set_num_threads(os.cpu_count() or 1)
    if not isinstance(model.codec, TextCodec):
        raise InputError(f"{which}: needs no starter adapter", "starters are for models that read text")
    folder = out or own_folder()
    name = file_stem(model.model.config, model.tokenizer, day_log=day_log)
    kept = folder / f"{name}.part"
    train_starter(model, seed=seed, count=count, rank=rank, layers=layers, day_log=day_log, checkpoint=kept, progress=progress)
    report = progress or (lambda step, steps, losses: None)
    found = fit(model, moments(min(HELD_OUT, count), seed, "held-out", day_log=day_log), lambda done, total: report(done, total, {}))
    figures = {
        "seed": seed, "moments": count, "corpus": corpus_hash(),
        **{key: round(value, 4) for key, value in found._asdict().items()},
        "seconds": round(time.monotonic() - began, 1), "torch": str(torch.__version__),
    }  # fmt: skip
    card = Card(
        model=Path(which).name, rank=rank, layers=layers, threshold=THRESHOLD, teaching=dict(TEACHING), day_log=day_log, figures=figures
    )
    write_starter(adapter_tensors(model.model), card, folder / f"{name}.safetensors")
    kept.unlink(missing_ok=True)
    return folder / f"{name}.safetensors", card
