"""Schemas of answers: msgspec types, in the part of JSON Schema that strict endpoints take, and the check of what comes back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

LONGEST: Final = 200_000
"""Characters of an answer that are looked at; a longer one is wrong."""

_NOT_TAKEN = ("title", "default", "minLength", "maxLength")
"""Keywords that strict endpoints refuse. What they say of lengths is said in words instead, and always checked here."""


@dataclass(frozen=True)
class Schema(Generic[T]):
    """How an answer must look.

    Attributes:
        kind: the type that an answer becomes.
        name: for the endpoint.
        json: the JSON Schema, strict: all fields required, no others, no references.
        longest: characters of the longest text that may stand in it; 0 where a text has no bound but a pattern.
    """

    kind: type[T]
    name: str
    json: dict[str, Any]
    longest: int = 0

    @property
    def text(self) -> str:
        """The schema as JSON, for a prompt."""
        return json.dumps(self.json, ensure_ascii=False, separators=(",", ":"))

    def read(self, text: str) -> T:
        """Return the answer of this JSON text.

        Raises:
            ValueError: it is none, or not of this kind; the message says what is wrong, and where.
        """
        if len(text) > LONGEST:
            raise ValueError(f"the answer is longer than {LONGEST} characters")
        try:
            return msgspec.json.decode(text, type=self.kind)
        except RecursionError as error:
            raise ValueError("the answer is nested too deeply") from error
        except UnicodeEncodeError as error:
            raise ValueError("the answer holds half characters") from error


def schema_of(kind: type[T]) -> Schema[T]:
    """Return the schema of a msgspec type.

    Raises:
        TypeError: a field has a default (an answer that lacks it would be completed with something that nobody said), a text or
            list has no bound, or something is used that strict endpoints do not take (mappings, tuples of fixed length, recursion).
    """
    return _made(kind)


@lru_cache(maxsize=64)
def _made(kind: Any) -> Schema[Any]:
    raw = msgspec.json.schema(kind)
    plain = _plain(raw, raw.get("$defs", {}), kind.__name__, ())
    if plain.get("type") != "object":
        raise TypeError(f"{kind.__name__}: an answer is an object")
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in kind.__name__)[:60] or "answer"
    texts = list(_texts(raw))
    return Schema(kind, name.lower(), plain, max(texts) if texts and all(texts) else 0)


def _texts(node: Any) -> Iterator[int]:
    """Yield how long each text of a schema may become; 0: without a bound."""
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        if "enum" in node:
            yield from (len(one) for one in node["enum"] if isinstance(one, str))
        elif node.get("type") == "string":
            yield int(node.get("maxLength", 0))
        # The names of fields are texts, too.
        yield from map(len, node.get("properties", {}))
        yield from _texts([value for key, value in node.items() if key != "enum"])


def _plain(node: dict[str, Any], known: dict[str, Any], at: str, seen: tuple[str, ...]) -> dict[str, Any]:
    """Return a node without references, checked, in what strict endpoints take."""
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        if name in seen:
            raise TypeError(f"{at}: a type that holds itself has no bounded answer")
        return _plain(known[name] | {k: v for k, v in node.items() if k != "$ref"}, known, at, (*seen, name))
    out = {key: value for key, value in node.items() if key not in (*_NOT_TAKEN, "$defs")}
    if "anyOf" in node:
        out["anyOf"] = [_plain(one, known, at, seen) for one in node["anyOf"]]
    elif "enum" in node:
        kinds = {type(value) for value in node["enum"]}
        names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
        out["type"] = sorted(names[kind] for kind in kinds) if len(kinds) > 1 else names[kinds.pop()]
    elif node.get("type") == "object":
        out |= _object(out, node, known, at, seen)
    elif node.get("type") == "array":
        if "maxItems" not in node or not isinstance(node.get("items"), dict) or "prefixItems" in node:
            raise TypeError(f"{at}: a list needs one kind of items and a max_length")
        out["items"] = _plain(node["items"], known, f"{at}[]", seen)
    elif node.get("type") == "string":
        if "maxLength" not in node and "pattern" not in node:
            raise TypeError(f"{at}: a text needs a max_length")
        _in_words(out, node)
    elif "type" not in node:
        raise TypeError(f"{at}: says nothing of its type")
    return out


def _object(out: dict[str, Any], node: dict[str, Any], known: dict[str, Any], at: str, seen: tuple[str, ...]) -> dict[str, Any]:
    fields = node.get("properties")
    if not fields:
        raise TypeError(f"{at}: an object needs named fields")
    optional = sorted(set(fields) - set(node.get("required", ())))
    if optional:
        raise TypeError(f"{at}: fields with defaults ({', '.join(optional)}): an answer must say everything itself")
    # What is said to programmers of a type is not said to a model; what a field's Meta says is.
    out.pop("description", None)
    return {
        "properties": {name: _plain(field, known, f"{at}.{name}", seen) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _in_words(out: dict[str, Any], node: dict[str, Any]) -> None:
    least, most = node.get("minLength", 0), node.get("maxLength")
    if most is not None:
        bound = f"{least} to {most} characters" if least else f"at most {most} characters"
        out["description"] = f"{node['description']} ({bound})" if "description" in node else bound
