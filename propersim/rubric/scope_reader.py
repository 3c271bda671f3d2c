"""Assign the tokens of a sentence to clauses, from left to right.

:mod:`propersim.rubric.scope` explains the clauses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from propersim.rubric import lexicon
from propersim.rubric.days import find_days
from propersim.rubric.fragments import Fragments
from propersim.rubric.negators import (
    ADDED_PREPOSITIONS,
    AUXILIARIES,
    CLAUSE_STARTS,
    COMPARED,
    CONDITIONS,
    COPULAS,
    CUTTING,
    EXCEPTED,
    EXCEPTIONS,
    IMPERATIVES,
    MILD_VERBS,
    NARROW,
    NEUTRAL,
    PRONOUNS,
    REASONS,
    STARTING,
    STOPPING,
    UNIVERSALS,
    VERB_NEGATIONS,
    WIDE,
    phrase_length,
)
from propersim.rubric.predicates import BREAKS, is_verb
from propersim.rubric.sentences import Token
from propersim.rubric.untroubled import untroubled_length
from propersim.rubric.vague_windows import part_of_day_window

ClauseKind = Literal["statement", "refusal", "contrast", "reason"]
OPEN_SCOPE = "it is not clear whether this is still refused"
OPEN_EXCEPTION = "it is not clear how much is excepted"

_SENDING = frozenset(["keep", "leave", "put", "set", "lay", "cast", "push"])
_STATEMENT_WORDS = {";", "otherwise", "instead", "however"}


@dataclass
class Draft:
    """A clause while its words are gathered."""

    kind: ClauseKind
    words: list[Token] = field(default_factory=list)
    narrow: bool = False
    opener: str = ""
    doubt: str = ""
    condition: bool = False
    relative: bool = False  # a reason that began with ", which": it ends at the next comma


class ScopeReader(Fragments):
    """Assigns the tokens of a sentence to clauses, from left to right."""

    def __init__(self, words: Sequence[Token], names: Callable[[Sequence[Token]], bool], without: ClauseKind) -> None:
        super().__init__(words, names)
        self.without = without
        self.drafts = [Draft("statement")]
        self.outer = self.drafts[0]  # the statement around a narrow scope

    @property
    def now(self) -> Draft:
        """The clause that is read at present."""
        return self.drafts[-1] if not self._resumed else self.outer

    _resumed = False

    def read(self, at: int) -> int:
        """Assign the tokens at a place to a clause and return their number."""
        self._close(at)
        size = max(phrase_length(self.words, at, NEUTRAL), untroubled_length(self.words, at))
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
        self.drafts.append(Draft(kind, **settings))  # type: ignore[arg-type]

    # -- the end of a scope -----------------------------------------------------------------------------------------

    def _close(self, at: int) -> None:
        """End the clause before a token if its scope ends there."""
        now, word = self.now, self.word(at)
        if now.kind == "statement":
            return
        if (word in _STATEMENT_WORDS and not (word == "instead" and self.word(at + 1) == "of")) or (
            word == "but" and not self.opens(at + 1) and not self.opens(at)
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
        now, word = self.now, self.word(at)
        if len(now.words) <= 1 and word not in (",", ";"):
            return
        if word == "so" and self.word(at - 1) == ",":
            self._begin("statement")
        elif word in BREAKS:
            if word == "," and (self.is_list(at, {"or", "nor"}) or self.word(at + 1) == "so"):
                return
            after = self.after_joint(at)
            if self.opens(after):
                self._resume()
            elif self.is_fresh(after):
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
            if self.opens(at + 1):
                self._resume()
            elif self.is_fresh(at + 1):
                self._begin("statement")
            elif now.kind == "refusal" and not self.opens(at + 1) and now.opener not in EXCEPTIONS and now.opener != "neither":
                self._begin("refusal", narrow=True, opener="and", doubt=OPEN_SCOPE)
        elif word == "please" and at + 1 < len(self.words):
            if self.word(at + 1) in IMPERATIVES | PRONOUNS:
                self._begin("statement")
        elif word in ADDED_PREPOSITIONS and self._lends_circumstance(at):
            self._resume()

    def _lends_circumstance(self, at: int) -> bool:
        """Return whether a circumstance after a narrow scope belongs to the statement before it.

        Example: "art not sports while I paint".
        """
        now = self.now
        if now.condition or now.opener in EXCEPTIONS | {"neither", "nor"} or self.word(at - 1) in ("or", "nor", "and"):
            return False
        return self._says(self.outer) and not self._has_circumstance(self.outer)

    def _close_wide(self, at: int) -> None:
        now, word = self.now, self.word(at)
        if word == "so":
            if self.word(at - 1) == ",":
                self._begin("statement")
            return
        after = self.after_joint(at)
        if self.opens(after) or after >= len(self.words):
            return
        if word == ":" and not self.names(now.words):
            return
        timed = self.word(at + 1) in ADDED_PREPOSITIONS or self._is_time(at + 1) or self._names_days(at + 1)
        if now.condition and word == "," and (timed or not self.is_list(at, {"or", "nor", "and"})):
            self._begin("statement")  # "when I am not cooking, in the evening"
            return
        if word in (",", "and") and self._starts_anew(after):
            self._begin("statement")
            return
        if word == "and" and now.opener in STOPPING and self.word(at + 2) in ("with", "me", "us", "about"):
            self._begin("statement", doubt=OPEN_SCOPE)  # "cut out the formality and joke with me"
            return
        if word == ":":
            # "A tone that isn't pushy: gentle and kind"; "when I'm at it myself: a run, …" has named nothing yet.
            self._begin("statement", doubt="" if self.is_fresh(after) else OPEN_SCOPE)
        elif word == "and":
            # "Don't call and speak of work": a verb that "and" joins to a refused verb may be refused too.
            if self.word(after) in IMPERATIVES and now.opener not in ("avoid", "avoids", "skip"):
                self._begin("statement", doubt=OPEN_SCOPE)
            elif self.is_fresh(after) and (self.word(after) not in PRONOUNS or now.opener in ("avoid", "skip")):
                self._begin("statement")
        elif self.is_fresh(after):
            self._begin("statement")
        elif word == "," and not self.is_list(at, {"or", "nor", "and"}) and self.is_bare(after):
            # One more noun phrase may begin something new ("never in the evening, mornings"); several of them are a list.
            fragment = self.fragment(after)
            if self.word(after + len(fragment)) != "," and not any(t.word == "," for t in now.words[-5:]):
                self._begin("statement", doubt=OPEN_SCOPE)

    def _starts_anew(self, at: int) -> bool:
        """Return whether a wish begins after an imperative that stops something.

        Example: "quit joking and start being direct".
        """
        if self.now.opener not in STOPPING or self.word(at + 1) in ("of", "off", "out", *_SENDING):
            return False
        first = self.now.words[0].word if self.now.words else ""
        if first != self.now.opener or self.word(at) not in IMPERATIVES | STARTING:
            return False
        return self.word(at + 1).isalpha() and (first, self.now.words[1].word) != ("do", "not") if len(self.now.words) > 1 else False

    def _resume(self) -> None:
        """Go on with the statement around a narrow scope."""
        self._resumed = True

    # -- the beginning of a scope -----------------------------------------------------------------------------------

    def _open(self, at: int) -> int:
        """Begin a clause if the words at a token do, and return their number; 0 if they do not."""
        now, word = self.now, self.word(at)
        wide, narrow = phrase_length(self.words, at, WIDE), phrase_length(self.words, at, NARROW)
        if size := self._reason(at, wide or narrow):
            return size
        if now.kind == "reason" and not (self.word(at - 1) in (",", "and") and word in ("never", "avoid", "please", "skip")):
            return 0
        if size := self._contrast(at) or self._postfixed(at):
            return size
        if now.kind == "contrast" and now.opener == "not":
            return 0  # "not that I dislike art, but …"
        if now.kind == "statement" and word == "but" and self._excepts(at):
            self._begin("refusal", narrow=True, opener="except")
            return 1
        if word in _SENDING and now.kind == "statement" and self.sends_away(at):
            lead = self._time_before(at)
            self._begin("refusal", opener=word)
            self.now.words += lead
            return 1
        if wide and wide >= narrow:
            self._open_wide(at, wide)
            return wide
        if word in CUTTING and now.kind == "statement" and self._cuts(at):
            self._begin("refusal", opener=word)
            return 1
        if narrow:
            self._open_narrow(at, narrow)
            return narrow
        return 0

    def _time_before(self, at: int) -> list[Token]:
        """Cut out the time or days right before "leave me alone" and return them.

        They belong to the refusal, not to the statement.
        """
        start = next((n + 1 for n in range(at - 1, -1, -1) if self.words[n].word in BREAKS | {"but", "and", "so"}), 0)
        before = self.words[start:at]
        if self.word(at) != "leave" or not (self.names(before) or find_days(before)):
            return []
        cut = [t for t in before if t in self.now.words]
        self.now.words = [t for t in self.now.words if t not in cut]
        return cut

    def _reason(self, at: int, negator: int) -> int:
        now, word = self.now, self.word(at)
        size = phrase_length(self.words, at, REASONS)
        if not size or negator > size:
            return 0
        if word == "without" and (self.without != "reason" or self._names_days(at + 1)):
            return 0
        if word == "so" and len(self.drafts) > 1 and self.drafts[-2].kind == "refusal" and [t.word for t in now.words] in ([], [","]):
            return 0  # "I do not like film, so I prefer music"
        if word == "which" and self.word(at - 1) != ",":
            return 0
        if now.kind in ("refusal", "contrast") and word not in ("because", "as", "where", "since"):
            return 0
        if now.kind != "reason":
            self._begin("reason", relative=word in ("which", "where"))
        return size

    def _contrast(self, at: int) -> int:
        """Begin what is named only to compare: "rather than film", "books to films", "less formal"."""
        now, word = self.now, self.word(at)
        if now.kind != "statement":
            return 0
        size = phrase_length(self.words, at, COMPARED)
        if not size and word in ("over", "to", "than"):
            before = [t.word for t in now.words]
            comparing = {"prefer", "prefers", "preferred", "favour", "favor", "better", "rather", "more", "sooner"} & set(before)
            near = self.words[at + 1 : at + 4]
            compares = comparing and not {"from", "between"} & set(before) and self.names(near)
            compares = compares and (word == "over" or self.names(now.words[-3:]))
            # "Music over books", but not "music over breakfast"
            bare = word == "over" and self.names(now.words[-1:]) and self.names(self.words[at + 1 : at + 2])
            bare = bare and bool(lexicon.find("topics", self.words, at + 1, at + 2))
            names = lexicon.names(lexicon.find("activities", self.words, at + 1, at + 2))
            consumed = all(name.startswith(("read", "watch", "listen", "play")) for name in names)
            compares = compares or (bare and consumed and not self._is_time(at + 1))
            size = 1 if compares and not any(t.word in (",", "and", "or") for t in near[:1]) else 0
        if size:
            self._begin("contrast", narrow=True, opener=word)
        return size

    def _names_days(self, at: int) -> bool:
        """Return whether days begin at a token: "evenings without Mondays"."""
        return any(span.start == 0 for span in find_days(self.words[at : at + 4]))

    def _postfixed(self, at: int) -> int:
        """Begin the refusal of what is named before "aside" or "excepted".

        Returns its number of tokens; 0 if there is none.

        Example: "all topics are welcome, politics and finance aside".
        """
        if self.now.kind != "statement" or not (at == 0 or self.word(at - 1) in BREAKS):
            return 0
        ends = BREAKS | {".", "!", "but", "and"}
        end = next((n for n in range(at, len(self.words)) if self.word(n) in EXCEPTED), 0)
        fragment = [self.word(n) for n in range(at, end)]
        if not end or not 0 < len(fragment) <= 6 or self.word(end + 1) not in ends | {""} or set(fragment) & (ends - {"and"}):
            return 0
        if set(fragment) & (PRONOUNS | IMPERATIVES | CONDITIONS) or any(is_verb(fragment, n) for n in range(len(fragment))):
            return 0
        # "Politics, sport and finance aside": the comma may belong to the list of what is excepted.
        before = self.words[max(0, at - 3) : at]
        listed = self.list_start(at, end) != at and bool(find_days(self.words[at:end])) <= bool(find_days(before))
        if listed:
            self.now.doubt = OPEN_EXCEPTION
        self._begin("refusal", narrow=True, opener="except", doubt=OPEN_EXCEPTION if listed else "")
        return end + 1 - at

    def _cuts(self, at: int) -> bool:
        """Return whether an imperative stops what is named right after it: "drop all jokes"."""
        start = at + 1 + (self.word(at + 1) in ("the", "all", "any", "your", "that", "this", "every"))
        begins = not self.word(at - 1).isalnum() or self.word(at - 1) in ("and", "please", "kindly", "just", "then", "so", "but")
        return begins and self.word(start) not in ADDED_PREPOSITIONS and self.names(self.words[start : start + 2])

    def _is_time(self, at: int) -> bool:
        return part_of_day_window(self.words, at) is not None or self.word(at)[:1].isdigit()

    def _excepts(self, at: int) -> bool:
        """Return whether "but" means "except": "any time but mornings"."""
        before: list[str] = []
        for token in reversed(self.now.words):
            if token.word in BREAKS:
                break
            before.append(token.word)
        following = self.word(at + 1)
        if not before or not set(before[:4]) & UNIVERSALS or following in CLAUSE_STARTS | PRONOUNS | IMPERATIVES:
            return False
        fragment = self.fragment(at + 1)
        return not self.opens(at + 1) and not any(is_verb(fragment, n) for n in range(len(fragment)))

    def _open_wide(self, at: int, size: int) -> None:
        opener = self.word(at)
        subject = self._refused_subject(at)
        mild = self.word(at + size) in MILD_VERBS and (subject or self.word(at - 1) in PRONOUNS)
        doubt = "two negations" if self.now.kind == "refusal" and self._same_clause(at) else ""
        if doubt:
            self.now.doubt = doubt
            return
        doubt = "“not” before a verb of dislike: it is not clear what is wished" if mild else ""
        self._begin("refusal", opener=opener, condition=self.is_conditional(at), doubt=doubt)
        self.now.words += subject

    def _open_narrow(self, at: int, size: int) -> None:
        opener = self.word(at)
        if self.now.kind == "refusal" and self._same_clause(at):
            if opener not in ("nor", "or", "neither", "overly", "too") and opener not in EXCEPTIONS:
                self.now.doubt = "two negations"
            if opener in EXCEPTIONS:
                self.now.doubt = "an exception to a refusal"
            return
        kind: ClauseKind = self.without if opener == "without" and not self._names_days(at + 1) else "refusal"
        subject = self._refused_subject(at) if opener in ("not", "no", "nothing", "neither") else []
        condition = self.is_conditional(at) or opener == "unless"
        excepts = opener in EXCEPTIONS or (opener == "without" and kind == "refusal" and self._names_days(at + 1))
        self._begin(kind, narrow=True, opener="except" if excepts else opener, condition=condition)
        self.now.words += subject

    def _same_clause(self, at: int) -> bool:
        """Return whether no comma or joining word stands between an earlier negator and this one."""
        return self.word(at) != "and" and self.word(at - 1) not in (",", "and", "or", ";", ":", "–", "—", "but") and len(self.now.words) > 0

    def _refused_subject(self, at: int) -> list[Token]:
        """Cut the subject of a negated verb out of the statement and return it.

        "Mornings do not suit me" refuses the mornings; "I do not like jokes" has no subject to refuse.
        """
        if self.now.kind != "statement":
            return []
        if days := self._days_before(at):
            self.now.words = [t for t in self.now.words if t not in days]
            return days
        joint = at - 1 - (self.word(at - 1) == "please")
        if self.word(joint) == "and":
            return []  # "be warm and do not be formal": a second predicate, not a subject
        start = at
        is_verb = phrase_length(self.words, at, VERB_NEGATIONS) or self.word(at - 1) in AUXILIARIES
        if not is_verb:
            return []
        while start > 0 and self.word(start - 1) not in BREAKS | {"but", "though", "yet", "whereas"}:
            if self.word(start - 1) in CONDITIONS | PRONOUNS | {"that", "which", "who", "there"}:
                return []
            if self.word(start - 1) == "and" and {t.word for t in self.words[:start]} & COPULAS:
                break
            start -= 1
        start = self.list_start(start, at)
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
        while start > 0 and self.word(start - 1) not in BREAKS | {"but", "though", "although", "except", "yet", "whereas", "and", "or"}:
            start -= 1
        spans = find_days(self.words[start:at])
        whole = len(spans) == 1 and (spans[0].start, spans[0].end) == (0, at - start)
        return [t for t in self.words[start:at] if t in self.now.words] if whole else []

    # -- what a statement has said ----------------------------------------------------------------------------------

    def _says(self, draft: Draft) -> bool:
        return self.names(draft.words)

    def _has_circumstance(self, draft: Draft) -> bool:
        return bool({t.word for t in draft.words} & ADDED_PREPOSITIONS)
