"""A person plays the user: the real app, a real worker, and the records that come of it."""

from __future__ import annotations

import os
import signal
import time

import pytest

from propersim.core.config import RunConfig
from propersim.core.records import Rating
from propersim.runs.create import add_run
from propersim.runs.live import LiveRun
from propersim.store.store import Store
from propersim_tui.render.export import as_text
from propersim_tui.screens.rate import RateScreen
from tests.known import known
from tests.tui.hosts import on_top

pytestmark = pytest.mark.usefixtures("undrawn")
PATIENCE = 120


async def until(app, pilot, condition, what):
    """Tick until a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        app.tick()
        await pilot.pause()
        assert time.monotonic() < deadline, what


async def asked(app, pilot):
    """Wait for the dialog, and return the question."""
    await until(app, pilot, lambda: isinstance(app.screen, RateScreen) and app.screen.rating_rows, "the dialog")
    return on_top(app, RateScreen).ask


@pytest.fixture
def begun(tmp_path):
    """A run with a person as the user, and a function that starts its worker."""
    path, workers = tmp_path / "runs.sqlite", []
    with Store(path) as store:
        run = add_run(store, RunConfig(persona="p25", days=1, assistant="random", user="human"))

    def start():
        worker = LiveRun(path, run.id, speed=None)
        worker.start()
        workers.append(worker)
        return worker

    yield path, start
    for worker in workers:
        worker.close(timeout=60)


async def test_a_rating_survives_a_kill_can_be_half_and_be_undone(begun, app_of):
    path, start = begun
    worker = start()
    app = app_of(path, live=worker, paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        first = await asked(app, pilot)
        await pilot.press("y", "n", "escape", "escape", "z", "u")
        assert [row.value for row in on_top(app, RateScreen).rating_rows] == [1, 0, None, None], "nothing is discarded"
        os.kill(worker.pid, signal.SIGKILL)
        await until(app, pilot, lambda: app.failure is not None, "the failure")
        assert not isinstance(app.screen, RateScreen)
        assert app.frame.newest == first.index - 1
    app = app_of(path, live=start(), paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        assert await asked(app, pilot) == first
        assert [row.value for row in on_top(app, RateScreen).rating_rows] == [None] * 4
        await pilot.press("n", "enter", "enter")
        second = await asked(app, pilot)
        assert second.index > first.index
        app.run_view.go_to_step(first.index)
        step = known(app.frame.step)
        assert step.rating == Rating(0, None, None, None)
        assert app.frame.blind
        # The time since the first question is thrown away: that is asked first.
        await pilot.press("u", "u")
        # The first question comes again, perhaps before the screen was ever seen without a dialog.
        await until(app, pilot, lambda: isinstance(app.screen, RateScreen) and app.screen.ask == first, "the question again")
        assert app.frame.newest == first.index - 1
        await pilot.press("y", "y", "y", "y", "enter")
        # The run had been paused, and still is.
        await until(app, pilot, lambda: app.frame.newest == first.index, "the step")
        assert known(app.frame.step).rating == Rating(1, 1, 1, 1)
        assert "You are Tamsin Fairweather" in as_text(app.screen_stack[0].query_one("#now"))
