"""Make placeholder answers of medium length, to estimate the cost of a day's requests.

No plan is made from them.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from propersim.llm_client.schema import schema_of

_SENTENCE = "a walk by the water, then errands and tea with a neighbour"


def stand_in(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """Return a valid placeholder answer of a type.

    It has the middle one of choices, the shortest list, and one sentence for a text.
    """
    schema = schema_of(kind)
    return schema.read(json.dumps(_placeholder(schema.json)))


def _placeholder(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][len(schema["enum"]) // 2]
    if schema["type"] == "object":
        return {name: _placeholder(field) for name, field in schema["properties"].items()}
    if schema["type"] == "array":
        return [_placeholder(schema["items"])] * schema["minItems"]
    return _SENTENCE
