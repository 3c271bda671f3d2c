"""One night's training, from the replay buffer to the saved adapter (paper, section 4.2)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import torch

from propersim.core.errors import Resumable
from propersim.core.interfaces import Progress, ReplayBuffer
from propersim.core.records import FEWEST_KEPT, FEWEST_MISTAKES, Night, Pair, TrainingPart, TrainingProgress
from propersim.core.rng import generator
from propersim.learning.held_out import calibrated, is_held_out, mistakes, uncertainty
from propersim.learning.memory_plan import plan_training
from propersim.learning.pair_batches import (
    Done,
    PairBatch,
    by_length,
    frozen_states,
    log_probabilities,
    not_counted,
    padded_states,
    side_by_side,
)
from propersim.learning.replay import ReplaySample, sample_replay
from propersim.models.adapters import add_adapter, save_adapter
from propersim.models.codec import Codec
from propersim.models.model import LoadedModel
from propersim.models.presets import Teaching
from propersim.models.pretrained import mixed_precision
from propersim.models.shared_model import TORCH_GLOBALS

SCORED = 16
"""Decisions per forward pass of the small decoder; larger batches take longer for each."""


class TrainingFailed(Resumable):
    """A night's training failed; the run is unchanged, and trains again when it is resumed."""


def in_tokens(pair: Pair, codec: Codec) -> tuple[list[int], list[int], list[int]]:
    """Return a pair as token ids: prompt, chosen and rejected.

    A decision is one token without an end token, because it does not determine what follows. A content follows ``speak`` and ends with
    its end token. A whole answer is the decision and, where it speaks, the content, with an end token in both cases.
    """
    prompt = list(pair.prompt)
    if pair.kind == "decision":
        speak, silent = [codec.speak[0]], [codec.silent[0]]
        return prompt, (silent if pair.chosen is None else speak), (silent if pair.rejected is None else speak)
    if pair.kind == "content":
        chosen, rejected = ([*codec.tokens(text or ""), *codec.closing] for text in (pair.chosen, pair.rejected))
        return [*prompt, *codec.speak], chosen, rejected
    chosen, rejected = (
        [*codec.silent, *codec.over] if text is None else [*codec.speak, *codec.tokens(text), *codec.closing]
        for text in (pair.chosen, pair.rejected)
    )
    return prompt, chosen, rejected


class _Part:
    """Reports how far a part of a night besides the optimiser steps is.

    The time left follows from its speed so far.

    Args:
        progress: receives the reports; an exception that it raises ends the training.
        part: what is done.
        total: moments or pairs of the part.
        pairs: preference pairs that are trained on; 0 where they are not chosen yet.
    """

    def __init__(self, progress: Progress, part: TrainingPart, total: int, pairs: int = 0) -> None:
        self._progress = progress
        self._part = part
        self._total = total
        self._pairs = pairs
        self._done = 0
        self._began = time.monotonic()
        if total:
            self.add(0)

    def add(self, count: int) -> None:
        """Report that so many more are done."""
        self._done = min(self._total, self._done + count)
        took = time.monotonic() - self._began
        left = took / self._done * (self._total - self._done) if self._done else 0.0
        report = TrainingProgress(0, 0, seconds_left=left, pairs=self._pairs, part=self._part, done=self._done, total=self._total)
        self._progress(report)


class Learner:
    """Trains a model's adapter on the preference pairs of a run.

    Args:
        model: the model, with the adapter of the last night.
        teaching: training settings.
        learn: ``dpo`` or ``kto``.
        scheme: ``factored`` or ``paper``.
        seed: the run's seed.
        cautious: whether the model already reads what the ratings say; then an adapter is used only if it makes fewer mistakes, and
            nothing is trained where there are fewer than :data:`~propersim.core.records.FEWEST_MISTAKES`.
    """

    def __init__(self, model: LoadedModel, teaching: Teaching, *, learn: str, scheme: str, seed: int, cautious: bool = False) -> None:
        self._model = model
        self._teaching = teaching
        self._learn = learn
        self._scheme = scheme
        self._seed = seed
        self._cautious = cautious

    def train(
        self, replay: ReplayBuffer, *, at: int, day: int, asked: bool, recent: int | None = None, folder: Path, progress: Progress
    ) -> tuple[Night, list[Pair]]:
        """Train on the replay buffer, save the adapter, and load the saved file.

        In the default scheme some moments of the last days are kept from the training. Where the trained adapter does worse on them than
        the one before, or where they are too few to tell, the one before stays. It does worse where it makes more mistakes, or as many
        and its cross-entropy is higher; a cautious learner wants fewer mistakes.

        Args:
            replay: the replay buffer.
            at: steps of the run so far.
            day: the day that is over, or under way.
            asked: whether a person asked for the training.
            recent: index of the first step of the last days, whose moments are kept or calibrate the threshold; with None all moments
                are trained on.
            folder: folder of the run's adapters; created if missing.
            progress: called during the preparation, after each optimiser step, and during the check of the result; an exception that it
                raises ends the training.

        Returns:
            The night's record, and the pairs whose log-probabilities under the base model were computed.

        Raises:
            TrainingFailed: the training failed; the message has the reason.
        """
        try:
            since = recent if self._scheme == "factored" and self._teaching.held_out else None
            lately, kept, used = self._recent(replay, since) if since is not None else ([], [], [])
            if since is not None and len(kept) < FEWEST_KEPT:
                return Night(at, day, asked, held_out=len(kept), loaded=False), []
            before = self._model.adapter, self._model.calibrated
            wrong_before, unsure_before = self._checked(lately, kept, self._model.threshold, progress, "checking")
            if since is not None and self._cautious and wrong_before < FEWEST_MISTAKES:
                return Night(at, day, asked, held_out=len(kept), wrong_before=wrong_before, wrong_after=wrong_before, loaded=False), []
            trained_on = _without_kept(replay, since) if since is not None else replay
            sample = sample_replay(trained_on, self._teaching, self._scheme, self._seed, at, partial(self._wrong, progress=progress))
            if not sample.pairs:
                return Night(at, day, asked), []
            with TORCH_GLOBALS:
                night, referenced = self._train(sample, at, day, asked, folder, progress)
            if since is None:
                return night, referenced
            result = _Part(progress, "checking the result", len(used), len(sample.pairs))
            threshold = calibrated(self._by_step(used, result), used, self._model.threshold)
            wrong_after, unsure_after = self._checked(lately, kept, threshold, progress, "checking the result")
            # A few dozen moments often have the same number of mistakes: then it has to be less unsure of them.
            better = (wrong_after, unsure_after) <= (wrong_before, unsure_before)
            loaded = wrong_after < wrong_before if self._cautious else better
            self._model.load_adapter(*((folder / night.adapter, threshold) if loaded else before))
            night = msgspec.structs.replace(
                night,
                threshold=threshold,
                held_out=len(kept),
                wrong_before=wrong_before,
                wrong_after=wrong_after,
                loaded=loaded,
            )
            return night, referenced
        except Resumable:
            raise
        except Exception as error:
            raise TrainingFailed(f"the training after day {day} failed: {type(error).__name__}: {error}") from error

    def _train(self, sample: ReplaySample, at: int, day: int, asked: bool, folder: Path, progress: Progress) -> tuple[Night, list[Pair]]:
        from propersim.learning.trainer import TokenPair, train

        model, codec, seed = self._model, self._model.codec, generator(self._seed, "learning/night", at).getrandbits(31)
        torch.manual_seed(seed)
        model.model = add_adapter(model.model, self._teaching, generator(self._seed, "learning/adapter").getrandbits(31))
        different = {(pair.index, pair.number): pair for pair in sample.pairs}
        tokens = [in_tokens(pair, codec) for pair in different.values()]
        # Each pair takes a part of a pass for the frozen layers, and one for the base model where its log-probabilities are not known.
        unknown = sum(pair.ref_chosen is None for pair in different.values()) if self._learn == "dpo" else 0
        part = _Part(progress, "preparing", len(different) + unknown, len(sample.pairs))
        with mixed_precision(model.model):
            states = frozen_states(model.model, tokens, self._pad, part.add) if self._learn == "dpo" else None
        known = self._with_reference(list(different.values()), states, part.add) if self._learn == "dpo" else list(different.values())
        number = {key: i for i, key in enumerate(different)}
        rows = []
        for pair in sample.pairs:
            place = number[pair.index, pair.number]
            pair = known[place]
            rows.append(TokenPair(*tokens[place], pair.kind == "decision", pair.ref_chosen or 0.0, pair.ref_rejected or 0.0, place))
        teaching = msgspec.structs.replace(self._teaching, rate=self._teaching.rate_on(day))
        plan = plan_training(model.model, tokens, teaching, self._learn)
        done = train(
            model.model, model.tokenizer, rows, teaching, learn=self._learn, seed=seed, progress=progress, states=states, plan=plan
        )
        name = f"{at:08}.safetensors"
        digest = save_adapter(model.model, folder / name)
        # The saved file is loaded again, so that a resumed run goes on with the same bits.
        model.load_adapter(folder / name)
        night = Night(
            at,
            day,
            asked,
            adapter=name,
            sha256=digest,
            decisions=len(sample.decisions),
            spoken=sum(pair.won == "speech" for pair in sample.decisions),
            contents=len(sample.contents),
            steps=done.steps,
            loss=done.loss,
            margin=done.margin,
            accuracy=done.accuracy,
            trained=tuple(sorted({pair.index for pair in sample.pairs})),
            savings=plan.savings(teaching.batch),
        )
        new = [pair for pair, before in zip(known, different.values(), strict=True) if before.ref_chosen is None]
        return night, new if self._learn == "dpo" else []

    def _recent(self, replay: ReplayBuffer, recent: int) -> tuple[list[Pair], list[Pair], list[Pair]]:
        """Return the decisions of the last days: all, those kept from the training, and the others."""
        decisions = [pair for pair in replay("decision", self._teaching.window) if pair.index >= recent]
        kept = [pair for pair in decisions if is_held_out(pair.index, recent)]
        return decisions, kept, [pair for pair in decisions if not is_held_out(pair.index, recent)]

    def _checked(
        self, decisions: Sequence[Pair], kept: Sequence[Pair], threshold: float, progress: Progress, part: TrainingPart
    ) -> tuple[int, float]:
        """Return the mistakes and the uncertainty of the present model at the kept decisions.

        Args:
            decisions: the decisions of the last days.
            kept: those that are kept from the training.
            threshold: the probability of speaking that has to be exceeded.
            progress: receives how far it is.
            part: the name under which that is reported.
        """
        steps = {pair.index for pair in kept}
        # The other moments of a need tell whether it is met.
        asked = [pair for pair in decisions if pair.index in steps or pair.won == "speech"]
        chances = self._by_step(asked, _Part(progress, part, len(asked)))
        return mistakes(chances, decisions, threshold, steps), uncertainty(chances, kept)

    def _by_step(self, decisions: Sequence[Pair], part: _Part) -> dict[int, float]:
        """Return the present model's probability of speaking at decisions, by their steps."""
        return dict(zip((pair.index for pair in decisions), self._chances(decisions, part), strict=True))

    def _chances(self, decisions: Sequence[Pair], part: _Part) -> list[float]:
        """Return the present model's probability of speaking at each decision."""
        chances: list[float] = []
        for start in range(0, len(decisions), SCORED):
            prompts = [pair.prompt for pair in decisions[start : start + SCORED]]
            chances += self._model.chances(prompts)
            part.add(len(prompts))
        return chances

    def _wrong(self, decisions: Sequence[Pair], progress: Progress) -> list[float]:
        """Return the current model's probability of the rejected option of each decision."""
        chances = self._chances(decisions, _Part(progress, "choosing", len(decisions)))
        return [1 - chance if pair.won == "speech" else chance for chance, pair in zip(chances, decisions, strict=True)]

    @property
    def _pad(self) -> int:
        return self._model.tokenizer.pad_token_id or 0

    @torch.no_grad()
    def _with_reference(self, pairs: Sequence[Pair], states: Sequence[torch.Tensor] | None = None, done: Done = not_counted) -> list[Pair]:
        """Return pairs with their log-probabilities under the base model.

        Those that have them already stay as they are.

        Args:
            pairs: the pairs.
            states: what the frozen layers computed of each.
            done: receives the number of pairs of each batch.
        """
        new = [i for i, pair in enumerate(pairs) if pair.ref_chosen is None]
        with self._model.as_reference(), mixed_precision(self._model.model):
            logps = self._log_probabilities([pairs[i] for i in new], [states[i] for i in new] if states is not None else None, done)
        found = dict(zip(new, logps, strict=True))
        return [
            msgspec.structs.replace(pair, ref_chosen=found[i][0], ref_rejected=found[i][1]) if i in found else pair
            for i, pair in enumerate(pairs)
        ]

    def _log_probabilities(
        self, pairs: Sequence[Pair], states: Sequence[torch.Tensor] | None = None, done: Done = not_counted
    ) -> list[tuple[float, float]]:
        model = self._model.model
        model.eval()
        tokens = [in_tokens(pair, self._model.codec) for pair in pairs]
        result = [(0.0, 0.0)] * len(pairs)
        for part in by_length(tokens):
            batch = side_by_side([tokens[i] for i in part], self._pad)
            kept = padded_states([states[i] for i in part], batch.ids.shape[1]) if states is not None else None
            logps = log_probabilities(model, PairBatch(*(tensor.to(model.device) for tensor in batch)), kept).tolist()
            for i, (chosen, rejected) in zip(part, logps, strict=True):
                result[i] = (chosen, rejected)
            done(len(part))
        return result


def _without_kept(replay: ReplayBuffer, recent: int) -> ReplayBuffer:
    """Return a replay buffer without the moments that are kept from the training."""

    def rest(kind: str, count: int) -> list[Pair]:
        return [pair for pair in replay(kind, count) if not is_held_out(pair.index, recent)]

    return rest
