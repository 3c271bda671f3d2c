"""Decoding of only a part of stored steps, to search a run.

This is several times faster than decoding whole steps.
"""

from __future__ import annotations

from typing import Any

import msgspec

from propersim.core.records import Bit, Count, Day, Index, Minute, Rating, UserState, score_of


class DimensionValues(msgspec.Struct, frozen=True, gc=False):
    """A rating without its reasons; a dimension that a person left unrated is None."""

    preference: Bit
    timing: Bit
    frequency: Bit
    communication: Bit

    @property
    def score(self) -> int | None:
        """The sum of the four dimensions, 0–4; None where any of them is unrated."""
        return score_of(self.preference, self.timing, self.frequency, self.communication)

    @property
    def rating(self) -> Rating:
        """The values as a rating without reasons."""
        return Rating(self.preference, self.timing, self.frequency, self.communication)


class _PartOfStep(msgspec.Struct, frozen=True, gc=False):
    """Base of the parts of a :class:`propersim.core.records.Step`.

    Other fields of the JSON are skipped.
    """

    index: Index
    day: Day
    shown: Count
    candidates: tuple[Any, ...]

    def __post_init__(self) -> None:
        """Reject a record whose shown candidate does not exist."""
        if self.shown >= len(self.candidates):
            raise ValueError("the index of the shown candidate is out of range")


class ScoredCandidate(msgspec.Struct, frozen=True, gc=False):
    """A candidate's text (None is silence) and the values of its rating."""

    text: str | None
    rating: DimensionValues


class ScoredStep(_PartOfStep, frozen=True, gc=False):
    """The part of a step that concerns ratings."""

    moment: UserState
    candidates: tuple[ScoredCandidate, ...]

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None

    @property
    def rating(self) -> DimensionValues:
        """The rating of the shown candidate."""
        return self.candidates[self.shown].rating


class SpokenCandidate(msgspec.Struct, frozen=True, gc=False):
    """A candidate's text (None is silence) and its rating."""

    text: str | None
    rating: Rating


class SpokenStep(_PartOfStep, frozen=True, gc=False):
    """The recommendation of a step, and its rating."""

    minute: Minute
    candidates: tuple[SpokenCandidate, ...]
    judged: Rating | None = None

    @property
    def text(self) -> str:
        """The text of what was shown; "" for silence."""
        return self.candidates[self.shown].text or ""

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons that the feed shows.

        A person gives none: then they are the judge's, of the dimensions that the judge rated 0 and the person 1.
        """
        rating = self.candidates[self.shown].rating
        if self.judged is None:
            return tuple(reason for reason in rating.reasons if reason)
        rows = zip(rating.values, self.judged.values, self.judged.reasons, strict=True)
        return tuple(reason for by_person, by_judge, reason in rows if reason and by_person and not by_judge)


_decoder = msgspec.json.Decoder(ScoredStep)
_spoken_decoder = msgspec.json.Decoder(SpokenStep)


def decode_scored_step(record: str | bytes) -> ScoredStep:
    """Decode the ratings of a step from its JSON.

    Raises:
        msgspec.ValidationError: the JSON is not a step.
    """
    return _decoder.decode(record)


def decode_spoken_step(record: str | bytes) -> SpokenStep:
    """Decode what was recommended at a step from its JSON.

    Raises:
        msgspec.ValidationError: the JSON is not a step.
    """
    return _spoken_decoder.decode(record)
