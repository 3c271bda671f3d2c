"""Read the windows of a statement.

They are times, activities, and activities that hold only at some times.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from propersim.rubric import lexicon
from propersim.rubric.clock_times import TimeWindow
from propersim.rubric.findings import ASSUMED_HOURS, WakingHours
from propersim.rubric.lexicon import Hit
from propersim.rubric.sentences import Token
from propersim.rubric.time_windows import find_time_windows
from propersim.rubric.vague_windows import ends_at_bedtime

_ACTIVITY_STARTS = {"while", "whenever", "when", "during", "over", "catch", "as"}
_MEALTIMES = {"breakfast", "lunch", "dinner", "supper", "tea", "coffee"}
_ALTERNATIVES = frozenset(["or", "and", "also", "plus", ";", "then", "again", "besides", "/", "&"])
_SEPARATORS = {"any", "whatever", "whenever", "also", "besides", "or", ";"}


class WindowEntry(NamedTuple):
    """A window of the timing rules: times, activities or both.

    Attributes:
        window: the times; None for any time.
        during: the activities; empty for any activity.
        start: the first token.
        end: the token after the last.
        sure: whether the words leave no doubt.
        reason: why it was read this way.
        applied: whether it is used.
    """

    window: TimeWindow | None
    during: tuple[str, ...]
    start: int
    end: int
    sure: bool
    reason: str
    applied: bool = True

    @property
    def rule(self) -> dict[str, Any]:
        """The window as in a persona file."""
        return {**(self.window.times if self.window else {}), **({"during": list(self.during)} if self.during else {})}


def window_entries(words: Sequence[Token], hours: WakingHours, first: bool) -> list[WindowEntry]:
    """Return the windows of a statement.

    Args:
        words: the tokens of the statement.
        hours: when the person gets up and goes to bed.
        first: whether no window was read in the text before.
    """
    entries: list[WindowEntry] = []
    times = find_time_windows(words, hours)
    in_times = {n for window in times for n in range(window.start, window.end)}
    items: list[TimeWindow | tuple[Hit, ...]] = [*times, *_activity_groups(words, in_times)]
    items.sort(key=lambda item: item.start if isinstance(item, TimeWindow) else item[0].start)
    previous = 0
    pending: list[int] = []  # entries with times that a following "only while" may restrict
    condition: tuple[str, ...] | None = None
    for item in items:
        start, end = (item.start, item.end) if isinstance(item, TimeWindow) else (item[0].start, item[-1].end)
        gap = [t.word for t in words[previous:start]]
        if isinstance(item, TimeWindow):
            if ";" in gap:
                pending = []
            attached = _attached_activities(entries, gap) or (
                condition if condition and "or" in gap and ";" not in gap and len(gap) <= 3 else None
            )
            if attached is not None:
                if entries and entries[-1].during == attached and entries[-1].window is None:
                    entries.pop()
                condition = attached if "if" in gap or condition else None
                entries.append(WindowEntry(item, attached, start, end, item.sure, "an activity at a time of day"))
            elif entries and entries[-1].window is None and _names_time_of_activity(gap):
                during = entries.pop().during
                reason = "an activity, and a time beside it: both together?"
                entries.append(WindowEntry(item, during, start, end, False, reason))
            else:
                condition = None
                pending.append(len(entries))
                reason = "a part of the day" if item.vagueness else "a time of day"
                if not item.sure:
                    reason = "does not say which half of the day, or how long"
                entries.append(WindowEntry(item, (), start, end, item.sure, reason))
        else:
            names = tuple(name for name in lexicon.names(item) if name != "vague")
            if not names:
                previous = end
                continue
            role = _activity_role(words, previous, start, bool(pending))
            if role == "only" and pending:
                listening = "listening" in gap
                every_pending = not listening and "then" not in gap and any(word in gap for word in ("listen", "come", "can", "may"))
                for place in pending if every_pending else pending[-1:]:
                    entries[place] = entries[place]._replace(during=names, end=end, reason="a time, and only with an activity")
                pending = []
            elif role == "alternative" and first and not entries and "also" in gap:
                reason = "“also”, before any time is stated: a window of its own, or only not excluded?"
                entries.append(WindowEntry(None, names, start, end, False, reason, applied=False))
            elif role == "alternative":
                doubt = _ambiguous_list(words, item)
                entries.append(WindowEntry(None, names, start, end, not doubt, doubt or "an activity"))
            elif role == "described" and pending and "," not in gap:
                place = pending[-1]
                reason = f"also names {', '.join(names)}: only then? read as any activity"
                entries[place] = entries[place]._replace(sure=False, reason=reason)
        previous = end
    entries = _doubt_unjoined(words, entries)
    return [
        entry._replace(sure=False, applied=False, reason=ASSUMED_HOURS)
        if hours.assumed and entry.window is not None and ends_at_bedtime(entry.window, hours)
        else entry
        for entry in entries
    ]


def _doubt_unjoined(words: Sequence[Token], entries: Sequence[WindowEntry]) -> list[WindowEntry]:
    """Return the windows; an activity and a time right after it may be unsure.

    They are unless "or" or "and" stands between them. Example: "during breakfast but after 8 am".
    """
    result = list(entries)
    for n, (one, two) in enumerate(pairwise(entries)):
        between = {t.word for t in words[one.end : two.start]}
        if one.window is None and one.during and not two.during and len(between) <= 3 and not between & _ALTERNATIVES:
            reason = "an activity, and a time beside it: both together?"
            result[n], result[n + 1] = one._replace(sure=False, reason=reason), two._replace(sure=False, reason=reason)
    return result


def _ambiguous_list(words: Sequence[Token], group: Sequence[Hit]) -> str:
    """Return why a list of activities is uncertain, or "".

    In "working or sitting in the garden", "in the garden" may belong to both.
    """
    for one, two in pairwise(group):
        if one.end - one.start == 1 and words[one.start].word.endswith("ing") and two.end - two.start > 1 and two.start - one.end == 1:
            return f"“{words[one.start].word}”: of any kind, or as described after the next activity?"
    return ""


def _names_time_of_activity(gap: Sequence[str]) -> bool:
    """Return whether the words between an activity and a time make it the activity's time.

    Example: "during my morning coffee, ideally between 7 and 8".
    """
    return "," in gap and not {"or", "and", ";", "also"} & set(gap) and bool({"ideally", "preferably", "usually", "say"} & set(gap))


def _attached_activities(entries: Sequence[WindowEntry], gap: Sequence[str]) -> tuple[str, ...] | None:
    """Return the activities right before a time that hold together with it.

    Example: "while having coffee between 8:00 and 16:00".

    Args:
        entries: the windows read so far.
        gap: the words between the last of them and the time.
    """
    if not entries or entries[-1].window is not None:
        return None
    if "," in gap and "if" not in gap:
        return None
    joining = {word for word in gap if word not in (",", "it's", "it", "is", "just", "only")}
    return entries[-1].during if joining <= {"if", "time", "break", "breaks", "in", "the"} else None


def _since_comma(words: Sequence[str]) -> Sequence[str]:
    return words[len(words) - words[::-1].index(",") :] if "," in words else words


def _activity_role(words: Sequence[Token], previous: int, start: int, pending: bool) -> str:
    """Return the role that the words before an activity give it.

    Args:
        words: the tokens of the sentence.
        previous: the token after the previous time or activity.
        start: the first token of the activity.
        pending: whether there are times before it that it may restrict.

    Returns:
        ``only`` if it restricts those times, ``alternative`` if it is a window of its own, ``described`` if it may be either, "" if it is
        merely mentioned.
    """
    gap = [t.word for t in words[previous:start]]
    if "only" in gap and not _SEPARATORS & set(_since_comma(gap[: gap.index("only")])) - {"any"}:
        return "only" if pending else "alternative"
    if "if" in gap and pending:
        return "only"
    starts = [word for word in gap if word in _ACTIVITY_STARTS]
    bare = [word for word in gap if word not in ("a", "an", "the", "my", "our", "of")]
    if not starts and bare and bare[-1] in ("like", "at", "including", "namely") and words[start].word in _MEALTIMES:
        return "alternative"  # "at moments like lunch"
    if not starts:
        return ""
    if not pending:
        return "alternative"
    head = gap[: gap.index(starts[0])]
    if _SEPARATORS & set(gap) or "and" in head:
        return "alternative"
    if starts[0] in ("while", "during") and "," not in head and len(gap) <= 5:
        return "only"
    return "described" if starts[0] == "when" or "," in head else "alternative"


def _activity_groups(words: Sequence[Token], in_times: set[int]) -> list[tuple[Hit, ...]]:
    """Return the activities of a statement, with those of one list together.

    Example of a list: "over a coffee, while I make tea, or out for a walk".
    """
    hits = [h for h in lexicon.find("activities", words) if not set(range(h.start, h.end)) & in_times]
    # "After lunch" does not mean during lunch.
    hits = [h for h in hits if not lexicon.is_outside(words, h)]
    groups: list[list[Hit]] = []
    for hit in hits:
        if groups:
            last = groups[-1][-1]
            gap = [t.word for t in words[last.end : hit.start]]
            if {"while", "when"} & set(gap) and not {",", "or", "and"} & set(gap) and len(gap) <= 5:
                continue  # "during my lunch break while watching a series" is lunch
            separate = (
                {"while", "during", "when"} & set(gap) and {"or", "and"} & set(gap) and "only" not in [t.word for t in words[: hit.start]]
            )
            if (
                not separate
                and len(gap) <= 9
                and not set(gap) & {";", ".", "only", "if"}
                and not set(range(last.end, hit.start)) & in_times
            ):
                groups[-1].append(hit)
                continue
        groups.append([hit])
    return [tuple(group) for group in groups]
