"""What the assistant did, as entries of a feed: what was said, one by one, and silences folded into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from propersim.clock import format_time
from propersim.records import DIMENSIONS, Step
from propersim_tui.look import safe

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
    def time(self) -> str:
        """``HH:MM``."""
        return format_time(self.step.minute, wrap=True)

    @property
    def text(self) -> str:
        """What was said, safe to draw."""
        return safe(self.step.answer.text or "", MAX_TEXT)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """(dimension, reason) of each dimension that was marked down."""
        rating = self.step.rating
        return [(name, safe(reason)) for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=True) if not value]


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


Entry = Said | Silence


def entries(steps: Sequence[Step]) -> list[Entry]:
    """Return the entries of some steps, oldest first."""
    found: list[Entry] = []
    quiet: list[Step] = []
    for step in steps:
        if step.spoke:
            if quiet:
                found.append(_silence(quiet))
                quiet = []
            found.append(Said(step))
        else:
            quiet.append(step)
    if quiet:
        found.append(_silence(quiet))
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
