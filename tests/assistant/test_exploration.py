"""Exploration: recommendations that are shown in order to learn, and their budget."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.assistant.exploration import LIKELIEST, SPENT_A_DAY, STEPS, Exploration
from propersim.core.feedback import Feedback, RevealedCandidate, RevealedRating
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation

ACTION = next(iter(Simulation(load_persona("p01"), "silent", days=1, timestep=60.0))).action
LIKED, DISLIKED = RevealedRating(1, 1, 1, 1), RevealedRating(0, 1, 1, 1)


def step(index, day, *, p_speak=0.05, explored=False, rating=None):
    shown = RevealedCandidate("How about tea?", rating=rating) if explored else RevealedCandidate(None)
    return Feedback(index, day, 600.0, ACTION, (shown,), 0, p_speak, explored)


@given(st.integers(0, 100), st.floats(0.001, 0.5), st.integers(0, 50))
def test_no_more_is_spent_than_the_budget(budget, p_speak, seed):
    """However likely the moments are, unwelcome explorations never exceed the budget."""
    exploration, rng, spent = Exploration(budget), random.Random(seed), 0
    for index in range(5 * 60):
        day = 1 + index // 60
        explored = rng.random() < 20 * exploration.probability(day, p_speak)
        spent += explored
        exploration.observe(step(index, day, p_speak=p_speak, explored=explored, rating=DISLIKED))
    assert spent <= budget


def test_a_day_spends_a_share_of_what_is_left():
    exploration = Exploration(40)
    assert exploration.probability(1, 0.1) == 40 * SPENT_A_DAY / STEPS
    for index in range(10):
        exploration.observe(step(index, 1, p_speak=0.1, explored=True, rating=DISLIKED))
    assert exploration.probability(1, 0.1) == 0
    assert exploration.probability(2, 0.1) == pytest.approx(30 * SPENT_A_DAY / STEPS)


def test_likely_moments_are_explored_more_often():
    exploration = Exploration(40)
    for index in range(100):
        exploration.observe(step(index, 1, p_speak=0.01))
    usual, likely = exploration.probability(1, 0.01), exploration.probability(1, 0.05)
    assert round(likely / usual, 6) == 5
    assert round(exploration.probability(1, 0.9) / usual, 6) == LIKELIEST


def test_an_exploration_that_was_welcome_costs_nothing():
    told, late = Exploration(1), Exploration(1)
    told.observe(step(0, 1, explored=True, rating=LIKED))
    assert told.probability(1, 0.1) > 0
    late.observe(step(0, 1, explored=True))
    assert late.probability(2, 0.1) == 0
    late.reveal([step(0, 1, explored=True, rating=LIKED)])
    assert late.probability(3, 0.1) > 0


def test_without_a_budget_nothing_is_explored():
    assert Exploration(0).probability(1, 0.9) == 0
