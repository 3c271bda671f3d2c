"""The panel with the present caption of the demo, over any screen."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from propersim_tui.demo.captions import Caption


class CaptionLink(Static):
    """A key of the demo that can be clicked.

    Args:
        key: the key, as Textual names it.
        text: what it does.
    """

    class Pressed(Message):
        """The key was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, key: str, text: Content) -> None:
        super().__init__(text, markup=False)
        self._key = key

    def on_click(self, event: events.Click) -> None:
        """Do what the key does."""
        event.stop()
        self.post_message(self.Pressed(self._key))


class CaptionPanel(Vertical):
    """Shows a caption above the footer, and the keys that go on.

    Args:
        caption: the caption.
        number: its number, from 1.
        of: number of captions.
    """

    EXPLAINED: ClassVar[bool] = False

    DEFAULT_CSS = """
    CaptionPanel { width: 100%; height: auto; padding: 0 1; background: $panel; border: round $primary;
        border-title-color: $primary; border-title-style: bold; }
    CaptionPanel Static { height: auto; }
    CaptionPanel Horizontal { height: 1; }
    CaptionPanel CaptionLink { width: auto; margin-right: 3; }
    """

    def __init__(self, caption: Caption, number: int, of: int) -> None:
        super().__init__(id="caption")
        self._caption, self._number, self._of = caption, number, of

    @property
    def _text(self) -> str:
        """The text for the width of the terminal."""
        narrow = self.screen.has_class("-narrow") or self.screen.has_class("-tiny")
        return self._caption.narrow if narrow and self._caption.narrow else self._caption.text

    def on_resize(self) -> None:
        """Show the text for the new width."""
        self.query_one("#told", Static).update(Content(self._text))

    def compose(self) -> ComposeResult:
        """Lay out text and keys."""
        self.border_title = f"Demo {self._number}/{self._of}  {self._caption.title}"
        yield Static(Content(self._text), id="told", markup=False)
        last = self._number == self._of
        with Horizontal():
            yield CaptionLink("enter", _link("Enter", "close" if last else "next"))
            if self._number > 1:
                yield CaptionLink("backspace", _link("Backspace", "back"))
            if not last:
                yield CaptionLink("escape", _link("Esc", "skip the demo; the run stays open"))


def _link(key: str, text: str) -> Content:
    return Content.assemble((key, "bold $mark"), (f" {text}", ""))
