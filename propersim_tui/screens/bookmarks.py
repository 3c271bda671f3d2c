"""Dialogs of the bookmarks of a run: the note of one, and the list of all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Input, Label

from propersim.core.clock import format_time
from propersim.store.bookmarks import LONGEST_NOTE, Bookmark
from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.safe_input import SafeInput
from propersim_tui.widgets.table import Cell, Column, Table

COLUMNS = (Column("day", "day", 4, 4, right=True), Column("time", "time", 8, 8), Column("note", "note", 10, LONGEST_NOTE))


class BookmarkScreen(Dialog[str | None]):
    """Input line for the note of a bookmark; returns the note, which may be empty, or None.

    Args:
        title: title of the dialog, with the time of the step.
        note: the present note.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel")]
    DEFAULT_CSS = """
    BookmarkScreen > Vertical { width: 70; }
    """

    def __init__(self, title: str, note: str) -> None:
        super().__init__()
        self._title = title
        self._note = note

    def compose(self) -> ComposeResult:
        """Lay out the input line."""
        with Vertical() as box:
            box.border_title = self._title
            yield SafeInput(self._note, placeholder="note (optional)", max_length=LONGEST_NOTE)
            yield Label("Enter: save · Esc: cancel", id="how", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Close with the note."""
        event.stop()
        self.dismiss(" ".join(event.value.split()))

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)


class BookmarksScreen(Dialog[int | None]):
    """List of the bookmarks of a run; returns the index of a step to go to, or None.

    Args:
        read: returns the bookmarks.
        edit: asks for another note of one, and calls back when it is stored.
        delete: removes one.
        at: index of the step on screen; the bookmark nearest to it is selected.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go_there", "go there"),
        Binding("e", "edit", "edit note"),
        Binding("d,delete", "delete", "delete"),
        Binding("escape,q,apostrophe", "cancel", "close"),
    ]
    DEFAULT_CSS = """
    BookmarksScreen > Vertical { width: 90; }
    BookmarksScreen Table { height: 12; }
    .-short BookmarksScreen Table { height: 8; }
    """

    def __init__(
        self,
        read: Callable[[], Sequence[Bookmark]],
        edit: Callable[[int, Callable[[], None]], None],
        delete: Callable[[int], None],
        at: int = 0,
    ) -> None:
        super().__init__()
        self._read = read
        self._edit = edit
        self._delete = delete
        self._at = at
        self._marked: dict[str, Bookmark] = {}

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical() as box:
            box.border_title = "Bookmarks"
            yield Table(COLUMNS, self._cell, empty="no bookmarks: M marks the step on screen", id="bookmarks-table")
            yield Label("Enter: go there · e: edit note · d: delete · Esc: close", id="how", markup=False)

    def on_mount(self) -> None:
        """Select the bookmark that is nearest to the step on screen."""
        self.show()
        table = self.query_one(Table)
        if self._marked:
            table.go(min(self._marked, key=lambda key: abs(int(key) - self._at)))
        table.focus()

    def show(self) -> None:
        """Show the bookmarks as they are now."""
        self._marked = {str(each.index): each for each in self._read()}
        table = self.query_one(Table)
        table.show(list(self._marked))
        table.redraw()

    def _cell(self, key: str, column: str, width: int) -> Cell:
        each = self._marked.get(key)
        if each is None:
            return "", ""
        return {
            "day": (str(each.day), "bold"),
            "time": (format_time(each.minute, seconds=True, wrap=True), "$mark"),
            "note": (each.note or "–", "" if each.note else "$muted"),
        }[column]

    @property
    def _chosen(self) -> Bookmark | None:
        key = self.query_one(Table).key
        return self._marked.get(key) if key is not None else None

    def on_table_chosen(self) -> None:
        """Go to a bookmark that was double-clicked."""
        self.action_go_there()

    def action_go_there(self) -> None:
        """Close with the step of the selected bookmark."""
        if self._chosen is not None:
            self.dismiss(self._chosen.index)

    def action_edit(self) -> None:
        """Ask for another note."""
        if self._chosen is not None:
            self._edit(self._chosen.index, self.show)

    def action_delete(self) -> None:
        """Remove the selected bookmark."""
        if self._chosen is not None:
            self._delete(self._chosen.index)
            self.show()

    def action_cancel(self) -> None:
        """Close without going anywhere."""
        self.dismiss(None)
