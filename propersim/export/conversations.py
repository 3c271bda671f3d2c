"""Prompts and answers of a run in words, as conversations for trainers of chat models.

A prompt is the state that the assistant had at a step, rebuilt from the records as a resume does: the memory is given each step before it,
with the ratings that the assistant was given and no others. A local model that reads text gets the instruction and the state that it read
itself. For all other assistants (HomeLM reads fields, controls read nothing) the state is described as to a model that reads text.

A trainer recognises control tokens anywhere in a text: untrusted text has its brackets as escapes of JSON, so that it holds none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import Final

from propersim.core.config import RunConfig
from propersim.core.feedback import Feedback
from propersim.core.prompts import answer_json, without_brackets
from propersim.core.records import Pair, Step
from propersim.core.text import clean
from propersim.learning.pairs import best_suggestion, labels_of
from propersim.memory.embedder import CachingEmbedder
from propersim.memory.state import AssistantState
from propersim.memory.state_text import EVIDENCE_INSTRUCTION, INSTRUCTION, describe, describe_evidence
from propersim.models.chat_template import ASK, Message
from propersim.models.text_codec import LONGEST_PERSONA
from propersim.reading.classifier import default_reader
from propersim.runs.create import run_config, stored_persona
from propersim.runs.factory import make_embedder, make_feedback, make_memory, revealed_persona
from propersim.runs.memory_replay import MemoryReplay
from propersim.store.store import RunRow, Store

_NO_PAIRS: Final = (0, None)


class Moment:
    """A step of a run with the ratings that its assistant was given.

    Attributes:
        step: the record of the step.
        feedback: the step with its revealed ratings.
        revealed: whether all of these have been revealed by now: what is revealed at night is not before it.
    """

    def __init__(self, step: Step, feedback: Feedback, revealed: bool, conversations: Conversations, replay: MemoryReplay) -> None:
        self.step = step
        self.feedback = feedback
        self.revealed = revealed
        self._conversations = conversations
        self._replay = replay

    def state(self) -> AssistantState:
        """Return the assistant's state at this step.

        To be called before the next moment.
        """
        return self._replay.state(self.step)

    def prompt(self) -> list[Message]:
        """Return the messages that a model is asked with at this step.

        To be called before the next moment.
        """
        return self._conversations.prompt(self.state())


class Conversations:
    """The conversations of a run.

    Args:
        store: the store of the run.
        run: the run.

    Attributes:
        reads_evidence_in_words: whether its prompts hold the moment and what the ratings say of it, and nothing else.
        without_suggestion: preference pairs that were left out because nothing was suggested at their step, which can be read at the end.

    Raises:
        InputError: the run's embedder cannot be used.
        StoreError: the run's row is damaged.
    """

    def __init__(self, store: Store, run: RunRow) -> None:
        self._store = store
        self._run = run
        self._config: RunConfig = run_config(run)
        # Models of this machine read the persona in the question; see TextCodec.
        person = revealed_persona(self._config, stored_persona(run))
        self._about = f"About this person: {without_brackets(clean(person, limit=LONGEST_PERSONA))}\n\n" if person else ""
        self.reads_evidence_in_words = self._config.reads_evidence_in_words
        self.without_suggestion = 0

    def prompt(self, state: AssistantState) -> list[Message]:
        """Return the messages that a model is asked with in a state.

        As in a night's training, the log of the day is left out.
        """
        instruction = EVIDENCE_INSTRUCTION if self.reads_evidence_in_words else INSTRUCTION
        state = replace(state, log=None)
        text = describe_evidence(state) if self.reads_evidence_in_words else describe(state)
        return [{"role": "system", "content": instruction}, {"role": "user", "content": f"{self._about}{text}\n\n{ASK}"}]

    def reply(self, text: str | None) -> list[Message]:
        """Return an answer as the message of a model: JSON as the instruction asks for."""
        return [{"role": "assistant", "content": self._answer_json(text)}]

    def _answer_json(self, text: str | None) -> str:
        if text is None:
            return '{"speak": false}'
        about = {}
        if self.reads_evidence_in_words:
            reading = default_reader().read(text)
            about = {"topic": reading.topic or "other", "tone": reading.tone or "plain"}
        return answer_json({"speak": True, **about, "suggestion": text})

    def moments(self) -> Iterator[Moment]:
        """Yield each step of the run, in order, with the state before it."""
        embedder = CachingEmbedder(make_embedder(self._config))
        embedder.use_stored_vectors(self._store.embedding)
        feedback = make_feedback(self._config)
        replay = MemoryReplay(make_memory(self._config, embedder), feedback, self._config.timestep)
        # Asked before the steps: a day that ends while they are read counts as not ended.
        nights = self._store.run(self._run.id).days_done
        for step in self._store.steps(self._run):
            yield Moment(step, replay.feedback(step), not feedback.delayed or step.day <= nights, self, replay)
            replay.observe(step)

    def preferences(self) -> Iterator[tuple[Moment, Pair, str | None, str | None]]:
        """Yield the preference pairs of the run as whole answers.

        Each comes as its moment, the pair, the chosen and the rejected answer (None is silence).

        A decision for or against speaking is exported with the best suggestion of its step (:func:`best_suggestion`). Where the step has
        none, there is no answer that could be rejected, and the pair is left out.
        """
        pairs = groupby(self._store.every_pair(self._run), key=lambda pair: pair.index)
        index, here = next(pairs, _NO_PAIRS)
        moments = self.moments() if here is not None else iter(())
        for moment in moments:
            while here is not None and index < moment.step.index:
                index, here = next(pairs, _NO_PAIRS)
            if here is None:
                return
            if index == moment.step.index and moment.revealed:
                yield from self._whole_answers(moment, here)

    def _whole_answers(self, moment: Moment, pairs: Iterator[Pair]) -> Iterator[tuple[Moment, Pair, str | None, str | None]]:
        """Yield the pairs of a step as whole answers."""
        best = best_suggestion(moment.feedback)
        for pair in pairs:
            chosen, rejected = pair.chosen, pair.rejected
            if pair.kind == "decision":
                if best is None:
                    self.without_suggestion += 1
                    continue
                chosen, rejected = (None if text is None else best for text in (chosen, rejected))
            yield moment, pair, chosen, rejected

    def labelled(self) -> Iterator[tuple[Moment, str | None, bool]]:
        """Yield the answers that revealed ratings call good (True) or bad (False).

        :func:`propersim.learning.pairs.labels_of` has the rule.
        """
        for moment in self.moments():
            if moment.revealed:
                for text, good in labels_of(moment.feedback):
                    yield moment, text, good

    def welcome(self) -> Iterator[tuple[Moment, str | None]]:
        """Yield the answers that were shown and that revealed ratings call good; silence is one."""
        for moment in self.moments():
            shown = moment.step.answer.text
            if moment.revealed and (shown, True) in labels_of(moment.feedback):
                yield moment, shown
