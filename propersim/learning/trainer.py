"""TRL's trainers on pairs that are already tokens, with the base model as the reference.

They differ from TRL's own as follows: the dataset is tokenised (TRL would add an end token to a bare decision); the reference is the frozen
base model, not yesterday's adapter, and its log-probabilities come with the pairs; the adapter stays in float32; a decision is one
forward pass for both options; decisions and contents never share a batch.

Internals of other libraries that this package relies on (everything else that it calls is documented API):

=============  =======  =====================================================  ================================================
library        seen in  internal                                               used in
=============  =======  =====================================================  ================================================
trl            1.16.0   ``_prepare_dataset(dataset, …)`` of both trainers       :class:`_GivenBatches`: the dataset is ready
trl            1.16.0   an adapter named ``ref`` is added to a model with one   :func:`train` deletes it
trl            1.16.0   ``add_fused_lm_head`` sets ``forward`` on the model     :func:`train` removes it: it would nest each night
trl            1.16.0   KTO logs ``rewards/margins`` (KTO's only figure)        :class:`_Watch`
transformers   5.23.0   ``TrainingArguments._n_gpu``                           :func:`train`: one copy of the model
transformers   5.23.0   LLaMA's layers: ``model.layers[…].self_attn.q_proj`` …  ``models/decoder.py``, ``learning/pair_batches.py``
peft           0.21.2   a LoRA layer's ``base_layer``, ``lora_A``,              ``models/decoder.py``: ``weight_of``
                        ``get_delta_weight``
bitsandbytes   0.50.2   ``Linear4bit.support_avx512bf16_for_cpu``               ``models/loading.py``: ``forbid_repacking``
=============  =======  =====================================================  ================================================
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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

from propersim.core.interfaces import Progress
from propersim.core.records import TrainingProgress
from propersim.core.rng import generator
from propersim.learning.memory_plan import TrainingPlan
from propersim.learning.pair_batches import PairBatch, log_probabilities, padded_states, side_by_side
from propersim.models.adapters import base_of, in_float32
from propersim.models.presets import Teaching
from propersim.models.pretrained import mixed_precision, mixes_precision


class TokenPair(NamedTuple):
    """A preference pair as token ids.

    Attributes:
        prompt: token ids of the prompt.
        chosen: token ids of the chosen answer.
        rejected: token ids of the rejected answer.
        bare: whether it is a decision alone: one token each, without an end token.
        ref_chosen: log-probability of the chosen answer under the base model.
        ref_rejected: log-probability of the rejected answer under the base model.
        number: number of the pair among the different ones of the night.
    """

    prompt: list[int]
    chosen: list[int]
    rejected: list[int]
    bare: bool
    ref_chosen: float = 0.0
    ref_rejected: float = 0.0
    number: int = 0


class Trained(NamedTuple):
    """Optimiser steps of a training, and mean figures over the last tenth of them.

    ``accuracy`` is None for KTO, which does not compare pairs.
    """

    steps: int
    loss: float
    margin: float
    accuracy: float | None


class _Collator:
    """Makes the parts of a batch of pairs, with their log-probabilities under the base model.

    Args:
        pad: token id of the padding.
        rows: pairs of a part.
        states: what the frozen layers computed of each pair, by its number; None where that is not kept.
    """

    def __init__(self, pad: int, rows: int, states: Sequence[torch.Tensor] | None = None) -> None:
        self._pad = pad
        self._rows = rows
        self._states = states

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        whole = {"pairs": len(rows), "chosen": sum(len(row["chosen_ids"]) for row in rows)}
        return {"parts": [{**self._part(rows[at : at + self._rows]), **whole} for at in range(0, len(rows), self._rows)]}

    def _part(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        batch = side_by_side([(row["prompt_ids"], row["chosen_ids"], row["rejected_ids"]) for row in rows], self._pad)
        reference = torch.tensor([[row["ref_chosen_logps"], row["ref_rejected_logps"]] for row in rows])
        kept = None if self._states is None else padded_states([self._states[row["number"]] for row in rows], batch.ids.shape[1])
        return {**batch._asdict(), "reference": reference, **({} if kept is None else {"states": kept})}


class _GivenBatches:
    """Mixin for both trainers: the dataset is tokenised and the batches are given."""

    batches: list[list[int]]
    last_loss: float = 0.0

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        return dataset

    def get_train_dataloader(self) -> Any:
        return DataLoader(self.train_dataset, batch_sampler=self.batches, collate_fn=self.data_collator)  # type: ignore[attr-defined]


class _Dpo(_GivenBatches, DPOTrainer):
    """DPO with both answers of a pair in one row, and a backward pass for each part of a batch."""

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Add up the gradients of the parts of a batch, and return the batch's loss."""
        self.last_loss, self.figures = 0.0, dict.fromkeys(("rewards/margins", "rewards/accuracies"), 0.0)
        return torch.stack([super(_Dpo, self).training_step(model, part, num_items_in_batch) for part in inputs["parts"]]).sum()

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """Return a part's share in the loss of its batch.

        The loss is DPO's plus the weighted negative log-likelihood of the chosen answers, TRL's ``sft``: the mean over their tokens. The
        shares of all parts add up to it.
        """
        reference = inputs["reference"]
        batch = PairBatch(*(inputs[name] for name in PairBatch._fields))
        # The layers are called one by one, so that the precision that the trainer gives to the whole model does not reach them.
        with mixed_precision(self.model):
            logps = log_probabilities(model, batch, inputs.get("states"))
        args: Any = self.args
        margins = args.beta * ((logps - reference)[:, 0] - (logps - reference)[:, 1])
        weights = dict(zip(args.loss_type, args.loss_weights, strict=True))
        share = len(margins) / inputs["pairs"]
        self.figures["rewards/margins"] += share * float(margins.detach().mean())
        self.figures["rewards/accuracies"] += share * float((margins.detach() > 0).float().mean())
        loss = -weights["sigmoid"] * f.logsigmoid(margins).mean() * share
        if "sft" in weights:
            loss = loss - weights["sft"] * logps[:, 0].sum() / inputs["chosen"]
        self.last_loss += float(loss.detach())
        return loss

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        super().log({**logs, **self.figures}, start_time)


class _Kto(_GivenBatches, KTOTrainer):
    """TRL's KTO on the given batches, with one forward pass per answer."""

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None) -> Any:
        """Return TRL's loss, and remember its value."""
        loss = super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        self.last_loss = float(loss.detach())
        return loss


class _Watch(TrainerCallback):
    """Reports every optimiser step, and keeps the figures for the final means."""

    def __init__(self, progress: Progress, pairs: int) -> None:
        self._progress = progress
        self._pairs = pairs
        self._began = time.monotonic()
        self.trainer: Any = None
        self.seen: list[tuple[float, float, float | None]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        if logs is None or "loss" not in logs:
            # The summary at the end of the training is not a step.
            return
        # TRL rounds the loss that it logs.
        loss, margin, accuracy = self.trainer.last_loss, logs.get("rewards/margins", 0.0), logs.get("rewards/accuracies")
        self.seen.append((loss, margin, accuracy))
        left = (time.monotonic() - self._began) / state.global_step * (state.max_steps - state.global_step)
        self._progress(TrainingProgress(state.global_step, state.max_steps, loss, margin, accuracy, left, self._pairs))


@contextmanager
def _without_future_warnings() -> Iterator[None]:
    """Silence what transformers and TRL warn each other of once a night."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        yield


@_without_future_warnings()
def train(
    model: Any,
    tokenizer: Any,
    rows: Sequence[TokenPair],
    teaching: Teaching,
    *,
    learn: str,
    seed: int,
    progress: Progress,
    states: Sequence[torch.Tensor] | None = None,
    plan: TrainingPlan | None = None,
) -> Trained:
    """Train a model's adapter in place.

    Args:
        model: a model with an adapter.
        tokenizer: the model's tokenizer; its padding token is used.
        rows: the pairs.
        teaching: training settings.
        learn: ``dpo`` or ``kto``.
        seed: seed of the order of batches and of dropout.
        progress: called after each optimiser step; an exception that it raises ends the training.
        states: what the frozen layers computed of each pair, by its number (see ``pair_batches``); DPO alone uses it.
        plan: how it saves memory; None saves none.
    """
    plan = plan or TrainingPlan(teaching.batch)
    on = next(model.parameters()).device.type
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
            "bf16": on == "cuda" or mixes_precision(model),
            "use_cpu": on == "cpu",
            "remove_unused_columns": False,
            # Every step is logged, for :class:`_Watch` alone.
            "logging_strategy": "steps",
            "logging_steps": 1,
            "save_strategy": "no",
            "report_to": "none",
            "disable_tqdm": True,
            "seed": seed % 2**31,
            "optim": plan.optimiser,
        }
        watch = _Watch(progress, len(rows))
        if learn == "dpo":
            losses = ["sigmoid", "sft"] if teaching.sft else ["sigmoid"]
            args = DPOConfig(**common, loss_type=losses, loss_weights=[1.0, teaching.sft][: len(losses)])
            data = [
                {
                    "prompt_ids": row.prompt, "chosen_ids": row.chosen, "rejected_ids": row.rejected, "bare": row.bare,
                    "ref_chosen_logps": row.ref_chosen, "ref_rejected_logps": row.ref_rejected, "number": row.number,
                }
                for row in rows
            ]  # fmt: skip
            trainer: Any = _Dpo(
                model,
                args=args,
                train_dataset=Dataset.from_list(data),
                data_collator=_Collator(pad, plan.rows, states),
                processing_class=tokenizer,
            )
        else:
            terms = KTOConfig(**common)
            trainer = _Kto(
                model, args=terms, train_dataset=Dataset.from_list(_unpaired(rows)), processing_class=tokenizer,
                data_collator=DataCollatorForUnpairedPreference(pad_token_id=pad, pad_to_multiple_of=8),
            )  # fmt: skip
            batches = [[2 * i + side for i in batch for side in (0, 1)] for batch in batches]
        # TRL copies yesterday's adapter as the reference; the reference here is the frozen base.
        if "ref" in model.peft_config:
            model.delete_adapter("ref")
        in_float32(model)
        # The model is on one device, or its layers are spread over several: it is not copied to each.
        trainer.args._n_gpu = min(trainer.args.n_gpu, 1)
        if plan.checkpoint:
            base_of(model).activation_checkpointing_enable({"use_reentrant": False})
        trainer.batches = batches
        watch.trainer = trainer
        trainer.add_callback(watch)
        # It prints figures on stdout, which belongs to the command's own output.
        trainer.remove_callback(PrinterCallback)
        try:
            trainer.train()
        finally:
            # TRL has wrapped the forward method; without this it would be wrapped once more every night.
            vars(base_of(model)).pop("forward", None)
            if plan.checkpoint:
                base_of(model).activation_checkpointing_disable()
            model.eval()
    last = watch.seen[-max(1, len(watch.seen) // 10) :]
    losses_, margins, accuracies = zip(*last, strict=True)
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    return Trained(len(watch.seen), fmean(losses_), fmean(margins), fmean(known) if known else None)


def _order(rows: Sequence[TokenPair], teaching: Teaching, seed: int, *, minimum: int) -> list[list[int]]:
    """Return the batches of all epochs as row numbers, in random order.

    A batch has one kind of pair and similar lengths.
    """
    rng = generator(seed, "learning/order")
    batches: list[list[int]] = []
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
        batches += part
    return [batch for batch in batches if len(batch) >= minimum] or batches


def _unpaired(rows: Sequence[TokenPair]) -> list[dict[str, Any]]:
    """Return each pair as a good and a bad answer.

    The answer for KTO's KL term is that of the next pair of the same kind.
    """
    kinds = {bare: [i for i, row in enumerate(rows) if row.bare == bare] for bare in (True, False)}
    following = {i: numbers[(k + 1) % len(numbers)] for numbers in kinds.values() for k, i in enumerate(numbers)}
    examples = []
    for i, row in enumerate(rows):
        other = rows[following[i]]
        for answer, foreign, label in ((row.chosen, other.chosen, True), (row.rejected, other.rejected, False)):
            examples.append({"prompt_ids": row.prompt, "completion_ids": answer, "KL_completion_ids": foreign, "label": label})
    return examples
