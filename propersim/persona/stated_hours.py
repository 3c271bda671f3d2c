"""Read when somebody gets up and goes to bed from sentences about their life."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.core.text import clean
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
    wake, bed, after_midnight, passed = _stated(items)
    notes: list[str] = []
    unread = {role: f"; “{clean(said, limit=80)}” is no plain statement of the person's days" for role, said in passed.items()}
    if wake is None:
        wake = _USUAL_WAKE
        if bed is not None and not _fits(wake, _after(wake, bed)):
            wake = (bed - _USUALLY_AWAKE) % MINUTES_PER_DAY
        notes.append(f"lifestyle.wake: {clock.format_time(wake)}; no time of getting up is stated{unread.get('wake', '')}")
    if bed is None:
        late = 25 * 60 if after_midnight else 0
        sleep = min(max(wake + _USUALLY_AWAKE, late, evening_end), wake + AWAKE[1], clock.LATEST)
        why = f"no bedtime is stated{unread.get('bed', '')}" + ("; the evening needs so long" if sleep == evening_end else "")
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


def _stated(items: Sequence[str]) -> tuple[int | None, int | None, bool, dict[str, str]]:
    """Return the stated times of getting up and going to bed.

    With them, whether midnight is passed, and the sentences that were passed over, by role.
    """
    wake = bed = None
    after_midnight = False
    passed: dict[str, str] = {}
    for item in items:
        words = tokens(item)
        spoken = {t.word for t in words}
        previous = 0
        for at, end, minute in _times(words):
            role, said = _role(words, previous, at, spoken)
            if role and not is_plain_statement(words, said, at, end):
                passed.setdefault(role, item)
                role = ""
            if role == "wake" and wake is None:
                wake = minute(True)
            elif role == "bed" and bed is None:
                bed = minute(False)
            previous = end
        after_midnight = after_midnight or ("past" in spoken and "midnight" in spoken) or "late into the night" in item.lower()
    return wake, bed, after_midnight, passed


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


_BREAKS = frozenset([",", ";", ":", ".", "!", "?", "(", ")", "–", "—", "and", "but", "then", "while", "or", "/"])
_REPORTING = word_set(
    """usually always generally normally typically often mostly also regularly then tends tend likes like prefers
    prefer manages manage tries try
    to be is am are it's he's she's i'm they're this day days daily every each most weekday weekdays workday workdays on in the
    morning mornings
    evening evenings night nights early late around about by at from until for goes go gets get going getting up heads head off falls fall
    turns turn hits hit lights out his her their my bed bedtime sleep asleep wakes wake time his her she he they i we you herself himself
    themselves promptly precisely exactly sharply naturally down straight back right first asleep winds wind lies lie just starts
    start begins
    begin day a alarm usual well only before after works work shift shifts nights rises rise retires retire sleeps"""
)
"""Words that may stand between the subject of a plain statement and its time."""
_NO_STATEMENT = word_set(
    """not never no don't doesn't isn't can't cannot won't wouldn't couldn't hardly rarely seldom without refuses
    refuse used was were wasn't
    had went woke got slept rose did would could should might wish wishes wished wants want dreams dream hopes hope hates hate if unless
    sometimes occasionally formerly once child childhood when whenever who whose which that except weekend weekends saturday saturdays
    sunday sundays holiday holidays vacation summer winter television tv sofa couch desk train bus chair armchair pretends"""
)
"""Words before a time with which a sentence is no plain statement about the person's days."""
_AFTERWARDS = word_set("if unless only except utc gmt when")
_OTHERS = word_set(
    """wife husband partner spouse sister brother twin mother father mom mum dad parent parents son daughter child
    children kid kids baby aunt
    uncle cousin niece nephew grandmother grandfather friend friends girlfriend boyfriend neighbour neighbor neighbours neighbors boss
    colleague colleagues roommate flatmate teacher cat cats dog dogs user people everyone everybody nobody somebody someone shop bar
    tavern"""
)
_PRONOUNS = frozenset(["she", "he", "they", "i", "you", "we"])
_OWNERS = frozenset(["her", "his", "their", "my", "your", "the", "a", "an", "some", "one"])


def is_plain_statement(words: Sequence[Token], said: int, at: int, end: int) -> bool:
    """Return whether a sentence says plainly what the person does at a time.

    "Her sister wakes at 5", "used to get up at 4", "never wakes at 6" and "wishes she could sleep until noon" do not.

    Args:
        words: the tokens of the sentence.
        said: the token of the word that says what the time is of, such as "wakes".
        at: the first token of the time.
        end: the token after it.
    """
    before = [t.word for t in words[:at]]
    start = next((n + 1 for n in range(min(said, at) - 1, -1, -1) if words[n].word in _BREAKS), 0)
    clause = [t.word for t in words[start:at]]
    clause = _without_predicate(clause)
    sentence = max((n + 1 for n, word in enumerate(before) if word in (".", ";", "!", "?")), default=0)
    conditional = {"if", "unless", "used", "was", "were", "child", "wishes", "dreams"} & set(before[sentence:])
    if conditional or set(clause) & _NO_STATEMENT or {t.word for t in words[end : end + 2]} & _AFTERWARDS:
        return False
    subject = clause[: max(0, said - at + len(clause))]
    first = next((n for n, word in enumerate(subject) if word not in _REPORTING - _PRONOUNS - _OWNERS), len(subject))
    leading = subject[first:]
    if not leading:
        # "And goes to bed at nine" is said of whom the clause before speaks.
        return not set(before[sentence:start]) & _OTHERS or any(word in _PRONOUNS for word in subject)
    if leading[0] in _PRONOUNS:
        return not set(before[:sentence]) & _OTHERS and all(word in _REPORTING for word in leading[1:])
    names = [word for word in leading if word not in _REPORTING]
    if leading[0] in _OWNERS or set(leading) & _OTHERS or any(word.endswith("'s") for word in names):
        return False
    # "Ends the day with a list before heading to bed at ten" has the person as its subject.
    return len(names) <= 3 or leading[0].endswith("s")


def _without_predicate(clause: list[str]) -> list[str]:
    """Return a clause without "is a … who", which says of the person what follows.

    Example: "Mia is a baker who gets up at four".
    """
    who = next((n for n, word in enumerate(clause) if word in ("who", "that")), 0)
    verb = next((n for n, word in enumerate(clause[:who]) if word in ("is", "am", "are", "i'm", "she's", "he's")), 0)
    if not who or not (verb or clause[0] in ("i'm", "she's", "he's")) or verb > 3 or clause[verb + 1] not in ("a", "an", "the"):
        return clause
    between = clause[verb + 1 : who]
    return clause if set(between) & ({"of", "with", "for", "by", "to", "like"} | _OTHERS) else [*clause[:verb], *clause[who + 1 :]]


def _role(words: Sequence[Token], previous: int, at: int, spoken: set[str]) -> tuple[str, int]:
    """Return what a time is of, and the token of the word that says so.

    It is "wake" (getting up), "bed" (going to bed) or "".

    That is the nearest word before it.

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
        return "wake", at - 1
    if before in _UNTIL and spoken & _LATE and not spoken & _JOBS:
        return "bed", at - 1
    first = at - len(near)
    for n in range(len(near) - 1, -1, -1):
        word = near[n]
        if word in ("past", "after") and n == len(near) - 1:
            return "", at
        if word == "bed" and n + 1 < len(near) and near[n + 1] == "until":
            return "wake", first + n
        if word in _SLEEPING and (word not in ("turns", "turn") or "in" in near[n + 1 : n + 2]) and (word != "hits" or "hay" in near[n:]):
            return "bed", first + n
        if word in _STARTS and not {"day", "morning"} & set(near[n + 1 : n + 4]):
            continue  # "starts work at 6pm"
        if word in _WAKING and (word not in ("get", "gets", "getting") or near[n + 1 : n + 2] == ["up"]):
            stays = word == "up" and near[max(0, n - 1)] in ("stays", "stay", "staying")
            return "" if stays else "wake", first + n
    following = [words[n].word for n in range(at, min(at + 4, len(words)))]
    return "bed" if "bedtime" in following else "", at
