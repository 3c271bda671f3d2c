"""Personas with other windows and gaps, or with rules compiled from other words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import ValidationError

from propersim.core import clock, safe_yaml
from propersim.core.records import DIMENSIONS
from propersim.persona.fields import weekdays_of
from propersim.persona.importing import waking_hours
from propersim.persona.model import Like, Persona, Rubric, Window
from propersim.rubric import compile_rubric
from propersim.studies.variations import renamed
from propersim.world.catalogue import activities

SHIFT = 15
"""Minutes by which windows are moved, or end sooner or later."""
GAP = 0.25
"""Share by which the shortest comfortable gap is lengthened or shortened."""
OWN_WORDS = "own-words"
"""The kind of persona whose rules are compiled from its own texts."""
WORDINGS = ("terse", "chatty", "examples", "negative", "list")
"""Kinds of personas whose rules are compiled from other texts, those of ``wordings.yaml``."""
GROUPS: Mapping[str, tuple[str, ...]] = {
    "nothing": ("days-a", "days-b"),
    "windows": ("later", "earlier", "longer", "shorter"),
    "gap": ("gap-long", "gap-short"),
    "wording": (OWN_WORDS, *WORDINGS),
}
"""Kinds of personas by what is other. Days depend on the id of a persona: those of ``nothing`` have the rubric, and other days."""
ABOUT = {
    "days-a": "the same rubric on other days",
    "days-b": "the same rubric on other days again",
    "later": f"windows {SHIFT} minutes later",
    "earlier": f"windows {SHIFT} minutes earlier",
    "longer": f"windows end {SHIFT} minutes later",
    "shorter": f"windows end {SHIFT} minutes earlier",
    "gap-long": f"G_min {100 * GAP:.0f} % longer",
    "gap-short": f"G_min {100 * GAP:.0f} % shorter",
    OWN_WORDS: "rules compiled from its own texts",
    "terse": "told in few words",
    "chatty": "told in passing",
    "examples": "told by examples",
    "negative": "told by what is not wanted",
    "list": "told in points",
}
"""Descriptions of the kinds of variations."""
_DAY = clock.MINUTES_PER_DAY
_DIMENSION_OF = {
    "like": "preference",
    "dislike": "preference",
    "number": "frequency",
    "tone": "communication",
    "avoid": "communication",
    "boundary": "communication",
}
"""The dimension of each kind of rule that has a name."""


class Variation(NamedTuple):
    """A persona that is made from another one, or why there is none.

    Attributes:
        kind: what is other; a key of :data:`ABOUT`.
        persona: the persona; None where it cannot be made.
        problem: why it cannot be made; "" where it can.
        refused: dimensions of a text that the compiler refuses to read, with its reason; they keep the rules of the original.
        doubts: number of readings that the compiler reported as not understood, or not for sure, by dimension.
    """

    kind: str
    persona: Persona | None
    problem: str = ""
    refused: Mapping[str, str] = MappingProxyType({})
    doubts: Mapping[str, int] = MappingProxyType({})

    @property
    def read(self) -> list[str]:
        """The dimensions whose rules are not kept for want of a reading."""
        return [name for name in DIMENSIONS if name not in self.refused]


class RuleChanges(NamedTuple):
    """How the rules of a rubric differ from those of another.

    Attributes:
        rules: number of rules of the other.
        kept: those of them that the rubric has too.
        lost: those of them that it lacks.
        changed: those of them that it has with another time, condition or number.
        added: rules that it has besides.
    """

    rules: int
    kept: int
    lost: int
    changed: int
    added: int

    @property
    def same(self) -> bool:
        """Whether the rules are the same."""
        return self.kept == self.rules and not self.added


@cache
def wordings() -> dict[str, dict[str, dict[str, str]]]:
    """Return texts by persona, kind of wording, and dimension."""
    text = files("propersim.studies").joinpath("wordings.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[str, str]]] = safe_yaml.load(text)
    return found


@cache
def variations_of(persona: Persona) -> tuple[Variation, ...]:
    """Return the variations of a persona, in the order of :data:`GROUPS`.

    Those by words are left out where nobody has written any for it.
    """
    made = [
        *(Variation(kind, renamed(persona, kind)) for kind in GROUPS["nothing"]),
        _varied(persona, "later", lambda: _moved(persona, SHIFT, SHIFT)),
        _varied(persona, "earlier", lambda: _moved(persona, -SHIFT, -SHIFT)),
        _varied(persona, "longer", lambda: _moved(persona, 0, SHIFT)),
        _varied(persona, "shorter", lambda: _moved(persona, 0, -SHIFT)),
        _varied(persona, "gap-long", lambda: _spaced(persona, 1 + GAP)),
        _varied(persona, "gap-short", lambda: _spaced(persona, 1 - GAP)),
    ]
    texts = {OWN_WORDS: {name: getattr(persona.rubric, name).text for name in DIMENSIONS}, **wordings().get(persona.id, {})}
    return (*made, *(_told(persona, kind, texts[kind]) for kind in GROUPS["wording"] if kind in texts))


def rule_changes(rubric: Rubric, other: Rubric, dimensions: Collection[str] = DIMENSIONS) -> RuleChanges:
    """Return how the rules of a rubric differ from those of another.

    A rule is a liked or disliked topic, a window, an activity or group of activities that is never interrupted, a number, a tone or a
    subject. A liked topic is changed where its times or activities differ, a window where it overlaps one that the rubric lacks.

    Args:
        rubric: the rubric, such as a compiled one.
        other: the one it is compared with.
        dimensions: the dimensions whose rules are counted.
    """
    mine, theirs = ({key: value for key, value in _rules(each).items() if _DIMENSION_OF[key[0]] in dimensions} for each in (rubric, other))
    kept = changed = 0
    for name, value in theirs.items():
        kept += mine.get(name) == value
        changed += name in mine and mine[name] != value
    lost, added = len(theirs) - kept - changed, len(mine.keys() - theirs.keys())
    for each in (_windows(rubric, other), _never(rubric, other)) if "timing" in dimensions else ():
        kept, lost, changed, added = kept + each.kept, lost + each.lost, changed + each.changed, added + each.added
    return RuleChanges(kept + lost + changed, kept, lost, changed, added)


def _varied(persona: Persona, kind: str, change: Callable[[], dict[str, Any]]) -> Variation:
    try:
        return Variation(kind, renamed(persona, kind, rubric=change()))
    except ValueError as error:
        return Variation(kind, None, _reason(error))


def _told(persona: Persona, kind: str, texts: Mapping[str, str]) -> Variation:
    """Return the persona with the rules that the compiler reads in other texts.

    A dimension that it refuses to read keeps its rules: whoever imports a persona is told, and mends the text.
    """
    compiled = compile_rubric(texts, waking_hours(persona.model_dump()))
    lines = [line.removeprefix("rubric.").partition(";")[0].partition(": ") for line in compiled.errors]
    refused = {name: reason for name, _, reason in lines}
    own = persona.rubric.model_dump(exclude_none=True)
    rubric = {**own, **{name: rules for name, rules in compiled.rubric.items() if name not in refused}}
    made = _varied(persona, kind, lambda: rubric)
    return made._replace(refused=refused, doubts=Counter(item.dimension for item in (*compiled.unsure, *compiled.not_placed)))


def _reason(error: ValueError) -> str:
    """Return the first problem of an invalid persona."""
    return str(error.errors()[0]["msg"]).removeprefix("Value error, ") if isinstance(error, ValidationError) else str(error)


def _moved(persona: Persona, begin: int, end: int) -> dict[str, Any]:
    """Return the rubric with windows that begin and end so many minutes later.

    Windows without a time of day, and those of the whole day, stay as they are. One that would have no length is left out.

    Raises:
        ValueError: no window is left.
    """
    rubric = persona.rubric.model_dump(exclude_none=True)
    windows = []
    for window in rubric["timing"]["windows"]:
        if "start" not in window:
            windows.append(window)
            continue
        first, last = clock.parse_time(window["start"]), clock.parse_time(window["end"])
        length = (last - first) % _DAY or _DAY
        longer = length + end - begin
        if length == _DAY or longer >= _DAY:
            windows.append(window)
        elif longer > 0:
            first = (first + begin) % _DAY
            windows.append({**window, "start": clock.format_time(first), "end": clock.format_time((first + longer) % _DAY)})
    if not windows:
        raise ValueError("no window is left")
    rubric["timing"]["windows"] = windows
    return rubric


def _spaced(persona: Persona, times: float) -> dict[str, Any]:
    """Return the rubric with a G_min that is some times as long; numbers a day stay."""
    rubric = persona.rubric.model_dump(exclude_none=True)
    frequency = persona.rubric.frequency
    rubric["frequency"]["min_gap"] = frequency.gap_min * times
    for entry, rate in zip(rubric["frequency"].get("on_days", ()), frequency.on_days, strict=True):
        entry["min_gap"] = rate.gap_min * times
    return rubric


# -- rules that are counted ---------------------------------------------------------------------------------------------


def _rules(rubric: Rubric) -> dict[tuple[str, str], object]:
    """Return the rules of a rubric that have a name, windows and activities aside."""
    found: dict[tuple[str, str], Any] = {}
    for like in rubric.preference.likes:
        for topic in like.topics:
            found.setdefault(("like", topic), set()).add(_condition(like))
    frequency, communication = rubric.frequency, rubric.communication
    for kind, names in (
        ("dislike", rubric.preference.dislikes),
        ("tone", communication.tones),
        ("avoid", communication.avoid),
        ("boundary", communication.boundaries),
    ):
        found |= {(kind, name): True for name in names}
    week = [frequency.on(day) for day in range(7)]
    found["number", "least"] = tuple(rate.min_per_day for rate in week)
    found["number", "most"] = tuple(rate.max_per_day for rate in week)
    return found


def _condition(like: Like) -> tuple[object, ...]:
    return _activities(like.during), like.between, weekdays_of(like.days)


def _activities(names: Iterable[str] | None) -> frozenset[str]:
    """Return the activities that ids and tags name; None is every one."""
    chosen = ("any",) if names is None else tuple(names)
    return frozenset(name for name, one in activities().items() if any(one.is_a(each) for each in chosen))


def _windows(rubric: Rubric, other: Rubric) -> RuleChanges:
    mine, theirs = ([_window(one) for one in each.timing.windows] for each in (rubric, other))
    rest = [one for one in mine if one not in theirs]
    missing = [one for one in theirs if one not in mine]
    changed = 0
    for one in list(missing):
        near = next((each for each in rest if _overlap(one, each)), None)
        if near is not None:
            rest.remove(near)
            missing.remove(one)
            changed += 1
    kept = len(theirs) - len(missing) - changed
    return RuleChanges(len(theirs), kept, len(missing), changed, len(rest))


_Window = tuple[frozenset[int], frozenset[str], frozenset[int]]


def _window(window: Window) -> _Window:
    """Return the minutes of the day, the activities and the weekdays of a window."""
    return frozenset(_minutes(window)), _activities(window.during), weekdays_of(window.days)


def _minutes(window: Window) -> Iterator[int]:
    if window.start is None or window.end is None:
        yield from range(_DAY)
        return
    first, last = clock.parse_time(window.start), clock.parse_time(window.end)
    yield from (minute % _DAY for minute in range(first, first + ((last - first) % _DAY or _DAY)))


def _overlap(one: _Window, other: _Window) -> bool:
    return all(mine & theirs for mine, theirs in zip(one, other, strict=True))


def _never(rubric: Rubric, other: Rubric) -> RuleChanges:
    """Compare the activities that are never interrupted.

    A group of which a part is missing is changed.
    """
    mine, theirs = (_activities(one.timing.never_during) if one.timing.never_during else frozenset() for one in (rubric, other))
    kept = lost = changed = 0
    for name in other.timing.never_during:
        group = _activities((name,))
        kept += group <= mine
        lost += not group & mine
        changed += bool(group & mine) and not group <= mine
    added = sum(not _activities((name,)) & theirs for name in rubric.timing.never_during)
    return RuleChanges(len(other.timing.never_during), kept, lost, changed, added)
