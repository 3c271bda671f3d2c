"""Message line at the foot of the screen; it is not modal.

A message is an error with a hint, a warning, a success, or an introduction.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.content import Content
from textual.widgets import Static

from propersim.core.text import clean
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.render.format import fit, wrap

FRAME = 3
"""Cells of the left border and of the padding."""
OTHERS = 10
"""Rows that the screen has beside a message at least: header, tabs, a row of a panel, *Today*, footer."""
TOAST_MARGIN = 1
"""Rows below toasts where no message is open: the footer."""
INDENT = 2
"""Cells of the sign before the message, and the indentation of the hint."""
Tone = Literal["bad", "warn", "good", "info"]

_HEADS: dict[Tone, tuple[str, str]] = {
    "bad": ("✖ ", "bold $text-error"),
    "warn": (f"{WARNING_SIGN} ", "bold $text-warning"),
    "good": ("■ ", "bold $text-success"),
    "info": ("i ", "bold $primary"),
}


class Notice(Static):
    """Shows one message until it is closed by Escape or a click; the screen stays usable."""

    EXPLAINED: ClassVar[bool] = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._tone: Tone = "good"
        self._message = self._hint = ""
        self.about = ""
        self.tooltip = "Click or press Escape to close"

    def show(self, message: str, hint: str = "", *, tone: Tone = "bad", about: str = "") -> None:
        """Show a message; a warning does not replace an error.

        Args:
            message: the message.
            hint: what to do about it.
            tone: whether it is an error, a warning, a success, or only information.
            about: its subject, for :meth:`close_about`.
        """
        if tone == "warn" and self.is_open and self._tone == "bad":
            return
        self._tone, self.about = tone, about
        self._message, self._hint = clean(message, 800), clean(hint, 400)
        self._fit()
        self.set_class(tone == "good", "-good")
        self.set_class(tone == "warn", "-warn")
        self.set_class(tone == "info", "-info")
        self.add_class("-open")
        self._tell()

    def on_resize(self) -> None:
        """Fit the text into the new width."""
        self._fit()
        self._lift_toasts()

    def _fit(self) -> None:
        """Write message and hint.

        Where there is no room for both, the end of the message is left out, with a sign.
        """
        width = self.app.size.width - FRAME
        hint = f"\n{' ' * INDENT}{self._hint}" if self._hint else ""
        rows = max(2, min((self.app.size.height - 1) // 2, self.app.size.height - OTHERS))
        self.styles.max_height = rows
        room = max(1, rows - len(wrap(hint[1:], width) if hint else ()))
        lines = wrap(" " * INDENT + self._message, width)
        message = self._message
        if len(lines) > room:
            message = " ".join([*lines[: room - 1], fit(f"{lines[room - 1]}…", width - 1).rstrip().rstrip("…")]).strip() + "…"
        self.update(Content.assemble(_HEADS[self._tone], message, (hint, "bold $mark")))

    @property
    def is_open(self) -> bool:
        """Whether a message is shown."""
        return self.has_class("-open")

    def close(self) -> None:
        """Close the message."""
        if self.is_open:
            self.remove_class("-open")
            self._tell()

    def _tell(self) -> None:
        """Let the footer show whether there is a message to close."""
        if self.is_attached:
            self.screen.refresh_bindings()
            self.call_after_refresh(self._lift_toasts)

    def _lift_toasts(self) -> None:
        """Keep toasts from covering the message: they stand above it while it is open."""
        rows = self.screen.size.height - self.region.y if self.is_open and self.region else TOAST_MARGIN
        for rack in self.screen.query("ToastRack"):
            rack.styles.margin = (0, 0, rows, 0)

    def close_about(self, about: str) -> None:
        """Close the message if it is about the given subject, which is settled."""
        if self.about == about:
            self.close()

    def on_click(self) -> None:
        """Close the message."""
        self.close()
