"""The first picture after a key: the frame of the screen stands before anything is read or found."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from propersim_tui.render.export import widget_exports
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.palette import Palette
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.runs import RunsScreen

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.mark.parametrize(("key", "heading"), [("r", "Runs"), ("p", "Personas")])
async def test_a_list_has_its_heading_before_it_is_read(app_of, three_days, monkeypatch, key, heading):
    monkeypatch.setattr(RunsScreen, "read", lambda self: None)
    monkeypatch.setattr(PersonasScreen, "read", lambda self: None)
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(key)
        await pilot.pause()
        assert not app.screen.table.keys
        assert str(app.screen.query_one(".full--head", Static).content).strip() == heading


async def test_the_comparison_has_its_heading_before_the_runs_are_open(app_of, three_days, monkeypatch):
    monkeypatch.setattr(CompareScreen, "_open", lambda self: None)
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(CompareScreen(app.source.db, "a", "b"))
        await pilot.pause()
        assert str(app.screen.query_one(".full--head", Static).content).startswith(" Compare")


@pytest.mark.parametrize("themes", [False, True])
async def test_the_palette_has_its_line_before_the_commands_are_found(app_of, three_days, monkeypatch, themes):
    monkeypatch.setattr(Palette, "_gather_commands", lambda self, text: None)
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        if themes:
            app.commands.choose_theme()
        else:
            await pilot.press("ctrl+p")
        await pilot.pause()
        assert type(app.screen) is Palette
        line = app.screen.query_one("CommandInput")
        assert line.region.area
        assert line.has_focus


async def test_a_picture_for_the_export_is_made_when_it_is_asked_for(app_of, three_days, monkeypatch):
    made = []

    def draw(strips, width, title):
        made.append(title)
        return "<svg/>"

    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)):
        monkeypatch.setattr("propersim_tui.render.export.as_svg", draw)
        exports = widget_exports(app.query_one("#scores"), [])
        assert not made
        assert exports[1].content == exports[1].content == "<svg/>"
        assert made == ["Scores today so far"], "once"
