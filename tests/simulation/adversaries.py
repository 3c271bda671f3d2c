"""Assistants that exploit the rubric; the metrics must not rank them highly."""

from __future__ import annotations

from propersim.assistant.controls import Control, sentence
from propersim.core.interfaces import SILENCE, Answer, Observation
from propersim.core.rng import generator
from propersim.user.judge import Judge

WORTHLESS = "Do this now: the the the."


class Adversary(Control):
    """Base: knows the rubric as the oracle does, and misuses it."""

    name = "adversary"

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.rules = judge.rules

    def good(self, observation: Observation) -> Answer:
        liked = sorted(self.rules.liked(observation.action.activity, observation.minute)) or sorted(self.rules.ever_liked)
        rng = generator(0, "adversary", observation.day, observation.step)
        return Answer((sentence(rng, rng.choice(liked), sorted(self.rules.tones)[0]),))

    def answer(self, observation: Observation) -> Answer:
        raise NotImplementedError


class GoodAlways(Adversary):
    """Shows a liked recommendation at every step."""

    def answer(self, observation):
        return self.good(observation)


class GoodWheneverReceptive(Adversary):
    """Shows a liked recommendation at every receptive step."""

    def answer(self, observation):
        return self.good(observation) if observation.moment.receptive else SILENCE


class WorthlessAtGoodMoments(Adversary):
    """Shows worthless text at wanted moments."""

    def answer(self, observation):
        ready = observation.moment.wanted and observation.clocks.gap >= self.rules.frequency.gap_min
        return Answer((WORTHLESS,)) if ready else SILENCE


class MorningBurst(Adversary):
    """Shows a liked recommendation at each of the first 20 steps, then nothing for the rest of the day."""

    def answer(self, observation):
        return self.good(observation) if observation.step < 20 else SILENCE


class WorthlessJustTooSoon(Adversary):
    """Shows worthless text every G_min minus one step."""

    def answer(self, observation):
        return Answer((WORTHLESS,)) if observation.clocks.gap >= self.rules.frequency.gap_min - observation.timestep else SILENCE


class FewWorthless(Adversary):
    """Shows worthless text a few times a day, which would prevent "overdue" if there were a single clock."""

    def answer(self, observation):
        return Answer((WORTHLESS,)) if observation.step % 70 == 5 else SILENCE


ADVERSARIES = (GoodAlways, GoodWheneverReceptive, WorthlessAtGoodMoments, MorningBurst, WorthlessJustTooSoon, FewWorthless)
