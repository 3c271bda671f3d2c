"""What was said to the user, how it was taken, and how long it was quiet."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from propersim_tui.feed import Entry, Said, entries
from propersim_tui.frame import Frame
from propersim_tui.messages import GoToStep
from propersim_tui.widgets.decision import decision
from propersim_tui.widgets.feed_rows import Row, rows

WHEEL = 3
"""Lines that one notch of the wheel scrolls."""


class AssistantFeed(Widget, can_focus=True):
    """The day's feed, newest at the bottom; it stays there unless one has scrolled away.

    Lays out no more than is seen: at full speed every frame may show another day, with hundreds of entries.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"feed--{part}" for part in ("time", "text", "now", "quiet", "name", "reason", "agreed", "night", "warning", "rail", "thumb")),
        *(f"feed--score-{score}" for score in range(5)),
    }

    frame: reactive[Frame | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Assistant"
        self._entries: list[Entry] = []
        self._bottom: tuple[tuple[int, str], int] | None = None
        self._seen: list[Row] | None = None
        self._whole = True
        self._drawn: dict[tuple[int, bool, int], list[Row]] = {}
        self._styles: dict[str, Style] = {}

    def notify_style_update(self) -> None:
        """Forget the styles of the last theme."""
        super().notify_style_update()
        self._styles.clear()

    # -- what changes ---------------------------------------------------------------------------------------------

    def watch_frame(self, old: Frame | None, frame: Frame | None) -> None:
        """Show the day's entries up to the step."""
        if frame is None:
            return
        if old is None or old.step is None or frame.step is None or old.step.day != frame.step.day:
            self._drawn.clear()
            self._bottom = None
        self._entries = entries(frame.steps, frame.nights, frame.warnings)
        self._seen = None
        self._subtitle()

    def on_resize(self) -> None:
        """Break the lines anew."""
        self._drawn.clear()
        self._seen = None
        self._subtitle()
        # It may have been drawn in its new size already, with the lines of the old one.
        self.refresh()

    def _subtitle(self) -> None:
        text = decision(self.frame, self.content_size.width - 4) if self.frame else ""
        if self.border_subtitle != text:
            self.border_subtitle = text

    # -- lines ----------------------------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        return self.content_size.width - 1

    def _rows(self, number: int) -> list[Row]:
        """Return the lines of the entry of that number."""
        entry = self._entries[number]
        current = self.frame is not None and self.frame.step is not None and entry.index == self.frame.step.index
        if not isinstance(entry, Said):
            return rows(entry, self._width, current=current)
        key = (entry.index, current, self._width)
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self._drawn[key] = rows(entry, self._width, current=current)
        return drawn

    @property
    def following(self) -> bool:
        """Whether the newest entry is at the bottom."""
        return self._bottom is None

    def seen(self) -> list[Row]:
        """Return the lines that are seen, from top to bottom."""
        height = self.content_size.height
        if self._seen is not None:
            return self._seen
        found: list[Row] = []
        if self._entries and self._width > 0 and height > 0:
            last, cut = self._end()
            number = last
            while number >= 0 and len(found) < height:
                part = self._rows(number)
                found = (part[:cut] if number == last else part) + found
                number -= 1
            self._whole = number < 0 and len(found) <= height and self._bottom is None
            # With too little above to fill the view, what is below fills it.
            if len(found) < height:
                found += self._rows(last)[cut:]
                while len(found) < height and last + 1 < len(self._entries):
                    last += 1
                    found += self._rows(last)
                found = found[:height]
            else:
                found = found[-height:]
        self._seen = found
        return found

    def _end(self) -> tuple[int, int]:
        """Return the entry at the bottom, by number, and how many of its lines are seen."""
        last = len(self._entries) - 1
        if self._bottom is None:
            return last, len(self._rows(last))
        key, cut = self._bottom
        number = next((n for n, entry in enumerate(self._entries) if entry.key == key), last)
        return number, max(1, min(cut, len(self._rows(number))))

    # -- scrolling ------------------------------------------------------------------------------------------------

    def scroll_lines(self, by: int) -> None:
        """Scroll down (or, where negative, up) by some lines."""
        if not self._entries or self._width <= 0:
            return
        number, cut = self._end()
        cut += by
        while cut < 1 and number > 0:
            number -= 1
            cut += len(self._rows(number))
        while number + 1 < len(self._entries) and cut > len(self._rows(number)):
            cut -= len(self._rows(number))
            number += 1
        if number + 1 == len(self._entries) and cut >= len(self._rows(number)):
            self._bottom = None
        else:
            self._bottom = self._no_higher(number, max(1, cut))
        self._seen = None
        self.refresh()

    def _no_higher(self, number: int, cut: int) -> tuple[tuple[int, str], int] | None:
        """Return the given bottom, or the one at which the view begins with the first line."""
        height = self.content_size.height
        above = cut
        for before in range(number - 1, -1, -1):
            if above >= height:
                break
            above += len(self._rows(before))
        while above < height:
            part = len(self._rows(number))
            if cut < part:
                step = min(part - cut, height - above)
                cut, above = cut + step, above + step
            elif number + 1 < len(self._entries):
                number, cut = number + 1, 0
            else:
                return None
        return self._entries[number].key, cut

    def action_scroll(self, by: int) -> None:
        """Scroll by lines."""
        self.scroll_lines(by)

    def action_page(self, by: int) -> None:
        """Scroll by the height of the view."""
        self.scroll_lines(by * max(1, self.content_size.height - 1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_lines(-WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_lines(WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Go to the step that was clicked on."""
        place = event.get_content_offset(self)
        seen = self.seen()
        if place is not None and place.y < len(seen):
            self.post_message(GoToStep(seen[place.y][1]))

    # -- drawing --------------------------------------------------------------------------------------------------

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(f"feed--{name}")
        return style

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.content_size.width
        seen = self.seen()
        if y == 0 and not seen and self._width > 0:
            return Strip([Segment("nothing yet", self._style("quiet"))]).adjust_cell_length(width, self.rich_style)
        if not 0 <= y < len(seen):
            return Strip.blank(width, self.rich_style)
        strip = Strip([Segment(text, self._style(name)) for text, name in seen[y][0]]).adjust_cell_length(width - 1, self.rich_style)
        return Strip([*strip, self._rail(y, seen)])

    def _rail(self, y: int, seen: list[Row]) -> Segment:
        """Return the cell of the scroll bar: where the view is among the day's entries."""
        if self._whole:
            return Segment(" ", self.rich_style)
        first, last = seen[0][1], seen[-1][1]
        start, end = self._entries[0].index, self._entries[-1].index
        height, whole = len(seen), end - start + 1
        top, bottom = (first - start) * height // whole, (last - start + 1) * height // whole
        return Segment("┃", self._style("thumb" if top <= y <= bottom else "rail"))
