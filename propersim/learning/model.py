"""Loading a LLaMA in 4-bit, and the two things it is asked: whether to speak, and what to say."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

import torch

from propersim.assistant.state import State
from propersim.config import THREADS
from propersim.errors import InputError
from propersim.learning.homelm import WEIGHTS
from propersim.learning.homelm.prompt import EOS, SILENT, SPEAK, encode

LONGEST_ANSWER = 40
"""Tokens after which a sentence that has not ended is malformed."""
TOP_P = 0.9
"""Content is sampled from the smallest set of tokens with this much probability."""


@dataclass(frozen=True)
class Decision:
    """Whether to speak, and what is needed to go on from there.

    Attributes:
        p_speak: probability of speaking, of the two legal decisions.
        cache: key–value cache of the prompt.
        length: tokens of the prompt.
    """

    p_speak: float
    cache: Any
    length: int


class LoadedModel:
    """A LLaMA with its tokenizer, ready to decide and to speak.

    Args:
        name: preset.
        quantize: ``nf4`` or ``none``.

    Raises:
        InputError: the weights are not there.
    """

    def __init__(self, name: str = "homelm", quantize: str = "nf4") -> None:
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
        model = AutoModelForCausalLM.from_pretrained(WEIGHTS, dtype=dtype, quantization_config=config, device_map={"": self.device})
        self.model: Any = model.eval()
        self._speak, self._silent, self._eos = (self.tokenizer.convert_tokens_to_ids(token) for token in (SPEAK, SILENT, EOS))

    @property
    def parameters(self) -> int:
        """Number of parameters, from the model card (packed 4-bit weights count wrongly)."""
        return int(json.loads((WEIGHTS / "card.json").read_text(encoding="utf-8"))["parameters"])

    @property
    def linear4bit_layers(self) -> int:
        """How many layers are held in 4-bit."""
        return sum(type(module).__name__ == "Linear4bit" for module in self.model.modules())

    @torch.inference_mode()
    def decide(self, state: State) -> Decision:
        """Return the probability of speaking; only the two legal decisions count."""
        ids = encode(state)
        out = self.model(torch.tensor([ids], device=self.device), use_cache=True, logits_to_keep=1)
        pair = out.logits[0, -1, [self._silent, self._speak]].float()
        return Decision(float(torch.softmax(pair, 0)[1]), out.past_key_values, len(ids))

    @torch.inference_mode()
    def say(self, decision: Decision, seed: int) -> str | None:
        """Return one sentence, sampled; None where it is malformed: no end within the limit, or nothing in it.

        Args:
            decision: the decision that it follows; its cache is used up.
            seed: of the sampling.
        """
        chance = torch.Generator().manual_seed(seed)
        cache, token = decision.cache, self._speak
        said: list[int] = []
        for _ in range(LONGEST_ANSWER):
            out = self.model(torch.tensor([[token]], device=self.device), past_key_values=cache, use_cache=True)
            cache = out.past_key_values
            token = _sample(out.logits[0, -1].float().cpu(), chance)
            if token == self._eos:
                return self._text(said)
            said.append(token)
        return None

    def _text(self, ids: list[int]) -> str | None:
        text = str(self.tokenizer.decode(ids, skip_special_tokens=False)).strip()
        # A field of the prompt inside a sentence, or letters cut in half, is no sentence.
        return None if not text or "<" in text or "\ufffd" in text else text


def _sample(logits: torch.Tensor, chance: torch.Generator) -> int:
    ordered, places = torch.softmax(logits, 0).sort(descending=True, stable=True)
    before = ordered.cumsum(0) - ordered
    kept = torch.where(before < TOP_P, ordered, torch.zeros_like(ordered))
    return int(places[torch.multinomial(kept, 1, generator=chance)])
