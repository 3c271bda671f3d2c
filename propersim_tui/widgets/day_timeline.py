"""Timeline of the day, with a cursor over its entries.

Rows are hours, activities, when the user is receptive with bookmarks, and recommendations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.strip import Strip

from propersim.core.clock import format_time
from propersim.core.records import Action, DayPlan
from propersim.core.text import clean
from propersim_tui.data.frame import Frame
from propersim_tui.messages import GoToStep, GoToTime
from propersim_tui.render.format import BOOKMARK_SIGN, SHAPES, fit, score_sign, title
from propersim_tui.widgets.row_widget import RowWidget
from propersim_tui.widgets.term_tooltip import explain

StyledChar = tuple[str, str]
"""A character, and the name of its style."""

NOW = "│"
POINT = "┊"
"""Mark of the cursor, in the rows below the activities."""
GAP, GAP_AHEAD = "─", "╌"
"""Comfortable gap after a recommendation: the past and the future part."""


_VAGUE = frozenset(
    {
        *("at", "away", "board", "brew", "care", "choose", "day", "deep", "evening", "feed", "help", "host", "other"),
        *("plan", "play", "review", "sit", "team", "up", "video", "watch", "with"),
    }
)
"""Words that do not say what is done without the other word of the activity."""
_ROWS = {2: ("receptive",), 3: ("score", "comfortable gap")}
"""Terms that the tooltip of a row explains."""

_STYLES = {
    "blank": "$foreground",
    "hour": "$muted",
    "hour-now": "bold $mark",
    "even": "$foreground on $primary 30%",
    "odd": "$foreground on $primary 18%",
    "ahead-even": "$muted on $foreground 10%",
    "ahead-odd": "$muted on $foreground 5%",
    "now": "bold $mark-text on $mark",
    "open": "$success",
    "open-ahead": "$success 50%",
    "gap": "$muted",
    "gap-ahead": "$mark",
    "now-line": "$mark",
    "point": "bold reverse $mark",
    "bookmark": "bold $mark",
    **{f"score-{score}": f"bold $score-{score}" for score in range(5)},
}
_ENTRY = Binding.Group("Entry", compact=True)


@dataclass(frozen=True)
class DayEntry:
    """An entry of the day: the start of an activity, a recommendation, or a bookmark.

    Attributes:
        minute: minute of the day's clock.
        index: index of its step; None for an activity, which starts between steps.
        text: what it is, in words.
    """

    minute: float
    index: int | None
    text: str


def day_entries(frame: Frame) -> list[DayEntry]:
    """Return the entries of the shown day in the order of time."""
    if frame.plan is None:
        return []
    entries = [DayEntry(action.start, None, clean(f"{action.phrase}, {title(action.place.room)}")) for action in frame.plan.actions]
    for step in frame.steps:
        if step.spoke:
            entries.append(DayEntry(step.minute, step.index, f"{score_sign(step.rating.score)} “{clean(step.answer.text or '')}”"))
    for each in frame.bookmarks.values():
        if each.day == frame.plan.day:
            entries.append(DayEntry(each.minute, each.index, f"{BOOKMARK_SIGN} {each.note or 'bookmark'}"))
    return sorted(entries, key=lambda entry: (entry.minute, entry.index is not None))


def _minute(frame: Frame, plan: DayPlan) -> float | None:
    """Return the minute that is marked on a day's plan; None before the first step."""
    if frame.now is not None and frame.now.day == plan.day:
        return frame.now.minute
    return frame.step.minute if frame.step is not None else None


class DayTimeline(RowWidget, can_focus=True):
    """Four rows over the waking day.

    The arrow keys move a cursor over its entries, and Enter goes to one. A click on a recommendation or a bookmark goes to its step, any
    other to that time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(-1)", "Previous entry", key_display="←", group=_ENTRY),
        Binding("right", "cursor(1)", "Next entry", key_display="→", group=_ENTRY),
        Binding("enter", "go_there", "Go there", key_display="enter"),
    ]

    TERMS: ClassVar[Mapping[str, str]] = {
        "░": "receptive",
        GAP: "comfortable gap",
        GAP_AHEAD: "comfortable gap",
        **dict.fromkeys(SHAPES, "score"),
    }

    STYLES = _STYLES
    frame: reactive[Frame | None] = reactive(None, repaint=False)
    cursor: reactive[DayEntry | None] = reactive(None, repaint=False)
    """The entry that the arrow keys chose; None for no cursor."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Today"
        self._rows: list[list[StyledChar]] = []
        self._made_for = -1

    def watch_frame(self) -> None:
        """Redraw the rows that have changed; the cursor stays while its entry is there."""
        if self.cursor is not None and self.frame is not None and self.cursor not in day_entries(self.frame):
            self.set_reactive(DayTimeline.cursor, None)
            self._show_entry()
        self._redraw()

    def watch_cursor(self) -> None:
        """Draw the cursor, and write its entry into the lower border."""
        self._show_entry()
        self._redraw()

    def _show_entry(self) -> None:
        entry, width = self.cursor, self.content_size.width - 4
        text = f"{format_time(entry.minute, wrap=True)} {entry.text}" if entry is not None else ""
        self.border_subtitle = Content(fit(text, width).rstrip() if width > 0 else "")

    def _redraw(self) -> None:
        before = self._rows if self._made_for == self.content_size.width else None
        self._make()
        self.refresh_rows(before, self._rows)

    def _make(self) -> None:
        self._rows, self._made_for = self._lines(), self.content_size.width

    # -- time and column ------------------------------------------------------------------------------------------

    @staticmethod
    def column(plan: DayPlan, minute: float, width: int) -> int:
        """Return the column of a minute.

        Args:
            plan: the plan of the day.
            minute: minute of the day's clock.
            width: number of columns.
        """
        span = max(1.0, plan.sleep - plan.wake)
        return max(0, min(width - 1, int((minute - plan.wake) / span * width)))

    @staticmethod
    def minute(plan: DayPlan, column: int, width: int) -> float:
        """Return the minute at the middle of a column.

        Args:
            plan: the plan of the day.
            column: the column, from 0.
            width: number of columns.
        """
        return plan.wake + (column + 0.5) / max(1, width) * (plan.sleep - plan.wake)

    def _action_at(self, column: int) -> tuple[float, Action] | None:
        plan = self.frame.plan if self.frame else None
        if plan is None or not 0 <= column < self.content_size.width:
            return None
        minute = self.minute(plan, column, self.content_size.width)
        action = next((action for action in plan.actions if action.start <= minute < action.end), plan.actions[-1])
        return minute, action

    # -- mouse ----------------------------------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """Go to the recommendation, the bookmark or the time that was clicked."""
        place = event.get_content_offset(self)
        found = self._action_at(place.x) if place is not None else None
        if place is None or found is None:
            return
        entry = self._sign_at(place.x, place.y)
        self.post_message(GoToTime(found[0]) if entry is None or entry.index is None else GoToStep(entry.index))

    def _sign_at(self, column: int, row: int) -> DayEntry | None:
        """Return the entry whose sign stands in a cell; the last one of several."""
        frame, width = self.frame, self.content_size.width
        if frame is None or frame.plan is None or row not in (2, 3):
            return None
        entries = [each for each in day_entries(frame) if each.index is not None and each.text.startswith(BOOKMARK_SIGN) == (row == 2)]
        return next((each for each in reversed(entries) if self.column(frame.plan, each.minute, width) == column), None)

    # -- cursor ---------------------------------------------------------------------------------------------------

    def action_cursor(self, by: int) -> None:
        """Move the cursor by entries; it begins beside the step on screen."""
        if self.frame is None or not (entries := day_entries(self.frame)):
            return
        if self.cursor in entries:
            place = entries.index(self.cursor) + by
        else:
            now = self.frame.step.minute if self.frame.step is not None else entries[0].minute
            before = sum(entry.minute < now for entry in entries)
            place = before - 1 if by < 0 else sum(entry.minute <= now for entry in entries)
        self.cursor = entries[max(0, min(len(entries) - 1, place))]

    def action_go_there(self) -> None:
        """Go to the step of the cursor."""
        if self.cursor is not None:
            index = self.cursor.index
            self.post_message(GoToTime(self.cursor.minute, onward=True) if index is None else GoToStep(index))

    def on_blur(self) -> None:
        """Remove the cursor; but not if only the terminal has lost the focus."""
        if self.app.app_focus:
            self.cursor = None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show time and activity under the pointer as tooltip."""
        place = event.get_content_offset(self)
        found = self._action_at(place.x) if place is not None else None
        if found:
            minute, action = found
            when = Content(f"{format_time(minute, wrap=True)}  {clean(action.phrase)}, {title(action.place.room)}")
            terms = _ROWS.get(place.y if place else 0, ())
            self.tooltip = Content("\n").join([when, explain(*terms)] if terms else [when])

    # -- drawing --------------------------------------------------------------------------------------------------

    def _lines(self) -> list[list[StyledChar]]:
        """Return the cells of each row."""
        width, frame = self.content_size.width, self.frame
        if frame is None or frame.plan is None or width < 4:
            return []
        rows = [draw(frame, frame.plan, width) for draw in (self._hours, self._band, self._open, self._said)]
        if self.cursor is not None:
            at = self.column(frame.plan, self.cursor.minute, width)
            for row in rows[1:]:
                row[at] = (row[at][0] if row[at][0].strip() else POINT, "point")
        return rows

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        width = self.content_size.width
        if self._made_for != width:
            self._make()
        if y >= len(self._rows):
            return Strip.blank(width, self.style())
        return Strip(self.style.segments(self._rows[y])).adjust_cell_length(width, self.style())

    def _now(self, frame: Frame, plan: DayPlan, width: int) -> int:
        minute = _minute(frame, plan)
        return self.column(plan, minute, width) if minute is not None else -1

    def _hours(self, frame: Frame, plan: DayPlan, width: int) -> list[StyledChar]:
        cells: list[StyledChar] = [(" ", "blank")] * width
        now, time = self._now(frame, plan, width), _minute(frame, plan)
        start = max(0, min(now - 2, width - 5))
        every = next(step for step in (1, 2, 3, 4, 6, 24) if width / max(1.0, (plan.sleep - plan.wake) / 60) * step >= 3 or step == 24)
        for hour in range(-(-int(plan.wake) // 60), int(plan.sleep) // 60 + 1):
            at = self.column(plan, hour * 60, width)
            label = str(hour % 24)
            clear = at + len(label) < start or at > start + 5
            if hour % every == 0 and at + len(label) <= width and hour * 60 < plan.sleep and (clear or now < 0):
                cells[at : at + len(label)] = [(char, "hour") for char in label]
        if time is not None:
            cells[start : start + 5] = [(char, "hour-now") for char in format_time(time, wrap=True)]
        return cells[:width]

    def _band(self, frame: Frame, plan: DayPlan, width: int) -> list[StyledChar]:
        cells: list[StyledChar] = [(" ", "blank")] * width
        minute = _minute(frame, plan)
        minute = plan.wake if minute is None else minute
        shared = _shared_words(plan)
        for number, action in enumerate(plan.actions):
            start = self.column(plan, action.start, width)
            end = width if action is plan.actions[-1] else self.column(plan, action.end, width)
            if end <= start:
                continue
            current = action.start <= minute < action.end
            tone = "even" if number % 2 == 0 else "odd"
            style = "now" if current else tone if action.start < minute else f"ahead-{tone}"
            label = _label(action, end - start, shared)
            if start and cells[start - 1][0] != " " and label[0] != " ":
                # Keep a blank between two labels.
                label = " " + _label(action, end - start - 1, shared)
            for offset, char in enumerate(label):
                cells[start + offset] = (char, style)
        return cells

    def _open(self, frame: Frame, plan: DayPlan, width: int) -> list[StyledChar]:
        cells: list[StyledChar] = [(" ", "blank")] * width
        now = self._now(frame, plan, width)
        # A person who rates does not see what the judge goes by.
        for span in () if frame.blind else plan.receptive:
            start = self.column(plan, span.start, width)
            for at in range(start, max(start + 1, self.column(plan, span.end, width))):
                cells[at] = ("░", "open" if at <= now else "open-ahead")
        if now >= 0:
            cells[now] = (NOW, "now-line")
        for bookmark in frame.bookmarks.values():
            if bookmark.day == plan.day:
                cells[self.column(plan, bookmark.minute, width)] = (BOOKMARK_SIGN, "bookmark")
        return cells

    def _said(self, frame: Frame, plan: DayPlan, width: int) -> list[StyledChar]:
        cells: list[StyledChar] = [(" ", "blank")] * width
        now = self._now(frame, plan, width)
        said = [step for step in frame.steps if step.spoke]
        for step in said:
            # Up to here the next recommendation would come too soon.
            end = min(width, self.column(plan, step.minute + plan.gap_min, width) + 1)
            for at in range(self.column(plan, step.minute, width), end):
                cells[at] = (GAP if at <= now else GAP_AHEAD, "gap" if at <= now else "gap-ahead")
        if now >= 0:
            cells[now] = (NOW, "now-line")
        for step in said:
            score = step.rating.score
            cells[self.column(plan, step.minute, width)] = (score_sign(score), "hour" if score is None else f"score-{score}")
        return cells


def _shared_words(plan: DayPlan) -> frozenset[str]:
    """Return the words that several activities of a day have in their names.

    None of them can stand for one activity.
    """
    names = {title(action.activity) for action in plan.actions}
    count = Counter(word for name in names for word in name.split(" "))
    return frozenset(word for word, times in count.items() if times > 1)


def _label(action: Action, width: int, shared: frozenset[str]) -> str:
    """Return the activity's name, or a word of it, in exactly ``width`` cells.

    The word is the longest that fits, says what is done, and tells the activity apart. A word is never cut: what is left of it would
    be misread.

    Args:
        action: the activity.
        width: number of cells.
        shared: words that other activities of the day have as well.
    """
    name = title(action.activity)
    left_out = shared | _VAGUE
    words = [word for word in sorted(name.split(" "), key=cell_len, reverse=True) if word not in left_out and cell_len(word) > 2]
    name = next((word for word in (name, *words) if cell_len(word) <= width), "")
    return fit(" " * ((width - cell_len(name)) // 2) + name, width)
