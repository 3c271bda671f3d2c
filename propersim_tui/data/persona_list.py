"""Personas as the list of personas shows them: those that ship with the project, and files. Read in threads, never while drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from propersim.core.errors import PersonaError
from propersim.persona.library import load_persona, persona_ids, personas_folder
from propersim.persona.model import Persona


@dataclass(frozen=True)
class PersonaItem:
    """One persona of the list.

    Attributes:
        which: id, or path of its file: what a run is begun with.
        persona: None where the file is broken.
        problem: what is wrong with it.
        own: whether it was given by its path.
        words: what a filter looks in.
    """

    which: str
    persona: Persona | None = None
    problem: str = ""
    own: bool = False
    words: str = field(default="", repr=False)


def read_persona(which: str, *, own: bool = False) -> PersonaItem:
    """Return a persona by id or path; one whose file is broken or missing has the problem instead."""
    try:
        return _read(which, own) if own else _shipped(which, _stamp(which))
    except PersonaError as error:
        return PersonaItem(which, None, error.message + (f"\n{error.hint}" if error.hint else ""), own, f"{which} broken".lower())


def _read(which: str, own: bool) -> PersonaItem:
    persona = load_persona(which)
    return PersonaItem(which, persona, "", own, _words(which, persona).lower())


@lru_cache(maxsize=64)
def _shipped(which: str, stamp: tuple[int, int]) -> PersonaItem:
    """Return a persona that ships; read again only where its file has changed, as all of them take a third of a second."""
    return _read(which, False)


def _stamp(which: str) -> tuple[int, int]:
    """Return what tells a file from an earlier one: when it was changed, in ns, and its size; zeros where there is none."""
    try:
        found = (personas_folder() / f"{which}.yaml").stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def read_personas(files: Sequence[str | Path] = ()) -> Iterator[PersonaItem]:
    """Yield the personas of some files, then those that ship with the project."""
    for path in files:
        yield read_persona(str(path), own=True)
    for which in persona_ids():
        yield read_persona(which)


def _words(which: str, persona: Persona) -> str:
    rubric = persona.rubric
    parts = [which, persona.id, persona.name, persona.occupation, persona.household, persona.culture, persona.big_five.short]
    parts += [topic for like in rubric.preference.likes for topic in like.topics]
    parts += [*rubric.communication.tones, "conditional" if persona.conditional else ""]
    return " ".join(parts)
