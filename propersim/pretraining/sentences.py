"""Sentences of HomeLM's corpus: suggestions, frames, phrases for time and activity."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any, Final

from propersim.core import safe_yaml
from propersim.reading.classifier import default_reader
from propersim.reading.named_times import misplaced_time
from propersim.world.catalogue import Activity, activities, tones, topics

WITH_WHEN: Final = 0.35
"""Probability that a frame without a ``{when}`` gets a phrase for the time or activity after the suggestion."""

RELATED: Final = 0.5
"""Share of the topics that are related to the activity; the rest are drawn from all topics."""

_CHOICE: Final = re.compile(r"\[([^\]]*)\]")
_TIMED: Final = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|morning|afternoon|evening|night|noon|midday|lunch|supper|dinner|breakfast|bed|weekend|week|"
    r"month|year|before|after|while|until|when|once|first|instead|now|next|late|early|\w+day|summer|winter|autumn|spring|dream|dew|sunset|"
    r"sunrise)\b"
)
_HOURS: Final = (
    (re.compile(r"\b(?:morning|sunrise|first light|breakfast|dewy)\b(?!'s)"), (0, 12)),
    (re.compile(r"\b(?:tonight|this evening|evening|sunset|bedtime|lights out|lamplight|before bed)\b"), (14, 28)),
    (re.compile(r"\b(?:lunch|afternoon)\b"), (9, 18)),
)


def data(name: str) -> Any:
    """Load one of the YAML files beside this module."""
    return safe_yaml.load(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def settings() -> dict[str, Any]:
    """Return the frames, phrases and affinities."""
    raw: dict[str, Any] = data("frames.yaml")
    return raw


def spelled(pattern: str) -> Iterator[str]:
    """Yield every text that a pattern with ``[a|b]`` expands to."""
    parts = _CHOICE.split(pattern)
    yield from ("".join(pick) for pick in product(*(part.split("|") if i % 2 else [part] for i, part in enumerate(parts))))


@cache
def suggestions() -> dict[str, tuple[str, ...]]:
    """Return the catalogue's and the extra suggestions by topic.

    Those that the classifier reads as another topic are left out.
    """
    reader, result = default_reader(), {}
    extra: dict[str, list[str]] = data("suggestions_extra.yaml")
    for name, topic in topics().items():
        lines = dict.fromkeys([*topic.suggestions, *(line for pattern in extra[name] for line in spelled(pattern))])
        kept = []
        for line in lines:
            reading = reader.read(f"You could {line}.")
            if reading.topic == name and reading.subjects <= topic.subjects:
                kept.append(line)
        result[name] = tuple(kept)
    return result


@cache
def frames() -> dict[str, tuple[str, ...]]:
    """Return the catalogue's phrasings and the extra frames by tone."""
    return {name: (*tone.phrasings, *settings()["frames"][name]) for name, tone in tones().items()}


def fits(suggestion: str, hour: int) -> bool:
    """Return whether a suggestion names no other time of day than the hour."""
    return all(low <= hour < high for pattern, (low, high) in _HOURS if pattern.search(suggestion))


def whens(activity: Activity, hour: int, weekday: int) -> list[str]:
    """Return the phrases for a time and activity.

    Those for the activity come twice, because they are rarer.

    Args:
        activity: what the user is doing.
        hour: hour of the day's clock.
        weekday: 0 is Monday.
    """
    raw = settings()
    phrases = [say for row in raw["times"] if row["hours"][0] <= hour < row["hours"][1] for say in row["say"]]
    phrases.append(raw["weekdays"][weekday])
    phrases += raw["weekend"] if weekday >= 5 else []
    for name, says in raw["doing"].items():
        phrases += 2 * says if activity.is_a(name) else []
    return phrases


@cache
def related(activity: str) -> tuple[str, ...]:
    """Return the topics related to an activity, once for each of its tags that lists them."""
    table, seen = settings()["affinity"], activities()[activity]
    return tuple(topic for name, listed in table.items() if seen.is_a(name) for topic in listed)


def any_topic(rng: random.Random, activity: str) -> str:
    """Draw a topic for an activity: a related one with probability :data:`RELATED`, else any."""
    near = related(activity)
    return rng.choice(near) if near and rng.random() < RELATED else rng.choice(list(topics()))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def sentence(rng: random.Random, topic: str, tone: str, activity: Activity, hour: int, weekday: int) -> str:
    """Draw a sentence about a topic in a tone; the classifier does not check it.

    Args:
        rng: source of random numbers.
        topic: id of the topic.
        tone: id of the tone.
        activity: what the user is doing.
        hour: hour of the day's clock.
        weekday: 0 is Monday.
    """
    known = suggestions()[topic]
    suggestion = rng.choice(known)
    for _ in range(8):
        if fits(suggestion, hour):
            break
        suggestion = rng.choice(known)
    frame = rng.choice(frames()[tone])
    timed = _TIMED.search(suggestion) is not None
    while timed and re.search(r"\{[wW]hen\}", frame):
        frame = rng.choice(frames()[tone])
    if "hen}" in frame or (not timed and not _TIMED.search(frame.lower()) and rng.random() < WITH_WHEN):
        when = rng.choice(whens(activity, hour, weekday))
        if "hen}" not in frame:
            suggestion = f"{suggestion} {when}"
        frame = frame.replace("{when}", when).replace("{When}", _capital(when))
    return frame.replace("{suggestion}", suggestion).replace("{Suggestion}", _capital(suggestion))


def checked(rng: random.Random, topic: str, tone: str, activity: Activity, hour: int, weekday: int) -> str:
    """Draw a recommendation whose topic and tone the classifier reads as meant.

    It mentions no subject but the topic's, and no time of day that does not fit.

    Args:
        rng: source of random numbers.
        topic: id of the topic.
        tone: id of the tone.
        activity: what the user is doing.
        hour: hour of the day's clock.
        weekday: 0 is Monday.
    """
    reader = default_reader()
    while True:
        text = sentence(rng, topic, tone, activity, hour, weekday)
        reading = reader.read(text)
        meant = reading.recommends and (reading.topic, reading.tone) == (topic, tone) and reading.subjects <= topics()[topic].subjects
        if meant and misplaced_time(text, 60.0 * hour, weekday) is None:
            return text
