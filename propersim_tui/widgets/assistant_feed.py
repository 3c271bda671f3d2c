"""Feed of the assistant: recommendations, ratings and silences of the day."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip

from propersim_tui.data.frame import Frame
from propersim_tui.messages import GoToStep
from propersim_tui.render.feed import FeedEntry, RecommendationEntry, feed_entries
from propersim_tui.widgets.decision import decision_summary
from propersim_tui.widgets.feed_rows import FeedRow, rows
from propersim_tui.widgets.row_widget import RowWidget

WHEEL = 3
"""Lines per notch of the mouse wheel."""


_STYLES = {
    "time": "$muted",
    "text": "$foreground",
    "now": "bold $mark",
    "quiet": "italic $muted",
    "name": "$muted",
    "reason": "italic $foreground 80%",
    "agreed": "$mark",
    "night": "$mark",
    "warning": "bold $text-warning",
    "rail": "$foreground 10%",
    "thumb": "$primary 70%",
    **{f"score-{score}": f"$score-{score}" for score in range(5)},
}


class AssistantFeed(RowWidget, can_focus=True):
    """The day's feed, newest entry at the bottom, which it follows unless it has been scrolled.

    Lays out visible entries only: at full speed every frame may show another day with hundreds of entries.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll(-1)", "up", show=False),
        Binding("down", "scroll(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]
    STYLES = _STYLES
    frame: reactive[Frame | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Assistant"
        self._entries: list[FeedEntry] = []
        self._bottom: tuple[tuple[int, str], int] | None = None
        self._seen: list[FeedRow] | None = None
        self._seen_for: Size | None = None
        self._whole = True
        self._drawn: dict[tuple[int, bool, int], list[FeedRow]] = {}
        self._cells: list[tuple[list[tuple[str, str]], tuple[str, str]]] = []
        self._made_for: Size | None = None

    # -- updates --------------------------------------------------------------------------------------------------

    def watch_frame(self, old: Frame | None, frame: Frame | None) -> None:
        """Show the day's entries up to the current step."""
        if frame is None:
            return
        if old is None or old.step is None or frame.step is None or old.step.day != frame.step.day:
            self._drawn.clear()
            self._bottom = None
        self._entries = feed_entries(frame.steps, frame.nights, frame.warnings, blind=frame.blind)
        self._seen = None
        self.set_subtitle(decision_summary(frame, self.content_size.width - 4))
        before = self._cells if self._made_for == self.content_size else None
        self._make()
        self.refresh_rows(before, self._cells)

    def _make(self) -> None:
        self._cells, self._made_for = self._lines(), self.content_size

    def _lines(self) -> list[tuple[list[tuple[str, str]], tuple[str, str]]]:
        """Return the parts of each visible line, and its cell of the scroll bar."""
        seen = self.seen()
        return [(row, self._rail(y, seen)) for y, (row, _) in enumerate(seen)]

    def on_resize(self) -> None:
        """Rewrite the lower border for the new width; lines are laid out again when drawn."""
        self._drawn.clear()
        if self.frame is not None:
            self.set_subtitle(decision_summary(self.frame, self.content_size.width - 4))

    # -- lines ----------------------------------------------------------------------------------------------------

    @property
    def _width(self) -> int:
        return self.content_size.width - 1

    def _rows(self, number: int) -> list[FeedRow]:
        """Return the lines of an entry, by its number."""
        entry = self._entries[number]
        current = self.frame is not None and self.frame.step is not None and entry.index == self.frame.step.index
        if not isinstance(entry, RecommendationEntry):
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

    def seen(self) -> list[FeedRow]:
        """Return the visible lines from top to bottom."""
        height = self.content_size.height
        if self._seen is not None and self._seen_for == self.content_size:
            return self._seen
        visible: list[FeedRow] = []
        if self._entries and self._width > 0 and height > 0:
            last, cut = self._end()
            number = last
            while number >= 0 and len(visible) < height:
                part = self._rows(number)
                visible = (part[:cut] if number == last else part) + visible
                number -= 1
            self._whole = number < 0 and len(visible) <= height and self._bottom is None
            # Too few lines above: fill the view with those below.
            if len(visible) < height:
                visible += self._rows(last)[cut:]
                while len(visible) < height and last + 1 < len(self._entries):
                    last += 1
                    visible += self._rows(last)
                visible = visible[:height]
            else:
                visible = visible[-height:]
        self._seen, self._seen_for = visible, self.content_size
        return visible

    def _end(self) -> tuple[int, int]:
        """Return the number of the bottom entry, and how many of its lines are visible."""
        last = len(self._entries) - 1
        if self._bottom is None:
            return last, len(self._rows(last))
        key, cut = self._bottom
        number = next((n for n, entry in enumerate(self._entries) if entry.key == key), last)
        return number, max(1, min(cut, len(self._rows(number))))

    # -- scrolling ------------------------------------------------------------------------------------------------

    def scroll_lines(self, by: int) -> None:
        """Scroll down by some lines, or up if negative."""
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
        self._seen = self._made_for = None
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
        """Go to the step that was clicked."""
        place = event.get_content_offset(self)
        seen = self.seen()
        if place is not None and place.y < len(seen):
            self.post_message(GoToStep(seen[place.y][1]))

    # -- drawing --------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.content_size.width
        if self._made_for != self.content_size:
            self._make()
        if y == 0 and not self._cells and self._width > 0:
            return Strip([Segment("no entries yet", self.style("quiet"))]).adjust_cell_length(width, self.style())
        if not 0 <= y < len(self._cells):
            return Strip.blank(width, self.style())
        row, (sign, rail) = self._cells[y]
        strip = Strip([Segment(text, self.style(name)) for text, name in row]).adjust_cell_length(width - 1, self.style())
        return Strip([*strip, Segment(sign, self.style(rail))])

    def _rail(self, y: int, seen: list[FeedRow]) -> tuple[str, str]:
        """Return character and style of a scroll bar cell."""
        if self._whole:
            return " ", ""
        first, last = seen[0][1], seen[-1][1]
        start, end = self._entries[0].index, self._entries[-1].index
        height, whole = len(seen), end - start + 1
        top, bottom = (first - start) * height // whole, (last - start + 1) * height // whole
        return "┃", "thumb" if top <= y <= bottom else "rail"
