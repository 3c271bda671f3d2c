"""Line of tabs, selected by number or click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class TabLine(Widget):
    """Shows tabs and posts the one that is clicked.

    Args:
        tabs: names of the tabs, in order.
    """

    EXPLAINED: ClassVar[bool] = False

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        tab: str

    chosen: reactive[str] = reactive("")

    def __init__(self, tabs: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs = tuple(tabs)
        self._names = {tab: tab.capitalize() for tab in tabs}

    def rename(self, tab: str, name: str) -> None:
        """Show another name on a tab."""
        if self._names[tab] != name:
            self._names[tab] = name
            self.refresh()

    def render(self) -> Content:
        """Draw the tabs."""
        parts: list[tuple[str, str]] = []
        for number, tab in enumerate(self._tabs, 1):
            on = tab == self.chosen
            parts.append((f"{'▸' if on else ' '}{number} ", "bold $mark on $panel" if on else "$mark"))
            parts.append((f"{self._names[tab]} ", "bold on $panel" if on else "$muted"))
            parts.append((" ", ""))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Post the tab that was clicked."""
        place = event.get_content_offset(self)
        end = 0
        for tab in self._tabs:
            end += len(self._names[tab]) + 5
            if place is not None and place.x < end:
                self.post_message(self.Chosen(tab))
                return
