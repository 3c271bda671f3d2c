"""The map of the home: drawing and walks."""

from __future__ import annotations

import pytest

from propersim.core.errors import HomeError
from propersim.world.home import load_home, parse_home
from propersim_tui.widgets.floor_plan import draw_floor_plan, floor_plan_size

pytestmark = pytest.mark.usefixtures("undrawn")

TINY = """
[rooms]
#####
#aab#
##+##
#ccc#
#####
[objects]
#####
#XX.#
##+##
#Y..#
#####
[legend]
room a = den
room b = nook
room c = yard outdoors
object X = den/couch ▭ walkable
object Y = yard/tree 🌳
"""


def test_walls_join_and_doors_lie_in_them():
    home = load_home()
    plan = draw_floor_plan(home)
    assert plan.chars[0][0] == "┏"
    assert plan.chars[0][-1] == "┓"
    assert plan.chars[-1][0] == "┗"
    for x, y in home.doors:
        assert plan.kinds[y][x] == "door"
        assert plan.chars[y][x] in "╍╏"


@pytest.mark.parametrize("scale", [1, 2])
def test_every_tile_has_its_cell(scale):
    home = load_home()
    plan = draw_floor_plan(home, scale)
    assert (plan.width, plan.height) == floor_plan_size(home, scale)
    for y in range(home.height):
        for x in range(home.width):
            assert plan.room(plan.cell((x, y))) == (home.room_at((x, y)) or "")
    for thing in home.furniture.values():
        for tile in thing.tiles:
            x, y = plan.cell(tile)
            assert plan.chars[y][x] == thing.glyph


@pytest.mark.parametrize("scale", [1, 2])
def test_every_room_has_its_name(scale):
    home = load_home()
    text = "\n".join("".join(row) for row in draw_floor_plan(home, scale).chars)
    for room in home.rooms.values():
        name = room.replace("_", " ").removesuffix(" room")
        assert name in text or name[:5] + "." in text


def test_glyphs_that_are_not_one_cell_wide_are_replaced():
    plan = draw_floor_plan(parse_home(TINY))
    assert plan.chars[3][1] == "▪"


def test_a_plan_too_small_for_names_has_parts_of_them():
    assert draw_floor_plan(parse_home(TINY)).chars[1][3] in ("n", ".", " ")


async def test_the_user_walks_through_doors_and_stays_on_free_tiles(app_of, three_days):
    app = app_of(three_days, at=0)
    home = load_home()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.animation_level = "full"
        view = app.query_one("#home")
        view._timer.stop()
        app.run_view.go_to_step(app.source.find(1, 7 * 60 + 12.5))
        start = view.at
        await pilot.press("n")
        assert view.walking
        way = [start]
        while view.walking:
            view._walk()
            if view.at != way[-1]:
                assert home.free(view.at)
                way.append(view.at)
        step = app.frame.step
        assert way[-1] == (step.x, step.y)
        assert way[-1] == home.path(start, way[-1])[-1]
        assert len(way) > 3


async def test_a_jump_is_no_walk(app_of, three_days):
    app = app_of(three_days, at=0)
    async with app.run_test(size=(120, 40)) as pilot:
        app.animation_level = "full"
        await pilot.press("end")
        assert not app.query_one("#home").walking


async def test_a_way_that_is_not_there_is_no_error(app_of, three_days, monkeypatch):
    app = app_of(three_days, at=0)

    def nowhere(*_):
        raise HomeError("no way")

    async with app.run_test(size=(120, 40)) as pilot:
        app.run_view.go_to_step(app.source.find(1, 7 * 60 + 12.5))
        monkeypatch.setattr(type(app.source.about.home), "path", nowhere)
        await pilot.press("n")
        assert app.query_one("#home").at == (app.frame.step.x, app.frame.step.y)


async def test_the_home_is_drawn_twice_as_large_where_there_is_room(app_of, three_days):
    app = app_of(three_days, at=5)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert app.query_one("#home")._plan.scale == 2
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert app.query_one("#home")._plan.scale == 1
