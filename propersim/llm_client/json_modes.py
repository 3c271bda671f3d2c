"""The forms in which JSON can be asked for, best first, and how JSON is cut out of what was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from propersim.llm_client.schema import LONGEST, Schema

Form = Literal["json_schema", "json_object+schema", "json_object", "prompt"]
FORMS: Final[tuple[Form, ...]] = ("json_schema", "json_object+schema", "json_object", "prompt")
"""``json_object+schema`` is what llama.cpp's Python server takes; it fails at ``json_schema``."""

Message = Mapping[str, str]
_ESCAPE: Final = re.compile(r"\\(?:u[dD][89abAB]\w\w(?:\\u\w{4}|\\?u?\w{0,3}\Z)|u\w{4}|u\w{0,3}\Z|.|\Z)", re.DOTALL)
"""What JSON writes for one character, or the beginning of it."""
_FENCE: Final = re.compile(r"```[ \t]*(?:json|JSON)?[ \t]*\n(.*?)```", re.DOTALL)
_MOST_STARTS: Final = 20
_FEW: Final = 12
"""Possibilities that are all told."""
_MOST_ASIDE: Final = 200_000


def in_form(form: Form, messages: Sequence[Message], schema: Schema[Any], *, told: bool = False) -> dict[str, Any]:
    """Return messages and, where the form has one, ``response_format`` of a request's body.

    Args:
        form: in which it is asked.
        messages: of the chat.
        schema: of the answer.
        told: whether the schema is told in words, too, where the form alone should do.
    """
    if form == "json_schema":
        said = {"name": schema.name, "strict": True, "schema": schema.json}
        plain = with_schema(messages, schema) if told else [dict(m) for m in messages]
        return {"messages": plain, "response_format": {"type": "json_schema", "json_schema": said}}
    body: dict[str, Any] = {"messages": with_schema(messages, schema)}
    if form == "json_object+schema":
        body["response_format"] = {"type": "json_object", "schema": schema.json}
    elif form == "json_object":
        body["response_format"] = {"type": "json_object"}
    return body


def with_schema(messages: Sequence[Message], schema: Schema[Any]) -> list[dict[str, str]]:
    """Return the messages with the schema in words: at the end of the system message, or in one of its own before the others."""
    words = f"Answer with one JSON object and nothing else, in this shape:\n{shape(schema.json)}\n"
    words += f"It must follow this JSON Schema:\n{schema.text}"
    if messages and messages[0].get("role") == "system":
        first, *others = messages
        return [{**first, "content": f"{first['content']}\n\n{words}"}, *(dict(m) for m in others)]
    return [{"role": "system", "content": words}, *(dict(m) for m in messages)]


def with_example(messages: Sequence[Message], schema: Schema[Any], example: Any) -> list[dict[str, str]]:
    """Return the messages with an exchange before the question that shows what an answer looks like."""
    words = f"An example of the form alone. Answer with one JSON object and nothing else, in this shape:\n{shape(schema.json)}"
    *before, question = (dict(m) for m in messages)
    # With spaces, as people write it: small models go on as it begins.
    shown = json.dumps(msgspec.to_builtins(example), ensure_ascii=False)
    return [*before, {"role": "user", "content": words}, {"role": "assistant", "content": shown}, question]


def shape(node: Mapping[str, Any]) -> str:
    """Return what a schema's JSON looks like, with what may stand where in angle brackets: small models read that, and no schema."""
    if "enum" in node:
        known = [json.dumps(one, ensure_ascii=False) for one in node["enum"]]
        return " or ".join(known) if len(known) <= _FEW else f"<one of {len(known)}, such as {known[0]}>"
    kind = node.get("type")
    if kind == "object":
        return "{" + ", ".join(f"{json.dumps(name)}: {shape(one)}" for name, one in node.get("properties", {}).items()) + "}"
    if kind == "array":
        return f"[{shape(node['items'])}, …]"
    return {"string": '"<text>"', "boolean": "true or false"}.get(str(kind), f"<{kind}>")


def as_told(text: str, schema: Schema[Any]) -> bool:
    """Whether an answer has at least the shape of what was asked for: whoever wrote it has seen the schema."""
    try:
        found = json.loads(cut(text))
    except ValueError:
        return False
    return set(found) == set(schema.json.get("properties", {}))


def astray(text: str, longest: int = 0) -> bool:
    """Whether more of an answer that was cut off would not help.

    It is prose alone, neither thought nor JSON; or it was cut off in a text that was already longer than the ``longest`` that may
    stand in it (0: not looked at), as small models do that repeat themselves where a grammar only asks for a text.
    """
    bare = text.lstrip()
    if not bare or bare.startswith("<think>"):
        return False
    return "{" not in bare or 0 < longest < _unfinished(bare)


def _unfinished(text: str) -> int:
    """Return how many characters a text has that has begun, and not ended, at the end of some JSON."""
    began, escaped = None, False
    for at, sign in enumerate(text):
        if escaped:
            escaped = False
        elif began is not None and sign == "\\":
            escaped = True
        elif sign == '"':
            began = at if began is None else None
    return 0 if began is None else len(_ESCAPE.sub("x", text[began + 1 :]))


def cut(text: str) -> str:
    """Return the JSON object in an answer: all of it, else what a fence holds, else the first balanced object.

    Raises:
        ValueError: there is none.
    """
    # What a reasoning model thinks aloud is not its answer.
    bare = re.sub(r"\A\s*<think>.*?</think>", "", text[:_MOST_ASIDE], count=1, flags=re.DOTALL).strip()
    if len(text) > LONGEST:
        raise ValueError(f"the answer is longer than {LONGEST} characters")
    if not bare:
        raise ValueError("the answer is empty")
    if _is_object(bare):
        return bare
    for fence in _FENCE.finditer(bare):
        if _is_object(fence[1].strip()):
            return fence[1].strip()
    for found in _balanced(bare):
        if _is_object(found):
            return found
    raise ValueError("there is no complete JSON object in the answer")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _balanced(text: str) -> Iterator[str]:
    """Yield stretches from an opening brace to the one that closes it, braces in strings not counted; the first few of them."""
    start = text.find("{")
    for _ in range(_MOST_STARTS):
        if start < 0:
            return
        end = _closing(text, start)
        if end is not None:
            yield text[start : end + 1]
        start = text.find("{", start + 1)


def _closing(text: str, start: int) -> int | None:
    depth, in_string, escaped = 0, False, False
    for at in range(start, len(text)):
        sign = text[at]
        if in_string:
            if escaped:
                escaped = False
            elif sign == "\\":
                escaped = True
            elif sign == '"':
                in_string = False
        elif sign == '"':
            in_string = True
        elif sign == "{":
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                return at
    return None
