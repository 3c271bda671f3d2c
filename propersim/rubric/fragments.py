"""Tell what begins, goes on or stands at a token of a sentence, whatever was read before it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from propersim.rubric.negators import (
    ADDED_PREPOSITIONS,
    AUXILIARIES,
    CLAUSE_STARTS,
    CONDITIONS,
    IMPERATIVES,
    NARROW,
    NEUTRAL,
    PRONOUNS,
    WIDE,
    phrase_length,
)
from propersim.rubric.predicates import BREAKS, is_verb
from propersim.rubric.sentences import Token
from propersim.rubric.untroubled import untroubled_length

_ENDS = {"", ",", ";", ".", "!", "?", ":"}


class Fragments:
    """The tokens of a sentence, asked by place."""

    def __init__(self, words: Sequence[Token], names: Callable[[Sequence[Token]], bool]) -> None:
        self.words = words
        self.names = names

    def word(self, at: int) -> str:
        """Return the word of a token, or "" beyond either end."""
        return self.words[at].word if 0 <= at < len(self.words) else ""

    def after_joint(self, at: int) -> int:
        """Return the first token after the commas and joining words at a token."""
        while at < len(self.words) and (
            self.word(at) in (",", "and", "–", "—", ":", "so", ";", ".") or (self.word(at) == "please" and self.word(at + 1) in _ENDS)
        ):
            at += 1
        return at

    def fragment(self, at: int) -> list[str]:
        """Return the words from a token to the next comma, semicolon or colon."""
        end = next((n for n in range(at, len(self.words)) if self.words[n].word in {",", ";", ":", "but", "(", "–", "—"}), len(self.words))
        return [t.word for t in self.words[at:end]]

    def is_list(self, at: int, joins: Collection[str]) -> bool:
        """Return whether a comma stands in a list that ends in one of the joining words."""
        for n in range(at + 1, len(self.words)):
            word = self.words[n].word
            if word in joins:
                fragment = self.fragment(n + 1)
                return not self.is_fresh(n + 1) and not (word == "and" and any(is_verb(fragment, n) for n in range(len(fragment))))
            if word in (";", ":", ".", "but", "–", "—", "so", "that", "which", "because") or word in PRONOUNS:
                return False
            if n > at + 1 and self.opens(n):
                return False
            if word == "," and self.is_fresh(n + 1):
                return False
        return False

    def is_bare(self, at: int) -> bool:
        """Return whether a fragment is only a noun phrase.

        It continues no clause of time, and joins nothing.
        """
        fragment = self.fragment(at)
        return bool(fragment) and not set(fragment[:2]) & (
            ADDED_PREPOSITIONS | {"or", "and", "nor", "especially", "even", "ever", "as", "which"}
        )

    def is_fresh(self, at: int) -> bool:
        """Return whether a new statement begins at a token.

        Example: "be direct", "I like …", "evenings are fine".
        """
        word, after = self.word(at), self.word(at + 1)
        if word == "please":
            return after in IMPERATIVES | PRONOUNS
        if (word, after) in (("rather", "than"), ("instead", "of"), ("better", "not"), ("just", "as"), ("only", "because")):
            return False
        if word in CLAUSE_STARTS or word in PRONOUNS:
            return True
        if word in IMPERATIVES:
            return True
        fragment = self.fragment(at)
        verbs = [n for n in range(len(fragment)) if is_verb(fragment, n)]
        return (
            bool(verbs)
            and 0 < verbs[0] <= 6
            and not set(fragment[: verbs[0]]) & (CONDITIONS | {"where", "which", "that", "who", "because"})
        )

    def opens(self, at: int) -> bool:
        """Return whether a negator stands at a token."""
        if at >= len(self.words) or phrase_length(self.words, at, NEUTRAL) or untroubled_length(self.words, at):
            return False
        return bool(phrase_length(self.words, at, WIDE) or phrase_length(self.words, at, NARROW) or self.word(at) == "never")

    def sends_away(self, at: int) -> bool:
        """Return whether "keep", "leave" or "put" refuses what follows it.

        Examples: "keep games away from me", "leave money out of it", "put formality aside".
        """
        end = next((n for n in range(at, len(self.words)) if self.words[n].word in (";", ".", ":", "but")), len(self.words))
        pairs = {(self.word(n), self.word(n + 1)) for n in range(at + 1, end)}
        if self.word(at) not in ("keep", "leave"):
            return any(self.word(n) in ("aside", "behind", "away") for n in range(at + 1, min(end, at + 7)))
        alone = self.word(at) == "leave" and any(self.word(n) == "alone" for n in range(at + 1, end))
        return alone or bool(pairs & {("away", "from"), ("out", "of"), ("off", "my"), ("to", "yourself")})

    def is_conditional(self, at: int) -> bool:
        """Return whether a negator belongs to a circumstance: "when I am not cooking"."""
        near = [self.word(n) for n in range(max(0, at - 3), at)]
        after_condition = near[::-1]
        return any(
            word in CONDITIONS and not set(after_condition[:n]) - PRONOUNS - AUXILIARIES - {"am"} for n, word in enumerate(after_condition)
        )

    def list_start(self, start: int, at: int) -> int:
        """Return where the list begins whose last entries are a subject.

        Example: "fashion, decoration and pets are wasted on me".
        """
        if not {"and", "or"} & {t.word for t in self.words[start:at]}:
            return start
        first = start
        while self.word(first - 1) == ",":
            before = next((n for n in range(first - 2, -1, -1) if self.words[n].word in BREAKS), -1) + 1
            entry = [t.word for t in self.words[before : first - 1]]
            if (
                not 0 < len(entry) <= 4
                or set(entry) & (PRONOUNS | CONDITIONS | IMPERATIVES)
                or any(is_verb(entry, n) for n in range(len(entry)))
            ):
                break
            first = before
        return first
