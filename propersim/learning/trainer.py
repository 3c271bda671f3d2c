"""TRL's trainers, taught to take tokens as they are, with the base model as the reference.

What differs from TRL's own: the dataset comes tokenised (TRL would add an end to a bare decision); the reference is the frozen
base model, not yesterday's adapter, and its log-probabilities come with the pairs; the adapter stays in float32; a decision is
one forward for both options; decisions and contents never share a batch.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any, NamedTuple

import torch
import torch.nn.functional as f
from datasets import Dataset
from torch.utils.data import DataLoader
from transformers import TrainerCallback
from transformers.trainer_callback import PrinterCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_config import KTOConfig
from trl.trainer.kto_trainer import DataCollatorForUnpairedPreference, KTOTrainer

from propersim.core.rng import generator
from propersim.models.adapters import base_of, in_float32
from propersim.models.estimate import device
from propersim.models.presets import Teaching


class Row(NamedTuple):
    """A preference pair in tokens.

    Attributes:
        prompt: token ids of the prompt.
        chosen: of the better answer.
        rejected: of the worse one.
        bare: whether it is a decision alone: one token each, without an end.
        ref_chosen: log-probability of the better one under the base model.
        ref_rejected: of the worse one.
    """

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]
    bare: bool
    ref_chosen: float = 0.0
    ref_rejected: float = 0.0


class Trained(NamedTuple):
    """How a training went: optimiser steps, and means over the last tenth of them; KTO has no pairs to be accurate about."""

    steps: int
    loss: float
    margin: float
    accuracy: float | None


Progress = Callable[[int, int, float, float, float | None, float], None]
"""Called after each optimiser step with step, steps, loss, margin, accuracy and seconds left; may raise to stop the training."""


class Side(NamedTuple):
    """Pairs side by side, each as one row: prompt, better answer, worse answer, neither answer seeing the other.

    The last token of an answer is not in its row: nothing is asked of what follows it. So a bare decision is its prompt alone.

    Attributes:
        ids: token ids, shape (pairs, width), padded on the right.
        places: position of each token, same shape; the worse answer's begin where the better one's do.
        mask: what each token sees, shape (pairs, 1, width, width), additive.
        rows: for each answered token, its row, shape (tokens,).
        before: where in the row it is predicted.
        tokens: which token it is.
        sums: 2 × row, plus 1 where it is of the worse answer.
    """

    ids: torch.Tensor
    places: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    before: torch.Tensor
    tokens: torch.Tensor
    sums: torch.Tensor


def side_by_side(pairs: Sequence[tuple[list[int], list[int], list[int]]], pad: int) -> Side:
    """Return (prompt, chosen, rejected) triples of token ids as a batch."""
    width = -(-max(len(p) + len(c) + len(r) - 2 for p, c, r in pairs) // 8) * 8
    ids = torch.full((len(pairs), width), pad)
    places = torch.arange(width).repeat(len(pairs), 1)
    sees = torch.ones(width, width, dtype=torch.bool).tril().repeat(len(pairs), 1, 1)
    rows: list[int] = []
    before: list[int] = []
    tokens: list[int] = []
    sums: list[int] = []
    for k, (prompt, chosen, rejected) in enumerate(pairs):
        start, second = len(prompt), len(prompt) + len(chosen) - 1
        row = [*prompt, *chosen[:-1], *rejected[:-1]]
        ids[k, : len(row)] = torch.tensor(row)
        places[k, second:] -= second - start
        sees[k, second:, start:second] = False
        for which, (answer, begin) in enumerate(((chosen, start), (rejected, second))):
            rows += [k] * len(answer)
            before += [start - 1, *range(begin, begin + len(answer) - 1)]
            tokens += answer
            sums += [2 * k + which] * len(answer)
    mask = torch.zeros(sees.shape).masked_fill(~sees, torch.finfo(torch.bfloat16).min)[:, None]
    return Side(ids, places, mask, *map(torch.tensor, (rows, before, tokens, sums)))


def log_probabilities(model: Any, batch: Side) -> torch.Tensor:
    """Return the log-probabilities of better and worse answers, shape (pairs, 2), the adapter taking part where it is on."""
    base = base_of(model)
    mask = batch.mask.to(next(base.model.layers[0].input_layernorm.parameters()).dtype)
    hidden = base.model(input_ids=batch.ids, position_ids=batch.places, attention_mask=mask, use_cache=False).last_hidden_state
    logits = base.lm_head(hidden[batch.rows, batch.before]).float()
    each = torch.log_softmax(logits, -1).gather(1, batch.tokens[:, None])[:, 0]
    return torch.zeros(2 * len(batch.ids), device=each.device).index_add(0, batch.sums, each).view(-1, 2)


class _Collator:
    """Puts pairs side by side, with what the base model thinks of them."""

    def __init__(self, pad: int) -> None:
        self._pad = pad

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        batch = side_by_side([(row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]) for row in rows], self._pad)
        reference = torch.tensor([[row["ref_chosen_logps"], row["ref_rejected_logps"]] for row in rows])
        return {**batch._asdict(), "reference": reference}


class _Given:
    """What both trainers share: a dataset and an order of batches that are given."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset

    def give(self, batches: list[list[int]]) -> None:
        self._batches = batches

    def get_train_dataloader(self) -> Any:
        return DataLoader(self.train_dataset, batch_sampler=self._batches, collate_fn=self.data_collator)  # type: ignore[attr-defined]


class _Dpo(_Given, DPOTrainer):
    def _compute_loss(self, model: Any, inputs: Any, return_outputs: bool) -> Any:
        """DPO's loss, and the likelihood of the better answer (TRL's ``sft``: the mean over all its tokens of the batch)."""
        reference = inputs["reference"]
        batch = Side(*(inputs[name] for name in Side._fields))
        logps = log_probabilities(model, batch)
        margins = self.beta * ((logps - reference)[:, 0] - (logps - reference)[:, 1])
        weights = dict(zip(self.loss_types, self.loss_weights, strict=True))
        found = self._metrics["train"]
        found["rewards/margins"].append(float(margins.detach().mean()))
        found["rewards/accuracies"].append(float((margins.detach() > 0).float().mean()))
        loss = -weights["sigmoid"] * f.logsigmoid(margins).mean()
        if "sft" in weights:
            loss = loss - weights["sft"] * logps[:, 0].sum() / (batch.sums % 2 == 0).sum()
        return loss


class _Kto(_Given, KTOTrainer):
    """KTO on what is given; every answer, decisions too, is a forward of its own."""


class _Watch(TrainerCallback):
    """Reports every step, and keeps what the end is judged by."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began = time.monotonic()
        self.trainer: Any = None
        self.seen: list[tuple[float, float, float | None]] = []

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        found = self.trainer._metrics["train"]
        # `get`: asking a defaultdict would leave an empty list, and TRL divides by its length.
        margin, accuracy = (found.get("rewards/margins") or [0.0])[-1], (found.get("rewards/accuracies") or [None])[-1]
        loss = self.trainer.last_loss
        self.seen.append((loss, margin, accuracy))
        left = (time.monotonic() - self._began) / state.global_step * (state.max_steps - state.global_step)
        self._progress(state.global_step, state.max_steps, loss, margin, accuracy, left)


def train(model: Any, tokenizer: Any, rows: Sequence[Row], teaching: Teaching, *, learn: str, seed: int, progress: Progress) -> Trained:
    """Teach a model's adapter, in place.

    Args:
        model: with an adapter on.
        tokenizer: the model's; its padding token is used.
        rows: the pairs.
        teaching: how.
        learn: ``dpo`` or ``kto``.
        seed: of the order and of dropout.
        progress: hears of every step; what it raises ends the training.
    """
    with warnings.catch_warnings():
        # transformers and TRL warn each other of their own coming changes, once a night.
        warnings.simplefilter("ignore", FutureWarning)
        return _train(model, tokenizer, rows, teaching, learn=learn, seed=seed, progress=progress)


def _train(model: Any, tokenizer: Any, rows: Sequence[Row], teaching: Teaching, *, learn: str, seed: int, progress: Progress) -> Trained:
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    batches = _order(rows, teaching, seed, minimum=4 if learn == "kto" else 1)
    with tempfile.TemporaryDirectory() as scratch:
        common: dict[str, Any] = {
            "output_dir": scratch,
            "per_device_train_batch_size": max(teaching.batch, 4),
            "learning_rate": teaching.rate,
            "lr_scheduler_type": "linear",
            "warmup_steps": len(batches) // 20,
            "num_train_epochs": 1,
            "max_grad_norm": 1.0,
            "beta": teaching.beta,
            "max_length": None,
            "disable_dropout": False,
            "gradient_checkpointing": False,
            "bf16": device() == "cuda",
            "use_cpu": device() == "cpu",
            "remove_unused_columns": False,
            "logging_strategy": "no",
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            "seed": seed % 2**31,
            "optim": "adamw_torch",
        }
        watch = _Watch(progress)
        if learn == "dpo":
            losses = ["sigmoid", "sft"] if teaching.sft else ["sigmoid"]
            args = DPOConfig(**common, loss_type=losses, loss_weights=[1.0, teaching.sft][: len(losses)])
            data = [
                {
                    "prompt_ids": row.prompt, "chosen_ids": row.chosen, "rejected_ids": row.rejected, "bare": row.bare,
                    "ref_chosen_logps": row.ref_chosen, "ref_rejected_logps": row.ref_rejected,
                }
                for row in rows
            ]  # fmt: skip
            trainer: Any = _Dpo(
                model, args=args, train_dataset=Dataset.from_list(data), data_collator=_Collator(pad), processing_class=tokenizer
            )
        else:
            terms = KTOConfig(**common)
            trainer = _Kto(
                model, args=terms, train_dataset=Dataset.from_list(_unpaired(rows)), processing_class=tokenizer,
                data_collator=DataCollatorForUnpairedPreference(pad_token_id=pad, pad_to_multiple_of=8),
            )  # fmt: skip
            batches = [[2 * i + side for i in batch for side in (0, 1)] for batch in batches]
        # TRL makes yesterday's adapter the reference: the frozen base is meant.
        if "ref" in model.peft_config:
            model.delete_adapter("ref")
        in_float32(model)
        _keep_losses(trainer)
        trainer.give(batches)
        watch.trainer = trainer
        trainer.add_callback(watch)
        # Prints its figures on stdout, where other data goes.
        trainer.remove_callback(PrinterCallback)
        try:
            trainer.train()
        finally:
            # TRL wraps the forward once more every night.
            vars(base_of(model)).pop("forward", None)
            model.eval()
    last = watch.seen[-max(1, len(watch.seen) // 10) :]
    losses_, margins, accuracies = zip(*last, strict=True)
    known = [one for one in accuracies if one is not None]
    return Trained(len(watch.seen), fmean(losses_), fmean(margins), fmean(known) if known else None)


def _keep_losses(trainer: Any) -> None:
    inner = trainer.compute_loss

    def compute_loss(*args: Any, **kwargs: Any) -> Any:
        loss = inner(*args, **kwargs)
        trainer.last_loss = float((loss[0] if isinstance(loss, tuple) else loss).detach())
        return loss

    trainer.compute_loss = compute_loss


def _order(rows: Sequence[Row], teaching: Teaching, seed: int, *, minimum: int) -> list[list[int]]:
    """Return all epochs' batches: one kind each, of like length, in random order."""
    rng = generator(seed, "learning/order")
    found: list[list[int]] = []
    for _ in range(teaching.epochs):
        part: list[list[int]] = []
        for bare in (True, False):
            numbers = [i for i, row in enumerate(rows) if row.bare == bare]
            rng.shuffle(numbers)
            for start in range(0, len(numbers), 8 * teaching.batch):
                chunk = sorted(
                    numbers[start : start + 8 * teaching.batch],
                    key=lambda i: len(rows[i].prompt) + max(len(rows[i].chosen), len(rows[i].rejected)),
                )
                part += [chunk[j : j + teaching.batch] for j in range(0, len(chunk), teaching.batch)]
        rng.shuffle(part)
        found += part
    return [batch for batch in found if len(batch) >= minimum] or found


def _unpaired(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return each pair as a good and a bad answer; the answer for the KL term is the next pair's of the same kind, as KTO has it."""
    kinds = {bare: [i for i, row in enumerate(rows) if row.bare == bare] for bare in (True, False)}
    following = {i: numbers[(k + 1) % len(numbers)] for numbers in kinds.values() for k, i in enumerate(numbers)}
    found = []
    for i, row in enumerate(rows):
        other = rows[following[i]]
        for answer, foreign, label in ((row.chosen, other.chosen, True), (row.rejected, other.rejected, False)):
            found.append({"prompt_ids": row.prompt, "completion_ids": answer, "KL_completion_ids": foreign, "label": label})
    return found
