"""Import of personas: the published format, and files whose rubric has no rules.

The latter are files of this project, whose rubric has texts only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml
from pydantic import ValidationError

from propersim.core import clock
from propersim.core.errors import PersonaError
from propersim.core.program import program
from propersim.persona.documents import Document, read_document
from propersim.persona.foreign_formats import refuse_foreign
from propersim.persona.import_report import report_lines
from propersim.persona.model import Persona
from propersim.persona.parsing import check_mapping, listed, persona_yaml, texts_without_rules, validate_persona, validation_problems
from propersim.persona.published_format import Draft, convert_published, id_from_filename
from propersim.rubric import CompiledRubric, FallbackReader, WakingHours, compile_rubric


class Imported(Protocol):
    """The result of an import: a persona, or a person whose rubric is still to be written."""

    @property
    def id(self) -> str:
        """The id of the persona, which names its file."""
        ...

    @property
    def persona(self) -> Persona | None:
        """The valid persona; None while its rubric is not written."""
        ...

    @property
    def source(self) -> str:
        """The file that it comes from."""
        ...

    @property
    def assumed(self) -> tuple[str, ...]:
        """One ``field: value; reason`` for each value that the file does not state."""
        ...

    @property
    def yaml(self) -> str:
        """The file to write."""
        ...

    def report(self) -> dict[str, Any]:
        """Return the import report as data for JSON."""
        ...

    def lines(self) -> list[str]:
        """Return the import report as lines of text."""
        ...


@dataclass(frozen=True)
class ImportedPersona:
    """A persona, and what was understood or assumed to import it.

    Attributes:
        persona: the valid persona.
        source: the file it comes from.
        assumed: one ``field: value; reason`` for each value that the file does not state.
        format: the format of another project, with its article; "" for the published format and this project's own.
        drafted_by: the model that wrote the rubric; "" if none did.
        comment: lines of comment for the top of the written file.
    """

    persona: Persona
    source: str
    assumed: tuple[str, ...]
    format: str = ""
    drafted_by: str = ""
    comment: str = ""

    @property
    def id(self) -> str:
        """The id of the persona."""
        return self.persona.id

    @property
    def compiled(self) -> CompiledRubric | None:
        """The compiled rubric; None if the file had rules, or a model wrote them."""
        return self.persona.compiled

    @property
    def yaml(self) -> str:
        """The persona as a persona file in YAML."""
        return self.comment + persona_yaml(self.persona)

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
            "format": self.format,
            "complete": True,
            "drafted_by": self.drafted_by,
            "understood": [item.as_json() for item in findings if item.confidence == "high"],
            "unsure": self.unsure,
            "by_model": [item.as_json() for item in findings if item.confidence == "model"],
            "not_placed": [item.as_json() for item in findings if item.confidence == "not placed"],
            "assumed": list(self.assumed),
        }

    def lines(self) -> list[str]:
        """Return the import report as lines of text."""
        return report_lines(self)


def import_persona(path: Path, fallback: FallbackReader | None = None) -> ImportedPersona:
    """Import the persona of a file, in the published format or this project's own.

    Published files are ``*.scratch.json``; this project's own are YAML, TOML or JSON.
    Files of other projects are refused here; :mod:`propersim.persona.foreign_import` converts them.

    Args:
        path: the file.
        fallback: reads the sentences of the rubric that the compiler cannot place or is not sure of; None: they stay unread.

    Raises:
        PersonaError: the file or a text of its rubric cannot be read; the message lists each problem with its field and a remedy.
        Outage: (of :mod:`propersim.llm_client`) the fallback reader's model does not answer.
    """
    return import_document(read_document(path), path, fallback)


def import_document(document: Document, path: Path, fallback: FallbackReader | None = None) -> ImportedPersona:
    """Import the persona of a file that is read already; see :func:`import_persona`.

    Args:
        document: the content of the file.
        path: the file, for the id and for error messages.
        fallback: as for :func:`import_persona`.
    """
    raw, name = document.raw, str(path)
    refuse_foreign(raw, path)
    check_mapping(raw, name)
    if "criteria" in raw:
        return _compile(convert_published(raw, path), name, fallback)
    texts = texts_without_rules(raw)
    if not texts:
        return ImportedPersona(_validate(raw, name, document.root), name, ())
    raw = {"id": id_from_filename(path), **raw}
    return _compile(Draft(raw, texts, waking_hours(raw), []), name, fallback, document.root)


def import_with_rubric(draft: Draft, rubric: Mapping[str, Any], path: Path, fallback: FallbackReader | None = None) -> ImportedPersona:
    """Import a person whose rubric is given apart from it.

    Args:
        draft: the person; its texts are not used.
        rubric: each dimension with its text, or its text and rules.
        path: the file of the person, for error messages.
        fallback: as for :func:`import_persona`.
    """
    raw = {**draft.data, "rubric": dict(rubric)}
    return _compile(draft._replace(data=raw, texts=texts_without_rules(raw)), str(path), fallback)


def waking_hours(raw: Mapping[str, Any]) -> WakingHours:
    """Return the waking hours of a persona file's data; the usual ones if they are not valid."""
    lifestyle = raw.get("lifestyle")
    if not isinstance(lifestyle, dict):
        return WakingHours()
    try:
        wake, sleep = (clock.parse_time(lifestyle[key], latest=clock.LATEST) for key in ("wake", "sleep"))
        return WakingHours(wake, sleep)
    except (KeyError, TypeError, ValueError):
        return WakingHours()  # validation reports what is wrong with them


def _compile(draft: Draft, name: str, fallback: FallbackReader | None, root: yaml.Node | None = None) -> ImportedPersona:
    compiled = compile_rubric(draft.texts, draft.hours, fallback, only=draft.texts)
    if compiled.errors:
        raise PersonaError(listed(name, compiled.errors))
    given = draft.data.get("rubric")
    rubric = {**(given if isinstance(given, dict) else {}), **compiled.rubric}
    persona = _validate({**draft.data, "rubric": rubric}, name, root).with_compiled(compiled)
    return ImportedPersona(persona, name, tuple(draft.assumed))


def _validate(raw: dict[str, Any], name: str, root: yaml.Node | None = None) -> Persona:
    if root is not None:
        return validate_persona(raw, name, root)
    try:
        return Persona.model_validate(raw)
    except ValidationError as error:
        lines = [f"{field}: {message}" for field, message in validation_problems(error)]
        raise PersonaError(
            listed(name, lines),
            f"see `{program()} personas schema` for the allowed values",
        ) from error
