"""Fixtures of the screen tests: hand-made runs, a paused app on them, and a scripted worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual import constants
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

from propersim.runs.protocol import Command, Event
from propersim_tui.app import PropersimApp
from propersim_tui.data.source import RunSource
from propersim_tui.screens.rate import RateScreen
from tests.tui import story
from tests.tui.answers import FakeExaminer
from tests.tui.hosts import draw_nothing

# No animations: a snapshot must always be the same. (The environment would be too late: a plugin has imported textual.)
constants.TEXTUAL_ANIMATIONS = "none"  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _rating_keys_count_at_once(monkeypatch):
    """Tests press keys as soon as the rating dialog is open; that it ignores them for a moment has a test of its own."""
    monkeypatch.setattr(RateScreen, "GRACE", 0.0)


@pytest.fixture(autouse=True, scope="session")
def _styles_parsed_once():
    """Parse each stylesheet once per set of colours, because every app reads the same ones."""
    parsed: dict[tuple[object, ...], list[RuleSet]] = {}
    parse_rules = Stylesheet._parse_rules

    def parse_once(self, css, read_from, is_default_rules=False, tie_breaker=0, scope=""):
        key = frozenset(self._variables.items()), css, read_from, is_default_rules, tie_breaker, scope
        if key not in parsed:
            parsed[key] = parse_rules(self, css, read_from, is_default_rules, tie_breaker, scope)
        return parsed[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", parse_once)
        yield


@pytest.fixture(autouse=True, scope="session")
def _one_time_zone():
    """Show times of the machine's clock in UTC, so that snapshots are the same everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def _nothing_of_the_callers_own(monkeypatch, tmp_path):
    for name in ("NO_COLOR", "TEXTUAL_THEME", "TEXTUAL_FILTERS", "TEXTUAL_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", str(tmp_path / "own" / "screen.toml"))


@pytest.fixture
def undrawn(monkeypatch):
    """Skip drawing to the headless terminal, which takes half of such a test's time; tests draw what they inspect."""
    draw_nothing(monkeypatch)


class FakeLive:
    """Fake worker that records commands and sends the events of the test."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.events: list[Event] = []
        self.answers = True
        self.pid = None
        self.suspended = False
        self.busy_seconds = 0.0
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def send(self, command: Command) -> bool:
        self.sent.append(command)
        return self.answers

    def poll(self) -> list[Event]:
        events, self.events = self.events, []
        return events


class Clock:
    """A clock that advances only when the test sets it."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def three_days(tmp_path: Path) -> Path:
    """A database with one run of three days."""
    path = tmp_path / "runs.sqlite"
    story.add(path)
    return path


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live() -> FakeLive:
    return FakeLive()


@pytest.fixture
def app_of(clock: Clock) -> Callable[..., PropersimApp]:
    """Make an app on the newest run of a database, paused by default."""

    def make(db: Path, *, live: FakeLive | None = None, **options) -> PropersimApp:
        options.setdefault("paused", True)
        source = RunSource(db, "last", live)  # type: ignore[arg-type]
        options.setdefault("inspector", lambda *_: FakeExaminer(lambda index: source.frame(index).step))
        return PropersimApp(source, now=clock, **options)

    return make
