"""Rate candidates with a language model, as published.

The ratings have the same form as the offline judge's. The model answers five questions per candidate, because frequency is asked in both
directions, too often and too seldom (paper, section 3). Where an answer is missing, the step is not made: no rating is ever invented.
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
from propersim.core.interfaces import Situation
from propersim.core.prompts import block, fill_template, prompt, quoted
from propersim.core.records import Candidate, Rating, Step
from propersim.core.text import clean
from propersim.llm_client import ModelClient, Request
from propersim.llm_client.schema import schema_of
from propersim.persona.description import describe_persona
from propersim.user.judge import OfflineJudge
from propersim.user.llm.today import PHRASE, Lately, Today

QUESTIONS: Final = ("preference", "timing", "too_often", "too_seldom", "communication")
LONGEST_REASON: Final = 120
"""Most characters of a reason in a record."""
SILENCE: Final = "NO RECOMMENDATION"
"""Silence in the list of candidates: written without quotes, so that no suggestion can be mistaken for it."""
_TOKENS: Final = 120
"""Most tokens of an answer to one question, reason included."""

DRAWS: Final = 3
"""Attempts at a valid answer, the first at temperature 0."""
_LONGEST_LINE: Final = 20_000

_Bit = Literal[0, 1]
# Has no description, because small models answer with it. A reason that is somewhat too long is cut, because asking again would be costly
# and change the rating.
_Reason = Annotated[str, Meta(max_length=4 * LONGEST_REASON)]


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to one question.

    The reason comes first: a model that has given its reasons answers better.
    """

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
    """Return the type of an answer that rates ``count`` candidates, each in its own field."""
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
"""Hash of all prompts and schemas, recorded with a run because other prompts give other ratings."""


class LlmJudge:
    """Rates candidates as the persona would, by asking a language model.

    Implements :class:`~propersim.core.interfaces.Judge`.

    Args:
        judge: offline judge of the same persona; only its reader is used, for topic and tone.
        model_client: sends the requests.
        mode: all candidates of a step in ``one`` call, one call per ``candidate``, or, as published, one per candidate and ``question``.
        scores: whether the prompt contains the scores of today's steps; false where somebody else gave them.

    Raises:
        ValueError: the mode is unknown.
    """

    def __init__(self, judge: OfflineJudge, model_client: ModelClient, mode: str = "one", *, scores: bool = True) -> None:
        if mode not in RATING_CALLS:
            raise ValueError(f"unknown rating mode: {mode!r}")
        self._judge, self._model_client, self._mode = judge, model_client, mode
        self._today, self._lately = Today(scores=scores), Lately()
        self._questions = "\n".join(f"- {name}: {question}" for name, question in _ASKED.items())
        self._systems: dict[bool, str] = {}

    def _system(self, day: int) -> str:
        """Return the first message of all requests of a day, with the persona's rubric of that day."""
        later = self._judge.persona.has_changed(day)
        if later not in self._systems:
            described = describe_persona(self._judge.persona.on_day(day))
            # A persona file is untrusted and may be long: clean it line by line, without cutting lines.
            persona = "\n".join(clean(line, limit=_LONGEST_LINE) for line in described.splitlines() if line.strip())
            self._systems[later] = fill_template(_FILES["system"], persona=persona, questions=self._questions)
        return self._systems[later]

    def observe(self, step: Step) -> None:
        """Add a completed step to the user's memory of today, and of what was said of late."""
        self._today.observe(step)
        self._lately.observe(step)

    def estimate_requests(self, texts: Sequence[str | None], situation: Situation) -> list[Request[Any]]:
        """Return the requests that :meth:`rate_all` would send, without sending them."""
        said = _distinct(texts)
        system = self._system(situation.day)
        lately = self._lately.told(self._judge.persona, situation.day, situation.minute)
        before = f"{self._today.describe(situation.day, situation.minute)}\n\n{describe_now(situation, lately)}"
        if self._mode == "one":
            return [self._request(system, before, said, _FILES["one"], verdicts_of(len(said)), "rate", len(QUESTIONS) * len(said))]
        if self._mode == "candidate":
            return [
                self._request(system, before, [text], _FILES["candidate"], Verdicts, "rate: candidate", len(QUESTIONS)) for text in said
            ]
        last = {name: fill_template(_FILES["question"], question=_ASKED[name]) for name in QUESTIONS}
        return [
            self._request(system, before, [text], last[name], Verdict, f"rate: {name.replace('_', ' ')}", 1)
            for text in said
            for name in QUESTIONS
        ]

    def rate_all(self, texts: Sequence[str | None], situation: Situation) -> tuple[Candidate, ...]:
        """Return the candidates of a step with their ratings, in order.

        Equal texts are asked about once.

        Raises:
            Outage: the endpoint cannot answer now.
            Unusable: the endpoint cannot give a valid answer.
        """
        said = _distinct(texts)
        answers = self._model_client.ask_all(self.estimate_requests(texts, situation))
        if self._mode == "one":
            verdicts = [_fields(getattr(answers[0], f"candidate_{number}")) for number in range(1, len(said) + 1)]
        elif self._mode == "candidate":
            verdicts = [_fields(answer) for answer in answers]
        else:
            single = [(answer.answer, answer.reason) for answer in answers]
            count = len(QUESTIONS)
            verdicts = [dict(zip(QUESTIONS, single[at : at + count], strict=True)) for at in range(0, len(single), count)]
        rated = {text: self._candidate(text, verdict) for text, verdict in zip(said, verdicts, strict=True)}
        return tuple([rated[_cleaned(text)] for text in texts])

    def _request(
        self, system: str, before: str, said: Sequence[str | None], last: str, kind: type[Any], purpose: str, count: int
    ) -> Request[Any]:
        """Return a request about candidates of a step.

        Requests of one step share their beginning, and differ only from the candidates on.
        """
        lines = [f"candidate_{number}: {SILENCE if text is None else quoted(text)}" for number, text in enumerate(said, 1)]
        user = f"{before}\n\n{block('candidates', lines)}\n\n{last}"
        messages = ({"role": "system", "content": system}, {"role": "user", "content": user})
        return Request(messages, kind, purpose, max_tokens=_TOKENS * count, draws=DRAWS)

    def _candidate(self, text: str | None, verdict: Mapping[str, tuple[_Bit, str]]) -> Candidate:
        often, why_often = verdict["too_often"]
        seldom, why_seldom = verdict["too_seldom"]
        frequency: _Bit = 0 if often or seldom else 1
        why_frequency = why_seldom if seldom and not often else why_often
        preference, why_preference = verdict["preference"]
        timing, why_timing = verdict["timing"]
        communication, why_communication = verdict["communication"]
        reasons = (why_preference, why_timing, why_frequency, why_communication)
        a, b, c, d = (clean(reason, limit=LONGEST_REASON) for reason in reasons)
        rating = Rating(preference, timing, frequency, communication, (a, b, c, d))
        if text is None:
            return Candidate(None, rating)
        reading = self._judge.reader.read(text)
        return Candidate(text, rating, reading.topic, reading.tone)


def _cleaned(text: str | None) -> str | None:
    return None if text is None else clean(text)


def _distinct(texts: Sequence[str | None]) -> list[str | None]:
    """Return the cleaned texts without duplicates, in order."""
    return list(dict.fromkeys(_cleaned(text) for text in texts))


def _fields(answer: Any) -> dict[str, tuple[_Bit, str]]:
    return {name: (getattr(answer, name), getattr(answer, f"{name}_reason")) for name in QUESTIONS}


def describe_now(situation: Situation, lately: Sequence[str] = ()) -> str:
    """Return the situation as a block of data for the prompt.

    Args:
        situation: the situation.
        lately: lines about what was said of late (:class:`propersim.user.llm.today.Lately`), where the rubric has a clause of variety.
    """
    action, clocks, minute = situation.action, situation.clocks, situation.minute
    note = f" ({quoted(action.note, limit=PHRASE)})" if action.note else ""
    where = f"{quoted(action.place.room, limit=PHRASE)}, at {quoted(action.place.object, limit=PHRASE)}"
    last = f", the last one {format_minutes(clocks.gap)} ago" if clocks.shown else ""
    lines = [
        f"It is {weekday_name(situation.day)}, {format_time(minute, wrap=True)}.",
        f"You are {quoted(action.phrase, limit=PHRASE)}{note} in {where}, for {format_minutes(minute - action.start)} now.",
        f"Recommendations shown to you today, before this moment: {clocks.shown}{last}.",
        *lately,
    ]
    if clocks.muted is not None:
        lines.append(
            f"You have muted the assistant until {format_time(clocks.muted, wrap=True)}, because too much of what it said was unwelcome."
        )
    return block("now", lines)
