"""Read the header of a GGUF file: its metadata and the shapes of its tensors.

The file is untrusted: every length in it is checked against the size of the file before anything is read.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, Final

from propersim.core.errors import InputError
from propersim.models.lfs_pointers import refuse_pointers

_MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_FIXED: Final = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_LONGEST: Final = 1 << 24
"""Maximum bytes of a string (chat templates are far shorter), and maximum number of keys, tensors or array elements in a file."""


@dataclass(frozen=True, repr=False)
class GgufArray:
    """An array of the metadata, of which only the length is read."""

    length: int

    def __bool__(self) -> bool:
        return self.length > 0

    def __repr__(self) -> str:
        return f"a list of {self.length:,}"


@dataclass(frozen=True)
class Place:
    """Where a tensor's data are.

    Attributes:
        kind: number of the data type in ggml.
        offset: bytes from the beginning of all data.
    """

    kind: int
    offset: int


@dataclass(frozen=True)
class GgufHead:
    """The header of a GGUF file.

    Attributes:
        metadata: values by key; a :class:`GgufArray` for an array.
        shapes: shapes of the tensors by name, innermost dimension first, as in the file.
        places: where the tensors' data are, by name.
        end: bytes of the header.
        size: bytes of the file.
    """

    metadata: dict[str, Any]
    shapes: dict[str, tuple[int, ...]]
    places: dict[str, Place]
    end: int
    size: int

    @property
    def architecture(self) -> str:
        """Name of the architecture, such as ``llama``."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def parameters(self) -> int:
        """Number of parameters."""
        return sum(prod(shape) for name, shape in self.shapes.items() if not name.startswith("rope_"))

    def number(self, key: str, default: int = 0) -> int:
        """Return an integer of this architecture by its key, such as ``block_count``.

        If it is missing, ``default`` is returned.
        """
        value = self.metadata.get(f"{self.architecture}.{key}", default)
        return value if isinstance(value, int) else default

    def length(self, key: str) -> int:
        """Return the length of an array by its whole key; 0 if it is missing or no array."""
        value = self.metadata.get(key)
        return value.length if isinstance(value, GgufArray) else 0


class _Damaged(Exception):
    pass


class _Reader:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self.size = file, size

    def take(self, count: int) -> bytes:
        data = self._file.read(count) if 0 <= count <= _LONGEST else b""
        if len(data) != count:
            raise _Damaged
        return data

    def fixed(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def count(self) -> int:
        number = int(self.fixed("<Q"))
        if number > min(self.size, _LONGEST):
            raise _Damaged
        return number

    def text(self) -> str:
        return self.take(self.count()).decode("utf-8", errors="replace")

    def skip(self, count: int) -> None:
        if count < 0 or self._file.seek(count, 1) > self.size:
            raise _Damaged

    def value(self, kind: int) -> Any:
        if kind in _FIXED:
            return self.fixed(_FIXED[kind])
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            raise _Damaged
        inner, count = self.fixed("<I"), self.count()
        if inner in _FIXED:
            self.skip(count * struct.calcsize(_FIXED[inner]))
        elif inner == _STRING:
            for _ in range(count):
                self.skip(self.count())
        else:
            raise _Damaged
        return GgufArray(count)

    @property
    def at(self) -> int:
        return self._file.tell()


def read_head(path: Path) -> GgufHead:
    """Return the header of a GGUF file.

    Raises:
        InputError: the file cannot be read, is not a GGUF file, or is damaged or truncated.
    """
    again = "download the file again: it is damaged or incomplete"
    refuse_pointers(path)
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            reader = _Reader(file, size)
            if reader.take(4) != _MAGIC:
                raise InputError(
                    f"{path}: not a GGUF file", "a GGUF file begins with the letters GGUF; give such a file, a folder or a hub id"
                )
            version = reader.fixed("<I")
            if version not in _VERSIONS:
                raise InputError(
                    f"{path}: GGUF version {version} cannot be read", "versions 2 and 3 are supported, in little-endian byte order"
                )
            tensors, keys = reader.count(), reader.count()
            metadata = {reader.text(): reader.value(reader.fixed("<I")) for _ in range(keys)}
            shapes: dict[str, tuple[int, ...]] = {}
            places: dict[str, Place] = {}
            last = 0
            for _ in range(tensors):
                name, dimensions = reader.text(), int(reader.fixed("<I"))
                if dimensions > 4 or name in shapes:
                    raise _Damaged
                shapes[name] = tuple(int(reader.fixed("<Q")) for _ in range(dimensions))
                places[name] = Place(int(reader.fixed("<I")), int(reader.fixed("<Q")))
                last = max(last, places[name].offset)
            end = reader.at
            if not tensors or end + last >= size:
                raise _Damaged
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error}", again) from error
    except _Damaged as error:
        raise InputError(f"{path}: a damaged GGUF file", again) from error
    return GgufHead(metadata, shapes, places, end, size)
