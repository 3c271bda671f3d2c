"""The words of an endpoint's error, whatever form its body has.

Servers answer errors as ``{"error": {"message": …}}``, as a text, as a list, under ``detail`` (of FastAPI, with the place of each
fault), as a page of HTML, as JSON within a text, or with nothing at all.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from propersim.core.text import clean
from propersim.llm_client.bodies import json_of, text_of

_TEXTS: Final = (
    "error", "message", "msg", "detail", "details", "errors", "error_message", "error_msg", "errorMessage", "error_description",
    "description", "title", "fault", "faultstring", "Message", "statusText", "status_msg", "base_resp", "fieldViolations", "reasons",
)  # fmt: skip
"""Fields whose texts are for people."""
_CODES: Final = ("code", "type", "status", "error_code", "error_type", "reason", "finish_reason")
"""Fields whose texts are names of errors."""
_INNER: Final = ("innererror", "inner_error", "metadata", "raw", "cause")
"""Fields that may hold another error: of a gateway's provider, for example."""
_HIDDEN: Final = re.compile(r"<(script|style|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<![^<>]{0,2000}>")
_INLINE: Final = re.compile(r"</?(?:a|b|i|u|s|em|strong|span|code|font|mark|small|wbr|tt|sub|sup)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
"""A tag within a word, such as a key."""
_PAGE: Final = re.compile(r"\A\s*(?:<!doctype html|<html|<head|<body|<\?xml|<title|<h1|<center)", re.IGNORECASE)
_DEEPEST: Final = 6
_MOST_TEXTS: Final = 6
_LONGEST: Final = 20_000
_LONGEST_JSON: Final = 1_000_000
"""Bytes of a body that are read as JSON; a message in it is cut afterwards."""
_MESSAGE: Final = re.compile(r'"(?:message|msg|detail|error)"\s*:\s*"((?:[^"\\]|\\.)*)', re.DOTALL)
"""A message in JSON, which may have lost its end."""


@dataclass(frozen=True)
class ErrorWords:
    """The words of an error.

    Attributes:
        text: cleaned, on one line, still with any secrets; "" where the body says nothing.
        codes: names of the error, in lower case: its ``code``, ``type`` and the like.
        number: a code that is a number: the HTTP status that a gateway reports within a response 200.
        parameter: the parameter that the error is about, where a field names it.
        page: whether the body is a page of HTML: of a proxy, a firewall or a website.
    """

    text: str = ""
    codes: tuple[str, ...] = ()
    number: int | None = None
    parameter: str = ""
    page: bool = False


def words_of_bytes(raw: bytes) -> ErrorWords:
    """Return the words of an error response."""
    whole = text_of(raw[:_LONGEST_JSON])
    text = whole[:_LONGEST]
    if not text:
        return ErrorWords()
    if _PAGE.match(text):
        # A page often says the same in its title and its heading.
        lines = dict.fromkeys(clean(line, limit=_LONGEST) for line in html.unescape(_without_tags(text, "\n")).splitlines())
        return ErrorWords(_plain(" ".join(lines)), page=True)
    if sum(not (sign.isprintable() or sign.isspace()) or sign == "\ufffd" for sign in text) > len(text) // 5:
        return ErrorWords("(binary data)")
    try:
        return words_of(json_of(whole))
    except ValueError:
        return ErrorWords(_plain(_message_in(text) or text))


def words_of(body: Any) -> ErrorWords:
    """Return the words of an error that was read from JSON."""
    found = _Found()
    found.add(body, 0)
    if not found.texts and isinstance(body, dict | list) and body:
        found.texts.append(json.dumps(body, ensure_ascii=False)[:_LONGEST])
    texts = dict.fromkeys(text for text in map(_plain, found.texts) if text)
    return ErrorWords("; ".join(list(texts)[:_MOST_TEXTS]), tuple(found.codes), found.number, found.parameter)


class _Found:
    """Collects the parts of an error from nested data."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: list[str] = []
        self.number: int | None = None
        self.parameter = ""

    def add(self, node: Any, depth: int) -> None:
        """Add the parts of a value; those deeper than a few levels are ignored."""
        if depth > _DEEPEST or len(self.texts) > 4 * _MOST_TEXTS:
            return
        if isinstance(node, str):
            self._add_text(node, depth)
        elif isinstance(node, list):
            for one in node[: 2 * _MOST_TEXTS]:
                self.add(one, depth + 1)
        elif isinstance(node, dict):
            self._add_fields(node, depth)

    def _add_text(self, text: str, depth: int) -> None:
        if text.lstrip()[:1] in ("{", "["):
            try:
                value = json_of(text.strip())
            except ValueError:
                value = _message_in(text) or None
            if value is not None:
                self.add(value, depth + 1)
                return
        if text.isidentifier():
            self.codes.append(text.lower())
        self.texts.append(text)

    def _add_fields(self, node: dict[str, Any], depth: int) -> None:
        place, said = node.get("loc"), node.get("msg")
        if isinstance(place, list) and place and isinstance(said, str):
            self.texts.append(f"{'.'.join(map(str, place))}: {said}")
            self.parameter = self.parameter or str(place[-1])
        elif isinstance(node.get("param"), str):
            self.parameter = self.parameter or node["param"]
        for name in _CODES:
            value = node.get(name)
            if isinstance(value, str) and value.isdecimal():
                value = int(value)
            if isinstance(value, str):
                self.codes.append(value.lower())
            elif isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600 and self.number is None:
                self.number = value
        for name in (*_TEXTS, *_INNER):
            if name in node and not (name == "msg" and place):
                self.add(node[name], depth + 1)


def _message_in(text: str) -> str:
    """Return the first message of JSON that was cut off.

    It is "" where there is none, or the text is no JSON.
    """
    found = _MESSAGE.search(text) if text.lstrip()[:1] in ("{", "[") else None
    if found is None:
        return ""
    try:
        return str(json.loads(f'"{found[1]}"', strict=False))
    except ValueError:
        return found[1]


def _plain(text: str) -> str:
    """Return a text on one line, without tags."""
    bare = text[:_LONGEST]
    for _ in range(2):
        # Tags may be escaped in a page.
        bare = html.unescape(_without_tags(bare))
    return clean(_without_tags(bare), limit=_LONGEST)


def _without_tags(text: str, between: str = " ") -> str:
    return _TAG.sub(between, _INLINE.sub("", _HIDDEN.sub(between, text)))
