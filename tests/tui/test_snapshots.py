"""What the screen looks like, at three sizes, in a replay that stands still."""

from __future__ import annotations

import pytest

from propersim_tui.app import PropersimApp
from propersim_tui.source import RunSource
from tests.tui import story

SIZES = ((80, 24), (120, 40), (200, 60))
NIGHT_OF_DAY_3 = 1160
SAID_WITH_REASONS = 804 + 53


def _replay(tmp_path, at: int = SAID_WITH_REASONS, **options) -> PropersimApp:
    path = tmp_path / "runs.sqlite"
    story.add(path, **options)
    return PropersimApp(RunSource(path, "last"), paused=True, at=at, now=lambda: 0.0)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_replay(snap_compare, tmp_path, size):
    assert snap_compare(_replay(tmp_path), terminal_size=size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_evening(snap_compare, tmp_path, size):
    assert snap_compare(_replay(tmp_path, NIGHT_OF_DAY_3), terminal_size=size)


@pytest.mark.parametrize("tab", "234")
def test_tabs(snap_compare, tmp_path, tab):
    assert snap_compare(_replay(tmp_path), terminal_size=(80, 24), press=[tab])


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_help(snap_compare, tmp_path, size):
    assert snap_compare(_replay(tmp_path), terminal_size=size, press=["question_mark"])


def test_go_to_with_an_error(snap_compare, tmp_path):
    async def type_nonsense(pilot):
        from textual.widgets import Input

        await pilot.press("g")
        pilot.app.screen.query_one(Input).cursor_blink = False
        pilot.app.screen.query_one(Input).value = "day 9 08:30"
        await pilot.press("enter")

    assert snap_compare(_replay(tmp_path), terminal_size=(80, 24), run_before=type_nonsense)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_message(snap_compare, tmp_path, size):
    app = _replay(tmp_path)

    async def fail(pilot):
        app._notice.tell(
            "the worker was killed by SIGKILL; see runs.sqlite.logs/p01-random-test.log", "propersim resume p01-random-test --watch"
        )
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=fail)


def test_before_the_first_step(snap_compare, tmp_path):
    assert snap_compare(_replay(tmp_path, days=0, state="new"), terminal_size=(120, 40))


@pytest.mark.parametrize("theme", ["textual-light", "nord", "ansi-dark"])
def test_other_themes(snap_compare, tmp_path, theme):
    app = _replay(tmp_path)

    async def change(pilot):
        app.theme = theme
        await pilot.pause()

    assert snap_compare(app, terminal_size=(120, 40), run_before=change)


def test_too_small(snap_compare, tmp_path):
    assert snap_compare(_replay(tmp_path), terminal_size=(50, 12))
