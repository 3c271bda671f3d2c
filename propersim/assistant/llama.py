"""The assistant that is a language model: decides by its two legal options, then says something (paper, section 4)."""

from __future__ import annotations

from propersim.assistant.base import SILENCE, Answer, Observation
from propersim.learning.model import LoadedModel
from propersim.memory.memory import Memory
from propersim.records import Step
from propersim.rng import uniform

THRESHOLD = 0.5
"""Speaks when the probability of speaking passes this; decisions are not sampled."""
TRIES = 2
"""A malformed sentence is asked for again at most once."""


class Llama:
    """A LLaMA with a memory.

    Args:
        model: the model, loaded.
        memory: what it remembers.
        seed: of the run.
    """

    name = "llama"

    def __init__(self, model: LoadedModel, memory: Memory, seed: int) -> None:
        self._model = model
        self._memory = memory
        self._seed = seed

    def answer(self, seen: Observation) -> Answer:
        """Decide, and say something where the decision is to speak; silence where nothing well-formed came of it."""
        state = self._memory.state(seen)
        decision = self._model.decide(state)
        if decision.p_speak <= THRESHOLD:
            return SILENCE
        for attempt in range(TRIES):
            if attempt:
                decision = self._model.decide(state)
            text = self._model.say(decision, int(uniform(self._seed, "content", seen.day, seen.step, attempt) * 2**53))
            if text is not None:
                return Answer((text,), malformed=attempt)
        return Answer((None,), malformed=TRIES)

    def see(self, step: Step) -> None:
        """Remember what happened."""
        self._memory.see(step)
