"""Import of personas from the command line, and generation of personas with a model.

An import reads all files before it writes any.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from propersim.core.errors import EXIT_INPUT, PersonaError

if TYPE_CHECKING:
    from propersim.llm_client import ModelClient
    from propersim.persona.importing import ImportedPersona
    from propersim.persona.model import Persona
    from propersim.rubric import FallbackReader


def import_all(paths: Sequence[Path], folder: Path, *, force: bool, as_json: bool, fallback: FallbackReader | None) -> None:
    """Import personas, write them to a folder, and print what was understood.

    All files are read before any is written, so that nothing is written if the fallback reader's model does not answer.

    Args:
        paths: the files to read.
        folder: the folder to write to.
        force: whether to overwrite existing files.
        as_json: whether to print the report as JSON.
        fallback: reads what the rubric compiler cannot; None: it stays unread.

    Raises:
        typer.Exit: (2) some files could not be imported; the others are written.
        Outage: (of :mod:`propersim.llm_client`) the fallback reader's model does not answer.
    """
    from propersim.persona.import_report import report_lines
    from propersim.persona.importing import import_persona

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
            refuse_unplannable(imported)
            target = folder / f"{imported.persona.id}.yaml"
            write_new(target, imported.yaml, force and target not in written, written.get(target))
            written[target] = path
        except PersonaError as error:
            failed.append(str(path))
            print_error(error)
            reports.append({"source": str(path), "error": error.message, "hint": error.hint})
            continue
        warnings = persona_warnings(imported.persona)
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


def refuse_unplannable(imported: ImportedPersona) -> None:
    """Refuse a persona whose days cannot be planned, as a run would.

    Raises:
        PersonaError: they cannot; the message tells why.
    """
    from propersim.simulation.persona_check import planning_problem

    problem = planning_problem(imported.persona)
    if problem:
        assumed = "; ".join(line for line in imported.assumed if line.startswith("lifestyle."))
        raise PersonaError(
            f"{imported.source}: a run would refuse it, as its days cannot be planned: {problem}",
            "correct the hours in the file" + (f"; assumed: {assumed}" if assumed else ""),
        )


def print_error(error: PersonaError) -> None:
    """Print the message and the hint of an error on stderr, for a command that goes on after it."""
    print(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)


def persona_warnings(persona: Persona) -> list[str]:
    """Return why a persona's rubric cannot be learned; empty if it can.

    The reasons come from a simulated week with the control assistants.
    """
    from propersim.simulation.persona_check import rubric_warnings

    return rubric_warnings(persona)


def generated_text(description: str, model_client: ModelClient, output: Path | None) -> str:
    """Return the file of a persona that a model writes.

    Prints the problems that the model corrected on stderr.

    Args:
        description: one line about the person.
        model_client: sends the requests to the model.
        output: the file to be written, whose name becomes the persona's id; None: the id is made from the persona's name.

    Raises:
        Resumable: the model does not answer, or its persona cannot be used.
    """
    from propersim.core.text import clean
    from propersim.persona.parsing import persona_yaml
    from propersim.persona.published_format import id_from_filename
    from propersim.persona_generation import generate_persona

    generated = generate_persona(description, model_client, id_from_filename(output) if output else None)
    for problem in generated.corrected:
        print(f"corrected: {problem}", file=sys.stderr)
    return f"# Generated by {clean(model_client.model)} from: {clean(description)}\n" + persona_yaml(generated.persona)


def write_new(target: Path, text: str, force: bool, other: Path | None) -> None:
    """Write a file; refuse to overwrite an existing one without ``force``.

    Args:
        target: the file.
        text: its content.
        force: whether to overwrite an existing file.
        other: the persona file that was written to the same target before, in the same import.

    Raises:
        PersonaError: the file exists or cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        reason = f": {other} has the same id" if other else ""
        raise PersonaError(f"{target}: already exists{reason}", "overwrite it with --force, or give another folder with -o") from error
    except OSError as error:
        raise PersonaError(f"{target}: cannot be written: {error.strerror or error}", "give another place with -o") from error
