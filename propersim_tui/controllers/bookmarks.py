"""Bookmarks on steps: setting, listing, changing and removing them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from propersim.core.clock import format_time
from propersim.core.errors import PropersimError
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.run_view import RunView
from propersim_tui.screens.bookmarks import BookmarkScreen, BookmarksScreen


class BookmarkController:
    """Controller for the bookmarks of the shown run.

    Args:
        app: the app, for its screens.
        view: the run that is shown.
        notifier: says what was done, or why it cannot be done.

    Attributes:
        refusal: why this screen may not change bookmarks; "" if it may.
    """

    def __init__(self, app: App[Any], view: RunView, notifier: Notifier) -> None:
        self._app = app
        self._view = view
        self._notifier = notifier
        self.refusal = ""

    def mark(self) -> None:
        """Ask for the note of the step on screen, and mark it."""
        step = self._view.frame.step if self._view.frame else None
        if step is None:
            self._notifier.toast("There is no step to mark yet", warn=True)
            return
        self.edit(step.index, f"Bookmark: day {step.day} {format_time(step.minute, seconds=True, wrap=True)}")

    def edit(self, index: int, title: str = "Edit bookmark", then: Callable[[], None] = lambda: None) -> None:
        """Ask for the note of a step, and store it as its bookmark.

        Args:
            index: index of the step.
            title: title of the dialog.
            then: called when it is stored.
        """
        if self._refused():
            return
        source = self._view.source

        def save(note: str | None) -> None:
            if note is not None and self._change(lambda: source.mark(index, note)):
                self._notifier.toast("Bookmark saved; ' lists all")
                then()

        self._app.push_screen(BookmarkScreen(title, source.bookmarks[index].note if index in source.bookmarks else ""), save)

    def delete(self, index: int) -> None:
        """Remove the bookmark of a step."""
        if not self._refused():
            self._change(lambda: self._view.source.unmark(index))

    def open(self) -> None:
        """Show the list of bookmarks, and go to the one that is chosen."""
        source = self._view.source
        if not self._change(source.read_bookmarks):
            return
        step = self._view.frame.step if self._view.frame else None
        self._app.push_screen(
            BookmarksScreen(
                lambda: list(source.bookmarks.values()),
                lambda index, then: self.edit(index, then=then),
                self.delete,
                step.index if step is not None else 0,
            ),
            self._view.go_to_step,
        )

    def _refused(self) -> bool:
        if self.refusal:
            self._notifier.toast(self.refusal, warn=True)
        return bool(self.refusal)

    def _change(self, change: Callable[[], None]) -> bool:
        """Read or write bookmarks, show them, and return whether that was possible."""
        try:
            change()
        except PropersimError as error:
            self._notifier.toast(f"{error.message}{f'; {error.hint}' if error.hint else ''}", warn=True)
            return False
        self._view.show()
        return True
