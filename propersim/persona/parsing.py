"""Parse and write personas as YAML; errors name the file, line and field, and what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import yaml
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.program import program
from propersim.core.records import DIMENSIONS
from propersim.core.safe_yaml import Loader, has_giant_integer, nested_too_deeply
from propersim.core.text import clean, counted, meant_or_listed
from propersim.persona.model import Persona

_TEMPLATE: Final = f"see `{program()} personas new` for a template"
_KEYS: Final = frozenset({*Persona.model_fields, "criteria"})
MOST_PROBLEMS: Final = 40
"""Problems of a file that are shown."""
_FEW: Final = 3
"""Keys of a persona by which an object is taken for one."""
_UNWRITABLE: Final = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML does not allow in a file."""
_CONTROLS: Final = (
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
)  # fmt: skip
"""Names of the control characters of ASCII, by their number."""


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
    control = _UNWRITABLE.search(text)
    if control is not None:
        line = text.count("\n", 0, control.start()) + 1
        raise PersonaError(
            f"{name}: line {line}: has the character {_character(control[0])}, which YAML does not allow", "remove it from the file"
        )
    try:
        if nested_too_deeply(text):
            raise PersonaError(f"{name}: is nested too deeply for a persona")
        return load_yaml(text, name)
    except (KeyError, AttributeError, TypeError) as error:
        # PyYAML's constructors fail so at a value that its explicit tag does not fit.
        raise PersonaError(f"{name}: not valid YAML: a value is not of the type that its tag (!!) states") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if "found another document" in str(error):
            raise PersonaError(
                f"{name}: is a file of several YAML documents, not one persona", "write each to a file of its own"
            ) from error
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise PersonaError(f"{name}: {where}not valid YAML: {clean(str(getattr(error, 'problem', None) or error))}") from error


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
        raise PersonaError(listed(name, [f"line {line}, {field}: {message}" for line, field, message in problems])) from error


def listed(name: str, problems: Sequence[str]) -> str:
    """Return the message of an error with a line for each of the first problems."""
    if len(problems) <= MOST_PROBLEMS:
        return "\n  ".join([f"{name}: {counted(len(problems), 'problem')}", *problems])
    return "\n  ".join([f"{name}: more than {MOST_PROBLEMS} problems, such as", *problems[:MOST_PROBLEMS]])


def several(first: Any, name: str, what: str) -> PersonaError:
    """Return the error for a file with more than one object, where one persona is wanted.

    Args:
        first: the data of the first object.
        name: what to call the file, such as its path.
        what: what the file is, with its article.
    """
    if isinstance(first, dict) and len({str(key) for key in first} & _KEYS) >= _FEW:
        return PersonaError(f"{name}: is {what} with several personas, not one persona", "write each persona to a file of its own")
    return PersonaError(f"{name}: is {what}, not a persona", _TEMPLATE)


def check_mapping(raw: Any, name: str) -> None:
    """Refuse data that are not a mapping of keys to values.

    Raises:
        PersonaError: they are not.
    """
    if isinstance(raw, list) and raw:
        raise several(raw[0], name, "a list")
    if not isinstance(raw, dict):
        raise PersonaError(f"{name}: is empty or not a mapping of keys to values", _TEMPLATE)
    if not raw:
        raise PersonaError(f"{name}: is empty", _TEMPLATE)
    if all(value is None or value in ({}, [], "") for value in raw.values()):
        raise PersonaError(f"{name}: is empty: none of its keys has a value", _TEMPLATE)
    if not {str(key) for key in raw} & _KEYS:
        raise PersonaError(f"{name}: is not a persona: it has none of the keys {', '.join(Persona.model_fields)}", _TEMPLATE)


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
    alias = _first_alias(root, "", set())
    if alias is not None:
        # One line, because there may be thousands.
        raise PersonaError(f"{name}: line {alias[0]}, {alias[1]}: YAML aliases (*name) are not supported", "write the values out")
    repeated = [f"line {line}, {problem}" for line, problem in _repeated_keys(root, "")]
    if repeated:
        raise PersonaError(listed(name, repeated))
    data = loader.construct_document(root) if root is not None else None
    if has_giant_integer(data):
        raise PersonaError(f"{name}: holds an integer of hundreds of digits")
    return root, data


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
    seen = set[tuple[int, str, str]]()
    # Each takes a search of the document and of the schema.
    for item in _errors(error):
        if len(seen) > MOST_PROBLEMS:
            return
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
        return f"unknown key{meant_or_listed(str(steps[-1]), _known_keys(steps[:-1]))}"
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
    return "".join(f"[{step}]" if isinstance(step, int) else f".{clean(step, limit=60)}" for step in steps).lstrip(".")


def _character(sign: str) -> str:
    """Return a character's code point with its name."""
    code = ord(sign)
    name = _CONTROLS[code] if code < len(_CONTROLS) else "DEL" if code == 0x7F else unicodedata.name(sign, "")
    return f"U+{code:04X}" + (f" ({name})" if name else "")


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


def _first_alias(node: yaml.Node | None, path: str, seen: set[int]) -> tuple[int, str] | None:
    """Return the line and the place of the first alias of a list or mapping; None without any.

    Aliases can expand without limit.

    Args:
        node: a node of the document.
        path: its place.
        seen: the lists and mappings before it.
    """
    if node is None or isinstance(node, yaml.ScalarNode):
        return None
    if id(node) in seen:
        return node.start_mark.line + 1, path
    seen.add(id(node))
    inside: list[tuple[str, yaml.Node]]
    if isinstance(node, yaml.MappingNode):
        inside = [(_below(path, key), item) for key, value in node.value for item in (key, value)]
    else:
        inside = [(f"{path}[{number}]", item) for number, item in enumerate(node.value)]
    return next((found for where, item in inside if (found := _first_alias(item, where, seen))), None)


def _repeated_keys(node: yaml.Node | None, path: str) -> Iterator[tuple[int, str]]:
    """Yield the line and problem of each repeated key, of which YAML silently keeps the last."""
    if isinstance(node, yaml.MappingNode):
        keys = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in keys:
                    yield key.start_mark.line + 1, f"{_below(path, key)}: is given twice"
                keys.add(key.value)
            yield from _repeated_keys(value, _below(path, key))
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield from _repeated_keys(item, f"{path}[{number}]")


def _below(path: str, key: yaml.Node) -> str:
    name = clean(key.value, limit=60) if isinstance(key, yaml.ScalarNode) else "?"
    return f"{path}.{name}".lstrip(".")
