from propersim_habit import Habit

from propersim import Simulation, load_persona


def test_what_was_welcome_at_this_hour_is_shown():
    steps = list(Simulation(load_persona("p11"), Habit(0), days=2))
    assert any(step.spoke and step.rating.score == 4 for step in steps if step.day == 2)
