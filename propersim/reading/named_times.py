"""Find a time of day or weekday in a recommendation that does not fit the present one.

"This evening" in the afternoon is a plan and fits, as does "tomorrow morning"; "begin the morning with a walk" at 21:35 does not.
"""

from __future__ import annotations

import re
from typing import Final

from propersim.core.clock import FULL_WEEKDAYS

_PARTS: Final = {
    "morning": (4.0, 12.0),
    "afternoon": (12.0, 18.0),
    "evening": (17.0, 28.0),
    "night": (18.0, 28.0),
    "day": (4.0, 28.0),
}
"""Hours of the day's clock, from and to, of the parts of a day; 28 is 04:00 of the next date."""

_MEALS: Final = {
    "breakfast": 12.0,
    "lunch": 15.0,
    "noon": 13.0,
    "midday": 13.5,
    "elevenses": 12.5,
    "brunch": 14.0,
    "supper": 23.0,
    "dinner": 23.0,
}
"""Hours at which meals and noon are over."""

_BEGINS: Final = {"morning": (4.0, 12.0), "day": (4.0, 12.0), "afternoon": (11.0, 16.0), "evening": (15.0, 22.0), "night": (17.0, 26.0)}
"""Hours at which one can suggest how to begin a part of a day."""

_ENDS: Final = {"morning": (8.0, 12.0), "day": (14.0, 28.0), "afternoon": (13.0, 18.5), "evening": (16.0, 28.0), "night": (18.0, 28.0)}
"""Hours at which one can suggest how to end a part of a day."""

_DAYS: Final = tuple(day.lower() for day in FULL_WEEKDAYS)
_DAY: Final = "|".join(_DAYS)
_PART: Final = "morning|afternoon|evening|night"
_ADJECTIVE: Final = (
    r"(?:quiet|lovely|fine|bright|beautiful|sunny|rainy|cold|warm|mild|calm|lazy|slow|free|busy|golden|dark|long|cosy|cozy|glorious|grey|gray|peaceful"
    r"|foggy|misty|chilly|snowy|windy|stormy|crisp|gentle|soft|late|early|perfect|wonderful|nice|very|new|clear|wet|hot|dull|whole)"
)
_LATER: Final = re.compile(
    r"\b(?:tomorrow|next|every|each|most|other|another|some|any|one|last|yesterday|weekday|on|until|by|of|coming)\s+(?:\w+\s+)?$"
)
"""What stands before a time that is not today's: "tomorrow morning", "every evening", "on Sunday morning"."""
_PAST: Final = re.compile(
    r"\b(?:was|were|had|did|said|told|bought|made|read|went|came|saw|heard|took|left|got|ate|drank|wrote|slept|woke|began|spoke|from|since"
    r"|\w{3,}ed)\b[^,;.!?]*$"
)
"""What stands before a time of the past: "the letter that arrived this morning"."""
_PLANS: Final = re.compile(r"\b(?:date|table|book|invite|meet|reserve|plan|ask|ingredients|menu)\b[^.;!?]*$")
"""What stands before a meal that is not today's: "fix a date for lunch"."""
_START: Final = r"(?:start|begin|open|greet|brighten|kick off|set off into|ease into|welcome)"
_END: Final = r"(?:end|finish|close|round off|wind down|conclude|crown|finish off|wrap up|see out)"

_BEGIN: Final = re.compile(rf"\b{_START}(?:ning|ing)?\s+(?:off\s+)?(?:your|the|this|a|my)\s+(?:{_ADJECTIVE}\s+)*({_PART}|day)\b(?!'s)")
_FINISH: Final = re.compile(rf"\b{_END}(?:e?ing)?\s+(?:your|the|this|a|out the)\s+(?:{_ADJECTIVE}\s+)*({_PART}|day)\b(?!'s)")
_PRESENT: Final = re.compile(
    rf"\b(?:this|a|an)\s+(?:{_ADJECTIVE}\s+)+({_PART})\b(?!'s|\s+(?:person|sky|\w+ing)\b)"
    rf"|\b(?:now that it is|now that it's|since it is|since it's|as it is|as it's)\s+(?:still\s+|already\s+)?({_PART})\b"
    rf"|^\W*good\s+({_PART})\b(?=\s*[,.!;:])|^\W*(?:what|such)\s+an?\s+(?:{_ADJECTIVE}\s+)*({_PART})\b"
)
_NAMED: Final = re.compile(
    r"\b(?:this|late this|early this)\s+(morning|afternoon)\b(?!'s|-|\s+into\b)"
    r"|\bbefore\s+the\s+(morning|afternoon)\s+is\s+over\b"
    r"|\b(?:late|later|early)\s+in\s+the\s+(morning|afternoon)\b"
    r"|\bat\s+the\s+end\s+of\s+the\s+(morning|afternoon)\b"
    r"|\b(?:spend|use|fill)\s+(?:the|your)\s+(?:rest\s+of\s+the\s+)?(morning|afternoon)\b"
    r"|\brest\s+of\s+(?:the|your)\s+(morning|afternoon)\b"
    r"|\bas\s+(?:a\s+|your\s+)?(morning|afternoon)\s+\w+"
    r"|\b(?:your|the)\s+(morning|afternoon)\s+(?:tea|coffee|espresso|walk|run|stretch|cuppa|break|nap|routine|snack|swim|yoga|exercise|pages?"
    r"|paper|crossword)\b"
)
_OF_MEALS: Final = r"(?!'s|-|\s+(?:table|room|plates?|dishes|party|parties|guests?|club|box|tray))"
_MEAL: Final = re.compile(rf"\b(?:for|at|over|with|before|until|around|by|during)\s+(?:the\s+|your\s+)?({'|'.join(_MEALS)})\b{_OF_MEALS}")
_WEEKDAY: Final = re.compile(
    rf"\b(?:{_START}|{_END}|spend|use|enjoy|fill)(?:e?ing|ning)?\s+(?:your|the|this|a)\s+(?:{_ADJECTIVE}\s+)*({_DAY}|weekend)\b(?!'s)"
    rf"|\b(?:it's|it is|since it's|happy|on this)\s+(?:a\s+|the\s+)?(?:{_ADJECTIVE}\s+)*({_DAY}|weekend)\b(?!'s)"
    rf"|\bthis\s+(?:{_ADJECTIVE}\s+)*({_DAY})\b(?!'s)"
)
_WEEKEND: Final = frozenset({5, 6})


def _group(match: re.Match[str]) -> str:
    return next(part for part in match.groups() if part is not None)


def _elsewhen(text: str, at: int) -> bool:
    """Return whether a time that begins at a place is another day's, or one of the past."""
    before = text[max(0, at - 80) : at]
    return _LATER.search(before) is not None


def misplaced_time(text: str, minute: float, weekday: int) -> str | None:
    """Return the time that a text names and that does not fit the present one, if any.

    It is written as in a reason ("the morning").

    Args:
        text: the recommendation.
        minute: minute of the day's clock; 1440 and more is after midnight.
        weekday: 0 is Monday.
    """
    text, hour = text.replace("’", "'").lower(), minute / 60.0
    if not _ANY.search(text):
        return None
    if re.search(r"\btomorrow\b", text):
        return _weekday(text, hour, weekday)
    for pattern, hours in ((_BEGIN, _BEGINS), (_FINISH, _ENDS), (_PRESENT, _PARTS)):
        for match in pattern.finditer(text):
            low, high = hours[_group(match)]
            if not (low <= hour < high or low <= hour + 24.0 < high) and not _elsewhen(text, match.start(match.lastindex or 0)):
                return f"the {_group(match)}"
    for match in _NAMED.finditer(text):
        part = _group(match)
        if hour >= _PARTS[part][1] and not _elsewhen(text, match.start()) and not _PAST.search(text[: match.start()]):
            return f"the {part}"
    if "at lunchtime" in text and hour >= _MEALS["lunch"]:
        return "lunch"
    for match in _MEAL.finditer(text):
        if (
            hour >= _MEALS[_group(match)]
            and not _PLANS.search(text[: match.start()])
            and not _elsewhen(text, match.start())
            and not _PAST.search(text[: match.start()])
        ):
            return _group(match)
    return _weekday(text, hour, weekday)


def _weekday(text: str, hour: float, weekday: int) -> str | None:
    for match in _WEEKDAY.finditer(text):
        named = _group(match)
        if _elsewhen(text, match.start(match.lastindex or 0)) and not match.group().startswith(("on this", "start", "begin", "spend")):
            continue
        if named == "weekend":
            coming = weekday == 4 and hour >= 15.0
            if match.group().startswith(("start", "begin", "spend", "use", "enjoy", "fill")) and "this weekend" in match.group():
                continue
            if weekday not in _WEEKEND and not coming:
                return "the weekend"
            continue
        day = _DAYS.index(named)
        only_this = match.group().startswith("this")
        if (day < weekday) if only_this else (day != weekday):
            return named.capitalize()
    return None


_ANY: Final = re.compile(rf"{_PART}|\bday\b|\bthe day\b|weekend|{_DAY}|{'|'.join(_MEALS)}")
"""What a text must hold to name any time at all."""
