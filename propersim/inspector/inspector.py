"""The examiner: answers questions about the moments of a stored run, a piece of work at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from propersim.core.clock import MINUTES_PER_DAY
from propersim.core.errors import InputError, PropersimError, UnknownRun
from propersim.core.interfaces import threshold
from propersim.core.records import Candidate, Night, Step
from propersim.core.text import clean
from propersim.inspector.grid import Grid
from propersim.inspector.open_run import OpenRun, worn
from propersim.inspector.protocol import (
    Answer,
    Ask,
    Asked,
    Examine,
    Examined,
    Likelihood,
    Map,
    Question,
    Recall,
    Recalled,
    Remembered,
    Source,
    Trouble,
    Weighed,
)
from propersim.inspector.speak_map import mapped
from propersim.inspector.suggestion_sample import favoured
from propersim.memory.state import State

if TYPE_CHECKING:
    from propersim.models.model import LoadedModel

SUGGESTIONS = 2
"""Drawn when a moment is asked again."""
MATCHES = 20
"""Remembered pairs that are told."""
LEAST = 1e-16
"""A probability counts as no less, so that its logarithm is a number."""


class Examiner:
    """Answers questions about one run; reads, and never writes.

    Args:
        db: the database file.
        run_id: the run in it.
    """

    def __init__(self, db: Path, run_id: str) -> None:
        self._db = db
        self._run_id = run_id
        self._opened: OpenRun | None = None

    def answer(self, question: Question) -> Iterator[Answer | None]:
        """Yield the answers to a question, and None after each piece of the work on them.

        Between two pieces others may be done: each begins with what it needs, whatever the model wore meanwhile.

        Raises:
            Exception: whatever is a fault inside; what a person should know of is a :class:`Trouble`.
        """
        try:
            run = self._run()
            if isinstance(question, Examine):
                yield from _examine(run, question)
                return
            if isinstance(question, Recall):
                yield _recall(run, question)
                return
            run.needs_model()
            yield run.load()
            if isinstance(question, Ask):
                yield _ask(run, question)
            elif isinstance(question, Map):
                yield from mapped(run, grid_of(run), question)
            else:
                yield from favoured(run, grid_of(run), question)
        except PropersimError as error:
            yield Trouble(error.message, error.hint or "", number=question.number)

    def _run(self) -> OpenRun:
        """Return the run as it is now; one that could not be read is opened anew."""
        if self._opened is None:
            self._opened = OpenRun(self._db, self._run_id)
        try:
            self._opened.refresh()
        except UnknownRun:
            # Work that is under way may still hold the store: it is closed with the last of it.
            self._opened = None
            raise
        return self._opened


def _examine(run: OpenRun, question: Examine) -> Iterator[Answer | None]:
    step = run.story.step(question.index)
    state = run.story.state(step.index)
    then, newest = run.worn_at(step.index), run.newest
    sources = _sources(step, run.config.scheme)
    lacking, hint = "", ""
    prompt: tuple[str, ...] = ()
    chances: dict[int, float] = {}
    likely: dict[int, list[Likelihood]] = {}
    if state is not None and not run.has_model:
        prompt = _messages(run, state)
    elif state is not None:
        try:
            yield run.load()
            prompt = _pieces(run.bare, state)
        except PropersimError as error:
            lacking, hint = error.message, error.hint or ""
    if prompt and state is not None and run.has_model:
        # First with what it wears already: changing takes longer than asking.
        for night in sorted({_at(one): one for one in (then, newest)}.values(), key=lambda one: one != run.wearing):
            try:
                chances[_at(night)], likely[_at(night)] = _weighed(run.model(night), state, step)
            except PropersimError as error:
                lacking, hint = error.message, error.hint or ""
    now_, then_ = likely.get(_at(newest)), likely.get(_at(then))
    yield Examined(
        index=step.index,
        state=state,
        prompt=prompt,
        adapter=worn(then),
        newest=worn(newest),
        p_speak=chances.get(_at(then)),
        p_now=chances.get(_at(newest)),
        stored=step.p_speak,
        candidates=tuple(
            Weighed(candidate, source, then_[i] if then_ else None, now_[i] if now_ else None)
            for i, (candidate, source) in enumerate(zip(step.candidates, sources, strict=True))
        ),
        shown=step.shown,
        pairs=tuple(msgspec.structs.replace(pair, prompt=()) for pair in run.store.pairs_at(run.row, step.index)),
        nights=tuple(dict.fromkeys(night.day for night in run.nights if step.index in night.trained)),
        lacking=lacking,
        hint=hint,
        number=question.number,
    )


def _ask(run: OpenRun, question: Ask) -> Asked:
    step = run.story.step(question.index)
    night = run.after(question.day)
    state = run.story.state(step.index)
    assert state is not None
    from propersim.assistant.llama import draw_suggestions

    model = run.model(night)
    decision = model.decide(model.codec.prompt(state))
    place = (step.index, night.at if night is not None else 0)
    said, _, _ = draw_suggestions(model, decision, range(SUGGESTIONS), run.config.seed, "examine/ask", *place)

    def rate(text: str | None) -> Candidate:
        return run.judge.rate(text, step.action, step.minute, step.clocks, step.moment)

    return Asked(
        index=step.index,
        day=question.day,
        adapter=worn(night),
        p_speak=decision.p_speak,
        speaks=None if run.config.scheme == "paper" else decision.p_speak > threshold(model.taught),
        silence=rate(None),
        said=tuple(rate(text) for text in said if text is not None),
        number=question.number,
    )


def _recall(run: OpenRun, question: Recall) -> Recalled:
    if not run.remembers:
        raise InputError(
            f"the assistant of run {run.row.id} is {run.row.assistant}, a control: it remembers nothing",
            "choose a run of the assistant llama or api",
        )
    if run.config.memory == "none":
        raise InputError(f"run {run.row.id} remembers nothing: it was begun with --memory none", "choose another run")
    text = clean(question.text)
    memory = run.story.memory(run.story.step(question.index).index)
    days = [(row.day, row.plan.wake + (row.day - 1) * MINUTES_PER_DAY) for row in run.store.days(run.row)]
    found = []
    for one in memory.matching(text, MATCHES):
        # A day is named by its waking, and its clock goes on past midnight.
        day = next(number for number, waking in reversed(days) if waking <= one.last)
        minute = one.last - (day - 1) * MINUTES_PER_DAY
        found.append(Remembered(one.activity, one.topic, one.text, one.similarity, day, minute, one.count, one.score))
    return Recalled(question.index, text, tuple(found), number=question.number)


def grid_of(run: OpenRun) -> Grid:
    """Return the hours and activities of a run's days so far.

    Raises:
        InputError: no day has begun.
    """
    plans = [row.plan for row in run.store.days(run.row)]
    if not plans:
        raise InputError(f"run {run.row.id} has not begun", "let it live some hours")
    return Grid(plans, run.story.steps, run.config.timestep, run.judge.rules.frequency)


def _at(night: Night | None) -> int:
    """Return from which step on a night's adapter is worn; the base: -1."""
    return night.at if night is not None else -1


def _sources(step: Step, scheme: str) -> list[Source]:
    """Return where each candidate of a step came from."""
    own = 1 + step.drawn - step.malformed if scheme == "factored" and step.p_speak is not None else len(step.candidates)
    return ["silence" if one.text is None else "drawn" if i < own else "recalled" for i, one in enumerate(step.candidates)]


def _pieces(model: LoadedModel, state: State) -> tuple[str, ...]:
    """Return the prompt of a state, each of its tokens as text."""
    decode = model.tokenizer.decode
    return tuple(decode([one], skip_special_tokens=False, clean_up_tokenization_spaces=False) for one in model.codec.prompt(state))


def _messages(run: OpenRun, state: State) -> tuple[str, ...]:
    """Return the messages that an endpoint was sent with a state, each as text."""
    from propersim.assistant.api import messages
    from propersim.persona.description import introduce

    told = introduce(run.judge.persona) if run.config.reveal_persona == "on" else None
    return tuple(f"{one['role']}:\n{one['content']}\n\n" for one in messages(state, told))


def _weighed(model: LoadedModel, state: State, step: Step) -> tuple[float, list[Likelihood]]:
    """Return a model's probability of speaking at a step, and how likely each of its candidates is."""
    decision = model.decide(model.codec.prompt(state))
    speak, silent = (math.log(max(LEAST, one)) for one in (decision.p_speak, 1 - decision.p_speak))
    texts = [one.text for one in step.candidates if one.text is not None]
    words = iter(model.likelihoods(decision, texts) if texts else [])
    found = [Likelihood(silent) if one.text is None else Likelihood(speak, *next(words)) for one in step.candidates]
    return decision.p_speak, found
