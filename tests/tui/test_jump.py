"""Jump letters: j shows one on everything that can be reached."""

from __future__ import annotations

import re

import pytest
from textual.widgets import Label

from propersim_tui.config.actions import ACTS
from propersim_tui.config.settings import REGION_NAMES
from propersim_tui.screens.jump import ENTRY_LETTERS, REGION_LETTERS, JumpScreen
from tests.tui.hosts import text_of

pytestmark = pytest.mark.usefixtures("undrawn")

AT = 804 + 200


@pytest.fixture
async def shown(app_of, three_days):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        yield app, pilot


def test_no_letter_is_given_twice_and_every_region_has_one():
    from propersim_tui.config.settings import REGIONS

    letters = [*REGION_LETTERS.values(), *ENTRY_LETTERS]
    assert len(letters) == len(set(letters))
    assert set(REGION_LETTERS) == set(REGIONS)
    assert next(act.keys for act in ACTS if act.id == "jump") not in letters


async def test_every_region_that_is_seen_is_reached_by_its_letter(shown):
    app, pilot = shown
    for name, letter in REGION_LETTERS.items():
        if name == "training":
            continue
        await pilot.press("j", letter)
        await pilot.pause()
        assert not isinstance(app.screen, JumpScreen)
        assert app.focused.id == name
    assert app.frame.step.index == AT


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
async def test_letters_cover_no_title_and_no_entry(app_of, three_days, size):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        before = text_of(app).split("\n")
        await pilot.press("j")
        await pilot.pause()
        after = text_of(app).split("\n")
        for goal in app.screen.goals:
            cells = range(goal.x, goal.x + goal.width)
            covered = "".join(before[goal.y][x] for x in cells)
            assert not re.search(r"[A-Za-z:●]", covered), (goal, covered)
            assert goal.letter in "".join(after[goal.y][x] for x in cells)


async def test_the_palette_calls_regions_by_their_titles(shown):
    app, _ = shown
    for region in app.export.regions():
        assert REGION_NAMES[region.id] in str(region.border_title).casefold()


async def test_letters_stand_where_their_goals_are_and_lead_there(shown):
    app, pilot = shown
    await pilot.press("j")
    await pilot.pause()
    assert REGION_LETTERS["training"] not in {goal.letter for goal in app.screen.goals}, "it is not seen"
    drawn = {str(label.content).strip(): label.region for label in app.screen.query(Label)}
    below = app.screen_stack[0]
    for region in app.export.regions():
        assert below.query_one(f"#{region.id}").region.contains_point(drawn[REGION_LETTERS[region.id]].offset)
    for goal in app.screen.goals:
        assert drawn[goal.letter].offset == (goal.x, goal.y)
        assert app.size.region.contains_region(drawn[goal.letter])
    first, second = [goal for goal in app.screen.goals if goal.action.startswith("go_to_step")][:2]
    await pilot.press(second.letter)
    await pilot.pause()
    assert app.frame.step.minute == 13 * 60
    assert app.frame.step.spoke
    assert first.y > second.y


async def test_any_other_key_leaves_and_a_click_on_a_letter_goes_there(shown):
    app, pilot = shown
    focused = app.focused
    for key in ("escape", "at", "j", "f5"):
        await pilot.press("j", key)
        await pilot.pause()
        assert not isinstance(app.screen, JumpScreen)
        assert app.focused is focused
        assert app.frame.step.index == AT
    await pilot.press("j")
    await pilot.pause()
    goal = next(goal for goal in app.screen.goals if goal.letter == REGION_LETTERS["days"])
    await pilot.click(offset=(goal.x + 1, goal.y))
    await pilot.pause()
    assert app.focused.id == "days"


async def test_tabs_have_their_numbers_on_a_small_screen(app_of, three_days):
    app = app_of(three_days, at=AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "3")
        await pilot.pause()
        assert app.query_one("#tabs").chosen == "scores"
        await pilot.press("j", REGION_LETTERS["scores"])
        await pilot.pause()
        assert app.focused.id == "scores"
        await pilot.press("j")
        letters = {goal.letter for goal in app.screen.goals}
        assert letters == {"1", "2", "3", "4", REGION_LETTERS["scores"], REGION_LETTERS["today"]}
