"""Feed of the assistant: recommendations, ratings and silences of the day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from propersim_tui.widgets.found import mark_found
from propersim_tui.widgets.row_widget import RowWidget

EntryKey = tuple[int, str]
"""The key of an entry of the feed."""
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
    "bookmark": "bold $mark",
    "warning": "bold $text-warning",
    "found": "bold underline $mark",
    "rail": "$foreground 10%",
    "thumb": "$primary 70%",
    **{f"score-{score}": f"$score-{score}" for score in range(5)},
}


class AssistantFeed(RowWidget, can_focus=True):
    """The day's feed, newest entry at the bottom, which it follows unless it has been scrolled.

    Of a newest entry that is taller than the view, the beginning is shown.

    A recommendation takes one line. While the feed has the focus, one of them is shown in full: the newest one, until another is chosen by
    the arrow keys or by a click. Lays out visible entries only: at full speed every frame may show another day with hundreds of entries.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "previous recommendation", show=False),
        Binding("down", "choose(1)", "next recommendation", show=False),
        Binding("enter", "go_there", "go to its step", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]
    STYLES = _STYLES
    frame: reactive[Frame | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Assistant"
        self._entries: list[FeedEntry] = []
        self._bottom: tuple[EntryKey, int] | None = None
        self._chosen: EntryKey | None = None
        self._opens = False
        self._pressed: list[FeedRow] | None = None
        self._pressed_open: EntryKey | None = None
        self._seen: list[FeedRow] | None = None
        self._seen_for: Size | None = None
        self._whole = True
        self._drawn: dict[tuple[int, bool, bool, int], list[FeedRow]] = {}
        self._cells: list[tuple[list[tuple[str, str]], tuple[str, str]]] = []
        self._made_for: Size | None = None
        self._found: Callable[[str], Sequence[int]] | None = None

    # -- updates --------------------------------------------------------------------------------------------------

    def watch_frame(self, old: Frame | None, frame: Frame | None) -> None:
        """Show the day's entries up to the current step."""
        if frame is None:
            return
        if old is None or old.step is None or frame.step is None or old.step.day != frame.step.day:
            self._drawn.clear()
            self._bottom = self._chosen = None
        ended = self._entries[-1].key if self._bottom is not None and self._at_end else None
        self._entries = feed_entries(frame.steps, frame.nights, frame.warnings, frame.bookmarks.values(), blind=frame.blind)
        if ended is not None and self._entries and self._entries[-1].key != ended:
            # The end of a tall entry was in view: follow those that come.
            self._bottom = None
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
        return [(mark_found(row, self._found) if self._found else row, self._rail(y, seen)) for y, (row, _) in enumerate(seen)]

    def show_found(self, offsets: Callable[[str], Sequence[int]] | None) -> None:
        """Mark what a search found.

        Args:
            offsets: returns the offsets of the letters of a text that match; None marks nothing.
        """
        self._found = offsets
        self._made_for = None
        self.refresh()

    def follow(self) -> None:
        """Scroll to the newest entry."""
        if self._bottom is not None:
            self._bottom = self._seen = self._made_for = None
            self.refresh()

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
        opened = number == self._opened
        key = (entry.index, current, opened, self._width)
        drawn = self._drawn.get(key)
        if drawn is None:
            drawn = self._drawn[key] = rows(entry, self._width, current=current, opened=opened)
        return drawn

    @property
    def _opened(self) -> int | None:
        """Number of the entry that is shown in full; None without the focus."""
        return self._target() if self._opens else None

    def _target(self) -> int | None:
        """Return the number of the chosen or else the newest recommendation, or None."""
        if self._chosen is not None:
            for number in range(len(self._entries) - 1, -1, -1):
                if self._entries[number].key == self._chosen:
                    return number
        return self._recommendation(len(self._entries), -1)

    def _recommendation(self, number: int, by: int) -> int | None:
        """Return the number of the next (1) or previous (−1) recommendation, or None."""
        number += by
        while 0 <= number < len(self._entries):
            if isinstance(self._entries[number], RecommendationEntry):
                return number
            number += by
        return None

    @property
    def following(self) -> bool:
        """Whether the feed follows the newest entry, or its end is in view."""
        return self._bottom is None or self._at_end

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
            self._whole = number < 0 and len(visible) <= height and self._bottom is None and cut == len(self._rows(last))
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
            return last, self._followed(last)
        key, cut = self._bottom
        number = next((n for n, entry in enumerate(self._entries) if entry.key == key), last)
        return number, max(1, min(cut, len(self._rows(number))))

    def _followed(self, number: int) -> int:
        """Return how many lines of an entry are visible when it is the newest and the feed follows."""
        return min(len(self._rows(number)), max(1, self.content_size.height))

    @property
    def _at_end(self) -> bool:
        """Whether the last line of the feed is visible."""
        last, cut = self._end()
        return last + 1 == len(self._entries) and cut == len(self._rows(last))

    # -- the recommendation that is shown in full -----------------------------------------------------------------

    def on_focus(self) -> None:
        """Show a recommendation in full."""
        self._open(True)

    def on_blur(self) -> None:
        """Show every recommendation in one line; but not if only the terminal has lost the focus."""
        if self.app.app_focus:
            self._open(False)

    def _open(self, opens: bool) -> None:
        if self._opens != opens:
            self._opens = opens
            self._changed()

    def _changed(self) -> None:
        """Lay out all lines again."""
        self._seen = self._made_for = None
        self.refresh()

    def choose(self, number: int) -> None:
        """Show a recommendation in full, all of it if it fits.

        Args:
            number: number of its entry.
        """
        self._chosen = self._entries[number].key
        self._reveal(number)
        if self._bottom is None and self._recommendation(number, 1) is None:
            # The newest one at the end of the feed: follow those that come.
            self._chosen = None
        self._changed()

    def _reveal(self, number: int) -> None:
        """Scroll until an entry is visible, or its first lines if it is too high."""
        height, own = self.content_size.height, len(self._rows(number))
        last, cut = self._end()
        if number > last or (number == last and cut < own):
            self._set_bottom(number, min(own, height))
            return
        if self._above(last, cut, number) <= height:
            return
        cut = height
        while number + 1 < len(self._entries) and cut > len(self._rows(number)):
            cut -= len(self._rows(number))
            number += 1
        self._set_bottom(number, min(cut, len(self._rows(number))))

    def _above(self, last: int, cut: int, number: int) -> int:
        """Return the number of lines from the first one of an entry to the end of the view.

        Args:
            last: number of the entry at the bottom.
            cut: how many of its lines are visible.
            number: number of the entry; at most ``last``.
        """
        return cut if number == last else cut + sum(len(self._rows(each)) for each in range(number, last))

    def action_choose(self, by: int) -> None:
        """Show the next (1) or previous (−1) recommendation in full.

        Scroll first where the end of the present one in that direction is hidden.
        """
        if not self._entries or self._width <= 0:
            return
        here, (last, cut) = self._target(), self._end()
        if here is None:
            self.scroll_lines(by)
            return
        height, own = self.content_size.height, len(self._rows(here))
        begins = here <= last and self._above(last, cut, here) <= height
        ends = here < last or (here == last and cut == own)
        away = here > last or (here < last and self._above(last, cut, here) - own >= height)
        if away:
            # The view was scrolled away from it: begin with what is visible.
            seen = [row[1] for row in self.seen()]
            visible = [n for n, one in enumerate(self._entries) if isinstance(one, RecommendationEntry) and one.index in seen]
            following = (visible[0] if by > 0 else visible[-1]) if visible else None
        elif (by < 0 and not begins) or (by > 0 and not ends):
            following = None
        else:
            following = self._recommendation(here, by)
        if following is None:
            self.scroll_lines(by)
        else:
            self.choose(following)

    def action_go_there(self) -> None:
        """Go to the step of the recommendation that is shown in full."""
        number = self._opened
        if number is not None:
            self.post_message(GoToStep(self._entries[number].index))

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
        self._set_bottom(number, cut)
        self._changed()

    def _set_bottom(self, number: int, cut: int) -> None:
        """Let the view end with some lines of an entry; follow at the end of the feed."""
        cut = min(cut, len(self._rows(number)))
        if number + 1 == len(self._entries) and cut == self._followed(number):
            self._bottom = None
        else:
            self._bottom = self._no_higher(number, max(1, cut))

    def _no_higher(self, number: int, cut: int) -> tuple[EntryKey, int] | None:
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
        """Show the clicked recommendation in full; if it is, or for another entry, go to its step."""
        place = event.get_content_offset(self)
        seen, before = self._pressed or self.seen(), self._pressed_open
        self._pressed = None
        if place is None or place.y >= len(seen):
            return
        index = seen[place.y][1]
        number = next((n for n, one in enumerate(self._entries) if one.index == index and isinstance(one, RecommendationEntry)), None)
        if number is None or before == self._entries[number].key:
            self.post_message(GoToStep(index))
        else:
            self.choose(number)

    def focus_on_click(self) -> bool:
        """Remember the lines under the pointer before the focus opens an entry."""
        opened = self._opened
        self._pressed, self._pressed_open = list(self.seen()), self._entries[opened].key if opened is not None else None
        return super().focus_on_click()

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
