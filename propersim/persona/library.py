"""Lookup of personas by id or path: the project's, the user's own, and any file."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from propersim.core.errors import InputError, PersonaError
from propersim.core.files import check_path
from propersim.core.text import did_you_mean
from propersim.persona.model import Persona
from propersim.persona.parsing import parse_persona, read_persona_text

IMPORT_SUFFIXES = (".json", ".toml")
"""Suffixes of files that the importer reads; it also compiles rubric texts without rules."""
_SUFFIXES = (".yaml", ".yml", *IMPORT_SUFFIXES)


def personas_folder() -> Path:
    """Return the folder of the personas that ship with the project.

    It is in a checkout or in an installed package.
    """
    inside = Path(str(files("propersim"))) / "personas"
    return inside if inside.is_dir() else Path(str(files("propersim"))).parent / "personas"


def user_personas_folder() -> Path:
    """Return the folder of the user's own personas.

    `propersim personas import` writes to it; ids that no persona of the project has are looked up in it.
    """
    from platformdirs import user_data_path

    return user_data_path("propersim", appauthor=False) / "personas"


def persona_ids() -> list[str]:
    """Return the ids of the personas that ship with the project, sorted."""
    return sorted(path.stem for path in personas_folder().glob("*.yaml"))


def persona_template() -> str:
    """Return a template of a persona file: valid as it is, with a comment on each key."""
    return files("propersim.persona").joinpath("template.yaml").read_text(encoding="utf-8")


def load_persona(which: str | Path) -> Persona:
    """Load a persona by id (``p07``) or by the path of its file.

    Args:
        which: the id or path.

    Raises:
        PersonaError: there is no such persona, or the file is invalid; the message lists every problem.
    """
    path = Path(which)
    try:
        check_path("persona", str(which))
    except InputError as error:
        raise PersonaError(error.message) from error
    if path.suffix.lower() not in _SUFFIXES and not path.is_file():
        # A name with a separator is a path, never an id.
        folders = (personas_folder, user_personas_folder) if path.name == str(which) else ()
        found = next((file for folder in folders if (file := folder() / f"{which}.yaml").is_file()), None)
        if found is None:
            raise PersonaError(
                f"no persona {str(which)!r}{did_you_mean(str(which), persona_ids())}",
                "give an id that `propersim personas ls` lists, or the path of a persona file (.yaml, .toml, .json)",
            )
        path = found
    if path.suffix.lower() in IMPORT_SUFFIXES:
        from propersim.persona.importing import import_persona

        return import_persona(path).persona
    return parse_persona(read_persona_text(path), str(path))
