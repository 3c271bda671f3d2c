"""Tell whether a statement leaves open what is wished.

Examples: "mornings are hectic", "cheering is noise".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from propersim.rubric.negators import CONDITIONS, COPULAS, POSITIVE, PREDICATES, PRONOUNS
from propersim.rubric.sentences import Token
from propersim.rubric.untroubled import untroubled_length

BREAKS = frozenset([",", ";", ":", "–", "—", "(", ")"])
"""Marks that end a part of a sentence."""

_APART = frozenset(
    [
        "quiet",
        "silent",
        "silence",
        "alone",
        "private",
        "family",
        "own",
        "sacred",
        "holy",
        "solitary",
        "focus",
        "work",
        "business",
        "office",
        "school",
        "study",
        "sleep",
    ]
)
_OF_TIME = frozenset(["time", "times", "when", "where", "what", "all", "most"])
"""Words that praise no time beside one of ``_APART``: "mornings are quiet time"."""


def unclear_predicate(words: Sequence[Token], names: Callable[[Sequence[Token]], bool]) -> bool:
    """Return whether something is named of which it is not clear whether it is wished.

    Examples: "cheering is noise", "mornings are hectic".
    """
    for at, token in enumerate(words):
        would_be = token.word == "be" and at > 1 and words[at - 1].word in ("would", "will", "might", "could")
        if (token.word not in PREDICATES and not would_be) or at == 0:
            continue
        if token.word in ("makes", "make") and {t.word for t in words[at + 1 : at + 3]} & {"me"}:
            continue  # says what is disliked
        if untroubled_length(words, at):
            continue
        start = next((n for n in range(at - 1, -1, -1) if words[n].word in {";", ":", ",", "–", "—", "("}), -1) + 1
        subject = words[start:at]
        if subject and subject[0].word in ("while", "whereas"):
            subject = subject[1:]  # "…, while afternoons are reserved for work"
        if {t.word for t in subject} & (PRONOUNS | CONDITIONS | {"recommendations", "suggestions", "tips", "to"}) or not names(subject):
            continue
        end = next((n for n in range(at + 1, len(words)) if words[n].word in BREAKS | {"but", "and"}), len(words))
        predicate = words[at + 1 : end]
        said = {t.word for t in predicate}
        positive = said & POSITIVE - (_OF_TIME if said & _APART else set())
        if not positive and not names(predicate):
            return True
    return False


def is_verb(words: Sequence[str], at: int) -> bool:
    """Return whether a word says something of what stands before it ("mornings work well")."""
    word, before = words[at], words[at - 1] if at else ""
    if word not in COPULAS or before == "to":
        return False
    if word in ("work", "suit", "fit", "help", "feel", "seem", "appeal"):
        return before.endswith("s") or before in ("usually", "also", "always")
    return True
