"""Keep the log of the current day: what the user began, and what was shown, in order.

Entries are appended and never changed, so that the beginning of a prompt stays the same from step to step. The log holds what was revealed
alone: it is built from :class:`propersim.core.feedback.Feedback`. ``log_text.py`` puts it in words.
"""

from __future__ import annotations

from dataclasses import dataclass

from propersim.core.feedback import Feedback, RevealedCandidate


@dataclass(frozen=True, slots=True)
class Began:
    """An activity that began.

    Attributes:
        activity: id of the activity.
        phrase: the activity in words.
        room: name of the room.
    """

    activity: str
    phrase: str
    room: str


@dataclass(frozen=True, slots=True)
class Suggested:
    """A recommendation that was shown, or the rating of one that was revealed overnight.

    Attributes:
        topic: topic of the recommendation; None where the reader found none.
        tone: its tone, likewise.
        text: the recommendation in words.
        score: its score, 0–4; None where it is not revealed, or rated in part.
        yesterday: minute of the clock of the day before at which it was shown; None where it was shown today.
    """

    topic: str | None
    tone: str | None
    text: str
    score: int | None
    yesterday: float | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the log: one of its two kinds.

    Attributes:
        minute: minute of the day's clock at which it was made; 0 for what was revealed overnight.
        began: the activity that began.
        suggested: the recommendation that was shown, or whose rating was revealed.
    """

    minute: float
    began: Began | None = None
    suggested: Suggested | None = None


class DayLog:
    """The log of the current day.

    It starts anew at waking, with the ratings that were revealed overnight.
    """

    def __init__(self) -> None:
        self._begin(0)
        self._overnight: list[Entry] = []

    def _begin(self, day: int) -> None:
        self._day = day
        self._entries: list[Entry] = []
        self._doing: Began | None = None

    def _turn_to(self, day: int) -> None:
        """Begin a day, unless it has begun."""
        if day != self._day:
            self._begin(day)
            self._entries += self._overnight
            self._overnight = []

    def observe(self, seen: Feedback) -> None:
        """Add a completed step.

        It makes an entry where the activity changed, and one where something was shown.
        """
        self._turn_to(seen.day)
        action = seen.action
        doing = Began(action.activity, action.phrase, action.place.room)
        if doing != self._doing:
            self._doing = doing
            self._entries.append(Entry(seen.minute, began=doing))
        if seen.spoke:
            self._entries.append(_suggested(seen.minute, seen.answer))

    def reveal(self, seen: Feedback) -> None:
        """Add a rating of the day that ended to the log of the next day.

        It was not revealed at once.
        """
        if seen.spoke and seen.answer.rating is not None:
            self._overnight.append(_suggested(0.0, seen.answer, seen.minute))

    def entries(self, day: int) -> tuple[Entry, ...]:
        """Return the entries of a day so far, oldest first.

        Args:
            day: day of the run; a later one than that of the last step begins a new log.
        """
        self._turn_to(day)
        return tuple(self._entries)


def _suggested(minute: float, shown: RevealedCandidate, yesterday: float | None = None) -> Entry:
    score = shown.rating.score if shown.rating is not None else None
    return Entry(minute, suggested=Suggested(shown.topic, shown.tone, shown.text or "", score, yesterday))
