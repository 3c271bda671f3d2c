"""Read the character card in a PNG picture.

A card is JSON in base64, in a ``tEXt`` chunk with the keyword ``ccv3`` (version 3) or ``chara`` (versions 1 and 2).
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
_KEYWORDS = (b"ccv3", b"chara")
"""Keywords of the chunks with a card, the preferred one first."""


def card_text(picture: bytes) -> str:
    """Return the JSON text of the character card in a PNG picture.

    Args:
        picture: the content of the file, which begins with ``SIGNATURE``.

    Raises:
        ValueError: the picture has no card, or is damaged; the message says which.
    """
    found: dict[bytes, bytes] = {}
    for keyword, value in _texts(picture):
        found.setdefault(keyword, value)
    card = next((found[keyword] for keyword in _KEYWORDS if keyword in found), None)
    if card is None:
        raise ValueError("is a PNG picture without a character card (it has no text chunk `chara` or `ccv3`)")
    try:
        text = base64.b64decode(b"".join(card.split()), validate=True)
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
        if kind == b"tEXt":
            keyword, _, value = picture[at + 8 : end - 4].partition(b"\0")
            if keyword in _KEYWORDS:
                # The checksum covers the kind of the chunk and its data.
                if zlib.crc32(picture[at + 4 : end - 4]) != int.from_bytes(picture[end - 4 : end], "big"):
                    raise ValueError("is a PNG picture whose character card is damaged: its checksum is wrong")
                yield keyword, value
        at = end
