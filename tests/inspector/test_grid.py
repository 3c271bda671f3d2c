"""The grid of typical moments follows the rules of its weekday."""

import yaml

from propersim.core import clock
from propersim.inspector.grid import WEEKDAY, Grid
from propersim.persona.library import load_persona, personas_folder
from propersim.persona.parsing import parse_persona
from propersim.user.routine import Routine
from propersim.user.rules import Rules
from propersim.world.floor_plan import load_world

SATURDAY, SUNDAY = 6, 7


def grid_of(persona, days):
    routine = Routine(persona, load_world())
    return Grid([routine.plan(day) for day in range(1, days + 1)], [], 2.5, Rules(persona))


def with_saturdays():
    data = yaml.safe_load((personas_folder() / "p01.yaml").read_text(encoding="utf-8"))
    data["rubric"]["timing"]["windows"] = [{"days": ["sat"], "start": "09:00", "end": "12:00"}]
    data["rubric"]["preference"]["likes"].append({"topics": ["gardening"], "days": "weekends"})
    data["rubric"]["frequency"]["on_days"] = [{"days": "weekends", "min_per_day": 20, "max_per_day": 30}]
    return parse_persona(yaml.safe_dump(data))


def test_where_every_day_is_alike_the_moments_are_on_a_wednesday():
    grid = grid_of(load_persona("p01"), SATURDAY)
    assert grid.weekday == WEEKDAY
    assert grid.state(0, 10, timers=True, remembers=False).weekday == WEEKDAY
    assert any(map(any, grid.open()))


def test_where_rules_name_days_the_moments_are_on_the_last_weekday_that_is_ever_open():
    persona = with_saturdays()
    for days in (SATURDAY, SUNDAY, SUNDAY + 3):
        grid = grid_of(persona, days)
        assert clock.WEEKDAYS[grid.weekday] == "Sat"
        assert grid.state(0, 10, timers=True, remembers=False).weekday == grid.weekday
        columns = {column for row in grid.open() for column, is_open in enumerate(row) if is_open}
        assert {9 * 60 <= grid.minute(column) < 12 * 60 for column in columns} == {True}
    # The clocks are those of a Saturday's rate: about 25 a day.
    assert grid.clocks(grid.columns - 1).shown >= 20


def test_before_any_day_is_open_the_moments_are_on_the_last_day():
    grid = grid_of(with_saturdays(), 2)
    assert clock.WEEKDAYS[grid.weekday] == "Tue"
    assert not any(map(any, grid.open()))
    assert grid.clocks(grid.columns - 1).shown <= 8
