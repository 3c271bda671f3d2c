"""The inspector of a step: its panels at every size, and the questions that it asks."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from propersim.inspector.protocol import AnswerAgain, InspectStep
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.known import known
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.conftest import FakeLive
from tests.tui.hostile import HOSTILE, shown_start
from tests.tui.hosts import at_each, harmless

pytestmark = pytest.mark.usefixtures("undrawn")

SAID = next(step.index for step in story.day_steps(3, 804) if step.spoke and known(step.rating.score) < 4)
"""A step of day 3 with a recommendation rated below 4."""


@pytest.fixture
def opened(tmp_path):
    """Make an app on a learning run with a fake inspector."""

    def make(at: int = SAID, text: str | None = None, **options) -> tuple[PropersimApp, FakeExaminer]:
        path = tmp_path / "runs.sqlite"
        row = story.add_learner(path)
        story.add_nights(path, row, story.night(1, 402), story.night(2, 804))
        source = RunSource(path, "last")
        examiner = FakeExaminer(lambda index: source.frame(index).step, text)
        return PropersimApp(source, paused=True, at=at, now=lambda: 0.0, inspector=lambda *_: examiner, **options), examiner

    return make


async def settled(app, pilot) -> InspectScreen:
    """Let the screen ask and deliver the answer."""
    screen = app.screen
    assert isinstance(screen, InspectScreen)
    screen.ask_now()
    app.tick()
    await pilot.pause()
    return screen


def text_of(screen: InspectScreen, name: str) -> str:
    return screen.query_one(f"#{name}", ScrollPanel).content_shown.plain


async def test_it_shows_what_was_seen_weighed_learned_and_would_be_said_today(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        assert "Similar memories" in text_of(screen, "state")
        assert ".83" in text_of(screen, "state")
        assert text_of(screen, "prompt").startswith(
            "The state (panel 1) in HomeLM's own tokens, each the name of a fact and its value:\n<bos><hour:1>"
        )
        weighed = text_of(screen, "weighed")
        assert "(needs 90 %): the assistant speaks" in weighed
        assert "to speak 82 %, each of its 12 tokens 45 % on average, log p −9.70" in weighed
        assert "newest adapter −7.35 ▲ more probable" in weighed
        assert "rated before" in weighed
        assert "said before" not in weighed, "it may have been rated without being shown"
        assert "newly written" in weighed
        taught = text_of(screen, "taught")
        assert "speaking preferred" in taught
        assert "Trained on by the night of day 1, 2" in taught
        today = text_of(screen, "asked")
        assert "Adapter of night 2: would speak" in today
        assert "So stiff!" in today
        assert [type(one) for one in examiner.asked][-2:] == [InspectStep, AnswerAgain]


@pytest.mark.parametrize("size", [(60, 16), (80, 24)])
async def test_a_narrow_screen_says_which_panels_are_out_of_view_and_tab_goes_there(opened, size):
    app, _ = opened()
    async with app.run_test(size=size) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        await pilot.pause()
        said = screen.query_one("#elsewhere", Static)
        panels, view = list(screen.query(ScrollPanel)), screen.query_one("#flow").region
        assert said.region.height == 1
        assert said.region.bottom <= screen.region.bottom - 1
        seen = []
        for _ in panels[1:]:
            await pilot.press("tab")
            await pilot.pause()
            await pilot.pause()
            text = str(said.content)
            out = [number for number, panel in enumerate(panels, 1) if panel.region.y >= view.bottom]
            assert ("↓" in text) == bool(out), text
            if out:
                assert f"{out[-1]} of 5 below" in text
                assert "tab: next panel" in text
            seen.append(text)
        assert "5 of 5 below" in seen[0]
        assert seen[-1].endswith("above · shift+tab: previous panel")


async def test_columns_beside_each_other_need_no_word_of_hidden_panels(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        assert not screen.query_one("#elsewhere").display


async def test_what_is_stored_is_there_before_the_model_has_answered(opened):
    app, examiner = opened()
    examiner.silent = True
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        assert "(needs 90 %)" in text_of(screen, "weighed")
        assert "asking the model" in text_of(screen, "state")


async def test_it_follows_the_keys_that_move_in_time(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i", "b", "b", "n")
        screen = await settled(app, pilot)
        assert app.frame.step.index == SAID - 1
        assert examiner.asked[-2].index == SAID - 1
        assert "stays silent" in text_of(screen, "weighed")


async def test_a_run_that_plays_stands_still_under_it(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        for key in ("i", "m"):
            await pilot.press("space")
            assert app.playback.playing
            await pilot.press(key)
            assert not app.playback.playing
            await pilot.press("escape")


async def test_answers_to_earlier_questions_are_dropped(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        await pilot.pause()
        screen = app.screen
        screen.ask_now()
        late = examiner.poll()
        examiner.silent = True
        await pilot.press("b")
        screen.ask_now()
        for answer in late:
            screen.receive(answer)
        assert "asking the model" in text_of(screen, "state")


async def test_other_nights_can_be_asked(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        for key, day, words in (
            ("(", 1, "Adapter of night 1"),
            ("(", 0, "Without an adapter"),
            ("(", 0, ""),
            (")", 1, ""),
            (")", None, "night 2"),
        ):
            await pilot.press("left_parenthesis" if key == "(" else "right_parenthesis")
            app.tick()
            assert examiner.asked[-1].day == day
            assert words in text_of(screen, "asked")


async def test_trouble_is_said_where_the_answer_would_be(opened):
    app, examiner = opened()
    examiner.trouble = "the adapter of night 1 is missing"
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        assert "the adapter of night 1 is missing" in text_of(screen, "state")
        assert "(needs 90 %)" in text_of(screen, "weighed")


async def test_escape_and_i_go_back_and_the_examiner_ends_with_the_app(opened):
    app, examiner = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("escape", "i"):
            await pilot.press("i")
            assert isinstance(app.screen, InspectScreen)
            await pilot.press(key)
            assert app.screen is app.live
        await pilot.press("i")
        app.screen.ask_now()
    assert examiner.closed


async def test_hostile_text_is_shown_as_it_is(opened):
    app, examiner = opened()
    async with app.run_test(size=(60, 16)) as pilot:
        for text in HOSTILE.values():
            examiner.text = text
            await pilot.press("i")
            await settled(app, pilot)
            async for _ in at_each(pilot, ((60, 16), (120, 40))):
                harmless(app)
                assert shown_start(text) in text_of(app.screen, "asked")
            await pilot.press("escape")


async def test_before_the_first_step_there_is_nothing_to_lay_open_and_nothing_to_hold(app_of, tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=0, state="running")
    app = app_of(path, live=FakeLive(), paused=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        assert "no step to inspect yet" in text_of(app.screen, "state")
        assert app.playback.playing
        await pilot.press("escape", "m")
        assert app.playback.playing
        await pilot.press("escape", "i")
        assert row.steps == 0
        assert "no step to inspect yet" in text_of(app.screen, "state")


async def test_of_a_model_at_an_endpoint_it_says_that_it_is_not_asked_again(tmp_path):
    path = tmp_path / "runs.sqlite"
    row = story.add(path, days=1)
    with Store(path) as store:
        store.update_run(row, assistant="api", model="peer", config_json='{"assistant": "api", "model": "peer", "scheme": "factored"}')
    source = RunSource(path, "last")
    examiner = FakeExaminer(lambda index: source.frame(index).step)
    app = PropersimApp(source, paused=True, at=3, now=lambda: 0.0, inspector=lambda *_: examiner)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        screen = await settled(app, pilot)
        assert "The model at the endpoint decided by itself" in text_of(screen, "weighed")
        assert "is not asked again" in text_of(screen, "asked")
        assert known(screen.query_one("#prompt", ScrollPanel).border_subtitle).endswith(" messages")
        assert not any(isinstance(question, AnswerAgain) for question in examiner.asked)


async def test_of_a_control_all_is_said_at_once_and_nothing_is_asked(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("i")
        for key in ("", "b", "right_parenthesis"):
            await pilot.press(*([key] if key else []))
            app.screen.ask_now()
            screen = app.screen
            assert "asking" not in "".join(panel.content_shown.plain for panel in screen.query(ScrollPanel))
            assert text_of(screen, "state") == "A control assistant follows a fixed rule and has no state."
            assert text_of(screen, "prompt") == "There is no prompt."
            assert text_of(screen, "taught") == "Controls do not learn."
            assert text_of(screen, "asked") == "Only local models can be asked again."
            assert "no probabilities" in text_of(screen, "weighed")
        assert app.inspector.process is None, "nothing was started"
