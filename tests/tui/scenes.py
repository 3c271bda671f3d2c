"""Every screen of the app: how to open it, and how to leave it. A new screen is a line in one of the lists below.

A stage is an app on a run; its scenes are opened one after the other, so that many scenes cost one start of the app.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input

from propersim.core.config import RunConfig
from propersim.core.records import RunWarning
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.protocol import Failed, RateThis, RunState, Training
from propersim.runs.runner import Runner
from propersim.store.batches import BatchRecord, JobRow
from propersim.store.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.config.themes import DEFAULT_THEME, THEMES
from propersim_tui.data.source import RunSource
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
from propersim_tui.screens.palette import Palette
from propersim_tui.screens.path import PathScreen
from propersim_tui.screens.personas import PersonasScreen
from propersim_tui.screens.rate import RateScreen
from propersim_tui.screens.runs import RunsScreen
from propersim_tui.widgets.scroll_panel import ScrollPanel
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.conftest import FakeLive
from tests.tui.hosts import settled

SMALL, MIDDLE, LARGE = (80, 24), (120, 40), (200, 60)
SIZES = (SMALL, MIDDLE, LARGE)
LIGHT = "textual-light"
"""The theme that differs most from the default: dark on light, with the other set of colours for scores."""

RUN = "p01-llama-test"
EVENING = 804 + 356
NIGHT = 804 + 80
SAID = 804 + 53
"""The step before, something was said that was marked down in three dimensions, with reasons."""

Way = Callable[[Pilot[Any]], Awaitable[None]]


@dataclass(frozen=True)
class Scene:
    """A screen in some state.

    Attributes:
        name: name of the scene.
        screen: class of the screen on top.
        way: opens it from the start of the stage.
        back: keys that return to the start.
        sizes: terminal sizes as (columns, rows).
        shows: texts that are visible at each of these sizes.
    """

    name: str
    screen: type[Screen[Any]]
    way: Way
    back: Sequence[str] = ("escape",)
    sizes: Sequence[tuple[int, int]] = SIZES
    shows: Sequence[str] = ()


@dataclass(frozen=True)
class Stage:
    """An app and its scenes.

    Attributes:
        open: makes the app, in the current folder.
        scenes: the scenes, in the order in which they are opened.
        themes: themes to use, one size after the other.
    """

    open: Callable[[], PropersimApp]
    scenes: Sequence[Scene]
    themes: Sequence[str] = (DEFAULT_THEME, LIGHT)


# -- ways ---------------------------------------------------------------------------------------------------------


def at(index: int, *keys: str, home: str = "1") -> Way:
    """Show a step on the live screen in its initial state, then press keys."""

    async def go(pilot) -> None:
        pilot.app.run_view.go_to_step(index)
        await pilot.press(home, *keys)
        for line in pilot.app.screen.query(Input):
            line.cursor_blink = False
        await pilot.pause()

    return go


def asked(key: str, *keys: str, at_step: int = SAID, scrolled: bool = False) -> Way:
    """Open a screen that asks the inspector, wait for the answer, then press keys."""

    async def go(pilot) -> None:
        await at(at_step, key)(pilot)
        if isinstance(pilot.app.screen, InspectScreen | MemoryScreen):
            pilot.app.screen.ask_now()
        for _ in range(3):
            pilot.app.tick()
            await pilot.pause()
        await pilot.press(*keys)
        pilot.app.tick()
        if scrolled:
            for sheet in pilot.app.screen.query(ScrollPanel):
                sheet.scroll_end(animate=False)
        await pilot.pause()

    return go


def pushed(screen: Callable[[PropersimApp], Screen[Any]], *keys: str) -> Way:
    """Open a screen that reads in the background, and press each key when the reading is done."""

    async def go(pilot) -> None:
        pilot.app.push_screen(screen(pilot.app))
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        for line in pilot.app.screen.query(Input):
            line.cursor_blink = False

    return go


async def with_bookmarks(pilot: Pilot[Any]) -> None:
    """Show the list of three bookmarks, one with a long note in other scripts."""
    app = pilot.app
    assert isinstance(app, PropersimApp)
    app.run_view.go_to_step(SAID)
    for index, note in ((20, ""), (SAID, "a note"), (EVENING, "漢字 " * 40)):
        app.source.mark(index, note)
    await pilot.press("apostrophe")
    await settled(pilot)


async def to_nowhere(pilot) -> None:
    """Ask to go to a day that does not exist."""
    await at(SAID, "g")(pilot)
    pilot.app.screen.query_one(Input).value = "day 9 08:30"
    await pilot.press("enter")


async def with_a_wrong_seed(pilot) -> None:
    """Ask for a new run with a seed that is no number."""
    await at(SAID, "N")(pilot)
    pilot.app.screen.query_one("#new-seed", Input).value = "seven"
    await pilot.press("enter")


async def message(pilot) -> None:
    """Show a message in the message line."""
    await at(SAID)(pilot)
    pilot.app.notifier.notice.show("runs.sqlite: is locked by another program", "close that program, or wait")


def heard(*events: object, index: int = EVENING, keys: Sequence[str] = ()) -> Way:
    """Send events from the worker."""

    async def go(pilot) -> None:
        pilot.app.playback.newest() if index < 0 else pilot.app.run_view.go_to_step(index)
        pilot.app.source.live.events = [RunState("running"), *events]
        pilot.app.tick()
        await pilot.press(*keys)
        await pilot.pause()

    return go


# -- stages -------------------------------------------------------------------------------------------------------


def _story(db: Path) -> None:
    """Store a run that learned (one night with a warning, one requested by key) and two others."""
    story.add(db, name="p01-random-done", state="finished", of=3)
    story.add(db, name="p02-new", days=0, state="new")
    row = story.add_learner(db)
    story.add_nights(db, row, story.night(1, 402, pairs=0), story.night(2, 804, pairs=812), story.night(3, 844, asked=True, loss=0.2))
    story.add_nights(
        db, row, story.night(3, 870, pairs=0), warnings=[RunWarning(870, 3, "malformed", "1 of 5 sentences could not be used")]
    )
    with Store(db) as store:
        for run in store.runs():
            store.update_run(run, created="2026-03-01T08:00:00Z")
    add_batches(db)


PROBLEM = "/srv/personas/mine.yaml: 2 problems\n  line 3, age: is missing\n  line 9, rubric: has no preference"
"""An error of a run of a batch."""


def batch_jobs() -> list[JobRow]:
    """Return the runs of a batch: one in each state, one of them with an error."""
    states = ("finished", "known", "running", "training", "starting", "busy", "waiting", "failed", "stopped")
    return [
        JobRow(
            number=number,
            hash=f"{number:016x}",
            persona="/srv/personas/mine.yaml" if state == "failed" else f"p{number // 3 + 1:02}",
            variant=("evidence", "evidence timestep=15.0 n=4 memory=none", "oracle")[number % 3],
            seed=number % 2,
            days=14,
            state=state,
            run_id={"finished": "p01-random-done", "training": RUN}.get(state, ""),
            days_done={"finished": 14, "known": 14, "training": 3}.get(state, 0),
            f1=0.61 if state in ("finished", "known", "training") else None,
            unwelcome=1_234 if state in ("finished", "known", "training") else None,
            seconds=871.0 if state in ("finished", "known", "training") else 0.0,
            error=PROBLEM if state == "failed" else "",
        )
        for number, state in enumerate(states)
    ]


def add_batches(db: Path) -> None:
    """Record two batches that are over."""
    with Store(db) as store:
        for name in ("aa", "bb"):
            jobs = batch_jobs()
            record = BatchRecord(store, name, engine="2 in parallel", at_once=2, jobs=jobs)
            record.write(jobs, state="stopped", seconds_left=5_400.0)
            record.close()
        with store.transaction():
            store.connection.execute("update batches set started = '2026-03-01T08:00:00Z'")


def now() -> float:
    """Four and a half hours after the runs were made."""
    return 1_772_368_200.0


def _app(live: FakeLive | None = None, at: int | None = SAID) -> PropersimApp:
    source = RunSource(Path("runs.sqlite"), RUN, live)  # type: ignore[arg-type]
    examiner = FakeExaminer(lambda index: source.frame(index).step, nights=(2, 3))
    return PropersimApp(source, paused=True, at=at, now=lambda: 0.0, inspector=lambda *_: examiner)


def stored() -> PropersimApp:
    """An app on a stored run."""
    _story(Path("runs.sqlite"))
    return _app()


def working() -> PropersimApp:
    """An app on a run with a live worker."""
    _story(Path("runs.sqlite"))
    return _app(FakeLive(), at=None)


def unbegun() -> PropersimApp:
    """An app on a run without any step."""
    story.add(Path("runs.sqlite"), days=0, state="new", name=RUN)
    return _app(at=None)


def _runs(app: PropersimApp) -> RunsScreen:
    return RunsScreen(app.source.db, current=RUN, now=now)


def _batches(app: PropersimApp) -> BatchesScreen:
    return BatchesScreen(app.source.db, now=now)


def _compare(app: PropersimApp) -> CompareScreen:
    return CompareScreen(app.source.db, "p01-random-done", RUN)


def _personas(_: PropersimApp) -> PersonasScreen:
    return PersonasScreen(current="p07")


SPOKEN = next(step for step in story.day_steps(3, 804) if step.index == SAID - 1)
RATING = RateThis(SPOKEN.index, 3, SPOKEN.minute, SPOKEN.answer.text or "", SPOKEN.action, SPOKEN.clocks)
TRAINING = (RunState("training"), *story.training(3, upto=310))
DEAD = Failed("the worker was killed by SIGKILL; see runs.sqlite.logs/x.log", "propersim resume x --watch")

OFFICE_DAY = 66
"""Index of the first step of day 2 of the moved run, the first one in the office."""


def moved() -> PropersimApp:
    """Make an app on a run in which the user moves into the office on day 2."""
    path = Path("moved.sqlite")
    with Store(path) as store:
        run = add_run(store, RunConfig(persona="p02", assistant="oracle", days=2, timestep=15.0, move=2))
        Runner(store, run, FreeGate()).go()
    return PropersimApp(RunSource(path, run.id), paused=True, at=1, now=lambda: 0.0)


STAGES = {
    "live": Stage(
        stored,
        [
            Scene("live-day", LiveScreen, at(SAID), (), shows=["Wed 09:12:30", "working at the desk", "paused", "Today"]),
            Scene("live-evening", LiveScreen, at(EVENING), (), shows=["Wed 21:50", "Today"]),
            Scene("live-nights", LiveScreen, at(NIGHT, "2"), (), shows=["☾", "night 3"]),
            Scene("live-scores", LiveScreen, at(SAID, "3"), (), shows=["communication", "oracle:"]),
            Scene("live-days", LiveScreen, at(SAID, "4"), (), shows=["█ score", "┄ oracle"]),
            Scene("too-small", LiveScreen, at(SAID), (), [(50, 12)], shows=["60 columns"]),
            Scene("notice", LiveScreen, message, shows=["is locked by another program", "close that program, or wait"]),
        ],
    ),
    "dialogs": Stage(
        stored,
        [
            Scene("help", HelpScreen, at(SAID, "question_mark"), shows=["Help", "Esc: close"]),
            Scene("go-to", GoToScreen, to_nowhere, shows=["day 9", "days 1 to 3", "Enter: go · Esc: cancel"]),
            Scene("new-run", NewRunScreen, with_a_wrong_seed, shows=["persona", "is no whole number", "Enter: start"]),
            Scene("bookmark", BookmarkScreen, at(SAID, "M"), shows=["Bookmark: day 3 09:12:30", "Enter: save · Esc: cancel"]),
            Scene("bookmarks", BookmarksScreen, with_bookmarks, shows=["09:12:30", "a note", "Enter: go there · e: edit note · d: delete"]),
            Scene("jump", JumpScreen, at(SAID, "j"), shows=[" h ", " t "]),
            Scene("palette", Palette, at(SAID, "ctrl+p"), shows=["Search for commands", "Bookmark"]),
            Scene("explain", ExplainScreen, at(SAID, "e"), shows=["Explain", "Esc: close"]),
            Scene("take", ExportScreen, at(SAID, "x"), shows=["Export", "Enter: export · Tab: file name · Esc: cancel"]),
        ],
    ),
    "model": Stage(
        stored,
        [
            Scene("inspect", InspectScreen, asked("i"), shows=["1 State"]),
            Scene("inspect-scrolled", InspectScreen, asked("i", "left_parenthesis", at_step=SAID - 1, scrolled=True)),
            Scene("learned", LearnedScreen, asked("w"), shows=["after night 3", "points better than ", "(before day 1: −36)", "Speaks"]),
            Scene("learned-at-first", LearnedScreen, asked("w", "left", "left"), shows=["before day 1"]),
            Scene("memory", MemoryScreen, asked("m"), shows=["similar to this moment: working at the desk", "4 most similar"]),
        ],
    ),
    "lists": Stage(
        stored,
        [
            Scene("runs", RunsScreen, pushed(_runs, "up", "c"), ("escape", "escape"), shows=["3 runs", "press c on another run"]),
            Scene("runs-filter", RunsScreen, pushed(_runs, "slash", *"don"), ("escape", "escape"), shows=["1 of 3 runs"]),
            Scene("runs-preview", RunsScreen, pushed(_runs, "p"), ("escape", "escape"), shows=["Changed options", "oracle"]),
            Scene("runs-keys", KeysScreen, pushed(_runs, "question_mark"), ("escape", "escape"), shows=["Keys · Runs", "Esc: close"]),
            Scene("batches", BatchesScreen, pushed(_batches), shows=["2 of 9 runs done", "1 failed", "stopped", "batch 2 of 2"]),
            Scene(
                "batches-details",
                BatchesScreen,
                pushed(_batches, "S", "home", "p"),
                ("escape", "escape"),
                shows=["p01", "oracle", "another machine"],
            ),
            Scene("confirm-delete", ConfirmScreen, pushed(_runs, "down", "d"), ("n", "escape"), shows=["Delete (y)", "Keep (n)"]),
            Scene("personas", PersonasScreen, pushed(_personas), shows=["37 personas"]),
            Scene("personas-sheet", PersonasScreen, pushed(_personas, "p"), ("escape", "escape")),
            Scene("persona-file", PathScreen, pushed(_personas, "o"), ("escape", "escape"), shows=["Enter: open · Esc: cancel"]),
            Scene("compare", CompareScreen, pushed(_compare, "greater_than_sign"), shows=["Day 1 · Mon 09:10"]),
            Scene("compare-figures", CompareScreen, pushed(_compare, "2"), shows=["days 1–2", "unwelcome", "shown per hour"]),
            Scene("compare-curves", CompareScreen, pushed(_compare, "3"), shows=["F1", "Score"]),
        ],
    ),
    "working": Stage(
        working,
        [
            Scene("live-training", LiveScreen, heard(*TRAINING, index=-1, keys=["1"]), (), shows=["812 pairs", "62 %", "24 s left"]),
            Scene("live-training-feed", LiveScreen, heard(*TRAINING, index=-1, keys=["2"]), (), shows=["☾ TRAINING 62 %"]),
            Scene(
                "live-training-begins",
                LiveScreen,
                heard(
                    RunState("training"), Training(3, 0, 0, seconds_left=9.0, pairs=812, part="preparing", done=400, total=1000), keys=["1"]
                ),
                (),
                shows=["☾ TRAINING", "40 %", "9 s left"],
            ),
            Scene("rate", RateScreen, heard(RATING), shows=["Your rating", "Is it something I want now?", "y n or ← →: answer"]),
            Scene("rate-begun", RateScreen, heard(RATING, keys=["y", "n"]), ("s",), shows=["not answered yet: frequency, communication"]),
            Scene("rate-rubric", RateScreen, heard(RATING, keys=[*"yynyr"]), ("s",), shows=["Enter: submit this rating"]),
            Scene("live-failed", LiveScreen, heard(DEAD), shows=["✖ ", "back", "was killed by SIGKILL"]),
        ],
    ),
    "office": Stage(
        moved,
        [
            Scene("live-office", LiveScreen, at(OFFICE_DAY + 9), (), shows=["Office", "coffee", "terrace", "Tue 10:30"]),
            Scene("live-at-home-again", LiveScreen, at(20), (), shows=["Home", "bathroom", "Mon 11:00"]),
        ],
    ),
    "unbegun": Stage(unbegun, [Scene("live-unbegun", LiveScreen, at(0), (), shows=["no step yet"])]),
    "no-colour": Stage(stored, [Scene("live-no-colour", LiveScreen, at(SAID), ())], [DEFAULT_THEME]),
    "themes": Stage(stored, [Scene("live-themes", LiveScreen, at(SAID), ())], [*(theme.name for theme in THEMES[1:]), "nord"]),
}
"""The stages, by the name of their test."""

SCENES = {scene.name: (stage, scene) for stage in STAGES.values() for scene in stage.scenes}
