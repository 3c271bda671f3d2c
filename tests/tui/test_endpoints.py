"""Runs that call endpoints: calls and costs are shown, live and in a replay."""

from __future__ import annotations

import pytest

from propersim.runs.protocol import CallTotals, RunState
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.tui import story
from tests.tui.hostile import HOSTILE, shown_start
from tests.tui.hosts import harmless

pytestmark = pytest.mark.usefixtures("undrawn")


def header(app) -> str:
    return app.screen.query_one("#header").render().plain


async def test_a_stored_run_shows_its_bill_its_peer_and_the_calls_of_a_step(tmp_path, app_of):
    db = tmp_path / "runs.sqlite"
    story.add_asked(db)
    app = app_of(db, at=20)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        assert "4 calls $0.0375" in header(app)
        assert "user mistral-small" in header(app)
        await pilot.press("i")
        app.tick()
        await pilot.pause()
        weighed = app.screen.query_one("#weighed", ScrollPanel).content_shown.plain
        assert "Calls to endpoints" in weighed
        assert "failed: KeyRefused" in weighed
        assert "cached" in weighed
        assert "912 tokens in, 88 out, 1.2 s, $0.0125  2 retries, 1 repeated" in weighed
        assert weighed.count("mistral-small") == 3


async def test_while_an_answer_is_awaited_the_header_says_so_and_the_bill_grows(tmp_path, app_of, live, clock):
    db = tmp_path / "runs.sqlite"
    story.add_asked(db)
    app = app_of(db, live=live, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        live.events = [RunState("running"), RunState("asking"), CallTotals(31, 1.5)]
        clock.now += 1
        app.tick()
        await pilot.pause()
        assert "◌ ASKING (usually 1 s) · 31 calls $1.50" in header(app)
        live.events = [RunState("running", 2.0), CallTotals(32, 0.0)]
        app.tick()
        await pilot.pause()
        assert "waiting" not in header(app)
        assert "32 calls" in header(app)
        assert "$" not in header(app)


@pytest.mark.parametrize("kind", ["markup", "control", "rtl", "wide"])
async def test_what_an_endpoint_calls_itself_is_no_markup(kind, tmp_path, app_of):
    db = tmp_path / "runs.sqlite"
    story.add_asked(db, model=HOSTILE[kind], purpose=HOSTILE[kind], failed=HOSTILE[kind])
    app = app_of(db, at=20)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        app.tick()
        await pilot.pause()
        harmless(app)
        weighed = app.screen.query_one("#weighed", ScrollPanel).content_shown.plain
        assert shown_start(HOSTILE[kind]) in weighed
