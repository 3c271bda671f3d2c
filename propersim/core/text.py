"""Clean untrusted text, suggest spellings, and format short pieces of text."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Set

MAX_SUGGESTION = 400
"""Longest suggestion in a record, in characters (keeps a step under 2 kB)."""


LETTERS_PER_EDIT = 4
"""Letters of a word for each edit that a similar spelling may be away."""
MOST_LISTED = 32
"""Most known words that a message lists where none is similar."""
LEAST_BEGINNING = 3
"""Least letters that count as the beginning of a word."""
_SEPARATORS = re.compile(r"[-_\s]+")


def dollars(cost: float) -> str:
    """Format an amount in US dollars, with two decimals from $0.10 and four below."""
    return f"${cost:.{2 if cost >= 0.1 else 4}f}"


JOINER = "\u200d"
"""The zero-width joiner, which makes one emoji of several: 👩 and 💻 become 👩‍💻."""
_EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
"""Blocks of Unicode that emoji and their skin tones are in."""
_STRAY = re.compile(f"(?<![{_EMOJI}\ufe0f]){JOINER}|{JOINER}(?![{_EMOJI}])")
_UNCONNECTED = re.compile(f"(?<![{_EMOJI}\ufe0f]){JOINER}")


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Characters at the beginning of a cell of a CSV file that make it a formula for a spreadsheet; a quote goes before them."""


def printable(text: str, *, unfinished: bool = False) -> str:
    """Return a text without characters that steer a terminal or hide in it; line ends stay.

    Drops control, format (bidirectional overrides, zero-width) and surrogate characters; other white space becomes a space. A
    :data:`JOINER` stays between two emoji.

    Args:
        text: the text.
        unfinished: whether it is being typed, so that the emoji behind a joiner may still be missing.
    """
    if text.isprintable():
        return text
    # Unprintable characters are of the Unicode categories C (dropped) or Z (white space); some controls are white space too.
    replaced = {ord(ch): " " if ch.isspace() else None for ch in set(text) if not ch.isprintable() and ch not in ("\n", JOINER)}
    text = text.translate(replaced)
    return (_UNCONNECTED if unfinished else _STRAY).sub("", text) if JOINER in text else text


def clean(text: str, limit: int = MAX_SUGGESTION) -> str:
    """Return a text cleaned, on one line, and at most ``limit`` characters long.

    Drops what :func:`printable` drops, and folds white space to single spaces.
    Leaves markup as it is: the code that displays the text must not interpret it.
    """
    if len(text) <= limit and text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    folded = " ".join(printable(text[: 4 * limit]).split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip(f" {JOINER}") + "…"


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most similar to ``word``, or None where none is similar.

    This is the one rule of similarity behind every suggestion of a spelling. Case, hyphens, underscores and spaces do not count. A known
    word is similar if a few edits lead to it (one, or one for each four letters of the longer word), if it has the same parts in another
    order, or if it begins with ``word``. An edit inserts, leaves out or replaces a letter, or swaps two neighbours.
    """
    given = _letters(word)
    parts = sorted(_SEPARATORS.split(word.casefold()))
    best: tuple[int, int] | None = None
    found = None
    for one in sorted(known) if isinstance(known, Set) else known:
        letters = _letters(one)
        longest = max(len(given), len(letters))
        # One edit leaves nothing of a single letter.
        most = max(longest // LETTERS_PER_EDIT, min(longest - 1, 1))
        if best is not None:
            most = min(most, best[0])
        edits = _edits(given, letters, most)
        if edits > most and sorted(_SEPARATORS.split(one.casefold())) == parts:
            edits = most = 1
        elif edits > most and len(given) >= LEAST_BEGINNING and letters.startswith(given):
            edits = most = longest
        if edits <= most and (best is None or (edits, len(letters)) < best):
            best, found = (edits, len(letters)), one
    return found


def _letters(word: str) -> str:
    return _SEPARATORS.sub("", word.casefold())


def _edits(first: str, second: str, most: int) -> int:
    """Return how many edits lead from one text to the other.

    It is more than ``most`` where that many do not.

    An edit inserts, deletes or replaces a character, or swaps two neighbours (the optimal string alignment distance).
    """
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, ch in enumerate(first, 1):
        before, last, row = row, before, [i]
        for j, other in enumerate(second, 1):
            edits = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (ch != other))
            if i > 1 and j > 1 and ch == second[j - 2] and other == first[i - 2]:
                edits = min(edits, last[j - 2] + 1)
            row.append(edits)
        if min(row) > most:
            return most + 1
    return row[-1]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for a message, or "" where no known word is similar."""
    suggestion = nearest(word, known)
    return f"; did you mean {suggestion!r}?" if suggestion else ""


def meant_or_listed(word: str, known: Collection[str]) -> str:
    """Return ``; did you mean 'x'?``, or ``; one of …`` where none of few is similar."""
    listed = f"; one of {', '.join(sorted(known))}" if 0 < len(known) <= MOST_LISTED else ""
    return did_you_mean(word, known) or listed


LOOP = 3
"""A sequence of this many words that occurs this many times is a repetition loop."""


def well_formed(text: str) -> bool:
    """Return whether a text can be a suggestion.

    It needs three words or more, a letter, no incomplete characters and no repetition loop.
    """
    words = text.split()
    if len(words) < 3 or "\ufffd" in text or not any(letter.isalpha() for letter in text):
        return False
    sequences = [tuple(words[i : i + LOOP]) for i in range(len(words) - LOOP + 1)]
    return all(sequences.count(sequence) < LOOP for sequence in set(sequences))


def counted(count: int, noun: str) -> str:
    """Format a count with its noun: ``1 night``, ``2 nights``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
