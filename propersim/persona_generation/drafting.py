"""What a model said of a person, as the data of a persona's file; all its texts cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from propersim.core.text import clean
from propersim.persona.model import TRAITS
from propersim.rubric.llm_reader import ANY

_TEXT = 2000


def draft(identifier: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return a persona's data, in the order of its file, not validated yet.

    Args:
        identifier: its id.
        said: the answer of each step.
    """
    who, life, rubric = (_cleaned(msgspec.to_builtins(said[step])) for step in ("who", "life", "rubric"))
    return {
        "id": identifier,
        **{key: who[key] for key in ("name", "age", "pronouns", "occupation", "household", "culture")},
        "big_five": {trait: who[trait] for trait in TRAITS},
        "background": who["background"],
        "interests": [{**one, "activities": _once(one["activities"])} for one in who["interests"]],
        "lifestyle": {
            "text": life["text"],
            "wake": life["wake"],
            "sleep": life["sleep"],
            "habits": sorted(life["habits"], key=lambda habit: str(habit["at"])),
        },
        "daily_plan": [
            {**{key: one[key] for key in ("text", "activity", "minutes")}, "between": [one["start"], one["end"]]}
            for one in life["daily_plan"]
        ],
        "goals": who["goals"],
        "voice": {key: who[key] for key in ("pleased", "put_off")},
        "rubric": _rubric(rubric),
    }


def _rubric(said: dict[str, Any]) -> dict[str, Any]:
    likes = [
        {"topics": _once(one["topics"]), "during": _doing(one["during"]) or [ANY], **({"between": hours} if (hours := _hours(one)) else {})}
        for one in said["likes"]
    ]
    windows = []
    for one in said["windows"]:
        hours, doing = _hours(one), _doing(one["during"])
        # A window without hours and activities is one at any time.
        start, end = hours or ("00:00", "24:00")
        windows.append({**({"start": start, "end": end} if hours or not doing else {}), **({"during": doing} if doing else {})})
    return {
        "preference": {"text": said["preference_text"], "likes": likes, "dislikes": _once(said["dislikes"])},
        "timing": {"text": said["timing_text"], "windows": windows, "never_during": _once(said["never_during"])},
        "frequency": {"text": said["frequency_text"], "min_per_day": said["min_per_day"], "max_per_day": said["max_per_day"]},
        "communication": {"text": said["communication_text"], **{key: _once(said[key]) for key in ("tones", "avoid", "boundaries")}},
    }


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _doing(names: list[str]) -> list[str]:
    """Return the activities; none where any will do."""
    return [] if ANY in names else _once(names)


def _hours(one: dict[str, Any]) -> list[str]:
    return [] if ANY in (one["start"], one["end"]) else [one["start"], one["end"]]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, limit=_TEXT)
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list) else value
