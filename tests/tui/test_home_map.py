"""The map of the home: drawing and walks."""

from __future__ import annotations

import msgspec
import pytest

from propersim.core.errors import WorldError
from propersim.store.store import Store
from propersim.world.floor_plan import load_world, parse_world
from propersim_tui.data.source import RunSource
from propersim_tui.widgets.floor_plan import draw_floor_plan, floor_plan_size
from propersim_tui.widgets.home_map import CUT
from tests.tui import story
from tests.tui.hosts import text_of

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
    world = load_world()
    plan = draw_floor_plan(world)
    assert plan.chars[0][0] == "┏"
    assert plan.chars[0][-1] == "┓"
    assert plan.chars[-1][0] == "┗"
    for x, y in world.doors:
        assert plan.kinds[y][x] == "door"
        assert plan.chars[y][x] in "╍╏"


@pytest.mark.parametrize("scale", [1, 2])
def test_every_tile_has_its_cell(scale):
    world = load_world()
    plan = draw_floor_plan(world, scale)
    assert (plan.width, plan.height) == floor_plan_size(world, scale)
    for y in range(world.height):
        for x in range(world.width):
            assert plan.room(plan.cell((x, y))) == (world.room_at((x, y)) or "")
    for thing in world.furniture.values():
        for tile in thing.tiles:
            x, y = plan.cell(tile)
            assert plan.chars[y][x] == thing.glyph


@pytest.mark.parametrize("scale", [1, 2])
def test_every_room_has_its_name(scale):
    world = load_world()
    text = "\n".join("".join(row) for row in draw_floor_plan(world, scale).chars)
    for room in world.rooms.values():
        name = room.replace("_", " ").removesuffix(" room")
        assert name in text or name[:5] + "." in text


def test_glyphs_that_are_not_one_cell_wide_are_replaced():
    plan = draw_floor_plan(parse_world(TINY))
    assert plan.chars[3][1] == "▪"


def test_a_plan_too_small_for_names_has_parts_of_them():
    assert draw_floor_plan(parse_world(TINY)).chars[1][3] in ("n", ".", " ")


async def test_the_user_walks_through_doors_and_stays_on_free_tiles(app_of, three_days):
    app = app_of(three_days, at=0)
    world = load_world()
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
                assert world.free(view.at)
                way.append(view.at)
        step = app.frame.step
        assert way[-1] == (step.x, step.y)
        assert way[-1] == world.path(start, way[-1])[-1]
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
        raise WorldError("no way")

    async with app.run_test(size=(120, 40)) as pilot:
        app.run_view.go_to_step(app.source.find(1, 7 * 60 + 12.5))
        monkeypatch.setattr(type(app.source.about.world), "path", nowhere)
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


async def test_kept_lines_have_the_signs_of_the_cut_edges_of_now(app_of, three_days):
    app = app_of(three_days, at=0)
    seen = set()
    async with app.run_test(size=(60, 20)) as pilot:
        home = app.query_one("#home")
        for index in range(0, 400, 20):
            app.run_view.go_to_step(index)
            await pilot.pause()
            kept = [home.render_line(y).text for y in range(home.size.height)]
            strips, home._strips = home._strips, {}
            assert kept == [home.render_line(y).text for y in range(home.size.height)]
            home._strips = strips
            seen |= set("".join(kept)) & set(CUT)
    assert {"↑", "↓"} <= seen


def at_the_start(step):
    """A step of a real run: at the first step of an activity the user is still where the last one was."""
    actions = story.plan(step.day).actions
    number = next(i for i, action in enumerate(actions) if action.start <= step.minute < action.end)
    before = actions[max(0, number - 1)].place if step.minute == actions[number].start else step.action.place
    return msgspec.structs.replace(step, x=before.x, y=before.y)


async def test_the_map_shows_the_room_that_is_named_also_at_a_transition(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add(path, change=at_the_start)
    app = app_of(path, at=0)
    async with app.run_test(size=(158, 43)) as pilot:
        await pilot.pause()
        view = app.query_one("#home")
        for row in (0, 2, 4, 3, 1):
            await pilot.click("#doing", offset=(12, row + 1))
            step = app.frame.step
            assert step.minute == step.action.start
            assert view._lit_room == step.action.place.room
            assert view.at == (step.action.place.x, step.action.place.y)


async def test_a_click_on_an_activity_between_two_steps_goes_to_its_first_step(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    # The user wakes a minute later than the plan's activities are cut to: no step is at the minute of a start.
    story.add(path, change=lambda step: msgspec.structs.replace(step, minute=step.minute - 1))
    app = app_of(path, at=300)
    async with app.run_test(size=(158, 43)) as pilot:
        await pilot.pause()
        assert "Activities" in text_of(app)
        start = app.query_one("#doing")._rows[2].start
        await pilot.click("#doing", offset=(12, 3))
        assert app.frame.step.minute == start + 1.5


async def test_another_run_without_a_step_has_nobody_on_the_map(app_of, three_days, tmp_path):
    other = tmp_path / "other.sqlite"
    story.add(other, name="p01-other-test", stop=0, days=1)
    app = app_of(three_days, at=300)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert "☻" in text_of(app)
        app.show_run(RunSource(other, "last"))
        await pilot.pause()
        assert app.query_one("#home").at is None
        assert "☻" not in text_of(app)


async def test_another_home_is_drawn_for_a_run_that_has_another(app_of, three_days, tmp_path):
    other = tmp_path / "other.sqlite"
    row = story.add(other, name="p01-other-test")
    with Store(other) as store:
        store.update_run(row, world_text=TINY)
    app = app_of(three_days, at=300)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        app.show_run(RunSource(other, "last"), paused=True)
        await pilot.pause()
        assert app.query_one("#home")._world.width == 5
