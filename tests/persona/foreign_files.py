"""Files of other projects for tests, made for them; and PNG pictures with a character card."""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "foreign"
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes, *, wrong: bool = False) -> bytes:
    """Return a chunk of a PNG file; with ``wrong`` its checksum is wrong."""
    checksum = zlib.crc32(kind + data) ^ wrong
    return len(data).to_bytes(4, "big") + kind + data + checksum.to_bytes(4, "big")


def picture(*chunks: bytes) -> bytes:
    """Return a PNG file of one grey pixel with more chunks."""
    head = chunk(b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0")
    return SIGNATURE + head + b"".join(chunks) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def card_chunk(keyword: bytes, text: str, *, wrong: bool = False) -> bytes:
    """Return the text chunk of a character card."""
    return chunk(b"tEXt", keyword + b"\0" + base64.b64encode(text.encode()), wrong=wrong)
