"""The entries of the list of personas: the shipped ones and the user's files.

They are read in threads, never while drawing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from propersim.core.errors import PersonaError
from propersim.persona.library import built_in_path, load_persona, office_persona_ids, persona_ids
from propersim.persona.model import Persona


@dataclass(frozen=True)
class PersonaItem:
    """One persona of the list.

    Attributes:
        which: id or path of the file, with which a run is started.
        persona: the persona; None if the file is invalid.
        problem: what is wrong with the file.
        own: whether it was given by its path.
        words: lower-case text that the filter searches.
    """

    which: str
    persona: Persona | None = None
    problem: str = ""
    own: bool = False
    words: str = field(default="", repr=False)


def read_persona(which: str, *, own: bool = False) -> PersonaItem:
    """Return a list item for a persona by id or path.

    If its file is invalid or missing, the item has the problem instead.
    """
    try:
        return _read(which, own) if own else _shipped(which, _stamp(which))
    except PersonaError as error:
        return PersonaItem(which, None, error.message + (f"\n{error.hint}" if error.hint else ""), own, f"{which} broken".lower())


def _read(which: str, own: bool) -> PersonaItem:
    persona = load_persona(which)
    return PersonaItem(which, persona, "", own, _words(which, persona).lower())


@lru_cache(maxsize=64)
def _shipped(which: str, stamp: tuple[int, int]) -> PersonaItem:
    """Return a shipped persona, cached until its file changes.

    Reading all of them takes a third of a second.
    """
    return _read(which, False)


def _stamp(which: str) -> tuple[int, int]:
    """Return modification time (ns) and size (bytes) of a shipped persona's file.

    Both are zero if there is none.
    """
    try:
        status = built_in_path(which).stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def read_personas(files: Sequence[str | Path] = ()) -> Iterator[PersonaItem]:
    """Yield the personas of the given files, then the built-in ones.

    Those at home come before those in the office.
    """
    for path in files:
        yield read_persona(str(path), own=True)
    for which in (*persona_ids(), *office_persona_ids()):
        yield read_persona(which)


def _words(which: str, persona: Persona) -> str:
    rubric = persona.rubric
    parts = [which, persona.id, persona.world, persona.name, persona.occupation, persona.household, persona.culture, persona.big_five.short]
    parts += [topic for like in rubric.preference.likes for topic in like.topics]
    parts += [*rubric.communication.tones, "conditional" if persona.conditional else ""]
    return " ".join(parts)
