"""Detection of servers that cut long prompts without an error.

They are found by the prompt tokens that they report.
"""

from __future__ import annotations

import threading
from typing import Final

from propersim.llm_client.costs import CHARACTERS_A_TOKEN

RECOMMENDED_CONTEXT: Final = 8192
"""Tokens of context that a run of a shipped persona needs: up to 4,000 of the prompt, and up to 4,000 of the answer."""
_LEAST_TOKENS: Final = 1000
"""Estimated tokens from which on a prompt is looked at: the estimate of a short one says little."""
_LEAST_FAR: Final = 500
"""The same for counts that are far below."""
_UNSEEN: Final = 0.125
"""Share of the estimated tokens below which the model cannot have seen the persona: no text has 32 characters a token."""
_FAR_BELOW: Final = 0.25
"""Share below which a prompt is cut, unless the server counts only what it has not read before: no text has 16 characters a token."""
_COUNTED: Final = 64
"""Fewest reported tokens that are a count: some servers report 0 or 1 for every prompt."""
_BELOW: Final = 0.85
"""Share below which a prompt may be cut; whether it is, a second one shows."""
_BLOCK: Final = 256
"""Context lengths are multiples of this."""
_OTHER_LENGTH: Final = 1.05


class PromptCuts:
    """Looks at the reported tokens of prompts; usable from any number of threads.

    A server that keeps the last part of a long prompt only (as Ollama does) reports as many tokens as its context has.

    Attributes:
        limit: reported tokens of a prompt that was cut; None where none was.
        certain: whether counts that are far below mean that prompts are cut; None where that is not known yet. Some servers count only
            the part of a prompt that they have not read before.
    """

    def __init__(self) -> None:
        self.limit: int | None = None
        self.certain: bool | None = None
        self._lock = threading.Lock()
        self._full: dict[int, int] = {}

    def note(self, characters: int, tokens: int) -> bool:
        """Note a prompt, and return True at the first one that may have been cut.

        Args:
            characters: length of all messages as they were sent.
            tokens: prompt tokens that the server reports.
        """
        estimated = -(-characters // CHARACTERS_A_TOKEN)
        if estimated < _LEAST_TOKENS or tokens < _COUNTED:
            return False
        with self._lock:
            cut = tokens < _FAR_BELOW * estimated and self.certain is not False
            if not cut and tokens % _BLOCK == 0 and tokens < _BELOW * estimated:
                # The same count for prompts of different lengths is the length of the context.
                shorter, longer = sorted((self._full.setdefault(tokens, characters), characters))
                cut = longer > _OTHER_LENGTH * shorter
            if not cut or self.limit is not None:
                return False
            self.limit = tokens
            return True


def is_far_below(characters: int, tokens: int) -> bool:
    """Return whether a server reports far fewer tokens than a prompt has.

    Args:
        characters: length of all messages as they were sent.
        tokens: prompt tokens that the server reports.
    """
    estimated = -(-characters // CHARACTERS_A_TOKEN)
    return estimated >= _LEAST_FAR and _COUNTED <= tokens < _FAR_BELOW * estimated


def is_unseen(characters: int, tokens: int) -> bool:
    """Return whether so few tokens are reported that the model cannot have seen the persona.

    Args:
        characters: length of all messages as they were sent.
        tokens: prompt tokens that the server reports.
    """
    return is_far_below(characters, tokens) and tokens < _UNSEEN * -(-characters // CHARACTERS_A_TOKEN)


def context_needed(tokens_in: int, tokens_out: int) -> int:
    """Return the context length to recommend, in tokens.

    It is a power of two, :data:`RECOMMENDED_CONTEXT` at least.

    Args:
        tokens_in: estimated tokens of the prompt.
        tokens_out: maximum completion tokens.
    """
    needed = RECOMMENDED_CONTEXT
    while needed < tokens_in + tokens_out:
        needed *= 2
    return needed


def cut_warning(limit: int, estimated: int, needed: int) -> str:
    """Return the warning that a server cuts prompts.

    Args:
        limit: tokens that it reports.
        estimated: estimated tokens of the prompt.
        needed: context length to recommend, in tokens.
    """
    return (
        f"the server seems to cut prompts: it reports {limit} tokens for a prompt of about {estimated}, so the model does not see all "
        f"of it; {enough_context(needed)}"
    )


def enough_context(needed: int) -> str:
    """Return the advice to give a server a context of at least so many tokens."""
    return f"give it a context of at least {needed} tokens (Ollama: num_ctx; llama.cpp: -c; vLLM: --max-model-len)"
