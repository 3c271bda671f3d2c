"""Several environments at once."""

from __future__ import annotations

import pytest

gymnasium = pytest.importorskip("gymnasium", reason="needs the extra gym")

import numpy as np

NAME = "propersim.gym:propersim/ProPer-v0"
"""Imports the module that registers it."""


def lived(mode, actions, observation="both", **about):
    """Return the observations, rewards and infos of three steps of four environments."""
    envs = gymnasium.make_vec(NAME, num_envs=4, vectorization_mode=mode, timestep=30.0, observation=observation, **about)
    try:
        seen, info = envs.reset(seed=7)
        rows = [(copied(seen), np.zeros(4), info)]
        for _ in range(3):
            seen, reward, _, _, info = envs.step(actions)
            rows.append((copied(seen), reward, info))
        return rows
    finally:
        envs.close()


def copied(seen):
    """Return an observation whose arrays the next step does not change."""
    return {key: np.array(value) for key, value in seen.items()}


def test_environments_have_seeds_of_their_own_and_are_those_made_alone():
    rows = lived("sync", np.ones(4, np.int64))
    assert list(rows[0][2]["seed"]) == [7, 8, 9, 10]
    assert len(set(rows[1][2]["said"])) == 4
    assert rows[1][2]["true"]["rating"].shape == (4, 4)
    alone = gymnasium.make(NAME, timestep=30.0, observation="both")
    mine = [(alone.reset(seed=9)[0], 0.0, "")]
    for _ in range(3):
        seen, reward, _, _, info = alone.step(1)
        mine.append((seen, reward, info["said"]))
    for (found, rewards, infos), (seen, reward, said) in zip(rows, mine, strict=True):
        assert np.array_equal(found["evidence"][2], seen["evidence"])
        assert found["text"][2] == seen["text"]
        assert rewards[2] == reward
        assert said == (infos["said"][2] if "said" in infos else "")


@pytest.mark.parametrize("id_", [NAME, "propersim.gym:propersim/User-v0"])
def test_episodes_of_different_lengths_begin_anew(id_):
    envs = gymnasium.make_vec(id_, num_envs=3, vectorization_mode="sync", timestep=60.0)
    envs.reset(seed=0)
    ended = np.zeros(3, int)
    for _ in range(60):
        _, _, done, _, info = envs.step(envs.action_space.sample())
        ended += done
        if done.any():
            assert info["true"]["_episode"][done].all()
    assert (ended >= 2).all()
    envs.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("observation", "kwargs"),
    [("dict", {"context": "spawn"}), ("both", {"shared_memory": False})],
    ids=["numbers in shared memory", "texts in pipes"],
)
def test_processes_give_what_one_process_gives(observation, kwargs):
    here = lived("sync", np.array([0, 1, 1, 0]), observation)
    there = lived("async", np.array([0, 1, 1, 0]), observation, vector_kwargs=kwargs)
    for (seen, reward, info), (other, other_reward, other_info) in zip(here, there, strict=True):
        assert np.array_equal(reward, other_reward)
        assert all(np.array_equal(seen[key], other[key]) for key in seen)
        assert list(info.get("said", [])) == list(other_info.get("said", []))


def test_texts_are_not_read_from_shared_memory():
    """Gymnasium reads them once, before the first reset."""
    with pytest.raises(ValueError, match="disable this feature with `shared_memory=False`"):
        gymnasium.make_vec("propersim.gym:propersim/User-v0", num_envs=2, vectorization_mode="async")
