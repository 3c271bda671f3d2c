"""Load the catalogues of activities, topics and tones.

Topics come with their suggestions, and tones with their phrasings. A setting (home, office) has activities of its own, and may say topics
in its own suggestions; ids of topics and tones are the same everywhere.
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


HOME = "home"
"""The setting of a plan that names none, and of a persona that names none."""


@dataclass(frozen=True)
class Activity:
    """An activity of daily life; ``data/activities.yaml`` explains the fields.

    Attributes:
        resembles: activity of the home that it is most like; "" for those of the home. Models that know the home's activities alone are
            told that one.
    """

    id: str
    phrase: str
    at: tuple[str, ...]
    tags: frozenset[str]
    focus: int
    minutes: tuple[int, int]
    ordinary: float = 0.0
    hours: tuple[int, int] = (0, 28)
    resembles: str = ""

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


_ACTIVITIES = {HOME: "activities.yaml", "office": "office_activities.yaml"}
_SUGGESTIONS = {"office": "office_suggestions.yaml"}
"""Files of the settings by id; :mod:`propersim.world.setting` has the rest."""


@cache
def activities(setting: str = HOME) -> dict[str, Activity]:
    """Return the activities of a setting by id.

    Those of the home are the vocabulary of HomeLM.
    """
    raw = safe_yaml.load(data_text(_ACTIVITIES[setting]))
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
            row.get("resembles", ""),
        )
        for key, row in raw.items()
    }


@cache
def all_activities() -> dict[str, Activity]:
    """Return the activities of all settings by id, those of the home first."""
    return {key: activity for setting in _ACTIVITIES for key, activity in activities(setting).items()}


@cache
def setting_of(activity: str) -> str:
    """Return the setting that has an activity; an unknown activity belongs to the home."""
    return next((setting for setting in _ACTIVITIES if activity in activities(setting)), HOME)


def home_activity(activity: str) -> str:
    """Return the id by which models that know the home alone are told an activity.

    It is the activity that it resembles; one of the home, or an unknown one, is itself.
    """
    known = all_activities().get(activity)
    return known.resembles or activity if known is not None else activity


@cache
def activity_names() -> frozenset[str]:
    """Return the names that a rubric's ``during`` may contain: ids, tags and ``any``."""
    return frozenset(all_activities()) | {tag for activity in all_activities().values() for tag in activity.tags} | {"any"}


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


@cache
def own_suggestions(setting: str) -> dict[str, tuple[str, ...]]:
    """Return the suggestions that a setting has of its own, by topic.

    The home has none: its suggestions are those of :func:`topics`.
    """
    if setting not in _SUGGESTIONS:
        return {}
    raw = safe_yaml.load(data_text(_SUGGESTIONS[setting]))
    return {topic: tuple(lines) for topic, lines in raw.items()}


@cache
def topics_of(setting: str) -> tuple[str, ...]:
    """Return the ids of the topics that a setting has, in the order of the catalogue."""
    own = own_suggestions(setting)
    return tuple(name for name in topics() if not own or name in own)


def suggestions_of(topic: str, setting: str) -> tuple[str, ...]:
    """Return the suggestions of a topic in a setting.

    A topic that the setting does not have is said as in the home.
    """
    return own_suggestions(setting).get(topic) or topics()[topic].suggestions
