"""Find constructions in a sentence that no rule can say.

They are conditions ("as long as it is dry"), seasons, days of a month, other people ("my boss is formal"), the past, and words that
point back at a part of what was said ("the last only at weekends").
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from propersim.rubric import lexicon
from propersim.rubric.clock_times import parse_clock_time
from propersim.rubric.days import DAY_WORDS, DaySpan, find_days
from propersim.rubric.negators import NARROW, WIDE, phrase_length, phrases
from propersim.rubric.numbers import word_at
from propersim.rubric.predicates import BREAKS
from propersim.rubric.sentences import Token
from propersim.rubric.vague_windows import part_of_day_window
from propersim.rubric.wishes import REPORT, is_report
from propersim.rubric.word_sets import word_set

CONDITION = "only under a condition: no rule can say so"
SEASON = "only at some time of the year or month: no rule can say so"
POINTS_BACK = "it is not clear which part of what was said is meant"
OTHERS = "tells of somebody else, not what is wished"
PAST = "tells of the past, not what is wished"
NARROWED = "narrows what stands before it: no rule can say so"
STAGES = "first one thing, then another: no rule can say so"

_CONDITIONS = phrases(
    """as long as, so long as, provided, provided that, providing, depending, depends, dependent on, in case, assuming, on condition,
    given that, except when, except if, only if, subject to"""
)
_NO_CONDITIONS = phrases("as if, even if, if possible, if you please, if you like, if you can, if at all, if not")
_WISHED_IF = word_set("nice great good lovely better glad happy appreciate best prefer like love")
_SEASONS = word_set(
    """spring summer summers summertime autumn winter winters wintertime january february april june july august september october november
    december easter christmas xmas ramadan lent advent season seasons seasonal month months monthly fortnight fortnightly biweekly year
    years yearly alternate alternating alternately term birthday birthdays vacation vacations"""
)
_ORDINALS = word_set("first second third fourth last 1st 2nd 3rd 4th")
_DAY_NAMES = DAY_WORDS | {"weekend"}
_POINTING = word_set("former latter last first second other others")
_POINTED = word_set("only not never is are one ones just slot slots isn't aren't but rather preferably mainly at on in when while")
_POINTING_PHRASES = phrases(
    "half that, half as, twice as, twice that, double that, the reverse, vice versa, the other way, ditto, respectively, in turn"
)
_STAGES = phrases(
    """followed by, at first, to begin with, to start with, for now, for the time being, until further notice, first
    week, first month, first few"""
)
_PEOPLE = word_set(
    """wife husband spouse partner girlfriend boyfriend fiance boss manager mother father mom mum dad mama papa parents sister brother
    siblings son daughter sons daughters kids kid children child ex doctor therapist coach teacher friend friends colleague
    colleagues coworker coworkers neighbour neighbours neighbor neighbors roommate flatmate flatmates grandmother grandfather
    grandma grandpa granny aunt uncle cousin niece nephew family team clients client customers assistant predecessor people others
    everyone everybody nobody someone somebody he she mates mate twin twins in-laws students pupils"""
)
_ANYBODY = frozenset(["somebody", "someone", "everybody", "everyone", "nobody", "he", "she", "others"])
_OWNERS = word_set("my our his her their the most some other")
_OTHERS_VERBS = word_set(
    """is are was were likes like loves love prefers prefer hates hate gets get wants want enjoys enjoy needs need talks talk says say said
    thinks think finds find does do has have can will would reads read always never often usually sends speaks speak used adores cares care
    isn't aren't doesn't don't cannot can't receives receive swears swear"""
)
_ALL_OF_THEM = word_set("a the same any that one both these those most some many every each all other school work working business week")
_PAST = word_set("was were wasn't weren't had hadn't formerly previously")
_PAST_PHRASES = phrases("used to, no longer, any more, anymore, not any more, in the past, back then, when i was, those days")
_SUBJECTS = word_set("i i'm i've i'd we we're it's it my things there's the work life")
_SEGMENT_ENDS = BREAKS | {".", "!", "?", "but", "though", "although", "whereas"}


_NEAR = 20
"""How many words beside a construction are looked at."""


class Marker(NamedTuple):
    """A construction that no rule can say.

    Attributes:
        reason: what it is.
        start: the first character of what it holds for.
        end: the character after its last.
    """

    reason: str
    start: int
    end: int


def find_markers(dimension: str, words: Sequence[Token]) -> list[Marker]:
    """Return the constructions of a sentence that no rule can say.

    Args:
        dimension: the dimension whose text the sentence stands in.
        words: its tokens.
    """
    if not words:
        return []
    whole = (words[0].start, words[-1].end)
    found = [Marker(reason, *whole) for reason in (_of_sentence(dimension, words),) if reason]
    parts = segments(words)
    for start, end in parts:
        part = words[start:end]
        reason = OTHERS if tells_of_somebody(part) else PAST if _tells_of_past(part) else ""
        own = dimension == "frequency" or (len(parts) > 1 and dimension in ("timing", "preference"))
        if not reason and own and not _negated(part) and is_report(part):
            reason = REPORT
        if reason:
            found.append(Marker(reason, part[0].start, part[-1].end))
    return found


def segments(words: Sequence[Token]) -> list[tuple[int, int]]:
    """Return the parts of a sentence between commas, dashes, brackets and "but", as tokens."""
    found: list[tuple[int, int]] = []
    start = 0
    for at in range(len(words) + 1):
        if at == len(words) or words[at].word in _SEGMENT_ENDS:
            if at > start:
                found.append((start, at))
            start = at + 1
    return found


def _of_sentence(dimension: str, words: Sequence[Token]) -> str:
    """Return the construction that holds for a whole sentence; "" if there is none."""
    days = find_days(words, every=True)
    for at, token in enumerate(words):
        before, after = word_at(words, at - 1), word_at(words, at + 1)
        if token.word in _SEASONS or (token.word in ("march", "may") and before in ("in", "until", "till", "since") and after != "not"):
            return SEASON
        if token.word in _ORDINALS and after in _DAY_NAMES:
            return SEASON
        if token.word == "every" and after in ("other", "second", "third") and word_at(words, at + 2) not in ("hour", "hours"):
            return SEASON
        if dimension == "preference" and (
            (token.word in ("then", "before", "after") and _in_order(words, at)) or token.word == "afterwards"
        ):
            return STAGES
        if phrase_length(words, at, _STAGES) or (dimension == "communication" and token.word == "then" and before in ("", ",", "and")):
            return STAGES
        undated = dimension == "preference" and not any(span.days for span in days)
        if token.word == "otherwise" and (dimension == "communication" or undated):
            return CONDITION
        if token.word in ("day", "days") and _some_days(words, at, days):
            return CONDITION
        if phrase_length(words, at, _POINTING_PHRASES):
            return POINTS_BACK
        if token.word in _POINTING and before == "the" and after in _POINTED and not _counts(words, at):
            return POINTS_BACK
        if _is_condition(dimension, words, at):
            return CONDITION
        if dimension == "preference" and token.word == "but" and _limits_again(words, at):
            return NARROWED
        if dimension == "timing" and token.word == "only" and before in ("but", "though", ",") and _narrows(words, at):
            return NARROWED
    return ""


def _in_order(words: Sequence[Token], at: int) -> bool:
    """Return whether topics stand on both sides of "then" or "before".

    Examples: "cooking, then films", "books before films".
    """
    before, after = words[at - 1 : at], words[at + 1 : at + 2]
    if words[at].word == "then":
        # "When I cook, then music" names one topic.
        start = at - 1 - (word_at(words, at - 1) == "and") - (word_at(words, at - 2) == ",")
        before = words[max(0, start - 2) : at]
        joined = word_at(words, at - 1) in (",", "and", ";")
        return joined and bool(lexicon.find("topics", before)) and bool(lexicon.find("topics", _after(words, at)))
    activities = lexicon.names(lexicon.find("activities", [*before, *after]))
    # "Books before films", but not "music before work"
    return all(lexicon.find("topics", near) for near in (before, after)) and all(
        one.startswith(("read", "watch", "listen", "play")) for one in activities
    )


def _some_days(words: Sequence[Token], at: int, known: Sequence[DaySpan]) -> bool:
    """Return whether days are described in words that no calendar knows.

    Examples: "on good days", "on a busy day".
    """
    if any(span.start <= at < span.end for span in known):
        return False
    before = [word_at(words, n) for n in range(at - 3, at)]
    return "on" in before[:2] and before[2] not in _ALL_OF_THEM


def _limits_again(words: Sequence[Token], at: int) -> bool:
    """Return whether "but" limits a topic that stands before it.

    Example: "science and history, but history only on Sundays".
    """
    before, after = _before(words, at), _after(words, at)
    again = set(lexicon.names(lexicon.find("topics", before))) & set(lexicon.names(lexicon.find("topics", after)))
    return bool(again) and "only" in {t.word for t in after}


def _narrows(words: Sequence[Token], at: int) -> bool:
    """Return whether "but only" at a token narrows an activity.

    Example: "on my commute, but only on the way home".
    """
    before, after = _before(words, at), _after(words, at)
    return not is_timed(before) and bool(lexicon.find("activities", before) and lexicon.find("activities", after))


def is_timed(words: Sequence[Token]) -> bool:
    """Return whether some words name a part of the day or a clock time."""
    return any(part_of_day_window(words, n) or ((time := parse_clock_time(words, n)) and time[0].is_clock) for n in range(len(words)))


def _before(words: Sequence[Token], at: int) -> Sequence[Token]:
    return words[max(0, at - _NEAR) : at]


def _after(words: Sequence[Token], at: int) -> Sequence[Token]:
    """Return the words after a token, up to the end of its segment."""
    end = next((n for n in range(at + 1, len(words)) if words[n].word in _SEGMENT_ENDS), len(words))
    return words[at + 1 : min(end, at + _NEAR)]


def _counts(words: Sequence[Token], at: int) -> bool:
    """Return whether "the first" is a moment that is counted.

    Example: "the first one in the morning".
    """
    return words[at].word != "last" and word_at(words, at + 1) in ("at", "in", "one", "on", "when", "while")


def _is_condition(dimension: str, words: Sequence[Token], at: int) -> bool:
    if phrase_length(words, at, _NO_CONDITIONS) or phrase_length(words, at - 1, _NO_CONDITIONS) > 1:
        return False
    held = _after(words, at)
    if phrase_length(words, at, _CONDITIONS):
        names = dimension == "communication" and lexicon.find("tones", held) and not lexicon.find("tones", _before(words, at))
        return not names
    if words[at].word == "unless":
        return dimension in ("frequency", "communication")
    if words[at].word == "if":
        if word_at(words, at - 1) in _WISHED_IF:
            return False
        known = lexicon.find("activities", held) or is_timed(held)
        return not (dimension == "timing" and known)
    if dimension in ("communication", "frequency") and words[at].word in ("when", "whenever"):
        return (
            word_at(words, at + 1) in _SUBJECTS
            and word_at(words, at - 1) not in _WISHED_IF
            and not (dimension == "communication" and word_at(words, at - 1) == "days")
        )
    return False


def tells_of_somebody(words: Sequence[Token]) -> bool:
    """Return whether a part of a sentence says something of another person.

    Examples: "my boss is formal", "people say I am funny".
    """
    for at in range(1, len(words) - 1):
        inside = word_at(words, at - 1) in ("my", "our") and word_at(words, at - 2) not in ("to", "with", "for", "like", "by", "of")
        if inside and words[at].word in _PEOPLE and words[at + 1].word in _OTHERS_VERBS - {"and", "can", "will", "do", "does"}:
            return True
    for at, token in enumerate(words[:-1]):
        if token.word in ("when", "while", "whenever") and words[at + 1].word in _ANYBODY:
            return True  # "when somebody else cooks"
    start = 0
    while word_at(words, start) in ("and", "so", "because", "since", "as", "while", "even", "also", "yet", "or"):
        start += 1
    owner = word_at(words, start) in _OWNERS
    for at in range(start + owner, min(start + 1 + 2 * owner, len(words))):
        if words[at].word not in _PEOPLE:
            continue
        verb = at + 1
        while verb < len(words) and words[verb].word in ("and", "or") and word_at(words, verb + 1) in _PEOPLE | _OWNERS:
            verb += 2
        verb += word_at(words, verb) in ("also", "only", "really", "in", "here")
        return word_at(words, verb) in _OTHERS_VERBS
    return False


def _negated(words: Sequence[Token]) -> bool:
    return any(phrase_length(words, at, table) for at in range(len(words)) for table in (WIDE, NARROW))


def _tells_of_past(words: Sequence[Token]) -> bool:
    return any(token.word in _PAST or phrase_length(words, at, _PAST_PHRASES) for at, token in enumerate(words))
