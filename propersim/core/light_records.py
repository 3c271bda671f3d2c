"""A step with nothing but its ratings: what a search through a whole run needs of each, read several times faster than the whole."""

from __future__ import annotations

import msgspec

from propersim.core.records import Count, Day, Index, Moment, Rating


class Marks(msgspec.Struct, frozen=True, gc=False):
    """A rating without its reasons."""

    preference: int
    timing: int
    frequency: int
    communication: int

    @property
    def score(self) -> int:
        """The sum of the four dimensions, 0–4."""
        return self.preference + self.timing + self.frequency + self.communication

    @property
    def rating(self) -> Rating:
        """The same as a rating."""
        return Rating(self.preference, self.timing, self.frequency, self.communication)  # type: ignore[arg-type]


class JudgedCandidate(msgspec.Struct, frozen=True, gc=False):
    """A candidate: its text (None is silence), and what the user thinks of it."""

    text: str | None
    rating: Marks


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What of a :class:`propersim.core.records.Step` has to do with ratings; read from the same JSON, whose other fields are skipped."""

    index: Index
    day: Day
    moment: Moment
    candidates: tuple[JudgedCandidate, ...]
    shown: Count

    def __post_init__(self) -> None:
        """Refuse a record that says that none of its candidates was shown."""
        if self.shown >= len(self.candidates):
            raise ValueError("what was shown is not among the candidates")

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None

    @property
    def rating(self) -> Marks:
        """The rating of what was shown."""
        return self.candidates[self.shown].rating


_decoder = msgspec.json.Decoder(Judged)


def judged(record: str | bytes) -> Judged:
    """Return a step's ratings from its JSON; msgspec.ValidationError where it is not a step."""
    return _decoder.decode(record)
