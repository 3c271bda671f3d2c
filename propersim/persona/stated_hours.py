"""Read when somebody gets up and goes to bed from sentences about their life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.clock_times import parse_clock_time
from propersim.rubric.numbers import word_at
from propersim.rubric.sentences import Token, tokens
from propersim.rubric.word_sets import word_set

AWAKE = (12 * 60, 20 * 60)
"""Shortest and longest waking time of a persona in minutes."""
_USUALLY_AWAKE = 16 * 60
_USUAL_WAKE = 7 * 60
_WAKING = word_set(
    """wake wakes waking woken awakes awakens up rise rises rising gets get getting starts start starting begins begin beginning alarm"""
)
_STARTS = frozenset(["starts", "start", "starting", "begins", "begin", "beginning"])
_SLEEPING = word_set("bed bedtime sleep sleeps sleeping asleep retires retire turns turn hits lights")
_UNTIL = frozenset(["until", "till", "til"])
_LATE = frozenset(["night", "nights", "late", "up", "awake", "stays"])
_JOBS = frozenset(["work", "works", "working", "shift", "shifts"])
_REACH = 9
"""Words before a time that may say what it is the time of."""


class StatedHours(NamedTuple):
    """When somebody gets up and goes to bed.

    Attributes:
        wake: minute of the day.
        sleep: minute of the same day's clock; above 1440 past midnight.
        sleep_is_stated: whether the bedtime is in the sentences.
        notes: one ``field: value; reason`` for each value that differs from what is stated, or is not stated.
    """

    wake: int
    sleep: int
    sleep_is_stated: bool
    notes: list[str]


def read_stated_hours(items: Sequence[str], evening_end: int = 0) -> StatedHours:
    """Return the waking hours that sentences state.

    Where nothing is stated, getting up is at 07:00 and bedtime 16 hours later, or later if the evening needs it.

    Args:
        items: sentences about the person's life.
        evening_end: when everything that the person does in the evening can be done, in minutes.
    """
    wake, bed, after_midnight = _stated(items)
    notes: list[str] = []
    if wake is None:
        wake = _USUAL_WAKE
        if bed is not None and not _fits(wake, _after(wake, bed)):
            wake = (bed - _USUALLY_AWAKE) % MINUTES_PER_DAY
        notes.append(f"lifestyle.wake: {clock.format_time(wake)}; no time of getting up is stated")
    if bed is None:
        late = 25 * 60 if after_midnight else 0
        sleep = min(max(wake + _USUALLY_AWAKE, late, evening_end), wake + AWAKE[1], clock.LATEST)
        why = "no bedtime is stated" + ("; the evening needs so long" if sleep == evening_end else "")
        return StatedHours(wake, sleep, False, [*notes, f"lifestyle.sleep: {clock.format_time(sleep)}; {why}"])
    stated = _after(wake, bed)
    sleep = min(max(stated, wake + AWAKE[0]), wake + AWAKE[1], clock.LATEST)
    if sleep != stated:
        said = f"{clock.format_time(stated, wrap=True)} is stated"
        limit = (
            f"a day's clock ends at {clock.format_time(clock.LATEST, wrap=True)}"
            if sleep == clock.LATEST
            else f"a persona is awake {AWAKE[0] // 60} to {AWAKE[1] // 60} hours"
        )
        notes.append(f"lifestyle.sleep: {clock.format_time(sleep)}; {said}, but {limit}")
    return StatedHours(wake, sleep, True, notes)


def _after(wake: int, bed: int) -> int:
    """Return a bedtime on the clock of the day that begins at waking."""
    return bed if bed > wake else bed + MINUTES_PER_DAY


def _fits(wake: int, sleep: int) -> bool:
    return AWAKE[0] <= sleep - wake <= AWAKE[1]


def _stated(items: Sequence[str]) -> tuple[int | None, int | None, bool]:
    """Return the stated times of getting up and going to bed, and whether midnight is passed."""
    wake = bed = None
    after_midnight = False
    for item in items:
        words = tokens(item)
        spoken = {t.word for t in words}
        previous = 0
        for at, end, minute in _times(words):
            role = _role(words, previous, at, spoken)
            if role == "wake" and wake is None:
                wake = minute(True)
            elif role == "bed" and bed is None:
                bed = minute(False)
            previous = end
        after_midnight = after_midnight or ("past" in spoken and "midnight" in spoken) or "late into the night" in item.lower()
    return wake, bed, after_midnight


class _Time(NamedTuple):
    at: int
    end: int
    minutes: tuple[int, ...]

    def __call__(self, waking: bool) -> int:
        """Return the minute of the day.

        Without am or pm, people get up before noon and go to bed after six in the evening.
        """
        if len(self.minutes) == 1:
            return self.minutes[0] % MINUTES_PER_DAY
        morning, evening = self.minutes[0], self.minutes[1]
        if waking:
            return morning
        return evening if 6 * 60 <= morning < 12 * 60 else morning


def _times(words: Sequence[Token]) -> list[tuple[int, int, _Time]]:
    """Return the clock times of a sentence with the tokens at which they begin and end."""
    found = []
    at = 0
    while at < len(words):
        parsed = parse_clock_time(words, at)
        bare_is_time = word_at(words, at - 1) in {"at", "by", "around", "about", "until", "till", "from", "to"}
        if parsed is None or not (parsed[0].is_clock or bare_is_time) or parsed[0].hour > 24:
            at += 1
            continue
        minutes = tuple(parsed[0].candidates())
        found.append((at, parsed[1], _Time(at, parsed[1], minutes)))
        at = parsed[1]
    return found


def _role(words: Sequence[Token], previous: int, at: int, spoken: set[str]) -> str:
    """Return whether a time is one of getting up.

    Example: "wake" or going to bed ("bed"), by the nearest word before it that says so.

    Args:
        words: the tokens.
        previous: the token after the time before.
        at: the time's first token.
        spoken: all words of the sentence.
    """
    before = word_at(words, at - 1)
    near = [words[n].word for n in range(max(previous, at - _REACH), at)]
    slept = bool({"sleeps", "sleep", "asleep", "sleeping"} & {words[n].word for n in range(at)})
    if slept and (before in _UNTIL or (previous and before == "to")):
        return "wake"
    if before in _UNTIL and spoken & _LATE and not spoken & _JOBS:
        return "bed"
    for n in range(len(near) - 1, -1, -1):
        word = near[n]
        if word in ("past", "after") and n == len(near) - 1:
            return ""
        if word == "bed" and n + 1 < len(near) and near[n + 1] == "until":
            return "wake"
        if word in _SLEEPING and (word not in ("turns", "turn") or "in" in near[n + 1 : n + 2]) and (word != "hits" or "hay" in near[n:]):
            return "bed"
        if word in _STARTS and not {"day", "morning"} & set(near[n + 1 : n + 4]):
            continue  # "starts work at 6pm"
        if word in _WAKING and (word not in ("get", "gets", "getting") or near[n + 1 : n + 2] == ["up"]):
            return "wake" if word != "up" or near[max(0, n - 1)] not in ("stays", "stay", "staying") else ""
    following = [words[n].word for n in range(at, min(at + 4, len(words)))]
    return "bed" if "bedtime" in following else ""
