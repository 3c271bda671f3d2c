"""Personas that a study makes from others, and how their results are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from propersim.core.files import cache_folder, failed_file, write_atomically
from propersim.experiments.results import Result
from propersim.experiments.sweep import Sweep
from propersim.persona.library import load_persona
from propersim.persona.model import Persona

SIGN = "_"
"""Stands in the id of a persona between that of the one it is made from and what is other, such as ``p04_late``."""

Variations = Callable[[Persona], list[Persona]]
"""Returns the personas that a study runs in place of one; the one itself may be among them."""


def varied_ids(personas: Iterable[str], variations: Variations | None) -> list[str]:
    """Return the ids of the personas that a study runs.

    Args:
        personas: ids of the personas of its sweep.
        variations: what is run in place of each; None for the personas themselves.
    """
    if variations is None:
        return list(personas)
    return [one.id for which in personas for one in variations(load_persona(which))]


def varied_sweep(sweep: Sweep, variations: Variations, folder: Path) -> Sweep:
    """Write the personas that a study makes, and return the sweep of their files.

    A run keeps its persona; the files are only needed until it is made.

    Args:
        sweep: the sweep of a study.
        variations: what is run in place of each persona.
        folder: folder for the files; it is made where it does not exist.

    Raises:
        InputError: a file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise failed_file(error, f"{folder}: cannot be made: ", "name another folder with PROPERSIM_CACHE") from error
    personas: list[str] = []
    for which in sweep.personas:
        own = load_persona(which)
        for one in variations(own):
            if one == own:
                personas.append(which)
                continue
            path = folder / f"{one.id}.json"
            write_atomically(path, one.model_dump_json(exclude_none=True, indent=2))
            personas.append(str(path))
    return msgspec.structs.replace(sweep, personas=personas)


def personas_of(study: str) -> Path:
    """Return the folder of the personas that a study makes."""
    return cache_folder() / "studies" / study


def renamed(persona: Persona, kind: str, **parts: object) -> Persona:
    """Return a persona of another kind, whose id names both, after checking it as a whole.

    Args:
        persona: the persona that it is made from.
        kind: what is other, such as ``late``: letters, digits and hyphens.
        **parts: parts that are replaced, by name.

    Raises:
        ValueError: it is no valid persona.
    """
    fields = {**persona.model_dump(), **parts, "id": f"{persona.id}{SIGN}{kind}"}
    return Persona.model_validate(fields)


def as_variants(results: Iterable[Result]) -> list[Result]:
    """Return results by the persona that theirs was made from.

    ``evidence`` of ``p04_late`` becomes ``evidence late`` of ``p04``.
    """
    found = []
    for one in results:
        persona, sign, kind = one.persona.partition(SIGN)
        found.append(one._replace(persona=persona, variant=f"{one.variant} {kind}") if sign else one)
    return found
