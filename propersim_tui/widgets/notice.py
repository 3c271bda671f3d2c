"""A message at the foot of the screen: what went wrong and what to do, or that the run is finished. Not modal."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from propersim_tui.look import safe


class Notice(Static):
    """Shows one message until it is closed (Escape, or a click); the rest stays usable."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)
        self.tooltip = "Click or press Escape to close"

    def tell(self, message: str, hint: str = "", *, bad: bool = True) -> None:
        """Show a message; ``hint`` says what to do."""
        head = "✖ " if bad else "■ "
        style = "bold $error" if bad else "bold $success"
        parts: list[tuple[str, str]] = [(head, style), (safe(message, 600), "")]
        if hint:
            parts += [("\n  ", ""), (safe(hint, 300), "bold $mark")]
        self.update(Content.assemble(*parts))
        self.set_class(not bad, "-good")
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
