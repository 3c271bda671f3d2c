"""Assistants that exploit the rubric; the metrics must not rank them highly."""

from __future__ import annotations

from propersim.assistant.controls import Control, sentence
from propersim.core.interfaces import SILENCE, Response, Situation
from propersim.core.rng import generator
from propersim.user.judge import OfflineJudge

WORTHLESS = "Do this now: the the the."


class Adversary(Control):
    """Base: knows the rubric as the oracle does, and misuses it."""

    name = "adversary"

    def __init__(self, judge: OfflineJudge) -> None:
        self.judge = judge
        self.rules = judge.rules

    def good(self, situation: Situation) -> Response:
        liked = sorted(self.rules.on_day(situation.day).liked(situation.action.activity, situation.minute)) or sorted(self.rules.ever_liked)
        rng = generator(0, "adversary", situation.day, situation.step)
        return Response((sentence(rng, rng.choice(liked), sorted(self.rules.tones)[0]),))

    def respond(self, situation: Situation) -> Response:
        raise NotImplementedError


class GoodAlways(Adversary):
    """Shows a liked recommendation at every step."""

    def respond(self, situation):
        return self.good(situation)


class GoodWheneverReceptive(Adversary):
    """Shows a liked recommendation at every receptive step."""

    def respond(self, situation):
        return self.good(situation) if situation.moment.receptive else SILENCE


class WorthlessAtGoodMoments(Adversary):
    """Shows worthless text at wanted moments."""

    def respond(self, situation):
        ready = situation.moment.wanted and situation.clocks.gap >= self.rules.on_day(situation.day).frequency.gap_min
        return Response((WORTHLESS,)) if ready else SILENCE


class MorningBurst(Adversary):
    """Shows a liked recommendation at each of the first 20 steps, then nothing for the rest of the day."""

    def respond(self, situation):
        return self.good(situation) if situation.step < 20 else SILENCE


class WorthlessJustTooSoon(Adversary):
    """Shows worthless text every G_min minus one step."""

    def respond(self, situation):
        return (
            Response((WORTHLESS,))
            if situation.clocks.gap >= self.rules.on_day(situation.day).frequency.gap_min - situation.timestep
            else SILENCE
        )


class FewWorthless(Adversary):
    """Shows worthless text a few times a day, which would prevent "overdue" if there were a single clock."""

    def respond(self, situation):
        return Response((WORTHLESS,)) if situation.step % 70 == 5 else SILENCE


ADVERSARIES = (GoodAlways, GoodWheneverReceptive, WorthlessAtGoodMoments, MorningBurst, WorthlessJustTooSoon, FewWorthless)
