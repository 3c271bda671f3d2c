"""Colours by their meaning: scores, states, messages, focus and selection, in a dark and a light theme."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.widgets import Button

from propersim_tui.config.themes import DEFAULT_THEME
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.table import Table
from tests.tui.hosts import draw_nothing, text_of
from tests.tui.legible import colours_of
from tests.tui.scenes import LIGHT, MIDDLE, SCENES

THEMES = (DEFAULT_THEME, LIGHT)


@pytest.fixture
def shown(tmp_path, monkeypatch):
    """Open a scene of an app in a theme; returns the app and its running pilot as a context."""
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)

    def make(name: str, theme: str):
        stage, scene = SCENES[name]
        app = stage.open()
        app.theme = theme
        return app, scene.way

    return make


def colour(app, name: str) -> str:
    """Return a colour of the theme as ``#rrggbb``."""
    return Color.parse(app.get_css_variables()[name]).hex.lower()


def foregrounds(app, text: str) -> set[str]:
    return {front for front, _ in colours_of(app, text)}


@pytest.mark.parametrize("theme", THEMES)
async def test_ratings_have_the_colours_of_their_scores(shown, theme):
    app, way = shown("live-day", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        assert foregrounds(app, "○ ○ ● ○  1") == {colour(app, "score-1")}
        assert foregrounds(app, "● ● ● ●  4") == {colour(app, "score-4")}
        assert len({colour(app, f"score-{score}") for score in range(5)}) == 5


@pytest.mark.parametrize("theme", THEMES)
async def test_errors_warnings_and_success_have_their_colours(shown, theme):
    app, way = shown("live-day", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        notice = app.live.query_one(Notice)
        for tone, sign, name in (("bad", "✖", "error"), ("warn", "▲", "warning"), ("good", "■", "success")):
            notice.close()
            notice.show("a message", "what to do", tone=tone)
            await pilot.pause()
            assert colour(app, f"text-{name}") in foregrounds(app, f"{sign} "), tone
            assert notice.styles.border_left[1].hex.lower() == colour(app, name), tone


@pytest.mark.parametrize("theme", THEMES)
async def test_the_focused_panel_alone_has_the_primary_border(shown, theme):
    app, way = shown("live-day", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        for name in ("home", "days", "assistant"):
            app.live.query_one(f"#{name}").focus()
            await pilot.pause()
            framed = {each.id for each in app.export.regions() if each.styles.border_top[1].hex.lower() == colour(app, "primary")}
            assert framed == {name}


@pytest.mark.parametrize("theme", THEMES)
async def test_the_current_time_and_entry_are_marked(shown, theme):
    app, way = shown("live-day", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        assert colour(app, "mark") in foregrounds(app, "09:12:30")
        assert foregrounds(app, "▸") == {colour(app, "mark")}


@pytest.mark.parametrize("theme", THEMES)
async def test_the_selected_run_stands_out_and_states_have_their_colours(shown, theme):
    app, way = shown("runs", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        grounds = {back for front, back in colours_of(app, "p01-llama-test") if front != colour(app, "mark")}
        others = {back for _, back in colours_of(app, "p02-new")}
        assert len(grounds) == len(others) == 1
        assert grounds != others, "the selected row has another background"
        app.screen.set_focus(None)
        await pilot.pause()
        assert {back for front, back in colours_of(app, "p01-llama-test") if front != colour(app, "mark")} not in (grounds, others)
        assert foregrounds(app, "‖ stopped") == {colour(app, "text-warning")}
        assert foregrounds(app, "■ finished") == {colour(app, "primary")}
        assert app.screen.query_one(Table).key == "p01-llama-test"


@pytest.mark.parametrize("theme", THEMES)
async def test_a_question_before_deleting_looks_dangerous(shown, theme):
    app, way = shown("confirm-delete", theme)
    async with app.run_test(size=MIDDLE) as pilot:
        await way(pilot)
        assert app.screen.children[0].styles.border_top[1].hex.lower() == colour(app, "error")
        assert app.screen.query_one("#do", Button).variant == "error"
        assert app.screen.query_one("#keep", Button).has_focus
        assert "This cannot be undone." in text_of(app)
