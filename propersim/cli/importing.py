"""Importing personas: all are read, then all are written; personas that a model makes up."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from propersim.core.errors import EXIT_INPUT, PersonaError

if TYPE_CHECKING:
    from propersim.llm_client import Asker
    from propersim.persona.model import Persona
    from propersim.rubric import FallbackReader


def import_all(paths: Sequence[Path], folder: Path, *, force: bool, as_json: bool, fallback: FallbackReader | None) -> None:
    """Read personas, print what was understood, and write them.

    Where a fallback's model does not answer, nothing at all is written.

    Args:
        paths: files to read.
        folder: to write to.
        force: whether files that are there are overwritten.
        as_json: whether the report is JSON.
        fallback: who is asked about what the compiler cannot read; nobody where None.

    Raises:
        typer.Exit: (2) some could not be read; the others are written.
        Outage: (of :mod:`propersim.llm_client`) the fallback's model does not answer.
    """
    from propersim.persona.import_report import report_lines
    from propersim.persona.importing import ImportedPersona, import_persona

    read: list[tuple[Path, ImportedPersona | PersonaError]] = []
    for path in paths:
        try:
            read.append((path, import_persona(path, fallback)))
        except PersonaError as error:
            read.append((path, error))
    reports: list[dict[str, Any]] = []
    failed: list[str] = []
    written: dict[Path, Path] = {}
    for path, imported in read:
        try:
            if isinstance(imported, PersonaError):
                raise imported
            target = folder / f"{imported.persona.id}.yaml"
            write_new(target, imported.yaml, force and target not in written, written.get(target))
            written[target] = path
        except PersonaError as error:
            failed.append(str(path))
            print(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
            reports.append({"source": str(path), "error": error.message, "hint": error.hint})
            continue
        warnings = lived(imported.persona)
        reports.append({**imported.report(), "warnings": warnings, "written": str(target)})
        if not as_json:
            print("\n".join(report_lines(imported)) + f"\n  written to {target}\n")
        for warning in warnings:
            print(f"warning: {imported.persona.id}: {warning}", file=sys.stderr)
    if as_json:
        print(json.dumps(reports, ensure_ascii=False))
    if failed:
        print(f"error: {len(failed)} of {len(paths)} not imported: {', '.join(failed)}", file=sys.stderr)
        raise typer.Exit(EXIT_INPUT)


def lived(persona: Persona) -> list[str]:
    """Return what is wrong with a persona in practice, over a week with the controls."""
    from propersim.simulation.persona_check import warnings_of

    try:
        return warnings_of(persona)
    except PersonaError as error:
        return [f"its days cannot be planned: {error.message}"]


def generated_text(describe: str, asker: Asker, output: Path | None) -> str:
    """Return the file of a persona that a model makes up; what had to be put right is said on stderr.

    Args:
        describe: who it is, in a line.
        asker: of the model.
        output: the file it will be in, whose name becomes its id; None: its id is made of its name.

    Raises:
        Resumable: there is no answer, or none that can be used.
    """
    from propersim.core.text import clean
    from propersim.persona.parsing import persona_yaml
    from propersim.persona.published_format import id_from_filename
    from propersim.persona_generation import generate_persona

    invented = generate_persona(describe, asker, id_from_filename(output) if output else None)
    for problem in invented.mended:
        print(f"put right: {problem}", file=sys.stderr)
    return f"# Made up by {clean(asker.model)} from: {clean(describe)}\n" + persona_yaml(invented.persona)


def write_new(target: Path, text: str, force: bool, other: Path | None) -> None:
    """Write a file; refuse to overwrite one.

    Args:
        target: the file.
        text: what it will hold.
        force: whether one that is there is overwritten.
        other: the persona that was written to the same file just before.

    Raises:
        PersonaError: it is there, or cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        why = f"; {other} has the same name" if other else ""
        raise PersonaError(f"{target}: is there already{why}", "give --force to overwrite it, or another place with -o") from error
    except OSError as error:
        raise PersonaError(f"{target}: cannot be written: {error.strerror or error}", "give another place with -o") from error
