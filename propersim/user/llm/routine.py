"""Plan days with a language model (paper, section 3.2).

The model gives times of waking and bed, a plan by the hour, then the actions hour by hour. A day depends on persona, floor plan, model and
its address, seed and its number alone, not on earlier days or on an assistant. It is therefore planned once, stored, and shared by all
runs with the same settings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Iterator
from typing import Any, Final, Protocol, TypeVar

import msgspec

from propersim.core.interfaces import PlanStore
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
from propersim.world.floor_plan import World

T = TypeVar("T", bound=msgspec.Struct)

TEMPERATURE: Final = 0.7
"""Sampling temperature; above 0, so that days differ."""
DRAWS: Final = 3
"""Attempts at a valid answer, each with another seed."""
AHEAD: Final = 60
"""Minutes of the day that one request for actions covers."""
SHORTEST: Final = 10
"""Length of the shortest action in minutes."""
_LONGEST_PLAN, _LONGEST_CHANGE = 80, 120


def _hash() -> str:
    """Return a hash of everything that determines requests and the use of answers.

    Persona and floor plan are not part of it.
    """
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
"""Hash of prompts, schemas and catalogue, part of the key of a stored day."""


class Asks(Protocol):
    """Sends requests to the model; see :class:`propersim.llm_client.ModelClient`."""

    @property
    def model(self) -> str:
        """The endpoint's name of the model."""
        ...

    @property
    def base_url(self) -> str:
        """The address of the endpoint: two endpoints may have different models of the same name."""
        ...

    def ask(self, request: Request[T]) -> T:
        """Send a request and return the answer."""
        ...


class LlmRoutine:
    """Plans a persona's days with a language model.

    Implements :class:`~propersim.core.interfaces.Planner`.

    Args:
        persona: the persona.
        world: the floor plan.
        seed: the run's seed.
        model_client: sends the requests.
        kept: stored plans.
    """

    def __init__(self, persona: Persona, world: World, seed: int, model_client: Asks, kept: PlanStore) -> None:
        self._persona, self._world, self._seed = persona, world, seed
        self._model_client, self._kept = model_client, kept
        self._rules = Rules(persona)
        self._words = Words(persona, world)
        self._acts = acts_kind(tuple(world.places))

    def plan(self, day: int) -> DayPlan:
        """Return the plan of a day (1, 2, …): the stored one, else a new one, which is then stored.

        Raises:
            Outage: the endpoint cannot answer now; earlier answers are stored and cost nothing at the next attempt.
            Unusable: the endpoint cannot give a valid answer.
        """
        stored = self.kept(day)
        if stored is not None:
            return stored
        requests = self._requests(day)
        request = next(requests)
        while True:
            answer = self._model_client.ask(request)
            try:
                request = requests.send(answer)
            except StopIteration as end:
                return self._kept.save_plan(self._key(day), end.value)

    def kept(self, day: int) -> DayPlan | None:
        """Return the stored plan of a day, or None."""
        return self._kept.load_plan(self._key(day))

    def estimate_requests(self, day: int) -> Iterator[Request[Any]]:
        """Yield the requests for a day, assuming answers of medium length.

        There are none where the day is stored already.
        """
        if self.kept(day) is not None:
            return
        requests = self._requests(day)
        request = next(requests)
        while True:
            yield request
            try:
                request = requests.send(stand_in(request.kind))
            except StopIteration:
                return

    def _key(self, day: int) -> str:
        client = self._model_client
        parts = [self._persona.on_day(day).model_dump_json(), self._world.text, client.base_url, client.model, self._seed, day, PROMPTS]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _requests(self, day: int) -> Generator[Request[Any], Any, DayPlan]:
        """Yield the requests of a day one by one, receive their answers, and return the plan."""
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
                # A rest shorter than an action is dropped: the day then ends with the last action.
                if now >= until or bed - now < SHORTEST:
                    break
                end = min(now + act.minutes, bed)
                done.append(self._action(act, now, end))
                now = end
        return self._day(day, tuple(done))

    def _action(self, act: Act, start: int, end: int) -> Action:
        activity = activities()[act.activity]
        phrase = phrase_of(act.doing, self._persona.first_name) or activity.phrase
        # Floats, as the store returns them: a resumed day must give the same bytes as a new one.
        return Action(activity.id, phrase, self._place(act), float(start), float(end), activity.focus, "llm")

    def _place(self, act: Act) -> Place:
        """Return the place of an action.

        It is the answered one, or, for activities away from home, the way out.
        """
        activity = activities()[act.activity]
        if activity.is_a("out"):
            leaving = next((place for place in map(self._world.find, activity.at) if place is not None), None)
            if leaving is not None:
                return leaving
        return self._world.places[act.place]

    def _day(self, day: int, actions: tuple[Action, ...]) -> DayPlan:
        rules = self._rules.on_day(day)
        receptive = rules.receptive_spans(actions)
        gap_min, gap_max = rules.frequency.gap_min, rules.gap_max(actions, receptive)
        return DayPlan(day, actions, receptive, float(gap_min), float(gap_max))


def hours_between(wake: int, bed: int) -> tuple[tuple[int, int], ...]:
    """Return the clock hours (start, end) from waking to bed, in minutes.

    The first and the last one may be shorter.
    """
    return tuple((max(wake, at), min(bed, at + 60)) for at in range(wake // 60 * 60, bed, 60))
