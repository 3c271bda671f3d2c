"""Every action of every screen and widget: by each of its keys, and by a click where the last line shows it, with a real effect.

What is bound to a key anywhere in the screen's classes and has no line here fails :func:`test_no_action_is_without_a_test`.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

import propersim_tui
from propersim.inspector.protocol import AnswerAgain, SearchMemory
from propersim.runs.protocol import Command, Event, Rated, RunState, SkipRating, Snooze, TakeOver, Train, Undo, Undoable
from propersim_tui.app import PropersimApp
from propersim_tui.data.run_list import read_runs
from propersim_tui.messages import ExplainLabels, ShowRun, StartRun, StopRun
from propersim_tui.render.feed import RecommendationEntry
from propersim_tui.screens.batches import BatchesScreen
from propersim_tui.screens.bookmarks import BookmarkScreen, BookmarksScreen
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.explain import ExplainScreen
from propersim_tui.screens.export import ExportScreen
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.jump import JumpScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.new_run import NewRunScreen
from propersim_tui.screens.path import PathScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.screens.text_dialog import TextDialog
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.compare_figures import CompareCurves, CompareFigures
from propersim_tui.widgets.compare_moment import CompareMoment
from propersim_tui.widgets.day_timeline import DayTimeline, day_entries
from propersim_tui.widgets.days_panel import DaysPanel
from propersim_tui.widgets.feed_search import FeedLine, FeedSearch
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.heat_map import HeatMap
from propersim_tui.widgets.key_footer import KeyFooter, idle_of
from propersim_tui.widgets.memory_table import MemoryTable
from propersim_tui.widgets.persona_pane import PersonaPane
from propersim_tui.widgets.search_line import SearchLine
from propersim_tui.widgets.tab_line import TabLine
from propersim_tui.widgets.table import Table
from tests.known import known
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.conftest import FakeLive
from tests.tui.hosts import Host, draw_nothing, on_top, settled, shown_step
from tests.tui.scenes import RATING, RUN, asked, now, stored, working

AT, DAY = 500, 402
SAID_ON_DAY_2 = [step.index for step in story.day_steps(2, DAY) if step.spoke]
SPOKE = next(step for step in story.day_steps(2, DAY) if step.spoke)


@dataclass(frozen=True)
class Case:
    """One action.

    Attributes:
        action: as it is bound, in Textual's notation.
        effect: looks at what the action changes; is not ``result`` before.
        result: what it is after.
        start: puts things as they should be before.

    Both are given the group's app, which is a :class:`Host` for the full screens.
    """

    action: str
    effect: Callable[[Any], object]
    result: object
    start: Callable[[Any], object] = lambda app: None


@dataclass(frozen=True)
class Group:
    """The actions that a class binds.

    Attributes:
        owner: that class.
        screen: on which they are done.
        open: leads there from the screen at the bottom.
        cases: one for each of the class's actions; several of a kind may follow each other.
    """

    owner: type[DOMNode]
    screen: type[Screen[Any]]
    open: Callable[..., Awaitable[object]]
    cases: Sequence[Case]


def bound(owner: type[DOMNode]) -> list[Binding]:
    """Return what a class itself binds, with a binding for each action: a key or more, separated by commas."""
    return [each if isinstance(each, Binding) else Binding(*each) for each in owner.__dict__.get("BINDINGS", ())]


def owners() -> Iterator[type[DOMNode]]:
    """Yield every class of the screen that binds keys."""
    for module in pkgutil.walk_packages(propersim_tui.__path__, "propersim_tui."):
        for _, one in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if one.__module__ == module.name and issubclass(one, DOMNode) and bound(one):
                yield one


# -- the run that is shown ----------------------------------------------------------------------------------------


async def _nothing(pilot) -> None:
    await pilot.pause()


def at(index: int = AT, *, playing: bool = False, speed: float = 8.0) -> Callable[[PropersimApp], None]:
    """Show a step, paused."""

    def start(app: PropersimApp) -> None:
        app.playback.speed = speed
        app.run_view.go_to_step(index)
        if playing:
            app.action_play()

    return start


def index(app: PropersimApp) -> int:
    return shown_step(app).index


def top(app: App[Any]) -> type[Screen[Any]]:
    return type(app.screen)


def tab(app: PropersimApp) -> str:
    return app.live.query_one("#tabs", TabLine).chosen


def show_tab(name: str) -> Callable[[PropersimApp], None]:
    return lambda app: app.live.show_tab(name)


def sought(sight: str, by: int) -> Case:
    """Seek from the middle of day 2; which steps are of a kind is tests/tui/test_seeking.py."""

    def effect(app: PropersimApp) -> tuple[bool, bool]:
        step = shown_step(app)
        of_kind = {
            "said": step.spoke,
            "bad": known(step.rating.score) <= 2 or not step.rating.timing,
            "disagreement": len(step.candidates) > 1,
        }
        return (index(app) > AT) if by > 0 else (index(app) < AT), of_kind[sight]

    return Case(f"seek('{sight}', {by})", effect, (True, True), at())


def search_open(app: PropersimApp) -> bool:
    return app.live.query_one(FeedSearch).is_open


def no_search(app: PropersimApp) -> None:
    app.live.query_one(FeedSearch).close()
    app.live.query_one(AssistantFeed).focus()
    at()(app)


def searched_for(typed: str) -> Callable[[PropersimApp], None]:
    """Search for a text, and give the keys to the feed."""

    def start(app: PropersimApp) -> None:
        at()(app)
        app.live.query_one(FeedSearch).display = True
        app.feed_search.typed(typed)
        app.live.query_one(AssistantFeed).focus()
        app.live.refresh_bindings()

    return start


def matched(by: int) -> Case:
    """Go from match to match; which steps match is tests/tui/test_feed_search.py."""

    def effect(app: PropersimApp) -> tuple[bool, bool]:
        return (index(app) > AT) if by > 0 else (index(app) < AT), "costs" in (shown_step(app).answer.text or "")

    return Case(f"match({by})", effect, (True, True), searched_for("costs"))


def zoomed(app: PropersimApp) -> str:
    return app.live.zoomed


def sized(**sizes: int) -> Callable[[PropersimApp], None]:
    """Have sizes of panels, and the focus on Now."""

    def start(app: PropersimApp) -> None:
        no_search(app)
        app.live.zoom("none")
        app.live.set_sizes(sizes)
        app.live.query_one("#now").focus()

    return start


def now_height(app: PropersimApp) -> int:
    return app.live.sizes["now_height"]


def left(app: Any) -> list[object]:
    return app.left


def without_copy(app: PropersimApp) -> None:
    app.copy_to_clipboard("")
    at(SPOKE.index)(app)


def copied(app: PropersimApp) -> str:
    return app.clipboard


def _pictures(_: PropersimApp) -> int:
    return len(list(Path.cwd().glob("propersim-*.svg")))


def _without_pictures(app: PropersimApp) -> None:
    for path in Path.cwd().glob("propersim-*.svg"):
        path.unlink()
    at()(app)


SHOWN = Group(
    PropersimApp,
    LiveScreen,
    _nothing,
    [
        Case("play", lambda app: app.status.playing, True, at()),
        Case("step_forward", index, AT + 1, at()),
        Case("step_back", index, AT - 1, at()),
        Case("speed(1)", lambda app: app.status.speed, 16.0, at()),
        Case("speed(-1)", lambda app: app.status.speed, 4.0, at()),
        Case("day(-1)", index, DAY, at()),
        Case("day(1)", index, 2 * DAY, at()),
        Case("go_to_time", top, GoToScreen),
        Case("first_step", index, 0, at()),
        Case("newest_step", index, 3 * DAY - 1, at()),
        *(sought(sight, by) for sight in ("said", "bad", "disagreement") for by in (1, -1)),
        Case("inspect", top, InspectScreen, at()),
        Case("learned", top, LearnedScreen, at()),
        Case("memory", top, MemoryScreen, at()),
        Case("runs", top, RunsScreen),
        Case("compare_runs", lambda app: getattr(app.screen, "_marked", None) == [app.source.about.run_id], True),
        Case("new_run", top, NewRunScreen),
        Case("personas", top, PersonasScreen),
        Case("tab('home')", tab, "home", show_tab("days")),
        Case("tab('assistant')", tab, "assistant", show_tab("days")),
        Case("tab('scores')", tab, "scores", show_tab("days")),
        Case("tab('days')", tab, "days", show_tab("home")),
        matched(1),
        matched(-1),
        Case("search", search_open, True, no_search),
        Case("zoom", zoomed, "now", sized()),
        Case("resize(-1)", now_height, -1, sized()),
        Case("resize(1)", now_height, 1, sized()),
        Case("reset_sizes", now_height, 0, sized(now_height=2)),
        Case("jump", top, JumpScreen),
        Case("bookmark", top, BookmarkScreen, at()),
        Case("bookmarks", top, BookmarksScreen),
        Case("copy", copied, SPOKE.answer.text, without_copy),
        Case("save_screenshot", _pictures, 1, _without_pictures),
        Case("export", top, ExportScreen),
        Case("close_message", lambda app: app.notifier.notice.is_open, False, lambda app: app.notifier.notice.show("something")),
        Case("explain", top, ExplainScreen, at()),
        Case("help", top, HelpScreen),
        Case("exit", left, [0], lambda app: app.left.clear()),
    ],
)


def feed(app: PropersimApp) -> AssistantFeed:
    return app.live.query_one(AssistantFeed)


def fed(lines: int, focus: str) -> Callable[[PropersimApp], Awaitable[None]]:
    """Show a day's feed in a low region, scrolled up by some lines, with the focus on a region."""

    async def start(app: PropersimApp) -> None:
        at(2 * DAY - 1)(app)
        app.live.query_one(focus).focus()
        feed(app).styles.max_height = 7
        await settled(Pilot(app))
        feed(app)._chosen = None
        feed(app).scroll_lines(10_000)
        feed(app).scroll_lines(-lines)

    return start


def on_day(day: int) -> Callable[[PropersimApp], None]:
    """Put the cursor of the chart of days on a day."""

    def start(app: PropersimApp) -> None:
        at(2 * DAY)(app)
        app.live.query_one(DaysPanel).focus()
        app.live.query_one(DaysPanel).cursor = day

    return start


DAYS = Group(
    DaysPanel,
    LiveScreen,
    _nothing,
    [
        Case("cursor(-1)", lambda app: app.live.query_one(DaysPanel).cursor, 1, on_day(2)),
        Case("cursor(1)", lambda app: app.live.query_one(DaysPanel).cursor, 2, on_day(1)),
        Case("go_there", index, 0, on_day(1)),
    ],
)


def on_entry(minute: float | None, start_at: int = 2 * DAY + 60) -> Callable[[PropersimApp], None]:
    """Focus the timeline, with the cursor at the start of an activity; None is for no cursor."""

    def start(app: PropersimApp) -> None:
        at(start_at)(app)
        today = app.live.query_one(DayTimeline)
        today.focus()
        entries = day_entries(known(app.frame))
        today.cursor = next((each for each in entries if each.minute == minute), None)

    return start


def entry(app: PropersimApp) -> float | None:
    cursor = app.live.query_one(DayTimeline).cursor
    return cursor.minute if cursor is not None else None


TODAY = Group(
    DayTimeline,
    LiveScreen,
    _nothing,
    [
        Case("cursor(-1)", entry, 7 * 60 + 15.0, on_entry(7 * 60 + 40.0)),
        Case("cursor(1)", entry, 7 * 60 + 50.0, on_entry(7 * 60 + 40.0)),
        Case("go_there", index, 2 * DAY + 16, on_entry(7 * 60 + 40.0)),
    ],
)


def picked(place: int) -> Callable[[PropersimApp], Awaitable[None]]:
    """Show one of the day's recommendations in full, counted from 0."""

    async def start(app: PropersimApp) -> None:
        await fed(0, "#assistant")(app)
        entries = feed(app)._entries
        feed(app).choose([number for number, one in enumerate(entries) if isinstance(one, RecommendationEntry)][place])

    return start


def opened(app: PropersimApp) -> int | None:
    """Return the place among the day's recommendations of the one that is shown in full."""
    number = feed(app)._opened
    return None if number is None else sum(isinstance(one, RecommendationEntry) for one in feed(app)._entries[:number])


def following(app: PropersimApp) -> bool:
    return feed(app).following


ELSEWHERE = Group(
    PropersimApp,
    LiveScreen,
    _nothing,
    [
        Case("scroll_feed(-1)", following, False, fed(0, "#home")),
        Case("scroll_feed(1)", following, True, fed(1, "#home")),
        Case("page_feed(-1)", following, False, fed(0, "#home")),
        Case("page_feed(1)", following, True, fed(4, "#home")),
    ],
)


def typing(app: PropersimApp) -> None:
    """Type in the search line."""
    no_search(app)
    app.feed_search.open()
    app.live.query_one(FeedLine).value = "costs"


IN_THE_SEARCH = Group(
    FeedLine,
    LiveScreen,
    _nothing,
    [
        Case("submit", lambda app: (index(app) > AT, isinstance(app.focused, AssistantFeed)), (True, True), typing),
        Case("clear", search_open, False, typing),
    ],
)
IN_THE_FEED = Group(
    AssistantFeed,
    LiveScreen,
    _nothing,
    [
        Case("choose(-1)", opened, 0, picked(1)),
        Case("choose(1)", opened, 4, picked(3)),
        Case("go_there", lambda app: shown_step(app).index, SAID_ON_DAY_2[2], picked(2)),
        Case("page(-1)", following, False, fed(0, "#assistant")),
        Case("page(1)", following, True, fed(4, "#assistant")),
    ],
)


# -- windows over it ----------------------------------------------------------------------------------------------


def pressed(*keys: str) -> Callable[..., Awaitable[object]]:
    return lambda pilot: pilot.press(*keys)


def closes(owner: type[Screen[Any]], action: str, *keys: str) -> Group:
    """A window that an action closes and that does nothing then."""
    return Group(owner, owner, pressed(*keys), [Case(action, top, LiveScreen)])


def explained(app: PropersimApp) -> int:
    return on_top(app, ExplainScreen).number


def to_label(number: int) -> Callable[[PropersimApp], None]:
    def start(app: PropersimApp) -> None:
        on_top(app, ExplainScreen).show(number)

    return start


def night(app: PropersimApp) -> str:
    return str(app.screen.query_one("#night", Static).content).split("  ")[0]


def examiner(app: PropersimApp) -> FakeExaminer:
    assert isinstance(app.inspector.process, FakeExaminer)
    return app.inspector.process


def asked_of(app: PropersimApp) -> object:
    question = examiner(app).asked[-1]
    assert isinstance(question, AnswerAgain)
    return question.day


def other(*by: int) -> Callable[[PropersimApp], None]:
    """Begin with the newest night's adapter, and go to others."""

    def start(app: PropersimApp) -> None:
        for step in (9, *by):
            on_top(app, InspectScreen).action_night(step)

    return start


def to_night(*by: int) -> Callable[[PropersimApp], None]:
    def start(app: PropersimApp) -> None:
        screen = on_top(app, LearnedScreen)
        screen._stop()
        for step in (9, *by):
            screen.action_night(step)

    return start


INSPECT = Group(
    InspectScreen,
    InspectScreen,
    asked("i"),
    [Case("night(-1)", asked_of, 2, other()), Case("night(1)", asked_of, None, other(-1)), Case("back", top, LiveScreen)],
)


def remembered(text: str = "", focus: type[Widget] = MemoryTable) -> Callable[[PropersimApp], None]:
    """Have four memories before one, and something written."""

    def start(app: PropersimApp) -> None:
        screen = on_top(app, MemoryScreen)
        screen.query_one(SearchLine).value = text
        screen.ask_now()
        app.tick()
        screen.memories.go("2")
        screen.query_one(focus).focus()
        examiner(app).asked.clear()

    return start


def memory(app: PropersimApp) -> str | None:
    return on_top(app, MemoryScreen).memories.key


def searched(app: PropersimApp) -> list[str]:
    return [each.text for each in examiner(app).asked[:1] if isinstance(each, SearchMemory)]


def written(app: PropersimApp) -> tuple[str, bool]:
    return app.screen.query_one(SearchLine).value, isinstance(app.focused, SearchLine)


MEMORY = Group(
    MemoryScreen,
    MemoryScreen,
    asked("m"),
    [
        Case("go_to_step", top, LiveScreen, remembered()),
        Case("search", written, ("", True), remembered()),
        Case("export", top, ExportScreen, remembered()),
        Case("back", top, LiveScreen, remembered()),
    ],
)
MEMORIES = Group(
    MemoryTable,
    MemoryScreen,
    asked("m"),
    [
        Case("move(-1)", memory, "1", remembered()),
        Case("move(1)", memory, "3", remembered()),
        Case("page(-1)", memory, "0", remembered()),
        Case("page(1)", memory, "3", remembered()),
    ],
)
SEARCH = Group(
    SearchLine,
    MemoryScreen,
    asked("m"),
    [
        Case("clear", written, ("", False), remembered("tea", SearchLine)),
        Case("submit", searched, ["tea"], remembered("tea", SearchLine)),
    ],
)


def mapped(cell: tuple[int, int]) -> Callable[[PropersimApp], None]:
    """Put the cursor of both maps on a cell, with the focus on the first."""

    def start(app: PropersimApp) -> None:
        maps = list(app.screen.query(HeatMap))
        maps[0].focus()
        for each in maps:
            each.cursor = cell

    return start


def pointed(app: PropersimApp) -> tuple[int, int] | None:
    first, second = app.screen.query(HeatMap)
    assert first.cursor == second.cursor
    return second.cursor


MAPS = Group(
    HeatMap,
    LearnedScreen,
    asked("w"),
    [
        Case("cursor(-1, 0)", pointed, (0, 1), mapped((1, 1))),
        Case("cursor(1, 0)", pointed, (1, 1), mapped((0, 1))),
        Case("cursor(0, -1)", pointed, (0, 0), mapped((0, 1))),
        Case("cursor(0, 1)", pointed, (0, 2), mapped((0, 1))),
    ],
)
LEARNED = Group(
    LearnedScreen,
    LearnedScreen,
    asked("w"),
    [
        Case("night(-1)", night, "after night 2 (trained)", to_night()),
        Case("night(1)", night, "after night 3 (trained)", to_night(-1)),
        Case("play_nights", night, "before day 1", to_night()),
        Case("back", top, LiveScreen),
    ],
)


def listed_marks(app: PropersimApp) -> list[int]:
    return list(app.source.bookmarks)


def with_marks(app: PropersimApp) -> None:
    for index in (10, 20):
        app.source.mark(index, "here")
    on_top(app, BookmarksScreen).show()
    app.screen.query_one(Table).go("20")


BOOKMARKS = Group(
    BookmarksScreen,
    BookmarksScreen,
    pressed("apostrophe"),
    [
        Case("edit", top, BookmarkScreen, with_marks),
        Case("delete", listed_marks, [10], with_marks),
        Case("go_there", index, 20, with_marks),
        Case("cancel", top, LiveScreen),
    ],
)
BOOKMARK = Group(BookmarkScreen, BookmarkScreen, pressed("M"), [Case("cancel", top, LiveScreen)])


STORED = [
    SHOWN,
    ELSEWHERE,
    IN_THE_FEED,
    IN_THE_SEARCH,
    Group(TextDialog, HelpScreen, pressed("question_mark"), [Case("dismiss", top, LiveScreen)]),
    closes(GoToScreen, "cancel", "g"),
    Group(
        NewRunScreen,
        NewRunScreen,
        pressed("N"),
        [
            Case("app.focus_next", lambda app: app.focused.id, "new-assistant"),
            Case(
                "app.focus_previous", lambda app: app.focused.id, "new-persona", lambda app: app.screen.query_one("#new-assistant").focus()
            ),
            Case("cancel", top, LiveScreen),
        ],
    ),
    closes(JumpScreen, "cancel", "j"),
    Group(
        ExplainScreen,
        ExplainScreen,
        pressed("1", "e"),
        [
            Case("next(1)", explained, 3, to_label(2)),
            Case("next(-1)", explained, 1, to_label(2)),
            Case("next(5)", explained, 7, to_label(2)),
            Case("next(-5)", explained, 2, to_label(7)),
            Case("close", top, LiveScreen),
            Case("help", top, HelpScreen),
        ],
    ),
    closes(ExportScreen, "cancel", "x"),
    INSPECT,
    LEARNED,
    BOOKMARKS,
    BOOKMARK,
    MAPS,
    DAYS,
    TODAY,
    MEMORY,
    MEMORIES,
    SEARCH,
]


# -- a run that a worker carries on -------------------------------------------------------------------------------


def worker(app: PropersimApp) -> FakeLive:
    live: object = app.source.live
    assert isinstance(live, FakeLive)
    return live


def sent(app: PropersimApp) -> list[Command]:
    return worker(app).sent


def heard(app: PropersimApp, *events: Event) -> None:
    worker(app).events = [*events]
    app.tick()
    sent(app).clear()


def by_judge(app: PropersimApp) -> None:
    app.run_view.rated_by_hand = False


def rated_before(app: PropersimApp) -> None:
    heard(app, RunState("running"), Undoable(app.source.newest))


def untrained(app: PropersimApp) -> None:
    heard(app, RunState("training"), RunState("running"))


async def to_rate(pilot) -> None:
    await pilot.pause()
    heard(pilot.app, RunState("running"), Undoable(pilot.app.source.newest), RATING)
    await pilot.pause()


def answers(app: PropersimApp) -> list[int | None]:
    return [row.value for row in on_top(app, RateScreen).rating_rows]


def current(app: PropersimApp) -> int:
    return next(row.number for row in on_top(app, RateScreen).rating_rows if row.current)


def answered(*values: int | None, row: int = 0) -> Callable[[PropersimApp], None]:
    """Answer the four dimensions, and go to one of them."""

    def start(app: PropersimApp) -> None:
        screen = on_top(app, RateScreen)
        for each, value in zip(screen.rating_rows, values, strict=True):
            each.value = value
        screen._select(row)
        sent(app).clear()

    return start


OPEN = (None,) * 4


def unanswered(app: PropersimApp) -> None:
    """Take all answers back, and forget whether the app was left."""
    answered(*OPEN)(app)
    app.left.clear()  # type: ignore[attr-defined]


def scrolled(app: PropersimApp) -> bool:
    return app.screen.query_one("VerticalScroll").scroll_y > 0


RATE = Group(
    RateScreen,
    RateScreen,
    to_rate,
    [
        *(
            Case(f"change({n})", answers, [1 if place == n else None for place in range(4)], answered(*OPEN, row=3 if n < 3 else 0))
            for n in range(4)
        ),
        Case("say(1, True)", lambda app: (answers(app)[0], current(app)), (1, 1), answered(*OPEN)),
        Case("say(0, True)", lambda app: (answers(app)[0], current(app)), (0, 1), answered(*OPEN)),
        Case("say(1, False)", lambda app: (answers(app)[0], current(app)), (1, 0), answered(*OPEN)),
        Case("say(0, False)", lambda app: (answers(app)[0], current(app)), (0, 0), answered(*OPEN)),
        Case("move(-1)", current, 0, answered(*OPEN, row=1)),
        Case("move(1)", current, 2, answered(*OPEN, row=1)),
        Case("peek", lambda app: app.screen.query_one("#rubric-timing").display, True, lambda app: app.screen.remove_class("-peek")),
        Case("scroll(-1)", scrolled, False, lambda app: app.screen.query_one("VerticalScroll").scroll_to(y=3, animate=False)),
        Case("scroll(1)", scrolled, True, lambda app: app.screen.query_one("VerticalScroll").scroll_to(y=0, animate=False)),
        Case("give", sent, [Rated(RATING.index, 1, 0, 1, 0)], answered(1, 0, 1, 0)),
        Case("close", sent, [SkipRating(RATING.index)], answered(*OPEN)),
        Case("skip", sent, [SkipRating(RATING.index)], answered(*OPEN)),
        Case("clear", answers, [1, None, 1, 0], answered(1, 0, 1, 0, row=1)),
        *(
            Case(f"snooze('{key}')", sent, [Snooze(RATING.index, minutes)], answered(*OPEN))
            for key, minutes in (("z", 15.0), ("Z", 60.0), ("t", None))
        ),
        Case("undo", sent, [Undo()], answered(*OPEN)),
        Case("hand_back", sent, [TakeOver(False)], answered(*OPEN)),
        Case("quit", left, [0], unanswered),
    ],
)
WORKING = [
    Group(
        PropersimApp,
        LiveScreen,
        _nothing,
        [
            Case("rate_by_hand", lambda app: app.run_view.rated_by_hand, True, by_judge),
            Case("undo_rating", sent, [Undo()], rated_before),
            Case("train", sent, [Train()], untrained),
        ],
    ),
    RATE,
]


# -- full screens -------------------------------------------------------------------------------------------------


def shows(make: Callable[[], Screen[Any]], *keys: str) -> Callable[..., Awaitable[object]]:
    """Open a full screen on a host, and press keys, each when all is read."""

    async def go(pilot) -> None:
        await pilot.app.push_screen(make())
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)

    return go


def said(app) -> list[object]:
    return app.said


def quiet(app) -> None:
    app.said.clear()
    app.screen.table.action_edge(-1)


def unmarked(app) -> None:
    quiet(app)
    app.screen._marked = []


def sort(by: str, *, downward: bool) -> Callable[..., None]:
    def start(app) -> None:
        app.screen._sort, app.screen._downward = by, downward
        app.screen._arrange()

    return start


def unfiltered(app) -> None:
    """Close what a screen has open, and give the keys to its list."""
    app.screen.remove_class("-preview")
    app.screen._marked = []
    for line in app.screen.query(FilterLine):
        line.close()
        app.screen.table.focus()


def without(name: str) -> Callable[..., None]:
    """Make a full screen show its list or its pane again."""
    return lambda app: app.screen.remove_class(name)


def runs() -> RunsScreen:
    return RunsScreen(Path("runs.sqlite"), current=RUN, now=now)


def going_on(app) -> None:
    """Let the selected run be live."""
    quiet(app)
    app.screen._live = lambda: {"p01-llama-test": "LIVE"}
    app.screen.table.go("p01-llama-test")


def back(app) -> bool:
    return not isinstance(app.screen, RunsScreen | BatchesScreen | PersonasScreen | CompareScreen)


FILTER = Case("filter", lambda app: isinstance(app.focused, FilterLine), True, unfiltered)


def unexplained(app) -> None:
    app.said.clear()
    unfiltered(app)


EXPLAINING = Case("explain", lambda app: any(isinstance(each, ExplainLabels) for each in app.said), True, unexplained)
NEXT_KEYS = [FILTER, EXPLAINING, Case("help", top, KeysScreen, unfiltered), Case("back", back, True, unfiltered)]

RUNS = Group(
    RunsScreen,
    RunsScreen,
    shows(runs),
    [
        Case("open", said, [ShowRun("p01-llama-test", False)], quiet),
        Case("resume", said, [ShowRun("p01-llama-test", True)], quiet),
        Case("compare", lambda app: app.screen._marked, ["p01-llama-test"], unmarked),
        Case("mark_run", lambda app: app.screen._marked, ["p01-llama-test"], unmarked),
        Case("delete", top, ConfirmScreen, lambda app: app.screen.table.action_edge(1)),
        Case("sort", lambda app: app.screen.table.sorted_by, "id", sort("age", downward=True)),
        Case("reverse", lambda app: app.screen.table.keys[-1], "p01-llama-test", sort("age", downward=True)),
        Case("preview", lambda app: app.screen.has_class("-preview"), True, without("-preview")),
        Case("update", lambda app: len(app.screen._figures) > 2, True, lambda app: app.screen._figures.clear()),
        Case("stop", said, [StopRun("p01-llama-test")], going_on),
        Case("batches", top, BatchesScreen),
        *NEXT_KEYS,
    ],
)


def batches() -> BatchesScreen:
    return BatchesScreen(Path("runs.sqlite"), now=now)


def shown_batch(app) -> int:
    return known(app.screen._batch).place


BATCHES = Group(
    BatchesScreen,
    BatchesScreen,
    shows(batches),
    [
        Case("open", said, [ShowRun("p01-random-done", False)], quiet),
        Case("batch(-1)", shown_batch, 1, lambda app: app.screen._read_batch(2, 0)),
        Case("batch(1)", shown_batch, 2, lambda app: app.screen._read_batch(1, 0)),
        Case("sort", lambda app: app.screen.table.sorted_by, "persona", sort("variant", downward=False)),
        Case("reverse", lambda app: app.screen.table.downward, True, sort("variant", downward=False)),
        Case("preview", lambda app: app.screen.has_class("-preview"), True, without("-preview")),
        Case("update", lambda app: app.screen._batch is not None, True, lambda app: setattr(app.screen, "_batch", None)),
        *NEXT_KEYS,
    ],
)


def left_over(app) -> tuple[type[Screen[Any]], int]:
    return top(app), len(read_runs(Path("runs.sqlite")))


CONFIRM = Group(
    ConfirmScreen,
    ConfirmScreen,
    shows(runs, "end", "d"),
    [
        Case("answer(False)", left_over, (RunsScreen, 3)),
        Case("app.focus_next", lambda app: app.focused.id, "do", lambda app: app.screen.query_one("#keep").focus()),
        Case("answer(True)", left_over, (RunsScreen, 2)),
    ],
)


def persona(app) -> str:
    return app.screen.table.key


def pane(app) -> bool:
    return app.screen.query_one(PersonaPane).scroll_offset.y > 0


def rolled(y: int) -> Callable[..., None]:
    return lambda app: app.screen.query_one(PersonaPane).scroll_to(y=y, animate=False)


def on(key: str) -> Callable[..., None]:
    return lambda app: app.screen.table.go(key)


PERSONAS = Group(
    PersonasScreen,
    PersonasScreen,
    shows(PersonasScreen),
    [
        Case("start", said, [StartRun("p01")], quiet),
        Case("open_file", top, PathScreen),
        Case("scroll(1)", pane, True, rolled(0)),
        Case("scroll(-1)", pane, False, rolled(3)),
        Case("sort", lambda app: app.screen.table.sorted_by, "id", sort("", downward=False)),
        Case("reverse", lambda app: app.screen.table.keys[0], "p32", sort("id", downward=False)),
        Case("preview", lambda app: app.screen.has_class("-preview"), True, without("-preview")),
        Case("update", lambda app: "p02" in app.screen._items, True, lambda app: app.screen._items.pop("p02", None)),
        *NEXT_KEYS,
    ],
)
LIST = Group(
    Table,
    PersonasScreen,
    shows(PersonasScreen),
    [
        Case("move(-1)", persona, "p04", on("p05")),
        Case("move(1)", persona, "p06", on("p05")),
        Case("page(-1)", persona, "p01", on("p05")),
        Case("page(1)", persona, "o05", on("p30")),
        Case("edge(-1)", persona, "p01", on("p05")),
        Case("edge(1)", persona, "o05", on("p05")),
    ],
)


def filtering(app) -> None:
    line = app.screen.query_one(FilterLine)
    line.open()
    line.value = "a"
    on("p05")(app)


LINE = Group(
    FilterLine,
    PersonasScreen,
    shows(PersonasScreen),
    [
        Case("walk(-1)", persona, "p04", filtering),
        Case("walk(1)", persona, "p06", filtering),
        Case("submit", lambda app: isinstance(app.focused, Table), True, filtering),
        Case("clear", lambda app: (isinstance(app.focused, Table), app.screen.query_one(Input).value), (True, ""), filtering),
    ],
)


def moment(app) -> tuple[int, float]:
    shown = app.screen.query_one(CompareMoment).moment
    return shown.day, shown.minute


def compared(day: int, place: int) -> Callable[..., Awaitable[None]]:
    async def start(app) -> None:
        app.screen._request_day(day, app.screen._times[place])

    return start


def sides(app) -> str:
    return app.screen.query_one(CompareFigures).sides[0].item.id


def chosen(app) -> str:
    return app.screen.query_one("#compare-tabs").chosen


COMPARE = Group(
    CompareScreen,
    CompareScreen,
    shows(lambda: CompareScreen(Path("runs.sqlite"), "p01-random-done", RUN)),
    [
        Case("step_forward", moment, (2, 427.5), compared(2, 2)),
        Case("step_back", moment, (2, 422.5), compared(2, 2)),
        Case("recommendation(-1)", moment, (1, 690.0), compared(2, 2)),
        Case("recommendation(1)", moment, (2, 470.0), compared(2, 2)),
        Case("day(-1)", moment, (2, 420.0), compared(2, 2)),
        Case("day(1)", moment, (3, 420.0), compared(2, 2)),
        Case("first_day", moment, (1, 420.0), compared(2, 2)),
        Case("last_day", moment, (3, 1422.5), compared(2, 2)),
        Case("swap_runs", sides, RUN, lambda app: sides(app) == RUN and app.screen.action_swap_runs()),
        Case("tab('moment')", chosen, "moment", lambda app: app.screen.action_tab("curves")),
        Case("tab('figures')", chosen, "figures", lambda app: app.screen.action_tab("curves")),
        Case("tab('curves')", chosen, "curves", lambda app: app.screen.action_tab("moment")),
        Case("update", lambda app: app.screen._pairing is not None, True, lambda app: setattr(app.screen, "_pairing", None)),
        *NEXT_KEYS[1:],
    ],
)


def curves_at(day: int) -> Callable[[Any], None]:
    def start(app: Any) -> None:
        app.screen.action_tab("curves")
        app.screen.query_one(CompareCurves).focus()
        app.screen.query_one(CompareCurves).cursor = day

    return start


async def curves_on_day_2(app: Any) -> None:
    await compared(2, 2)(app)
    curves_at(1)(app)


CURVES = Group(
    CompareCurves,
    CompareScreen,
    COMPARE.open,
    [
        Case("cursor(-1)", lambda app: app.screen.query_one(CompareCurves).cursor, 1, curves_at(2)),
        Case("cursor(1)", lambda app: app.screen.query_one(CompareCurves).cursor, 2, curves_at(1)),
        Case("choose", moment, (1, 420.0), curves_on_day_2),
    ],
)
FULL = [
    CURVES,
    PERSONAS,
    LIST,
    LINE,
    Group(PathScreen, PathScreen, shows(PersonasScreen, "o"), [Case("cancel", top, PersonasScreen)]),
    COMPARE,
    RUNS,
    BATCHES,
    Group(TextDialog, KeysScreen, shows(runs, "question_mark"), [Case("dismiss", top, RunsScreen)]),
    CONFIRM,
]


REGISTERED = (PropersimApp, RunsScreen, BatchesScreen, PersonasScreen, CompareScreen)
"""Those whose list of actions says what the footer shows."""


# -- all of them --------------------------------------------------------------------------------------------------


async def there(pilot, group: Group) -> None:
    """Be on a group's screen: still, or again."""
    app = pilot.app
    while len(app.screen_stack) > 1 and type(app.screen) is not group.screen:
        app.pop_screen()
    if type(app.screen) is not group.screen:
        await group.open(pilot)
    assert type(app.screen) is group.screen


async def done(pilot, group: Group, case: Case, do: Callable[[], Awaitable[object]], how: str) -> None:
    """Do an action in one way, and see what comes of it."""
    await there(pilot, group)
    begun = case.start(pilot.app)
    if inspect.isawaitable(begun):
        await begun
    await settled(pilot)
    name = f"{group.owner.__name__}.{case.action} by {how}"
    assert case.effect(pilot.app) != case.result, f"{name}: it is so before"
    await do()
    await settled(pilot)
    assert case.effect(pilot.app) == case.result, name


async def try_all(pilot, groups: Sequence[Group]) -> set[tuple[str, str]]:
    """Do every action of some groups by each key, and by a click on the footer if it is there; return what was done."""
    tried = set()
    for group in groups:
        by_action: dict[str, list[Binding]] = {}
        for binding in bound(group.owner):
            by_action.setdefault(binding.action, []).append(binding)
        for case in group.cases:
            for key in [key for binding in by_action[case.action] for key in binding.key.split(",")]:
                await done(pilot, group, case, partial(pilot.press, key), key)
                tried.add((group.owner.__name__, case.action))
            if not any(binding.show for binding in by_action[case.action]):
                continue
            await there(pilot, group)
            begun = case.start(pilot.app)
            if inspect.isawaitable(begun):
                await begun
            await settled(pilot)
            shown = column(pilot.app.screen, case.action) is not None
            idle = {binding.id for binding in by_action[case.action]} & idle_of(pilot.app.screen)
            assert shown or idle or group.owner not in REGISTERED, f"{case.action} is to be in the last line"
            if shown:
                await done(pilot, group, case, partial(click, pilot, case.action), "mouse")
    return tried


def every(groups: Sequence[Group]) -> set[tuple[str, str]]:
    """Return all actions of some groups."""
    return {(group.owner.__name__, case.action) for group in groups for case in group.cases}


def column(screen: Screen[Any], action: str) -> int | None:
    """Return where the last line has an action's key."""
    keys = [key for key, each in screen.active_bindings.items() if each.binding.action == action]
    return next((at for line in screen.query(KeyFooter) for key in keys if (at := line.column_of(key)) is not None), None)


async def click(pilot, action: str) -> None:
    """Click on what the last line shows of an action."""
    assert await pilot.click(KeyFooter, offset=(column(pilot.app.screen, action), 0))


@pytest.mark.parametrize(
    ("make", "groups"),
    [pytest.param(stored, STORED, marks=pytest.mark.slow, id="stored"), pytest.param(working, WORKING, id="working")],
)
async def test_every_action_over_a_run(make, groups, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)
    monkeypatch.setattr("propersim_tui.screens.learned.SECONDS_PER_NIGHT", 3600.0)
    app = make()
    app.left = []
    app.exit = app.left.append
    async with app.run_test(size=(330, 36)) as pilot:
        await pilot.pause()
        assert await try_all(pilot, groups) == every(groups)


@pytest.mark.slow
async def test_every_action_of_the_full_screens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw_nothing(monkeypatch)
    stored().source.close()
    app = Host()
    async with app.run_test(size=(190, 36)) as pilot:
        assert await try_all(pilot, FULL) == every(FULL)


def test_no_action_is_without_a_test():
    tried = {(group.owner, case.action) for group in [*STORED, *WORKING, *FULL] for case in group.cases}
    missing = {f"{owner.__name__}.{binding.action}" for owner in owners() for binding in bound(owner)} - {
        f"{owner.__name__}.{action}" for owner, action in tried
    }
    assert not missing, "these want a line in one of the lists above"
