"""Lookup of assistants, users, judges and embedders by name, built in or in packages.

A package registers its own under the entry point groups below, as pyproject.toml does for the built-in ones. Built-in names are looked
up in :data:`BUILT_IN`, not in the metadata of packages: reading that takes time, and a source checkout that is not installed has none.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from propersim.core.errors import InputError, PropersimError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

ASSISTANTS = "propersim.assistants"
"""Group of the assistants; see :data:`propersim.runs.factory.AssistantFactory`."""
USERS = "propersim.users"
"""Group of the users, who plan days; see :data:`propersim.runs.factory.PlannerFactory`."""
JUDGES = "propersim.judges"
"""Group of the judges, who rate; see :data:`propersim.runs.factory.RaterFactory`."""
EMBEDDERS = "propersim.embedders"
"""Group of the embedders; see :data:`propersim.runs.factory.EmbedderFactory`."""

_FACTORY = "propersim.runs.factory"
BUILT_IN = {
    ASSISTANTS: {
        "llama": f"{_FACTORY}:make_llama",
        "api": f"{_FACTORY}:make_api_assistant",
        # Controls are made with the judge, by make_assistant itself: no package can register one.
        **dict.fromkeys(("silent", "eager", "random", "oracle"), "propersim.assistant.controls:make_control"),
    },
    USERS: {"routine": f"{_FACTORY}:make_routine", "llm": f"{_FACTORY}:make_llm_routine"},
    JUDGES: {"routine": f"{_FACTORY}:offline_judge", "llm": f"{_FACTORY}:make_llm_judge"},
    EMBEDDERS: {"hashing": f"{_FACTORY}:make_hashing_embedder"},
}
"""Import paths of the built-in factories, by group and name."""

_INTERFACES = {
    ASSISTANTS: "Assistant in propersim/core/interfaces.py",
    USERS: "Planner in propersim/core/interfaces.py",
    JUDGES: "Judge in propersim/core/interfaces.py",
    EMBEDDERS: "Embedder in propersim/memory/embedder.py",
}
"""Where the interface of what a factory returns is defined, by group."""


def names(group: str) -> list[str]:
    """Return the registered names of a group.

    Built-in names come first, then those of other packages, sorted.
    """
    return [*BUILT_IN[group], *sorted(set(_installed(group)) - set(BUILT_IN[group]))]


def is_registered(group: str, name: str) -> bool:
    """Return whether a name is registered in a group."""
    return name in BUILT_IN[group] or name in _installed(group)


def load(group: str, name: str) -> Any:
    """Import and return what is registered under a name; a built-in name cannot be replaced.

    Raises:
        InputError: nothing is registered under the name, or the package that registers it cannot be imported.
    """
    from importlib.metadata import EntryPoint

    entry_point = EntryPoint(name, BUILT_IN[group][name], group) if name in BUILT_IN[group] else _installed(group).get(name)
    if entry_point is None:
        raise InputError(f"no {name!r} is registered in {group}", f"one of {', '.join(names(group))}, or install the package that has it")
    try:
        return entry_point.load()
    except Exception as error:
        # The code of another package may raise anything; that of this project is tested.
        if name in BUILT_IN[group]:
            raise
        raise InputError(
            f"{name}: {entry_point.value} cannot be loaded ({type(error).__name__}: {error})", "repair or reinstall the package that has it"
        ) from error


def make(group: str, name: str, attributes: Sequence[str], *arguments: Any) -> Any:
    """Call the factory that is registered under a name, and check what it returns.

    Args:
        group: the entry point group.
        name: the registered name.
        attributes: methods and attributes that the result must have.
        *arguments: arguments of the factory.

    Raises:
        InputError: the factory of another package cannot be loaded or called, or its result lacks an attribute.
    """
    factory = load(group, name)
    if name in BUILT_IN[group]:
        return factory(*arguments)
    try:
        part = factory(*arguments)
    except PropersimError:
        raise
    except Exception as error:
        raise InputError(
            f"{name} of {origin(group, name)} cannot be made ({type(error).__name__}: {error})", "repair or reinstall that package"
        ) from error
    missing = [attribute for attribute in attributes if not hasattr(part, attribute)]
    if missing:
        raise InputError(
            f"{name} of {origin(group, name)} made a {type(part).__name__}, which lacks {', '.join(missing)}",
            f"see {_INTERFACES[group]} for what it needs",
        )
    return part


def origin(group: str, name: str) -> str | None:
    """Return package and version of a name, as ``package 1.0``; None for a built-in name."""
    if name in BUILT_IN[group]:
        return None
    entry_point = _installed(group).get(name)
    package = entry_point.dist if entry_point is not None else None
    return f"{package.name} {package.version}" if package is not None else "unknown"


@cache
def _installed(group: str) -> dict[str, EntryPoint]:
    """Return the entry points of a group by name.

    Where two packages register one name, the last in alphabetical order of its value wins.
    """
    from importlib.metadata import entry_points

    return {one.name: one for one in sorted(entry_points(group=group), key=lambda one: one.value)}
