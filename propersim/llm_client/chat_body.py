"""The body of a chat request, and what can be left out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from propersim.llm_client.cache import Capabilities
from propersim.llm_client.costs import roughly
from propersim.llm_client.error_kinds import LIMITS, OPTIONAL
from propersim.llm_client.json_modes import JsonMode, Message, in_json_mode
from propersim.llm_client.schema import Schema
from propersim.llm_client.transport_error import TransportError

_SAMPLING: Final = tuple(name for name in OPTIONAL if name not in LIMITS)
_ABOUT_ROLES: Final = ("system", "role", "alternat", "template", "jinja")
"""Words of an error that may be about the system message."""


@dataclass(frozen=True)
class Prompt:
    """Content of a chat request, independent of its JSON mode.

    Attributes:
        messages: the messages of the chat.
        schema: schema of the answer.
        max_tokens: limit of completion tokens.
        parameters: sampling parameters by name.
        schema_in_words: whether the messages hold the schema too, whatever the JSON mode.
    """

    messages: Sequence[Message]
    schema: Schema[Any]
    max_tokens: int
    parameters: dict[str, Any]
    schema_in_words: bool = False

    @property
    def tokens_in(self) -> int:
        """Estimated prompt tokens, the schema included."""
        return tokens_of(self.messages, self.schema)


def tokens_of(messages: Sequence[Message], schema: Schema[Any]) -> int:
    """Return the estimated tokens of a prompt, the schema included."""
    return sum(roughly(message.get("content", "")) + 4 for message in messages) + roughly(schema.text)


def body_of(model: str, mode: JsonMode, prompt: Prompt, known: Capabilities) -> dict[str, Any]:
    """Return the body of a chat request.

    Args:
        model: name of the model at the endpoint.
        mode: the JSON mode.
        prompt: the content.
        known: what the endpoint supports.
    """
    body = {"model": model, **in_json_mode(mode, prompt.messages, prompt.schema, in_words=prompt.schema_in_words)}
    if known.system_in_user:
        body["messages"] = without_system(body["messages"])
    if known.limit_parameter:
        body[known.limit_parameter] = prompt.max_tokens
    return body | {name: value for name, value in prompt.parameters.items() if name not in known.unsupported}


def without_system(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Return the messages without system messages.

    Their text is at the beginning of the user's first message.
    """
    system = [message["content"] for message in messages if message["role"] == "system"]
    others = [dict(message) for message in messages if message["role"] != "system"]
    if not system:
        return others
    if not others or others[0]["role"] != "user":
        return [{"role": "user", "content": "\n\n".join(system)}, *others]
    first = {**others[0], "content": "\n\n".join([*system, others[0]["content"]])}
    return [first, *others[1:]]


def without_named(error: TransportError, known: Capabilities, prompt: Prompt) -> Capabilities | None:
    """Return the capabilities without the parameter that an error names.

    Returns None where it names none that was sent. The limit of completion tokens is first sent under its other name.

    Args:
        error: the error of the request.
        known: what the request was made by.
        prompt: its content.
    """
    names = error.parameters
    if error.kind == "long" and known.limit_parameter and not set(names) & set(LIMITS):
        # The limit of the completion counts as well: without it, the endpoint may find room.
        return msgspec.structs.replace(known, limit_parameter="")
    for name in names:
        if name in LIMITS and known.limit_parameter:
            other = LIMITS[1] if known.limit_parameter == LIMITS[0] and error.kind != "long" else ""
            return msgspec.structs.replace(known, limit_parameter=other)
        if name in prompt.parameters and name not in known.unsupported:
            return msgspec.structs.replace(known, unsupported=(*known.unsupported, name))
    return None


def names_left_out(error: TransportError, known: Capabilities) -> bool:
    """Return whether an error names a parameter that was left out: the endpoint may require it."""
    left_out = {*known.unsupported, *(() if known.limit_parameter else LIMITS)}
    return bool(left_out & set(error.parameters))


def simpler(error: TransportError, known: Capabilities, prompt: Prompt) -> Iterator[Capabilities]:
    """Yield the ways to send a prompt more simply.

    They are for requests that failed in every JSON mode, in words that name nothing.

    Args:
        error: the error of the request in the simplest mode.
        known: what it was made by.
        prompt: its content.
    """
    replace = msgspec.structs.replace
    plain = replace(known, unsupported=tuple(dict.fromkeys([*known.unsupported, *(n for n in _SAMPLING if n in prompt.parameters)])))
    folded = replace(known, system_in_user=True)
    if error.kind == "server":
        ways = [folded, replace(plain, system_in_user=True)]
    else:
        ways = [plain, folded, replace(plain, limit_parameter=""), replace(plain, limit_parameter="", system_in_user=True)]
        if any(word in error.detail.lower() for word in _ABOUT_ROLES):
            ways[:2] = [folded, plain]
    seen = [known]
    for way in ways:
        if way not in seen:
            seen.append(way)
            yield way
