"""Ask for confirmation before an action that cannot be undone."""

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
    """Question with two buttons; returns True only if the person confirmed.

    Args:
        title: title of the dialog, a word or two.
        question: the question; control characters are removed here.
        details: further lines, cleaned in the same way.
        do: label of the button that confirms.
        keep: label of the button that cancels.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "yes"),
        Binding("n,escape,q", "answer(False)", "no"),
        Binding("left,right", "app.focus_next", "other button", show=False),
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
        """Lay out the question and the buttons."""
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
        """Focus the button that cancels, so that Enter alone changes nothing."""
        self.query_one("#keep").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Close with the answer of the button."""
        event.stop()
        self.dismiss(event.button.id == "do")

    def action_answer(self, yes: bool) -> None:
        """Close with an answer."""
        self.dismiss(yes)
