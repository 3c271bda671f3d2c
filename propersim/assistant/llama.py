"""The assistant that is a language model: decides by its two legal options, then says something (paper, section 4)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from propersim.core.interfaces import Answer, Observation, Progress, Replay, threshold
from propersim.core.records import Night, Pair, Step
from propersim.core.rng import uniform
from propersim.learning.night import Learner
from propersim.learning.pairs import pairs_of, taste
from propersim.memory.memory import Memory
from propersim.memory.remembering import TRIES, Remembering
from propersim.models.model import Decision, LoadedModel
from propersim.models.presets import Teaching

NEAR = 0.1
"""From this probability of speaking on, candidates are drawn at every silent step: there is something to learn."""
GOOD = 100
"""So many suggestions of before are kept for each activity, of the good and of the well chosen ones each."""


def draw(
    model: LoadedModel, decision: Decision, numbers: Sequence[int], seed: int, purpose: str, *place: int
) -> tuple[list[str | None], int, int]:
    """Draw suggestions past a decision, side by side.

    Args:
        model: that speaks.
        decision: past which it speaks.
        numbers: of the suggestions; each has chances of its own.
        seed: of the run.
        purpose: what they are drawn for.
        place: where in the run.

    Returns:
        A suggestion for each number, None where it is malformed twice; how many were drawn; and how many of them thrown away.
    """
    said: list[str | None] = [None] * len(numbers)
    drawn = malformed = 0
    for attempt in range(TRIES):
        missing = [k for k, text in enumerate(said) if text is None]
        if not missing:
            break
        seeds = [int(uniform(seed, purpose, *place, numbers[k], attempt) * 2**53) for k in missing]
        drawn += len(seeds)
        for k, text in zip(missing, model.say(decision, seeds), strict=True):
            said[k] = text
            malformed += text is None
    return said, drawn, malformed


class Llama(Remembering):
    """A LLaMA with a memory, which may learn.

    Args:
        model: the model, loaded.
        memory: what it remembers.
        seed: of the run.
        teaching: how it samples and explores.
        scheme: ``factored`` or ``paper``.
        learn: ``dpo``, ``kto`` or ``none``.
        n: spoken candidates at a step; whole answers in ``paper``.
    """

    name = "llama"

    def __init__(
        self,
        model: LoadedModel,
        memory: Memory,
        seed: int,
        *,
        teaching: Teaching,
        scheme: str = "factored",
        learn: str = "none",
        n: int = 2,
    ) -> None:
        super().__init__(memory)
        self._model = model
        self._seed = seed
        self._teaching = teaching
        self._scheme = scheme
        self._count = n if learn != "none" else 1
        self._learner = Learner(model, teaching, learn=learn, scheme=scheme, seed=seed) if learn != "none" else None
        self._answered: tuple[tuple[int, float], list[int]] | None = None
        self._good: dict[str, list[str]] = {}
        self._half: dict[str, list[str]] = {}

    @property
    def learns(self) -> bool:
        """Whether ratings change it."""
        return self._learner is not None

    def answer(self, seen: Observation) -> Answer:
        """Decide, and say something where the decision is to speak; silence where nothing well-formed came of it."""
        prompt = self._model.codec.prompt(self._memory.state(seen))
        self._answered = (seen.day, seen.minute), prompt
        decision = self._model.decide(prompt)
        return self._whole(seen, decision) if self._scheme == "paper" else self._factored(seen, decision)

    def _factored(self, seen: Observation, decision: Decision) -> Answer:
        """Silence and spoken candidates, drawn past the decision; the decision says which is shown: never the best of them."""
        speaks = decision.p_speak > threshold(self._model.taught)
        share = 1.0 if decision.p_speak > NEAR else self._teaching.explore_on(seen.day)
        explores = self.learns and uniform(self._seed, "explore", seen.day, seen.step) < share
        if not speaks and not explores:
            return Answer((None,), p_speak=decision.p_speak)
        said, drawn, malformed = draw(self._model, decision, range(self._count), self._seed, "content", seen.day, seen.step)
        texts = [text for text in said if text is not None]
        texts += [text for text in self._recalled(seen) if text not in texts]
        return Answer((None, *texts), 1 if speaks and any(said) else 0, drawn, malformed, decision.p_speak)

    def _whole(self, seen: Observation, decision: Decision) -> Answer:
        """Whole answers from the policy, the first of them shown, as published."""
        speaks = [uniform(self._seed, "decision", seen.day, seen.step, i) < decision.p_speak for i in range(self._count)]
        numbers = [i for i, one in enumerate(speaks) if one]
        said, drawn, malformed = draw(self._model, decision, numbers, self._seed, "content", seen.day, seen.step)
        spoken = iter(said)
        return Answer(tuple(next(spoken) if one else None for one in speaks), 0, drawn, malformed, decision.p_speak)

    def _recalled(self, seen: Observation) -> list[str]:
        """Return good suggestions of before, from the same activity where there are any: what is good has something to win against.

        Where there are none: from another activity or, as often, what was well chosen for this one, if not well said.
        """
        here, place = seen.action.activity, (seen.day, seen.step)
        pools = [self._good[here]] if here in self._good else [known for known in (self._good.get(""), self._half.get(here)) if known]
        if not pools or not self.learns:
            return []
        known = pools[int(uniform(self._seed, "recalled/from", *place) * len(pools))]
        picks = [int(uniform(self._seed, "recalled", *place, i) * len(known)) for i in range(self._teaching.recalled)]
        return list(dict.fromkeys(known[pick] for pick in picks))

    def see(self, step: Step) -> None:
        """Remember what happened, and what was good."""
        super().see(step)
        here = step.action.activity
        for one in step.candidates:
            if one.text is not None and taste(one.rating) == 2:
                _keep(self._good, here, one.text)
                _keep(self._good, "", one.text)
            elif one.text is not None and one.rating.preference:
                _keep(self._half, here, one.text)

    def pairs(self, step: Step) -> list[Pair]:
        """Return the preference pairs of the step that was answered last, whose prompt is the only one that is kept.

        Raises:
            ValueError: another step was answered last.
        """
        if not self.learns:
            return []
        if self._answered is None or self._answered[0] != (step.day, step.minute):
            raise ValueError(f"step {step.index} is not the step that was answered last: its prompt is not known")
        return pairs_of(step, self._answered[1], self._scheme, step.action.activity not in self._good)

    def load_adapter(self, adapter: Path) -> None:
        """Load the adapter of an earlier night."""
        self._model.load_adapter(adapter)

    def train(self, replay: Replay, *, at: int, day: int, asked: bool, folder: Path, progress: Progress) -> tuple[Night, list[Pair]]:
        """Train on the replay buffer; see :meth:`propersim.learning.night.Learner.train`."""
        if self._learner is None:
            raise ValueError("this assistant does not learn")
        return self._learner.train(replay, at=at, day=day, asked=asked, folder=folder, progress=progress)


def _keep(known: dict[str, list[str]], activity: str, text: str) -> None:
    """Keep a suggestion with an activity, and the newest ones alone."""
    texts = known.setdefault(activity, [])
    if text not in texts:
        texts.append(text)
        del texts[:-GOOD]
