"""Split a sentence into clauses by what its words are for.

Wished, refused, named in contrast, or given as a reason.

A negator ("not", "never", "no", "without", "except") has a *scope*: the words that it refuses. A wide scope ("never …", "please do not …")
lasts to the end of the clause; a narrow one ("warm, not stiff, and short") is cut out of the statement around it. "Jokes are not welcome"
refuses what stands before it. Where the end of a scope is open ("no jokes, slang"), the clause after it is doubtful: it gives no sure rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

from propersim.rubric.negators import NEGATED_VERBS
from propersim.rubric.predicates import unclear_predicate
from propersim.rubric.scope_reader import ClauseKind, ScopeReader
from propersim.rubric.sentences import Token
from propersim.rubric.wishes import REPORT, is_report

OPEN_PREDICATE = "it is not clear whether this is wished"


class Clause(NamedTuple):
    """Words of a sentence that belong together.

    Attributes:
        kind: ``statement`` and ``refusal`` are rules; ``contrast`` is neither wished nor refused ("music rather than film"); a ``reason``
            only explains.
        words: its tokens in order; those of another clause may stand between them in the sentence.
        doubt: why it gives no sure rule; "" if it may.
        condition: whether it refuses a circumstance ("when I am not cooking"), not a thing.
    """

    kind: ClauseKind
    words: tuple[Token, ...]
    doubt: str = ""
    condition: bool = False


def clauses(words: Sequence[Token], names: Callable[[Sequence[Token]], bool], without: ClauseKind = "reason") -> list[Clause]:
    """Return the clauses of a sentence in the order of their first words.

    Each token is in one clause.

    Args:
        words: the tokens of the sentence.
        names: whether some words name what the text is about (a tone, a topic, a time); decides whether "over" and "to" compare.
        without: the kind of clause that "without" begins.
    """
    reader = ScopeReader(words, names, without)
    at = 0
    while at < len(words):
        at += max(1, reader.read(at))
    question = "a question" if words and words[-1].word == "?" else ""
    result: list[Clause] = []
    for draft in reader.drafts:
        if draft.kind != "statement" or draft.doubt or question:
            doubt = question if draft.kind != "reason" else ""
            result.append(Clause(draft.kind, tuple(draft.words), draft.doubt or doubt, draft.condition))
        else:
            result += _statements(draft.words, names)
    return [clause for clause in result if clause.words]


def is_elliptic(words: Sequence[Token]) -> bool:
    """Return whether a refusal is only a negated verb, the rest of which was said before.

    Example: "while reading I can't".
    """
    return bool(words) and words[-1].word in NEGATED_VERBS


def _statements(words: Sequence[Token], names: Callable[[Sequence[Token]], bool]) -> list[Clause]:
    """Return a statement as one clause, or in parts if only some of them are doubtful.

    Semicolons and "but" begin parts.
    """
    cuts = [n for n, t in enumerate(words) if t.word == ";" or (t.word == "but" and n and words[n - 1].word == ",")]
    parts = [words[a:b] for a, b in itertools.pairwise([0, *cuts, len(words)]) if b > a]
    doubts = [OPEN_PREDICATE if unclear_predicate(part, names) else REPORT if is_report(part) else "" for part in parts]
    if len(set(doubts)) <= 1:
        return [Clause("statement", tuple(words), next(iter(doubts), ""))]
    return [Clause("statement", tuple(part), doubt) for part, doubt in zip(parts, doubts, strict=True)]
