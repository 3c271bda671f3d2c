"""Persona files as texts: read with bounds, parsed with errors that name file, line, field and remedy, and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.safe_yaml import Loader, too_deep
from propersim.core.text import did_you_mean
from propersim.persona.model import Persona

MAX_BYTES = 200_000


def read_persona_text(path: Path) -> str:
    """Return the text of a persona's file.

    Raises:
        PersonaError: there is none, or it is too large or no UTF-8.
    """
    try:
        if path.exists() and not path.is_file():
            raise PersonaError(f"{path}: is not a file")
        if path.stat().st_size > MAX_BYTES:
            raise PersonaError(f"{path}: larger than {MAX_BYTES} bytes; that is no persona")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PersonaError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise PersonaError(f"{path}: is not UTF-8 text (byte {error.start})") from error


def parse_persona(text: str, name: str = "persona") -> Persona:
    """Return the persona that a YAML text describes.

    Raises:
        PersonaError: one line for each problem, as ``line 12, rubric.timing.windows[0].start: …``.
    """
    try:
        if too_deep(text):
            raise PersonaError(f"{name}: is nested too deeply; that is no persona")
        root, raw = load_yaml(text, name)
        if not isinstance(raw, dict):
            raise PersonaError(f"{name}: is empty or no mapping of keys to values", "see `propersim personas show p01` for one that works")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise PersonaError(f"{name}: {where}not valid YAML: {getattr(error, 'problem', None) or error}") from error
    try:
        return Persona.model_validate(raw)
    except ValidationError as error:
        problems = sorted(_problems(error, root))
        raise PersonaError(
            f"{name}: {len(problems)} problem(s)\n" + "\n".join(f"  line {line}, {field}: {message}" for line, field, message in problems)
        ) from error


def load_yaml(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    """Return the nodes and the data of a YAML text without aliases and repeated keys.

    Raises:
        PersonaError: it has some. yaml.YAMLError: it is no YAML.
    """
    loader = Loader(text)
    root = loader.get_single_node()
    misused = [f"  line {line}, {what}" for line, what in _misused(root, "", set())]
    if misused:
        raise PersonaError(f"{name}: {len(misused)} problem(s)\n" + "\n".join(misused))
    return root, loader.construct_document(root) if root is not None else None


def persona_yaml(persona: Persona) -> str:
    """Return a persona as a file of this project, in YAML."""
    return yaml.safe_dump(persona.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True, width=120)


def validation_problems(error: ValidationError) -> list[tuple[str, str]]:
    """Return what is wrong with a persona's data that stands in no document: fields, and what is wrong with each."""
    found = []
    for item in error.errors(include_url=False):
        message = "is missing" if item["type"] == "missing" else str(item["msg"]).removeprefix("Value error, ")
        found.append((_dotted(item["loc"]) or "persona", message))
    return found


def _problems(error: ValidationError, root: yaml.Node | None) -> Iterator[tuple[int, str, str]]:
    seen = set()
    for item in error.errors(include_url=False):
        steps = _in_document(root, item["loc"], missing=item["type"] == "missing")
        line = _line(root, steps)
        found = (line, _dotted(steps) or "persona", _say(item, steps))
        if found not in seen:
            seen.add(found)
            yield found


def _in_document(node: yaml.Node | None, loc: Sequence[int | str], *, missing: bool) -> list[int | str]:
    """Return the steps of an error's location that are in the document; pydantic puts the names of union members between them."""
    steps: list[int | str] = []
    for number, step in enumerate(loc):
        below = None
        if isinstance(node, yaml.MappingNode):
            below = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            below = node.value[step]
        if below is not None:
            steps.append(step)
            node = below
        elif missing and number == len(loc) - 1:
            steps.append(step)
    return steps


def _say(item: Any, steps: Sequence[int | str]) -> str:
    kind, given = item["type"], item.get("input")
    if kind == "extra_forbidden" and steps:
        return f"unknown key{did_you_mean(str(steps[-1]), _known_keys(steps[:-1]))}"
    if kind == "missing":
        return "is missing"
    if kind in ("string_too_short", "too_short"):
        return "is empty; give at least one" if kind == "too_short" else "is empty; write something"
    message = str(item["msg"]).removeprefix("Value error, ")
    if kind == "value_error":
        return message
    shown = repr(given)
    return f"{message[:1].lower()}{message[1:]}" + (f", not {shown}" if len(shown) < 60 else "")


def _known_keys(steps: Sequence[int | str]) -> set[str]:
    """Return the keys that a mapping at this place may have, from the JSON Schema."""
    schema = Persona.model_json_schema()
    here: Any = schema
    for step in steps:
        here = _resolve(schema, here)
        here = here.get("items", {}) if isinstance(step, int) else here.get("properties", {}).get(step, {})
    keys = set(_resolve(schema, here).get("properties", {}))
    return keys | {"min_per_hour", "max_per_hour"} if "min_per_day" in keys else keys


def _resolve(schema: dict[str, Any], here: Any) -> Any:
    while "$ref" in here or "anyOf" in here:
        here = schema["$defs"][here["$ref"].rsplit("/", 1)[1]] if "$ref" in here else here["anyOf"][0]
    return here


def _dotted(steps: Sequence[int | str]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")


def _line(node: Any, steps: Sequence[int | str]) -> int:
    """Return the 1-based line of a place in the document; of its nearest parent where it is missing."""
    line = node.start_mark.line + 1 if node is not None else 1
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == step), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line


def _misused(node: yaml.Node | None, path: str, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Yield keys that a mapping gives twice (YAML would silently keep the last) and aliases (which could explode)."""
    if node is None or isinstance(node, yaml.ScalarNode):
        return
    if id(node) in seen:
        yield node.start_mark.line + 1, f"{path}: YAML aliases (*name) are not understood here; write it out"
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            dotted = f"{path}.{key.value}".lstrip(".")
            if str(key.value) in keys:
                yield key.start_mark.line + 1, f"{dotted}: is given twice"
            keys.add(str(key.value))
            yield from _misused(value, dotted, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _misused(item, f"{path}[{number}]", seen)
