"""Reading the body of a response as JSON, in the forms that servers and gateways give it.

Besides plain JSON these are: a byte order mark, comments that keep a connection alive (``: PROCESSING``), server-sent events
(``data: {…}``, ``data: [DONE]``), and one chunk of a stream per line. A byte or character that is no valid text is replaced.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, Final

import msgspec

from propersim.llm_client.answers import mended

_FIELD: Final = re.compile(r"^(?:data:|\[DONE\]\s*$|(?:event|id|retry):.*$|:.*$)[ \t]*", re.MULTILINE)
"""The parts of server-sent events around their data."""
_DONE: Final = re.compile(r"\s*\[DONE\]\s*")
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Byte order marks; that of UTF-16 begins that of UTF-32."""
_LONGEST_INTEGER: Final = 300


class UnreadableBody(ValueError):
    """A body that may not be read as an answer, although it is JSON."""


class IncompleteStream(UnreadableBody):
    """A stream that does not say that it is complete.

    Its beginning alone may read as a whole answer.
    """


class RepeatedKey(UnreadableBody):
    """A body whose choices give a key twice, with different values."""


def text_of(raw: bytes) -> str:
    """Return a body as text; bytes that are no text are replaced by U+FFFD."""
    encoding = next((name for mark, name in _MARKS if raw.startswith(mark)), "utf-8")
    text = raw.decode(encoding, "replace").removeprefix("\ufeff")
    # A line of a stream may end with a carriage return alone.
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def object_of(raw: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; the chunks of a stream are put together.

    Raises:
        IncompleteStream: it is a stream without an end.
        RepeatedKey: its choices give a key twice.
        ValueError: it holds no object.
    """
    try:
        # The fast reader takes the last of repeated keys, so that it may not read completions.
        found = _lenient(text_of(raw)) if b"choices" in raw or b"\\u" in raw else msgspec.json.decode(raw)
    except UnreadableBody:
        raise
    except (ValueError, RecursionError):
        found = _lenient(text_of(raw))
    if not isinstance(found, dict):
        raise ValueError("no JSON object")
    return found


class _Contradiction(dict[str, Any]):
    """An object that gives keys twice with different values, of which it has the last.

    Attributes:
        repeated: those keys.
    """

    repeated: frozenset[str] = frozenset()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    repeated = frozenset(name for name, value in pairs if value != found[name]) if len(found) < len(pairs) else None
    if not repeated:
        return found
    marked = _Contradiction(found)
    marked.repeated = repeated
    return marked


def _check_keys(value: Any) -> None:
    """Check that the choices of a response give each key once, or with one value.

    Raises:
        RepeatedKey: they do not.
    """
    if isinstance(value, dict) and ("choices" in getattr(value, "repeated", ()) or _has_contradiction(value.get("choices"))):
        raise RepeatedKey("a key is given twice, with different values")


def _has_contradiction(value: Any) -> bool:
    """Return whether data hold an object that gives a key twice with different values."""
    if isinstance(value, list):
        return any(map(_has_contradiction, value))
    return isinstance(value, _Contradiction) or (isinstance(value, dict) and any(map(_has_contradiction, value.values())))


def json_of(text: str) -> Any:
    """Return the value of a JSON text.

    Numbers such as NaN and half characters, which strict readers refuse, are accepted.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return _whole(_decoder.decode(text))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _lenient(text: str) -> Any:
    try:
        whole = json_of(text)
    except ValueError:
        values = _events(_FIELD.sub("", text))
    else:
        _check_keys(whole)
        return whole
    for value in values:
        _check_keys(value)
    objects = [value for value in values if isinstance(value, dict)]
    errors = [value for value in objects if value.get("error")]
    if errors:
        return errors[0]
    chunks = [value for value in objects if _delta(value) is not None]
    complete = [value for value in objects if _delta(value) is None and (value.get("choices") or len(objects) == 1)]
    if chunks and not complete:
        return _joined(objects, _DONE.fullmatch(text.rsplit("\n", 1)[-1].removeprefix("data:")) is not None)
    if len(complete) != 1:
        raise ValueError("not exactly one response")
    return complete[0]


def _events(text: str) -> list[Any]:
    """Return the JSON values of a text that follow each other."""
    values, at = [], 0
    try:
        while at < len(text):
            if text[at].isspace():
                at += 1
            elif done := _DONE.match(text, at):
                at = done.end()
            else:
                value, at = _decoder.raw_decode(text, at)
                values.append(_whole(value))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return values


def first_choice(choices: object) -> dict[str, Any]:
    """Return the choice of index 0; the first one where none has an index; {} without any."""
    if not isinstance(choices, list):
        return {}
    found = [one for one in choices if isinstance(one, dict)]
    return next((one for one in found if one.get("index") == 0), found[0] if found else {})


def first_choices(choices: object) -> list[dict[str, Any]]:
    """Return the choices that may be the first one.

    These are several where their indices are the same, or where they have none.
    """
    index = first_choice(choices).get("index")
    return [one for one in choices if isinstance(one, dict) and one.get("index") == index] if isinstance(choices, list) else []


def _delta(value: dict[str, Any]) -> dict[str, Any] | None:
    delta = first_choice(value.get("choices")).get("delta")
    return delta if isinstance(delta, dict) else None


def _joined(chunks: list[dict[str, Any]], done: bool) -> dict[str, Any]:
    """Return the completion that the chunks of a stream make up.

    Args:
        chunks: the chunks in order.
        done: whether the stream ended with its mark.

    Raises:
        IncompleteStream: the stream has no end.
    """
    texts: dict[str, str] = {"content": "", "refusal": ""}
    finish, choice_error, usage = None, None, None
    for chunk in chunks:
        choice = first_choice(chunk.get("choices"))
        if choice.get("index", 0) != 0:
            continue
        delta = _delta(chunk) or {}
        for name in texts:
            texts[name] += delta[name] if isinstance(delta.get(name), str) else ""
        finish, choice_error = choice.get("finish_reason") or finish, choice.get("error") or choice_error
        usage = chunk.get("usage") or usage
    if finish is None and choice_error is None and not done:
        raise IncompleteStream("a stream that is not complete")
    return {
        "choices": [{"message": {name: mended(text) for name, text in texts.items()}, "finish_reason": finish, "error": choice_error}],
        "usage": usage,
    }


def _integer(digits: str) -> float:
    # Python refuses to read thousands of digits.
    return int(digits) if len(digits) < _LONGEST_INTEGER else float("inf")


_decoder: Final = json.JSONDecoder(strict=False, parse_int=_integer, object_pairs_hook=_object)


def _whole(value: Any) -> Any:
    """Return JSON data with half characters replaced in all texts."""
    if isinstance(value, str):
        return mended(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return _object_like(value, {mended(name): _whole(one) for name, one in value.items()})
    return value


def _object_like(marked: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Return an object with the mark of another, where it has one."""
    if not isinstance(marked, _Contradiction):
        return found
    copy = _Contradiction(found)
    copy.repeated = marked.repeated
    return copy
