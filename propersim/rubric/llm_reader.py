"""A language model reads the sentences of a rubric that the compiler could not read, or was not sure of.

It is asked about one sentence at a time, and can name nothing that is not in the catalogues. What of it is used is decided
elsewhere: :mod:`propersim.rubric.merging`.
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
    from propersim.llm_client import Asker, Request
    from propersim.rubric.compiler import FallbackReader

ANY = "any"
UNSAID = "unsaid"
QUARTERS = tuple(clock.format_time(minute) for minute in range(0, clock.MINUTES_PER_DAY + 1, 15))
_MOST = 24


def make_llm_reader(asker: Asker) -> FallbackReader:
    """Return a helper for :func:`propersim.rubric.compile_rubric` that asks a model.

    The helper raises :class:`propersim.llm_client.Outage` where an answer cannot be had; it never makes one up.
    """

    def help_with(unread: Sequence[Finding], texts: Mapping[str, str], life: WakingHours) -> list[Finding]:
        # A sentence of which several things are not sure is asked about once.
        asked = list(dict.fromkeys((item.dimension, item.sentence) for item in unread))
        requests = [_request(dimension, sentence, texts[dimension], life) for dimension, sentence in asked]
        read: list[Finding] = []
        for (dimension, sentence), answer in zip(asked, asker.ask_all(requests), strict=True):
            read += findings_in_answer(dimension, sentence, answer)
        return read

    return help_with


def _request(dimension: str, sentence: str, text: str, life: WakingHours) -> Request[Any]:
    from propersim.llm_client import Request

    day = f"The person rises at {clock.format_time(life.wake)} and goes to bed at {clock.format_time(life.sleep, wrap=True)}."
    said = "\n\n".join(
        [
            prompt(__package__, dimension),
            day,
            "The whole text:",
            block("text", [data(text)]),
            "The sentence that you are asked about:",
            block("sentence", [data(sentence)]),
        ]
    )
    messages = ({"role": "system", "content": prompt(__package__, "sentence")}, {"role": "user", "content": said})
    return Request(messages, answer_types()[dimension], f"import {dimension}", max_tokens=600)


def findings_in_answer(dimension: str, sentence: str, answer: Any) -> list[Finding]:
    """Return what a model read in a sentence, one item for each rule, none of them applied yet."""
    reading = clean(answer.reading, limit=160)

    def item(key: str, rule: Any) -> Finding:
        return Finding(dimension, sentence, (0, len(sentence)), "model", key, rule, f"the model reads: {reading}", False)

    if dimension == "preference":
        likes = [{"topics": _once(one.topics), "during": _doing(one.during) or [ANY], **_hours(one, "between")} for one in answer.likes]
        found = [item("likes", rule) for rule in likes if rule["topics"]]
        return found + ([item("dislikes", _once(answer.dislikes))] if answer.dislikes else [])
    if dimension == "timing":
        windows = [{**_hours(one, ""), **({"during": doing} if (doing := _doing(one.during)) else {})} for one in answer.windows]
        found = [item("windows", rule) for rule in windows if rule]
        return found + ([item("never_during", doing)] if (doing := _doing(answer.never_during)) else [])
    if dimension == "frequency":
        said = {key: value for key in ("min_per_day", "max_per_day") if (value := getattr(answer, key)) != UNSAID}
        return [item("frequency", {key: int(value) for key, value in said.items()})] if said else []
    keys = ("tones", "avoid", "boundaries")
    return [item(key, _once(names)) for key in keys if (names := getattr(answer, key))]


def _once(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _doing(names: Sequence[str]) -> list[str]:
    return [name for name in _once(names) if name != ANY]


def _hours(one: Any, key: str) -> dict[str, Any]:
    """Return the hours of a wish (``between``) or window (``start``, ``end``); nothing where they are not both said, or the same."""
    if ANY in (one.start, one.end) or one.start == one.end:
        return {}
    return {key: [one.start, one.end]} if key else {"start": one.start, "end": one.end}


@cache
def answer_types() -> dict[str, type[msgspec.Struct]]:
    """Return the kinds of answers, one a dimension; names are those of the catalogues, times quarters of an hour."""
    during = _several(catalogue.activity_names(), 8)
    topics = _several(catalogue.topics(), 8)
    tones = _several(catalogue.tones(), 4)
    hour = Literal[(ANY, *QUARTERS)]  # type: ignore[valid-type]
    count = Literal[(UNSAID, *map(str, range(1, _MOST + 1)))]  # type: ignore[valid-type]
    wish = _struct("Wish", ("topics", topics), ("during", during), ("start", hour), ("end", hour))
    window = _struct("Window", ("start", hour), ("end", hour), ("during", during))
    rules: dict[str, list[tuple[str, Any]]] = {
        "preference": [("likes", _few(wish)), ("dislikes", topics)],
        "timing": [("windows", _few(window)), ("never_during", during)],
        "frequency": [("min_per_day", count), ("max_per_day", count)],
        "communication": [("tones", tones), ("avoid", tones), ("boundaries", _several(catalogue.SUBJECTS, 6))],
    }
    reading = ("reading", Annotated[str, msgspec.Meta(max_length=300, description="what the sentence states, in a few words")])
    return {dimension: _struct(dimension.capitalize(), reading, *rules[dimension]) for dimension in DIMENSIONS}


def _struct(name: str, *fields: tuple[str, Any]) -> type[msgspec.Struct]:
    return msgspec.defstruct(name, fields, frozen=True, forbid_unknown_fields=True)


def _few(kind: Any) -> Any:
    return Annotated[list[kind], msgspec.Meta(max_length=4)]


def _several(names: Any, most: int) -> Any:
    return Annotated[list[Literal[tuple(sorted(names))]], msgspec.Meta(max_length=most)]  # type: ignore[misc]
