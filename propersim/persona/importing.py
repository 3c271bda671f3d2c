"""Import of personas: the published format, and files whose rubric has no rules.

The latter are files of this project, whose rubric has texts only.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from propersim.core import clock
from propersim.core.errors import PersonaError
from propersim.core.records import DIMENSIONS
from propersim.core.safe_yaml import nested_too_deeply
from propersim.persona.model import Persona
from propersim.persona.parsing import load_yaml, parse_persona, persona_yaml, read_persona_text, validation_problems
from propersim.persona.published_format import Draft, convert_published, id_from_filename
from propersim.rubric import CompiledRubric, FallbackReader, WakingHours, compile_rubric

_MAX_PROBLEMS = 40
"""Problems listed in an error message."""


@dataclass(frozen=True)
class ImportedPersona:
    """A persona, and what was understood or assumed to import it.

    Attributes:
        persona: the valid persona.
        source: the file it comes from.
        compiled: the compiled rubric; None if the file had rules.
        assumed: one ``field: value; reason`` for each value that the file does not state.
    """

    persona: Persona
    source: str
    compiled: CompiledRubric | None
    assumed: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """The persona as a persona file in YAML."""
        return persona_yaml(self.persona)

    @property
    def unsure(self) -> list[dict[str, Any]]:
        """The findings of low confidence, as JSON."""
        return [item.as_json() for item in self.compiled.unsure] if self.compiled else []

    def report(self) -> dict[str, Any]:
        """Return the import report as data for JSON.

        It tells which rules were understood, uncertain, read by a model or not placed, and what was assumed.
        """
        findings = self.compiled.findings if self.compiled else ()
        return {
            "id": self.persona.id,
            "source": self.source,
            "understood": [item.as_json() for item in findings if item.confidence == "high"],
            "unsure": self.unsure,
            "by_model": [item.as_json() for item in findings if item.confidence == "model"],
            "not_placed": [item.as_json() for item in findings if item.confidence == "not placed"],
            "assumed": list(self.assumed),
        }


def import_persona(path: Path, fallback: FallbackReader | None = None) -> ImportedPersona:
    """Import the persona of a file, in the published format or this project's own.

    Published files are ``*.scratch.json``; this project's own are YAML, TOML or JSON.

    Args:
        path: the file.
        fallback: reads the sentences of the rubric that the compiler cannot place or is not sure of; None: they stay unread.

    Raises:
        PersonaError: the file or a text of its rubric cannot be read; the message lists each problem with its field and a remedy.
        Outage: (of :mod:`propersim.llm_client`) the fallback reader's model does not answer.
    """
    text = read_persona_text(path)
    raw = _parse(text, path)
    name = str(path)
    if "criteria" in raw:
        return _compile(convert_published(raw, path), name, fallback)
    texts = _texts_without_rules(raw)
    if not texts:
        # Only YAML can be parsed with the line of each problem.
        persona = parse_persona(text, name) if path.suffix.lower() in (".yaml", ".yml") else _validate(raw, name)
        return ImportedPersona(persona, name, None, ())
    raw.setdefault("id", id_from_filename(path))
    return _compile(Draft(raw, texts, _waking_hours(raw), []), name, fallback)


def _parse(text: str, path: Path) -> dict[str, Any]:
    suffix = path.suffix.lower()
    try:
        if suffix == ".toml":
            raw = tomllib.loads(text)
        elif suffix == ".json":
            raw = json.loads(text)
        else:
            if nested_too_deeply(text):
                raise PersonaError(f"{path}: is nested too deeply for a persona")
            _, raw = load_yaml(text, str(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        language = {".toml": "TOML", ".json": "JSON"}.get(suffix, "YAML")
        raise PersonaError(
            f"{path}: not valid {language}: {str(error)[:200]}", f"check the file with an editor that supports {language}"
        ) from error
    if not isinstance(raw, dict):
        raise PersonaError(f"{path}: is empty or not a mapping of keys to values", "see `propersim personas new` for a template")
    return raw


def _texts_without_rules(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of the rubric's dimensions that have no rules."""
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


def _waking_hours(raw: Mapping[str, Any]) -> WakingHours:
    lifestyle = raw.get("lifestyle")
    if not isinstance(lifestyle, dict):
        return WakingHours()
    try:
        return WakingHours(*(clock.parse_time(lifestyle[key], latest=clock.LATEST) for key in ("wake", "sleep")))
    except (KeyError, TypeError, ValueError):
        return WakingHours()  # validation reports what is wrong with them


def _compile(draft: Draft, name: str, fallback: FallbackReader | None) -> ImportedPersona:
    compiled = compile_rubric(draft.texts, draft.hours, fallback, only=draft.texts)
    if compiled.errors:
        raise PersonaError(f"{name}: {len(compiled.errors)} problem(s)\n" + "\n".join(f"  {line}" for line in compiled.errors))
    given = draft.data.get("rubric")
    rubric = {**(given if isinstance(given, dict) else {}), **compiled.rubric}
    return ImportedPersona(_validate({**draft.data, "rubric": rubric}, name), name, compiled, tuple(draft.assumed))


def _validate(raw: dict[str, Any], name: str) -> Persona:
    try:
        return Persona.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {field}: {message}" for field, message in validation_problems(error)]
        raise PersonaError(
            f"{name}: {len(lines)} problem(s)\n" + "\n".join(lines[:_MAX_PROBLEMS]),
            "see `propersim personas schema` for the allowed values",
        ) from error
