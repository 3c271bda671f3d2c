"""Data files of the world, read through the package so that they are part of the wheel."""

from __future__ import annotations

from importlib.resources import files


def data_text(name: str) -> str:
    """Return the text of a file in this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def data_bytes(name: str) -> bytes:
    """Return the bytes of a file in this folder."""
    return files(__package__).joinpath(name).read_bytes()


def data_names() -> list[str]:
    """Return the names of all data files, sorted."""
    return sorted(entry.name for entry in files(__package__).iterdir() if not entry.name.endswith((".py", ".pyc", "__pycache__")))
