"""The inspector answers questions about the steps of a stored run, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from propersim.core.clock import minutes_of_run
from propersim.core.errors import InputError, PropersimError, UnknownRun
from propersim.core.records import Candidate, Night, Step
from propersim.core.text import clean
from propersim.inspector.grid import Grid
from propersim.inspector.inspected_run import InspectedRun, adapter_of
from propersim.inspector.protocol import (
    AnswerAgain,
    AnsweredAgain,
    CandidateLogProbs,
    InspectedCandidate,
    InspectedStep,
    InspectorError,
    InspectStep,
    MapSpeaking,
    MemoryMatch,
    MemoryMatches,
    Question,
    Reply,
    SearchMemory,
)
from propersim.inspector.speak_map import moment_map, speak_maps
from propersim.inspector.suggestion_sample import sample_suggestions
from propersim.memory.evidence_choice import knows_topic
from propersim.memory.state import AssistantState
from propersim.user.reaction import plan_at

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel

SUGGESTIONS = 2
"""Number of suggestions that are drawn when a step is answered again."""
MATCHES = 20
"""Maximum number of memories that are returned."""
LEAST = 1e-16
"""Lower bound of a probability before its logarithm is taken."""


class Inspector:
    """Answers questions about one run, which it reads and never writes.

    Args:
        db: the database file.
        run_id: the run's full id.
    """

    def __init__(self, db: Path, run_id: str) -> None:
        self._db = db
        self._run_id = run_id
        self._opened: InspectedRun | None = None

    def answer(self, question: Question) -> Iterator[Reply | None]:
        """Yield the answers to a question, and None after each piece of work without an answer.

        Pieces of different questions may alternate: each piece loads the adapter that it needs.

        Raises:
            Exception: an internal error; errors that a person can act on are yielded as :class:`InspectorError`.
        """
        try:
            run = self._run()
            if isinstance(question, InspectStep):
                yield from _examine(run, question)
                return
            if isinstance(question, SearchMemory):
                yield _recall(run, question)
                return
            run.needs_model()
            # What the ratings say changes with every step, so it is said anew also where the model is loaded.
            if isinstance(question, MapSpeaking) and (question.day is None or not run.loaded):
                yield moment_map(run, grid_of(run), question)
            yield run.load()
            if isinstance(question, AnswerAgain):
                yield _ask(run, question)
            elif isinstance(question, MapSpeaking):
                yield from speak_maps(run, grid_of(run), question)
            else:
                yield from sample_suggestions(run, grid_of(run), question)
        except PropersimError as error:
            yield InspectorError(error.message, error.hint or "", number=question.number)

    def _run(self) -> InspectedRun:
        """Return the run in its current state; open it again if it could not be read before."""
        if self._opened is None:
            self._opened = InspectedRun(self._db, self._run_id)
        try:
            self._opened.refresh()
        except UnknownRun:
            # The store is not closed here: unfinished pieces of work may still use it.
            self._opened = None
            raise
        return self._opened


def _examine(run: InspectedRun, question: InspectStep) -> Iterator[Reply | None]:
    step = run.replay.step(question.index)
    state = run.replay.state(step.index)
    then, newest = run.night_at(step.index), run.newest
    lacking, hint = "", ""
    prompt: tuple[str, ...] = ()
    chances: dict[int, float] = {}
    log_probs: dict[int, list[CandidateLogProbs]] = {}
    if state is not None and not run.has_model:
        prompt = _messages(run, state)
    elif state is not None:
        try:
            yield run.load()
            prompt = _token_texts(run.loaded_model, state)
        except PropersimError as error:
            lacking, hint = error.message, error.hint or ""
    if prompt and state is not None and run.has_model:
        # The loaded adapter comes first, because loading another takes longer than the computation.
        for night in sorted({_at(night): night for night in (then, newest)}.values(), key=lambda night: night != run.loaded_night):
            try:
                chances[_at(night)], log_probs[_at(night)] = _log_probs(run.model(night), state, step)
            except PropersimError as error:
                lacking, hint = error.message, error.hint or ""
    now_, then_ = log_probs.get(_at(newest)), log_probs.get(_at(then))
    yield InspectedStep(
        index=step.index,
        state=state,
        prompt=prompt,
        adapter=adapter_of(then),
        newest=adapter_of(newest),
        p_speak=chances.get(_at(then)),
        p_now=chances.get(_at(newest)),
        stored=step.p_speak,
        candidates=tuple(
            InspectedCandidate(candidate, then_[i] if then_ else None, now_[i] if now_ else None)
            for i, candidate in enumerate(step.candidates)
        ),
        shown=step.shown,
        pairs=tuple(msgspec.structs.replace(pair, prompt=()) for pair in run.store.pairs_at(run.row, step.index)),
        nights=tuple(dict.fromkeys(night.day for night in run.nights if step.index in night.trained)),
        lacking=lacking,
        hint=hint,
        number=question.number,
    )


def _ask(run: InspectedRun, question: AnswerAgain) -> AnsweredAgain:
    step = run.replay.step(question.index)
    night = run.night_of_day(question.day)
    state = run.replay.state(step.index)
    assert state is not None
    from propersim.assistant.llama import draw_suggestions

    model = run.model(night)
    decision = model.decide(model.codec.prompt(state))
    place = (step.index, night.at if night is not None else 0)
    texts, _, _ = draw_suggestions(model, decision, range(SUGGESTIONS), run.config.seed, "examine/ask", *place)

    def rate(text: str | None) -> Candidate:
        return run.judge.rate(text, step.action, step.day, step.minute, step.clocks, step.moment)

    threshold = None if run.config.scheme == "paper" else model.threshold
    exceeded = threshold is not None and decision.p_speak > threshold
    lacks_topic = exceeded and run.needs_topic and not knows_topic(state.evidence)
    return AnsweredAgain(
        index=step.index,
        day=question.day,
        adapter=adapter_of(night),
        p_speak=decision.p_speak,
        speaks=None if threshold is None else exceeded and not lacks_topic,
        silence=rate(None),
        said=tuple(rate(text) for text in texts if text is not None),
        threshold=threshold,
        lacks_topic=lacks_topic,
        number=question.number,
    )


def _recall(run: InspectedRun, question: SearchMemory) -> MemoryMatches:
    if not run.remembers:
        raise InputError(
            f"the assistant of run {run.row.id} is {run.row.assistant}, a control without a memory",
            "choose a run of the assistant llama or api",
        )
    if run.config.memory == "none":
        raise InputError(f"run {run.row.id} has no memory: it was started with --memory none", "choose another run")
    text = clean(question.text)
    memory = run.replay.memory(run.replay.step(question.index).index)
    days = [(row.day, minutes_of_run(row.day, row.plan.wake)) for row in run.store.days(run.row)]
    matches = []
    for match in memory.matching(text, MATCHES):
        # A day begins with waking, and its clock goes on past midnight.
        day = next(number for number, waking in reversed(days) if waking <= match.last)
        minute = match.last - minutes_of_run(day, 0)
        matches.append(MemoryMatch(match.activity, match.topic, match.text, match.similarity, day, minute, match.count, match.score))
    return MemoryMatches(question.index, text, tuple(matches), number=question.number)


def grid_of(run: InspectedRun) -> Grid:
    """Return the grid of a run's days so far.

    Raises:
        InputError: no day has begun.
    """
    taken_up: dict[int, list[Step]] = {}
    for step in run.replay.steps if run.config.reactive == "on" else ():
        taken_up.setdefault(step.day, []).append(step)
    plans = [plan_at(row.plan, taken_up.get(row.day, ()), run.judge.rules) for row in run.store.days(run.row)]
    if not plans:
        raise InputError(f"run {run.row.id} has not begun", "let it run for some hours")
    return Grid(plans, run.replay.steps, run.config.timestep, run.judge.rules)


def _at(night: Night | None) -> int:
    """Return the first step that is made with a night's adapter; -1 for the base model."""
    return night.at if night is not None else -1


def _token_texts(model: LoadedModel, state: AssistantState) -> tuple[str, ...]:
    """Return the prompt of a state as the texts of its tokens."""
    decode = model.tokenizer.decode
    return tuple(decode([token], skip_special_tokens=False, clean_up_tokenization_spaces=False) for token in model.codec.prompt(state))


def _messages(run: InspectedRun, state: AssistantState) -> tuple[str, ...]:
    """Return the messages that were sent to an endpoint for a state, each as text."""
    from propersim.assistant.api import messages
    from propersim.persona.description import describe_persona

    persona = describe_persona(run.judge.persona) if run.config.reveal_persona == "on" else None
    return tuple(f"{message['role']}:\n{message['content']}\n\n" for message in messages(state, persona))


def _log_probs(model: LoadedModel, state: AssistantState, step: Step) -> tuple[float, list[CandidateLogProbs]]:
    """Return a model's probability of speaking, and the log-probabilities of the candidates."""
    decision = model.decide(model.codec.prompt(state))
    speak, silent = (math.log(max(LEAST, chance)) for chance in (decision.p_speak, 1 - decision.p_speak))
    texts = [candidate.text for candidate in step.candidates if candidate.text is not None]
    of_texts = iter(model.log_probs(decision, texts) if texts else [])
    result = [
        CandidateLogProbs(silent) if candidate.text is None else CandidateLogProbs(speak, *next(of_texts)) for candidate in step.candidates
    ]
    return decision.p_speak, result
