"""Asks before something that cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from propersim.core.text import clean
from propersim_tui.screens.window import Window


class ConfirmScreen(Window[bool]):
    """A question with two buttons; leaves with True only where it was said so.

    Args:
        title: what is asked, in a word or two.
        question: the question; free text in it is made safe here.
        details: further lines, likewise.
        do: what the button says that does it.
        keep: what the one says that does not.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
        Binding("left,right", "app.focus_next", "other", show=False),
    ]
    DEFAULT_CSS = """
    ConfirmScreen > Vertical { width: 64; border: round $error; border-title-color: $error; padding: 1 2 0 2; }
    ConfirmScreen Horizontal { height: auto; margin-top: 1; align-horizontal: right; }
    ConfirmScreen Button { margin-left: 2; }
    ConfirmScreen Static { height: auto; }
    """

    def __init__(self, title: str, question: str, details: Sequence[str] = (), *, do: str = "Yes", keep: str = "No") -> None:
        super().__init__()
        self._title, self._question, self._details = title, question, details
        self._do, self._keep = do, keep

    def compose(self) -> ComposeResult:
        """Lay out the question and its answers."""
        with Vertical() as box:
            box.border_title = self._title
            yield Static(
                Content.assemble((clean(self._question, 300), "bold"), *((f"\n{clean(each, 200)}", "$muted") for each in self._details)),
                markup=False,
            )
            with Horizontal():
                yield Button(Content(f"{self._keep} (n)"), id="keep", variant="primary", compact=True)
                yield Button(Content(f"{self._do} (y)"), id="do", variant="error", compact=True)

    def on_mount(self) -> None:
        """Enter, by itself, changes nothing."""
        self.query_one("#keep").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Leave with the answer."""
        event.stop()
        self.dismiss(event.button.id == "do")

    def action_answer(self, yes: bool) -> None:
        """Leave with the answer."""
        self.dismiss(yes)
