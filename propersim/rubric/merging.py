"""What of a helper's reading is used: nothing that contradicts what the compiler is sure of, or what is used already."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from propersim.rubric.findings import Finding
from propersim.rubric.timing import minutes
from propersim.world import catalogue

_ANY_TIME = 12 * 60
"""Minutes from which on a window without activities makes those with activities pointless."""
_LISTS = {"preference": ("likes", "dislikes"), "timing": ("windows", "never_during"), "communication": ("tones", "avoid", "boundaries")}
_OPPOSITE = {"tones": "avoid", "avoid": "tones"}

Rubric = dict[str, dict[str, Any]]


def merge(rubric: Rubric, found: Sequence[Finding], read: Iterable[Finding]) -> list[Finding]:
    """Add to a rubric what a helper read, as far as it may be; return all that was found, each item saying whether it is applied.

    What the helper reads in a sentence that the compiler was not sure of goes before the compiler's own rule of the same key.
    What contradicts anything else that is applied is flagged and not used.

    Args:
        rubric: by dimension, ``text`` and the rules so far; is changed.
        found: what the compiler read.
        read: what the helper read, the first first.
    """
    items = list(found)
    changed = False
    for one in read:
        items = [
            old for old in items if not (old.confidence == "not placed" and (old.dimension, old.sentence) == (one.dimension, one.sentence))
        ]
        doubted = [old for old in items if old.applied and old.confidence == "low" and _place(old) == _place(one)]
        why = _why_not(one, [old for old in items if old.applied and old not in doubted], rubric.get("frequency", {}))
        if not why:
            changed = True
            items = [
                replace(old, applied=False, reason=f"{old.reason}; read by the model instead") if old in doubted else old for old in items
            ]
            if one.key == "frequency":
                rubric["frequency"] |= _counts(rubric["frequency"], one.rule)
        items.append(replace(one, confidence="model", applied=not why, reason=f"{one.reason}; {why}" if why else one.reason))
    if changed:
        for dimension, keys in ((name, keys) for name, keys in _LISTS.items() if name in rubric):
            rubric[dimension] = {"text": rubric[dimension]["text"], **_lists(items, dimension, keys)}
    return sorted(items, key=_order(found))


def _order(found: Sequence[Finding]) -> Callable[[Finding], int]:
    """Return where an item belongs: with the others of its sentence."""
    places: dict[tuple[str, str], int] = {}
    for item in found:
        places.setdefault((item.dimension, item.sentence), len(places))
    return lambda item: places.get((item.dimension, item.sentence), len(places))


def _place(item: Finding) -> tuple[str, str, str]:
    return item.dimension, item.sentence, item.key


def _lists(items: Sequence[Finding], dimension: str, keys: Sequence[str]) -> dict[str, list[Any]]:
    """Return the rules of a dimension that all applied items give together."""
    rules: dict[str, list[Any]] = {}
    for key in keys:
        values: list[Any] = []
        for item in items:
            if item.applied and (item.dimension, item.key) == (dimension, key):
                given = [item.rule] if key in ("likes", "windows") else item.rule
                values += [value for value in given if value not in values]
        if key == "dislikes":
            liked = {topic for like in rules.get("likes", ()) for topic in like["topics"]}
            values = [topic for topic in values if topic not in liked]
        if key == "avoid":
            values = [tone for tone in values if tone not in rules.get("tones", ())]
        if values:
            rules[key] = values
    return rules


def _why_not(one: Finding, standing: Sequence[Finding], counts: dict[str, Any]) -> str:
    """Return why a reading cannot be used beside what stands; "" where it can."""
    if one.key == "frequency":
        return _why_no_count(one.rule, [item for item in standing if item.key == "frequency"], counts)
    rules = {key: _lists(standing, dimension, keys).get(key, []) for dimension, keys in _LISTS.items() for key in keys}
    said = [one.rule] if one.key in ("likes", "windows") else one.rule
    if all(value in rules[one.key] for value in said):
        return "said already"
    liked = {topic for like in rules["likes"] for topic in like["topics"]}
    if one.key == "likes":
        topics = set(one.rule["topics"])
        return (
            _both(topics, set(rules["dislikes"]), "refused elsewhere")
            or _both(_touched(topics), set(rules["boundaries"]), "said to be left alone")
            or _both(
                topics,
                {topic for like in rules["likes"] if _widens(one.rule, like) for topic in like["topics"]},
                "said for certain times only",
            )
        )
    if one.key == "dislikes":
        return _both(set(said), liked, "said to be welcome")
    if one.key == "boundaries":
        return _both(set(said), _touched(liked), "touched by a topic that is welcome")
    if one.key in _OPPOSITE:
        return _both(set(said), set(rules[_OPPOSITE[one.key]]), "said otherwise elsewhere")
    if one.key == "never_during":
        spoilt = [window for window in rules["windows"] if window.get("during") and _acts(window["during"]) <= _acts(said)]
        return "contradicts a window that is said elsewhere" if spoilt else ""
    if one.rule.get("during") and _acts(one.rule["during"]) <= _acts(rules["never_during"]):
        return "contradicts what is never to be interrupted"
    return "contradicts a window that is said elsewhere" if any(_contradict(one.rule, other) for other in rules["windows"]) else ""


def _both(one: set[str], other: set[str], what: str) -> str:
    return f"{', '.join(sorted(one & other))}: {what}" if one & other else ""


def _touched(topics: Iterable[str]) -> set[str]:
    return {subject for topic in topics for subject in catalogue.topics()[topic].subjects}


def _acts(names: Iterable[str]) -> set[str]:
    """Return the activities that ids and tags stand for."""
    wanted = list(names)
    return {key for key, activity in catalogue.activities().items() if any(activity.is_a(name) for name in wanted)}


def _contradict(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether a window says otherwise of the same moments as another: it overlaps with it and reaches beyond, or makes it pointless."""
    if "start" not in new:
        return False
    mine = minutes(new)
    if "start" not in old:
        return not new.get("during") and len(mine) >= _ANY_TIME
    theirs = minutes(old)
    together = not new.get("during") or not old.get("during") or bool(_acts(new["during"]) & _acts(old["during"]))
    return together and bool(mine & theirs) and not mine <= theirs


def _widens(new: dict[str, Any], old: dict[str, Any]) -> bool:
    """Whether a wish makes the circumstances of another one pointless, where both name the same topic."""

    def window(like: dict[str, Any]) -> dict[str, Any]:
        doing = [name for name in like.get("during", ()) if name != "any"]
        return {
            **(dict(zip(("start", "end"), hours, strict=True)) if (hours := like.get("between")) else {}),
            **({"during": doing} if doing else {}),
        }

    mine, theirs = window(new), window(old)
    return _contradict(mine, theirs) if mine else bool(theirs)


def _counts(counts: dict[str, Any], rule: dict[str, Any]) -> dict[str, Any]:
    """Return the least and the most of a day when a reading is added to what is known; without a least, one is taken."""
    most = rule.get("max_per_day", counts.get("max_per_day"))
    least = rule.get("min_per_day", counts.get("min_per_day", 1))
    return {"min_per_day": least, "max_per_day": most}


def _why_no_count(rule: dict[str, Any], standing: Sequence[Finding], counts: dict[str, Any]) -> str:
    if standing:
        same = all(counts.get(key) == value for key, value in rule.items())
        return "said already" if same else "contradicts a number that is said elsewhere"
    together = _counts(counts, rule)
    if together["max_per_day"] is None:
        return "says only the least"
    return "" if together["min_per_day"] <= together["max_per_day"] else "the least is more than the most"
