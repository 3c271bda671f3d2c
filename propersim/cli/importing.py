"""Import of personas from the command line, and generation of personas with a model.

An import reads all files before it writes any.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import typer

from propersim.cli.console import print_message, progress
from propersim.core.errors import EXIT_INPUT, PersonaError
from propersim.core.errors import reason as cause
from propersim.core.program import program
from propersim.core.text import printable

if TYPE_CHECKING:
    from propersim.llm_client import ModelClient
    from propersim.persona.importing import Imported
    from propersim.persona.model import Persona
    from propersim.rubric import FallbackReader


class RubricSource(NamedTuple):
    """Where the rubrics of imported personas come from.

    Attributes:
        texts: the rubric of ``--rubric``, for files without one; None: their texts are left to write.
        fallback: reads what the rubric compiler cannot; None: it stays unread.
        writer: the model that drafts a rubric where a file has none and ``texts`` is None; None: no model does.
    """

    texts: Mapping[str, Any] | None = None
    fallback: FallbackReader | None = None
    writer: ModelClient | None = None


def import_all(paths: Sequence[Path], folder: Path, source: RubricSource, *, force: bool, as_json: bool) -> None:
    """Import personas, write them to a folder, and print what was understood.

    All files are read before any is written, so that nothing is written if a model does not answer.

    Args:
        paths: the files to read.
        folder: the folder to write to.
        source: where rubrics come from.
        force: whether to overwrite existing files.
        as_json: whether to print the report as JSON.

    Raises:
        typer.Exit: (2) some files could not be imported; the others are written.
        Resumable: a model does not answer, or the rubric that it drafts cannot be used.
    """
    read: list[tuple[Path, Imported | PersonaError]] = []
    with progress("reading", len(paths), "files") if len(paths) > 1 else nullcontext() as advance:
        for number, path in enumerate(paths, 1):
            if advance is not None:
                advance(number - 1, path.name)
            try:
                read.append((path, _import(path, source)))
            except PersonaError as error:
                read.append((path, error))
    reports: list[dict[str, Any]] = []
    failed: list[str] = []
    written: dict[Path, Path] = {}
    for number, (path, imported) in enumerate(read, 1):
        try:
            if isinstance(imported, PersonaError):
                raise imported
            persona = imported.persona
            if persona is not None:
                refuse_unplannable(persona, imported)
            target = folder / f"{imported.id}.yaml"
            write_new(target, imported.yaml, force and target not in written, written.get(target))
            written[target] = path
        except PersonaError as error:
            failed.append(str(path))
            print_error(error)
            reports.append({"source": str(path), "error": error.message, "hint": error.hint})
            continue
        warnings = persona_warnings(persona) if persona is not None else []
        reports.append({**imported.report(), "warnings": warnings, "written": str(target)})
        if not as_json:
            head = f"{number} of {len(paths)}\n" if len(paths) > 1 and sys.stdout.isatty() else ""
            # Flushed, so that the warnings below, which go to stderr, stand after their own report.
            print(printable(head + "\n".join(imported.lines()) + f"\n  written to {target}\n"), flush=True)
        if persona is None:
            print_message(f"warning: {target}: is not complete: its rubric is still to be written")
        for warning in warnings:
            print_message(f"warning: {target.stem}: {warning}")
    if as_json:
        print(json.dumps(reports, ensure_ascii=False))
    if failed:
        if len(paths) > 1:
            print_message(f"error: {len(failed)} of {len(paths)} not imported: {', '.join(failed)}")
        raise typer.Exit(EXIT_INPUT)


def _import(path: Path, source: RubricSource) -> Imported:
    """Return the persona of a file, or a person that still has no rubric."""
    from propersim.persona.foreign_import import has_rubric, read_foreign
    from propersim.persona.importing import import_persona

    foreign = read_foreign(path, unfinished=source.texts is not None or source.writer is not None)
    if foreign is None:
        if source.texts is not None and has_rubric(path):
            raise PersonaError(f"{path}: has a rubric of its own; --rubric is for files of other projects, which have none")
        return import_persona(path, source.fallback)
    if source.texts is not None:
        return foreign.complete(source.texts, source.fallback)
    if source.writer is None:
        return foreign
    from propersim.core.text import clean
    from propersim.persona_generation import draft_rubric

    drafted = draft_rubric(foreign.draft.data, source.writer)
    for problem in drafted.corrected:
        print_message(f"corrected: {problem}")
    return foreign.drafted(drafted.persona, clean(source.writer.model))


def print_compiled(which: str, persona: Persona) -> None:
    """Print on stderr what was read in a rubric that has only words.

    Prints nothing for a persona whose file has the rules.

    Args:
        which: the id or path that was given.
        persona: the persona, as it was loaded.
    """
    from propersim.persona.import_report import unsure_lines

    if persona.compiled is not None:
        dimensions = ", ".join(persona.compiled.rubric)
        print_message(f"{which}: rules compiled from the words of {dimensions}; `{program()} personas show` prints them")
        for line in unsure_lines(persona.compiled):
            print_message(line)


def refuse_unplannable(persona: Persona, imported: Imported) -> None:
    """Refuse a persona whose days cannot be planned, as a run would.

    Args:
        persona: the persona.
        imported: the import that made it, for the message.

    Raises:
        PersonaError: they cannot; the message tells why.
    """
    from propersim.simulation.persona_check import planning_problem

    problem = planning_problem(persona)
    if problem:
        assumed = "; ".join(line for line in imported.assumed if line.startswith("lifestyle."))
        raise PersonaError(
            f"{imported.source}: a run would refuse it, as its days cannot be planned: {problem}",
            "correct the hours in the file" + (f"; assumed: {assumed}" if assumed else ""),
        )


def print_error(error: PersonaError) -> None:
    """Print the message and the hint of an error on stderr, for a command that goes on after it."""
    print_message(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))


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
        print_message(f"corrected: {problem}")
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
    folder = next((one for one in (target.parent, *target.parent.parents) if one.exists()), target.parent)
    if not folder.is_dir():
        raise PersonaError(f"{target}: cannot be written: {folder} is not a folder", "give another place with -o")
    if target.is_dir():
        raise PersonaError(f"{target}: cannot be written: it is a folder", "give a file in it with -o")
    device = target.exists() and not target.is_file()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w" if force or device else "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        reason = f": {other} has the same id" if other else ""
        raise PersonaError(f"{target}: already exists{reason}", "overwrite it with --force, or give another folder with -o") from error
    except (OSError, ValueError, RecursionError) as error:
        why = "it is in too many folders" if isinstance(error, RecursionError) else cause(error)
        raise PersonaError(f"{target}: cannot be written: {why}", "give another place with -o") from error
