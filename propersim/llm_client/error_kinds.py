"""The kind of a failed request, by its HTTP status and the endpoint's words.

Servers use one status for many things: 400 stands for a parameter, a JSON mode, a key, a model, a context or a filter.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from propersim.llm_client.error_words import ErrorWords

Kind = Literal["key", "place", "quota", "absent", "bad", "long", "large", "filtered", "rate", "server", "timeout", "connection", "garbled"]
TEMPORARY: Final = frozenset({"rate", "server", "timeout", "connection", "garbled"})
"""Kinds of errors that a later request may not meet."""
LIMITS: Final = ("max_tokens", "max_completion_tokens")
"""Names of the parameter that limits completion tokens."""
OPTIONAL: Final = ("temperature", "seed", *LIMITS)
"""Parameters that are left out where an endpoint rejects them."""

# The words below are those of OpenAI, Azure, Anthropic, Gemini, Mistral, DeepSeek, OpenRouter, Ollama, llama.cpp, vLLM and TGI.
_FILTER_CODES: Final = re.compile(
    r"content_?filter|content_policy|responsibleai|moderation|data_inspection_failed|guardrail|prompt_?blocked|prohibited_content"
    r"|safety_violation|sensitive_content|censor|\b(?:safety|blocklist|spii|recitation|image_safety)\b"
)
_FILTER: Final = re.compile(
    r"content (?:management )?polic|content[ _-]filter|content exists risk|(?:was|were|been|is|are) (?:flagged|censored)"
    r"|flagged (?:by|as|for)"
    r"|requires moderation|moderation (?:system|endpoint|block)|inappropriate content|safety (?:system|filter|guideline)s?\b"
    r"|(?:violat\w*|against) (?:\w+ ){0,4}(?:usage |content |safety |acceptable use )?polic"
    r"|(?:blocked|rejected|refused) (?:\w+ ){0,5}(?:safety|guardrail|filter)"
    r"|responsible ai|prohibited content|sensitive content|unsafe content|nsfw|policy violation|blocked for safety",
)
_KEY: Final = re.compile(
    r"api[ _-]?key\b.{0,30}(?:not valid|invalid|missing|required|expired|incorrect|not found|not provided|disabled|revoked|wrong)"
    r"|(?:invalid|incorrect|missing|expired|wrong|unknown|provide|no)\b.{0,25}"
    r"(?:api[ _-]?key|credentials?\b|(?:auth\w*|access|bearer)[ _-]token|authorization header)"
    r"|unauthori[sz]ed|unauthenticated|not authenticated|authentication|invalid_api_key|permission_denied"
)
_PLACE: Final = re.compile(
    r"unsupported_(?:country|region)|(?:country|countries|region|territory|territories|location|jurisdiction)\b.{0,40}"
    r"(?:\bnot |n't |\bun|restrict|block|prohibit|forbidden|embargo)"
    r"|(?:\bnot |n't |\bun)(?:currently |yet )?(?:available|supported|allowed|permitted|offered|served?)\b.{0,40}"
    r"\b(?:country|countries|region|territory|location|jurisdiction)"
)
"""Words by which an endpoint refuses the place from which it is asked."""
_QUOTA: Final = re.compile(
    r"insufficient[ _](?:quota|balance|credit|funds)|credit balance|not enough (?:credit|balance)"
    r"|exceeded your current quota|out of credits?"
    r"|billing[ _](?:hard[ _])?(?:limit|not)|payment required"
)
_MODEL: Final = re.compile(
    r"model[ _]?not[ _]?found|unknown model|invalid model\b|no such model|not a valid model|model_not_supported"
    # Few words between: "this model: temperature is not supported" is about something else.
    r"|model\b[:\s]{1,2}(?:name |id )?(?:['\"`]?[\w./:@-]{1,100}['\"`]? )?(?:was |is |does |could |cannot |can't |currently )*(?:be )?"
    r"(?:not |un|no longer )(?:be )?(?:found|exist|available|supported|loaded|known)"
    r"|(?:not found|no|unknown|invalid):? model\b|try pulling it"
)
_LONG: Final = re.compile(
    r"context[ _]?length|context[ _](?:window|size|limit)|exceed_context|maximum context"
    r"|prompt is too long|input is too long|too many (?:input )?tokens"
    r"|(?:input|prompt|requested|number of)\b.{0,30}tokens?\b.{0,40}"
    r"(?:exceed|larger|longer|greater|too (?:long|large|many)|<=|limit of)"
    r"|(?:exceed|longer|larger|greater)\w*.{0,40}(?:maximum|limit|number).{0,30}(?:input|prompt)? ?tokens"
    r"|string_above_max_length|n_ctx\b|max_model_len"
    r"|reduce (?:the|your) (?:length|prompt|input|messages)"
)

_ROLE: Final = re.compile(
    r"\b(?:system|developer)['\"`]* (?:role|message|prompt|instruction|content|turn)s?\b.{0,60}?"
    r"(?:\b(?:not|no|never|cannot|un\w+|in(?:valid|compatible)|disabled|forbidden|disallowed|rejected|must)\b|n't\b)"
    r"|(?:\b(?:not|no|never|cannot|un\w+|invalid|forbidden|disallow\w*|reject\w*|lacks|without)\b|n't\b).{0,60}?"
    r"\b(?:system|developer)['\"`]* (?:role|message|prompt|instruction)s?"
    r"|\brole\b\W{0,6}(?:is |of )?['\"`]*(?:system|developer)\b.{0,40}(?:\b(?:not|no|un\w+|invalid|forbidden|disallowed)\b|n't\b)"
    r"|\b(?:un(?:known|supported|expected|recognized|authorized)|invalid|illegal|bad|forbidden)\b.{0,30}\broles?\b"
    r"|\broles?\b.{0,30}\b(?:un(?:known|supported|expected|recognized)|invalid|illegal|forbidden|not (?:supported|allowed|valid))\b"
    r"|\bonly\b.{0,20}\buser\b.{0,30}\b(?:roles?|messages?)\b|\broles? must alternate|unknown variant [`'\"]system"
)
"""Words by which the role ``system`` is rejected."""


def kind_of(status: int, words: ErrorWords) -> Kind:
    """Return the kind of an error, by its status and its words."""
    text, codes = words.text.lower(), " ".join(words.codes)
    both = f"{codes} {text}"
    if words.page:
        pass  # A page comes from something in front of the endpoint: its words mean nothing here.
    elif status not in (401, 402, 404, 429) and (_FILTER_CODES.search(codes) or _FILTER.search(text)):
        return "filtered"
    elif status in (400, 403, 422, 429, 502) and _QUOTA.search(both):
        return "quota"
    elif status in (400, 401, 403, 451) and _PLACE.search(both):
        return "place"
    elif status in (400, 403, 413, 422, 500) and _LONG.search(both):
        return "long"
    elif 400 <= status < 500 and status not in (401, 402, 407, 408, 429) and _ROLE.search(text):
        return "bad"
    elif status in (400, 422, 500) and _KEY.search(both):
        return "key"
    elif status in (400, 422) and (_MODEL.search(both) or words.parameter == "model"):
        return "absent"
    by_status: dict[int, Kind] = {
        401: "key",
        403: "key",
        402: "quota",
        404: "absent",
        405: "absent",
        407: "key",
        410: "absent",
        413: "large",
        451: "filtered",
        511: "key",
        429: "rate",
        408: "server",
        409: "server",
        425: "server",
    }
    return by_status.get(status) or ("absent" if status < 400 else "bad" if status < 500 else "server")


def is_certain(kind: Kind, status: int, words: ErrorWords) -> bool:
    """Return whether no other JSON mode can help.

    Args:
        kind: kind of the error.
        status: HTTP status.
        words: words of the response.
    """
    if kind == "absent" and status < 400:
        return True  # A redirection does not depend on the request.
    if kind == "absent":
        return bool(_MODEL.search(f"{' '.join(words.codes)} {words.text.lower()}")) and not words.page
    if kind == "server":
        # Servers answer 500 or 501 to a JSON mode that they do not support; other statuses come from a proxy in front of them.
        return status not in (500, 501)
    return kind in ("key", "place", "quota", "long", "large", "filtered")


def named_parameters(words: ErrorWords, *, anywhere: bool) -> tuple[str, ...]:
    """Return the optional parameters that an error names, the most likely one first.

    Args:
        words: words of the response.
        anywhere: whether a name counts wherever it stands; else only where it is said to be unknown or the like.
    """
    text = words.text
    mentioned = re.findall(r"\w+", text) if anywhere else []
    refused = re.findall(r"(?i)(?:unsupported|unrecognized|unknown|unexpected|invalid|supplied)[^'\"`:]{0,40}[:'\"` ]+(\w+)", text)
    return tuple(dict.fromkeys(name for name in (words.parameter, *refused, *mentioned) if name in OPTIONAL))
