"""Find the topics that a text names, without words that only describe another topic.

Example: "philosophical films" are films).
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric import lexicon
from propersim.rubric.lexicon import Hit
from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

ADJECTIVES = word_set(
    """philosophical reflective introspective mindful poetic musical financial political geopolitical historical scientific artistic
    relaxing organizational organisational mindset-oriented contrarian literary culinary technical tech medical
    healthy social creative fashionable practical productive"""
)
_EXAMPLES = (
    ("such", "as"),
    ("like",),
    ("including",),
    ("for", "example"),
    ("for", "instance"),
    ("namely",),
    ("especially",),
    ("e", ".", "g"),
)
_PASSED = {"and", "or", ",", "short", "long", "new", "old", "good", "great", "light", "deep", "simple", "more", "some", "any", "a", "an"}


def find_topics(words: Sequence[Token], start: int = 0, end: int | None = None) -> list[Hit]:
    """Find the topics in a statement.

    An adjective counts ("reflective ideas") unless it describes a topic named after it ("reflective films", "reflective ideas such as
    films").

    Args:
        words: the tokens.
        start: the first token to search.
        end: the token after the last to search; None: to the end.
    """
    hits = [hit for hit in lexicon.find("topics", words, start, end) if not _is_verb(words, hit)]
    return [hit for n, hit in enumerate(hits) if not (_is_adjective(words, hit) and _describes(words, hit, hits[n + 1 :]))]


def find_near_topics(words: Sequence[Token], start: int = 0, end: int | None = None) -> list[Hit]:
    """Find the words of a statement that may mean a topic.

    Args:
        words: the tokens.
        start: the first token to search.
        end: the token after the last to search.
    """
    return lexicon.find("near_topics", words, start, end)


def names_topic(words: Sequence[Token]) -> bool:
    """Return whether some words name a topic."""
    return bool(lexicon.find("topics", words))


def _is_verb(words: Sequence[Token], hit: Hit) -> bool:
    """Return whether a topic is only the verb before another one.

    Example: "I like to read about history".
    """
    said = [t.word for t in words[hit.end : hit.end + 1]]
    return [t.word for t in words[hit.start : hit.end]] in (["read"], ["reading"]) and said in (["about"], ["of"], ["on"])


def _is_adjective(words: Sequence[Token], hit: Hit) -> bool:
    return all(t.word in ADJECTIVES for t in words[hit.start : hit.end])


def _describes(words: Sequence[Token], hit: Hit, later: Sequence[Hit]) -> bool:
    noun = next((one for one in later if not _is_adjective(words, one)), None)
    if noun is None:
        return False
    gap = [t.word for t in words[hit.end : noun.start]]
    if all(word in _PASSED or word in ADJECTIVES for word in gap):
        return True
    for example in _EXAMPLES:
        for at in range(len(gap)):
            if tuple(gap[at : at + len(example)]) == example:
                return len(gap) <= 8
    return False


_OFFERED = word_set("""tips tip ideas idea suggestions suggestion recommendations recommendation advice prompts facts things thing questions
    insights reminders new related""")


def unread_list_entries(words: Sequence[Token], hits: Sequence[Hit], start: int, end: int) -> list[tuple[int, int]]:
    """Return the entries beside topics of a list that name no topic.

    Example: "origami" in "music or origami".

    Args:
        words: the tokens.
        hits: the topics.
        start: the first token of the part that names topics.
        end: the token after its last.
    """
    known = {n for hit in lexicon.find("topics", words, start, end) for n in range(hit.start, hit.end)}
    found = []
    for hit in hits:
        if hit.end < end - 1 and words[hit.end].word in ("and", "or"):
            last = next(
                (n for n in range(hit.end + 1, end) if not words[n].word.replace("-", "").isalpha() or words[n].word in _STOPS), end
            )
            entry = [n for n in range(hit.end + 1, last) if words[n].word not in _OFFERED]
            if 0 < len(entry) <= 2 and not known & set(range(hit.end + 1, last)):
                found.append((entry[0], entry[-1] + 1))
    return found


_STOPS = word_set("and or for about when while during on in at with that to from of i please")
