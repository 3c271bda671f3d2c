"""The screen below a dialog is dimmed exactly as Textual does it."""

from __future__ import annotations

import pytest
from textual._context import visible_screen_stack
from textual.renderables.background_screen import BackgroundScreen

from propersim_tui.screens.dialog import Dialog, Dimmed

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
