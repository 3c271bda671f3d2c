"""The controllers are plain objects: each works with stand-ins for what it is given."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.screen import Screen

from propersim.core.errors import StoreError
from propersim_tui.app import PropersimApp
from propersim_tui.controllers.paste_filter import filter_paste
from propersim_tui.controllers.screen_cache import ScreenCache
from propersim_tui.controllers.seek import SeekController

pytestmark = pytest.mark.usefixtures("undrawn")


class Record:
    """Stands in for view and notifier: remembers what was called."""

    def __init__(self, result: object = True) -> None:
        self.calls: list[tuple[object, ...]] = []
        self.playback = SimpleNamespace(seek=self._seek)
        self._result = result

    def _seek(self, kind, by):
        if isinstance(self._result, Exception):
            raise self._result
        return self._result

    def __getattr__(self, name):
        return lambda *args, **_: self.calls.append((name, *args))


def test_the_app_has_no_base_classes_of_its_own():
    assert [base.__name__ for base in PropersimApp.__bases__] == ["App"]


@pytest.mark.parametrize(
    ("result", "by", "calls"),
    [
        (True, 1, [("show",)]),
        (False, 1, [("toast", "There is no further recommendation")]),
        (False, -1, [("toast", "There is no earlier recommendation")]),
    ],
)
def test_seeking_shows_the_step_or_says_that_there_is_none(result, by, calls):
    record: Any = Record(result)
    SeekController(record, record).seek("said", by)
    assert record.calls == calls


def test_an_error_while_seeking_is_reported():
    error = StoreError("cannot be read")
    record: Any = Record(error)
    record.blind = False
    SeekController(record, record).seek("bad", 1)
    assert record.calls == [("report", error)]


def test_pasted_text_loses_what_cannot_be_seen():
    event = events.Paste("tea\u202e\x1b[31m\nfor two\x07")
    filter_paste(event)
    assert event.text == "tea[31m\nfor two"
    key = events.Key("a", "a")
    filter_paste(key)
    assert key.key == "a"


class First(Screen[None]):
    pass


async def test_a_screen_is_kept_until_the_cache_is_cleared():
    app: App[None] = App()
    made: list[First] = []

    def make() -> First:
        made.append(First())
        return made[-1]

    cache = ScreenCache(app, {First: make}, lambda _: None)
    async with app.run_test() as pilot:
        assert cache.get(First) is cache.get(First)
        cache.show(First)
        await pilot.pause()
        cache.clear()
        assert cache.get(First) is made[0], "one that is open stays until it is closed"
        app.pop_screen()
        assert cache.get(First) is not made[0]
    assert len(made) == 2
