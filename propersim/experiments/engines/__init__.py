"""Engines of batches: what carries out the runs, on this machine or on many."""

from __future__ import annotations

from importlib.util import find_spec

from propersim.core.errors import InputError

PACKAGES = {"ray": ("ray", "Ray"), "slurm": ("submitit", "submitit")}
"""The module and the name of the package that an engine needs, by name of the engine."""


def not_installed(engine: str) -> InputError:
    """Return the error for an engine whose package is missing."""
    return InputError(f"--engine {engine}: {PACKAGES[engine][1]} is not installed", f"pip install 'propersim[{engine}]'")


def check_engine(engine: str) -> None:
    """Check that the package of an engine is installed, without importing it.

    Raises:
        InputError: it is not.
    """
    if engine in PACKAGES and find_spec(PACKAGES[engine][0]) is None:
        raise not_installed(engine)
