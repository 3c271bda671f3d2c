"""The published persona format: its attributes as those of this project, with neutral values for what it lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from propersim.core import clock
from propersim.core.errors import PersonaError
from propersim.core.text import clean
from propersim.persona.model import TRAITS
from propersim.rubric import WakingHours, lexicon
from propersim.rubric.clock_times import parse_clock_time, resolve_single
from propersim.rubric.frequency import parse_duration
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token, tokens
from propersim.rubric.time_windows import find_time_windows
from propersim.world import catalogue

CRITERIA = {
    "preference": "Personal_Preference",
    "timing": "Timing",
    "frequency": "Frequency",
    "communication": "Communication_&_Safety",
}
_ITEM = re.compile(r"(?:^|\s)\d{1,2}\)\s")
_TRAIT = re.compile(r"\b(high|low) in (extraversion|agreeableness|conscientiousness|openness|neuroticism)\b", re.IGNORECASE)
_AWAKE = 16 * 60


def id_from_filename(path: Path) -> str:
    """Return an id made of a file's name."""
    stem = path.name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:40] or "persona"


def convert_published(raw: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], dict[str, str], WakingHours, list[str]]:
    """Return a draft of the persona without its rubric, the rubric's texts, its hours, and what was assumed.

    Raises:
        PersonaError: fields are missing or of the wrong kind; all of them are named.
    """
    problems: list[str] = []

    def text(key: str, limit: int = 2000) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            problems.append(f"  {key}: is missing or no text")
            return ""
        return clean(value, limit=limit)

    criteria = raw.get("criteria")
    texts = {}
    for dimension, key in CRITERIA.items():
        value = criteria.get(key) if isinstance(criteria, dict) else None
        if not isinstance(value, str) or not value.strip():
            problems.append(f"  criteria.{key}: is missing or no text")
        else:
            texts[dimension] = value
    traits = {trait.lower(): level.lower() for level, trait in _TRAIT.findall(text("big_five_personality_traits"))}
    problems += [f"  big_five_personality_traits: does not say whether high or low in {trait}" for trait in TRAITS if trait not in traits]
    age = raw.get("age")
    if not isinstance(age, int) or isinstance(age, bool):
        problems.append("  age: is missing or no whole number")
    name, background, lifestyle = text("name", 200), text("background"), text("lifestyle")
    interests, plan, goals = _items(text("current_interests")), _items(text("daily_plan_req")), text("long_term_goals", 200)
    if problems:
        raise PersonaError(f"{path}: {len(problems)} problem(s)\n" + "\n".join(problems), "the published format needs these fields")
    assumed: list[str] = []
    life = _life(lifestyle, assumed)
    assumed += [
        "pronouns: they; the format has none",
        "household: not stated; the format has none",
        "culture: not stated; the format has none",
        "voice: neutral; the format has none",
        "occupation: the beginning of the background",
    ]
    draft = {
        "id": id_from_filename(path),
        "name": name,
        "age": age,
        "pronouns": "they",
        "occupation": clean(re.split(r"[.;,]| who | with | and ", background, maxsplit=1)[0], limit=200) or "not stated",
        "household": "not stated",
        "culture": "not stated",
        "big_five": traits,
        "background": background,
        "interests": [
            {"text": clean(item, limit=200), "activities": _activities(item, f"interests[{n}]", assumed)}
            for n, item in enumerate(interests)
        ],
        "lifestyle": {
            "text": lifestyle,
            "wake": clock.format_time(life.wake),
            "sleep": clock.format_time(life.sleep),
            "habits": _habits(_items(lifestyle), life),
        },
        "daily_plan": [_requirement(item, n, life, assumed) for n, item in enumerate(plan)],
        "goals": [goals],
        "voice": {"pleased": ["Thank you."], "put_off": ["Not now, please."]},
    }
    return draft, texts, life, assumed


def _items(text: str) -> list[str]:
    """Return the items of "John Lin typically 1) … 2) …"; the whole where nothing is numbered."""
    parts = [part.strip().rstrip(".") for part in _ITEM.split(text)]
    return [p for p in (parts[1:] if len(parts) > 1 else parts) if p][:20]


def _ids(text: str) -> list[str]:
    """Return the activities that a text names, by id; a tag gives the first that has it."""
    names = [name for name in lexicon.names(lexicon.find("activities", tokens(text))) if name not in ("vague", "any")]
    exact = [name for name in names if name in catalogue.activities()]
    return exact or [key for name in names[:1] for key, a in catalogue.activities().items() if a.is_a(name)][:1]


def _activities(text: str, field: str, assumed: list[str]) -> list[str]:
    found = _ids(text)
    if not found:
        assumed.append(f"{field}.activities: other; no activity of the catalogue is named in “{clean(text, limit=80)}”")
    return found or ["other"]


def _said(words: list[Token], at: int) -> int | None:
    """Return the minute of "at 7am" or "12am" at a place, or None."""
    read = parse_clock_time(words, at)
    return resolve_single(read[0])[0] if read is not None and read[0].clock else None


def _life(lifestyle: str, assumed: list[str]) -> WakingHours:
    """Return the hours of waking that a lifestyle states; where it does not say, 07:00 and 16 hours after rising."""
    wake = sleep = None
    late = False
    for item in _items(lifestyle):
        words = tokens(item)
        spoken = {t.word for t in words}
        times = [(n, m) for n in range(len(words)) if (m := _said(words, n)) is not None and word_at(words, n - 1) != ":"]
        if times and wake is None and spoken & {"wakes", "wake", "starts", "rises", "gets", "up", "begins"} and times[0][1] < 15 * 60:
            wake = times[0][1]
        elif times and spoken & {"until", "bed", "sleep", "sleeps", "asleep", "bedtime", "night", "nights"} and not spoken & {"wakes"}:
            at = times[-1][1]
            sleep = at + 1440 if at < 6 * 60 else at
        late = late or ("past" in spoken and "midnight" in spoken) or "late into the night" in item.lower()
    if wake is None:
        wake = 7 * 60
        assumed.append("lifestyle.wake: 07:00; no hour of rising is stated")
    if sleep is None or not 12 * 60 <= sleep - wake <= 20 * 60:
        sleep = min(max(wake + _AWAKE, 25 * 60 if late else 0), wake + 20 * 60, clock.LATEST)
        assumed.append(f"lifestyle.sleep: {clock.format_time(sleep)}; no hour of going to bed is stated")
    return WakingHours(wake, sleep)


def _habits(items: list[str], life: WakingHours) -> list[dict[str, Any]]:
    """Return what a lifestyle says is done at a stated time ("Has lunch at precisely 12:30pm")."""
    found = []
    for item in items:
        words = tokens(item)
        at = next((n for n in range(len(words)) if _said(words, n) is not None), None)
        ids = [name for name in _ids(item) if name not in ("wake_up", "evening_wash")]
        minute = None if at is None else _said(words, at)
        if at is None or minute is None or not ids or word_at(words, at - 1) in ("until", "till", "past", "after"):
            continue
        if {"bed", "until"} & {t.word for t in words} or not life.wake + 10 <= minute <= life.sleep - 40:
            continue
        shortest, longest = catalogue.activities()[ids[0]].minutes
        length_ = max(10, min(600, round((shortest + longest) / 10) * 5))
        found.append({"text": clean(item, limit=200), "activity": ids[0], "at": clock.format_time(minute), "minutes": length_})
    return found


def _requirement(item: str, number: int, life: WakingHours, assumed: list[str]) -> dict[str, Any]:
    """Return a requirement such as "Meditate for 15 minutes in the morning"."""
    words = tokens(item)
    ids = _activities(item, f"daily_plan[{number}]", assumed)
    spans = [found for n in range(len(words)) if word_at(words, n - 1) == "for" and (found := parse_duration(words, n)) is not None]
    shortest, longest = catalogue.activities()[ids[0]].minutes
    minutes = round(spans[0].high) if spans else round((shortest + longest) / 10) * 5
    minutes = max(10, min(600, minutes))
    begin, end = life.wake, life.sleep
    for window in find_time_windows(words, life):
        start, finish = window.begin, window.finish
        start += 1440 if start < life.wake and start + 1440 < life.sleep else 0
        finish += 1440 if finish <= start else 0
        if {"before"} & {t.word for t in words[window.start : window.end]}:
            start = finish - max(120, minutes + 30)
        start, finish = max(start, life.wake), min(finish, life.sleep)
        if finish - start >= minutes:
            begin, end = start, finish
            break
    between = [clock.format_time(begin), clock.format_time(end)]
    return {"text": clean(item, limit=200), "activity": ids[0], "minutes": minutes, "between": between}
