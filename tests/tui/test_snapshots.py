"""What the screen looks like, at three sizes, in a replay that stands still."""

from __future__ import annotations

import pytest

from propersim.protocol import State, Training
from propersim.records import Warned
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


def _learner(tmp_path, at: int, live=None, **options) -> PropersimApp:
    """A run that learns: two nights, one of them with a warning, and one that was asked for on day 3."""
    path = tmp_path / "runs.sqlite"
    row = story.add_learner(path)
    story.add_nights(path, row, story.night(1, 402, pairs=0), story.night(2, 804, pairs=812), story.night(3, 844, asked=True, loss=0.2))
    story.add_nights(path, row, story.night(3, 870, pairs=0), warnings=[Warned(870, 3, "malformed", "1 of 5 sentences could not be used")])
    return PropersimApp(RunSource(path, "last", live), paused=True, at=at, now=lambda: 0.0, **options)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_nights_and_a_warning(snap_compare, tmp_path, size):
    assert snap_compare(_learner(tmp_path, 804 + 80), terminal_size=size, press=["2"])


def test_the_decision_on_a_small_screen(snap_compare, tmp_path):
    assert snap_compare(_learner(tmp_path, SAID_WITH_REASONS), terminal_size=(80, 24))


@pytest.mark.parametrize("tab", "12")
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_training(snap_compare, tmp_path, live, size, tab):
    if tab == "2" and size[0] >= 120:
        pytest.skip("there are no tabs")
    app = _learner(tmp_path, 1205, live)

    async def train(pilot):
        live.events = [State("training"), *story.training(3, upto=310)]
        app._tick()
        await pilot.pause()
        await pilot.press(tab)

    assert snap_compare(app, terminal_size=size, run_before=train)


def test_training_is_prepared_while_one_looks_back(snap_compare, tmp_path, live):
    app = _learner(tmp_path, 1205, live)

    async def train(pilot):
        live.events = [State("training"), Training(3, 0, 0, pairs=812)]
        app._tick()
        await pilot.press("b", "b")

    assert snap_compare(app, terminal_size=(100, 32), run_before=train)
