"""Ask a language model to read the sentences that the compiler could not read.

It is also asked about sentences that the compiler was not sure of. The model gets one sentence a request, and its answer may only use names
of the catalogues. :mod:`propersim.rubric.merging` decides which answers are used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from propersim.core import clock
from propersim.core.prompts import block, data, prompt
from propersim.core.records import DIMENSIONS
from propersim.core.text import clean
from propersim.rubric.findings import Finding, WakingHours
from propersim.world import catalogue

if TYPE_CHECKING:
    from propersim.llm_client import ModelClient, Request
    from propersim.rubric.compiler import FallbackReader

ANY = "any"
UNSAID = "unsaid"
QUARTER_HOURS = tuple(clock.format_time(minute) for minute in range(0, clock.MINUTES_PER_DAY + 1, 15))
"""Times that an answer may name: every quarter of an hour from 00:00 to 24:00."""
_MAX_PER_DAY = 24


def make_llm_reader(model_client: ModelClient) -> FallbackReader:
    """Return a fallback reader that asks a language model.

    It is given to :func:`propersim.rubric.compile_rubric`. The reader raises :class:`propersim.llm_client.Outage` if a request gets no
    answer.

    Args:
        model_client: sends the requests.
    """

    def read_sentences(unread: Sequence[Finding], texts: Mapping[str, str], hours: WakingHours) -> list[Finding]:
        # A sentence with several uncertain findings is asked about once.
        questions = list(dict.fromkeys((item.dimension, item.sentence) for item in unread))
        requests = [_request(dimension, sentence, texts[dimension], hours) for dimension, sentence in questions]
        findings: list[Finding] = []
        for (dimension, sentence), answer in zip(questions, model_client.ask_all(requests), strict=True):
            findings += findings_in_answer(dimension, sentence, answer)
        return findings

    return read_sentences


def _request(dimension: str, sentence: str, text: str, hours: WakingHours) -> Request[Any]:
    from propersim.llm_client import Request

    day = f"The person rises at {clock.format_time(hours.wake)} and goes to bed at {clock.format_time(hours.sleep, wrap=True)}."
    question = "\n\n".join(
        [
            prompt(__package__, dimension),
            day,
            "The whole text:",
            block("text", [data(text)]),
            "The sentence that you are asked about:",
            block("sentence", [data(sentence)]),
        ]
    )
    messages = ({"role": "system", "content": prompt(__package__, "sentence")}, {"role": "user", "content": question})
    return Request(messages, answer_types()[dimension], f"import {dimension}", max_tokens=600)


def findings_in_answer(dimension: str, sentence: str, answer: Any) -> list[Finding]:
    """Return the findings in a model's answer, one for each rule; none is applied yet.

    Args:
        dimension: the dimension whose text the sentence stands in.
        sentence: the sentence.
        answer: answer of the type that :func:`answer_types` gives for the dimension.
    """
    reading = clean(answer.reading, limit=160)

    def finding(key: str, rule: Any) -> Finding:
        return Finding(dimension, sentence, (0, len(sentence)), "model", key, rule, f"the model reads: {reading}", False)

    if dimension == "preference":
        likes = [
            {"topics": _unique(one.topics), "during": _activities(one.during) or [ANY], **_hours(one, "between")} for one in answer.likes
        ]
        findings = [finding("likes", rule) for rule in likes if rule["topics"]]
        return findings + ([finding("dislikes", _unique(answer.dislikes))] if answer.dislikes else [])
    if dimension == "timing":
        windows = [
            {**_hours(one, ""), **({"during": activities} if (activities := _activities(one.during)) else {})} for one in answer.windows
        ]
        findings = [finding("windows", rule) for rule in windows if rule]
        return findings + ([finding("never_during", activities)] if (activities := _activities(answer.never_during)) else [])
    if dimension == "frequency":
        stated = {key: value for key in ("min_per_day", "max_per_day") if (value := getattr(answer, key)) != UNSAID}
        return [finding("frequency", {key: int(value) for key, value in stated.items()})] if stated else []
    keys = ("tones", "avoid", "boundaries")
    return [finding(key, _unique(names)) for key in keys if (names := getattr(answer, key))]


def _unique(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _activities(names: Sequence[str]) -> list[str]:
    return [name for name in _unique(names) if name != ANY]


def _hours(one: Any, key: str) -> dict[str, Any]:
    """Return the hours of a like (``between``) or a window (``start``, ``end``).

    Returns nothing if one is missing or both are the same.
    """
    if ANY in (one.start, one.end) or one.start == one.end:
        return {}
    return {key: [one.start, one.end]} if key else {"start": one.start, "end": one.end}


@cache
def answer_types() -> dict[str, type[msgspec.Struct]]:
    """Return the type of answer for each dimension.

    Names come from the catalogues, and times are quarters of an hour.
    """
    during = _names_list(catalogue.activity_names(), 8)
    topics = _names_list(catalogue.topics(), 8)
    tones = _names_list(catalogue.tones(), 4)
    hour = Literal[(ANY, *QUARTER_HOURS)]  # type: ignore[valid-type]
    count = Literal[(UNSAID, *map(str, range(1, _MAX_PER_DAY + 1)))]  # type: ignore[valid-type]
    wish = _struct("Wish", ("topics", topics), ("during", during), ("start", hour), ("end", hour))
    window = _struct("Window", ("start", hour), ("end", hour), ("during", during))
    rules: dict[str, list[tuple[str, Any]]] = {
        "preference": [("likes", _short_list(wish)), ("dislikes", topics)],
        "timing": [("windows", _short_list(window)), ("never_during", during)],
        "frequency": [("min_per_day", count), ("max_per_day", count)],
        "communication": [("tones", tones), ("avoid", tones), ("boundaries", _names_list(catalogue.SUBJECTS, 6))],
    }
    reading = ("reading", Annotated[str, msgspec.Meta(max_length=300, description="what the sentence states, in a few words")])
    return {dimension: _struct(dimension.capitalize(), reading, *rules[dimension]) for dimension in DIMENSIONS}


def _struct(name: str, *fields: tuple[str, Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, fields, frozen=True, forbid_unknown_fields=True)


def _short_list(kind: Any) -> Any:
    return Annotated[list[kind], msgspec.Meta(max_length=4)]


def _names_list(names: Any, most: int) -> Any:
    return Annotated[list[Literal[tuple(sorted(names))]], msgspec.Meta(max_length=most)]  # type: ignore[misc]
