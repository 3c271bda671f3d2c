"""A loaded language model: it decides whether to speak, and writes suggestions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import torch

from propersim.core.config import CPU, THREADS, DeviceChoice
from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.rng import uniform
from propersim.models.adapters import another_adapter, base_of, has_adapter, load_adapter, remove_adapter
from propersim.models.codec import Codec
from propersim.models.decoder import Decoder, PlainDecoder
from propersim.models.devices import Device
from propersim.models.homelm_codec import homelm_codec
from propersim.models.homelm_tokenizer import PlainTokenizer
from propersim.models.llama_decoder import LlamaDecoder, LlamaWeights, matrix_type
from propersim.models.loading import LoadedParts, load
from propersim.models.packed import small_weights
from propersim.models.placement import choose_device
from propersim.models.presets import Teaching, preset
from propersim.models.shared_model import TORCH_GLOBALS, shared
from propersim.models.sources import resolve
from propersim.models.starters import Starter, adapter_shape, find_starter

_FAINT = 1e-5
"""Tokens with less than this share of the likeliest token's probability are sorted only if the others do not reach ``top_p``."""
READ_AT_ONCE = 8
"""Tokens from which a given beginning of a suggestion is read in one pass."""


@dataclass(frozen=True)
class Decision:
    """The probability of speaking after a prompt, and the prompt's cache.

    Attributes:
        p_speak: probability of speaking, 0–1; normalised over the two legal decisions.
        cache: the decoder's cache of the prompt.
    """

    p_speak: float
    cache: Any


class TextLogProb(NamedTuple):
    """Log-probability of a suggestion after the decision to speak, and its number of tokens.

    The logarithm is natural; the end token is included.
    """

    total: float
    tokens: int


class LoadedModel:
    """A language model that decides, writes suggestions and can be trained.

    Args:
        name: a preset, or anything else that ``--model`` accepts.
        quantize: ``nf4`` or ``none``.
        teaching: sampling and training settings; None takes those of the preset.
        persona: description of the user for the prompts (the ablation ``--reveal-persona``); None keeps it from the model.
        evidence: whether prompts of models that read text hold the moment and what the ratings say of it alone.
        starter: ``auto`` loads the model's starter adapter, where there is one, if it reads evidence; ``none`` does not.
        day_log: whether prompts have the log of the day; a starter that was trained without it is not loaded, or the reverse.
        device: the device, or ``auto`` (see :func:`propersim.models.placement.choose_device`).

    Raises:
        InputError: no such model or device, it cannot be loaded, or there is too little memory.

    Attributes:
        device: ``cpu``, ``cuda`` or ``mps``.
        parameters: number of parameters.
        positions: the model's longest position.
        notices: warnings about the model, to be shown with a run.
        adapter: file of the loaded adapter; None where there is none.
        calibrated: the threshold that the adapter's night calibrated; None where it calibrated none.
        starter: the starter adapter that it began with; None where it began without one.
    """

    def __init__(
        self,
        name: str = "homelm",
        quantize: str = "nf4",
        teaching: Teaching | None = None,
        persona: str | None = None,
        *,
        evidence: bool = False,
        starter: str = "auto",
        day_log: bool = False,
        device: DeviceChoice = "auto",
    ) -> None:
        torch.set_num_threads(THREADS)
        self.name = name
        self.quantize = quantize
        self.teaching = teaching or preset(name).teaching
        self._source, self._persona, self._evidence, self._starter = resolve(name), persona, evidence, starter
        self._asked, self._day_log = device, day_log
        self._begin()
        with TORCH_GLOBALS:
            if not self._load_decoder():
                self._load()

    @classmethod
    def of(cls, name: str, parts: LoadedParts, teaching: Teaching) -> LoadedModel:
        """Return a model whose parts are loaded already, without a starter adapter.

        Args:
            name: name of the model, in messages.
            parts: transformers model, tokenizer and codec.
            teaching: sampling and training settings.
        """
        model = cls.__new__(cls)
        model.name, model.teaching, model._evidence = name, teaching, False
        model._begin()
        model._take(parts)
        return model

    def _begin(self) -> None:
        self.starter: Starter | None = None
        self._decoder: Decoder | None = None
        self._model: Any = None
        self.adapter: Path | None = None
        self.calibrated: float | None = None
        self.notices: tuple[str, ...] = ()

    def _load_decoder(self) -> bool:
        """Load the decoder of a built-in model alone, without transformers.

        Returns:
            Whether that is possible.
        """
        source = self._source
        if source.kind != "homelm" or choose_device(source, self.quantize, self._asked) != CPU:
            return False
        weights = shared(("packed", source.location, self.quantize), partial(small_weights, source.path, self.quantize))
        if weights is None:
            return False
        self.tokenizer: Any = PlainTokenizer(source.path)
        self.codec: Codec = homelm_codec(self.tokenizer)
        self.device: Device = CPU
        self.parameters = source.parameters or 0
        self.positions = weights.positions
        self._decoder = self._llama(weights)
        return True

    def _load(self) -> None:
        """Load the whole model with transformers."""
        self._take(load(self._source, self.quantize, persona=self._persona, evidence=self._evidence, device=self._asked))
        if self._evidence and self._source.kind != "homelm":
            self._start()

    def _take(self, parts: LoadedParts) -> None:
        """Take the parts of a loaded model."""
        self._model, self.tokenizer, self.codec = parts.model, parts.tokenizer, parts.codec
        self.device, self.parameters, self.positions, self.notices = parts.device, parts.parameters, parts.positions, parts.notices
        self._linear4bit_layers, self._weights = parts.packed_layers, parts.weights

    def _start(self) -> None:
        """Load the model's starter adapter, where there is one."""
        self.starter = find_starter(self._model.config, self.tokenizer, day_log=self._day_log) if self._starter == "auto" else None
        if self.starter is None:
            if self._starter == "auto":
                # One line: a model without a starter works, but does not know the task yet.
                self.notices += (f"{self.name}: has no starter adapter and begins untaught; `propersim models prepare` makes one",)
            return
        card = self.starter.card
        if card.day_log != self._day_log:
            made, option = ("with", "") if card.day_log else ("without", " --day-log")
            self.starter = None
            self.notices += (
                f"{self.name}: its starter adapter was trained {made} the day's log and is not used; "
                f"`propersim models prepare{option}` makes one for this run",
            )
            return
        chosen = {**msgspec.to_builtins(self.teaching), **card.teaching, **adapter_shape(card.rank, card.layers)}
        try:
            self.teaching = msgspec.convert(chosen, Teaching)
        except msgspec.ValidationError as error:
            raise InputError(
                f"{self.starter.path}: holds no starter adapter ({error})", f"make it again: `{program()} models prepare`"
            ) from error
        self._model = load_adapter(self._model, self.starter.path, self.teaching)

    @property
    def model(self) -> Any:
        """The model in transformers; loaded when it is first asked for."""
        if self._model is None:
            self._load()
        return self._model

    @model.setter
    def model(self, model: Any) -> None:
        self._model = model

    @property
    def threshold(self) -> float:
        """The probability of speaking above which the model speaks.

        It is the calibrated one, or that of the teaching.
        """
        usual = self.teaching.speak_above_taught if self.taught else self.teaching.speak_above
        if self.starter is not None:
            usual = self.starter.card.threshold
        return usual if self.calibrated is None else self.calibrated

    @property
    def taught(self) -> bool:
        """Whether the model has an adapter."""
        return self._model is not None and has_adapter(self._model)

    @property
    def decoder(self) -> Decoder:
        """The decoder of the model, created again after every change of the adapter."""
        if self._decoder is None:
            self.model.eval()
            base = base_of(self.model)
            if LlamaDecoder.fits(base):
                self._decoder = self._llama(LlamaWeights.of(self.model, matrix_type(base), self._weights))
            else:
                self._decoder = PlainDecoder(self.model)
        return self._decoder

    def _llama(self, weights: LlamaWeights) -> LlamaDecoder:
        """Return a decoder with room for a prompt and its answer."""
        return LlamaDecoder(weights, min(self.positions, self.codec.tokens_needed[0]))

    def as_reference(self) -> AbstractContextManager[None]:
        """Let the model be what it was before its first night.

        With its starter, or without any adapter.
        """
        return another_adapter(self.model, self.starter.path if self.starter is not None else None)

    def use_decoder(self, decoder: Decoder) -> None:
        """Use another decoder of the same weights, until they change."""
        self._decoder = decoder

    def forget_decoder(self) -> None:
        """Make a new decoder at the next use, because the weights have changed."""
        self._decoder = None

    @property
    def linear4bit_layers(self) -> int:
        """Number of linear layers in 4-bit, as the model was loaded.

        On the CPU their values may have been unpacked since.
        """
        if self._model is None:
            self._load()
        return self._linear4bit_layers

    def load_adapter(self, adapter: Path | None, threshold: float | None = None) -> None:
        """Load an adapter from its file; None removes the adapter.

        Args:
            adapter: the file.
            threshold: the threshold that its night calibrated; None where it calibrated none.

        Raises:
            InputError: the file is missing, or its adapter does not fit the model.
        """
        with TORCH_GLOBALS:
            if adapter is not None:
                self.model = load_adapter(self.model, adapter, self.teaching)
                self._decoder = None
            elif self._model is not None:
                self.model = (
                    remove_adapter(self._model) if self.starter is None else load_adapter(self._model, self.starter.path, self.teaching)
                )
                self._decoder = None
        self.adapter, self.calibrated = adapter, threshold

    @torch.inference_mode()
    def decide(self, prompt: Sequence[int]) -> Decision:
        """Return the probability of speaking after a prompt, among the two legal decisions."""
        logits, cache = self.decoder.prefill(prompt, self.codec.ends(prompt))
        if not bool(torch.isfinite(logits).all()):
            raise InputError(f"{self.name}: its logits are not finite numbers", "its weights or its config.json are damaged")
        pair = logits[[self.codec.silent[0], self.codec.speak[0]]].double()
        return Decision(float(torch.softmax(pair, 0)[1]), cache)

    @torch.inference_mode()
    def chances(self, prompts: Sequence[Sequence[int]]) -> list[float]:
        """Return the probability of speaking after each prompt of a batch.

        The values equal those of :meth:`decide` up to rounding.
        """
        ends = self.codec.ends(prompts[0])
        begin = list(prompts[0][: ends[0]]) if ends else []
        shared = len(begin) if all(len(prompt) > len(begin) and list(prompt[: len(begin)]) == begin for prompt in prompts) else 0
        logits = self.decoder.read(prompts, shared)[:, [self.codec.silent[0], self.codec.speak[0]]].double()
        return [float(chance) for chance in torch.softmax(logits, 1)[:, 1]]

    @torch.inference_mode()
    def log_probs(self, decision: Decision, texts: Sequence[str]) -> list[TextLogProb]:
        """Return the log-probability of each suggestion after the decision to speak.

        The end of the suggestion is included.

        Args:
            decision: the decision that they follow; its cache is not changed.
            texts: suggestions, at least one.
        """
        codec, decoder = self.codec, self.decoder
        rows = [[*codec.tokens(text), *codec.closing] for text in texts]
        before = len(codec.speak)
        width = before + max(map(len, rows)) - 1
        # The last token is left out: nothing is predicted from it.
        ids = [[*codec.speak, *row[:-1]] for row in rows]
        cache = decoder.fork(decision.cache, len(rows))
        logps = torch.log_softmax(decoder.follow(cache, torch.tensor([[*row, *[0] * (width - len(row))] for row in ids])), -1)
        return [
            TextLogProb(float(logps[k, torch.arange(before - 1, before - 1 + len(row)), torch.tensor(row)].double().sum()), len(row))
            for k, row in enumerate(rows)
        ]

    @torch.inference_mode()
    def say(self, decision: Decision, seeds: Sequence[int], given: Sequence[Sequence[int]] = ()) -> list[str | None]:
        """Sample one suggestion per seed, as one batch; None where it is malformed.

        Args:
            decision: the decision that they follow; its cache is not changed.
            seeds: seeds of the sampling, one per suggestion.
            given: tokens with which each suggestion begins and which are no part of its text; none where it is empty.
        """
        codec, decoder, count = self.codec, self.decoder, len(seeds)
        begins = [list(ids) for ids in given] if given else [[] for _ in seeds]
        cache = decoder.fork(decision.cache, count)
        # What is given is read at once where it is long; a few tokens are as fast one by one.
        together = min(map(len, begins), default=0)
        together = together if len(codec.speak) + together >= READ_AT_ONCE else 0
        tokens = torch.tensor([[*codec.speak, *begins[row][:together]] for row in range(count)])
        said: list[list[int]] = [[] for _ in seeds]
        open_ = set(range(count))
        banned = list(codec.banned)
        for place in range(together, codec.longest + max(map(len, begins), default=0)):
            logits = decoder.extend(cache, tokens).numpy()
            logits[:, banned] = -np.inf
            following = [0] * count
            for row in sorted(open_):
                if place < len(begins[row]):
                    following[row] = begins[row][place]
                    continue
                if len(said[row]) == codec.longest:
                    continue
                following[row] = sample(logits[row], uniform(seeds[row], "token", place), self.teaching.top_p, self.teaching.temperature)
                said[row].append(following[row])
                if codec.ended(said[row]):
                    open_.discard(row)
            if not open_:
                break
            tokens = torch.tensor(following)[:, None]
        return [None if row in open_ else codec.text(said[row]) for row in range(count)]


def sample(logits: npt.NDArray[np.float32], chance: float, top_p: float, temperature: float = 1.0) -> int:
    """Sample a token by nucleus sampling.

    The token is drawn from the smallest set of tokens that has ``top_p`` of the probability.

    Args:
        logits: logits of all tokens, shape (vocabulary,).
        chance: a uniform random number in [0, 1), which determines the token.
        top_p: share of the probability, in (0, 1].
        temperature: above 0; below 1 likely tokens become likelier.
    """
    scaled = logits.astype(np.float64) / temperature
    weights = np.exp(scaled - scaled.max())
    whole = weights.sum()
    likely = np.flatnonzero(weights > _FAINT)
    if weights[likely].sum() < top_p * whole:
        likely = np.arange(len(weights))
    order = likely[np.argsort(-weights[likely], kind="stable")]
    upto = weights[order].cumsum()
    count = int(np.searchsorted(upto, top_p * whole)) + 1
    upto = upto[:count]
    return int(order[min(int(np.searchsorted(upto, chance * upto[-1], side="right")), len(upto) - 1)])
