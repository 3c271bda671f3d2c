"""Check that a loaded model computes logits that can mean something.

Weights may be finite, and still be zeros, or too large to compute with.
"""

from __future__ import annotations

from typing import Any, Final

import torch

from propersim.core.errors import InputError
from propersim.models.codec import Codec
from propersim.models.decoder import PlainDecoder
from propersim.models.room import plain_state

_TOKENS: Final = 16
"""Most tokens of each text that the model reads."""
_WIDEST: Final = 10_000.0
_NARROWEST: Final = 1e-4
"""Largest and smallest difference between the logits of the likeliest and the unlikeliest token: it is some tens in trained models."""


def check_logits(model: Any, codec: Codec, name: str) -> None:
    """Check the logits after the beginning and after the end of a prompt.

    They are finite, differ between the two and between tokens, and no token outweighs another beyond all measure.

    Args:
        model: a causal language model of transformers.
        codec: its codec.
        name: name of the model in the message.

    Raises:
        InputError: they are not.
    """
    ids = codec.prompt(plain_state())
    count = min(_TOKENS, len(ids) // 2)
    logits = PlainDecoder(model).read([ids[:count], ids[-count:]])
    what = _problem(logits)
    if what:
        hint = "its weights or its config.json are damaged, or it was not trained: give another checkpoint"
        raise InputError(f"{name}: its logits {what}", hint)


def _problem(logits: torch.Tensor) -> str:
    """Return what is wrong with the logits after two texts; "" if nothing is.

    Their shape is (2, vocabulary).
    """
    if not bool(torch.isfinite(logits).all()):
        return "are not finite numbers"
    least, most = torch.aminmax(logits, dim=1)
    spans = (most - least).tolist()
    if max(spans) > _WIDEST:
        return f"span {max(spans):.3g}, where those of trained models span some tens"
    if min(spans) < _NARROWEST:
        return "are the same for all tokens"
    return "are the same after different prompts" if torch.equal(logits[0], logits[1]) else ""
