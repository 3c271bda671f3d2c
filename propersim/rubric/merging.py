"""Merge the findings of a fallback reader into a compiled rubric.

Findings that contradict rules already used are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric.day_minutes import minutes_of_window
from propersim.rubric.findings import Finding
from propersim.world import catalogue

_LONG_WINDOW = 12 * 60
"""A window without activities of at least so many minutes makes windows with only activities pointless."""
_LISTS = {"preference": ("likes", "dislikes"), "timing": ("windows", "never_during"), "communication": ("tones", "avoid", "boundaries")}
_OPPOSITE = {"tones": "avoid", "avoid": "tones"}

RubricData = dict[str, dict[str, Any]]


def merge(rubric: RubricData, findings: Sequence[Finding], read: Iterable[Finding]) -> list[Finding]:
    """Merge a fallback reader's findings into a rubric.

    In a sentence that the compiler was not sure of, they replace the compiler's own rules of the same key. Those that contradict any other
    rule in use are marked and not used.

    Args:
        rubric: ``text`` and the rules so far, by dimension; changed in place.
        findings: findings of the compiler.
        read: findings of the fallback reader; earlier ones take precedence.

    Returns:
        All findings, each with whether it is applied, in the order of the sentences.
    """
    items = list(findings)
    changed = False
    for one in read:
        items = [
            old for old in items if not (old.confidence == "not placed" and (old.dimension, old.sentence) == (one.dimension, one.sentence))
        ]
        replaced = [old for old in items if old.applied and old.confidence == "low" and _source(old) == _source(one)]
        conflict = _conflict(one, [old for old in items if old.applied and old not in replaced], rubric.get("frequency", {}))
        if not conflict:
            changed = True
            items = [
                replace(old, applied=False, reason=f"{old.reason}; read by the model instead") if old in replaced else old for old in items
            ]
            if one.key == "frequency":
                rubric["frequency"] |= _updated_band(rubric["frequency"], one.rule)
        reason = f"{one.reason}; {conflict}" if conflict else one.reason
        items.append(replace(one, confidence="model", applied=not conflict, reason=reason))
    if changed:
        for dimension, keys in ((name, keys) for name, keys in _LISTS.items() if name in rubric):
            rubric[dimension] = {"text": rubric[dimension]["text"], **_list_rules(items, dimension, keys)}
    return sorted(items, key=_sentence_order(findings))


def _sentence_order(findings: Sequence[Finding]) -> Callable[[Finding], int]:
    """Return a sort key that puts each finding with the others of its sentence."""
    places: dict[tuple[str, str], int] = {}
    for item in findings:
        places.setdefault((item.dimension, item.sentence), len(places))
    return lambda item: places.get((item.dimension, item.sentence), len(places))


def _source(item: Finding) -> tuple[str, str, str]:
    return item.dimension, item.sentence, item.key


def _list_rules(items: Sequence[Finding], dimension: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return the rules of a dimension that all applied findings give together."""
    rules: dict[str, list[Any]] = {}
    for key in keys:
        values: list[Any] = []
        for item in items:
            if item.applied and (item.dimension, item.key) == (dimension, key):
                rule = [item.rule] if key in ("likes", "windows") else item.rule
                values += [value for value in rule if value not in values]
        if key == "dislikes":
            liked = {topic for like in rules.get("likes", ()) for topic in like["topics"]}
            values = [topic for topic in values if topic not in liked]
        if key == "avoid":
            values = [tone for tone in values if tone not in rules.get("tones", ())]
        if values:
            rules[key] = values
    return rules


def _conflict(new: Finding, applied: Sequence[Finding], band: dict[str, Any]) -> str:
    """Return why a finding cannot be used beside the applied ones; "" if it can.

    Args:
        new: the finding.
        applied: the findings in use.
        band: the frequency rules so far.
    """
    if new.key == "frequency":
        return _frequency_conflict(new.rule, [item for item in applied if item.key == "frequency"], band)
    rules = {key: _list_rules(applied, dimension, keys).get(key, []) for dimension, keys in _LISTS.items() for key in keys}
    values = [new.rule] if new.key in ("likes", "windows") else new.rule
    if all(value in rules[new.key] for value in values):
        return "stated already"
    liked = {topic for like in rules["likes"] for topic in like["topics"]}
    if new.key == "likes":
        topics = set(new.rule["topics"])
        restricted = {topic for like in rules["likes"] if _widens(new.rule, like) for topic in like["topics"]}
        return (
            _shared(topics, set(rules["dislikes"]), "refused elsewhere")
            or _shared(_subjects(topics), set(rules["boundaries"]), "off limits")
            or _shared(topics, restricted, "welcome at certain times only")
        )
    if new.key == "dislikes":
        return _shared(set(values), liked, "stated to be welcome")
    if new.key == "boundaries":
        return _shared(set(values), _subjects(liked), "touched by a welcome topic")
    if new.key in _OPPOSITE:
        return _shared(set(values), set(rules[_OPPOSITE[new.key]]), "contradicts another statement")
    if new.key == "never_during":
        emptied = [window for window in rules["windows"] if window.get("during") and _activities(window["during"]) <= _activities(values)]
        return "contradicts a window stated elsewhere" if emptied else ""
    if new.rule.get("during") and _activities(new.rule["during"]) <= _activities(rules["never_during"]):
        return "contradicts activities that must not be interrupted"
    return "contradicts a window stated elsewhere" if any(_contradicts(new.rule, other) for other in rules["windows"]) else ""


def _shared(one: set[str], other: set[str], problem: str) -> str:
    return f"{', '.join(sorted(one & other))}: {problem}" if one & other else ""


def _subjects(topics: Iterable[str]) -> set[str]:
    """Return the subjects that topics touch."""
    return {subject for topic in topics for subject in catalogue.topics()[topic].subjects}


def _activities(names: Iterable[str]) -> set[str]:
    """Return the ids of the activities that ids and tags stand for."""
    wanted = list(names)
    return {key for key, activity in catalogue.activities().items() if any(activity.is_a(name) for name in wanted)}


def _contradicts(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Return whether a window overlaps another and reaches beyond it, or makes it pointless."""
    if "start" not in new:
        return False
    new_minutes = minutes_of_window(new)
    if "start" not in old:
        return not new.get("during") and len(new_minutes) >= _LONG_WINDOW
    old_minutes = minutes_of_window(old)
    same_activities = not new.get("during") or not old.get("during") or bool(_activities(new["during"]) & _activities(old["during"]))
    return same_activities and bool(new_minutes & old_minutes) and not new_minutes <= old_minutes


def _widens(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Return whether a like makes the circumstances of another like of the same topic pointless."""

    def window(like: dict[str, Any]) -> dict[str, Any]:
        activities = [name for name in like.get("during", ()) if name != "any"]
        return {
            **(dict(zip(("start", "end"), hours, strict=True)) if (hours := like.get("between")) else {}),
            **({"during": activities} if activities else {}),
        }

    new_window, old_window = window(new), window(old)
    return _contradicts(new_window, old_window) if new_window else bool(old_window)


def _updated_band(band: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """Return the daily minimum and maximum with a rule added to those known.

    The minimum is 1 if none is stated.
    """
    return {
        "min_per_day": rule.get("min_per_day", band.get("min_per_day", 1)),
        "max_per_day": rule.get("max_per_day", band.get("max_per_day")),
    }


def _frequency_conflict(rule: dict[str, Any], applied: Sequence[Finding], band: dict[str, Any]) -> str:
    """Return why a frequency rule cannot be used; "" if it can."""
    if applied:
        same = all(band.get(key) == value for key, value in rule.items())
        return "stated already" if same else "contradicts a number stated elsewhere"
    updated = _updated_band(band, rule)
    if updated["max_per_day"] is None:
        return "gives only a lower limit"
    return "" if updated["min_per_day"] <= updated["max_per_day"] else "the minimum is above the maximum"
