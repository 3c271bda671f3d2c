"""Schemas of answers, and the validation of answers.

msgspec types become JSON Schema in the subset of strict endpoints.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

LONGEST: Final = 200_000
"""Most characters of an answer; a longer one is invalid."""

_UNSUPPORTED = ("title", "default", "minLength", "maxLength")
"""Keywords that strict endpoints reject. Bounds of lengths go into the description instead, and are checked here."""


@dataclass(frozen=True)
class Schema(Generic[T]):
    """Schema of an answer.

    Attributes:
        kind: the msgspec type of an answer.
        name: name of the schema, for the endpoint.
        json: the JSON Schema, strict: all fields required, no others, no references.
        longest: most characters of a text in the answer; 0 where some text is bounded by a pattern only.
    """

    kind: type[T]
    name: str
    json: dict[str, Any]
    longest: int = 0

    @property
    def text(self) -> str:
        """The JSON Schema as text, for a prompt."""
        return json.dumps(self.json, ensure_ascii=False, separators=(",", ":"))

    def read(self, text: str) -> T:
        """Return the answer that a JSON text holds.

        Raises:
            ValueError: it is not JSON, or does not follow the schema; the message says what is wrong, and where.
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
        TypeError: a field has a default (it would complete an answer with a value that the model did not give), a text or
            list has no bound, or the type is not supported by strict endpoints (mappings, tuples of fixed length, recursion).
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
    """Yield the most characters of each text in a schema; 0 where a text has no bound."""
    if isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        if "enum" in node:
            yield from (len(one) for one in node["enum"] if isinstance(one, str))
        elif node.get("type") == "string":
            yield int(node.get("maxLength", 0))
        # An answer may be truncated within the name of a field.
        yield from map(len, node.get("properties", {}))
        yield from _texts([value for key, value in node.items() if key != "enum"])


def _plain(node: dict[str, Any], definitions: dict[str, Any], at: str, seen: tuple[str, ...]) -> dict[str, Any]:
    """Return a schema node without references, in the subset that strict endpoints support.

    Args:
        node: node of the JSON Schema.
        definitions: definitions by name.
        at: path of the node, for error messages.
        seen: names of the definitions that contain the node.
    """
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        if name in seen:
            raise TypeError(f"{at}: a type that holds itself has no bounded answer")
        return _plain(definitions[name] | {k: v for k, v in node.items() if k != "$ref"}, definitions, at, (*seen, name))
    out = {key: value for key, value in node.items() if key not in (*_UNSUPPORTED, "$defs")}
    if "anyOf" in node:
        out["anyOf"] = [_plain(one, definitions, at, seen) for one in node["anyOf"]]
    elif "enum" in node:
        kinds = {type(value) for value in node["enum"]}
        names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
        out["type"] = sorted(names[kind] for kind in kinds) if len(kinds) > 1 else names[kinds.pop()]
    elif node.get("type") == "object":
        out |= _object(out, node, definitions, at, seen)
    elif node.get("type") == "array":
        if "maxItems" not in node or not isinstance(node.get("items"), dict) or "prefixItems" in node:
            raise TypeError(f"{at}: a list needs one kind of items and a max_length")
        out["items"] = _plain(node["items"], definitions, f"{at}[]", seen)
    elif node.get("type") == "string":
        if "maxLength" not in node and "pattern" not in node:
            raise TypeError(f"{at}: a text needs a max_length")
        _in_words(out, node)
    elif "type" not in node:
        raise TypeError(f"{at}: says nothing of its type")
    return out


def _object(out: dict[str, Any], node: dict[str, Any], definitions: dict[str, Any], at: str, seen: tuple[str, ...]) -> dict[str, Any]:
    """Return the keywords of an object node: all fields required, no others allowed."""
    fields = node.get("properties")
    if not fields:
        raise TypeError(f"{at}: an object needs named fields")
    optional = sorted(set(fields) - set(node.get("required", ())))
    if optional:
        raise TypeError(f"{at}: fields with defaults ({', '.join(optional)}): an answer must say everything itself")
    # Docstrings of types are for programmers; descriptions in a field's Meta are for the model.
    out.pop("description", None)
    return {
        "properties": {name: _plain(field, definitions, f"{at}.{name}", seen) for name, field in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def _in_words(out: dict[str, Any], node: dict[str, Any]) -> None:
    """Add the bounds of a text's length to its description."""
    least, most = node.get("minLength", 0), node.get("maxLength")
    if most is not None:
        bound = f"{least} to {most} characters" if least else f"at most {most} characters"
        out["description"] = f"{node['description']} ({bound})" if "description" in node else bound
