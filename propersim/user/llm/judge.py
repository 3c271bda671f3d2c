"""Ratings by a language model: the published way of judging, on the same records as the offline judge's.

Five questions of each candidate, for frequency is asked both ways (paper, section 3): too often and too seldom. No rating is ever
made up: where an answer cannot be had, the step is not made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from propersim.core.clock import format_minutes, format_time, weekday_name
from propersim.core.config import RATING_CALLS
from propersim.core.interfaces import Observation
from propersim.core.prompts import block, filled, prompt, quoted
from propersim.core.records import Candidate, Rating, Step
from propersim.core.text import clean
from propersim.llm_client import Asker, Request
from propersim.llm_client.schema import schema_of
from propersim.persona.description import introduce
from propersim.user.judge import Judge
from propersim.user.llm.today import PHRASE, Today

QUESTIONS: Final = ("preference", "timing", "too_often", "too_seldom", "communication")
LONGEST_REASON: Final = 120
"""Characters of a reason that are kept."""
SILENCE: Final = "NO RECOMMENDATION"
"""How silence is written among the candidates: without quotes, so that nothing that is said can be taken for it."""
_TOKENS: Final = 120
"""Of an answer to one question, reason included."""

DRAWS: Final = 3
"""Times that a question is put to the model, the first at temperature 0, where what it answers is no good."""
_LONGEST_LINE: Final = 20_000

_Bit = Literal[0, 1]
# Not described here: small models answer with the description. One that is a little long is cut: asking again for that would cost more
# than it is worth, and change the rating.
_Reason = Annotated[str, Meta(max_length=4 * LONGEST_REASON)]


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to one question; the reason comes first, for a model that has given its reasons answers better."""

    reason: _Reason
    answer: _Bit


Verdicts: type[msgspec.Struct] = msgspec.defstruct(
    "Verdicts",
    [field for name in QUESTIONS for field in ((f"{name}_reason", _Reason), (name, _Bit))],
    frozen=True,
    forbid_unknown_fields=True,
)
"""The answers to all five questions about one candidate."""


@lru_cache(maxsize=64)
def verdicts_of(count: int) -> type[msgspec.Struct]:
    """Return the kind of answer that rates so many candidates, each in a field of its own: no more and no fewer can come back."""
    names = [(f"candidate_{number}", Verdicts) for number in range(1, count + 1)]
    return msgspec.defstruct(f"Verdicts{count}", names, frozen=True, forbid_unknown_fields=True)


_FILES: Final = {name: prompt(__package__, f"rate_{name}") for name in ("system", "questions", *RATING_CALLS)}
_ASKED: Final = dict(line.split(": ", 1) for line in _FILES["questions"].splitlines())


def _hash() -> str:
    total = hashlib.sha256()
    for text in (*_FILES.values(), SILENCE, *(schema_of(kind).text for kind in (Verdict, Verdicts, verdicts_of(2)))):
        total.update(text.encode() + b"\0")
    return total.hexdigest()[:12]


PROMPTS: Final = _hash()
"""Of the words in which a model is asked: other words, other ratings."""


class LlmJudge:
    """Rates as a persona by asking a language model.

    Args:
        judge: the offline judge of the same persona: its reader reads topic and tone off a candidate; nothing else of it is used.
        asker: who is asked.
        mode: all candidates of a step in ``one`` call, one call a ``candidate``, or, as published, one a candidate and ``question``.
        scores: whether the user remembers the scores in the steps that it sees; not where somebody else gave them.
    """

    def __init__(self, judge: Judge, asker: Asker, mode: str = "one", *, scores: bool = True) -> None:
        if mode not in RATING_CALLS:
            raise ValueError(f"no way of asking: {mode!r}")
        self._judge, self._asker, self._mode = judge, asker, mode
        self._today = Today(scores=scores)
        questions = "\n".join(f"- {name}: {question}" for name, question in _ASKED.items())
        # Personas may be somebody else's file, and are long: each line of one stays a line, and whole.
        persona = "\n".join(clean(line, limit=_LONGEST_LINE) for line in introduce(judge.persona).splitlines() if line.strip())
        self._system = filled(_FILES["system"], persona=persona, questions=questions)

    def see(self, step: Step) -> None:
        """Remember a step of today."""
        self._today.see(step)

    def estimate_requests(self, texts: Sequence[str | None], seen: Observation) -> list[Request[Any]]:
        """Return what :meth:`rate_all` would ask, without asking it."""
        said = _distinct(texts)
        before = f"{self._today.told(seen.day, seen.minute)}\n\n{_now(seen)}"
        if self._mode == "one":
            return [self._request(before, said, _FILES["one"], verdicts_of(len(said)), "rate", len(QUESTIONS) * len(said))]
        if self._mode == "candidate":
            return [self._request(before, [one], _FILES["candidate"], Verdicts, "rate: candidate", len(QUESTIONS)) for one in said]
        return [
            self._request(before, [one], filled(_FILES["question"], question=_ASKED[name]), Verdict, f"rate: {name.replace('_', ' ')}", 1)
            for one in said
            for name in QUESTIONS
        ]

    def rate_all(self, texts: Sequence[str | None], seen: Observation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings; the same words are asked about once.

        Raises:
            Outage: an answer could not be had; nothing is made up in its place.
            Unusable: it can never be had.
        """
        said = _distinct(texts)
        answers = self._asker.ask_all(self.estimate_requests(texts, seen))
        if self._mode == "one":
            found = [_fields(getattr(answers[0], f"candidate_{number}")) for number in range(1, len(said) + 1)]
        elif self._mode == "candidate":
            found = [_fields(answer) for answer in answers]
        else:
            both = [(answer.answer, answer.reason) for answer in answers]
            found = [dict(zip(QUESTIONS, both[at : at + len(QUESTIONS)], strict=True)) for at in range(0, len(both), len(QUESTIONS))]
        rated = {text: self._candidate(text, answered) for text, answered in zip(said, found, strict=True)}
        return tuple([rated[_cleaned(text)] for text in texts])

    def _request(self, before: str, said: Sequence[str | None], last: str, kind: type[Any], purpose: str, count: int) -> Request[Any]:
        """Return a question; all of a step begin alike, and differ in the candidates and in what comes after those."""
        lines = [f"candidate_{number}: {SILENCE if text is None else quoted(text)}" for number, text in enumerate(said, 1)]
        user = f"{before}\n\n{block('candidates', lines)}\n\n{last}"
        messages = ({"role": "system", "content": self._system}, {"role": "user", "content": user})
        return Request(messages, kind, purpose, max_tokens=_TOKENS * count, draws=DRAWS)

    def _candidate(self, text: str | None, answered: Mapping[str, tuple[_Bit, str]]) -> Candidate:
        often, why_often = answered["too_often"]
        seldom, why_seldom = answered["too_seldom"]
        frequency: _Bit = 0 if often or seldom else 1
        why = why_seldom if seldom and not often else why_often
        (preference, one), (timing, two), (communication, four) = (answered[name] for name in ("preference", "timing", "communication"))
        a, b, c, d = (clean(reason, limit=LONGEST_REASON) for reason in (one, two, why, four))
        rating = Rating(preference, timing, frequency, communication, (a, b, c, d))
        if text is None:
            return Candidate(None, rating)
        reading = self._judge.reader.read(text)
        return Candidate(text, rating, reading.topic, reading.tone)


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _distinct(texts: Sequence[str | None]) -> list[str | None]:
    """Return the cleaned texts, each once, in their order."""
    return list(dict.fromkeys(_cleaned(text) for text in texts))


def _fields(answer: Any) -> dict[str, tuple[_Bit, str]]:
    return {name: (getattr(answer, name), getattr(answer, f"{name}_reason")) for name in QUESTIONS}


def _now(seen: Observation) -> str:
    """Return the moment as a block of data."""
    action, clocks = seen.action, seen.clocks
    note = f" ({quoted(action.note, limit=PHRASE)})" if action.note else ""
    where = f"{quoted(action.place.room, limit=PHRASE)}, at {quoted(action.place.object, limit=PHRASE)}"
    last = f", the last one {format_minutes(clocks.gap)} ago" if clocks.shown else ""
    lines = [
        f"It is {weekday_name(seen.day)}, {format_time(seen.minute, wrap=True)}.",
        f"You are {quoted(action.phrase, limit=PHRASE)}{note} in {where}, for {format_minutes(seen.minute - action.start)} now.",
        f"Recommendations shown to you today, before this moment: {clocks.shown}{last}.",
    ]
    return block("now", lines)
