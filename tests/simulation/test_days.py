"""Runs of a persona with rules for some days of the week: who speaks when, bands, controls and the check of the rubric."""

import itertools

import msgspec
import pytest
import yaml

from propersim.core import clock
from propersim.core.interfaces import Response
from propersim.core.records import Candidate, Rating, Shadow
from propersim.persona.library import personas_folder
from propersim.persona.model import Frequency
from propersim.persona.parsing import parse_persona
from propersim.simulation.metrics import DayCounter, metrics
from propersim.simulation.persona_check import check_persona, rubric_warnings, simulate_days
from propersim.simulation.simulation import Simulation, figures_of

TIMESTEP = 10.0
MORNINGS = {"days": ["sat"], "start": "08:00", "end": "12:00"}
LUNCHES = {"days": ["mon", "wed"], "start": "11:30", "end": "15:00"}
EVENINGS = {"days": ["sun"], "start": "17:00", "end": "22:00"}


def persona_with(windows=None, likes=None, **frequency):
    data = yaml.safe_load((personas_folder() / "p07.yaml").read_text(encoding="utf-8"))
    rubric = data["rubric"]
    rubric["timing"] = {"text": "as the rules say", "windows": windows or rubric["timing"]["windows"]}
    rubric["preference"]["likes"] = likes or [{"topics": [topic for like in rubric["preference"]["likes"] for topic in like["topics"]]}]
    rubric["frequency"] |= frequency
    return parse_persona(yaml.safe_dump(data, sort_keys=False))


P07 = persona_with()
SUNDAY_RATE = {"days": ["sun"], "min_per_day": 6, "max_per_day": 8}
SOME_DAYS = {"windows": [MORNINGS, LUNCHES, EVENINGS], "min_per_day": 2, "max_per_day": 4, "on_days": [SUNDAY_RATE]}


@pytest.fixture(scope="module")
def persona():
    return persona_with(**SOME_DAYS)


@pytest.fixture(scope="module")
def steps(persona):
    """Return the steps of ten days of the oracle, by day."""
    run = Simulation(persona, "oracle", days=10, timestep=TIMESTEP)
    return {day: list(run.live(run.begin_day(day))) for day in range(1, 11)}


def test_the_oracle_speaks_on_the_days_and_at_the_hours_of_the_windows(steps):
    hours = {0: (690, 900), 2: (690, 900), 5: (480, 720), 6: (1020, 1320)}
    for day, those in steps.items():
        spoken = [step for step in those if step.spoke]
        weekday = clock.weekday(day)
        assert bool(spoken) == (weekday in hours), day
        assert all(hours[weekday][0] <= step.minute < hours[weekday][1] for step in spoken)
        assert all(step.rating.score == 4 for step in those)
        assert all(step.shadow.spoke == step.spoke for step in those)
        if weekday not in hours:
            assert not any(step.moment.receptive or step.moment.wanted or step.moment.overdue for step in those)


def test_the_rate_of_a_weekday_sets_number_and_gap_of_its_recommendations(steps):
    for day, those in steps.items():
        spoken = [step for step in those if step.spoke]
        most, gap_min = (8, 0.75 * 960 / 8) if clock.weekday(day) == 6 else (4, 0.75 * 960 / 4)
        assert len(spoken) <= most
        assert all(after.minute - before.minute >= gap_min for before, after in itertools.pairwise(spoken))
    # Five hours at 90 minutes apart; with the main gap of 180 there would be two.
    assert sum(step.spoke for step in steps[7]) == 4


def shown(day, count, oracle):
    """Return a counter of a day on which an assistant and the oracle spoke a number of times."""
    tally = DayCounter(day, TIMESTEP, Frequency.model_validate({"text": "x", "min_per_day": 2, "max_per_day": 4, "on_days": [SUNDAY_RATE]}))
    sample = next(iter(Simulation(P07, "silent", days=1, timestep=60)))
    silent, spoken = Candidate(None, Rating(1, 1, 1, 1, ("",) * 4)), Candidate("Tea?", Rating(1, 1, 1, 1, ("",) * 4))
    for number in range(10):
        one = spoken if number < count else silent
        shadow = Shadow(4, 4, number < oracle)
        tally.add(msgspec.structs.replace(sample, index=number, day=day, candidates=(one,), shown=0, shadow=shadow))
    return tally.figures()


@pytest.mark.parametrize(
    ("day", "count", "oracle", "in_band"),
    [
        (6, 2, 3, True),
        (6, 5, 3, False),
        (7, 5, 7, False),
        (7, 6, 7, True),
        (7, 8, 7, True),
        (7, 9, 7, False),
        (7, 4, 4, True),
        (14, 5, 7, False),
        (8, 0, 0, True),
    ],
)
def test_a_day_is_in_the_band_of_its_weekday(day, count, oracle, in_band):
    assert shown(day, count, oracle).in_band == in_band


def test_in_band_of_a_run_counts_each_day_by_its_weekday(persona, steps):
    figures = [figures_of(those, day, TIMESTEP, persona) for day, those in steps.items()]
    assert metrics(figures)["in_band"] == 1


def test_random_speaks_at_the_rate_of_the_weekday():
    persona = persona_with(min_per_day=1, max_per_day=2, on_days=[{"days": "weekends", "min_per_day": 60, "max_per_day": 80}])
    figures = simulate_days(persona, "random", days=7, seeds=(0,), timestep=15.0)
    weekends = [day.shown for day in figures if clock.weekday(day.day) >= 5]
    weekdays = [day.shown for day in figures if clock.weekday(day.day) < 5]
    assert min(weekends) >= 35
    assert max(weekdays) <= 8


def test_a_day_is_the_same_whether_resumed_or_not(persona, steps):
    run = Simulation(persona, "oracle", days=10, timestep=TIMESTEP)
    plan = run.begin_day(7)
    half = len(steps[7]) // 2
    run.index = steps[7][half].index
    assert list(run.live(plan, steps[7][:half])) == steps[7][half:]


def test_a_day_is_the_same_where_each_step_is_answered_from_outside(persona, steps):
    run = Simulation(persona, "silent", days=10, timestep=TIMESTEP)
    run.index = steps[7][0].index
    done = []
    for turn, wanted in zip(run.turns(run.begin_day(7)), steps[7], strict=True):
        assert turn.ask().texts == (None,)
        assert (turn.situation.minute, turn.situation.clocks, turn.situation.moment) == (wanted.minute, wanted.clocks, wanted.moment)
        done.append(turn.complete(Response((wanted.answer.text,))))
    assert done == steps[7]
    assert run.asleep


def test_a_step_is_completed_before_the_next(persona):
    turns = (run := Simulation(persona, "silent", timestep=TIMESTEP)).turns(run.begin_day(1))
    turn = next(turns)
    with pytest.raises(ValueError, match="showed candidate 2 of 1"):
        turn.complete(Response((None,), 2))
    with pytest.raises(RuntimeError, match="step 0 was not completed"):
        next(turns)


# -- the check of a rubric ------------------------------------------------------------------------------------------


def test_weekdays_with_rules_of_their_own_are_checked_by_themselves():
    windows = [{"days": "weekends", "start": "00:00", "end": "24:00"}, {"days": ["mon", "wed"], "start": "18:00", "end": "21:00"}]
    persona = persona_with(windows=windows, likes=[{"topics": ["music"], "days": "weekdays"}, {"topics": ["art"], "days": ["sat"]}])
    warnings = rubric_warnings(persona)
    assert "receptive, but no topic is liked (Sun): nothing can be wanted then" in warnings
    assert [line for line in warnings if "% of" in line] == ["receptive in 100% of waking time (Sat) (expected 10% to 60%)"]


@pytest.mark.slow
def test_the_check_looks_at_each_group_of_weekdays(persona):
    check = check_persona(persona)
    assert [part.days for part in check.by_days] == ["Mon, Wed", "Tue, Thu, Fri", "Sat", "Sun"]
    assert [part.receptive > 0 for part in check.by_days] == [True, False, True, True]
    # Days on which nothing is allowed cannot be out of the band; on the Sunday there are four instead of six.
    assert check.oracle_in_band == pytest.approx(sum([1, 1, 1, 0]) / 4)


@pytest.mark.slow
def test_weekdays_that_are_open_for_too_short_a_time_are_named():
    brief = {"days": ["wed"], "start": "12:00", "end": "12:30"}
    warnings = rubric_warnings(persona_with(windows=[brief, {"days": ["mon", "tue"], "start": "18:00", "end": "21:00"}]))
    assert [line.split("% of")[1] for line in warnings if "receptive" in line] == [" waking time (Wed) (expected 10% to 60%)"]


@pytest.mark.slow
def test_a_weekday_without_enough_wanted_moments_is_named():
    busy = {"days": ["sun"], "min_per_day": 60, "max_per_day": 80}
    likes = [{"topics": ["music"], "days": ["mon", "tue", "wed", "thu", "fri", "sat"]}, {"topics": ["art"], "between": ["12:00", "13:00"]}]
    persona = persona_with(windows=[{"start": "00:00", "end": "24:00"}], likes=likes, min_per_day=4, max_per_day=6, on_days=[busy])
    warnings = rubric_warnings(persona)
    assert [line.partition(" (expected")[0][-5:] for line in warnings if "even the oracle" in line] == ["(Sun)"]
