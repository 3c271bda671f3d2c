"""The diary of the current day: recommendations, clocks and scores in the state."""

from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.feedback import FeedbackMode
from propersim.memory.diary import RECENT, Diary
from propersim.persona.library import load_persona
from propersim.simulation.simulation import Simulation

STEPS = list(Simulation(load_persona("p11"), "random", seed=3, days=2))


def diary_at(index, scores=True):
    diary = Diary(scores=scores)
    for step in STEPS[:index]:
        diary.observe(FeedbackMode().reveal(step))
    return diary


@given(st.integers(1, len(STEPS) - 1))
@settings(max_examples=60)
def test_every_recommendation_of_today_is_counted_once(index):
    now = STEPS[index]
    today = [s for s in STEPS[:index] if s.day == now.day and s.spoke]
    diary = diary_at(index)
    if diary.day != now.day:
        return
    hours, blocks = diary.summaries(now.minute)
    assert len(hours) <= 4
    assert len(blocks) <= 3
    counted = sum(row.shown for row in (*hours, *blocks)) + sum(
        past.topic is not None or bool(past.text) for past in diary.recent(now.minute)
    )
    covered = [s for s in today if s.minute >= now.minute - RECENT - 4 * 60 - 3 * 240]
    assert counted == len(covered)


@given(st.integers(1, len(STEPS) - 1))
@settings(max_examples=60)
def test_the_clocks_are_those_of_the_day(index):
    now = STEPS[index]
    diary = diary_at(index)
    if diary.day != now.day:
        return
    today = [s for s in STEPS[:index] if s.day == now.day]
    wake = today[0].minute
    said = [s for s in today if s.spoke]
    good = [s for s in said if s.rating.satisfying]
    timers = diary.timers(now.minute)
    assert timers.gap == now.minute - (said[-1].minute if said else wake)
    assert timers.need == now.minute - (good[-1].minute if good else wake)
    assert (timers.shown, timers.satisfying) == (len(said), len(good))


def test_scores_are_in_the_state_only_where_the_level_has_them():
    index = next(i for i in range(200, 400) if any(p.text for p in diary_at(i).recent(STEPS[i].minute)))
    now = STEPS[index].minute
    for scores in (True, False):
        diary = diary_at(index, scores)
        rows = [past for past in diary.recent(now) if past.text]
        assert all((past.score is not None) == scores for past in rows)
        hours, _ = diary.summaries(now)
        assert any(row.mean_score is not None for row in hours) == scores


def test_yesterday_is_forgotten():
    first = next(i for i, s in enumerate(STEPS) if s.day == 2)
    diary = diary_at(first + 2)
    assert diary.timers(STEPS[first + 2].minute).shown == sum(s.spoke for s in STEPS[first : first + 2])
    assert diary.summaries(STEPS[first + 2].minute) == ((), ())
