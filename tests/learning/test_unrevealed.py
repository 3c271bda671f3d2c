"""Ratings that are not revealed change nothing that an assistant does, and nothing that it learns."""

from __future__ import annotations

import random
from itertools import takewhile
from typing import Any

import msgspec
import pytest

from propersim.core.config import RunConfig
from propersim.core.records import Candidate, Rating
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.factory import make_feedback
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store

OPTIONS: dict[str, Any] = {
    "persona": "p29", "assistant": "llama", "model": "homelm-eager", "memory": "evidence", "timestep": 60.0, "pairs": 16,
}  # fmt: skip


def anything(draw: random.Random) -> Rating:
    """Return a random rating."""
    a, b, c, d = (draw.choice((0, 1)) for _ in range(4))
    return Rating(a, b, c, d, ("made up",) * 4)  # type: ignore[arg-type]


class Scrambling(Runner):
    """A runner whose judge gives random ratings wherever the assistant is not to learn the rating.

    Args:
        seed: seed of the random ratings.
        from_shown: whether the rating of what is shown is random too: a person rates it, or it is revealed later.
        first_day: whether the ratings of the first day alone are random.
    """

    def __init__(self, store, run, gate, *, seed, from_shown=False, first_day=False):
        super().__init__(store, run, gate)
        self._draw, self._from_shown, self._first_day = random.Random(seed), from_shown, first_day

    def _open(self):
        config, persona, simulation = super()._open()
        judge, answers = simulation.rater, simulation.assistant.respond
        shown: list[int] = []

        def respond(observation):
            answer = answers(observation)
            shown[:] = [answer.shown]
            return answer

        def rate_all(texts, situation):
            rated = judge.rate_all(texts, situation)
            if self._first_day and situation.day > 1:
                return rated
            return tuple(self._scrambled(one, number == shown[0]) for number, one in enumerate(rated))

        patched: Any = simulation.assistant
        patched.respond = respond
        simulation.rater = Rater(rate_all)
        return config, persona, simulation

    def _scrambled(self, one: Candidate, shown: bool) -> Candidate:
        revealed = shown and one.text is not None and not self._from_shown
        return one if revealed else msgspec.structs.replace(one, rating=anything(self._draw))


class Rater:
    """A judge made of a function."""

    def __init__(self, rate_all):
        self.rate_all = rate_all

    def observe(self, step):
        """Ignore the step."""


class Person(FreeGate):
    """A person who rates two of three recommendations, at random."""

    def person_rates(self):
        return True

    def rate(self, ask, flush):
        flush()
        return anything(random.Random(ask.index)) if ask.index % 3 else None


def life(folder, config, *, runner=Runner, gate=FreeGate, **how):
    """Return all that an assistant did and learned in a run, and its steps."""
    folder.mkdir()
    with Store(folder / "runs.sqlite") as store:
        run = runner(store, add_run(store, config), gate(), **how).go()
        steps = list(store.steps(run))
        kinds = ("decision", "content")
        return {
            "decisions": [decision(step) for step in steps],
            "pairs": [
                [msgspec.structs.replace(pair, ref_chosen=None) for pair in store.pairs(run, kind, 1 << 40, 1 << 40)] for kind in kinds
            ],
            "nights": store.nights(run),
            "warnings": store.warnings(run),
        }, steps


def decision(step):
    """Return what the assistant did at a step."""
    texts = [(one.text, one.topic, one.tone, one.origin) for one in step.candidates]
    return step.p_speak, step.threshold, texts, step.shown, step.explored, step.drawn, step.malformed


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "shown": ({"feedback": "shown"}, {}),
    "shown, with noise": ({"feedback": "shown", "feedback_noise": 0.3}, {}),
    "shown, at night": ({"feedback": "shown", "feedback_delay": "on"}, {}),
    "by a person": ({"user": "human"}, {"from_shown": True}),
    "by a person, at night": ({"user": "human", "feedback_delay": "on"}, {"from_shown": True}),
}


@pytest.mark.parametrize("case", [pytest.param(name, marks=[] if name in ("shown", "by a person") else pytest.mark.slow) for name in CASES])
def test_unrevealed_ratings_change_neither_decisions_nor_pairs_nor_adapters(case, tmp_path):
    options, how = CASES[case]
    config = RunConfig(**OPTIONS, days=3, until="day 3 09:00", **options)
    gate = Person if config.user == "human" else FreeGate
    (found, steps), (other, scrambled) = (
        life(tmp_path / "as rated", config, gate=gate),
        life(tmp_path / "scrambled", config, gate=gate, runner=Scrambling, seed=7, **how),
    )
    assert found == other
    assert found["pairs"][0]
    assert found["nights"][1].adapter, "night 1 has no decisions: nothing was known on that day"
    ratings, replaced = ([[one.rating.values for one in step.candidates] for step in each] for each in (steps, scrambled))
    assert ratings != replaced


def test_what_is_revealed_at_night_changes_nothing_before_it(tmp_path):
    config = RunConfig(**OPTIONS, days=3, until="day 3 09:00", feedback_delay="on")
    found, steps = life(tmp_path / "as rated", config)
    other, _ = life(tmp_path / "scrambled", config, runner=Scrambling, seed=7, from_shown=True, first_day=True)
    today = sum(step.day == 1 for step in steps)
    assert found["decisions"][:today] == other["decisions"][:today]
    assert found["nights"][1].sha256 != other["nights"][1].sha256


def with_rubric(folder, name, **rubric):
    """Return the path of a file of p29 with parts of another rubric."""
    persona = load_persona("p29")
    path = folder / f"{name}.json"
    path.write_text(persona.model_copy(update={"rubric": persona.rubric.model_copy(update=rubric)}).model_dump_json())
    return str(path)


def test_rubrics_that_differ_in_what_is_never_revealed_give_the_same_run(tmp_path):
    own = load_persona("p29").rubric.frequency
    # The least that the user wants a day shows in the ratings of silence alone.
    fewer = own.model_copy(update={"min_per_day": 0.5, "text": "One every other day is enough."})
    one, other = with_rubric(tmp_path, "one"), with_rubric(tmp_path, "other", frequency=fewer)
    options = {**OPTIONS, "days": 3, "until": "day 3 09:00", "feedback": "shown"}
    found, steps = life(tmp_path / "a", RunConfig(**{**options, "persona": one}))
    same, others = life(tmp_path / "b", RunConfig(**{**options, "persona": other}))
    assert found == same
    assert found["nights"][1].adapter, "night 1 has no decisions: nothing was known on that day"
    assert [step.candidates[0].rating.values for step in steps] != [step.candidates[0].rating.values for step in others]


@pytest.mark.parametrize("feedback", ["shown", pytest.param("complete", marks=pytest.mark.slow)])
def test_other_rubrics_give_the_same_decisions_until_a_revealed_rating_differs(feedback, tmp_path):
    rubric = load_persona("p03").rubric
    other = with_rubric(tmp_path, "other", preference=rubric.preference, timing=rubric.timing)
    config = RunConfig(**{**OPTIONS, "persona": with_rubric(tmp_path, "one")}, days=1, feedback=feedback)
    found, steps = life(tmp_path / "a", config)
    others, theirs = life(tmp_path / "b", msgspec.structs.replace(config, persona=other))
    mode = make_feedback(config)
    pairs = zip(steps, theirs, strict=True)
    alike = sum(1 for _ in takewhile(lambda both: mode.reveal(both[0]) == mode.reveal(both[1]), pairs))
    assert 0 < alike < len(steps)
    assert found["decisions"][: alike + 1] == others["decisions"][: alike + 1]
    assert found["decisions"] != others["decisions"]
