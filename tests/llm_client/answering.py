"""A simulated model that answers any request for JSON validly: a step for :class:`~tests.llm_client.faulty.Faulty`.

    with Faulty(last=answers_schema(seed=3)) as server:
        ...

The schema is read from ``response_format``. An answer depends on seed, messages, schema and parameters only, not on other requests:
a repeated request gets the same answer.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Callable
from typing import Any

from tests.llm_client.faulty import Asked, Does, says

Texts = Callable[[random.Random, int, int], str]
"""Returns a text; takes a random generator and the least and most characters."""

_WORDS = ("watering the ferns", "reading an old letter", "chopping onions", "humming", "tidying a drawer", "out in the rain")
_BOUND = re.compile(r"\b(?:at most (\d+)|(\d+) to (\d+)) characters\)?$")


def answers_schema(seed: int = 0, texts: Texts | None = None) -> Callable[[Asked], Does]:
    """Return a step that gives a valid answer to any request.

    Args:
        seed: of the answers.
        texts: makes the free texts of an answer; by default :func:`plain`.
    """

    def step(asked: Asked) -> Does:
        schema = schema_asked(asked)
        if schema is None:
            return says("I would rather talk.")
        question = json.dumps([seed, asked.body], sort_keys=True)
        rng = random.Random(hashlib.sha256(question.encode()).digest())
        return says(valid(schema, rng, texts or plain))

    return step


def schema_asked(asked: Asked) -> dict[str, Any] | None:
    """Return the JSON Schema in a request's ``response_format``; None where there is none."""
    wanted = asked.body.get("response_format", {})
    found: dict[str, Any] | None = wanted.get("json_schema", wanted).get("schema")
    return found


def valid(schema: dict[str, Any], rng: random.Random, texts: Texts) -> Any:
    """Return a random value that follows a schema.

    Args:
        schema: JSON Schema in the subset of strict endpoints.
        rng: random generator.
        texts: makes the free texts.

    Raises:
        ValueError: the schema is of an unknown kind.
    """
    if "anyOf" in schema:
        return valid(rng.choice(schema["anyOf"]), rng, texts)
    if "enum" in schema:
        return rng.choice(schema["enum"])
    if "const" in schema:
        return schema["const"]
    match schema["type"]:
        case "object":
            return {name: valid(field, rng, texts) for name, field in schema["properties"].items()}
        case "array":
            least = schema.get("minItems", 0)
            return [valid(schema["items"], rng, texts) for _ in range(rng.randint(least, schema.get("maxItems", least + 5)))]
        case "boolean":
            return rng.random() < 0.5
        case "integer":
            low = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else schema.get("minimum", 0)
            high = schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else schema.get("maximum", low + 10)
            return rng.randint(low, high)
        case "number":
            low = schema.get("minimum", 0.0)
            return rng.uniform(low, schema.get("maximum", low + 1.0))
        case "null":
            return None
        case "string" if "pattern" not in schema:
            # Schemas for strict endpoints give lengths in the description only.
            bound = _BOUND.search(schema.get("description", ""))
            least, most = (int(bound[2] or 0), int(bound[1] or bound[3])) if bound else (0, 60)
            return texts(rng, least, most)
    raise ValueError(f"no answer can be made to {schema}")


def plain(rng: random.Random, least: int, most: int) -> str:
    """Return some words of everyday life with a length between the bounds."""
    length = rng.randint(least, max(least, min(most, 60)))
    text = ""
    while len(text) < max(length, 1):
        text += ("" if not text else " ") + rng.choice(_WORDS)
    text = text[:length].rstrip()
    return text + "." * (least - len(text))
