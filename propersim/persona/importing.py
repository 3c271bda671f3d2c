"""Personas that others wrote: the published format, and one's own files whose rubric has texts but no rules."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.records import DIMENSIONS
from propersim.core.safe_yaml import too_deep
from propersim.persona.model import Persona
from propersim.persona.parsing import load_yaml, parse_persona, persona_yaml, read_persona_text, validation_problems
from propersim.persona.published_format import convert_published, id_from_filename
from propersim.rubric import CompiledRubric, FallbackReader, WakingHours, compile_rubric


@dataclass(frozen=True)
class ImportedPersona:
    """A persona, and what had to be understood or assumed for it.

    Attributes:
        persona: valid as it is.
        source: the file it comes from.
        compiled: what the rubric compiler read; None where the file had its rules.
        assumed: ``field: value; why`` for everything that the file does not say.
    """

    persona: Persona
    source: str
    compiled: CompiledRubric | None
    assumed: tuple[str, ...]

    @property
    def yaml(self) -> str:
        """The persona as a file of this project, in YAML."""
        return persona_yaml(self.persona)

    @property
    def unsure(self) -> list[dict[str, Any]]:
        """The rules of low confidence, as the JSON shows them."""
        return [item.as_json() for item in self.compiled.unsure] if self.compiled else []

    def report(self) -> dict[str, Any]:
        """Return the report as JSON: id, what was understood, what it is unsure of, what was not placed, what was assumed."""
        found = self.compiled.findings if self.compiled else ()
        return {
            "id": self.persona.id,
            "source": self.source,
            "understood": [item.as_json() for item in found if item.confidence == "high"],
            "unsure": self.unsure,
            "by_model": [item.as_json() for item in found if item.confidence == "model"],
            "not_placed": [item.as_json() for item in found if item.confidence == "not placed"],
            "assumed": list(self.assumed),
        }


def import_persona(path: Path, helper: FallbackReader | None = None) -> ImportedPersona:
    """Return the persona of a file: published (``*.scratch.json``), or this project's own in YAML, TOML or JSON.

    Args:
        path: the file.
        helper: who is asked about sentences of the rubric that the compiler cannot place or is not sure of; nobody where None.

    Raises:
        PersonaError: the file cannot be read, or a rubric's text cannot: each problem with its field and a remedy.
        Outage: (of :mod:`propersim.llm_client`) the helper asked a model, and there is no answer.
    """
    text = read_persona_text(path)
    raw = _data(text, path)
    name = str(path)
    if "criteria" in raw:
        draft, texts, life, assumed = convert_published(raw, path)
        return _compiled(draft, texts, life, assumed, name, helper)
    texts = _only_texts(raw)
    if not texts:
        if path.suffix.lower() in (".yaml", ".yml"):
            return ImportedPersona(parse_persona(text, name), name, None, ())
        return ImportedPersona(_persona(raw, name), name, None, ())
    life = _life(raw)
    raw.setdefault("id", id_from_filename(path))
    return _compiled(raw, texts, life, [], name, helper)


def _data(text: str, path: Path) -> dict[str, Any]:
    kind = path.suffix.lower()
    try:
        if kind == ".toml":
            raw = tomllib.loads(text)
        elif kind == ".json":
            raw = json.loads(text)
        else:
            if too_deep(text):
                raise PersonaError(f"{path}: is nested too deeply; that is no persona")
            _, raw = load_yaml(text, str(path))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        what = {".toml": "TOML", ".json": "JSON"}.get(kind, "YAML")
        raise PersonaError(
            f"{path}: not valid {what}: {str(error)[:200]}", "check the file with an editor that knows the format"
        ) from error
    if not isinstance(raw, dict):
        raise PersonaError(f"{path}: is empty or no mapping of keys to values", "see `propersim personas new` for a template")
    return raw


def _only_texts(raw: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts of those dimensions of a rubric that have no rules."""
    rubric = raw.get("rubric")
    if not isinstance(rubric, dict):
        return {}
    found = {}
    for dimension in DIMENSIONS:
        part = rubric.get(dimension)
        if isinstance(part, dict) and set(part) == {"text"}:
            part = part["text"]
        if isinstance(part, str):
            found[dimension] = part
    return found


def _life(raw: Mapping[str, Any]) -> WakingHours:
    from propersim.core import clock

    given = raw.get("lifestyle")
    try:
        return (
            WakingHours(*(clock.parse_time(given[key], latest=clock.LATEST) for key in ("wake", "sleep")))
            if isinstance(given, dict)
            else WakingHours()
        )
    except (KeyError, TypeError, ValueError):
        return WakingHours()  # the model says what is wrong with it


def _compiled(
    draft: dict[str, Any], texts: Mapping[str, str], life: WakingHours, assumed: list[str], name: str, helper: FallbackReader | None
) -> ImportedPersona:
    compiled = compile_rubric(texts, life, helper, only=texts)
    if compiled.errors:
        raise PersonaError(f"{name}: {len(compiled.errors)} problem(s)\n" + "\n".join(f"  {line}" for line in compiled.errors))
    given = draft.get("rubric")
    rubric = {**(given if isinstance(given, dict) else {}), **compiled.rubric}
    return ImportedPersona(_persona({**draft, "rubric": rubric}, name), name, compiled, tuple(assumed))


def _persona(raw: dict[str, Any], name: str) -> Persona:
    try:
        return Persona.model_validate(raw)
    except ValidationError as error:
        lines = [f"  {field}: {message}" for field, message in validation_problems(error)]
        raise PersonaError(
            f"{name}: {len(lines)} problem(s)\n" + "\n".join(lines[:40]), "`propersim personas schema` says what each field may be"
        ) from error
