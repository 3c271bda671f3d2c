"""Evaluate the rules of a rubric quickly: receptive times, liked topics and gaps."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from propersim.core import clock
from propersim.core.records import Action, Span
from propersim.persona.model import Persona, Window
from propersim.world.catalogue import Activity, activities

_Times = tuple[int, int] | None
"""(start, end) in minutes; None is the whole day."""


class Rules:
    """A persona's rules, resolved for every activity of the catalogue.

    Args:
        persona: the persona.

    Attributes:
        frequency: numbers of recommendations per day and gaps.
        tones: welcome tones.
        avoid: unwelcome tones.
        boundaries: subjects that are off limits.
        dislikes: disliked topics.
        ever_liked: topics that are liked at some time.
        edges: minutes of the day at which a window or a like begins or ends, ascending.
    """

    def __init__(self, persona: Persona) -> None:
        rubric = persona.rubric
        self.frequency = rubric.frequency
        self.tones = frozenset(rubric.communication.tones)
        self.avoid = frozenset(rubric.communication.avoid)
        self.boundaries = frozenset(rubric.communication.boundaries)
        self.dislikes = frozenset(rubric.preference.dislikes)
        self.ever_liked = frozenset(topic for like in rubric.preference.likes for topic in like.topics)
        self._never: set[str] = set()
        self._windows: dict[str, list[_Times]] = {}
        self._likes: dict[str, list[tuple[_Times, frozenset[str]]]] = {}
        for name, activity in activities().items():
            if any(activity.is_a(other) for other in rubric.timing.never_during):
                self._never.add(name)
            self._windows[name] = [_times(window) for window in rubric.timing.windows if _fits(activity, window.during)]
            self._likes[name] = [
                (_minutes(like.between), frozenset(like.topics)) for like in rubric.preference.likes if _fits(activity, like.during)
            ]
        self.edges = sorted(
            {edge for times in self._windows.values() for window in times if window for edge in window}
            | {edge for clauses in self._likes.values() for between, _ in clauses if between for edge in between}
        )

    def never(self, activity: str) -> bool:
        """Return whether an activity must not be interrupted."""
        return activity in self._never

    def receptive(self, activity: str, minute: float) -> bool:
        """Return whether the user is receptive during an activity at a minute of the day's clock."""
        if activity in self._never:
            return False
        return any(window is None or clock.in_window(minute, *window) for window in self._windows[activity])

    def liked(self, activity: str, minute: float) -> frozenset[str]:
        """Return the topics liked during an activity at a minute of the day's clock.

        Topics that are also disliked are left out.
        """
        result: frozenset[str] = frozenset()
        for between, topics in self._likes[activity]:
            if between is None or clock.in_window(minute, *between):
                result |= topics
        return result - self.dislikes

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


def _fits(activity: Activity, during: Sequence[str] | None) -> bool:
    return during is None or any(activity.is_a(name) for name in during)


def _times(window: Window) -> _Times:
    return _minutes((window.start, window.end)) if window.start is not None and window.end is not None else None


def _minutes(between: tuple[str, str] | None) -> _Times:
    return (clock.parse_time(between[0]), clock.parse_time(between[1])) if between else None
