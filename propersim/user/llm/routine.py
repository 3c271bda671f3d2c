"""The user's days by a language model: when to get up, a plan by the hour, then hour by hour what is really done (paper, section 3.2).

A day depends on persona, home, model, seed and its number alone: not on the days before, nor on anything that an assistant says. So it
is made once, kept, and lived by every run that asks for the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator
from typing import Any, Final, Protocol, TypeVar

import msgspec

from propersim.core.interfaces import KeptPlans
from propersim.core.records import Action, DayPlan, Place
from propersim.core.rng import generator
from propersim.core.text import clean
from propersim.llm_client import Request
from propersim.llm_client.schema import schema_of
from propersim.persona.model import Persona
from propersim.user.llm.duties import bounds_of, duties_of
from propersim.user.llm.phrases import phrase_of
from propersim.user.llm.plan_kinds import Act, Acts, Times, acts_kind, hour_name, hours_kind, label, times_kind
from propersim.user.llm.plan_prompts import NAMES, Words, prompt_text
from propersim.user.llm.stand_in import stand_in
from propersim.user.rules import Rules
from propersim.world.catalogue import activities
from propersim.world.data import data_text
from propersim.world.home import Home

T = TypeVar("T", bound=msgspec.Struct)

TEMPERATURE: Final = 0.7
"""Of drawing: days should differ."""
DRAWS: Final = 3
"""Times that a question is put to the model, with another seed each, where what it answers is no good."""
AHEAD: Final = 60
"""Minutes that one question is about."""
SHORTEST: Final = 10
"""No action is shorter (minutes)."""
_LONGEST_PLAN, _LONGEST_CHANGE = 80, 120


def _hash() -> str:
    """Return a hash of all that decides what is asked and how answers are read, persona and home aside."""
    total = hashlib.sha256()
    schemas = [schema_of(kind).text for kind in (times_kind((420,), (1380,)), hours_kind(((420, 480),)), acts_kind(("room/object",)))]
    for text in (
        *map(prompt_text, NAMES),
        *schemas,
        data_text("activities.yaml"),
        str((TEMPERATURE, AHEAD, _LONGEST_PLAN, _LONGEST_CHANGE)),
    ):
        total.update(text.encode() + b"\0")
    return total.hexdigest()[:16]


PROMPTS: Final = _hash()
"""Hash of prompts, schemas and catalogue: other words give other days."""


class Asks(Protocol):
    """Who asks the model; see :class:`propersim.llm_client.Asker`."""

    @property
    def model(self) -> str:
        """The model, as its endpoint calls it."""
        ...

    def ask(self, request: Request[T]) -> T:
        """Return the answer to a question."""
        ...


class LlmRoutine:
    """Plans a persona's days by a language model.

    Args:
        persona: who.
        home: where.
        seed: of the run.
        asker: who asks the model.
        kept: days that were planned before.
    """

    def __init__(self, persona: Persona, home: Home, seed: int, asker: Asks, kept: KeptPlans) -> None:
        self._persona, self._home, self._seed = persona, home, seed
        self._asker, self._kept = asker, kept
        self._rules = Rules(persona)
        self._words = Words(persona, home)
        self._acts = acts_kind(tuple(home.places))

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day (1, 2, …): the one that is kept, else a new one, which is kept from then on.

        Raises:
            Outage: it cannot be had now; answers so far are stored, and cost nothing when it is asked for again.
            Unusable: it can never be had of this endpoint.
        """
        known = self.kept(day)
        if known is not None:
            return known
        asking = self._asking(day)
        request = next(asking)
        while True:
            answer = self._asker.ask(request)
            try:
                request = asking.send(answer)
            except StopIteration as made:
                return self._kept.keep_plan(self._key(day), made.value)

    def kept(self, day: int) -> DayPlan | None:
        """Return the plan of a day where it was made before; None where it was not."""
        return self._kept.kept_plan(self._key(day))

    def estimate_requests(self, day: int) -> Iterator[Request[Any]]:
        """Yield what would be asked for a day if the answers were of middling length; nothing where the day is kept already."""
        if self.kept(day) is not None:
            return
        asking = self._asking(day)
        request = next(asking)
        while True:
            yield request
            try:
                request = asking.send(stand_in(request.kind))
            except StopIteration:
                return

    def _key(self, day: int) -> str:
        parts = [self._persona.model_dump_json(), self._home.text, self._asker.model, self._seed, day, PROMPTS]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _asking(self, day: int) -> Generator[Request[Any], Any, DayPlan]:
        """Yield the questions of a day one by one, take their answers, and return the day."""
        persona, words = self._persona, self._words
        duties = duties_of(persona, day)
        seed = generator(self._seed, "day by a model", persona.id, day).randrange(1 << 31)

        def question(about: str, messages: list[dict[str, str]], kind: type[T], tokens: int) -> Request[T]:
            return Request(messages, kind, f"plan: {about}", max_tokens=tokens, temperature=TEMPERATURE, seed=seed, draws=DRAWS)

        bounds = bounds_of(persona, duties)
        times: Times = yield question("wake", words.wake(day, duties, bounds.wake, bounds.bed), times_kind(bounds.wakes, bounds.beds), 400)
        wake = {label(at): at for at in bounds.wakes}[times.wake]
        bed = {label(at): at for at in bounds.beds}[times.bed]
        hours = hours_between(wake, bed)
        planned = yield question("day", words.day(day, duties, wake, bed), hours_kind(hours), 1500)
        plan = [(start, end, clean(getattr(planned, hour_name(start)), limit=_LONGEST_PLAN)) for start, end in hours]
        changes: list[tuple[int, str]] = []
        done: list[Action] = []
        now = wake
        while bed - now >= SHORTEST:
            messages = words.hour(day, duties, wake, bed, plan=plan, changes=changes, done=done, now=now)
            acts: Acts = yield question("hour", messages, self._acts, 1000)
            later = clean(acts.later, limit=_LONGEST_CHANGE)
            if later:
                changes.append((now, later))
            until = now + AHEAD
            for act in acts.actions:
                # What is left before bed is an action of its own, or bedtime is when the last one ends.
                if now >= until or bed - now < SHORTEST:
                    break
                end = min(now + act.minutes, bed)
                done.append(self._action(act, now, end))
                now = end
        return self._day(day, tuple(done))

    def _action(self, act: Act, start: int, end: int) -> Action:
        activity = activities()[act.activity]
        phrase = phrase_of(act.doing, self._persona.first_name) or activity.phrase
        # Floats, as they come back from the store: a resumed day must give the same bytes as a fresh one.
        return Action(activity.id, phrase, self._place(act), float(start), float(end), activity.focus, "llm")

    def _place(self, act: Act) -> Place:
        """Return where it is done: as was answered; what is done out of the home begins where one leaves it."""
        activity = activities()[act.activity]
        if activity.is_a("out"):
            leaving = next((place for place in map(self._home.find, activity.at) if place is not None), None)
            if leaving is not None:
                return leaving
        return self._home.places[act.place]

    def _day(self, day: int, actions: tuple[Action, ...]) -> DayPlan:
        receptive = self._rules.receptive_spans(actions)
        gap_min, gap_max = self._rules.frequency.gap_min, self._rules.gap_max(actions, receptive)
        return DayPlan(day, actions, receptive, float(gap_min), float(gap_max))


def hours_between(wake: int, bed: int) -> tuple[tuple[int, int], ...]:
    """Return the hours of the clock from waking to bed, the first and last as much of them as there is: (from, to)."""
    return tuple((max(wake, at), min(bed, at + 60)) for at in range(wake // 60 * 60, bed, 60))
