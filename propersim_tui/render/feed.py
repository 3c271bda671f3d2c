"""What the assistant did, as entries of a feed: what was said, one by one, silences folded into one, nights and warnings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, Night, Step, Warned
from propersim.core.text import clean
from propersim_tui.render.format import agreement_line, brief

MAX_TEXT = 400


@dataclass(frozen=True, eq=False)
class Said:
    """A recommendation that was shown."""

    step: Step

    @property
    def index(self) -> int:
        """The step's index."""
        return self.step.index

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from the other entries."""
        return self.index, ""

    @property
    def time(self) -> str:
        """``HH:MM``."""
        return format_time(self.step.minute, wrap=True)

    @property
    def text(self) -> str:
        """What was said, safe to draw."""
        return clean(self.step.answer.text or "", MAX_TEXT)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """(dimension, reason) of each dimension that was marked down; where a person rated, there are none."""
        rating = self.step.rating
        if self.step.judged is not None:
            return []
        return [(name, clean(reason)) for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=True) if not value]

    @property
    def agreed(self) -> str:
        """A person's rating beside the judge's; "" where no person rated."""
        return agreement_line(self.step)

    @property
    def differing(self) -> list[tuple[str, str]]:
        """(dimension, the judge's reason) of each dimension that the judge would have marked down, and the person did not."""
        rating, judged = self.step.rating, self.step.judged
        if judged is None:
            return []
        found = zip(DIMENSIONS, rating.values, judged.values, judged.reasons, strict=True)
        return [(name, clean(reason)) for name, mine, theirs, reason in found if mine > theirs and reason]


@dataclass(frozen=True)
class Silence:
    """A stretch in which nothing was said.

    Attributes:
        index: of its first step.
        start: its first time, ``HH:MM``.
        end: its last time.
        steps: how many steps.
        mean: mean score of those steps.
        missed: how many of them were wanted moments.
        overdue: whether it lasted too long for the user.
    """

    index: int
    start: str
    end: str
    steps: int
    mean: float
    missed: int
    overdue: bool

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from the other entries."""
        return self.index, ""


@dataclass(frozen=True)
class Taught:
    """A night's training.

    Attributes:
        index: of the step to go to for it.
        night: its record.
    """

    index: int
    night: Night

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from the other entries."""
        return self.night.at, "night"

    @property
    def text(self) -> str:
        """What it learned, in words."""
        night = self.night
        head = f"night {night.day}" if not night.asked else f"day {night.day}, asked to train"
        pairs = night.decisions + night.contents
        if not night.steps or not pairs:
            return f"{head} · nothing to learn from"
        of_pairs = f"{pairs} pair{'s' if pairs != 1 else ''}"
        parts = [head, f"learned from {of_pairs}, {night.spoken} won by speech"]
        figures = (("loss", night.loss), ("margin", night.margin), ("accuracy", night.accuracy))
        return " · ".join(parts + [f"{name} {brief(value)}" for name, value in figures if value is not None])


@dataclass(frozen=True)
class Alert:
    """Something that a person should know of the run.

    Attributes:
        index: of the step to go to for it.
        warned: its record.
    """

    index: int
    warned: Warned

    @property
    def key(self) -> tuple[int, str]:
        """What tells it from the other entries."""
        return self.warned.at, f"warning {self.warned.kind}"

    @property
    def text(self) -> str:
        """What it says, safe to draw."""
        return clean(self.warned.text, MAX_TEXT) or clean(self.warned.kind, 40)


Entry = Said | Silence | Taught | Alert


def entries(steps: Sequence[Step], nights: Sequence[Night] = (), warnings: Sequence[Warned] = ()) -> list[Entry]:
    """Return the entries of a day's steps, oldest first.

    Args:
        steps: from the day's first one on, without a gap.
        nights: of the run; those from before the first of the steps to after the last are among the entries.
        warnings: of the run, likewise.
    """
    between = _between(steps, nights, warnings)
    found: list[Entry] = []
    quiet: list[Step] = []
    for step in steps:
        events = between.get(step.index)
        if quiet and (step.spoke or events):
            found.append(_silence(quiet))
            quiet = []
        if events:
            found += events
        if step.spoke:
            found.append(Said(step))
        else:
            quiet.append(step)
    if quiet:
        found.append(_silence(quiet))
    if steps:
        found += between.get(steps[-1].index + 1, [])
    return found


def _between(steps: Sequence[Step], nights: Sequence[Night], warnings: Sequence[Warned]) -> dict[int, list[Entry]]:
    """Return nights and warnings by the step that they come before."""
    found: dict[int, list[Entry]] = {}
    if not steps:
        return found
    first, end = steps[0].index, steps[-1].index + 1
    for night in nights:
        if first <= night.at <= end:
            found.setdefault(night.at, []).append(Taught(max(first, night.at - 1), night))
    for warned in warnings:
        if first <= warned.at <= end:
            found.setdefault(warned.at, []).append(Alert(max(first, warned.at - 1), warned))
    return found


def _silence(steps: Sequence[Step]) -> Silence:
    return Silence(
        steps[0].index,
        format_time(steps[0].minute, wrap=True),
        format_time(steps[-1].minute, wrap=True),
        len(steps),
        sum(step.rating.score for step in steps) / len(steps),
        sum(step.moment.wanted for step in steps),
        any(step.moment.overdue for step in steps),
    )
