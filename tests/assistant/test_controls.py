"""The controls and the adversaries, on the shipped personas."""

import pytest
import yaml

from propersim.persona.library import load_persona, persona_ids, personas_folder
from propersim.persona.parsing import parse_persona
from propersim.simulation.metrics import metrics
from propersim.simulation.persona_check import MARGIN_AT_LEAST, ORACLE_AT_LEAST, RECEPTIVE, check_persona, rubric_warnings, simulate_days
from propersim.simulation.simulation import Simulation
from tests.simulation import adversaries

NAMED = (
    adversaries.GoodAlways,
    adversaries.WorthlessAtGoodMoments,
    adversaries.MorningBurst,
    adversaries.WorthlessJustTooSoon,
    adversaries.FewWorthless,
)


@pytest.fixture(scope="module", params=["some", pytest.param("all", marks=pytest.mark.slow)])
def names(request):
    """Every eighth persona, or all of them."""
    return persona_ids()[:: 8 if request.param == "some" else 1]


@pytest.fixture(scope="module")
def examined(names):
    return {name: check_persona(load_persona(name), days=3, seeds=(11,)) for name in names}


def test_the_oracle_is_near_perfect_and_far_above_silent_and_eager(examined):
    assert sum(row.oracle for row in examined.values()) / len(examined) >= 3.7
    assert sum(row.oracle_in_band for row in examined.values()) / len(examined) >= 0.95
    for name, row in examined.items():
        assert row.oracle >= ORACLE_AT_LEAST, name
        assert row.margin >= MARGIN_AT_LEAST, (name, row.oracle, row.silent, row.eager)
        assert row.oracle_in_band >= 2 / 3, name


def test_personas_are_receptive_some_of_the_time(examined):
    """All of them: it follows from their plans, without simulating a day."""
    found = {}
    for name in persona_ids():
        planner = Simulation(load_persona(name), "silent", seed=11, days=3).planner
        plans = [planner.plan(day) for day in (1, 2, 3)]
        found[name] = sum(span.minutes for plan in plans for span in plan.receptive) / sum(plan.sleep - plan.wake for plan in plans)
    assert all(RECEPTIVE[0] <= share <= RECEPTIVE[1] for share in found.values())
    assert sum(share < 0.20 for share in found.values()) >= len(found) / 4
    assert {name: row.receptive for name, row in examined.items()} == {name: found[name] for name in examined}


@pytest.mark.parametrize("adversary", NAMED, ids=lambda a: a.__name__)
def test_no_adversary_looks_good(adversary, names):
    for name in names:
        found = metrics(simulate_days(load_persona(name), adversary, days=2, seeds=(5,)))
        assert (found["f1"] or 0) <= 0.3, (name, found["f1"])
        assert found["headroom"] <= 0.65, (name, found["headroom"])


def test_good_content_whenever_receptive_has_no_f1(names):
    """Its success rate and headroom are good; its headline figure is not."""
    for name in names:
        found = metrics(simulate_days(load_persona(name), adversaries.GoodWheneverReceptive, days=2, seeds=(5,)))
        assert (found["f1"] or 0) <= 0.3, (name, found["f1"])


def test_random_speaks_about_as_often_as_the_persona_asks_for():
    for name in ("p01", "p11", "p30"):
        persona = load_persona(name)
        for timestep in (2.5, 10):
            days = simulate_days(persona, "random", days=14, seeds=(0,), timestep=timestep)
            rate = sum(d.shown for d in days) / sum(d.hours for d in days)
            asked = (persona.rubric.frequency.min_per_day + persona.rubric.frequency.max_per_day) / 2 / 16
            assert rate == pytest.approx(asked, rel=0.35), (name, timestep)


def test_eager_speaks_at_every_step_with_everything_in_the_catalogue():
    steps = list(Simulation(load_persona("p02"), "eager", days=5))
    assert all(step.spoke for step in steps)
    assert len({step.answer.topic for step in steps}) >= 30
    assert len({step.answer.tone for step in steps}) >= 7


def test_a_rubric_that_nobody_can_please_is_warned_of():
    text = (personas_folder() / "p07.yaml").read_text(encoding="utf-8")
    assert rubric_warnings(parse_persona(text)) == []
    data = yaml.safe_load(text)
    data["rubric"]["preference"]["likes"] = [{"topics": ["crafts"], "during": ["pottery"]}]
    data["rubric"]["timing"]["windows"] = [{"start": "12:00", "end": "12:20"}]
    warnings = "\n".join(rubric_warnings(parse_persona(yaml.safe_dump(data))))
    assert "above silent" in warnings
    assert "of waking time (expected 10% to 60%)" in warnings
