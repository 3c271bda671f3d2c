"""Conversion of a model's answers about a person into the data of a persona file.

All texts are cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from propersim.core.text import clean
from propersim.persona.model import TRAITS
from propersim.rubric.llm_reader import ANY

_MAX_TEXT = 2000


def persona_data(persona_id: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of a persona, in the order of its file, not validated yet.

    Args:
        persona_id: the id of the persona.
        answers: the model's answer to each step.
    """
    who, life, rubric = (_cleaned(msgspec.to_builtins(answers[step])) for step in ("who", "life", "rubric"))
    return {
        "id": persona_id,
        **{key: who[key] for key in ("name", "age", "pronouns", "occupation", "household", "culture")},
        "big_five": {trait: who[trait] for trait in TRAITS},
        "background": who["background"],
        "interests": [{**one, "activities": _unique(one["activities"])} for one in who["interests"]],
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


def rubric_data(answer: msgspec.Struct) -> dict[str, Any]:
    """Return the rubric of a model's answer to the last step, as in a persona file."""
    return _rubric(_cleaned(msgspec.to_builtins(answer)))


def _rubric(answer: dict[str, Any]) -> dict[str, Any]:
    likes = [
        {
            "topics": _unique(one["topics"]),
            "during": _activities(one["during"]) or [ANY],
            **({"between": hours} if (hours := _hours(one)) else {}),
        }
        for one in answer["likes"]
    ]
    windows = []
    for one in answer["windows"]:
        hours, activities = _hours(one), _activities(one["during"])
        # A window with neither hours nor activities is the whole day.
        start, end = hours or ("00:00", "24:00")
        windows.append(
            {**({"start": start, "end": end} if hours or not activities else {}), **({"during": activities} if activities else {})}
        )
    return {
        "preference": {"text": answer["preference_text"], "likes": likes, "dislikes": _unique(answer["dislikes"])},
        "timing": {"text": answer["timing_text"], "windows": windows, "never_during": _unique(answer["never_during"])},
        "frequency": {"text": answer["frequency_text"], "min_per_day": answer["min_per_day"], "max_per_day": answer["max_per_day"]},
        "communication": {"text": answer["communication_text"], **{key: _unique(answer[key]) for key in ("tones", "avoid", "boundaries")}},
    }


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _activities(names: list[str]) -> list[str]:
    """Return the activities; an empty list if any activity will do."""
    return [] if ANY in names else _unique(names)


def _hours(one: dict[str, Any]) -> list[str]:
    return [] if ANY in (one["start"], one["end"]) else [one["start"], one["end"]]


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, limit=_MAX_TEXT)
    if isinstance(value, dict):
        return {key: _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list) else value
