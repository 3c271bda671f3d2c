"""The screen below a dialog is dimmed exactly as Textual does it."""

from __future__ import annotations

import pytest
from textual._context import visible_screen_stack
from textual.renderables.background_screen import BackgroundScreen

from propersim.runs.protocol import RunState
from propersim_tui.screens.dialog import MOST_TOAST_ROWS, Dialog, Dimmed
from propersim_tui.screens.rate import RateScreen
from propersim_tui.widgets.rating_row import RatingRow
from tests.tui.hosts import on_top, settled, text_of
from tests.tui.scenes import RATING

pytestmark = pytest.mark.usefixtures("undrawn")


def seen(app) -> list[str]:
    """Return the columns beside the dialog."""
    visible_screen_stack.set(app._background_screens)
    return [strip.text[:8] + strip.text[-8:] for strip in app.screen._compositor.render_strips()]


@pytest.mark.parametrize("theme", ["propersim", "textual-light"])
@pytest.mark.parametrize("key", ["g", "question_mark", "j"])
async def test_the_same_cells_in_the_same_colours(app_of, three_days, key, theme):
    app = app_of(three_days, at=300)
    async with app.run_test(size=(100, 30)) as pilot:
        app.theme = theme
        await pilot.pause()
        await pilot.press(key)
        await pilot.pause()
        window, beneath = app.screen, app.live
        assert isinstance(window, Dialog)
        tint = window.styles.background
        ours = Dimmed(beneath, tint).render_strips(100, 30, window.visual_style, None)  # type: ignore[arg-type]
        theirs = BackgroundScreen.process_segments((each for strip in beneath._compositor.render_strips() for each in strip), tint)
        assert [each for strip in ours for each in strip] == list(theirs)
        assert all(strip.cell_length == 100 for strip in ours)


async def test_what_goes_on_beneath_is_seen(app_of, three_days, clock):
    app = app_of(three_days, speed=4, paused=False)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        old = seen(app)
        before = app.playback.cursor
        for _ in range(10):
            clock.now += 0.5
            app.tick()
            await pilot.pause()
        assert app.playback.cursor > before
        assert seen(app) != old


LONG = "You rate recommendations from now on, and what you leave out stays unrated; h hands them back to the judge"


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
async def test_toasts_hide_neither_question_nor_buttons(app_of, three_days, live, size):
    app = app_of(three_days, live=live)
    async with app.run_test(size=size, notifications=True) as pilot:
        app.notifier.toast(LONG)
        live.events = [RunState("rating"), RATING]
        app.tick()
        await pilot.pause()
        screen = on_top(app, RateScreen)
        for count in range(3):
            app.notifier.toast(f"message {count}: {LONG}", warn=True)
            await settled(pilot)
            frame = screen.query_one("RateScreen > Vertical").region
            rows = [y for y, row in enumerate(text_of(app).splitlines()) if "stays unrated; h hands" in row or "message" in row]
            assert len(screen.query("Toast")) == count + 2
            assert rows
            assert frame.bottom <= min(rows)
            assert size[1] - min(rows) <= MOST_TOAST_ROWS or size[1] == 40
            assert frame.y >= 0
            assert [row.region.height for row in screen.query(RatingRow)] == [1] * 4
            assert all(frame.contains_region(row.region) for row in screen.query(RatingRow))
            text = text_of(app)
            assert "y n or ← →: answer" in text
            assert "s, Esc: leave unrated" in text
            assert f"message {count}" in text
        app.clear_notifications()
        await settled(pilot)
        assert screen.toast_rows == 0
        assert not screen.has_class("-crowded")
