"""Stored runs without a model: with random ratings, and with texts that an export has to carry unchanged."""

from __future__ import annotations

import random
from typing import Any

import msgspec
from hypothesis import strategies as st

from propersim.core.config import RunConfig
from propersim.core.feedback import FeedbackMode
from propersim.core.records import Candidate, DayPlan, Pair, Rating, Step
from propersim.learning.pairs import pairs_of
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.simulation.simulation import Simulation, figures_of
from propersim.store.bookmarks import set_bookmark
from propersim.store.store import RunRow, Store
from tests.known import known

STEPS = list(Simulation(load_persona("p25"), "random", days=1, seed=3))[:40]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(("", "'", "''x", "=1+1", "@a", "-", "\x00", "a\x00b", 'say "no"', "a,b", "a\nb", "a\r\nb", "\r", "\u2028", "🧸")),
)  # fmt: skip
"""Texts without lone surrogates: no record can hold one."""


def with_text(step: Step, text: str, rating: Rating) -> Step:
    """Return a step at which silence was rated and a text was shown."""
    shown = Candidate(text, rating, topic=text, tone=text, origin="drawn")
    silence = Candidate(None, Rating(0, 0, 1, 1))
    action = msgspec.structs.replace(step.action, phrase=text)
    return msgspec.structs.replace(step, action=action, candidates=(silence, shown), shown=1, evidence=text)


def add(store: Store, texts: list[str], rating: Rating) -> RunRow:
    """Add a run with a step for each text, a preference pair of each kind, and a bookmark on the first step."""
    run = add_run(store, RunConfig(persona="p25", assistant="llama", model="homelm-eager", memory="ars", days=1))
    steps = [with_text(step, text, rating) for step, text in zip(STEPS, texts, strict=False)]
    pairs = [
        pair
        for step, text in zip(steps, texts, strict=False)
        for pair in (
            Pair(step.index, 0, "decision", (1, 2), "", None, "speech"),
            Pair(step.index, 1, "content", (1, 2), text, "Buy it now!", "preference"),
            Pair(step.index, 2, "answer", (1, 2), None, text, "score"),
        )
    ]
    store.add_steps(run, steps, [1] * len(steps), 0.0, pairs)
    if steps:
        set_bookmark(store, run, 0, "look here")
    return store.run(run.id)


# -- random ratings -----

PERSONA = load_persona("p25")
SIMULATION = Simulation(PERSONA, "random", days=2, seed=3, timestep=30.0)
PLANS: dict[int, DayPlan] = {}
BASE: list[Step] = []
for one in SIMULATION:
    BASE.append(one)
    PLANS[one.day] = known(SIMULATION.plan)


def rated(step: Step, draw: random.Random) -> Step:
    """Return a step with silence, a suggestion that is shown or not, and another, with random ratings."""

    def rating() -> Rating:
        a, b, c, d = (draw.choice((0, 1)) for _ in range(4))
        return Rating(a, b, c, d)  # type: ignore[arg-type]

    words = ("Shall I put on some jazz?", "How about a pot of tea?", "Would you like to read a novel?")
    said = [Candidate(text, rating(), draw.choice(("music", "drinks")), "gentle", "drawn") for text in draw.sample(words, 2)]
    shown = draw.choice((0, 0, 1))
    return msgspec.structs.replace(step, candidates=(Candidate(None, rating()), *said), shown=shown)


def stored(store: Store, steps: list[Step], *, ended: int = 2, **options: Any) -> RunRow:
    """Store steps as those of a run, with the preference pairs that they give; ``ended`` days are complete."""
    config: dict[str, Any] = {"persona": "p25", "assistant": "llama", "model": "homelm-eager", "days": 2, "timestep": 30.0, **options}
    run = add_run(store, RunConfig(**config))
    mode = FeedbackMode(config.get("feedback", "complete"), config.get("feedback_noise", 0.0), seed=config.get("seed", 0))
    for day in (1, 2):
        mine = [step for step in steps if step.day == day]
        store.begin_day(run, PLANS[day], mine[0].index)
        store.add_steps(run, mine, [1] * len(mine), 0.0, [pair for step in mine for pair in pairs_of(mode.reveal(step), (1,), "factored")])
        if day <= ended:
            store.end_day(run, figures_of(mine, day, 30.0, PERSONA))
    return store.run(run.id)
