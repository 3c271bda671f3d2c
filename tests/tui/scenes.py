"""Every screen as it is pictured: how to get there, and back. A new screen is a line in one of the lists below.

A stage is an app on a run; its scenes are visited one after the other, so that many pictures cost one start of the app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from propersim.core.records import Warned
from propersim.runs.protocol import Failed, RateThis, State, Training
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.config.themes import DEFAULT_THEME, THEMES
from propersim_tui.data.source import RunSource
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.confirm import ConfirmScreen
from propersim_tui.screens.export import ExportScreen
from propersim_tui.screens.go_to import GoToScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.jump import JumpScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.memory import MemoryScreen
from propersim_tui.screens.path import PathScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.sheet import Sheet
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.conftest import FakeLive
from tests.tui.hosts import settled

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 60)
SIZES = (SMALL, MIDDLE, LARGE)
DARK_AND_LIGHT = (DEFAULT_THEME, "textual-light")
"""The default, and what is most unlike it: dark on white, with the other set of colours for scores."""

RUN = "p01-llama-test"
EVENING = 804 + 356
NIGHT = 804 + 80
SAID = 804 + 53
"""The step before, something was said that was marked down in three dimensions, with reasons."""

Way = Callable[[Pilot[object]], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """A picture, at some sizes.

    Attributes:
        name: of the folder in which it is stored.
        screen: what is uppermost then.
        way: leads there from where the stage begins.
        back: keys that lead back.
        sizes: columns and rows.
    """

    name: str
    screen: type[Screen[object]]
    way: Way
    back: Sequence[str] = ("escape",)
    sizes: Sequence[tuple[int, int]] = SIZES


@dataclass(frozen=True)
class Stage:
    """An app, and what is pictured of it.

    Attributes:
        open: makes the app, in the current folder.
        scenes: in the order in which they are visited.
        themes: in which each is drawn.
    """

    open: Callable[[], PropersimApp]
    scenes: Sequence[Scene]
    themes: Sequence[str] = DARK_AND_LIGHT


# -- ways ---------------------------------------------------------------------------------------------------------


def at(index: int, *keys: str, home: str = "1") -> Way:
    """Show a step on the live screen, as it is when nothing was touched; then press keys."""

    async def go(pilot) -> None:
        pilot.app.run_view.go_to_step(index)
        await pilot.press(home, *keys)
        for line in pilot.app.screen.query(Input):
            line.cursor_blink = False
        await pilot.pause()

    return go


def asked(key: str, *keys: str, at_step: int = SAID, scrolled: bool = False) -> Way:
    """Open a screen that asks the examiner, let it hear, then press keys."""

    async def go(pilot) -> None:
        await at(at_step, key)(pilot)
        if isinstance(pilot.app.screen, InspectScreen | MemoryScreen):
            pilot.app.screen.wonder()
        for _ in range(3):
            pilot.app.tick()
            await pilot.pause()
        await pilot.press(*keys)
        pilot.app.tick()
        if scrolled:
            for sheet in pilot.app.screen.query(Sheet):
                sheet.scroll_end(animate=False)
        await pilot.pause()

    return go


def pushed(screen: Callable[[PropersimApp], Screen[object]], *keys: str) -> Way:
    """Open a screen that reads in the background, and press keys, each when all is read."""

    async def go(pilot) -> None:
        pilot.app.push_screen(screen(pilot.app))
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        for line in pilot.app.screen.query(Input):
            line.cursor_blink = False

    return go


async def to_nowhere(pilot) -> None:
    """Ask to go to a day that is not there."""
    await at(SAID, "g")(pilot)
    pilot.app.screen.query_one(Input).value = "day 9 08:30"
    await pilot.press("enter")


async def message(pilot) -> None:
    """Show a message at the foot."""
    await at(SAID)(pilot)
    pilot.app.notifier.notice.tell("runs.sqlite: is locked by another program", "close that program, or wait")


def heard(*events: object, index: int = EVENING, keys: Sequence[str] = ()) -> Way:
    """Let the worker say something."""

    async def go(pilot) -> None:
        pilot.app.playback.newest() if index < 0 else pilot.app.run_view.go_to_step(index)
        pilot.app.source.live.events = [State("running"), *events]
        pilot.app.tick()
        await pilot.press(*keys)
        await pilot.pause()

    return go


# -- stages -------------------------------------------------------------------------------------------------------


def _story(db: Path) -> None:
    """Store a run that learned (nights, one with a warning, one asked for), and three others."""
    story.add(db, name="p01-random-done", state="finished", of=3)
    story.add(db, name="p02-new", days=0, state="new")
    row = story.add_learner(db)
    story.add_nights(db, row, story.night(1, 402, pairs=0), story.night(2, 804, pairs=812), story.night(3, 844, asked=True, loss=0.2))
    story.add_nights(db, row, story.night(3, 870, pairs=0), warnings=[Warned(870, 3, "malformed", "1 of 5 sentences could not be used")])
    with Store(db) as store:
        for run in store.runs():
            store.update_run(run, created="2026-03-01T08:00:00Z")


def now() -> float:
    """Four and a half hours after the runs were made."""
    return 1_772_368_200.0


def _app(live: FakeLive | None = None, at: int | None = SAID) -> PropersimApp:
    source = RunSource(Path("runs.sqlite"), RUN, live)
    examiner = FakeExaminer(lambda index: source.frame(index).step, nights=(2, 3))
    return PropersimApp(source, paused=True, at=at, now=lambda: 0.0, inspector=lambda *_: examiner)


def stored() -> PropersimApp:
    """An app on a stored run."""
    _story(Path("runs.sqlite"))
    return _app()


def working() -> PropersimApp:
    """An app on a run that a worker carries on."""
    _story(Path("runs.sqlite"))
    return _app(FakeLive(), at=None)


def unbegun() -> PropersimApp:
    """An app on a run of which there is nothing yet."""
    story.add(Path("runs.sqlite"), days=0, state="new", name=RUN)
    return _app(at=None)


def _runs(app: PropersimApp) -> RunsScreen:
    return RunsScreen(app.source.db, current=RUN, now=now)


def _compare(app: PropersimApp) -> CompareScreen:
    return CompareScreen(app.source.db, "p01-random-done", RUN)


def _personas(_: PropersimApp) -> PersonasScreen:
    return PersonasScreen(current="p07")


SPOKEN = next(step for step in story.day_steps(3, 804) if step.index == SAID - 1)
RATING = RateThis(SPOKEN.index, 3, SPOKEN.minute, SPOKEN.answer.text or "", SPOKEN.action, SPOKEN.clocks)
TRAINING = (State("training"), *story.training(3, upto=310))
DEAD = Failed("the worker was killed by SIGKILL; see runs.sqlite.logs/x.log", "propersim resume x --watch")

STAGES = {
    "live": Stage(
        stored,
        [
            Scene("live-day", LiveScreen, at(SAID), ()),
            Scene("live-evening", LiveScreen, at(EVENING), ()),
            Scene("live-nights", LiveScreen, at(NIGHT, "2"), (), [SMALL, MIDDLE]),
            Scene("live-scores", LiveScreen, at(SAID, "3"), (), [SMALL]),
            Scene("live-days", LiveScreen, at(SAID, "4"), (), [SMALL]),
            Scene("too-small", LiveScreen, at(SAID), (), [(50, 12)]),
            Scene("notice", LiveScreen, message),
        ],
    ),
    "windows": Stage(
        stored,
        [
            Scene("help", HelpScreen, at(SAID, "question_mark")),
            Scene("go-to", GoToScreen, to_nowhere),
            Scene("jump", JumpScreen, at(SAID, "j")),
            Scene("take", ExportScreen, at(SAID, "x")),
        ],
    ),
    "model": Stage(
        stored,
        [
            Scene("inspect", InspectScreen, asked("i")),
            Scene(
                "inspect-scrolled", InspectScreen, asked("i", "left_parenthesis", at_step=SAID - 1, scrolled=True), sizes=[SMALL, MIDDLE]
            ),
            Scene("learned", LearnedScreen, asked("w")),
            Scene("learned-at-first", LearnedScreen, asked("w", "left", "left"), sizes=[MIDDLE]),
            Scene("memory", MemoryScreen, asked("m")),
        ],
    ),
    "lists": Stage(
        stored,
        [
            Scene("runs", RunsScreen, pushed(_runs, "up", "c"), ("escape", "escape")),
            Scene("runs-filter", RunsScreen, pushed(_runs, "slash", *"don"), ("escape", "escape"), [SMALL]),
            Scene("runs-preview", RunsScreen, pushed(_runs, "p"), ("escape", "escape"), [SMALL]),
            Scene("runs-keys", KeysScreen, pushed(_runs, "question_mark"), ("escape", "escape")),
            Scene("confirm-delete", ConfirmScreen, pushed(_runs, "down", "d"), ("n", "escape")),
            Scene("personas", PersonasScreen, pushed(_personas)),
            Scene("personas-sheet", PersonasScreen, pushed(_personas, "p"), ("escape", "escape"), [SMALL]),
            Scene("persona-file", PathScreen, pushed(_personas, "o"), ("escape", "escape")),
            Scene("compare", CompareScreen, pushed(_compare, "greater_than_sign", "greater_than_sign")),
            Scene("compare-figures", CompareScreen, pushed(_compare, "2"), sizes=[SMALL]),
            Scene("compare-curves", CompareScreen, pushed(_compare, "3"), sizes=[SMALL]),
        ],
    ),
    "working": Stage(
        working,
        [
            Scene("live-training", LiveScreen, heard(*TRAINING, index=-1, keys=["1"]), ()),
            Scene("live-training-feed", LiveScreen, heard(*TRAINING, index=-1, keys=["2"]), (), [SMALL]),
            Scene("live-training-begins", LiveScreen, heard(State("training"), Training(3, 0, 0, pairs=812), keys=["1"]), (), [MIDDLE]),
            Scene("rate", RateScreen, heard(RATING)),
            Scene("rate-begun", RateScreen, heard(RATING, keys=["y", "n"]), sizes=[SMALL]),
            Scene("rate-rubric", RateScreen, heard(RATING, keys=[*"yynyr"]), sizes=[SMALL, MIDDLE]),
            Scene("live-failed", LiveScreen, heard(DEAD), sizes=[SMALL]),
        ],
    ),
    "unbegun": Stage(unbegun, [Scene("live-unbegun", LiveScreen, at(0), ())]),
    "no-colour": Stage(stored, [Scene("live-no-colour", LiveScreen, at(SAID), (), [SMALL, MIDDLE])], [DEFAULT_THEME]),
    "themes": Stage(
        stored, [Scene("live-themes", LiveScreen, at(SAID), (), [MIDDLE])], [*(theme.name for theme in THEMES[1:]), "nord", "ansi-dark"]
    ),
}
"""What is pictured, by the name of its test."""
