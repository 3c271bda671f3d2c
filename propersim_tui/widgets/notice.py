"""A message at the foot of the screen: what went wrong and what to do, a warning, or that the run is finished. Not modal."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widgets import Static

from propersim.core.text import clean
from propersim_tui.config.themes import WARNING_SIGN

Tone = Literal["bad", "warn", "good"]

_HEADS: dict[Tone, tuple[str, str]] = {
    "bad": ("✖ ", "bold $error"),
    "warn": (f"{WARNING_SIGN} ", "bold $warning"),
    "good": ("■ ", "bold $success"),
}


class Notice(Static):
    """Shows one message until it is closed (Escape, or a click); the rest stays usable."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self._tone: Tone = "good"
        self.about = ""
        self.tooltip = "Click or press Escape to close"

    def tell(self, message: str, hint: str = "", *, tone: Tone = "bad", about: str = "") -> None:
        """Show a message. A warning does not take the place of what went wrong.

        Args:
            message: what is the matter.
            hint: what to do.
            tone: how grave it is.
            about: what it is about, for :meth:`over`.
        """
        if tone == "warn" and self.is_open and self._tone == "bad":
            return
        self._tone, self.about = tone, about
        parts: list[tuple[str, str]] = [_HEADS[tone], (clean(message, 600), "")]
        if hint:
            parts += [("\n  ", ""), (clean(hint, 300), "bold $mark")]
        self.update(Content.assemble(*parts))
        self.set_class(tone == "good", "-good")
        self.set_class(tone == "warn", "-warn")
        self.add_class("-open")

    @property
    def is_open(self) -> bool:
        """Whether there is a message."""
        return self.has_class("-open")

    def close(self) -> None:
        """Take the message away."""
        self.remove_class("-open")

    def over(self, about: str) -> None:
        """Take a message about something away where it is still there: that is over."""
        if self.about == about:
            self.close()

    def on_click(self) -> None:
        """Take the message away."""
        self.close()
