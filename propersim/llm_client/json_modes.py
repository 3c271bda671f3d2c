"""The ways to ask an endpoint for JSON.

``JSON_MODES`` lists the ways, best first; :mod:`propersim.llm_client.answers` reads the answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from propersim.llm_client.schema import Schema
from propersim.llm_client.thoughts import begins_with_thought

JsonMode = Literal["json_schema", "json_object+schema", "json_object", "prompt"]
JSON_MODES: Final[tuple[JsonMode, ...]] = ("json_schema", "json_object+schema", "json_object", "prompt")
"""``json_object+schema`` is the mode of llama.cpp's Python server, which fails at ``json_schema``."""

Message = Mapping[str, str]
_ESCAPE: Final = re.compile(r"\\(?:u[dD][89abAB]\w\w(?:\\u\w{4}|\\?u?\w{0,3}\Z)|u\w{4}|u\w{0,3}\Z|.|\Z)", re.DOTALL)
"""A JSON escape sequence, also an incomplete one at the end of the text: it stands for one character."""
_FEW: Final = 12
"""Most choices that :func:`shape` lists in full."""


def in_json_mode(mode: JsonMode, messages: Sequence[Message], schema: Schema[Any], *, in_words: bool = False) -> dict[str, Any]:
    """Return the ``messages`` and any ``response_format`` of a request's body in a JSON mode.

    Args:
        mode: the JSON mode.
        messages: messages of the chat.
        schema: schema of the answer.
        in_words: whether the messages hold the schema too, in modes where ``response_format`` should do.
    """
    if mode == "json_schema":
        strict = {"name": schema.name, "strict": True, "schema": schema.json}
        plain = with_schema(messages, schema) if in_words else [dict(m) for m in messages]
        return {"messages": plain, "response_format": {"type": "json_schema", "json_schema": strict}}
    body: dict[str, Any] = {"messages": with_schema(messages, schema)}
    if mode == "json_object+schema":
        body["response_format"] = {"type": "json_object", "schema": schema.json}
    elif mode == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def with_schema(messages: Sequence[Message], schema: Schema[Any]) -> list[dict[str, str]]:
    """Return the messages with the schema added to the system message.

    Without a system message, a new one with the schema comes before the others.
    """
    words = f"Answer with one JSON object and nothing else, in this shape:\n{shape(schema.json)}\n"
    words += f"It must follow this JSON Schema:\n{schema.text}"
    if messages and messages[0].get("role") == "system":
        first, *others = messages
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *(dict(m) for m in others)]
    return [{"role": "system", "content": words}, *(dict(m) for m in messages)]


def with_example(messages: Sequence[Message], schema: Schema[Any], example: Any) -> list[dict[str, str]]:
    """Return the messages with an example exchange inserted before the question.

    Args:
        messages: messages of the chat, the question last.
        schema: schema of the answer.
        example: an answer with placeholders for texts.
    """
    words = f"An example of the form alone. Answer with one JSON object and nothing else, in this shape:\n{shape(schema.json)}"
    *before, question = (dict(m) for m in messages)
    # Separators with spaces: small models copy the style of the example.
    shown = json.dumps(msgspec.to_builtins(example), ensure_ascii=False)
    return [*before, {"role": "user", "content": words}, {"role": "assistant", "content": shown}, question]


def shape(node: Mapping[str, Any]) -> str:
    """Return a sketch of a schema's JSON with placeholders in angle brackets.

    Small models follow it better than a JSON Schema.
    """
    if "enum" in node:
        known = [json.dumps(one, ensure_ascii=False) for one in node["enum"]]
        return " or ".join(known) if len(known) <= _FEW else f"<one of {len(known)}, such as {known[0]}>"
    kind = node.get("type")
    if kind == "object":
        return "{" + ", ".join(f"{json.dumps(name)}: {shape(one)}" for name, one in node.get("properties", {}).items()) + "}"
    if kind == "array":
        return f"[{shape(node['items'])}, …]"
    return {"string": '"<text>"', "boolean": "true or false"}.get(str(kind), f"<{kind}>")


def is_hopeless(text: str, longest: int = 0) -> bool:
    """Return whether a higher token limit could not make a truncated completion valid.

    It is prose alone, neither reasoning nor JSON; or it ends within a text that is too long already, as small models write that
    repeat themselves.

    Args:
        text: the completion.
        longest: most characters of a text in the answer; 0: not checked.
    """
    bare = text.lstrip()
    if not bare or begins_with_thought(bare):
        return False
    return "{" not in bare or 0 < longest < _unfinished(bare)


def _unfinished(text: str) -> int:
    """Return the length of the unterminated string at the end of truncated JSON.

    The length is in characters; it is 0 where there is no such string.
    """
    start, escaped = None, False
    for at, sign in enumerate(text):
        if escaped:
            escaped = False
        elif start is not None and sign == "\\":
            escaped = True
        elif sign == '"':
            start = at if start is None else None
    return 0 if start is None else len(_ESCAPE.sub("x", text[start + 1 :]))
