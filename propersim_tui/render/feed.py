"""The entries of the assistant's feed.

They are recommendations, stretches of silence, nights and warnings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, FEWEST_KEPT, Night, RunWarning, Step
from propersim.core.text import clean, counted
from propersim.store.bookmarks import Bookmark
from propersim_tui.render.conditions import SPOKE_TO_LEARN
from propersim_tui.render.format import agreement_line, short_number
from propersim_tui.render.reaction_text import taken_up_text

MAX_TEXT = 400
FULL = 4
"""The full score."""


@dataclass(frozen=True, eq=False)
class RecommendationEntry:
    """A recommendation that was shown."""

    step: Step

    @property
    def index(self) -> int:
        """The step's index."""
        return self.step.index

    @property
    def key(self) -> tuple[int, str]:
        """A key that is unique in the feed."""
        return self.index, ""

    @property
    def time(self) -> str:
        """``HH:MM``."""
        return format_time(self.step.minute, wrap=True)

    @property
    def text(self) -> str:
        """The recommendation's text, safe to draw."""
        return clean(self.step.answer.text or "", MAX_TEXT)

    @property
    def ratings(self) -> list[tuple[str, int | None, str]]:
        """(dimension, rating, reason) of each dimension; a person gives no reasons."""
        rating = self.step.rating
        by_person = self.step.judged is not None
        rows = zip(DIMENSIONS, rating.values, rating.reasons, strict=True)
        return [(name, value, "" if by_person else clean(reason) or ("" if value else "no reason given")) for name, value, reason in rows]

    @property
    def note(self) -> str:
        """Why the assistant spoke, and what the user takes up.

        The first is told where it spoke in order to learn; "" where there is nothing to tell.
        """
        return " · ".join(part for part in (SPOKE_TO_LEARN if self.step.explored else "", taken_up_text(self.step)) if part)

    @property
    def agreed(self) -> str:
        """A person's rating beside the judge's; "" if no person rated."""
        return agreement_line(self.step)

    @property
    def differing(self) -> list[tuple[str, str]]:
        """(dimension, the judge's reason) of each dimension that the judge rated 0 and the person 1."""
        rating, judged = self.step.rating, self.step.judged
        if judged is None:
            return []
        rows = zip(DIMENSIONS, rating.values, judged.values, judged.reasons, strict=True)
        return [(name, clean(reason)) for name, by_person, by_judge, reason in rows if by_person == 1 and by_judge == 0 and reason]


@dataclass(frozen=True)
class SilenceEntry:
    """Consecutive steps without a recommendation.

    Attributes:
        index: index of the first step.
        start: time of the first step, ``HH:MM``.
        end: time of the last step.
        steps: number of steps.
        mean: mean score of the steps; None where it is hidden from a person who rates.
        missed: number of wanted moments among them.
        overdue: whether a recommendation was overdue at any of them.
        muted: whether the user had muted the assistant at all of them.
        now: the current step, if it is the last of them and was rated below the full score; else None.
    """

    index: int
    start: str
    end: str
    steps: int
    mean: float | None
    missed: int
    overdue: bool
    muted: bool = False
    now: Step | None = None

    @property
    def key(self) -> tuple[int, str]:
        """A key that is unique in the feed."""
        return self.index, ""


def checked_moments(count: int) -> str:
    """Return a number of moments that were kept from the training, in words."""
    return counted(count, "checked moment")


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


@dataclass(frozen=True)
class NightEntry:
    """A night's training.

    Attributes:
        index: index of the step that the entry leads to.
        night: the record.
    """

    index: int
    night: Night

    @property
    def key(self) -> tuple[int, str]:
        """A key that is unique in the feed."""
        return self.night.at, "night"

    @property
    def text(self) -> str:
        """The training in one line."""
        night = self.night
        head = f"night {night.day}" if not night.asked else f"day {night.day}, asked to train"
        pairs = night.decisions + night.contents
        if not night.steps or not pairs:
            if night.loaded:
                return f"{head} · no training pairs"
            if night.good_already:
                return f"{head} · nothing to train: P(speak) was wrong {_times(night.wrong_before)} in {checked_moments(night.held_out)}"
            return f"{head} · not trained yet: {checked_moments(night.held_out)}, {FEWEST_KEPT} are needed"
        parts = [head, f"trained on {counted(pairs, 'pair')}, speaking was preferred in {night.spoken}"]
        if night.held_out:
            wrong = f"wrong {_times(night.wrong_after)} in {checked_moments(night.held_out)}, before {_times(night.wrong_before)}"
            parts.insert(1, f"used: {wrong}" if night.loaded else f"not used: {wrong}")
        elif not night.loaded:
            parts.insert(1, "not used")
        figures = (("loss", night.loss), ("margin", night.margin), ("accuracy", night.accuracy))
        return " · ".join(parts + [f"{name} {short_number(value)}" for name, value in figures if value is not None] + list(night.savings))


@dataclass(frozen=True)
class WarningEntry:
    """A warning of the run.

    Attributes:
        index: index of the step that the entry leads to.
        warned: the record.
    """

    index: int
    warned: RunWarning

    @property
    def key(self) -> tuple[int, str]:
        """A key that is unique in the feed."""
        return self.warned.at, f"warning {self.warned.kind}"

    @property
    def text(self) -> str:
        """The warning's text, safe to draw."""
        return clean(self.warned.text, MAX_TEXT) or clean(self.warned.kind, 40)


@dataclass(frozen=True)
class BookmarkEntry:
    """A bookmark, before the entry of its step.

    Attributes:
        bookmark: the bookmark.
    """

    bookmark: Bookmark

    @property
    def index(self) -> int:
        """The step's index."""
        return self.bookmark.index

    @property
    def key(self) -> tuple[int, str]:
        """A key that is unique in the feed."""
        return self.index, "bookmark"

    @property
    def text(self) -> str:
        """Time and note."""
        return f"{format_time(self.bookmark.minute, wrap=True)} {self.bookmark.note or 'bookmark'}"


FeedEntry = BookmarkEntry | RecommendationEntry | SilenceEntry | NightEntry | WarningEntry


def feed_entries(
    steps: Sequence[Step],
    nights: Sequence[Night] = (),
    warnings: Sequence[RunWarning] = (),
    bookmarks: Iterable[Bookmark] = (),
    *,
    blind: bool = False,
) -> list[FeedEntry]:
    """Return the entries of a day's steps, oldest first.

    Args:
        steps: consecutive steps from the day's first one on.
        nights: the run's nights; those between or beside the steps get an entry.
        warnings: the run's warnings, likewise.
        bookmarks: the run's bookmarks; those of the steps get an entry before that of the step.
        blind: whether the judge's ratings of silence are left out.
    """
    events_before = _events_by_step(steps, nights, warnings)
    for bookmark in bookmarks:
        if steps and steps[0].index <= bookmark.index <= steps[-1].index:
            events_before.setdefault(bookmark.index, []).append(BookmarkEntry(bookmark))
    feed: list[FeedEntry] = []
    quiet: list[Step] = []
    for step in steps:
        events = events_before.get(step.index)
        if quiet and (step.spoke or events or step.muted != quiet[-1].muted):
            feed.append(_silence(quiet, blind))
            quiet = []
        if events:
            feed += events
        if step.spoke:
            feed.append(RecommendationEntry(step))
        else:
            quiet.append(step)
    if quiet:
        last = quiet[-1]
        low = not blind and last.rating.score is not None and last.rating.score < FULL
        feed.append(replace(_silence(quiet, blind), now=last if low else None))
    if steps:
        feed += events_before.get(steps[-1].index + 1, [])
    return feed


def _events_by_step(steps: Sequence[Step], nights: Sequence[Night], warnings: Sequence[RunWarning]) -> dict[int, list[FeedEntry]]:
    """Return nights and warnings by the index of the step that follows them."""
    events: dict[int, list[FeedEntry]] = {}
    if not steps:
        return events
    first, end = steps[0].index, steps[-1].index + 1
    for night in nights:
        if first <= night.at <= end:
            events.setdefault(night.at, []).append(NightEntry(max(first, night.at - 1), night))
    for warned in warnings:
        if first <= warned.at <= end:
            events.setdefault(warned.at, []).append(WarningEntry(max(first, warned.at - 1), warned))
    return events


def _silence(steps: Sequence[Step], blind: bool) -> SilenceEntry:
    return SilenceEntry(
        steps[0].index,
        format_time(steps[0].minute, wrap=True),
        format_time(steps[-1].minute, wrap=True),
        len(steps),
        None if blind else sum(step.rating.score or 0 for step in steps) / len(steps),
        0 if blind else sum(step.moment.wanted for step in steps),
        not blind and any(step.moment.overdue for step in steps),
        steps[0].muted,
    )
