"""The assistant's side as an environment: spaces, seeds, rewards, and that nothing unrevealed leaks."""

from __future__ import annotations

import math
import random
from typing import Any, Literal

import msgspec
import pytest

gymnasium = pytest.importorskip("gymnasium", reason="needs the extra gym")

import numpy as np
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

import propersim.gym  # registers the environments
from propersim.core.config import RunConfig
from propersim.core.errors import InputError, PersonaError
from propersim.core.records import Rating
from propersim.gym import EVIDENCE_FIELDS
from propersim.gym.assistant_env import score_reward
from propersim.gym.features import MAX_TEXT, TextSpace, spelled
from propersim.persona.library import load_persona
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import Simulation, figures_of
from propersim.store.store import Store

NAME = "propersim/ProPer-v0"


def make(**about):
    return gymnasium.make(NAME, **about).unwrapped


def play(env, choose, seed=0, options=None):
    """Return the observations, rewards and infos of an episode; ``choose`` returns the action for (number, observation)."""
    seen, info = env.reset(seed=seed, options=options)
    rows: list[tuple[Any, float, dict[str, Any]]] = [(seen, 0.0, info)]
    done = False
    while not done:
        seen, reward, done, truncated, info = env.step(choose(len(rows) - 1, seen))
        assert not truncated
        rows.append((seen, reward, info))
    return rows


def often(number, seen):
    return int(number % 5 == 0)


def same(one, other):
    """Whether two observations are equal."""
    if isinstance(one, str):
        return bool(one == other)
    return one.keys() == other.keys() and all(np.array_equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    "about",
    [
        {},
        {"observation": "both", "render_mode": "ansi"},
        {"observation": "text", "action": "text"},
        {"content": "evidence", "feedback": "shown", "feedback_delay": True, "feedback_noise": 0.1, "drift": 2, "days": 2},
    ],
    ids=str,
)
def test_the_checker_of_gymnasium_finds_nothing(about):
    # Warnings are errors in these tests, those of the checker too.
    check_env(make(**about))


def test_observations_stay_within_their_bounds():
    env = make(days=8, timestep=20.0, observation="both", content="evidence", drift=2)
    rows = play(env, lambda number, seen: number % 2)
    for seen, _, _ in rows:
        assert env.observation_space.contains(seen), seen
    assert {int(seen["weekday"]) for seen, _, _ in rows} == set(range(7))
    last = rows[-1][0]
    assert len(last["evidence"]) == len(EVIDENCE_FIELDS) == len(set(EVIDENCE_FIELDS))
    assert last["evidence"][EVIDENCE_FIELDS.index("clock_31_known")] > 0.7
    assert "What this person's ratings say" in last["text"]


def test_a_seed_gives_the_same_episode_and_another_seed_another():
    env, again = (make(timestep=15.0, observation="both") for _ in range(2))
    first, second, other = play(env, often), play(again, often), play(env, often, seed=1)
    assert all(same(a[0], b[0]) and a[1] == b[1] for a, b in zip(first, second, strict=True))
    assert [row[2]["said"] for row in first[1:]] == [row[2]["said"] for row in second[1:]]
    assert [row[2]["said"] for row in first[1:]] != [row[2]["said"] for row in other[1:]]


def test_resets_without_a_seed_give_new_runs_that_follow_from_the_first_seed():
    seeds = []
    for _ in range(2):
        env = make(timestep=60.0)
        env.reset(seed=5)
        seeds.append([env.reset()[1]["seed"] for _ in range(3)])
    assert seeds[0] == seeds[1]
    assert len({5, *seeds[0]}) == 4


@pytest.mark.parametrize("assistant", ["oracle", "random"])
def test_ratings_are_those_of_a_stored_run_with_the_same_recommendations(db, assistant):
    with Store(db) as store:
        run = Runner(store, add_run(store, RunConfig(persona="p01", assistant=assistant, days=2)), FreeGate()).go()
        steps = list(store.steps(run))
    assert any(step.spoke for step in steps)
    rows = play(make(days=2, action="text"), lambda number, seen: steps[number].answer.text or "")[1:]
    assert [row[2]["said"] for row in rows] == [step.answer.text or "" for step in steps]
    assert [tuple(row[2]["rating"]) for row in rows] == [step.rating.values for step in steps]
    assert [row[2]["reasons"] for row in rows] == [step.rating.reasons for step in steps]
    assert [row[1] for row in rows] == [(1 if step.welcome else -1) * step.spoke for step in steps]
    if assistant == "random":
        decided = play(make(days=2), lambda number, seen: int(steps[number].spoke))[1:]
        assert [row[2]["said"] for row in decided] == [step.answer.text or "" for step in steps], "drawn as by the control"
        assert [tuple(row[2]["rating"]) for row in decided] == [step.rating.values for step in steps]
    else:
        assert all(row[2]["true"]["oracle_speaks"] == step.spoke for row, step in zip(rows, steps, strict=True))


def test_the_figures_of_an_episode_are_those_of_the_run():
    persona = load_persona("p01")
    steps = list(Simulation(persona, "random", seed=3, days=2))
    rows = play(make(days=2), lambda number, seen: int(steps[number].spoke), seed=3)
    days = [figures_of([step for step in steps if step.day == day], day, 2.5, persona) for day in (1, 2)]
    ended = [row[2]["true"] for row in rows[1:] if "day" in row[2]["true"]]
    assert len(ended) == 2
    for found, wanted in ((ended[0]["day"], days[:1]), (ended[1]["day"], days[1:]), (ended[1]["episode"], days)):
        expected = metrics(wanted)
        assert set(found) == {"shown", "welcome", "unwelcome", "oracle_welcome", "steps", "f1", "precision", "recall", "score"}
        for name, value in found.items():
            assert value == expected[name] or (math.isnan(value) and expected[name] is None)
    assert "episode" not in ended[0]


class Scrambled:
    """A judge that rates at random what is not revealed."""

    def __init__(self, judge, shown, seed):
        self._judge, self._shown, self._rng = judge, shown, random.Random(seed)

    def rate_all(self, texts, situation):
        rated = self._judge.rate_all(texts, situation)
        return tuple(one if self._shown and one.text is not None else self._random(one) for one in rated)

    def _random(self, one):
        bits: list[Literal[0, 1]] = [0, 1]
        a, b, c, d = (self._rng.choice(bits) for _ in range(4))
        return msgspec.structs.replace(one, rating=Rating(a, b, c, d, ("w", "x", "y", "z")))

    def observe(self, step):
        pass


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        ({"feedback": "shown"}, True),
        ({"feedback": "shown", "action": "text"}, True),
        ({"feedback": "complete", "feedback_delay": True}, False),
        ({"feedback": "shown", "feedback_delay": True}, False),
    ],
    ids=str,
)
def test_what_is_not_revealed_leaves_no_trace(about, shown):
    """Unrevealed ratings are replaced by random ones: observation, reward and info are the same, but for ``info["true"]``."""
    # With a delay nothing is revealed before the end of the first day.
    days = 2 if shown else 1
    texts = "How about some quiet jazz while you work?"

    def choose(number, seen):
        return (texts if number % 5 == 0 else "") if about.get("action") == "text" else often(number, seen)

    def lived(scramble):
        env = make(days=days, observation="both", content="evidence", timestep=10.0, **about)
        rows = [env.reset(seed=0)]
        assert env._run is not None
        if scramble:
            env._run.rater = Scrambled(env._run.judge, shown, scramble)
        done, true = False, []
        while not done:
            seen, reward, done, _, info = env.step(choose(len(rows) - 1, rows[-1][0]))
            true.append(info.pop("true"))
            rows.append((seen, {**info, "rating": tuple(info["rating"]), "reward": reward}))
        return (rows if shown else rows[:-1]), true

    rows, true = lived(0)
    for seed in (1, 2):
        others, scrambled = lived(seed)
        assert [tuple(one["rating"]) for one in true] != [tuple(one["rating"]) for one in scrambled], "ratings were replaced"
        for (seen, info), (other, info_of_other) in zip(rows, others, strict=True):
            assert same(seen, other)
            assert info == info_of_other


def test_the_text_does_not_hold_what_the_numbers_do_not():
    shown, complete = (play(make(timestep=10.0, feedback=feedback, observation="text"), lambda *_: 0) for feedback in ("shown", "complete"))
    assert "0 of " not in shown[-1][0], "silence is not rated"
    assert "silence was wrong" in complete[-1][0]


def test_rewards():
    scores = play(make(timestep=10.0, reward="score"), often)
    assert all(row[1] == row[2]["true"]["score"] for row in scores[1:])
    own = play(make(timestep=10.0, reward=lambda feedback: 2 * score_reward(feedback)), often)
    assert [row[1] for row in own] == [2 * row[1] for row in scores]
    plain = play(make(timestep=10.0), often)
    assert [row[1] for row in plain[1:]] == [int(row[2]["true"]["welcome"]) - int(row[2]["true"]["unwelcome"]) for row in plain[1:]]


def test_delayed_ratings_and_rewards_come_when_the_user_falls_asleep():
    now, later = (play(make(timestep=10.0, days=2, feedback_delay=delay), often)[1:] for delay in (False, True))
    ends = [number for number, row in enumerate(later) if "day" in row[2]["true"]]
    assert all(row[1] == 0 for number, row in enumerate(later) if number not in ends)
    assert [later[end][1] for end in ends] == [sum(row[1] for row in now[: ends[0] + 1]), sum(row[1] for row in now[ends[0] + 1 :])]
    assert all(tuple(row[2]["rating"]) == (-1, -1, -1, -1) and row[2]["reasons"] == ("",) * 4 for row in later)
    at_end = later[ends[0]][2]["feedback"]
    assert [one.answer.rating for one in at_end[1:]] == [row[2]["feedback"][0].answer.rating for row in now[: ends[0] + 1]]


def test_noise_flips_what_is_revealed_and_rewarded_but_not_what_is_true():
    clear, noisy = (play(make(timestep=10.0, feedback_noise=noise), often)[1:] for noise in (0.0, 0.4))
    assert [tuple(row[2]["true"]["rating"]) for row in clear] == [tuple(row[2]["true"]["rating"]) for row in noisy]
    assert [tuple(row[2]["rating"]) for row in clear] != [tuple(row[2]["rating"]) for row in noisy]
    for _, reward, info in noisy:
        welcome = sum(info["rating"]) == 4
        assert reward == (0 if not info["said"] else 1 if welcome else -1)
        assert info["reasons"] == ("",) * 4, "a reason would tell the true rating"


def test_the_rubric_changes_on_the_day_of_the_drift():
    still, changed = (play(make(timestep=10.0, days=2, drift=drift), lambda *_: 1)[1:] for drift in (None, (2, "p08")))
    day = next(number for number, row in enumerate(still) if "day" in row[2]["true"]) + 1
    true = [[tuple(row[2]["true"]["rating"]) for row in rows] for rows in (still, changed)]
    assert true[0][:day] == true[1][:day]
    assert true[0][day:] != true[1][day:]


def test_options_choose_persona_and_day():
    env = make(timestep=30.0)
    _, info = env.reset(seed=0, options={"persona": "p07", "day": 6})
    assert (info["persona_id"], info["day"]) == ("p07", 6)
    (seen, _, _), *_ = play(env, often, options={"persona": "p07", "day": 6})
    assert seen["weekday"] == 5
    assert env.reset(seed=0)[1]["persona_id"] == "p01", "for that episode alone"
    other = play(make(timestep=30.0, persona=load_persona("p07")), often, options={"day": 6})
    assert [row[2]["said"] for row in play(env, often, options={"persona": "p07", "day": 6})[1:]] == [row[2]["said"] for row in other[1:]]


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"days": 0}, "days must be 1 to"),
        ({"timestep": 0.1}, "timestep must be 0.5 to 60 minutes, not 0.1"),
        ({"feedback": "all"}, "feedback must be 'complete' or 'shown', not 'all'"),
        ({"feedback_noise": 0.7}, "feedback_noise must be 0 to 0.5"),
        ({"reward": "f1"}, "reward must be 'welcome' or 'score', not 'f1'"),
        ({"reward": "score", "feedback": "shown"}, "needs feedback='complete'"),
        ({"action": "speak"}, "action must be"),
        ({"content": "rubric"}, "content must be 'uniform' or 'evidence'"),
        ({"render_mode": "human"}, "render_mode must be"),
        ({"persona": load_persona("p01"), "drift": 3}, "drift needs the persona"),
        ({"days": 1.5}, "days must be a whole number from 1 to 10000, not 1.5"),
        ({"days": "2"}, "days must be a whole number from 1 to 10000, not '2'"),
        ({"timestep": float("nan")}, "timestep must be 0.5 to 60 minutes, not nan"),
        ({"timestep": None}, "timestep must be a number from 0.5 to 60 minutes, not None"),
        ({"feedback_noise": "much"}, "feedback_noise must be a number from 0 to 0.5, not 'much'"),
        ({"drift": -1}, "the day of drift must be 0 to 10000, not -1"),
        ({"drift": float("nan")}, "the day of drift must be a whole number from 0 to 10000, not nan"),
        ({"drift": "soon"}, "drift must be a day or .day, persona., not 'soon'"),
        ({"drift": (1, 2, 3)}, "drift must be a day or"),
    ],
    ids=str,
)
def test_a_wrong_argument_is_named(about, message):
    with pytest.raises(InputError, match=message):
        propersim.gym.AssistantEnv(**about)


@pytest.mark.parametrize("value", [None, "much", float("nan")], ids=str)
def test_what_is_no_reward_is_named(value):
    env = propersim.gym.AssistantEnv(timestep=60.0, reward=lambda _: value)
    env.reset(seed=0)
    with pytest.raises(InputError, match=f"the reward function must return a number, not {value!r}"):
        env.step(1)


def test_a_wrong_option_or_action_is_named():
    env = propersim.gym.AssistantEnv(timestep=60.0)
    with pytest.raises(ResetNeeded):
        env.step(0)
    with pytest.raises(InputError, match="unknown option 'persna'; did you mean 'persona'"):
        env.reset(options={"persna": "p01"})
    with pytest.raises(InputError, match="day must be 1 to"):
        env.reset(options={"day": 0})
    with pytest.raises(PersonaError, match="no persona 'p99'"):
        env.reset(options={"persona": "p99"})
    env.reset(seed=0)
    for action in (2, "speak", None):
        with pytest.raises(InputError, match=r"0 \(silence\) or 1 \(speak\)"):
            env.step(action)
    play(env, lambda *_: 0)
    with pytest.raises(ResetNeeded, match="has ended"):
        env.step(0)


def test_a_text_is_rated_as_it_is():
    env = make(timestep=60.0, action="text", render_mode="ansi")
    env.reset(seed=0)
    _, reward, _, _, info = env.step("The Eiffel tower is 300 metres high.")
    assert reward == -1
    assert (info["rating"][0], info["rating"][3]) == (0, 0), "it recommends nothing"
    assert "The Eiffel tower" in env.render()
    _, reward, _, _, info = env.step("  ")
    assert (reward, info["said"]) == (0, "")


def test_characters_outside_the_space_are_spelled():
    space = TextSpace()
    assert spelled("Grüße → “öö”…\n") == "Grüße → “öö”…\n"
    text = spelled("茶 \U0001f375\u202e")
    assert text == "\\u8336 \\ud83c\\udf75\\u202e"
    assert space.contains(text)
    assert space.contains(spelled("茶" * MAX_TEXT))


def test_a_user_who_reacts_mutes_the_agent_and_acts_on_what_is_welcome():
    env = make(persona="p25", reactive=True, action="text", reward="score")
    played = play(env, lambda *_: "Check the deadline against the team calendar.")
    muted = [before[2]["muted"] for before in played[:-1]]
    assert played[0][2]["muted"] is False
    assert any(muted)
    for was, (_, reward, info) in zip(muted, played[1:], strict=True):
        assert (info["said"] == "") == was, "what is said while muted does not reach the user"
        if was:
            assert reward == 0.0
            assert list(info["rating"]) == [-1] * 4
            assert not info["true"]["oracle_speaks"]
            assert all(one.rating is None for each in info["feedback"] for one in each.candidates)
    assert played[-1][2]["muted"] is False, "the episode is over"
    env, steps = make(persona="p11", reactive=True, action="text"), list(Simulation(load_persona("p11"), "oracle", days=1, reactive=True))
    told = play(env, lambda number, _: steps[number].answer.text or "")
    assert [info["true"]["taken_up"] for _, _, info in told[1:]] == [step.taken_up.activity if step.taken_up else "" for step in steps]
    assert any(info["true"]["taken_up"] for _, _, info in told[1:])
    check_env(make(persona="p25", reactive=True), skip_render_check=True)
    with pytest.raises(InputError, match="reactive must be False or True"):
        make(reactive="on")
