"""Look up assistants, users, judges, embedders and trackers by name, built in or not.

A package registers its own under the entry point groups below, as pyproject.toml does for the built-in ones. Built-in names are looked
up in :data:`BUILT_IN`, not in the metadata of packages: reading that takes time, and a source checkout that is not installed has none.

A name stands for one factory. A built-in name cannot be replaced; a name that two packages register stands for neither, until one of
them is removed. Nothing is imported before it is used, so that a package that cannot be imported fails only the commands that name it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from propersim.core.errors import InputError, PropersimError
from propersim.core.program import program
from propersim.core.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from importlib.metadata import Distribution, EntryPoint

ASSISTANTS = "propersim.assistants"
"""Group of the assistants; see :data:`propersim.runs.factory.AssistantFactory`."""
USERS = "propersim.users"
"""Group of the users, who plan days; see :data:`propersim.runs.factory.PlannerFactory`."""
JUDGES = "propersim.judges"
"""Group of the judges, who rate; see :data:`propersim.runs.factory.RaterFactory`."""
EMBEDDERS = "propersim.embedders"
"""Group of the embedders; see :data:`propersim.runs.factory.EmbedderFactory`."""
TRACKERS = "propersim.trackers"
"""Group of the trackers, which show the figures of runs; see :data:`propersim.experiments.trackers.base.TrackerFactory`."""

_FACTORY = "propersim.runs.factory"
_TRACKERS = "propersim.experiments.trackers"
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
    TRACKERS: {"mlflow": f"{_TRACKERS}.mlflow_tracker:make_tracker", "trackio": f"{_TRACKERS}.trackio_tracker:make_tracker"},
}
"""Import paths of the built-in factories, by group and name."""

RESERVED = ("auto", "both", "human")
"""Values of options that take a name, which are no names."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
_OWN = "propersim"

_INTERFACES = {
    ASSISTANTS: "Assistant in propersim/core/interfaces.py",
    USERS: "Planner in propersim/core/interfaces.py",
    JUDGES: "Judge in propersim/core/interfaces.py",
    EMBEDDERS: "Embedder in propersim/memory/embedder.py",
    TRACKERS: "Tracker in propersim/experiments/trackers/base.py",
}
"""Where the interface of what a factory returns is defined, by group."""


class PlugIn(NamedTuple):
    """A name that a package registers.

    Attributes:
        group: the entry point group.
        name: the name, cleaned.
        package: name of the package.
        version: version of the package; "" where its metadata has none.
        target: import path of the factory, as ``module:name``.
        refused: why the name is not used; "" where it is.
    """

    group: str
    name: str
    package: str
    version: str
    target: str
    refused: str = ""

    @property
    def origin(self) -> str:
        """Package and version, as ``package 1.0``."""
        return f"{self.package} {self.version}".strip()


def names(group: str) -> list[str]:
    """Return the names of a group that can be used.

    Built-in names come first, then those of other packages, sorted. Nothing is imported to find out whether it can be.
    """
    return [*BUILT_IN[group], *sorted(one.name for one in installed(group) if not one.refused)]


def is_registered(group: str, name: str) -> bool:
    """Return whether a name is built in, or a package registers it, be it refused or not."""
    return name in BUILT_IN[group] or any(one.name == name for one in installed(group))


def load(group: str, name: str) -> Any:
    """Import and return what is registered under a name.

    Raises:
        InputError: nothing is registered under the name, the name is refused, or the package cannot be imported.
    """
    from importlib.metadata import EntryPoint

    if name in BUILT_IN[group]:
        # The code of this project is tested: its errors are not those of a package.
        return EntryPoint(name, BUILT_IN[group][name], group).load()
    found = [one for one in installed(group) if one.name == name]
    if not found:
        raise InputError(f"no {name!r} is registered in {group}", f"one of {', '.join(names(group))}, or install the package that has it")
    return _load(found[0])


def _load(plug_in: PlugIn) -> Any:
    """Import and return the factory of a plug-in.

    Raises:
        InputError: it is refused, cannot be imported, or cannot be called.
    """
    from importlib.metadata import EntryPoint

    repair = "repair, update or remove the package that has it"
    if plug_in.refused:
        raise InputError(f"{plug_in.name}: {plug_in.refused}", f"`{program()} plugins` lists the names and their packages")
    try:
        factory = EntryPoint(plug_in.name, plug_in.target, plug_in.group).load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # The code of another package may raise anything, also what is no Exception.
        raise InputError(f"{plug_in.name}: {plug_in.target} cannot be loaded ({_line(error)})", repair) from error
    if not callable(factory):
        raise InputError(f"{plug_in.name}: {plug_in.target} is no function, but a {type(factory).__name__}", repair)
    return factory


def problem(plug_in: PlugIn) -> str:
    """Import a plug-in; return in one line why it cannot be used, "" where it can."""
    try:
        _load(plug_in)
    except InputError as error:
        return clean(plug_in.refused or error.message.removeprefix(f"{plug_in.name}: "), limit=300)
    return ""


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
    except (PropersimError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise InputError(f"{name} of {origin(group, name)} cannot be made ({_line(error)})", "repair or reinstall that package") from error
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
    return next((one.origin for one in installed(group) if one.name == name), "not installed")


def fault(error: BaseException, origins: Iterable[str]) -> InputError:
    """Return the error of a run that failed with plug-ins in it, as one line.

    Args:
        error: what was raised, by a plug-in or because of what it returned.
        origins: the run's plug-ins, as ``toy of package 1.0``.
    """
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename}, line {frames[-1].lineno}" if frames else ""
    return InputError(
        f"a run with {', '.join(origins)} failed: {_line(error)}{place}", "repair or update that package, then resume the run"
    )


def _line(error: BaseException) -> str:
    """Return type and text of an error in one line."""
    return clean(f"{type(error).__name__}: {error}", limit=300)


@cache
def installed(group: str) -> tuple[PlugIn, ...]:
    """Return what other packages register in a group, sorted by name and package.

    None of them is imported.
    """
    found = {
        PlugIn(group, clean(point.name, 60), *_package(point.dist), clean(point.value, 200))
        for point in entry_points(group)
        # The built-in ones, where this project is installed.
        if _package(point.dist)[0] != _OWN
    }
    return tuple(sorted(one._replace(refused=_refusal(one, found)) for one in found))


def _refusal(plug_in: PlugIn, among: Iterable[PlugIn]) -> str:
    """Return why a name cannot be used; "" where it can."""
    if plug_in.name in BUILT_IN[plug_in.group]:
        return "the name is built in, and cannot be replaced"
    if plug_in.name in RESERVED or not _NAME.fullmatch(plug_in.name):
        return "no valid name: a name has 1 to 40 lower-case letters, digits, dots, - and _, and is not " + " or ".join(RESERVED)
    claims = sorted(one.origin for one in among if one.name == plug_in.name)
    if len(claims) > 1:
        return f"registered more than once, by {' and '.join(claims)}: remove all but one"
    return ""


def _package(package: Distribution | None) -> tuple[str, str]:
    """Return name and version of a package."""
    try:
        name, version = (package.metadata["Name"], package.metadata["Version"]) if package is not None else (None, None)
    except (OSError, ValueError, KeyError):
        name = version = None
    return clean(name or "unknown", 80), clean(version or "", 40)


def entry_points(group: str, name: str | None = None) -> list[EntryPoint]:
    """Return the entry points of a group, also where a package has damaged metadata.

    Args:
        group: the group.
        name: a name; None for all.
    """
    from importlib.metadata import entry_points as of_all_packages

    try:
        return list(of_all_packages(group=group) if name is None else of_all_packages(group=group, name=name))
    except Exception:
        # One package with a damaged file would hide all others.
        every = [point for package in _packages() for point in _points(package) or () if point.group == group]
        return [point for point in every if name in (None, point.name)]


def damaged() -> list[tuple[str, str]]:
    """Return name and version of the packages whose entry points cannot be read."""
    return sorted({_package(package) for package in _packages() if _points(package) is None})


def _packages() -> list[Distribution]:
    """Return the installed packages.

    Of several with one name it is the first on the path, as Python imports it.
    """
    from importlib.metadata import distributions

    return list({_package(package)[0].lower(): package for package in reversed(list(distributions()))}.values())


def _points(package: Distribution) -> list[EntryPoint] | None:
    """Return the entry points of a package, or None where they cannot be read."""
    try:
        return list(package.entry_points)
    except Exception:
        # What Python raises here depends on the fault: TypeError, UnicodeDecodeError and others.
        return None
