"""A LLaMA in 4-bit with its adapter, and the two things it is asked: whether to speak, and what to say."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from propersim.assistant.state import State
from propersim.config import THREADS
from propersim.errors import InputError
from propersim.learning.codec import Codec, FieldCodec
from propersim.learning.decoder import Decoder, PlainDecoder, SmallDecoder
from propersim.learning.homelm import WEIGHTS
from propersim.learning.presets import Teaching, preset

_NUCLEUS: int = 256
"""Tokens that are sorted at first; all of them where these are not enough."""


@dataclass(frozen=True)
class Decision:
    """Whether to speak, and what is needed to go on from there.

    Attributes:
        p_speak: probability of speaking, of the two legal decisions.
        cache: the decoder's cache of the prompt.
    """

    p_speak: float
    cache: Any


class LoadedModel:
    """A LLaMA with its tokenizer, ready to decide, to speak and to be taught.

    Args:
        name: preset, or whatever ``--model`` takes.
        quantize: ``nf4`` or ``none``.
        teaching: how it samples and is taught; the preset's where None.

    Raises:
        InputError: the weights are not there.
    """

    def __init__(self, name: str = "homelm", quantize: str = "nf4", teaching: Teaching | None = None) -> None:
        from transformers import AutoModelForCausalLM, BitsAndBytesConfig, PreTrainedTokenizerFast
        from transformers.utils import logging as transformers_logging

        # What they say while loading would land in the middle of a screen or of somebody's JSON.
        transformers_logging.disable_progress_bar()
        transformers_logging.set_verbosity_error()
        logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

        if name != "homelm":
            raise InputError(f"no model {name!r}", "in this version: homelm")
        if not (WEIGHTS / "model.safetensors").is_file():
            raise InputError(f"{WEIGHTS}: HomeLM's weights are missing", "`propersim models build homelm` makes them")
        torch.set_num_threads(THREADS)
        self.name = name
        self.quantize = quantize
        self.teaching = teaching or preset(name).teaching
        self.tokenizer = PreTrainedTokenizerFast.from_pretrained(WEIGHTS)
        config = None
        if quantize == "nf4":
            config = BitsAndBytesConfig(
                load_in_4bit=True,
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=torch.bfloat16,
            )
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = torch.bfloat16 if quantize == "nf4" else torch.float32
        model = AutoModelForCausalLM.from_pretrained(
            WEIGHTS,
            dtype=dtype,
            quantization_config=config,
            device_map={"": self.device},
            # On short rows on the CPU the plain sums are faster than the fused ones, backwards above all.
            attn_implementation="eager" if self.device == "cpu" else None,
        )
        self.model: Any = unpacked(model.eval())
        self.codec: Codec = FieldCodec(self.tokenizer)
        self._decoder: Decoder | None = None

    @property
    def parameters(self) -> int:
        """Number of parameters, from the model card (packed 4-bit weights count wrongly)."""
        return int(json.loads((WEIGHTS / "card.json").read_text(encoding="utf-8"))["parameters"])

    @property
    def linear4bit_layers(self) -> int:
        """How many layers are held in 4-bit."""
        return sum(type(module).__name__ == "Linear4bit" for module in self.model.modules())

    @property
    def decoder(self) -> Decoder:
        """What runs the model as it is now; made anew after every change of the adapter."""
        if self._decoder is None:
            base = self.model.get_base_model() if hasattr(self.model, "peft_config") else self.model
            self.model.eval()
            self._decoder = SmallDecoder(self.model) if SmallDecoder.fits(base) else PlainDecoder(self.model, self._prefix())
        return self._decoder

    def _prefix(self) -> list[int]:
        """Return the tokens that every prompt begins with."""
        one = self.codec.prompt(State(0.0, 0, "sleeping", "sleeping", "bedroom", 1))
        other = self.codec.prompt(State(777.0, 5, "cooking", "cooking", "kitchen", 3))
        same = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
        return one[:same]

    def wear(self, adapter: Path | None) -> None:
        """Put an adapter on, as it was saved; None takes it off.

        Raises:
            InputError: the file is missing or does not fit.
        """
        from propersim.learning.adapters import put_on, take_off

        self.model = put_on(self.model, adapter, self.teaching) if adapter is not None else take_off(self.model)
        self._decoder = None

    @torch.inference_mode()
    def decide(self, prompt: Sequence[int]) -> Decision:
        """Return the probability of speaking; only the two legal decisions count."""
        logits, cache = self.decoder.prefill(prompt)
        pair = logits[[self.codec.silent[0], self.codec.speak[0]]].double()
        return Decision(float(torch.softmax(pair, 0)[1]), cache)

    @torch.inference_mode()
    def say(self, decision: Decision, seeds: Sequence[int]) -> list[str | None]:
        """Return one suggestion for each seed, sampled side by side; None where it is malformed.

        Args:
            decision: the decision that they follow; stays as it is.
            seeds: of the sampling, one for each.
        """
        codec, decoder, count = self.codec, self.decoder, len(seeds)
        chances = [torch.Generator().manual_seed(seed) for seed in seeds]
        cache = decoder.fork(decision.cache, count)
        tokens = torch.tensor([list(codec.speak)] * count)
        said: list[list[int]] = [[] for _ in seeds]
        open_ = set(range(count))
        banned = torch.tensor(codec.banned, dtype=torch.long)
        for _ in range(codec.longest):
            logits = decoder.extend(cache, tokens)
            logits[:, banned] = -torch.inf
            following = self._sample(logits, chances)
            for row in list(open_):
                said[row].append(following[row])
                if codec.ended(said[row]):
                    open_.discard(row)
            if not open_:
                break
            tokens = torch.tensor(following)[:, None]
        return [None if row in open_ else codec.text(said[row]) for row in range(count)]

    def _sample(self, logits: torch.Tensor, chances: Sequence[torch.Generator]) -> list[int]:
        """Return one token a row: from the smallest set of tokens with ``top_p`` of the probability."""
        top_p, temperature = self.teaching.top_p, self.teaching.temperature
        chances_of = torch.softmax(logits / temperature, -1)
        ordered, places = chances_of.topk(min(_NUCLEUS, chances_of.shape[-1]), sorted=True)
        if bool((ordered.sum(-1) < top_p).any()):
            ordered, places = chances_of.sort(descending=True, stable=True)
        before = ordered.cumsum(-1) - ordered
        kept = torch.where(before < top_p, ordered, torch.zeros_like(ordered))
        return [
            int(place[torch.multinomial(row, 1, generator=chance)]) for row, place, chance in zip(kept, places, chances, strict=True)
        ]


def unpacked(model: Any) -> Any:
    """Keep bitsandbytes from repacking a model's 4-bit weights at its first forward pass on the CPU; returns the model.

    Repacked weights are faster, but no gradient passes through them (a warning says so, once, and training goes on with wrong
    gradients), they cannot be dequantised, and packing back rounds. A model that learns must not have them.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    return model
