"""Details of one run of a batch: state, figures, and why it failed."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim.core.text import clean, counted
from propersim_tui.data.batch_list import STATES, JobItem, state_words
from propersim_tui.render.content import line, paragraph
from propersim_tui.render.format import duration, short_number
from propersim_tui.widgets.text_pane import TextPane


class JobPreview(TextPane):
    """Draws a :class:`~propersim_tui.data.batch_list.JobItem`."""

    item: reactive[JobItem | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Details"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw the run's state and figures, and its error in full."""
        if self.item is None:
            return [line(("no run selected", "$muted"))]
        row = self.item.row
        sign, style = STATES.get(row.state, ("?", "$muted"))
        lines = [
            *paragraph(f"{clean(row.persona, 120)} · seed {row.seed}", width, "bold"),
            *paragraph(clean(row.variant, 200), width),
            line((f"{sign} {state_words(row.state)}", style), f" · {row.days_done} of {counted(row.days, 'day')} complete"),
        ]
        if row.unwelcome is not None:
            lines.append(line((f"F1 {short_number(row.f1)} · {row.unwelcome:,} unwelcome", "bold")))
        if row.seconds:
            lines.append(line((f"ran {duration(row.seconds)}", "$muted")))
        if row.run_id:
            lines += paragraph(clean(row.run_id, 120), width, "$muted", first="run ")
        elif row.state in ("running", "starting", "training"):
            lines += paragraph("another machine makes this run; it comes here when it is finished", width, "$muted")
        for number, part in enumerate(row.error.splitlines()):
            lines += paragraph(clean(part, 400), width, "$text-error", first="✖ " if not number else "  ", rest="  ")
        return lines
