"""Base class of the full screens: top line, message line, footer, and their own keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Label, Static

from propersim.core.errors import PropersimError
from propersim.core.text import clean
from propersim_tui.config.actions import ScreenAction
from propersim_tui.messages import ExplainLabels
from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.size_classes import TOO_SMALL, SizeClasses
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.notice import Notice


class FullScreen(CachedScreen, SizeClasses, ModalScreen[None]):
    """Modal screen that fills the terminal.

    As it is modal, the keys of the run below (space, t, n, …) do nothing. ``ACTS`` lists its actions; it has a method
    ``action_<id>`` for each.
    """

    ACTS: ClassVar[tuple[ScreenAction, ...]] = ()
    HEADING: ClassVar[str] = ""

    _head = Content("")

    def compose(self) -> ComposeResult:
        """Lay out the frame around :meth:`parts`."""
        self._head = self._heading()
        yield Static(self._head, classes="full--head", markup=False)
        yield from self.parts()
        yield Notice(id="notice")
        yield KeyFooter()
        yield Label(TOO_SMALL, id="small", markup=False)

    def parts(self) -> Iterable[Widget]:
        """Yield the widgets between the top line and the message line."""
        raise NotImplementedError

    def opened(self) -> None:
        """Close old messages; filter, order and cursor stay as they were."""
        self.notice.close()

    # -- messages --------------------------------------------------------------------------------------------------

    def head(self, *parts: str | tuple[str, str]) -> None:
        """Write the top line after the heading."""
        text = self._heading(*parts)
        if not text.is_same(self._head):
            self._head = text
            self.query_one(".full--head", Static).update(text, layout=False)

    def _heading(self, *parts: str | tuple[str, str]) -> Content:
        return Content.assemble((f" {self.HEADING}  ", "bold $primary"), *parts)

    @property
    def notice(self) -> Notice:
        """The message line."""
        return self.query_one(Notice)

    def show_error(self, error: PropersimError) -> None:
        """Show an error and its hint until it is closed."""
        self.notice.show(error.message, error.hint or "")

    def toast(self, text: str, *, warn: bool = False) -> None:
        """Show a short message for three seconds."""
        self.notify(clean(text), severity="warning" if warn else "information", timeout=3, markup=False)

    # -- actions of all full screens ------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show all keys of this screen."""
        self.app.push_screen(KeysScreen(self.HEADING, self.ACTS, self.app._keymap))

    def action_explain(self) -> None:
        """Explain the figures and words on this screen."""
        self.post_message(ExplainLabels())

    def action_back(self) -> None:
        """Close the message, else the filter or preview, else the screen."""
        if self.notice.is_open:
            self.notice.close()
        elif not self.close_something():
            self.dismiss()

    def close_something(self) -> bool:
        """Close a filter, preview or mark; return False if none is open."""
        return False
