"""Score of each day beside the controls, and the nights of training."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from propersim.core.records import DayFigures
from propersim.simulation.metrics import metrics
from propersim_tui.data.frame import Frame
from propersim_tui.messages import GoToTime
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import NIGHT_SIGN, column, figure
from propersim_tui.render.run_total import run_total
from propersim_tui.widgets.run_panel import RunPanel
from propersim_tui.widgets.term_tooltip import explain

AXIS = 4
F1_OF = "F1 day"
"""Label of the first curve; the day that its figure belongs to, and those below it, follows."""
CURVES = (
    (F1_OF, "f1", 2),
    ("headroom", "headroom", None),
    ("score ≥3", "success_rate", None),
    ("per hour", "recs_per_hour", 1),
    ("content", "content", None),
)
"""Figures drawn as small curves beside the score: label, key among the metrics, digits after the point; None for a share in percent."""
SPARKS = "▁▂▃▄▅▆▇"
"""No full block: curves on neighbouring lines would merge."""
BESIDE = 26
"""Fewest cells of the small curves beside the score; :data:`WORDS` of them are label and figure."""
WORDS = 16
ORACLE, SILENT = "┄", "·"
"""Marks of the controls, distinct without colours as well."""
HERE = "◂"
"""Mark behind the number of the current day."""
POINT = "▵"
"""Mark under the day of the cursor; its number stands in the legend."""
UNDER = "▴"
"""Mark under the current day if a day has one cell only; its number stands beside it."""
PAIRS = f"{NIGHT_SIGN}pairs"
"""Heading of the number of pairs that a night trained on."""


@lru_cache(maxsize=1024)
def _metrics(figures: DayFigures) -> dict[str, float | None]:
    """Return the figures of a day; cached, because every step asks for those of all past days."""
    return metrics([figures])


_FIGURES = Binding.Group("Day’s figures", compact=True)


class DaysPanel(RunPanel):
    """Bar chart of the daily scores with oracle and silence as marks, and a table if it fits.

    The day under the pointer, or the one that the arrow keys choose, has its figures in the legend, in the small curves, and in the
    panel of scores.
    """

    @dataclass
    class Pointed(Message):
        """The cursor is on a day, or on none.

        Attributes:
            figures: the figures of that day.
        """

        figures: DayFigures | None

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor(-1)", "Figures of the day before", key_display="←", group=_FIGURES),
        Binding("right", "cursor(1)", "Figures of the day after", key_display="→", group=_FIGURES),
        Binding("enter", "go_there", "Go there", key_display="enter"),
    ]
    cursor: reactive[int | None] = reactive(None, repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Days"
        self.tooltip = explain("score", "F1", "unwelcome", "headroom", "score ≥ 3", "per hour", "content")
        self._rows: list[int] = []
        self._bars = (1, 1, 0, 0)
        self._first_day: int | None = None
        self._first_row = 0

    def watch_frame(self) -> None:
        """Redraw the lines that have changed, and the figures of the run in the lower border."""
        super().watch_frame()
        self._set_total()

    def on_resize(self) -> None:
        """Rewrite the lower border for the new width."""
        self._set_total()

    # -- cursor ---------------------------------------------------------------------------------------------------

    def _figures_at(self, day: int | None) -> DayFigures | None:
        return next((figures for figures in self.frame.days_so_far if figures.day == day), None) if self.frame is not None else None

    def watch_cursor(self, day: int | None) -> None:
        """Show the figures of the day, and tell the other charts."""
        self.redraw()
        self.post_message(self.Pointed(self._figures_at(day)))

    def _day_under(self, event: events.MouseEvent) -> int | None:
        """Return the day of the bar under the pointer, or of the row of the table."""
        place = event.get_content_offset(self)
        if place is None:
            return None
        if self._rows and 0 <= place.y - self._first_row < len(self._rows):
            return self._rows[place.y - self._first_row]
        wide, first, count, high = self._bars
        number = (place.x - AXIS) // wide
        return first + number if place.x >= AXIS and number < count and place.y < high else None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the figures of the day under the pointer."""
        day = self._day_under(event)
        if day is not None or not self.has_focus:
            self.cursor = day

    def on_leave(self) -> None:
        """Remove the cursor when the pointer leaves, unless the keyboard moves it."""
        if not self.has_focus:
            self.cursor = None

    def on_blur(self) -> None:
        """Remove the cursor."""
        self.cursor = None

    def action_cursor(self, by: int) -> None:
        """Move the cursor by days; it begins at the current day."""
        days = [figures.day for figures in self.frame.days_so_far] if self.frame is not None else []
        if not days or self.frame is None:
            return
        here = self.cursor if self.cursor in days else self.frame.step.day if self.frame.step else days[-1]
        place = days.index(here) if here in days else len(days) - 1
        self.cursor = days[max(0, min(len(days) - 1, place + by))]

    def action_go_there(self) -> None:
        """Go to the start of the day of the cursor."""
        if self.cursor is not None:
            self.post_message(GoToTime(0.0, self.cursor))

    def _set_total(self) -> None:
        if self.frame is not None:
            self.set_subtitle(run_total(self.frame.days_so_far, self.content_size.width - 2))

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw the chart, the table, or both.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        today = frame.step.day if frame.step else 1
        shown = frame.days_so_far
        if not shown:
            return [line(("day 1 has not started", "$muted"))]
        self._rows = []
        pairs = _pairs_by_day(frame)
        pointed = self._figures_at(self.cursor)
        # Figures of one day: that of the cursor, else the current one; and those of the legend.
        day, point, of = (pointed.day, pointed.day, [pointed]) if pointed is not None else (today, None, list(shown))
        if height >= 14:
            small = [line(""), *_small_curves(shown, day, min(width, 60))] if height >= 20 else []
            above = len(shown) + len(small) + 2
            high = max(5, min(12, height - above))
            curve = [*self._curve(shown, today, frame.about.days, width, high, pairs), _legend(of, width, point), *small]
            table = self._table(shown, today, width, height - len(curve) - 1, pairs)
            self._first_row = len(curve) + 2
            return [*curve, line(""), *table]
        if width < 2 * BESIDE:
            return [*self._curve(shown, today, frame.about.days, width, height, pairs), _legend(of, width, point)]
        slots = max(frame.about.days, len(shown))
        # The curves have a cell for each day, where the bars keep one as well; else half of the width.
        left = width - max(BESIDE, min(WORDS + slots, max(width // 2, width - 2 - AXIS - slots)))
        curve = self._curve(shown, today, frame.about.days, left - 2, height, pairs)
        small = _small_curves(shown, day, width - left)
        below = len(curve) >= len(small)
        # The legend takes the whole width unless a curve stands beside it.
        curve.append(_legend(of, width if below else left - 2, point))
        return [
            line(each.pad_right(max(0, left - each.cell_length)), small[row]) if row < len(small) else each
            for row, each in enumerate(curve)
        ]

    # -- chart ----------------------------------------------------------------------------------------------------

    def _curve(
        self, days: Sequence[DayFigures], today: int, planned: int, width: int, height: int, pairs: Mapping[int, int]
    ) -> list[Content]:
        """Return the bars and the axis, one line less than the height to leave room for the legend."""
        rows = max(2, height - 2)
        room = max(4, width - AXIS)
        slots = min(room, max(planned, len(days)))
        first = self._window(days, today, slots)
        days = [figures for figures in days if first <= figures.day < first + slots]
        scores = {figures.day: _metrics(figures) for figures in days}
        wide = max(1, min(8, room // max(1, slots)))
        self._bars = (wide, first, max((figures.day for figures in days), default=first) - first + 1, rows + 1)
        canvas = [[(" ", "")] * (wide * slots) for _ in range(rows)]
        for figures in days:
            place = figures.day - first
            day_scores = scores[figures.day]
            style = "$mark" if figures.day == today else "$primary"
            bar = column(_part(day_scores["score"]), rows)
            for row in range(rows):
                for at in range(place * wide, (place + 1) * wide - (1 if wide > 1 else 0)):
                    canvas[row][at] = (bar[row], style)
            for name, sign, colour in (("oracle_score", ORACLE, "$score-4"), ("silent_score", SILENT, "$score-1")):
                if day_scores[name] is not None and wide > 1:
                    row = rows - 1 - min(rows - 1, int(_part(day_scores[name]) * rows))
                    for at in range(place * wide, (place + 1) * wide):
                        # On a bar the mark takes the background colour.
                        filled = canvas[row][at][0] == "█"
                        if filled or canvas[row][at][0] == " ":
                            canvas[row][at] = (sign, f"$background on {style}" if filled else colour)
        lines = []
        for row, cells in enumerate(canvas):
            middle = rows >= 5 and rows % 2 and row == rows // 2
            mark = "4.0" if row == 0 else "0.0" if row == rows - 1 else "2.0" if middle else "   "
            lines.append(line((mark + "┤", "$muted"), *cells))
        axis = _axis(first, slots, wide, today, self.cursor)
        for day in pairs:
            # At the boundary between two days.
            at = (day - first + 1) * wide - 1
            if wide > 1 and 0 <= at < len(axis) and axis[at] == " ":
                axis[at] = NIGHT_SIGN
        marks = NIGHT_SIGN + HERE + UNDER + POINT
        parts = [(part, "$mark" if part in marks else "$muted") for part in re.split(f"([{marks}])", "".join(axis)) if part]
        lines.append(line((" " * (AXIS - 1) + "└", "$muted"), *parts))
        return lines

    def _window(self, days: Sequence[DayFigures], today: int, slots: int) -> int:
        """Return the first day of the chart.

        It is moved only as far as the day of the cursor, or else the current one, needs.
        """
        focus = today if self.cursor is None else self.cursor
        last = max(slots, days[-1].day)
        newest = last - slots + 1
        first = min(newest if self._first_day is None else self._first_day, focus, newest)
        self._first_day = max(1, first, focus - slots + 1)
        return self._first_day

    # -- table ----------------------------------------------------------------------------------------------------

    def _table(self, days: Sequence[DayFigures], today: int, width: int, height: int, pairs: Mapping[int, int]) -> list[Content]:
        """Return the rows of the last days, as many as fit, under a heading.

        Columns are as wide as their longest figure; those of the controls are left out before a figure would be cut.

        Args:
            days: the figures of the days so far.
            today: the current day, the last of them.
            width: available cells.
            height: available lines.
            pairs: number of pairs trained on, by day.
        """
        shown = days[-max(1, height - 1) :]
        self._rows += [figures.day for figures in shown]
        found = [_metrics(figures) for figures in shown]
        columns: dict[str, list[str]] = {
            " day": [f"{'▸' if figures.day == today else ' '}{figures.day:>3}" for figures in shown],
            "score": [figure(each["score"]) for each in found],
            "silent": [figure(each["silent_score"]) for each in found],
            "oracle": [figure(each["oracle_score"]) for each in found],
            "F1": [figure(each["f1"]) for each in found],
            "welcome": [f"{each['welcome']} of {each['shown']}" for each in found],
        }
        if any(figures.day in pairs for figures in shown):
            columns[PAIRS] = [str(pairs.get(figures.day, "")) for figures in shown]
        gap = 2
        widths = {name: max(len(name), *map(len, cells)) for name, cells in columns.items()}
        for left_out in (None, "silent", "oracle", "F1"):
            widths.pop(left_out or "", None)
            gap = 2 if sum(widths.values()) + 2 * (len(widths) - 1) <= width else 1
            if sum(widths.values()) + gap * (len(widths) - 1) <= width:
                break
        lines = [line(((" " * gap).join(f"{name:>{wide}}" for name, wide in widths.items()), "$muted"))]
        for row, each in enumerate(found):
            styles = {" day": "$mark", "score": f"bold $score-{max(0, min(4, round(each['score'] or 0)))}", PAIRS: "$mark"}
            parts: list[Part] = []
            for name, wide in widths.items():
                parts += [" " * gap if parts else "", (f"{columns[name][row]:>{wide}}", styles.get(name, ""))]
            lines.append(line(*parts))
        return lines

    def on_click(self, event: events.Click) -> None:
        """Go to the day whose row was clicked."""
        place = event.get_content_offset(self)
        row = place.y - self._first_row if place is not None else -1
        if 0 <= row < len(self._rows):
            self.post_message(GoToTime(0.0, self._rows[row]))


def _legend(days: Sequence[DayFigures], width: int, point: int | None = None) -> Content:
    """Return the legend of the chart with the scores over all days, as far as it fits.

    Args:
        days: the figures of the days.
        width: available cells.
        point: number of the day if the scores are those of one day, under the cursor; else None.
    """
    total = metrics(list(days))
    parts, used = [], 0
    if point is not None:
        parts.append((f"day {point} ", "bold $mark"))
        used = len(parts[0][0])
    legend = (
        ("█ score ", "$primary", "score", "bold"),
        (f"  {ORACLE} oracle ", "$score-4", "oracle_score", ""),
        (f"  {SILENT} silent ", "$score-1", "silent_score", ""),
    )
    for label, style, key, weight in legend:
        value = figure(total[key])
        used += len(label) + len(value)
        if used > width:
            # A cut figure would be misread.
            break
        parts += [(label, style), (value, weight)]
    return line(*parts)


def _small_curves(days: Sequence[DayFigures], today: int, width: int) -> list[Content]:
    """Return one small curve per entry of :data:`CURVES`, over all days.

    Each has the figure of the current day. Where there are more days than cells, a cell has the pooled figures of several days; that of
    the current day has its own.
    """
    room = max(1, width - WORDS)
    cells = min(room, len(days))
    parts = [days[at * len(days) // cells : (at + 1) * len(days) // cells] for at in range(cells)]
    here = next((place for place, part in enumerate(parts) if any(figures.day == today for figures in part)), -1)
    shown = metrics([figures for figures in days if figures.day == today])
    found = [shown if place == here else _metrics(part[0]) if len(part) == 1 else metrics(part) for place, part in enumerate(parts)]
    lines = []
    for name, key, digits in CURVES:
        values = [each[key] for each in found]
        # Shares have the axis 0 to 1; a count begins at 0.
        top = max([1.0, *(value for value in values if value is not None)]) if key == "recs_per_hour" else 1.0
        signs = "".join(" " if value is None else SPARKS[round(max(0.0, min(1.0, value / top)) * (len(SPARKS) - 1))] for value in values)
        lines.append(
            line(
                (f"{f'{name} {today}' if name == F1_OF else name:<10}", "$muted"),
                (signs[: max(0, here)], "$primary"),
                (signs[here : here + 1] if here >= 0 else "", "$mark"),
                (signs[here + 1 :], "$foreground 30%"),
                " " * max(0, room - len(signs)),
                (f"{_small_figure(shown[key], digits):>6}", "bold"),
            )
        )
    return lines


def _small_figure(value: float | None, digits: int | None) -> str:
    """Return the figure beside a curve.

    It has some digits after the point, or is a share in percent where they are None.
    """
    if digits is not None or value is None:
        return figure(value, digits or 0)
    return f"{100 * value:.0f} %".replace("-0 ", "0 ").replace("-", "−")


def _axis(first: int, slots: int, wide: int, today: int, cursor: int | None) -> list[str]:
    """Return the cells of the axis.

    It has some days, the day on screen with its sign, and the sign of the cursor. The day on screen and the cursor come first: a number
    that does not fit beside them is left out, never cut.

    Args:
        first: the day at the left end.
        slots: number of days.
        wide: cells of a day.
        today: the day on screen.
        cursor: the day of the cursor, whose number stands in the legend; None for no cursor.
    """
    total = wide * slots
    axis = [" "] * total
    taken = [False] * total

    def put(text: str, at: int, gap: int = 0) -> None:
        """Write a text if all of its cells, and some before and behind it, are free."""
        if at >= 0 and at + len(text) <= total and not any(taken[max(0, at - gap) : at + len(text) + gap]):
            axis[at : at + len(text)] = text
            taken[at : at + len(text)] = [True] * len(text)

    if cursor is not None:
        put(POINT, (cursor - first) * wide)
    at, number = (today - first) * wide, str(today)
    if wide == 1 and 0 <= at < total:
        put(f"{UNDER}{number}", at) if at + len(number) < total else put(f"{number}{UNDER}", at - len(number))
    elif 0 <= at < total:
        put(f"{number}{HERE}", min(at, total - len(number) - 1))
    every = next(step for step in (1, 2, 5, 10, 50, 100, 10**6) if wide * step > len(str(first + slots)))
    for day in range(first, first + slots, every):
        put(str(day), (day - first) * wide, gap=1)
    return axis


def _part(value: float | None) -> float:
    """Return the height of a score on the fixed axis of 0 to 4, as a share."""
    return 0.0 if value is None else max(0.0, min(1.0, value / 4.0))


def _pairs_by_day(frame: Frame) -> dict[int, int]:
    """Return the number of pairs trained on at the end of each day.

    Training that was requested during a day counts for that day.
    """
    found: dict[int, int] = {}
    for night in frame.nights_so_far:
        if night.steps:
            found[night.day] = found.get(night.day, 0) + night.decisions + night.contents
    return found
