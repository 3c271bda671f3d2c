"""Read when a topic is welcome.

The activities and times after "when", "while", "during" and similar words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.rubric import lexicon
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.findings import ASSUMED_HOURS, WakingHours
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.vague_windows import ends_at_bedtime

_WORDS = {"when", "while", "whenever", "during", "whatever", "before", "after", "once"}
_BEFORE_ACTIVITY = {"over", "at"}
_PLACES = {"sofa", "couch", "way", "road", "kitchen", "garden", "bath", "shower", "desk"}
_MEALS = {"breakfast", "lunch", "dinner", "snack", "meal", "family_meal", "coffee_break", "brew_tea"}
_MOVING = {"walk", "run", "commute", "dog_walk", "errands"}
_DETERMINERS = {"a", "an", "the", "my", "our", "your", "their"}


class Circumstance(NamedTuple):
    """One alternative of a circumstance: activities, a time, or activities at that time.

    Attributes:
        activities: names of the catalogue.
        window: the time; None for any time.
        start: the first token.
        end: the token after the last.
        doubt: why it is uncertain; "" if it is not.
        says_something: whether it has words that are not read.
    """

    activities: tuple[str, ...]
    window: TimeWindow | None
    start: int
    end: int
    doubt: str = ""
    says_something: bool = False


def circumstance_start(words: Sequence[Token], hours: WakingHours, start: int, end: int) -> int | None:
    """Return the token at which a circumstance begins, or None.

    Args:
        words: the tokens.
        hours: when the person gets up and goes to bed.
        start: the first token to search.
        end: the token after the last to search.
    """
    times = windows_between(words, hours, start, end)
    starts = [window.start - (word_at(words, window.start - 1) in ("in", "during")) for window in times[:1]]
    for n in range(start, end):
        looking = words[n].word == "after" and word_at(words, n - 1) in ("look", "looking", "looks", "day", "ever")
        if words[n].word in _WORDS and not looking:
            return min([n, *starts])
        noun = n + 1 + (word_at(words, n + 1) in _DETERMINERS)
        near = [t.word for t in words[n + 1 : min(n + 4, end)]]
        if words[n].word in _BEFORE_ACTIVITY and any(hit.start == noun for hit in lexicon.find("activities", words, noun, end)):
            return min([n, *starts])
        moving: set[str] = {"on": _MOVING, "with": _MEALS - {"meal", "snack"}}.get(words[n].word, set())
        if word_at(words, n + 1) in _DETERMINERS and any(
            hit.start == noun and set(hit.names) <= moving for hit in lexicon.find("activities", words, noun, end)
        ):
            return min([n, *starts])
        if words[n].word in ("on", "in", "at") and set(near[:2]) & _PLACES:
            return min([n, *starts])
    return starts[0] if starts else None


def windows_between(words: Sequence[Token], hours: WakingHours, start: int, end: int) -> list[TimeWindow]:
    """Return the times that begin between two tokens.

    Words before them may say the half of the day.

    Args:
        words: the tokens.
        hours: when the person gets up and goes to bed.
        start: the first token at which a time may begin.
        end: the token before which it must begin.
    """
    return [window for window in find_time_windows(words, hours) if start <= window.start < end]


_MEAL_JOINTS = frozenset(["and", "or", ",", "at", "over", "during", "the", "my"])


def _last_meals(words: Sequence[Token], hits: Sequence[lexicon.Hit]) -> list[lexicon.Hit]:
    """Return the meals at the end of a list of activities: both of "at lunch and dinner"."""
    meals: list[lexicon.Hit] = []
    for hit in reversed(hits):
        joined = not meals or {t.word for t in words[hit.end : meals[0].start]} <= _MEAL_JOINTS
        if not (set(hit.names) & _MEALS and joined):
            break
        meals.insert(0, hit)
    return meals


def read_circumstance(words: Sequence[Token], hours: WakingHours, start: int, end: int) -> list[Circumstance]:
    """Return the alternatives of a circumstance, in order.

    Args:
        words: the tokens.
        hours: when the person gets up and goes to bed.
        start: the first token of the circumstance.
        end: the token after its last.
    """
    times = windows_between(words, hours, start, end)
    in_times = {n for window in times for n in range(window.start, window.end)}
    hits = [h for h in lexicon.find("activities", words, start, end) if h.names != ("vague",)]
    cuts = [start]
    for n in range(start, end):
        joined = words[n].word in ("or", ";") or (words[n].word in ("and", ",") and word_at(words, n + 1) in _WORDS)
        if joined and n not in in_times and not any(h.start <= n < h.end for h in hits) and n > start:
            cuts.append(n + 1)
    result = []
    for first, last in zip(cuts, [*cuts[1:], end], strict=True):
        inside = [h for h in hits if first <= h.start < last]
        outside = [h for h in inside if lexicon.is_outside(words, h) and h.start not in in_times]
        inside = [h for h in inside if h not in outside and not set(range(h.start, h.end)) & in_times]
        windows: list[TimeWindow | None] = [window for window in times if first <= window.start < last]
        spoken = [t.word for t in words[first:last]]
        # "Reviewing my finances during lunch" is lunch: the simulated person does one thing at a time.
        meals = _last_meals(words, inside) if set(spoken) & {"during", "over", "at"} else []
        activities = tuple(lexicon.names(meals if meals and len(inside) > 1 else inside))
        doubt = "only then, or also otherwise?" if "especially" in spoken or "particularly" in spoken else ""
        if "mood" in spoken:
            doubt = doubt or "a mood, not an activity"
        if activities and windows and doubt:
            windows = []
        if any(window is not None and hours.assumed and ends_at_bedtime(window, hours) for window in windows):
            doubt = ASSUMED_HOURS
        if any(window is not None and not window.sure for window in windows):
            doubt = doubt or "does not say which half of the day, or how long"
        says = bool(set(spoken) - _WORDS - {"i", "i'm", "am", "the", "a", "my", ",", "."})
        result += [Circumstance(activities, window, first, last, doubt, says) for window in windows or [None]]
    return result
