"""Read the parts of a chat completion's body.

These are an error beside it, the model's text, refusals, and the reason for its end; servers and gateways spell them in many ways.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from propersim.llm_client.bodies import first_choice
from propersim.llm_client.error_words import FAILURES

_SAYING: Final = (
    "detail", "message", "errors", "msg", "reason", "error_msg", "error_message", "errmsg", "err_msg", "errorMessage", "fault", "base_resp",
    "promptFeedback", "prompt_feedback", "blockReason", "block_reason",
)  # fmt: skip
"""Fields in which a response 200 without an answer says why there is none."""
_REFUSING: Final = ("filter", "refusal", "safety", "prohibited", "blocklist", "spii", "recitation", "blocked", "sensitive", "guardrail")
"""Words in finish reasons of answers that a filter withheld."""
_FAILING: Final = ("error", "fail", "abort", "cancel", "insufficient", "timeout", "interrupt", "overload")
"""Words in finish reasons of answers that the server did not complete."""
_FINISH_NAME: Final = re.compile(r"\A(?:.*\.)?(?:finish_?reason_)?", re.DOTALL)
"""The name of an enumeration before a finish reason, as in ``FinishReason.STOP`` and ``FINISH_REASON_STOP``."""
_OTHER_ROLES: Final = ("user", "system", "developer", "tool", "function", "human")
"""Roles of messages that are not the model's."""
_CUTTING: Final = ("length", "max_tokens", "model_length", "max_output_tokens", "token_limit")
"""Finish reasons of answers that ended at the token limit."""


def error_in(raw: dict[str, Any]) -> Any:
    """Return the error that a response 200 holds instead of an answer; None where there is none."""
    error, choices = raw.get("error"), raw.get("choices")
    choice = first_choice(choices)
    for said in (error, raw.get("errors")):
        if _is_error(said):
            return said
    failed = raw.get("success") is False or raw.get("ok") is False or str(raw.get("status")).lower() in FAILURES
    if failed:
        return raw
    reason = finish_reason(choice.get("finish_reason"))
    if choice.get("error") or (any(word in reason for word in _FAILING) and reason != "length"):
        return choice.get("error") or error or "the model's server failed while it answered"
    data = raw.get("data")
    if choices or (isinstance(data, list) and data):
        return None
    if error:
        return error
    # Without an answer, what else is said is an error; but a message with a role is an answer of another API.
    another = isinstance(raw.get("message"), dict) and "role" in raw["message"]
    return raw if any(raw.get(name) for name in _SAYING) and not another else None


def _is_error(said: object) -> bool:
    """Return whether the field ``error`` or ``errors`` of a response reports an error.

    Some servers send one beside an answer.
    """
    if isinstance(said, dict):
        code = said.get("code")
        succeeded = code in (0, "0", "ok", "success") and code is not False
        return not succeeded and any(map(_is_error, said.values()))
    if isinstance(said, list):
        return any(map(_is_error, said))
    if isinstance(said, str):
        return said.strip().lower() not in ("", "null", "none", "ok", "success", "false")
    return bool(said)


def said_in(message: object) -> str:
    """Return the text of a message of the model's.

    The arguments of the functions that it calls belong to it.
    """
    if not isinstance(message, dict) or str(message.get("channel") or "final").lower() != "final":
        return ""
    if str(message.get("role") or "").lower() in _OTHER_ROLES:
        return ""
    calls = message.get("tool_calls")
    functions = [call.get("function") for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []
    arguments = [one.get("arguments") for one in (*functions, message.get("function_call")) if isinstance(one, dict)]
    return "\n".join(filter(None, (text_of_content(message.get("content")), *(one for one in arguments if isinstance(one, str)))))


def is_filtered(choice: dict[str, Any]) -> bool:
    """Return whether a filter reports that it withheld a part of the answer, as Azure's does."""
    report = choice.get("content_filter_results")
    return isinstance(report, dict) and any(isinstance(one, dict) and one.get("filtered") is True for one in report.values())


def text_of_content(content: object) -> str:
    """Return the text of a message's content.

    The content is a string, or a list of parts, of which thoughts are left out.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, str) or (isinstance(part, dict) and _is_spoken(part))]
        return "".join(part if isinstance(part, str) else part["text"] for part in parts)
    if isinstance(content, dict) and content:
        # Some servers parse the JSON that they were asked for.
        return text_of_content([content]) if "type" in content else json.dumps(content, ensure_ascii=False)
    return ""


def _is_spoken(part: dict[str, Any]) -> bool:
    kind = part.get("type") or "text"
    return kind in ("text", "output_text") and not part.get("thought") and isinstance(part.get("text"), str)


def refused_parts(content: object) -> str:
    """Return the refusal among the parts of a message's content."""
    if not isinstance(content, list):
        return ""
    parts = [part for part in content if isinstance(part, dict) and part.get("type") == "refusal"]
    return " ".join(str(part.get("refusal") or "refused") for part in parts)


def finish_reason(reason: object) -> str:
    """Return a finish reason in OpenAI's words: ``content_filter``, ``length``, or as it is."""
    name = _FINISH_NAME.sub("", str(reason or "").lower(), count=1)
    if any(word in name for word in _REFUSING):
        return "content_filter"
    return "length" if name in _CUTTING else name


def token_count(value: object) -> int | None:
    """Return a plausible token count, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None
