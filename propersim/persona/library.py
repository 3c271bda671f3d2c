"""Finding personas: those that ship, one's own, and any file, by id or path."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from propersim.core.errors import PersonaError
from propersim.core.text import did_you_mean
from propersim.persona.model import Persona
from propersim.persona.parsing import parse_persona, read_persona_text

IMPORT_SUFFIXES = (".json", ".toml")
"""Of files that others write, or that only the importer reads; it compiles texts that have no rules beside them."""
_SUFFIXES = (".yaml", ".yml", *IMPORT_SUFFIXES)


def personas_folder() -> Path:
    """Return the folder of the personas that ship with the project (in a checkout or in the wheel)."""
    inside = Path(str(files("propersim"))) / "personas"
    return inside if inside.is_dir() else Path(str(files("propersim"))).parent / "personas"


def user_personas_folder() -> Path:
    """Return the folder of one's own personas, which `personas import` writes to and ids are looked up in after those that ship."""
    from platformdirs import user_data_path

    return user_data_path("propersim", appauthor=False) / "personas"


def persona_ids() -> list[str]:
    """Return the ids of the personas that ship with the project, in order."""
    return sorted(path.stem for path in personas_folder().glob("*.yaml"))


def persona_template() -> str:
    """Return a persona file to begin with, valid as it is, with a line on each key."""
    return files("propersim.persona").joinpath("template.yaml").read_text(encoding="utf-8")


def load_persona(which: str | Path) -> Persona:
    """Return a persona by id (``p07``) or by the path of its file.

    Raises:
        PersonaError: no such persona, or the file is wrong; all problems are listed.
    """
    path = Path(which)
    if path.suffix.lower() not in _SUFFIXES and not path.is_file():
        known = persona_ids()
        found = personas_folder() / f"{which}.yaml"
        own = user_personas_folder() / f"{which}.yaml"
        if str(which) not in known and path.name == str(which) and own.is_file():
            found = own
        elif str(which) not in known:
            raise PersonaError(
                f"no persona {str(which)!r}{did_you_mean(str(which), known)}",
                "give an id from `propersim personas ls`, or the path of a persona file (.yaml, .toml, .json)",
            )
        path = found
    if path.suffix.lower() in IMPORT_SUFFIXES:
        from propersim.persona.importing import import_persona

        return import_persona(path).persona
    return parse_persona(read_persona_text(path), str(path))
