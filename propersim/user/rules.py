"""Evaluate the rules of a rubric quickly: receptive times, liked topics and gaps.

Windows, likes and rates may hold on some days of the week only, so the rules are resolved once for each weekday.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from propersim.core import clock
from propersim.core.records import Action, Span
from propersim.persona.fields import weekdays_of
from propersim.persona.model import Like, Persona, Rate, Window
from propersim.world.catalogue import Activity, all_activities

_Times = tuple[int, int] | None
"""(start, end) in minutes; None is the whole day."""


class DayRules:
    """The rules that hold on one weekday, resolved for every activity of every setting.

    Attributes:
        frequency: numbers of recommendations and gaps of such a day.
        satisfiable: whether some window and some like hold on such a day; otherwise nothing can be wanted.
        edges: minutes of the day at which a window or a like begins or ends, ascending.
    """

    def __init__(
        self, windows: Sequence[Window], likes: Sequence[Like], frequency: Rate, never: frozenset[str], dislikes: frozenset[str]
    ) -> None:
        """Resolve the rules.

        Args:
            windows: windows that hold on the weekday.
            likes: likes that hold on the weekday.
            frequency: the rate of the weekday.
            never: ids of activities that must not be interrupted.
            dislikes: disliked topics.
        """
        self.frequency = frequency
        self.satisfiable = bool(windows) and bool(likes)
        self._never = never
        self._dislikes = dislikes
        self._windows: dict[str, list[_Times]] = {}
        self._likes: dict[str, list[tuple[_Times, frozenset[str]]]] = {}
        for name, activity in all_activities().items():
            self._windows[name] = [_times(window) for window in windows if _fits(activity, window.during)]
            self._likes[name] = [(_minutes(like.between), frozenset(like.topics)) for like in likes if _fits(activity, like.during)]
        self.edges = sorted(
            {edge for times in self._windows.values() for window in times if window for edge in window}
            | {edge for clauses in self._likes.values() for between, _ in clauses if between for edge in between}
        )

    def receptive(self, activity: str, minute: float) -> bool:
        """Return whether the user is receptive during an activity at a minute of the day's clock.

        Nobody is during a stored activity that the catalogue no longer has.
        """
        if activity in self._never:
            return False
        return any(window is None or clock.in_window(minute, *window) for window in self._windows.get(activity, ()))

    def liked(self, activity: str, minute: float) -> frozenset[str]:
        """Return the topics liked during an activity at a minute of the day's clock.

        Topics that are also disliked are left out.
        """
        result: frozenset[str] = frozenset()
        for between, topics in self._likes[activity]:
            if between is None or clock.in_window(minute, *between):
                result |= topics
        return result - self._dislikes

    def receptive_spans(self, actions: Sequence[Action]) -> tuple[Span, ...]:
        """Return the receptive intervals of a day, in order; adjacent ones are merged."""
        spans: list[Span] = []
        for action in actions:
            cuts = [action.start]
            for edge in self.edges:
                cuts += [float(at) for at in (edge, edge + clock.MINUTES_PER_DAY) if action.start < at < action.end]
            cuts = [*sorted(set(cuts)), action.end]
            for start, end in itertools.pairwise(cuts):
                if self.receptive(action.activity, (start + end) / 2):
                    if spans and spans[-1].end == start:
                        spans[-1] = Span(spans[-1].start, end)
                    else:
                        spans.append(Span(start, end))
        return tuple(spans)

    def gap_max(self, actions: Sequence[Action], receptive: Sequence[Span]) -> float:
        """Return G_max of a day in minutes.

        It is the persona's, or the longest time without a receptive interval plus G_min where that is more.

        Args:
            actions: actions of the day, in order.
            receptive: receptive intervals of the day, in order.
        """
        edges = [actions[0].start, *(edge for span in receptive for edge in (span.start, span.end)), actions[-1].end]
        longest = max(end - start for start, end in zip(edges[::2], edges[1::2], strict=True))
        return max(self.frequency.gap_max, longest + self.frequency.gap_min)


class Rules:
    """A persona's rules.

    Where the persona's rubric changes during a run (``--drift``, ``--move``), the functions that are given a day of the run follow the
    rubric of that day; the attributes and :meth:`on_weekday` are those of the first one, and :meth:`of_day` gives both.

    Args:
        persona: the persona.

    Attributes:
        tones: welcome tones.
        avoid: unwelcome tones.
        boundaries: subjects that are off limits.
        dislikes: disliked topics.
        ever_liked: topics that are liked at some time.
        satiates: whether the user gets enough of a topic (clause of variety).
        groups: weekdays (0 is Monday) that have the same rules, each group with its rules; one group where no rule names days.
    """

    def __init__(self, persona: Persona) -> None:
        day = persona.changes_on
        self._later = (day, Rules(persona.on_day(day))) if day else None
        rubric = persona.rubric
        self.tones = frozenset(rubric.communication.tones)
        self.avoid = frozenset(rubric.communication.avoid)
        self.boundaries = frozenset(rubric.communication.boundaries)
        self.dislikes = frozenset(rubric.preference.dislikes)
        self.ever_liked = frozenset(topic for like in rubric.preference.likes for topic in like.topics)
        self.satiates = rubric.variety is not None and rubric.variety.topic is not None
        self._never = frozenset(
            name for name, activity in all_activities().items() if any(activity.is_a(other) for other in rubric.timing.never_during)
        )
        windows = [(window, weekdays_of(window.days)) for window in rubric.timing.windows]
        likes = [(like, weekdays_of(like.days)) for like in rubric.preference.likes]
        alike: dict[tuple[tuple[Window, ...], tuple[Like, ...], Rate], list[int]] = {}
        for weekday in range(7):
            held = tuple(window for window, days in windows if weekday in days)
            liked = tuple(like for like, days in likes if weekday in days)
            alike.setdefault((held, liked, rubric.frequency.on(weekday)), []).append(weekday)
        self.groups = [(tuple(weekdays), DayRules(*parts, self._never, self.dislikes)) for parts, weekdays in alike.items()]
        by_weekday = {weekday: rules for weekdays, rules in self.groups for weekday in weekdays}
        self._weekdays = [by_weekday[weekday] for weekday in range(7)]

    def on_weekday(self, weekday: int) -> DayRules:
        """Return the rules of a weekday (0 is Monday)."""
        return self._weekdays[weekday]

    def of_day(self, day: int) -> Rules:
        """Return the rules of the rubric that holds on a day of the run, from 1."""
        return self._later[1] if self._later is not None and day >= self._later[0] else self

    def on_day(self, day: int) -> DayRules:
        """Return the rules of a day of the run, from 1.

        The weekday is that of waking, also after midnight.
        """
        return self.of_day(day)._weekdays[clock.weekday(day)]

    def never(self, activity: str) -> bool:
        """Return whether the first rubric forbids interrupting an activity.

        Ask :meth:`of_day` for a later day.
        """
        return activity in self._never

    def receptive_elsewhere(self, day: int, activity: str, minute: float) -> bool:
        """Return whether the user would be receptive at this moment on another weekday.

        Args:
            day: day of the run.
            activity: id of the activity.
            minute: minute of the day's clock.
        """
        today = self.on_day(day)
        return any(rules is not today and rules.receptive(activity, minute) for _, rules in self.of_day(day).groups)

    def liked_elsewhere(self, day: int, activity: str, minute: float) -> frozenset[str]:
        """Return the topics that would be liked at this moment on another weekday.

        Args:
            day: day of the run.
            activity: id of the activity.
            minute: minute of the day's clock.
        """
        today = self.on_day(day)
        return frozenset().union(*(rules.liked(activity, minute) for _, rules in self.of_day(day).groups if rules is not today))


def _fits(activity: Activity, during: Sequence[str] | None) -> bool:
    return during is None or any(activity.is_a(name) for name in during)


def _times(window: Window) -> _Times:
    return _minutes((window.start, window.end)) if window.start is not None and window.end is not None else None


def _minutes(between: tuple[str, str] | None) -> _Times:
    return (clock.parse_time(between[0]), clock.parse_time(between[1])) if between else None
