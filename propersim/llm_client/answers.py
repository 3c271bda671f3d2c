"""Reading an answer from a completion: the one place where a model's text is read as JSON.

The answer is found by a rule, never by a guess: without the model's thoughts, the text must hold exactly one object that follows the
schema. The same object twice counts once; two different ones are no answer, because either may be a draft. So may an object beside which
anything stands but a few harmless words (:mod:`propersim.llm_client.alone`). An object with a key twice is not valid.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeVar

import msgspec

from propersim.core.text import clean
from propersim.llm_client.alone import FORMATS, beside
from propersim.llm_client.schema import LONGEST, Schema
from propersim.llm_client.thoughts import without_thoughts

T = TypeVar("T", bound=msgspec.Struct)

_FENCE: Final = "```"
_FORMAT: Final = re.compile(rf"[ \t]*{FORMATS}(?=[\s{{])", re.IGNORECASE)
_KEY: Final = re.compile(r"\{\s*(?:\\?[\"'`“][^\"'`“”{}\[\]]{0,60}\\?[\"'`”]|[^\W\d]\w{0,40})\s*[:=]")
"""The beginning of an object with its first key, in JSON, Python or JavaScript."""
_MOST_STARTS: Final = 500
"""Opening braces at which an object is looked for; a text with more holds no answer."""
_ESCAPE: Final = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\(u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.", re.DOTALL)
"""A JSON escape sequence; group 1: half a surrogate pair."""


def read_answer(text: str, schema: Schema[T], *, cut_off: bool = False) -> T:
    """Return the answer that a completion holds.

    Args:
        text: the completion.
        schema: schema of the answer.
        cut_off: whether the completion ended at the token limit. What follows is then unknown, so the answer must be all that was
            said: an object with text around it may be a draft.

    Raises:
        ValueError: there is no answer, or more than one; the message says what is wrong.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the answer is longer than {LONGEST} characters")
    text = mended(text)
    if not text.strip():
        raise ValueError("the answer is empty")
    found = _said(text, cut_off)
    answers: list[T] = []
    sources: list[str] = []
    wrong = ""
    for source, value in found:
        try:
            answer = schema.read(_mended_escapes(source))
        except ValueError as error:
            # Of several invalid objects, the one with the right fields tells best what is wrong.
            wrong = str(error) if not wrong or _fits(value, schema) else wrong
            continue
        sources.append(source)
        if answer not in answers:
            answers.append(answer)
    if len(answers) > 1:
        raise ValueError(f"it holds {len(answers)} different answers, where one is asked for")
    if not answers:
        raise ValueError(wrong or _repeated_key(text) or "there is no complete JSON object in the answer")
    _check_alone(text, sources, schema)
    return answers[0]


def _check_alone(text: str, sources: list[str], schema: Schema[Any]) -> None:
    """Check that a completion holds nothing beside the answer that makes it doubtful.

    Args:
        text: the completion.
        sources: its objects that follow the schema, as text.
        schema: schema of the answer.

    Raises:
        ValueError: the answer is a part of another object, other fields of the schema follow or precede it, or other words do.
    """
    if _only_object(text) is not None:
        return
    said = without_thoughts(text)
    if any(_within_object(said.partition(source)[0]) for source in sources):
        raise ValueError("it stands within another object, which cannot be read")
    doubtful = beside(said, sources)
    if not doubtful:
        return
    rest = said
    for source in sources:
        rest = rest.replace(source, " ")
    names = "|".join(re.escape(name) for name in _names(schema.json))
    quoted, bare = rf"""\\?["'“`]\s*(?:{names})\s*\\?["'”`]\s*[:=]""", rf"[{{,]\s*(?:{names})\s*[:=]"
    if names and re.search(f"{quoted}|{bare}", rest, re.IGNORECASE):
        raise ValueError("it holds another object with the same fields, which cannot be read")
    raise ValueError(f"other words stand beside the answer, so it may be a draft: {clean(doubtful, 60)!r}")


def _names(node: Any) -> set[str]:
    """Return the names of all fields in a JSON Schema, also of nested objects."""
    if isinstance(node, list):
        return set[str]().union(*map(_names, node))
    if not isinstance(node, dict):
        return set()
    return set(node.get("properties", {})) | set[str]().union(*(_names(value) for key, value in node.items() if key != "required"))


def _within_object(before: str) -> bool:
    """Return whether a text ends within an object that has keys.

    The parts of such an object are no answers by themselves.
    """
    return any(
        (part := before[found.start() :]).count("{") + part.count("[") > part.count("}") + part.count("]")
        for found in _KEY.finditer(before)
    )


def has_shape(text: str, schema: Schema[Any]) -> bool:
    """Return whether a completion holds an object with the fields of the schema.

    If it does, the model has seen the schema.
    """
    try:
        return any(_fits(value, schema) for _, value in _said(mended(text), False))
    except ValueError:
        return False


def mended(text: str) -> str:
    """Return a text without halves of surrogate pairs.

    A half is joined to its other half, or replaced by U+FFFD.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _said(text: str, cut_off: bool) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects that a completion holds outside of thoughts, each as text and as data."""
    whole = _only_object(text)
    if whole is None:
        # Marks of thoughts are looked for only here: within the strings of an object they are data.
        said = without_thoughts(text)
        if not said.strip():
            raise ValueError("the answer holds thoughts alone")
        whole = _only_object(said)
        if whole is None:
            if cut_off:
                raise ValueError("it was cut off")
            return list(_objects(said))
    return [whole]


def _fits(value: dict[str, Any], schema: Schema[Any]) -> bool:
    return set(value) == set(schema.json.get("properties", {}))


def _only_object(text: str) -> tuple[str, dict[str, Any]] | None:
    """Return the object that is the whole text, apart from a fence around it.

    Returns None where there is more, or no object.
    """
    bare = text.strip()
    if bare.startswith(_FENCE) and bare.endswith(_FENCE):
        bare = _FORMAT.sub("", bare[len(_FENCE) : -len(_FENCE)], count=1).strip()
    if not bare.startswith("{"):
        return None
    first = next(_objects(bare), None)
    return first if first is not None and first[0] == bare else None


def _objects(text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the JSON objects in a text, outermost ones only, each as text and as data.

    Raises:
        ValueError: there are too many braces to look at.
    """
    at = text.find("{")
    for _ in range(_MOST_STARTS):
        if at < 0:
            return
        try:
            value, end = _decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            yield text[at:end], value
        at = text.find("{", end)
    if at >= 0:
        raise ValueError("it has too many braces")


def _repeated_key(text: str) -> str:
    """Return what is wrong with the first object that gives a key twice; "" without any."""
    at = text.find("{")
    for _ in range(_MOST_STARTS):
        if at < 0:
            break
        try:
            at = text.find("{", _decoder.raw_decode(text, at)[1])
        except _RepeatedKeyError as error:
            return str(error)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
    return ""


class _RepeatedKeyError(ValueError):
    """A key that an object gives twice.

    Either value may be the answer, and readers of JSON silently take the last.
    """


def _with_unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object's fields.

    Raises:
        ValueError: a key is given twice, also with equal values.
    """
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise _RepeatedKeyError(f"an object gives the key {clean(name, 60)!r} twice")
        fields[name] = value
    return fields


_decoder: Final = json.JSONDecoder(object_pairs_hook=_with_unique_keys, strict=False)


def _mended_escapes(source: str) -> str:
    """Return JSON text with escape sequences of half a surrogate pair replaced by U+FFFD."""
    return _ESCAPE.sub(lambda escape: "\\ufffd" if escape[1] else escape[0], source)
