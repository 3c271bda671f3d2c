"""A message at the foot of the screen: what went wrong and what to do, a warning, or that the run is finished. Not modal."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.widgets import Static

from propersim_tui.look import WARNING_SIGN, safe

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
        self.tooltip = "Click or press Escape to close"

    def tell(self, message: str, hint: str = "", *, tone: Tone = "bad") -> None:
        """Show a message; ``hint`` says what to do. A warning does not take the place of what went wrong."""
        if tone == "warn" and self.is_open and self._tone == "bad":
            return
        self._tone = tone
        parts: list[tuple[str, str]] = [_HEADS[tone], (safe(message, 600), "")]
        if hint:
            parts += [("\n  ", ""), (safe(hint, 300), "bold $mark")]
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

    def on_click(self) -> None:
        """Take the message away."""
        self.close()
