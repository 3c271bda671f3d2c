"""The assistant whose model is on this machine (paper, section 4).

It decides whether to speak, then writes a suggestion.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from propersim.assistant.exploration import Exploration
from propersim.assistant.silence import CHOICES
from propersim.core.feedback import Feedback
from propersim.core.interfaces import Observation, Progress, ReplayBuffer, Response
from propersim.core.records import Night, Pair
from propersim.core.rng import uniform
from propersim.learning.night import Learner
from propersim.learning.pairs import content_score, pairs_of
from propersim.memory.assistant_base import SUGGESTION_ATTEMPTS, MemoryAssistant
from propersim.memory.evidence_choice import good_topics, is_about_good, knows_topic, tone_to_try, topic_to_tell, topic_to_try
from propersim.memory.evidence_text import brief
from propersim.memory.memory import Memory
from propersim.memory.state import AssistantState
from propersim.models.model import Decision, LoadedModel
from propersim.models.presets import Teaching
from propersim.models.starters import facts_of
from propersim.models.text_codec import TextCodec
from propersim.reading.classifier import default_reader
from propersim.reading.named_times import misplaced_time
from propersim.world.catalogue import tones, topics

CLOSE_DECISION = 0.1
"""Probability of speaking above which candidates are drawn at every silent step, because the decision is close."""
POOL_SIZE = 100
"""Number of earlier suggestions kept per activity, for each of the two pools (content score of 2; preference alone)."""
REPEAT_DAYS = 7
"""Days in which no sentence is shown twice."""
DRAWN_AT_ONCE = 8
"""Number of them in a batch."""


def draw_suggestions(
    model: LoadedModel,
    decision: Decision,
    numbers: Sequence[int],
    seed: int,
    purpose: str,
    *place: int,
    given: Sequence[Sequence[int]] = (),
) -> tuple[list[str | None], int, int]:
    """Draw suggestions after a decision, as one batch; each malformed one is drawn once more.

    Args:
        model: the model.
        decision: the decision after which the suggestions follow.
        numbers: numbers of the suggestions; each has random numbers of its own.
        seed: the run's seed.
        purpose: name of the stream of random numbers.
        *place: where in the run they are drawn, such as day and step.
        given: tokens with which each suggestion begins; see :meth:`propersim.models.model.LoadedModel.say`.

    Returns:
        A suggestion per number (None where it was malformed twice), how many were drawn, and how many of those were malformed.
    """
    said: list[str | None] = [None] * len(numbers)
    drawn = malformed = 0
    for attempt in range(SUGGESTION_ATTEMPTS):
        missing = [k for k, text in enumerate(said) if text is None]
        if not missing:
            break
        seeds = [int(uniform(seed, purpose, *place, numbers[k], attempt) * 2**53) for k in missing]
        drawn += len(seeds)
        begins = [given[k] for k in missing] if given else ()
        for k, text in zip(missing, model.say(decision, seeds, begins), strict=True):
            said[k] = text
            malformed += text is None
    return said, drawn, malformed


class Llama(MemoryAssistant):
    """An assistant with a memory and a loaded model, which may learn.

    Args:
        model: the loaded model.
        memory: the assistant's memory.
        seed: the run's seed.
        teaching: settings of sampling, exploration and training.
        scheme: ``factored`` or ``paper``.
        learn: ``dpo``, ``kto`` or ``none``.
        n: spoken candidates per step; in ``paper``, whole answers.
        complete: whether candidates that are not shown are rated too.
        exploration: most unwelcome recommendations that are shown in order to learn.
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
        complete: bool = True,
        exploration: int = 0,
    ) -> None:
        super().__init__(memory)
        self._model = model
        self._seed = seed
        self._teaching = teaching
        self._scheme = scheme
        reads_ratings = memory.level == "evidence"
        # Whether the model can be told topic and tone.
        self._told = reads_ratings and bool(model.codec.about(next(iter(topics())), next(iter(tones()))))
        self._compares = complete and (learn != "none" or reads_ratings)
        self._count = n if self._compares else 1
        self._exploration = Exploration(exploration)
        # The built-in model was trained on sentences that fit the hour; others often say "this morning" in the evening.
        self._names_any_time = self._told and isinstance(model.codec, TextCodec)
        # Index of the first step of day 2.
        self._second_day: int | None = None
        self._shown: deque[tuple[int, str]] = deque()
        self._learner = Learner(model, teaching, learn=learn, scheme=scheme, seed=seed, cautious=self._told) if learn != "none" else None
        self._answered: tuple[tuple[int, float], list[int]] | None = None
        self._good: dict[str, list[str]] = {}
        self._half: dict[str, list[str]] = {}

    @property
    def learns(self) -> bool:
        """Whether the model is trained on ratings."""
        return self._learner is not None

    @property
    def device(self) -> str:
        """The device that the model is on: ``cpu``, ``cuda`` or ``mps``."""
        return self._model.device

    @property
    def starter(self) -> dict[str, Any] | None:
        """Facts about the model's starter adapter, for the run's record; None without one."""
        return None if self._model.starter is None else facts_of(self._model.starter)

    @property
    def notices(self) -> tuple[str, ...]:
        """Warnings about the model, to be shown with the run."""
        return self._model.notices

    def respond(self, observation: Observation) -> Response:
        """Decide whether to speak, and draw candidates.

        The answer is silence if no suggestion is well-formed.
        """
        state = self._memory.state(observation)
        prompt = self._model.codec.prompt(state)
        # Nights are trained on the moment and its ratings alone.
        trained = prompt if state.log is None or not self.learns else self._model.codec.prompt(replace(state, log=None))
        self._answered = (observation.day, observation.minute), trained
        decision = self._decide(prompt)
        answers = self._whole_answers(observation, decision) if self._scheme == "paper" else self._factored(observation, state, decision)
        return replace(answers, evidence=brief(state.evidence))

    def _decide(self, prompt: Sequence[int]) -> Decision:
        return self._model.decide(prompt)

    def _factored(self, observation: Observation, state: AssistantState, decision: Decision) -> Response:
        """Return silence and spoken candidates.

        The decision picks silence or the first suggestion, never the best rated.
        """
        day, step, threshold = observation.day, observation.step, self._model.threshold
        speaks = decision.p_speak > threshold and self._knows_what(state)
        explored = not speaks and uniform(self._seed, "exploration", day, step) < self._exploration.probability(day, decision.p_speak)
        share = 1.0 if decision.p_speak > CLOSE_DECISION else self._teaching.explore_on(day)
        compares = self._compares and uniform(self._seed, "explore", day, step) < share
        if not (speaks or explored or compares):
            return Response((None,), p_speak=decision.p_speak, threshold=threshold)
        numbers = self._numbers(state, speaks=speaks or explored)
        wanted, tries = self._wanted(observation, state, numbers)
        given = [self._model.codec.about(*one) for one in wanted]
        chooses = bool(tries) and numbers[0] == 0 and not tries[0] and self._told
        said, drawn, malformed = draw_suggestions(
            self._model, decision, numbers[chooses:], self._seed, "content", day, step, given=given[chooses:]
        )
        if chooses:
            first, more, bad = self._chosen(observation, state, decision, given[0])
            said, drawn, malformed = [first, *said], drawn + more, malformed + bad
        order = sorted(range(len(said)), key=lambda k: tries[k])
        texts = list(dict.fromkeys(text for k in order if (text := said[k]) is not None))
        tried = len({said[k] for k in order if tries[k]} - {said[k] for k in order if not tries[k]} - {None})
        recalled = [text for text in self._recalled(observation) if text not in texts]
        shown = texts.index(said[0]) + 1 if (speaks or explored) and said[0] is not None else 0
        return Response(
            (None, *texts, *recalled),
            shown,
            drawn,
            malformed,
            decision.p_speak,
            len(recalled),
            tried=tried,
            threshold=threshold,
            explored=explored and shown > 0,
        )

    def _knows_what(self, state: AssistantState) -> bool:
        """Return whether a topic is known to be good now, as far as that matters.

        It matters where silence can find one. Where suggestions that are not shown are rated too, nobody has to bear an untried one.
        """
        return not (self._told and self._compares) or knows_topic(state.evidence)

    def _numbers(self, state: AssistantState, *, speaks: bool) -> list[int]:
        """Return the numbers of the suggestions to be drawn; 0 is the one that is shown.

        Where the assistant stays silent and reads evidence, only suggestions to try are drawn.
        """
        count = self._count
        return list(range(count)) if speaks or state.evidence is None or count == 1 else list(range(1, count))

    def _wanted(self, observation: Observation, state: AssistantState, numbers: Sequence[int]) -> tuple[list[tuple[str, str]], list[bool]]:
        """Return the topic and tone of each suggestion, and whether each topic is to be tried.

        There are no topics and tones where the model reads no evidence.

        The first suggestion is about one of the topics that are known to be good, in a good tone; all others, and the first where none is
        known, are about topics to try.
        """
        evidence = state.evidence
        if evidence is None or not self._told:
            return [], [False] * len(numbers)
        good = good_topics(evidence)
        wanted: list[tuple[str, str]] = []
        tries = []
        for number in numbers:
            place = observation.day, observation.step, number
            draw = uniform(self._seed, "topic", *place)
            tries.append(number > 0 or not good)
            topic = topic_to_try(evidence, draw) if number > 0 else topic_to_tell(evidence, draw)
            wanted.append((topic, tone_to_try(evidence, uniform(self._seed, "tone", *place))))
        return wanted, tries

    def _chosen(
        self, observation: Observation, state: AssistantState, decision: Decision, given: Sequence[int]
    ) -> tuple[str | None, int, int]:
        """Return a recommendation, not shown of late, whose topic and tone the ratings call good.

        It is None where none is drawn.

        Also returns how many suggestions were drawn, and how many of them were malformed. A small model often speaks about something else
        than it is told, so some are drawn at once, and the first that fits is taken.
        """
        evidence = state.evidence
        assert evidence is not None
        known = {text for _, text in self._shown}
        drawn = malformed = 0
        for attempt in range(CHOICES // DRAWN_AT_ONCE):
            place = observation.day, observation.step, attempt
            seeds = [int(uniform(self._seed, "choice", *place, i) * 2**53) for i in range(DRAWN_AT_ONCE)]
            texts = self._model.say(decision, seeds, [given] * len(seeds))
            drawn += len(texts)
            malformed += sum(text is None for text in texts)
            for text in texts:
                if text is None or text in known:
                    continue
                reading = default_reader().read(text)
                timely = not self._names_any_time or misplaced_time(text, state.minute, state.weekday) is None
                if reading.recommends and timely and is_about_good(evidence, reading.topic, reading.tone):
                    return text, drawn, malformed
        return None, drawn, malformed

    def _whole_answers(self, observation: Observation, decision: Decision) -> Response:
        """Return whole answers sampled from the policy and show the first, as published."""
        speaks = [uniform(self._seed, "decision", observation.day, observation.step, i) < decision.p_speak for i in range(self._count)]
        numbers = [i for i, speaking in enumerate(speaks) if speaking]
        said, drawn, malformed = draw_suggestions(self._model, decision, numbers, self._seed, "content", observation.day, observation.step)
        spoken = iter(said)
        return Response(tuple(next(spoken) if speaking else None for speaking in speaks), 0, drawn, malformed, decision.p_speak)

    def _recalled(self, observation: Observation) -> list[str]:
        """Return earlier good suggestions, to compare the new ones with.

        Good suggestions have a content score of 2; those of the same activity are taken if there are any.

        If there are none, each pool is chosen with equal probability: those of other activities, or those of this activity with preference
        alone.
        """
        here, place = observation.action.activity, (observation.day, observation.step)
        pools = [self._good[here]] if here in self._good else [pool for pool in (self._good.get(""), self._half.get(here)) if pool]
        if not pools or not self.learns or not self._compares:
            return []
        pool = pools[int(uniform(self._seed, "recalled/from", *place) * len(pools))]
        picks = [int(uniform(self._seed, "recalled", *place, i) * len(pool)) for i in range(self._teaching.recalled)]
        return list(dict.fromkeys(pool[pick] for pick in picks))

    def observe(self, feedback: Feedback) -> None:
        """Remember the step, and its good suggestions."""
        super().observe(feedback)
        self._exploration.observe(feedback)
        if feedback.day > 1 and self._second_day is None:
            self._second_day = feedback.index
        if feedback.spoke:
            self._shown.append((feedback.day, feedback.answer.text or ""))
        while self._shown and self._shown[0][0] <= feedback.day - REPEAT_DAYS:
            self._shown.popleft()
        self._keep_good(feedback)

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Remember the ratings, and the suggestions that they call good."""
        super().reveal(feedback)
        self._exploration.reveal(feedback)
        for one in feedback:
            self._keep_good(one)

    def _keep_good(self, feedback: Feedback) -> None:
        here = feedback.action.activity
        for candidate in feedback.candidates:
            if candidate.text is None or candidate.rating is None:
                continue
            if content_score(candidate.rating) == 2:
                _keep(self._good, here, candidate.text)
                _keep(self._good, "", candidate.text)
            elif candidate.rating.preference:
                _keep(self._half, here, candidate.text)

    def pairs(self, feedback: Feedback) -> list[Pair]:
        """Return the preference pairs of the step that was answered last.

        Only the prompt of that step is kept.

        Raises:
            ValueError: another step was answered last.
        """
        if not self.learns:
            return []
        if self._answered is None or self._answered[0] != (feedback.day, feedback.minute):
            raise ValueError(f"step {feedback.index} is not the step that was answered last: its prompt is not known")
        return pairs_of(feedback, self._answered[1], self._scheme, feedback.action.activity not in self._good)

    def load_adapter(self, adapter: Path | None, threshold: float | None = None) -> None:
        """Load the adapter of an earlier night, and use its threshold; None stands for none."""
        self._model.load_adapter(adapter, threshold)

    def train(
        self, replay: ReplayBuffer, *, at: int, day: int, asked: bool, recent: int, folder: Path, progress: Progress
    ) -> tuple[Night, list[Pair]]:
        """Train on the replay buffer; see :meth:`propersim.learning.night.Learner.train`.

        Args:
            replay: the replay buffer.
            at: steps of the run so far.
            day: the day that is over, or under way.
            asked: whether a person asked for the training.
            recent: index of the first step of the last three days.
            folder: folder of the run's adapters.
            progress: called before the first and after each optimiser step.

        Raises:
            ValueError: this assistant does not learn.
            TrainingFailed: the training failed.
        """
        if self._learner is None:
            raise ValueError("this assistant does not learn")
        if self._memory.level == "evidence":
            replay = self._with_evidence(replay)
        return self._learner.train(replay, at=at, day=day, asked=asked, recent=recent, folder=folder, progress=progress)

    def _with_evidence(self, replay: ReplayBuffer) -> ReplayBuffer:
        """Return a replay buffer without the decisions of day 1.

        Nothing was known of the user on that day. Decisions of then would teach to speak without evidence, of which there is some now.
        """

        def rest(kind: str, count: int) -> list[Pair]:
            first = self._second_day
            return [pair for pair in replay(kind, count) if kind != "decision" or (first is not None and pair.index >= first)]

        return rest


def _keep(pool: dict[str, list[str]], activity: str, text: str) -> None:
    """Add a suggestion to an activity's pool, which holds the newest :data:`POOL_SIZE`."""
    texts = pool.setdefault(activity, [])
    if text not in texts:
        texts.append(text)
        del texts[:-POOL_SIZE]
