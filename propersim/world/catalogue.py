"""Load the catalogues of activities, topics and tones.

Topics come with their suggestions, and tones with their phrasings.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from propersim.core import safe_yaml
from propersim.world.data import data_text

SUBJECTS = {
    "health": "illness, symptoms, medication, medical matters",
    "weight": "body shape, dieting, calories",
    "money": "income, debts, spending, prices",
    "family": "relatives and family matters",
    "romance": "dating, partners, love life",
    "privacy": "personal data, being watched, sharing private things",
    "faith": "religion, prayer, belief",
    "politics": "parties, elections, government, political quarrels",
    "career": "job performance, promotion, one's boss, overtime",
    "alcohol": "wine, beer, spirits, bars",
    "grief": "death, loss, mourning",
    "age": "being old or young, ageing",
}
"""Subjects that a persona may declare off limits (its boundaries): id → description."""


@dataclass(frozen=True)
class Activity:
    """An activity of daily life; ``data/activities.yaml`` explains the fields."""

    id: str
    phrase: str
    at: tuple[str, ...]
    tags: frozenset[str]
    focus: int
    minutes: tuple[int, int]
    ordinary: float = 0.0
    hours: tuple[int, int] = (0, 28)

    def is_a(self, name: str) -> bool:
        """Return whether ``name`` is ``any``, this activity's id or one of its tags."""
        return name == "any" or name == self.id or name in self.tags


@dataclass(frozen=True)
class Topic:
    """A topic of recommendations.

    Attributes:
        id: name in the catalogue.
        about: description.
        subjects: keys of :data:`SUBJECTS` that the topic touches.
        suggestions: concrete suggestions.
    """

    id: str
    about: str
    subjects: frozenset[str]
    suggestions: tuple[str, ...]


@dataclass(frozen=True)
class Tone:
    """A tone of recommendations.

    Attributes:
        id: name in the catalogue.
        about: description.
        phrasings: sentences with the placeholder ``{suggestion}`` or ``{Suggestion}`` (capitalised).
    """

    id: str
    about: str
    phrasings: tuple[str, ...]

    def say(self, phrasing: str, suggestion: str) -> str:
        """Return a phrasing with a suggestion in place of its placeholder."""
        return phrasing.replace("{suggestion}", suggestion).replace("{Suggestion}", suggestion[:1].upper() + suggestion[1:])


@cache
def activities() -> dict[str, Activity]:
    """Return all activities by id."""
    raw = safe_yaml.load(data_text("activities.yaml"))
    return {
        key: Activity(
            key,
            row["phrase"],
            tuple(row["at"]),
            frozenset(row["tags"]),
            row["focus"],
            (row["minutes"][0], row["minutes"][1]),
            row.get("ordinary", 0.0),
            tuple(row.get("hours", (0, 28))),
        )
        for key, row in raw.items()
    }


@cache
def activity_names() -> frozenset[str]:
    """Return the names that a rubric's ``during`` may contain: ids, tags and ``any``."""
    return frozenset(activities()) | {tag for activity in activities().values() for tag in activity.tags} | {"any"}


@cache
def topics() -> dict[str, Topic]:
    """Return all topics by id."""
    raw = safe_yaml.load(data_text("topics.yaml"))
    return {key: Topic(key, row["about"], frozenset(row["subjects"]), tuple(row["suggestions"])) for key, row in raw.items()}


@cache
def tones() -> dict[str, Tone]:
    """Return all tones by id."""
    raw = safe_yaml.load(data_text("tones.yaml"))
    return {key: Tone(key, row["about"], tuple(row["phrasings"])) for key, row in raw.items()}
