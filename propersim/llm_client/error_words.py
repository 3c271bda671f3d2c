"""The words of an endpoint's error, whatever form its body has.

Servers answer errors as ``{"error": {"message": …}}``, as a text, as a list, under ``detail`` (of FastAPI, with the place of each
fault), as a page of HTML, in XML, as JSON within a text, or with nothing at all.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from propersim.core.text import clean
from propersim.llm_client.bodies import json_of, text_of

_TEXTS: Final = (
    "error", "message", "msg", "detail", "details", "errors", "error_message", "error_msg", "errorMessage", "error_description",
    "description", "title", "fault", "faultstring", "Message", "statusText", "status_msg", "base_resp", "fieldViolations", "reasons",
    "errmsg", "err_msg", "retmsg", "error_reason", "blockReasonMessage", "block_reason_message",
)  # fmt: skip
"""Fields whose texts are for people."""
_CODES: Final = ("code", "type", "status", "error_code", "error_type", "reason", "finish_reason", "finishReason")
"""Fields whose texts are names of errors; some servers write a sentence there."""
FAILURES: Final = frozenset({"error", "fail", "failed", "failure"})
"""Codes that say no more than that a request failed."""
_BLOCKED: Final = ("blockReason", "block_reason")
"""Fields that say why a filter blocked a prompt."""
_INNER: Final = (
    "innererror", "inner_error", "metadata", "raw", "cause", "promptFeedback", "prompt_feedback", "candidates", "incomplete_details",
)  # fmt: skip
"""Fields that may hold another error: of a gateway's provider, for example."""
_HIDDEN: Final = re.compile(r"<(script|style|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<[!?][^<>]{0,2000}>")
_INLINE: Final = re.compile(r"</?(?:a|b|i|u|s|em|strong|span|code|font|mark|small|wbr|tt|sub|sup)(?:\s[^<>]{0,2000})?/?>", re.IGNORECASE)
"""A tag within a word, such as a key."""
_PAGE: Final = re.compile(r"\A\s*(?:<\?xml[^<>]*>\s*)?(?:<!doctype html|<html|<head|<body|<title|<h1|<center)", re.IGNORECASE)
_XML: Final = re.compile(r"\A\s*<(?:\?xml\b|[a-zA-Z][\w.:-]*(?:\s[^<>]*)?>).*>\s*\Z", re.DOTALL)
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_ELEMENT: Final = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)(?:\s[^<>]*)?>([^<>]+)<")
_ATTRIBUTE: Final = re.compile(r"\s(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:\"([^\"<>]*)\"|'([^'<>]*)')")
_STEERING: Final = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\|\Z)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]"
    # What is left of a colour once its escape character was dropped, or written out.
    r"|(?:\^\[|\\x1b|\\033|\\u001b|\\e|[\u241b\ufffd])?\[\d{1,3}(?:;\d{1,3})*m",
    re.IGNORECASE,
)
"""Sequences that steer a terminal."""
_STATUS_AT_START: Final = re.compile(
    r"\A(?:(?:error|status|code|http(?:/\d(?:\.\d)?)?)[\s:=]*)*\b(\d{3})\b(?:[\s:.,()–—-]*(?:(?:error|http)[\s:]*)*\1\b)*[\s:.,()–—-]*",
    re.IGNORECASE,
)
"""An HTTP status, once or repeatedly, at the beginning of an error's text."""
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
    whole = _decoded(raw[:_LONGEST_JSON])
    text = whole[:_LONGEST]
    if not text:
        return ErrorWords()
    if _PAGE.match(text):
        # A page often says the same in its title and its heading.
        bare = html.unescape(_without_tags(without_steering(text), "\n"))
        return ErrorWords(_plain(" ".join(dict.fromkeys(clean(line, limit=_LONGEST) for line in bare.splitlines()))), page=True)
    if _XML.match(text):
        return _words_of_xml(text)
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
        found.texts += found.named
    if not found.texts and isinstance(body, dict | list) and body:
        found.texts.append(json.dumps(body, ensure_ascii=False)[:_LONGEST])
    texts = dict.fromkeys(text for text in map(_plain, found.texts) if text)
    return ErrorWords("; ".join(list(texts)[:_MOST_TEXTS]), tuple(found.codes), found.number, found.parameter)


class _Found:
    """Collects the parts of an error from nested data."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.codes: list[str] = []
        self.named: list[str] = []
        """The codes as they are written."""
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
        sentences: list[str] = []
        for name in _CODES:
            value = node.get(name)
            if isinstance(value, str) and value.isdecimal():
                value = int(value)
            if isinstance(value, str) and value.strip():
                self.codes.append(value.lower())
                if value.lower() not in FAILURES:
                    (sentences if " " in value.strip() else self.named).append(value)
            elif isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600 and self.number is None:
                self.number = value
        for name in (*_TEXTS, *_INNER):
            if name in node and not (name == "msg" and place):
                self.add(node[name], depth + 1)
        for name in _BLOCKED:
            if isinstance(node.get(name), str) and node[name]:
                self.codes += ["prompt_blocked", node[name].lower()]
                self.texts.append(f"the prompt was blocked ({node[name]})")
        self.texts += sentences


def without_steering(text: str) -> str:
    """Return a text without the sequences, or their rests (``[31m``), that steer a terminal."""
    return _STEERING.sub("", text)


def without_status(text: str, status: int) -> str:
    """Return an error's text without the HTTP status that it begins with.

    It is "" where the text says no more than that.

    Args:
        text: the text, on one line.
        status: the HTTP status.
    """
    bare = _STATUS_AT_START.sub("", text) if (named := _STATUS_AT_START.match(text)) and int(named[1]) == status else text
    return "" if bare.strip(" .!").lower() in ("error", _phrase_of(status).lower()) else bare


def _phrase_of(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _decoded(raw: bytes) -> str:
    """Return an error response as text: UTF-8, or Latin-1 where nothing beyond ASCII is UTF-8.

    Bytes that are no text are replaced by U+FFFD.
    """
    text = text_of(raw)
    broken = text.count("\ufffd")
    if broken and broken <= len(text) // 5 and all(sign == "\ufffd" or sign.isascii() for sign in text):
        # The superset of Latin-1 that servers mean by it.
        return raw.decode("cp1252", "replace").strip()
    return text


def _words_of_xml(text: str) -> ErrorWords:
    """Return the words of an error in XML.

    It is read without a parser of XML, whose entities could expand without limit.
    """
    bare = _CDATA.sub(lambda found: html.escape(found[1]), _HIDDEN.sub(" ", text))
    names = {name.lower() for name in (*_TEXTS, "text")}
    parts = [(name.lower(), html.unescape(said)) for name, said in _ELEMENT.findall(bare)]
    parts += [(name.lower(), html.unescape(one or other)) for name, one, other in _ATTRIBUTE.findall(bare)]
    texts = dict.fromkeys(said for name, said in parts if name in names and said.strip())
    codes = [said.strip() for name, said in parts if name in _CODES and said.strip()]
    number = next((int(code) for code in codes if code.isdecimal() and len(code) == 3 and 400 <= int(code) < 600), None)
    said = "; ".join(filter(None, map(_plain, list(texts)[:_MOST_TEXTS]))) or "; ".join(map(_plain, codes)) or _plain(bare)
    return ErrorWords(said, tuple(code.lower() for code in codes), number)


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
    bare = without_steering(text[:_LONGEST])
    for _ in range(2):
        # Tags may be escaped in a page.
        bare = html.unescape(_without_tags(bare))
    return clean(_without_tags(bare), limit=_LONGEST)


def _without_tags(text: str, between: str = " ") -> str:
    return _TAG.sub(between, _INLINE.sub("", _HIDDEN.sub(between, text)))
