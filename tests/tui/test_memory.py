"""The memory screen: questions, results, going to a memory; once with a real inspector process."""

from __future__ import annotations

import time

import pytest

from propersim.inspector.protocol import SearchMemory
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.render.export import as_csv
from propersim_tui.screens.export import ExportScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.widgets.memory_table import MemoryTable
from propersim_tui.widgets.search_line import SearchLine
from tests.known import known
from tests.tui import story
from tests.tui.answers import FakeExaminer, recalled
from tests.tui.hostile import HOSTILE
from tests.tui.hosts import on_top, shown_step, text_of

pytestmark = pytest.mark.usefixtures("undrawn")

AT = 804 + 200
"""A step of the third day."""


@pytest.fixture
def opened(tmp_path):
    """Make an app on a learning run with a fake inspector."""

    def make(at: int = AT, text: str | None = None) -> tuple[PropersimApp, FakeExaminer]:
        path = tmp_path / "runs.sqlite"
        story.add_learner(path)
        source = RunSource(path, "last")
        examiner = FakeExaminer(lambda index: source.frame(index).step, text)
        return PropersimApp(source, paused=True, at=at, now=lambda: 0.0, inspector=lambda *_: examiner), examiner

    return make


async def settled(app, pilot) -> MemoryScreen:
    """Let the screen ask and deliver the answer."""
    screen = app.screen
    assert isinstance(screen, MemoryScreen)
    screen.ask_now()
    app.tick()
    await pilot.pause()
    return screen


def told(screen) -> str:
    return str(screen.query_one("#query").content)


def in_full(screen) -> str:
    return str(screen.query_one("#memory").content)


async def test_the_moment_is_asked_about_first_and_followed_in_time(opened):
    app, examiner = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("m")
        screen = await settled(app, pilot)
        step = app.frame.step
        assert examiner.asked[-1] == SearchMemory(step.index, step.action.phrase)
        assert "similar to this moment: working in the garden" in told(screen)
        shown = text_of(app)
        for words in (" .91", "day 2 07:50", "● 4 “Morning! A slow album", "silent", "×12", "─ .00", "theatre"):
            assert words in shown, words
        assert "during brew tea, about music; 3 times, last on day 2 07:50" in in_full(screen)
        examiner.silent = True
        await pilot.press("left_square_bracket", "b")
        assert "searching" in told(screen)
        examiner.silent = False
        screen = await settled(app, pilot)
        assert examiner.asked[-1].index == app.frame.step.index == 803
        assert "Day 2 23:42" in told(screen)
        examiner.silent = True
        late, number = examiner.asked[-1], len(examiner.asked)
        await pilot.press("n")
        screen.receive(recalled(late, number))
        assert "searching" in told(screen), "an answer about another step is none"


async def test_a_text_is_searched_for_and_taken_away(opened):
    app, examiner = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m")
        screen = await settled(app, pilot)
        at = app.frame.step.index
        examiner.silent = True
        await pilot.press("slash", *"nbm?x", "space", "q")
        assert app.frame.step.index == at, "what is typed moves nothing"
        assert "searching" in told(screen)
        examiner.silent = False
        screen = await settled(app, pilot)
        assert examiner.asked[-1] == SearchMemory(at, "nbm?x q")
        assert "similar to “nbm?x q”" in told(screen)
        await pilot.press("backspace", "down", "enter")
        app.tick()
        assert examiner.asked[-1] == SearchMemory(at, "nbm?x")
        assert isinstance(screen.focused, MemoryTable)
        await pilot.press("n")
        screen = await settled(app, pilot)
        assert examiner.asked[-1] == SearchMemory(at + 1, "nbm?x")
        await pilot.press("escape")
        assert screen.query_one(SearchLine).value == ""
        screen = await settled(app, pilot)
        assert examiner.asked[-1].text == app.frame.step.action.phrase
        await pilot.press("slash", "a", "escape")
        assert isinstance(screen.focused, MemoryTable)
        await pilot.press("escape")
        assert app.screen is app.live


async def test_typing_pauses_before_it_is_searched_for(opened):
    app, examiner = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m")
        screen = await settled(app, pilot)
        before = len(examiner.asked)
        await pilot.press("slash", *"tea")
        assert len(examiner.asked) == before
        end = time.monotonic() + 10
        while len(examiner.asked) == before and time.monotonic() < end:
            await pilot.pause(0.02)
        assert examiner.asked[before:] == [SearchMemory(known(screen._step).index, "tea")]


async def test_enter_and_a_click_go_to_a_memory(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        for how, size in (("enter", (200, 60)), ("click", (120, 40)), ("click", (80, 24))):
            await pilot.resize_terminal(*size)
            await pilot.press("m")
            screen = await settled(app, pilot)
            if how == "enter":
                await pilot.press("down", "enter")
            else:
                await pilot.click(screen.memories, offset=(20, screen.memories.gutter.top + 2))
            await pilot.pause()
            assert app.screen is app.live, how
            assert (app.frame.step.day, app.frame.step.minute) == (1, 650.0), how
            await pilot.press("end")


async def test_the_list_can_be_taken(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("m")
        screen = await settled(app, pilot)
        rows = as_csv(screen.memories.figures()).splitlines()
        assert rows[0] == "similarity,day,time,activity,topic,text,times,score"
        assert rows[1] == "0.91,2,07:50,brew_tea,music,Morning! A slow album while the kettle warms?,3,4"
        await pilot.press("x")
        await pilot.pause()
        assert len(on_top(app, ExportScreen)._formats) == 3
        await pilot.press("enter")
        assert "Morning! A slow album" in app.clipboard
        assert app.screen is screen


async def test_nothing_remembered_and_trouble_are_said(opened):
    app, examiner = opened(at=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m")
        screen = await settled(app, pilot)
        assert "no memories yet" in told(screen)
        await pilot.press("enter")
        assert app.screen is screen
        examiner.trouble = "the assistant is a control: it remembers nothing"
        await pilot.press("n")
        screen = await settled(app, pilot)
        assert told(screen) == "the assistant is a control: it remembers nothing  ask again"
        await pilot.press("m")
        assert app.screen is app.live


async def test_the_screens_that_ask_take_each_others_place(opened):
    app, _ = opened()
    async with app.run_test(size=(120, 40)) as pilot:
        for key in "miw":
            await pilot.press(key)
            assert len(app.screen_stack) == 2
        await pilot.press("m", "escape")
        assert app.screen is app.live


async def test_hostile_text_is_shown_as_it_is(opened):
    app, examiner = opened()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m", "slash")
        for text in HOSTILE.values():
            examiner.text = text
            app.screen.query_one(SearchLine).value = text[:100]
            await settled(app, pilot)
            for line in app.screen._compositor.render_strips():
                assert line.cell_length == 80
                assert not any(ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u2066\u200f" for char in line.text)


async def test_a_real_examiner_finds_what_was_said_and_when(tmp_path):
    path = tmp_path / "runs.sqlite"
    story.add_learner(path, memory="ars")
    app = PropersimApp(RunSource(path, "last"), paused=True, at=AT, now=lambda: 0.0)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("m", "slash")
        app.screen.query_one(SearchLine).value = "book seats for the string quartet"
        await pilot.press("enter")
        end = time.monotonic() + 60
        screen = on_top(app, MemoryScreen)
        while not screen.memories.keys and time.monotonic() < end:
            app.tick()
            await pilot.pause(0.02)
        best = screen.memories.memories[0]
        assert best.text == "Oh, my dear, do feel free to book seats for the string quartet on Thursday."
        assert (best.count, best.score) == (3, 4)
        await pilot.press("enter")
        await pilot.pause()
        assert shown_step(app).answer.text == best.text
        assert shown_step(app).day == 3


async def test_of_a_control_it_says_at_once_that_there_is_no_memory(app_of, three_days):
    app = app_of(three_days, at=500)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("m")
        await pilot.press("slash", *"tea", "enter")
        app.screen.ask_now()
        assert told(app.screen).startswith("Nothing is remembered: random is a control")
        assert app.inspector.process is None, "nothing was started"
