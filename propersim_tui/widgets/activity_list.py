"""List of the day's activities: past, current and planned."""

from __future__ import annotations

from textual import events
from textual.content import Content

from propersim.core.clock import format_time
from propersim.core.records import Action
from propersim.core.text import clean
from propersim_tui.data.frame import Frame
from propersim_tui.messages import GoToTime
from propersim_tui.render.content import line
from propersim_tui.render.format import fit, title
from propersim_tui.widgets.run_panel import RunPanel

_WHY = {"requirement": "daily plan", "habit": "habit", "interest": "interest", "ordinary": "", "recommendation": "taken up"}
LEAST = 3
"""Rows of a panel with borders and one activity."""


class ActivityList(RunPanel):
    """The day's activities around the current one; a click goes to one."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Activities"
        self._rows: list[Action] = []

    def on_resize(self, event: events.Resize) -> None:
        """Leave out the borders where there would be no row between them."""
        self.set_class(event.size.height < LEAST, "-low")

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw the current activity with earlier ones above and later ones below.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        if frame.plan is None:
            return []
        actions = frame.plan.actions
        if frame.step is None:
            # The day is planned, but has not begun.
            self._rows = list(actions[:height])
            return [self._row(action, 1, width) for action in self._rows]
        now = next((i for i, action in enumerate(actions) if action.start <= frame.step.minute < action.end), len(actions) - 1)
        # The current activity is two thirds down, except near the start or end of the day.
        first = max(0, min(now - (height * 2 - 1) // 3, len(actions) - height))
        self._rows = list(actions[first : first + height])
        return [self._row(action, number - now, width) for number, action in enumerate(self._rows, first)]

    def _row(self, action: Action, offset: int, width: int) -> Content:
        style = "$muted" if offset > 0 else "bold" if offset == 0 else ""
        mark = "▸" if offset == 0 else " "
        time = format_time(action.start, wrap=True)
        room = width - 8
        why = _WHY.get(action.source.partition(":")[0], "")
        where = title(action.place.room)
        if room >= 60:
            text = f"{fit(clean(action.phrase), 30)} {fit(where, 13)}{fit(clean(action.note) or why, room - 44)}"
        elif room >= 40:
            text = f"{fit(clean(action.phrase), room - 14)} {fit(where, 13)}"
        else:
            text = fit(clean(action.phrase), room)
        return line((mark, "$mark"), (time, "$muted"), "  ", (text, style))

    def on_click(self, event: events.Click) -> None:
        """Go to the activity that was clicked."""
        place = event.get_content_offset(self)
        if place is not None and place.y < len(self._rows):
            self.post_message(GoToTime(self._rows[place.y].start, onward=True))
