"""Reveal ratings to the assistant, as the run's feedback mode says.

These are the only ratings that an assistant, and anything that learns for it, ever receives. A feedback mode says which ratings are
revealed and when, and adds noise. Metrics always use the true ratings of the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from propersim.core.records import Action, Candidate, Rating, Step, score_of
from propersim.core.rng import uniform


@dataclass(frozen=True, slots=True)
class RevealedRating:
    """A rating as the user gives it: four dimensions, each 0 or 1, without reasons.

    A dimension that a person left out is None.
    """

    preference: int | None
    timing: int | None
    frequency: int | None
    communication: int | None

    @property
    def score(self) -> int | None:
        """The sum of the four dimensions, 0–4; None where any of them is unrated."""
        return score_of(self.preference, self.timing, self.frequency, self.communication)

    @property
    def satisfying(self) -> bool:
        """Whether preference, timing and communication are 1."""
        return bool(self.preference and self.timing and self.communication)


@dataclass(frozen=True, slots=True)
class RevealedCandidate:
    """A candidate of the assistant, with its rating as far as it is revealed.

    Attributes:
        text: the suggestion; None is silence.
        topic: topic that the reader assigned to the text; None for silence or where it found none.
        tone: tone that the reader assigned, likewise.
        rating: the user's rating; None where it is not revealed.
    """

    text: str | None
    topic: str | None = None
    tone: str | None = None
    rating: RevealedRating | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A completed step as the assistant sees it.

    Attributes:
        index: number of the step in the run, from 0.
        day: day of the run, from 1.
        minute: minute of the day's clock.
        action: action of the user.
        candidates: the candidates in the order of the step.
        shown: index in ``candidates`` of the shown one.
        p_speak: the assistant's own probability of speaking, where it has one.
        explored: whether it spoke in order to learn.
        muted: whether the user had muted the assistant: it was not asked, and no rating is revealed.
    """

    index: int
    day: int
    minute: float
    action: Action
    candidates: tuple[RevealedCandidate, ...]
    shown: int
    p_speak: float | None = None
    explored: bool = False
    muted: bool = False

    @property
    def answer(self) -> RevealedCandidate:
        """The candidate that was shown."""
        return self.candidates[self.shown]

    @property
    def spoke(self) -> bool:
        """Whether a recommendation was shown."""
        return self.candidates[self.shown].text is not None

    @property
    def rated(self) -> bool:
        """Whether any rating is revealed."""
        return any(one.rating is not None for one in self.candidates)


@dataclass(frozen=True)
class FeedbackMode:
    """Which ratings are revealed, when, and with how much noise.

    Attributes:
        reveals: ``complete`` reveals the ratings of all candidates; ``shown`` those of shown recommendations alone.
        noise: probability with which each dimension of a step's ratings is flipped, 0–1; one draw per step and dimension, shared by all
            candidates.
        delayed: whether ratings are revealed when the user falls asleep, and not at once.
        by_person: step of the run from which on only a person's ratings are revealed; None where no person rates.
        seed: the run's seed, for the noise.
    """

    reveals: Literal["complete", "shown"] = "complete"
    noise: float = 0.0
    delayed: bool = False
    by_person: int | None = None
    seed: int = 0

    def reveal(self, step: Step) -> Feedback:
        """Return a step with the ratings that are revealed sooner or later."""
        flips = self._flips(step)
        person = self.by_person is not None and step.index >= self.by_person
        candidates = []
        for number, one in enumerate(step.candidates):
            shown = number == step.shown and one.text is not None
            # Where a person is to rate, what the person left out is unrated, and the judge's ratings are not revealed.
            revealed = shown and step.judged is not None and one.rating.given if person else shown or self.reveals == "complete"
            # Who has muted an assistant tells it nothing, not even that silence was wrong.
            revealed = revealed and not step.muted
            candidates.append(_revealed(one, _flipped(one.rating, flips) if revealed else None))
        seen = step.index, step.day, step.minute, step.action
        return Feedback(*seen, tuple(candidates), step.shown, step.p_speak, step.explored, step.muted)

    def from_step(self, step: Step) -> FeedbackMode:
        """Return the mode from a step on.

        From the first recommendation that a person was to rate on, only a person's ratings are revealed.
        """
        return replace(self, by_person=step.index) if step.judged is not None and self.by_person is None else self

    def at_once(self, feedback: Feedback) -> Feedback:
        """Return the part of a step's feedback that is revealed at the step itself."""
        if not self.delayed:
            return feedback
        return replace(feedback, candidates=tuple([replace(one, rating=None) for one in feedback.candidates]))

    def at_night(self, feedback: Sequence[Feedback]) -> list[Feedback]:
        """Return the feedback of a day that is revealed only when the user falls asleep."""
        return [one for one in feedback if one.rated] if self.delayed else []

    def _flips(self, step: Step) -> tuple[int, ...]:
        if not self.noise:
            return (0, 0, 0, 0)
        return tuple([int(uniform(self.seed, "feedback/noise", step.index, number) < self.noise) for number in range(4)])


def _flipped(rating: Rating, flips: Sequence[int]) -> RevealedRating:
    return RevealedRating(*(None if value is None else value ^ flip for value, flip in zip(rating.values, flips, strict=True)))


def _revealed(one: Candidate, rating: RevealedRating | None) -> RevealedCandidate:
    return RevealedCandidate(one.text, one.topic, one.tone, rating)
