"""Read the character card in a PNG picture.

A card is JSON in base64, in a text chunk with the keyword ``ccv3`` (version 3) or ``chara`` (versions 1 and 2): ``tEXt``, or ``zTXt`` and
``iTXt``, whose text may be compressed. ``ccv3`` goes before ``chara``; two different cards in chunks of one keyword are refused.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PICTURE = 32 * 2**20
"""Maximum size of a picture, in bytes."""
MAX_CARD = 2 * 2**20
"""Maximum size of the JSON of a card, in bytes."""
_MAX_VALUE = 3 * MAX_CARD // 2
"""Maximum size of a card in base64, in bytes: compressed data may expand a thousandfold."""
_KEYWORDS = (b"ccv3", b"chara")
"""Keywords of the chunks with a card, the preferred one first."""


def card_text(picture: bytes) -> str:
    """Return the JSON text of the character card in a PNG picture.

    Args:
        picture: the content of the file, which begins with ``SIGNATURE``.

    Raises:
        ValueError: the picture has no card, or is damaged; the message says which.
    """
    found: dict[bytes, list[bytes]] = {}
    for keyword, value in _texts(picture):
        found.setdefault(keyword, []).append(value)
    cards = next((found[keyword] for keyword in _KEYWORDS if keyword in found), None)
    if cards is None:
        raise ValueError("is a PNG picture without a character card (it has no text chunk `chara` or `ccv3`)")
    texts = dict.fromkeys(map(_json_text, cards))
    if len(texts) > 1:
        raise ValueError(f"is a PNG picture with {len(texts)} different character cards; save the one that is meant as a JSON file")
    return next(iter(texts))


def _json_text(card: bytes) -> str:
    """Return the JSON text of a card's chunk.

    Raises:
        ValueError: it is damaged or too large.
    """
    try:
        # Some tools write the JSON as it is.
        text = card if card.lstrip().startswith(b"{") else base64.b64decode(b"".join(card.split()), validate=True)
        if len(text) > MAX_CARD:
            raise ValueError(f"is a PNG picture whose character card is larger than {MAX_CARD} bytes")
        return text.decode("utf-8-sig")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("is a PNG picture whose character card is damaged: it is not UTF-8 text in base64") from error


def _texts(picture: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield keyword and value of each text chunk that can hold a card.

    Raises:
        ValueError: the picture ends within a chunk, or the checksum of such a chunk is wrong.
    """
    at = len(SIGNATURE)
    while at < len(picture):
        length, kind = int.from_bytes(picture[at : at + 4], "big"), picture[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(picture):
            raise ValueError("is a PNG picture that is cut off")
        if kind == b"IEND":
            return
        if kind in (b"tEXt", b"zTXt", b"iTXt"):
            keyword, _, value = picture[at + 8 : end - 4].partition(b"\0")
            if keyword in _KEYWORDS:
                # The checksum covers the kind of the chunk and its data.
                if zlib.crc32(picture[at + 4 : end - 4]) != int.from_bytes(picture[end - 4 : end], "big"):
                    raise ValueError("is a PNG picture whose character card is damaged: its checksum is wrong")
                yield keyword, _value(kind, value)
        at = end


def _value(kind: bytes, data: bytes) -> bytes:
    """Return the text of a text chunk.

    Args:
        kind: ``tEXt``, ``zTXt`` or ``iTXt``.
        data: what follows the keyword and its zero byte.

    Raises:
        ValueError: it is damaged, or too large once it is decompressed.
    """
    if kind == b"tEXt":
        return data
    if kind == b"zTXt":
        return _decompressed(data[1:])
    flags, rest = data[:2], data[2:].split(b"\0", 2)
    if len(rest) < 3:
        raise ValueError("is a PNG picture whose character card is damaged: its text chunk has no text")
    # The first two parts are a language and the translated keyword.
    return _decompressed(rest[2]) if flags[:1] == b"\1" else rest[2]


def _decompressed(data: bytes) -> bytes:
    """Return compressed data, at most as much as a card may have.

    Raises:
        ValueError: they are damaged, or larger.
    """
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(data, _MAX_VALUE + 1)
    except zlib.error as error:
        raise ValueError("is a PNG picture whose character card is damaged: it cannot be decompressed") from error
    if len(text) > _MAX_VALUE:
        raise ValueError(f"is a PNG picture whose character card is larger than {MAX_CARD} bytes")
    if not reader.eof:
        raise ValueError("is a PNG picture whose character card is damaged: its compressed text is cut off")
    return text
