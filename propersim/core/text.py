"""Free text that was not written here is untrusted: it is cleaned before anything else sees it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MAX_SUGGESTION = 400
"""Longest suggestion kept, in characters (keeps a step's record under 2 kB)."""


def dollars(cost: float) -> str:
    """Return a sum of money in a few characters, small ones in small change."""
    return f"${cost:.{2 if cost >= 0.1 else 4}f}"


def clean(text: str, limit: int = MAX_SUGGESTION) -> str:
    """Return a text on one line, without control or direction characters, at most ``limit`` long.

    Control, format (bidirectional overrides, zero-width) and surrogate characters are dropped,
    white space is folded to single spaces. Markup is left as it is: whoever draws it must not interpret it.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    head = text[: 4 * limit]
    if not head.isprintable():
        # What is not printable is of the categories C (dropped) or Z (white space); some controls are white space too.
        head = head.translate({ord(ch): " " if ch.isspace() else None for ch in set(head) if not ch.isprintable()})
    folded = " ".join(head.split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like ``word``, or None where none is near."""
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` to end a message with; "" where no known word is near."""
    near = nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


LOOP = 3
"""A row of this many words that comes this often is a repetition loop."""


def well_formed(text: str) -> bool:
    """Whether a text can be a suggestion at all: some words, no letters cut in half, no loop."""
    words = text.split()
    if len(words) < 3 or "\ufffd" in text or not any(letter.isalpha() for letter in text):
        return False
    rows = [tuple(words[i : i + LOOP]) for i in range(len(words) - LOOP + 1)]
    return all(rows.count(row) < LOOP for row in set(rows))


def counted(count: int, noun: str) -> str:
    """Return a count with its noun: ``1 night``, ``2 nights``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
