"""The control assistants: silent, eager, random and oracle.

Learning assistants are compared with them.

They ignore model options and never import torch.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from propersim.core.config import CONTROLS as CONTROLS
from propersim.core.errors import InputError
from propersim.core.feedback import Feedback
from propersim.core.interfaces import SILENCE, Response, Situation
from propersim.core.rng import generator, uniform
from propersim.user.clocks import least_heard, oracle_speaks, welcome_topics
from propersim.user.judge import OfflineJudge
from propersim.world.catalogue import HOME, setting_of, suggestions_of, tones, topics_of
from propersim.world.setting import settings


class Control:
    """Base of the controls, which remember nothing and may know the rubric."""

    name: str

    def respond(self, situation: Situation) -> Response:
        """Return the candidates for a step.

        Unlike other assistants, a control sees the user's hidden state.
        """
        raise NotImplementedError

    def observe(self, feedback: Feedback) -> None:
        """Ignore the step."""

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Ignore the ratings."""


class Silent(Control):
    """Stays silent at every step."""

    name = "silent"

    def respond(self, situation: Situation) -> Response:
        """Return silence."""
        return SILENCE


class Eager(Control):
    """Speaks at every step, with topic, suggestion and tone drawn uniformly."""

    name = "eager"

    def __init__(self, seed: int, judge: OfflineJudge) -> None:
        self._seed = seed
        self._persona = judge.persona.id

    def respond(self, situation: Situation) -> Response:
        """Return a random recommendation."""
        return Response((_any_said(self._seed, self._persona, situation),))


class Random(Control):
    """Speaks at random moments, on average as often as the persona likes.

    That is (min + max) / 2 times in 16 hours at home or 9 in the office, from the persona's frequency on that weekday.
    """

    name = "random"

    def __init__(self, seed: int, judge: OfflineJudge) -> None:
        self._seed = seed
        # Each persona has random numbers of its own: with the same ones for all, means over personas would vary more from day to day.
        self._persona = judge.persona.id
        self._rules = judge.rules

    def respond(self, situation: Situation) -> Response:
        """Return a random recommendation with the probability of one step, else silence."""
        rate = self._rules.on_day(situation.day).frequency
        hours = settings()[setting_of(situation.action.activity)].hours
        per_minute = (rate.min_per_day + rate.max_per_day) / 2 / (hours * 60)
        if uniform(self._seed, "when", self._persona, situation.day, situation.step) >= per_minute * situation.timestep:
            return SILENCE
        return Response((_any_said(self._seed, self._persona, situation),))


class Oracle(Control):
    """Knows the rubric, and speaks exactly when a score of 4 is possible at a wanted moment."""

    name = "oracle"

    def __init__(self, seed: int, judge: OfflineJudge) -> None:
        self._seed = seed
        self._judge = judge

    def respond(self, situation: Situation) -> Response:
        """Return a recommendation with score 4 at a wanted moment, else silence."""
        if not oracle_speaks(self._judge.rules.on_day(situation.day), situation.moment, situation.clocks):
            return SILENCE
        text = self._best(situation)
        return Response((text,)) if text is not None else SILENCE

    def _best(self, situation: Situation) -> str | None:
        rules = self._judge.rules.of_day(situation.day)
        rng = generator(self._seed, "content", situation.day, situation.step)
        clocks = situation.clocks
        liked = sorted(welcome_topics(rules.on_day(situation.day), situation.action.activity, situation.minute, clocks))
        if rules.satiates:
            liked = [least_heard(frozenset(liked), clocks)]
        welcome, setting = sorted(rules.tones), setting_of(situation.action.activity)
        for _ in range(200):
            text = sentence(rng, rng.choice(liked), rng.choice(welcome), setting)
            (candidate,) = self._judge.rate_all([text], situation)
            if candidate.rating.score == 4:
                return text
        return None


def _any_said(seed: int, persona: str, situation: Situation) -> str:
    """Return the random sentence of a step."""
    rng = generator(seed, "content", persona, situation.day, situation.step)
    return any_sentence(rng, setting_of(situation.action.activity))


def sentence(rng: random.Random, topic: str, tone: str, setting: str = HOME) -> str:
    """Return a suggestion of a topic from the catalogue, phrased in a tone.

    Args:
        rng: source of random numbers.
        topic: id of the topic.
        tone: id of the tone.
        setting: id of the setting that the user is in.
    """
    manner = tones()[tone]
    return manner.say(rng.choice(manner.phrasings), rng.choice(suggestions_of(topic, setting)))


def any_sentence(rng: random.Random, setting: str = HOME) -> str:
    """Return a suggestion with topic and tone drawn uniformly from those of a setting."""
    return sentence(rng, rng.choice(topics_of(setting)), rng.choice(list(tones())), setting)


def make_control(name: str, seed: int, judge: OfflineJudge) -> Control:
    """Return a control by name.

    Args:
        name: one of :data:`CONTROLS`.
        seed: the run's seed.
        judge: the judge of the persona.

    Raises:
        InputError: there is no control of that name.
    """
    if name == "silent":
        return Silent()
    if name == "eager":
        return Eager(seed, judge)
    if name == "random":
        return Random(seed, judge)
    if name == "oracle":
        return Oracle(seed, judge)
    raise InputError(f"no assistant {name!r}", f"choose one of {', '.join(CONTROLS)}")
