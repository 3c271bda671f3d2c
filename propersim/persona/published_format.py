"""Conversion of personas of the published format to this project's attributes.

Attributes that the format lacks get neutral values.

The published format is that of the paper's code: a ``*.scratch.json`` file with texts and four criteria, but no rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from propersim.core import clock
from propersim.core.errors import PersonaError
from propersim.core.text import clean, counted
from propersim.persona.model import TRAITS
from propersim.persona.stated_hours import AWAKE, StatedHours, read_stated_hours
from propersim.rubric import WakingHours, lexicon
from propersim.rubric.clock_times import parse_clock_time, resolve_single
from propersim.rubric.counts import parse_duration
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
_ITEM_NUMBER = re.compile(r"(?:^|\s)\d{1,2}\)\s")
_TRAIT = re.compile(r"\b(high|low) in (extraversion|agreeableness|conscientiousness|openness|neuroticism)\b", re.IGNORECASE)
_EVENING = 17 * 60 + 30
_SMALL_HOURS = 5 * 60
_DINNER, _BEDTIME = 60, 30
"""Minutes of an evening for dinner, and for going to bed."""


def id_from_filename(path: Path) -> str:
    """Return a persona id made from the name of a file, without its suffixes."""
    stem = path.name.split(".")[0]
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:40] or "persona"


class Draft(NamedTuple):
    """A persona of the published format before its rubric is compiled.

    Attributes:
        data: the attributes as in a persona file, without ``rubric``.
        texts: the rubric's text of each dimension.
        hours: when the person gets up and goes to bed.
        assumed: one ``field: value; reason`` for each value that the file does not state.
    """

    data: dict[str, Any]
    texts: dict[str, str]
    hours: WakingHours
    assumed: list[str]


def convert_published(raw: Mapping[str, Any], path: Path) -> Draft:
    """Convert the content of a published persona file.

    Args:
        raw: the content.
        path: the file, for the id and for error messages.

    Raises:
        PersonaError: fields are missing or of the wrong type; the message lists all of them.
    """
    problems: list[str] = []

    def text(key: str, limit: int = 2000) -> str:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip():
            problems.append(f"  {key}: is missing or not a text")
            return ""
        return clean(value, limit=limit)

    criteria = raw.get("criteria")
    texts = {}
    for dimension, key in CRITERIA.items():
        value = criteria.get(key) if isinstance(criteria, dict) else None
        if not isinstance(value, str) or not value.strip():
            problems.append(f"  criteria.{key}: is missing or not a text")
        else:
            texts[dimension] = value
    traits = {trait.lower(): level.lower() for level, trait in _TRAIT.findall(text("big_five_personality_traits"))}
    problems += [f"  big_five_personality_traits: does not state high or low for {trait}" for trait in TRAITS if trait not in traits]
    age = raw.get("age")
    if not isinstance(age, int) or isinstance(age, bool):
        problems.append("  age: is missing or not a whole number")
    name, background, lifestyle = text("name", 200), text("background"), text("lifestyle")
    interests, plan, goals = _items(text("current_interests")), _items(text("daily_plan_req")), text("long_term_goals", 200)
    if problems:
        raise PersonaError(
            f"{path}: {counted(len(problems), 'problem')}\n" + "\n".join(problems), "the published format requires these fields"
        )
    assumed: list[str] = []
    stated = _stated_hours(_items(lifestyle), plan)
    hours = WakingHours(stated.wake, stated.sleep, assumed=not stated.sleep_is_stated)
    assumed += stated.notes
    habits = _habits(_items(lifestyle), hours)
    assumed += [
        "pronouns: they; the format has no pronouns",
        "household: not stated; the format has no household",
        "culture: not stated; the format has no culture",
        "voice: neutral; the format has no interjections",
        "occupation: taken from the beginning of the background",
    ]
    data = {
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
            "wake": clock.format_time(hours.wake),
            "sleep": clock.format_time(hours.sleep),
            "habits": habits,
        },
        "daily_plan": _with_room([_requirement(item, n, hours, assumed) for n, item in enumerate(plan)], habits, hours, assumed),
        "goals": [goals],
        "voice": {"pleased": ["Thank you."], "put_off": ["Not now, please."]},
    }
    return Draft(data, texts, hours, assumed)


def _items(text: str) -> list[str]:
    """Split "John Lin typically 1) … 2) …" into its items.

    Returns the whole text if nothing is numbered.
    """
    parts = [part.strip().rstrip(".") for part in _ITEM_NUMBER.split(text)]
    return [p for p in (parts[1:] if len(parts) > 1 else parts) if p][:20]


def _activity_ids(text: str) -> list[str]:
    """Return the ids of the activities that a text names, or none.

    For a tag, it is the first activity that has it.
    """
    names = [name for name in lexicon.names(lexicon.find("activities", tokens(text))) if name not in ("vague", "any")]
    exact = [name for name in names if name in catalogue.activities()]
    return exact or [key for name in names[:1] for key, a in catalogue.activities().items() if a.is_a(name)][:1]


def _activities(text: str, field: str, assumed: list[str]) -> list[str]:
    """Return the ids of the activities that a text names; ``other``, if it names none.

    ``other`` is noted as assumed.
    """
    ids = _activity_ids(text)
    if not ids:
        assumed.append(f"{field}.activities: other; “{clean(text, limit=80)}” names no activity of the catalogue")
    return ids or ["other"]


def _minute_at(words: list[Token], at: int) -> int | None:
    """Return the minute of the day of "7am" or "12:30" at a token, or None."""
    parsed = parse_clock_time(words, at)
    return resolve_single(parsed[0])[0] if parsed is not None and parsed[0].is_clock else None


def _stated_hours(lifestyle: Sequence[str], plan: Sequence[str]) -> StatedHours:
    """Return the waking hours that a lifestyle states.

    Where it does not state a bedtime, the evening's habits and plan fit before it.
    """
    first = read_stated_hours(lifestyle)
    if first.sleep_is_stated:
        return first
    hours = WakingHours(first.wake, first.sleep)
    longest = WakingHours(first.wake, min(first.wake + AWAKE[1], clock.LATEST))
    needed, last = 0, 0
    for habit in _habits(lifestyle, longest):
        start = clock.parse_time(habit["at"], latest=clock.LATEST)
        if start >= _EVENING:
            last = max(last, start + habit["minutes"] + _BEDTIME)
            needed += habit["minutes"]
    for number, item in enumerate(plan):
        need = _requirement(item, number, hours, [])
        start, end = (clock.parse_time(time, latest=clock.LATEST) for time in need["between"])
        if start >= _EVENING or end >= hours.sleep > start + 600 > end:
            needed += need["minutes"]
        for window in find_time_windows(tokens(item), hours):
            begin = window.begin + (clock.MINUTES_PER_DAY if window.begin < min(first.wake, _SMALL_HOURS) else 0)
            if window.vagueness != 1 and begin >= _EVENING:
                last = max(last, begin + need["minutes"] + _BEDTIME)
    evening_end = max(last, _EVENING + needed + _DINNER + _BEDTIME if needed else 0)
    return read_stated_hours(lifestyle, -(-evening_end // 30) * 30)


def _habits(items: Sequence[str], hours: WakingHours) -> list[dict[str, Any]]:
    """Return the habits at a stated time ("Has lunch at precisely 12:30pm")."""
    habits = []
    for item in items:
        words = tokens(item)
        at = next((n for n in range(len(words)) if _minute_at(words, n) is not None), None)
        ids = [name for name in _activity_ids(item) if name not in ("wake_up", "evening_wash")]
        time = None if at is None else _minute_at(words, at)
        if at is None or time is None or not ids or word_at(words, at - 1) in ("until", "till", "past", "after"):
            continue
        if {"bed", "until"} & {t.word for t in words} or not hours.wake + 10 <= time <= hours.sleep - 40:
            continue
        shortest, longest = catalogue.activities()[ids[0]].minutes
        minutes = max(10, min(600, round((shortest + longest) / 10) * 5))
        habits.append({"text": clean(item, limit=200), "activity": ids[0], "at": clock.format_time(time), "minutes": minutes})
    return habits


def _requirement(item: str, number: int, hours: WakingHours, assumed: list[str]) -> dict[str, Any]:
    """Return a daily requirement such as "Meditate for 15 minutes in the morning"."""
    words = tokens(item)
    ids = _activities(item, f"daily_plan[{number}]", assumed)
    durations = [span for n in range(len(words)) if word_at(words, n - 1) == "for" and (span := parse_duration(words, n)) is not None]
    shortest, longest = catalogue.activities()[ids[0]].minutes
    minutes = round(durations[0].high) if durations else round((shortest + longest) / 10) * 5
    minutes = max(10, min(600, minutes))
    begin, end = hours.wake, hours.sleep
    for window in find_time_windows(words, hours):
        start, finish = window.begin, window.finish
        start += clock.MINUTES_PER_DAY if start < hours.wake and start + clock.MINUTES_PER_DAY < hours.sleep else 0
        finish += clock.MINUTES_PER_DAY if finish <= start else 0
        if {"before"} & {t.word for t in words[window.start : window.end]}:
            start = finish - max(120, minutes + 30)
        start, finish = max(start, hours.wake), min(finish, hours.sleep)
        if finish - start >= minutes:
            begin, end = start, finish
            break
    between = [clock.format_time(begin), clock.format_time(end)]
    return {"text": clean(item, limit=200), "activity": ids[0], "minutes": minutes, "between": between}


def _with_room(
    plan: list[dict[str, Any]], habits: Sequence[dict[str, Any]], hours: WakingHours, assumed: list[str]
) -> list[dict[str, Any]]:
    """Lengthen the times that are too short for all requirements in them.

    Args:
        plan: the requirements.
        habits: the habits at a stated time.
        hours: when the person gets up and goes to bed.
        assumed: gets a line for each time that is made longer.
    """

    def at(time: str) -> int:
        return clock.parse_time(time, latest=clock.LATEST)

    for need in sorted(plan, key=lambda need: at(need["between"][0]), reverse=True):
        start, end = at(need["between"][0]), at(need["between"][1])
        if (start, end) == (hours.wake, hours.sleep):
            continue
        inside = [other for other in plan if start <= at(other["between"][0]) and at(other["between"][1]) <= end]
        load = sum(other["minutes"] for other in inside) + sum(h["minutes"] for h in habits if start <= at(h["at"]) < end)
        load += (_DINNER if start <= 19 * 60 < end else 0) + (_BEDTIME if end == hours.sleep else 0)
        if len(inside) < 2 or load <= end - start:
            continue
        end = min(hours.sleep, max(end, start + load + _BEDTIME))
        start = max(hours.wake, min(start, end - load))
        for other in inside:
            other["between"] = [clock.format_time(start), clock.format_time(end)]
            longer = " to ".join(other["between"])
            assumed.append(f"daily_plan[{plan.index(other)}].between: {longer}; the stated time is too short for all that is done then")
    return plan
