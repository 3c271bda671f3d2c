"""A night's work: what is chosen from the replay buffer, what the base model thinks of it, and the training (paper, section 4.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import torch

from propersim.core.errors import Resumable
from propersim.core.interfaces import Replay
from propersim.core.records import Night, Pair
from propersim.core.rng import generator
from propersim.learning.replay import ReplaySample, sample_replay
from propersim.models.adapters import save, with_new_adapter
from propersim.models.codec import Codec
from propersim.models.model import LoadedModel
from propersim.models.presets import Teaching

REFERENCE_BATCH = 32


class TrainingFailed(Resumable):
    """A night's training broke; the run is as it was before it, and trains again when it is resumed."""


def in_tokens(pair: Pair, codec: Codec) -> tuple[list[int], list[int], list[int]]:
    """Return prompt, chosen and rejected tokens of a pair.

    A decision is one token, without an end: what comes after it is another question. A content follows ``speak`` and has its
    end. A whole answer is the decision and, where it speaks, the content, with an end either way.
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


class Learner:
    """Teaches a model what this user's ratings say.

    Args:
        model: the model; wears the adapter of the last night.
        teaching: how.
        learn: ``dpo`` or ``kto``.
        scheme: ``factored`` or ``paper``.
        seed: of the run.
    """

    def __init__(self, model: LoadedModel, teaching: Teaching, *, learn: str, scheme: str, seed: int) -> None:
        self._model = model
        self._teaching = teaching
        self._learn = learn
        self._scheme = scheme
        self._seed = seed

    def train(
        self, replay: Replay, *, at: int, day: int, asked: bool, folder: Path, progress: Callable[..., None]
    ) -> tuple[Night, list[Pair]]:
        """Train on what the buffer holds, save the adapter, and put on what was saved.

        Args:
            replay: the buffer.
            at: steps of the run so far.
            day: the day that is over, or under way.
            asked: whether a person asked for it.
            folder: of the run's adapters; made where it is missing.
            progress: hears of every step (see :data:`propersim.learning.trainer.Progress`), with the number of pairs as
                ``pairs``; what it raises ends the training.

        Returns:
            The night's record, and the pairs whose log-probabilities under the base model became known.

        Raises:
            TrainingFailed: with the reason.
        """
        try:
            chosen = sample_replay(replay, self._teaching, self._scheme, self._seed, at, self._wrong)
            if not chosen.pairs:
                return Night(at, day, asked), []
            progress(0, 0, 0.0, 0.0, None, 0.0, pairs=len(chosen.pairs))
            return self._train(chosen, at, day, asked, folder, progress)
        except Resumable:
            raise
        except Exception as error:
            raise TrainingFailed(f"the training after day {day} failed: {type(error).__name__}: {error}") from error

    def _train(
        self, chosen: ReplaySample, at: int, day: int, asked: bool, folder: Path, progress: Callable[..., None]
    ) -> tuple[Night, list[Pair]]:
        from propersim.learning.trainer import Row, train

        model, codec, seed = self._model, self._model.codec, generator(self._seed, "learning/night", at).getrandbits(31)
        torch.manual_seed(seed)
        model.model = with_new_adapter(model.model, self._teaching, generator(self._seed, "learning/adapter").getrandbits(31))
        unknown = list({(one.index, one.number): one for one in chosen.pairs if one.ref_chosen is None}.values())
        known = {(one.index, one.number): one for one in self._referred(unknown)} if self._learn == "dpo" else {}
        rows = []
        for one in chosen.pairs:
            one = known.get((one.index, one.number), one)
            prompt, better, worse = in_tokens(one, codec)
            rows.append(Row(prompt, better, worse, one.kind == "decision", one.ref_chosen or 0.0, one.ref_rejected or 0.0))

        def heard(*figures: float | None) -> None:
            progress(*figures, pairs=len(rows))

        teaching = msgspec.structs.replace(self._teaching, rate=self._teaching.rate_on(day))
        done = train(model.model, model.tokenizer, rows, teaching, learn=self._learn, seed=seed, progress=heard)
        name = f"{at:08}.safetensors"
        digest = save(model.model, folder / name)
        # What was saved is what is worn: a resumed run has the same bits.
        model.wear(folder / name)
        night = Night(
            at,
            day,
            asked,
            adapter=name,
            sha256=digest,
            decisions=len(chosen.decisions),
            spoken=sum(one.won == "speech" for one in chosen.decisions),
            contents=len(chosen.contents),
            steps=done.steps,
            loss=done.loss,
            margin=done.margin,
            accuracy=done.accuracy,
            trained=tuple(sorted({one.index for one in chosen.pairs})),
        )
        return night, list(known.values())

    @torch.no_grad()
    def _wrong(self, decisions: Sequence[Pair]) -> list[float]:
        """Return how wrong the model is about each decision now: the probability of the other option."""
        logps = self._log_probabilities(decisions)
        return [1 / (1 + math.exp(min(50.0, better - worse))) for better, worse in logps]

    @torch.no_grad()
    def _referred(self, pairs: Sequence[Pair]) -> list[Pair]:
        """Return pairs with their log-probabilities under the base model."""
        with self._model.model.disable_adapter():
            logps = self._log_probabilities(pairs)
        return [
            msgspec.structs.replace(pair, ref_chosen=better, ref_rejected=worse) for pair, (better, worse) in zip(pairs, logps, strict=True)
        ]

    def _log_probabilities(self, pairs: Sequence[Pair]) -> list[tuple[float, float]]:
        from propersim.learning.trainer import log_probabilities, side_by_side

        model, pad = self._model.model, self._model.tokenizer.pad_token_id or 0
        model.eval()
        tokens = [in_tokens(pair, self._model.codec) for pair in pairs]
        order = sorted(range(len(pairs)), key=lambda i: sum(map(len, tokens[i])))
        found = [(0.0, 0.0)] * len(pairs)
        for start in range(0, len(order), REFERENCE_BATCH):
            part = order[start : start + REFERENCE_BATCH]
            batch = side_by_side([tokens[i] for i in part], pad)
            logps = log_probabilities(model, type(batch)(*(one.to(model.device) for one in batch))).tolist()
            for i, (better, worse) in zip(part, logps, strict=True):
                found[i] = (better, worse)
        return found
