"""Lookup of personas by id or path: the built-in ones, the user's own, and any file."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib.resources import files
from pathlib import Path

from propersim.core.errors import InputError, PersonaError
from propersim.core.files import check_path
from propersim.core.program import program
from propersim.core.text import clean, nearest
from propersim.persona.documents import read_document
from propersim.persona.foreign_formats import recognise
from propersim.persona.model import Persona
from propersim.persona.parsing import texts_without_rules, validate_persona

PERSONA_SUFFIXES = (".yaml", ".yml", ".toml", ".json", ".jsonl", ".png")
"""Suffixes of persona files; a name with another suffix can be an id."""

OFFICE = "office"
"""Folder of the built-in personas in the office, inside that of the others."""

_NAME = re.compile(r"^name: *(.+?) *$", re.MULTILINE)


def personas_folder() -> Path:
    """Return the folder of the built-in personas.

    It is in a checkout or in an installed package.
    """
    inside = Path(str(files("propersim"))) / "personas"
    return inside if inside.is_dir() else Path(str(files("propersim"))).parent / "personas"


def user_personas_folder() -> Path:
    """Return the folder of the user's own personas.

    `propersim personas import` writes to it; ids that no built-in persona has are looked up in it.
    """
    from platformdirs import user_data_path

    return user_data_path("propersim", appauthor=False) / "personas"


def persona_ids() -> list[str]:
    """Return the ids of the built-in personas at home, sorted."""
    return sorted(path.stem for path in personas_folder().glob("*.yaml"))


def office_persona_ids() -> list[str]:
    """Return the ids of the built-in personas in the office, sorted.

    They are in a folder of their own: ``all`` personas are those at home.
    """
    return sorted(path.stem for path in (personas_folder() / OFFICE).glob("*.yaml"))


def built_in_path(which: str) -> Path:
    """Return the file of a built-in persona, at home or in the office, whether it exists or not."""
    folder = personas_folder()
    return folder / OFFICE / f"{which}.yaml" if which in office_persona_ids() else folder / f"{which}.yaml"


@cache
def persona_names() -> dict[str, str]:
    """Return the names of the built-in personas by id, in the order of the ids."""
    found: dict[str, str] = {}
    for which in persona_ids():
        # The whole files would take a second.
        head = (personas_folder() / f"{which}.yaml").read_text(encoding="utf-8")[:400]
        name = _NAME.search(head)
        found[which] = name[1].strip("\"'") if name else which
    return found


def id_of(which: str) -> str:
    """Return the id of the built-in persona with a name, or the text as it is.

    Whole words of the name are enough if no other persona has them; case and accents do not matter. A persona of the user with that id
    comes first.

    Args:
        which: an id, a name or a path.
    """
    names, wanted = persona_names(), _plain(which)
    own = Path(which).name == which and _is_file(user_personas_folder() / f"{which}.yaml")
    found = [key for key, name in names.items() if wanted and f" {wanted} " in f" {_plain(name)} "]
    return found[0] if len(found) == 1 and which not in names and not own and not _is_file(Path(which)) else which


def unknown_persona(which: str) -> str:
    """Return what was perhaps meant by a persona that does not exist, or "".

    It is the end of a message.

    Args:
        which: the text that is no persona.
    """
    for ids in (persona_ids(), office_persona_ids()):
        if ids and re.fullmatch(rf"{ids[0][0]}\d+", which):
            return f"; the ids are {ids[0]} to {ids[-1]}"
    names = {_plain(part): key for key, name in persona_names().items() for part in (name, *name.split())}
    close = nearest(_plain(which), names)
    return f"; did you mean {names[close]} ({persona_names()[names[close]]})?" if close else ""


def _plain(name: str) -> str:
    """Return a name without accents, in lower case, with single spaces."""
    letters = unicodedata.normalize("NFKD", name.replace("-", " ").replace("đ", "d")).casefold()
    return " ".join("".join(ch for ch in letters if not unicodedata.combining(ch)).split())


def persona_template() -> str:
    """Return a template of a persona file: valid as it is, with a comment on each key."""
    return files("propersim.persona").joinpath("template.yaml").read_text(encoding="utf-8")


def persona_path(which: str | Path) -> Path:
    """Return the file of a persona given by id (``p07``), by name (``rosalind``) or by path.

    Raises:
        PersonaError: there is no such persona, or the text can be neither an id, nor a name, nor a path.
    """
    path = Path(which)
    try:
        check_path("persona", str(which))
    except InputError as error:
        raise PersonaError(error.message) from error
    if path.suffix.lower() in PERSONA_SUFFIXES or _is_file(path):
        return path
    # A name with a separator is a path, never an id.
    files = (built_in_path(str(which)), user_personas_folder() / f"{which}.yaml") if path.name == str(which) else ()
    found = next((file for file in files if _is_file(file)), None)
    if found is None:
        if _is_file(path, folder=True):
            return path
        named = id_of(str(which)[:80])
        if named != str(which):
            return personas_folder() / f"{named}.yaml"
        raise PersonaError(
            f"no persona {clean(str(which), limit=80)!r}{unknown_persona(str(which)[:80])}",
            f"give an id or a name that `{program()} personas ls` lists, or the path of a persona file (.yaml, .toml, .json)",
        )
    return found


def load_persona(which: str | Path) -> Persona:
    """Load a persona by id (``p07``), name (``rosalind``) or the path of its file.

    The rules of a rubric that has only words are compiled from them.

    Args:
        which: the id, name or path.

    Raises:
        PersonaError: there is no such persona, or the file is invalid; the message lists every problem.
    """
    path = persona_path(which)
    document = read_document(path)
    raw = document.raw
    if document.root is None or not isinstance(raw, dict) or recognise(raw) or "criteria" in raw or texts_without_rules(raw):
        from propersim.persona.importing import import_document

        return import_document(document, path).persona
    return validate_persona(raw, str(path), document.root)


def _is_file(path: Path, *, folder: bool = False) -> bool:
    """Return whether a path is a file, or with ``folder`` a folder.

    An impossible path, such as one that is too long, is neither.
    """
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):
        return False
