"""Split a sentence into clauses by what its words are for.

Wished, refused, named in contrast, or given as a reason.

A negator ("not", "never", "no", "without", "except") has a *scope*: the words that it refuses. A wide scope ("never …", "please do not …")
lasts to the end of the clause; a narrow one ("warm, not stiff, and short") is cut out of the statement around it. "Jokes are not welcome"
refuses what stands before it. Where the end of a scope is open ("no jokes, slang"), the clause after it is doubtful: it gives no sure rule.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from propersim.rubric.days import find_days
from propersim.rubric.negators import (
    ADDED_PREPOSITIONS,
    AUXILIARIES,
    CLAUSE_STARTS,
    COMPARED,
    CONDITIONS,
    COPULAS,
    EXCEPTIONS,
    IMPERATIVES,
    NARROW,
    NEUTRAL,
    PRONOUNS,
    REASONS,
    UNIVERSALS,
    VERB_NEGATIONS,
    WIDE,
    phrase_length,
)
from propersim.rubric.predicates import BREAKS, is_verb, unclear_predicate
from propersim.rubric.sentences import Token
from propersim.rubric.wishes import REPORT, is_report

ClauseKind = Literal["statement", "refusal", "contrast", "reason"]
OPEN_PREDICATE = "it is not clear whether this is wished"
OPEN_SCOPE = "it is not clear whether this is still refused"

_STATEMENT_WORDS = {";", "otherwise", "instead", "however"}
_ENDS = {"", ",", ";", ".", "!", "?", ":"}


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


@dataclass
class _Draft:
    kind: ClauseKind
    words: list[Token] = field(default_factory=list)
    narrow: bool = False
    opener: str = ""
    doubt: str = ""
    condition: bool = False
    relative: bool = False  # a reason that began with ", which": it ends at the next comma


def clauses(words: Sequence[Token], names: Callable[[Sequence[Token]], bool], without: ClauseKind = "reason") -> list[Clause]:
    """Return the clauses of a sentence in the order of their first words.

    Each token is in one clause.

    Args:
        words: the tokens of the sentence.
        names: whether some words name what the text is about (a tone, a topic, a time); decides whether "over" and "to" compare.
        without: the kind of clause that "without" begins.
    """
    reader = _Reader(words, names, without)
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


class _Reader:
    """Assigns the tokens of a sentence to clauses, from left to right."""

    def __init__(self, words: Sequence[Token], names: Callable[[Sequence[Token]], bool], without: ClauseKind) -> None:
        self.words = words
        self.names = names
        self.without = without
        self.drafts = [_Draft("statement")]
        self.outer = self.drafts[0]  # the statement around a narrow scope

    @property
    def now(self) -> _Draft:
        return self.drafts[-1] if not self._resumed else self.outer

    _resumed = False

    def read(self, at: int) -> int:
        """Assign the tokens at a place to a clause and return their number."""
        self._close(at)
        size = phrase_length(self.words, at, NEUTRAL)
        if size:
            return self._take(at, size)
        size = self._open(at)
        return self._take(at, size or 1)

    def _take(self, at: int, size: int) -> int:
        self.now.words += self.words[at : at + size]
        return size

    def _begin(self, kind: ClauseKind, **settings: object) -> None:
        if self.now.kind == "statement":
            self.outer = self.now
        self._resumed = False
        self.drafts.append(_Draft(kind, **settings))  # type: ignore[arg-type]

    def _word(self, at: int) -> str:
        return self.words[at].word if 0 <= at < len(self.words) else ""

    # -- the end of a scope -----------------------------------------------------------------------------------------

    def _close(self, at: int) -> None:
        """End the clause before a token if its scope ends there."""
        now, word = self.now, self._word(at)
        if now.kind == "statement":
            return
        if (word in _STATEMENT_WORDS and not (word == "instead" and self._word(at + 1) == "of")) or (
            word == "but" and not self._opens(at + 1) and not self._opens(at)
        ):
            self._begin("statement")
        elif now.kind == "reason":
            if word == ":" and {t.word for t in now.words} & {"never", "not", "don't", "no"}:
                self._begin("refusal", opener="never")
            elif word == ":" or (now.relative and word == ","):
                self._begin("statement")
        elif now.narrow:
            self._close_narrow(at)
        elif word in (",", "and", "–", "—", "so", ":"):
            self._close_wide(at)

    def _close_narrow(self, at: int) -> None:
        now, word = self.now, self._word(at)
        if len(now.words) <= 1 and word not in (",", ";"):
            return
        if word == "so" and self._word(at - 1) == ",":
            self._begin("statement")
        elif word in BREAKS:
            if word == "," and (self._is_list(at, {"or", "nor"}) or self._word(at + 1) == "so"):
                return
            after = self._after_joint(at)
            if self._opens(after):
                self._resume()
            elif self.fresh(after):
                self._begin("statement")
            else:
                # "No jokes, slang": after a refusal that begins the sentence, what follows it may be refused too.
                first = now.kind == "refusal" and not any(d.kind == "statement" and self._says(d) for d in self.drafts)
                open_scope = first and now.opener not in EXCEPTIONS and word == "," and after < len(self.words)
                if open_scope:
                    self._begin("statement", doubt=OPEN_SCOPE)
                else:
                    self._resume()
        elif word == "and":
            if self._opens(at + 1):
                self._resume()
            elif self.fresh(at + 1):
                self._begin("statement")
            elif now.kind == "refusal" and not self._opens(at + 1) and now.opener not in EXCEPTIONS and now.opener != "neither":
                self._begin("refusal", narrow=True, opener="and", doubt=OPEN_SCOPE)
        elif word == "please" and at + 1 < len(self.words):
            if self._word(at + 1) in IMPERATIVES | PRONOUNS:
                self._begin("statement")
        elif word in ADDED_PREPOSITIONS and self._lends_circumstance(at):
            self._resume()

    def _lends_circumstance(self, at: int) -> bool:
        """Return whether a circumstance after a narrow scope belongs to the statement before it.

        Example: "art not sports while I paint".
        """
        now = self.now
        if now.condition or now.opener in EXCEPTIONS | {"neither", "nor"} or self._word(at - 1) in ("or", "nor", "and"):
            return False
        return self._says(self.outer) and not self._has_circumstance(self.outer)

    def _close_wide(self, at: int) -> None:
        now, word = self.now, self._word(at)
        if word == "so":
            if self._word(at - 1) == ",":
                self._begin("statement")
            return
        after = self._after_joint(at)
        if self._opens(after) or after >= len(self.words):
            return
        if word == ":" and not self.names(now.words):
            return
        if word == ":":
            # "A tone that isn't pushy: gentle and kind"; "when I'm at it myself: a run, …" has named nothing yet.
            self._begin("statement", doubt="" if self.fresh(after) else OPEN_SCOPE)
        elif word == "and":
            # "Don't call and speak of work": a verb that "and" joins to a refused verb may be refused too.
            if self._word(after) in IMPERATIVES and now.opener not in ("avoid", "avoids", "skip"):
                self._begin("statement", doubt=OPEN_SCOPE)
            elif self.fresh(after) and (self._word(after) not in PRONOUNS or now.opener in ("avoid", "skip")):
                self._begin("statement")
        elif self.fresh(after):
            self._begin("statement")
        elif word == "," and not self._is_list(at, {"or", "nor", "and"}) and self._bare(after):
            # One more noun phrase may begin something new ("never in the evening, mornings"); several of them are a list.
            fragment = self._fragment(after)
            if self._word(after + len(fragment)) != "," and not any(t.word == "," for t in now.words[-5:]):
                self._begin("statement", doubt=OPEN_SCOPE)

    def _resume(self) -> None:
        """Go on with the statement around a narrow scope."""
        self._resumed = True

    def _after_joint(self, at: int) -> int:
        while at < len(self.words) and (
            self._word(at) in (",", "and", "–", "—", ":", "so", ";", ".") or (self._word(at) == "please" and self._word(at + 1) in _ENDS)
        ):
            at += 1
        return at

    def _fragment(self, at: int) -> list[str]:
        """Return the words from a token to the next comma, semicolon or colon."""
        end = next((n for n in range(at, len(self.words)) if self.words[n].word in {",", ";", ":", "but", "(", "–", "—"}), len(self.words))
        return [t.word for t in self.words[at:end]]

    def _is_list(self, at: int, joins: Collection[str]) -> bool:
        """Return whether a comma stands in a list that ends in one of the joining words."""
        for n in range(at + 1, len(self.words)):
            word = self.words[n].word
            if word in joins:
                fragment = self._fragment(n + 1)
                return not self.fresh(n + 1) and not (word == "and" and any(is_verb(fragment, n) for n in range(len(fragment))))
            if word in (";", ":", ".", "but", "–", "—", "so", "that", "which", "because") or word in PRONOUNS:
                return False
            if n > at + 1 and self._opens(n):
                return False
            if word == "," and self.fresh(n + 1):
                return False
        return False

    def _bare(self, at: int) -> bool:
        """Return whether a fragment is only a noun phrase.

        It continues no clause of time, and joins nothing.
        """
        fragment = self._fragment(at)
        return bool(fragment) and not set(fragment[:2]) & (
            ADDED_PREPOSITIONS | {"or", "and", "nor", "especially", "even", "ever", "as", "which"}
        )

    def fresh(self, at: int) -> bool:
        """Return whether a new statement begins at a token.

        Example: "be direct", "I like …", "evenings are fine".
        """
        word, after = self._word(at), self._word(at + 1)
        if word == "please":
            return after in IMPERATIVES | PRONOUNS
        if (word, after) in (("rather", "than"), ("instead", "of"), ("better", "not"), ("just", "as"), ("only", "because")):
            return False
        if word in CLAUSE_STARTS or word in PRONOUNS:
            return True
        if word in IMPERATIVES:
            return True
        fragment = self._fragment(at)
        verbs = [n for n in range(len(fragment)) if is_verb(fragment, n)]
        return (
            bool(verbs)
            and 0 < verbs[0] <= 6
            and not set(fragment[: verbs[0]]) & (CONDITIONS | {"where", "which", "that", "who", "because"})
        )

    # -- the beginning of a scope -----------------------------------------------------------------------------------

    def _opens(self, at: int) -> bool:
        """Return whether a negator stands at a token."""
        if at >= len(self.words) or phrase_length(self.words, at, NEUTRAL):
            return False
        return bool(phrase_length(self.words, at, WIDE) or phrase_length(self.words, at, NARROW) or self._word(at) == "never")

    def _open(self, at: int) -> int:
        """Begin a clause if the words at a token do, and return their number; 0 if they do not."""
        now, word = self.now, self._word(at)
        wide, narrow = phrase_length(self.words, at, WIDE), phrase_length(self.words, at, NARROW)
        if size := self._reason(at, wide or narrow):
            return size
        if now.kind == "reason" and not (self._word(at - 1) in (",", "and") and word in ("never", "avoid", "please", "skip")):
            return 0
        if size := self._contrast(at):
            return size
        if now.kind == "statement" and word == "but" and self._excepts(at):
            self._begin("refusal", narrow=True, opener="except")
            return 1
        if word in ("keep", "leave") and now.kind == "statement" and self._sends_away(at):
            self._begin("refusal", opener=word)
            return 1
        if wide and wide >= narrow:
            self._open_wide(at, wide)
            return wide
        if narrow:
            self._open_narrow(at, narrow)
            return narrow
        return 0

    def _sends_away(self, at: int) -> bool:
        """Return whether "keep" or "leave" refuses what follows it.

        Example: "keep games away from me", "leave money out of it".
        """
        end = next((n for n in range(at, len(self.words)) if self.words[n].word in (";", ".", ":", "but")), len(self.words))
        pairs = {(self._word(n), self._word(n + 1)) for n in range(at + 1, end)}
        alone = self._word(at) == "leave" and any(self._word(n) == "alone" for n in range(at + 1, end))
        return alone or bool(pairs & {("away", "from"), ("out", "of"), ("off", "my"), ("to", "yourself")})

    def _reason(self, at: int, negator: int) -> int:
        now, word = self.now, self._word(at)
        size = phrase_length(self.words, at, REASONS)
        if not size or negator > size:
            return 0
        if word == "without" and self.without != "reason":
            return 0
        if word == "so" and len(self.drafts) > 1 and self.drafts[-2].kind == "refusal" and [t.word for t in now.words] in ([], [","]):
            return 0  # "I do not like film, so I prefer music"
        if word == "which" and self._word(at - 1) != ",":
            return 0
        if now.kind in ("refusal", "contrast") and word not in ("because", "as", "where", "since"):
            return 0
        if now.kind != "reason":
            self._begin("reason", relative=word in ("which", "where"))
        return size

    def _contrast(self, at: int) -> int:
        """Begin what is named only to compare: "rather than film", "books to films", "less formal"."""
        now, word = self.now, self._word(at)
        if now.kind != "statement":
            return 0
        size = phrase_length(self.words, at, COMPARED)
        if not size and word in ("over", "to", "than"):
            before = [t.word for t in now.words]
            comparing = {"prefer", "prefers", "preferred", "favour", "favor", "better", "rather", "more", "sooner"} & set(before)
            near = self.words[at + 1 : at + 4]
            compares = comparing and not {"from", "between"} & set(before) and self.names(near) and self.names(now.words[-3:])
            size = 1 if compares and not any(t.word in (",", "and", "or") for t in near[:1]) else 0
        if size:
            self._begin("contrast", narrow=True, opener=word)
        return size

    def _excepts(self, at: int) -> bool:
        """Return whether "but" means "except": "any time but mornings"."""
        before: list[str] = []
        for token in reversed(self.now.words):
            if token.word in BREAKS:
                break
            before.append(token.word)
        following = self._word(at + 1)
        if not before or not set(before[:4]) & UNIVERSALS or following in CLAUSE_STARTS | PRONOUNS | IMPERATIVES:
            return False
        fragment = self._fragment(at + 1)
        return not self._opens(at + 1) and not any(is_verb(fragment, n) for n in range(len(fragment)))

    def _open_wide(self, at: int, size: int) -> None:
        opener = self._word(at)
        subject = self._refused_subject(at)
        doubt = "two negations" if self.now.kind == "refusal" and self._same_clause(at) else ""
        if doubt:
            self.now.doubt = doubt
            return
        self._begin("refusal", opener=opener, condition=self._conditional(at))
        self.now.words += subject

    def _open_narrow(self, at: int, size: int) -> None:
        opener = self._word(at)
        if self.now.kind == "refusal" and self._same_clause(at):
            if opener not in ("nor", "or", "neither", "overly", "too") and opener not in EXCEPTIONS:
                self.now.doubt = "two negations"
            if opener in EXCEPTIONS:
                self.now.doubt = "an exception to a refusal"
            return
        kind: ClauseKind = self.without if opener == "without" else "refusal"
        subject = self._refused_subject(at) if opener in ("not", "no", "nothing", "neither") else []
        condition = self._conditional(at) or opener == "unless"
        self._begin(kind, narrow=True, opener="except" if opener in EXCEPTIONS else opener, condition=condition)
        self.now.words += subject

    def _same_clause(self, at: int) -> bool:
        """Return whether no comma or joining word stands between an earlier negator and this one."""
        return (
            self._word(at) != "and" and self._word(at - 1) not in (",", "and", "or", ";", ":", "–", "—", "but") and len(self.now.words) > 0
        )

    def _conditional(self, at: int) -> bool:
        near = [self._word(n) for n in range(max(0, at - 3), at)]
        after_condition = near[::-1]
        return any(
            word in CONDITIONS and not set(after_condition[:n]) - PRONOUNS - AUXILIARIES - {"am"} for n, word in enumerate(after_condition)
        )

    def _refused_subject(self, at: int) -> list[Token]:
        """Cut the subject of a negated verb out of the statement and return it.

        "Mornings do not suit me" refuses the mornings; "I do not like jokes" has no subject to refuse.
        """
        if self.now.kind != "statement":
            return []
        if days := self._days_before(at):
            self.now.words = [t for t in self.now.words if t not in days]
            return days
        start = at
        is_verb = phrase_length(self.words, at, VERB_NEGATIONS) or self._word(at - 1) in AUXILIARIES
        if not is_verb:
            return []
        while start > 0 and self._word(start - 1) not in BREAKS | {"but", "though", "yet", "whereas"}:
            if self._word(start - 1) in CONDITIONS | PRONOUNS | {"recommendations", "suggestions", "tips", "that", "which", "who", "there"}:
                return []
            if self._word(start - 1) == "and" and {t.word for t in self.words[:start]} & COPULAS:
                break
            start -= 1
        start = self._list_start(start, at)
        cut = [t for t in self.words[start:at] if t in self.now.words]
        if not cut or not self.names(cut):
            return []
        self.now.words = [t for t in self.now.words if t not in cut]
        return cut

    def _days_before(self, at: int) -> list[Token]:
        """Return the days right before a negator that it refuses something on.

        Example: "in the evening, but on Sundays never before noon".
        """
        start = at
        while start > 0 and self._word(start - 1) not in BREAKS | {"but", "though", "although", "except", "yet", "whereas", "and", "or"}:
            start -= 1
        spans = find_days(self.words[start:at])
        whole = len(spans) == 1 and (spans[0].start, spans[0].end) == (0, at - start)
        return [t for t in self.words[start:at] if t in self.now.words] if whole else []

    def _list_start(self, start: int, at: int) -> int:
        """Return where the list begins whose last entries are a subject.

        Example: "fashion, decoration and pets are wasted on me".
        """
        if not {"and", "or"} & {t.word for t in self.words[start:at]}:
            return start
        first = start
        while self._word(first - 1) == ",":
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

    # -- what a statement has said ----------------------------------------------------------------------------------

    def _says(self, draft: _Draft) -> bool:
        return self.names(draft.words)

    def _has_circumstance(self, draft: _Draft) -> bool:
        return bool({t.word for t in draft.words} & ADDED_PREPOSITIONS)
