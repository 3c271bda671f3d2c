"""Assistants that game the rubric; none of them may look good."""

from __future__ import annotations

from propersim.assistant.controls import Control, sentence
from propersim.core.interfaces import SILENCE, Answer, Observation
from propersim.core.rng import generator
from propersim.user.judge import Judge

WORTHLESS = "Do this now: the the the."


class Adversary(Control):
    """Base: knows the rubric, as the oracle does, and uses it badly."""

    name = "adversary"

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.rules = judge.rules

    def good(self, seen: Observation) -> Answer:
        liked = sorted(self.rules.liked(seen.action.activity, seen.minute)) or sorted(self.rules.ever_liked)
        rng = generator(0, "adversary", seen.day, seen.step)
        return Answer((sentence(rng, rng.choice(liked), sorted(self.rules.tones)[0]),))

    def answer(self, seen: Observation) -> Answer:
        raise NotImplementedError


class GoodAlways(Adversary):
    """Good content at every step."""

    def answer(self, seen):
        return self.good(seen)


class GoodWheneverReceptive(Adversary):
    """Good content at every step at which one may speak at all."""

    def answer(self, seen):
        return self.good(seen) if seen.moment.receptive else SILENCE


class WorthlessAtGoodMoments(Adversary):
    """The right moments, nothing worth hearing."""

    def answer(self, seen):
        ready = seen.moment.wanted and seen.clocks.gap >= self.rules.frequency.gap_min
        return Answer((WORTHLESS,)) if ready else SILENCE


class MorningBurst(Adversary):
    """Good content in the first fifty minutes, then silence for the rest of the day."""

    def answer(self, seen):
        return self.good(seen) if seen.step < 20 else SILENCE


class WorthlessJustTooSoon(Adversary):
    """Something worthless every G_min minus one step."""

    def answer(self, seen):
        return Answer((WORTHLESS,)) if seen.clocks.gap >= self.rules.frequency.gap_min - seen.timestep else SILENCE


class FewWorthless(Adversary):
    """A little garbage at the wrong moments, to keep "overdue" away (what one clock would have let through)."""

    def answer(self, seen):
        return Answer((WORTHLESS,)) if seen.step % 70 == 5 else SILENCE


ADVERSARIES = (GoodAlways, GoodWheneverReceptive, WorthlessAtGoodMoments, MorningBurst, WorthlessJustTooSoon, FewWorthless)
