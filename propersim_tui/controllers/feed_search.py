"""Searching the recommendations of the run that is shown, and going from match to match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from propersim.core.errors import PropersimError
from propersim.core.light_records import SpokenStep
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.run_view import RunView
from propersim_tui.data.feed_search import FeedIndex, read_spoken
from propersim_tui.data.fuzzy import Filter
from propersim_tui.data.source import RunSource
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.feed_search import FeedSearch


class FeedSearchController:
    """Searches the run that is shown; the records are read in a thread.

    Args:
        app: the app, for its screens and threads.
        view: the run that is shown.
        notifier: says that nothing was found.
    """

    def __init__(self, app: App[Any], view: RunView, notifier: Notifier) -> None:
        self._app = app
        self._view = view
        self._notifier = notifier
        self._source: RunSource | None = None
        self._index = FeedIndex()
        self._waiting: list[Callable[[], None]] = []

    @property
    def _line(self) -> FeedSearch:
        return self._app.screen_stack[0].query_one(FeedSearch)

    @property
    def is_open(self) -> bool:
        """Whether a search is open."""
        return self._line.is_open

    def open(self) -> None:
        """Show the search line, and read what is searched."""
        self._line.open()
        self._app.screen_stack[0].refresh_bindings()
        self._when_read(self._show)

    def close(self) -> None:
        """Close the search."""
        self._line.close()

    def typed(self, text: str) -> None:
        """Search another text."""
        typed = Filter(text)

        def search() -> None:
            self._index.search(typed)
            self._show()

        self._when_read(search)

    def ended(self) -> None:
        """Unmark the matches, and give the keys back to the feed if the line had them."""
        if self.is_open:
            # It was opened again meanwhile.
            return
        self._index.search(Filter())
        self._show()
        screen = self._app.screen_stack[0]
        feed = screen.query_one(AssistantFeed)
        if screen.focused in (None, self._line.line):
            screen.set_focus(feed if feed.focusable else None)
        screen.refresh_bindings()

    def go(self, by: int) -> None:
        """Go to a match, and give the keys back to the feed if the person pressed Enter (0).

        Args:
            by: 1 for the next match, −1 for the previous one, 0 for this step or else the next match.
        """
        if not self.is_open:
            self.open()
            return

        def move() -> None:
            source = self._view.source
            at = self._view.playback.cursor
            found = self._index.next(at, by, source.newest)
            if found is None:
                if self._index.filter:
                    self._notifier.toast("No recommendation or reason matches", warn=True)
                return
            self._view.go_to_step(found)
            screen = self._app.screen_stack[0]
            feed = screen.query_one(AssistantFeed)
            feed.follow()
            if not by and feed.focusable:
                feed.focus()
            self._show()

        self._when_read(move)

    def moved(self) -> None:
        """Update which match is shown; called with every tick."""
        if self._source is None or not self.is_open:
            return
        if self._view.source is self._source:
            self._show_count()
        else:
            self._when_read(self._show)

    def _show(self) -> None:
        self._app.screen_stack[0].query_one(AssistantFeed).show_found(self._index.filter.offsets if self._index.filter else None)
        self._show_count()

    def _show_count(self) -> None:
        found = self._index.matches(self._view.source.newest)
        at = self._view.playback.cursor
        if not self._index.filter:
            text = "Enter: go · ↓ ↑: next, previous · Esc: close"
        elif at in found:
            text = f"match {found.index(at) + 1} of {len(found)}"
        else:
            text = f"{len(found):,} match{'' if len(found) == 1 else 'es'}"
        self._line.show_count(text)

    # -- reading --------------------------------------------------------------------------------------------------

    def _when_read(self, then: Callable[[], None]) -> None:
        """Call a function when all steps that are stored now can be searched."""
        source = self._view.source
        if source is not self._source:
            typed, self._index, self._source = self._index.filter, FeedIndex(), source
            self._index.search(typed)
            self._waiting.clear()
        self._waiting.append(then)
        if len(self._waiting) == 1:
            self._read()

    def _read(self) -> None:
        """Read what is missing, and then call what waits for it, in order."""
        source, index = self._view.source, self._index
        db, run_id, start, upto = source.db, source.about.run_id, index.upto, source.newest + 1

        def done(steps: list[SpokenStep]) -> None:
            if index is self._index:
                index.add([step for step in steps if step.index < upto], upto)
                waiting, self._waiting = self._waiting, []
                for then in waiting:
                    then()

        def failed(error: PropersimError) -> None:
            self._waiting.clear()
            self._view.report(error)

        def read() -> None:
            try:
                steps = read_spoken(db, run_id, start)
            except PropersimError as error:
                self._app.call_from_thread(failed, error)
            else:
                self._app.call_from_thread(done, steps)

        if start >= upto:
            done([])
        else:
            self._app.run_worker(read, thread=True, exit_on_error=False)
