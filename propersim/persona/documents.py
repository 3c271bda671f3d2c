"""Read persona files of any format as data.

Formats are YAML, JSON, TOML, JSON lines, and character cards in PNG pictures.
"""

from __future__ import annotations

import codecs
import contextlib
import json
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from propersim.core.errors import PersonaError, reason
from propersim.core.files import similar_file
from propersim.core.program import program
from propersim.core.safe_yaml import has_giant_integer
from propersim.core.text import clean
from propersim.persona.foreign_formats import recognise
from propersim.persona.parsing import parse_yaml, several
from propersim.persona.png_card import MAX_CARD, MAX_PICTURE, SIGNATURE, card_text

MAX_BYTES = 200_000
"""Maximum size of a persona file that is text."""
_YAML = (".yaml", ".yml")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
"""The first of these begins with the mark of UTF-16."""
_BINARY = {
    b"\xff\xd8\xff": "a JPEG picture; of pictures, only PNG files can hold a character card",
    b"GIF8": "a GIF picture; of pictures, only PNG files can hold a character card",
    b"RIFF": "a WebP picture or another media file; of pictures, only PNG files can hold a character card",
    b"PK\x03\x04": "a ZIP archive; unpack it, and give a file in it",
    b"\x1f\x8b": "a gzip archive; unpack it, and give a file in it",
    b"%PDF": "a PDF file",
    b"SQLite format 3\0": f"a SQLite database; `{program()} runs ls --db FILE` lists the runs in one",
}
"""Beginnings of files that people mistake for persona files."""


class _RepeatedKeyError(ValueError):
    """A key that an object of JSON has twice: readers of JSON silently take the last."""


class Document(NamedTuple):
    """The content of a persona file.

    Attributes:
        raw: the data; not checked, so not always a mapping.
        root: the root node of a YAML document, for line numbers; None for other formats.
    """

    raw: Any
    root: yaml.Node | None


def read_document(path: Path) -> Document:
    """Read a persona file of this project or another.

    Raises:
        PersonaError: the file cannot be read or parsed; the message says why.
    """
    data = _read_bytes(path)
    if data.startswith(SIGNATURE):
        try:
            return _parse(card_text(data), ".json", str(path))
        except ValueError as error:
            raise PersonaError(f"{path}: {error}") from error
    if len(data) > MAX_BYTES:
        return _large(data, path)
    return _parse(_decode(data, path), path.suffix.lower(), str(path))


def _read_bytes(path: Path) -> bytes:
    """Return the bytes of a file, at most one more than a character card may have."""
    try:
        if path.is_dir():
            raise PersonaError(f"{path}: is a folder, not a file; give a persona file in it")
        if path.exists() and not path.is_file():
            raise PersonaError(f"{path}: is not a file")
        with path.open("rb") as file:
            data = file.read(MAX_CARD + 1)
            if data.startswith(SIGNATURE):
                data += file.read(MAX_PICTURE + 1 - len(data))
                if len(data) > MAX_PICTURE:
                    raise PersonaError(f"{path}: larger than {MAX_PICTURE} bytes, too large for a character card")
            return data
    except (OSError, ValueError) as error:
        meant = similar_file(path) if isinstance(error, FileNotFoundError) else ""
        raise PersonaError(f"{path}: cannot be read: {reason(error)}{meant}") from error


def _large(data: bytes, path: Path) -> Document:
    """Return the content of a file that is too large for a persona, if it is of another project.

    Character cards can contain whole lore books. Files of PersonaHub have millions of lines, of which the first tells what they are.
    """
    text = data.decode("utf-8-sig", errors="replace")
    raw: Any = _first_line(text)
    _refuse_lines(text, str(path))
    if recognise(raw) is None and len(data) <= MAX_CARD and text.lstrip().startswith("{"):
        with contextlib.suppress(ValueError, RecursionError):
            raw = _json(text)
    if recognise(raw) is None:
        raise PersonaError(f"{path}: larger than {MAX_BYTES} bytes, too large for a persona")
    return Document(raw, None)


def _decode(data: bytes, path: Path) -> str:
    for beginning, name in _BINARY.items():
        if data.startswith(beginning):
            raise PersonaError(f"{path}: is not a persona file but {name}")
    encoding = _wide_encoding(data)
    if encoding:
        raise PersonaError(f"{path}: is {encoding} text, not UTF-8; save it as UTF-8")
    if 0 in data:
        raise PersonaError(f"{path}: is a binary file, not UTF-8 text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PersonaError(f"{path}: is not UTF-8 text (byte {error.start}); save it as UTF-8") from error


def _wide_encoding(data: bytes) -> str:
    """Return the name of an encoding with two or four bytes a character; "" for others."""
    if data.startswith(_UTF_32):
        return "UTF-32"
    if data.startswith(_UTF_16):
        return "UTF-16"
    # Without a mark: hardly any other text is whole characters of four bytes.
    for name in ("utf-32-le", "utf-32-be"):
        with contextlib.suppress(UnicodeDecodeError):
            if 0 in data and "\0" not in data.decode(name):
                return "UTF-32"
    # Every second byte of English text in UTF-16 is zero.
    start = data[:1000]
    return "UTF-16" if len(data) > 1 and 0.4 <= start.count(0) / len(start) <= 0.8 and 0 in start[:2] else ""


def _parse(text: str, suffix: str, name: str) -> Document:
    """Parse a text by the suffix of its file; of an unknown suffix, by its first character."""
    if suffix == ".toml":
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            raise _invalid(name, "TOML", error) from error
        if has_giant_integer(data):
            raise PersonaError(f"{name}: holds an integer of hundreds of digits")
        return Document(data, None)
    braces = text.lstrip()[:1] in ("{", "[")
    _refuse_lines(text, name)
    if suffix == ".json" or (braces and suffix not in _YAML):
        try:
            return Document(_json(text), None)
        except _RepeatedKeyError as error:
            raise PersonaError(f"{name}: the key {error} is given twice", "keep one of the two") from error
        except (ValueError, RecursionError) as error:
            line = _first_line(text)
            if recognise(line) is not None:
                return Document([line], None)
            if suffix == ".json":
                raise _invalid(name, "JSON", error) from error
    try:
        root, raw = parse_yaml(text, name)
    except PersonaError:
        line = _first_line(text) if braces else None
        if recognise(line) is None:
            raise
        return Document([line], None)
    return Document(raw, root)


def _refuse_lines(text: str, name: str) -> None:
    """Refuse a file of JSON lines with several objects, if not of another project.

    Raises:
        PersonaError: it is one.
    """
    lines = text.lstrip().split("\n", 1)
    first = _first_line(lines[0])
    if isinstance(first, dict) and recognise(first) is None and len(lines) > 1 and lines[1].lstrip().startswith("{"):
        raise several(first, name, "a file of JSON lines")


def _json(text: str) -> Any:
    """Return the data of a JSON text.

    Raises:
        ValueError: it is not JSON, or an object in it has a key twice.
    """
    return json.loads(text, object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _RepeatedKeyError(repr(clean(next(key for key in keys if keys.count(key) > 1), limit=60)))
    return found


def _first_line(text: str) -> Any:
    """Return the data of the first line of a file of JSON lines; None if it is not JSON."""
    try:
        return _json(text.lstrip().partition("\n")[0])
    except (ValueError, RecursionError):
        return None


def _invalid(name: str, language: str, error: Exception) -> PersonaError:
    return PersonaError(f"{name}: not valid {language}: {str(error)[:200]}", f"check the file with an editor that supports {language}")
