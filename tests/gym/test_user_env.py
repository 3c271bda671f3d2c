"""The user's side as an environment: what is rated, how agreement is counted, and what an episode ends with."""

from __future__ import annotations

import json

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="needs the extra gym")

import numpy as np
from gymnasium.utils.env_checker import check_env

import propersim.gym
from propersim.core.errors import InputError
from propersim.core.interfaces import SILENCE, Response
from propersim.core.records import DIMENSIONS
from propersim.persona.library import load_persona
from propersim.persona.model import Rubric
from propersim.simulation.simulation import Simulation


def make(**about):
    return gymnasium.make("propersim/User-v0", **about).unwrapped


def play(env, choose, seed=0):
    """Return the observations, rewards and infos of an episode; ``choose`` returns the action for (number, observation)."""
    seen, info = env.reset(seed=seed)
    rows, done = [(seen, 0.0, info)], False
    while not done:
        seen, reward, done, _, info = env.step(choose(len(rows) - 1, seen))
        assert env.observation_space.contains(seen)
        rows.append((seen, reward, info))
    return rows


@pytest.mark.parametrize(
    "about", [{}, {"observation": "both", "moments": "all"}, {"observation": "text", "action": "text", "render_mode": "ansi"}], ids=str
)
def test_the_checker_of_gymnasium_finds_nothing(about):
    check_env(make(**about))


@pytest.mark.parametrize("moments", ["spoken", "all"])
def test_the_judges_own_ratings_agree_in_full_and_others_in_part(moments):
    steps = [step for step in Simulation(load_persona("p01"), "random", seed=0, days=2, timestep=5.0) if step.spoke or moments == "all"]
    env = make(days=2, timestep=5.0, moments=moments)
    rows = play(env, lambda number, seen: np.array(steps[number].rating.values, np.int8))
    assert [row[0]["recommendation"] for row in rows[:-1]] == [step.answer.text or "" for step in steps]
    assert [row[0]["minute"][0] for row in rows[:-1]] == [step.minute for step in steps]
    assert [row[0]["clocks"][2] for row in rows[:-1]] == [step.clocks.shown for step in steps]
    assert all(row[1] == 1 for row in rows[1:])
    assert rows[-1][2]["true"]["episode"] == {"rated": len(steps), "agreement": 1.0, "exact": 1.0, **dict.fromkeys(DIMENSIONS, 1.0)}
    ones = play(env, lambda number, seen: [1, 1, 1, 1])
    assert [row[1] for row in ones[1:]] == [(step.rating.score or 0) / 4 for step in steps], "the moments do not depend on the actions"
    episode = ones[-1][2]["true"]["episode"]
    assert episode["timing"] == pytest.approx(np.mean([step.rating.timing for step in steps]))
    assert episode["exact"] == pytest.approx(np.mean([step.rating.score == 4 for step in steps]))


def test_a_text_holds_the_ratings_as_json():
    env = make(observation="text", action="text", assistant="eager", timestep=60.0)
    seen, info = env.reset(seed=0)
    assert "Rosalind" in info["persona"]
    assert "<recommendation>" in seen
    assert "You are" in seen
    good = json.dumps({"reason": "so", "preference": 1, "timing": 1, "frequency": 1, "communication": 1})
    _, reward, _, _, info = env.step(f"```json\n{good}\n```")
    assert (info["malformed"], reward) == (False, sum(info["true"]["rating"]) / 4)
    for wrong in ("four", '{"preference": 1}', good.replace("1", "2"), "\ud800{}"):
        _, reward, _, _, info = env.step(wrong)
        assert (info["malformed"], reward) == (True, 0)


def test_an_episode_goes_on_to_the_first_recommendation():
    class Late:
        name = "late"

        def respond(self, observation):
            return Response(("Fancy a cup of tea?",)) if observation.day == 3 and observation.step == 4 else SILENCE

        def observe(self, feedback):
            pass

        def reveal(self, feedback):
            pass

    rows = play(make(assistant=lambda judge: Late(), timestep=30.0), lambda *_: [0, 0, 0, 0])
    assert len(rows) == 2
    assert rows[0][0]["weekday"] == 2
    with pytest.raises(InputError, match="recommends nothing in 28 days"):
        make(assistant="silent", timestep=60.0).reset(seed=0)
    assert len(play(make(assistant="silent", timestep=60.0, moments="all"), lambda *_: [1, 1, 1, 1])) > 10


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"assistant": "llama"}, "assistant must be 'silent' or"),
        ({"assistant": 3}, "name of a control or a function"),
        ({"moments": "some"}, "moments must be"),
        ({"action": "bits"}, "action must be"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(about, message):
    with pytest.raises(InputError, match=message):
        propersim.gym.UserEnv(**about)


def test_a_wrong_action_is_named():
    env = make(timestep=30.0)
    env.reset(seed=0)
    for action in ([1, 1, 1], [1, 1, 1, 2], 1):
        with pytest.raises(InputError, match="four ratings"):
            env.step(action)


def test_a_user_who_wants_variety_is_told_what_was_recommended_on_the_day_before():
    plain = load_persona("p08")
    clause = {"text": "Not the same twice.", "topic": {"fills": 1.5, "half_life": 8}}
    varied = plain.model_copy(update={"rubric": Rubric.model_validate({**plain.rubric.model_dump(), "variety": clause})})
    for persona in (plain, varied):
        rows = play(make(persona=persona, assistant="random", days=2, observation="text"), lambda *_: [1, 1, 1, 1])
        told = [seen for seen, _, _ in rows]
        assert all(("in the last two days" in seen) == (persona is varied) for seen in told)
        assert ("- " in told[-1] and " ago, on " in told[-1]) == (persona is varied)
        assert ("Not the same twice." in rows[0][2]["persona"]) == (persona is varied)


def test_an_environment_keeps_what_was_recommended_on_earlier_days():
    env = gymnasium.make("propersim/ProPer-v0", persona="p08", days=2).unwrapped
    env.reset(seed=1)
    steps = 0
    while env.now is not None and env.now[0] == 1:
        env.step(int(steps % 2 == 0))
        steps += 1
    assert [step.index for step in env.spoken_before] == list(range(0, steps, 2))
    assert env.today == []
    env.reset(seed=1)
    assert env.spoken_before == []
