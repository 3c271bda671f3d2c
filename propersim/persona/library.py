"""Lookup of personas by id or path: the built-in ones, the user's own, and any file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from propersim.core.errors import InputError, PersonaError
from propersim.core.files import check_path
from propersim.core.text import clean, did_you_mean
from propersim.persona.documents import read_document
from propersim.persona.foreign_formats import recognise
from propersim.persona.model import Persona
from propersim.persona.parsing import texts_without_rules, validate_persona

PERSONA_SUFFIXES = (".yaml", ".yml", ".toml", ".json", ".jsonl", ".png")
"""Suffixes of persona files; a name with another suffix can be an id."""


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
    """Return the ids of the built-in personas, sorted."""
    return sorted(path.stem for path in personas_folder().glob("*.yaml"))


def persona_template() -> str:
    """Return a template of a persona file: valid as it is, with a comment on each key."""
    return files("propersim.persona").joinpath("template.yaml").read_text(encoding="utf-8")


def persona_path(which: str | Path) -> Path:
    """Return the file of a persona given by id (``p07``) or by path.

    Raises:
        PersonaError: there is no persona of that id, or the text can be neither an id nor a path.
    """
    path = Path(which)
    try:
        check_path("persona", str(which))
    except InputError as error:
        raise PersonaError(error.message) from error
    if path.suffix.lower() in PERSONA_SUFFIXES or _is_file(path):
        return path
    # A name with a separator is a path, never an id.
    folders = (personas_folder, user_personas_folder) if path.name == str(which) else ()
    found = next((file for folder in folders if _is_file(file := folder() / f"{which}.yaml")), None)
    if found is None:
        if _is_file(path, folder=True):
            return path
        raise PersonaError(
            f"no persona {clean(str(which), limit=80)!r}{did_you_mean(str(which)[:80], persona_ids())}",
            "give an id that `propersim personas ls` lists, or the path of a persona file (.yaml, .toml, .json)",
        )
    return found


def load_persona(which: str | Path) -> Persona:
    """Load a persona by id (``p07``) or by the path of its file.

    The rules of a rubric that has only words are compiled from them.

    Args:
        which: the id or path.

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
