"""Answers of middling length in place of a model's, for an estimate of what a day's questions would take; no day is made of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from propersim.llm_client.schema import schema_of

_SENTENCE = "a walk by the water, then errands and tea with a neighbour"


def stand_in(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Return an answer of a kind: of choices the middle one, of lists the shortest, of texts a sentence."""
    schema = schema_of(kind)
    return schema.read(json.dumps(_middling(schema.json)))


def _middling(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][len(schema["enum"]) // 2]
    if schema["type"] == "object":
        return {name: _middling(field) for name, field in schema["properties"].items()}
    if schema["type"] == "array":
        return [_middling(schema["items"])] * schema["minItems"]
    return _SENTENCE
