"""What a user reveals of a step to the assistant: the only ratings that anything that learns receives."""

from __future__ import annotations

from typing import NamedTuple


class Bits(NamedTuple):
    """A revealed rating: four dimensions, each 0 or 1."""

    preference: int
    timing: int
    frequency: int
    communication: int

    @property
    def score(self) -> int:
        """The sum of the four dimensions, 0–4."""
        return sum(self)

    @property
    def satisfying(self) -> bool:
        """Whether preference, timing and communication are 1."""
        return bool(self.preference and self.timing and self.communication)


class Said(NamedTuple):
    """A candidate, with its rating where that is revealed."""

    text: str | None
    topic: str | None
    tone: str | None
    rating: Bits | None


class Feedback(NamedTuple):
    """A completed step as the assistant sees it."""

    index: int
    day: int
    minute: float
    activity: str
    start: float
    candidates: tuple[Said, ...]
    shown: int

    @property
    def answer(self) -> Said:
        """The candidate that was shown."""
        return self.candidates[self.shown]

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None
