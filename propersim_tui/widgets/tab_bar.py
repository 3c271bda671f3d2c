"""The tabs of a small screen, which shows one region at a time."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from propersim_tui.messages import ShowTab

TABS = ("home", "assistant", "scores", "days")


class TabBar(Widget):
    """One line of tabs, chosen by number or by click."""

    chosen: reactive[str] = reactive(TABS[0])

    def render(self) -> Content:
        """Draw the tabs."""
        parts: list[tuple[str, str]] = []
        for number, tab in enumerate(TABS, 1):
            on = tab == self.chosen
            parts.append((f"{'▸' if on else ' '}{number} ", "bold $mark on $panel" if on else "$mark"))
            parts.append((f"{tab.capitalize()} ", "bold on $panel" if on else "$muted"))
            parts.append((" ", ""))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """Choose the tab that was clicked on."""
        place = event.get_content_offset(self)
        end = 0
        for tab in TABS:
            end += len(tab) + 5
            if place is not None and place.x < end:
                self.post_message(ShowTab(tab))
                return
