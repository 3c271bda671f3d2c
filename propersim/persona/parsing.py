"""Parse and write personas as YAML; errors name the file, line and field, and what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.records import DIMENSIONS
from propersim.core.safe_yaml import Loader, nested_too_deeply
from propersim.core.text import did_you_mean
from propersim.persona.model import Persona


def parse_persona(text: str, name: str = "persona") -> Persona:
    """Parse the YAML text of a persona.

    Args:
        text: the YAML.
        name: what to call it in error messages, such as its path.

    Raises:
        PersonaError: the text is invalid; the message has a line for each problem, such as ``line 12, rubric.timing.windows[0].start: …``.
    """
    root, raw = parse_yaml(text, name)
    return validate_persona(raw, name, root)


def parse_yaml(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    """Parse a YAML text as :func:`load_yaml` does, with errors that are shown to the user.

    Args:
        text: the YAML.
        name: what to call it in error messages.

    Raises:
        PersonaError: the text is not YAML, is nested too deeply, or has aliases or repeated keys.
    """
    try:
        if nested_too_deeply(text):
            raise PersonaError(f"{name}: is nested too deeply for a persona")
        return load_yaml(text, name)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise PersonaError(f"{name}: {where}not valid YAML: {getattr(error, 'problem', None) or error}") from error


def validate_persona(raw: Any, name: str, root: yaml.Node | None) -> Persona:
    """Return the persona of a YAML document's data.

    Args:
        raw: the data.
        name: what to call the document in error messages.
        root: the document's root node, for line numbers.

    Raises:
        PersonaError: the data are invalid; the message has a line for each problem.
    """
    check_mapping(raw, name)
    try:
        return Persona.model_validate(raw)
    except ValidationError as error:
        problems = sorted(_problems(error, root))
        raise PersonaError(
            f"{name}: {len(problems)} problem(s)\n" + "\n".join(f"  line {line}, {field}: {message}" for line, field, message in problems)
        ) from error


def check_mapping(raw: Any, name: str) -> None:
    """Refuse data that are not a mapping of keys to values.

    Raises:
        PersonaError: they are not.
    """
    if not isinstance(raw, dict):
        raise PersonaError(f"{name}: is empty or not a mapping of keys to values", "see `propersim personas new` for a template")


def texts_without_rules(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the rubric's dimensions that have no rules.

    Such a dimension is a text alone, or a mapping with only ``text``.
    """
    rubric = raw.get("rubric")
    if not isinstance(rubric, dict):
        return {}
    texts = {}
    for dimension in DIMENSIONS:
        part = rubric.get(dimension)
        if isinstance(part, dict) and set(part) == {"text"}:
            part = part["text"]
        if isinstance(part, str):
            texts[dimension] = part
    return texts


def load_yaml(text: str, name: str) -> tuple[yaml.Node | None, Any]:
    """Load a YAML text, and refuse aliases and repeated keys.

    Args:
        text: the YAML.
        name: what to call it in error messages.

    Returns:
        The root node, for line numbers, and the data.

    Raises:
        PersonaError: the text has aliases or repeated keys.
        yaml.YAMLError: the text is not YAML.
    """
    loader = Loader(text)
    root = loader.get_single_node()
    forbidden = [f"  line {line}, {problem}" for line, problem in _forbidden_yaml(root, "", set())]
    if forbidden:
        raise PersonaError(f"{name}: {len(forbidden)} problem(s)\n" + "\n".join(forbidden))
    return root, loader.construct_document(root) if root is not None else None


def persona_yaml(persona: Persona) -> str:
    """Return a persona as a persona file in YAML."""
    return yaml.safe_dump(persona.model_dump(mode="json", exclude_none=True), sort_keys=False, allow_unicode=True, width=120)


def validation_problems(error: ValidationError) -> list[tuple[str, str]]:
    """Return the invalid fields of a persona's data, each with what is wrong.

    For data without a YAML document.
    """
    problems = []
    for item in _errors(error):
        message = "is missing" if item["type"] == "missing" else str(item["msg"]).removeprefix("Value error, ")
        problems.append((_dotted(item["loc"]) or "persona", message))
    return problems


def _errors(error: ValidationError) -> list[Any]:
    """Return pydantic's errors.

    Without "too short" for a list that is not empty: pydantic leaves out its invalid items, which have errors of their own.
    """
    return [item for item in error.errors(include_url=False) if item["type"] != "too_short" or not item["input"]]


def _problems(error: ValidationError, root: yaml.Node | None) -> Iterator[tuple[int, str, str]]:
    seen = set()
    for item in _errors(error):
        steps = _in_document(root, item["loc"], missing=item["type"] == "missing")
        line = _line(root, steps)
        problem = (line, _dotted(steps) or "persona", _message(item, steps))
        if problem not in seen:
            seen.add(problem)
            yield problem


def _in_document(node: yaml.Node | None, loc: Sequence[int | str], *, missing: bool) -> list[int | str]:
    """Return the steps of an error's location that are in the document.

    Pydantic adds the names of union members, which are not.
    """
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


def _message(item: Any, steps: Sequence[int | str]) -> str:
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
    """Return the keys that the mapping at a location may have, from the JSON Schema."""
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
    """Return the 1-based line of a location in the document.

    Where the location is missing, it is the line of its nearest parent.
    """
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


def _forbidden_yaml(node: yaml.Node | None, path: str, seen: set[int]) -> Iterator[tuple[int, str]]:
    """Yield the line and problem of repeated keys and of aliases.

    YAML silently keeps the last of repeated keys, and aliases can expand without limit.
    """
    if node is None or isinstance(node, yaml.ScalarNode):
        return
    if id(node) in seen:
        yield node.start_mark.line + 1, f"{path}: YAML aliases (*name) are not supported; write the value out"
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            dotted = f"{path}.{key.value}".lstrip(".")
            if str(key.value) in keys:
                yield key.start_mark.line + 1, f"{dotted}: is given twice"
            keys.add(str(key.value))
            yield from _forbidden_yaml(value, dotted, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _forbidden_yaml(item, f"{path}[{number}]", seen)
