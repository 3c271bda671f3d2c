"""Summary of the compared runs and of the options in which they differ."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim.core.text import clean, counted
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.data.comparison import ComparedRun, differences
from propersim_tui.data.run_list import STATES
from propersim_tui.render.content import line, paragraph
from propersim_tui.render.run_state import SIGNS as LIVE_SIGNS
from propersim_tui.render.run_state import STYLES as LIVE_STYLES
from propersim_tui.widgets.compare_figures import SIGNS, STYLES, Sides
from propersim_tui.widgets.text_pane import TextPane


class ComparedRuns(TextPane):
    """One line per run, then the options that differ."""

    sides: reactive[Sides | None] = reactive(None)

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw the lines."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        lines = [_run(side, number) for number, side in enumerate(self.sides)]
        if len({side.about.persona.id for side in self.sides}) > 1:
            text = "different personas with different rubrics: compare figures with care"
            lines += paragraph(text, width, "$text-warning", first=f"{WARNING_SIGN} ", rest="  ")
        options = [row for row in differences(*self.sides) if row[0] != "persona" or len(set(row[1:])) == 1]
        parts: list[tuple[str, str]] = [("different options  " if options else "same options", "$muted")]
        for name, *values in options:
            parts.append((f"{name} ", ""))
            for number, value in enumerate(values):
                parts += [(" | ", "$muted")] if number else []
                parts.append((value, STYLES[number]))
            parts.append(("   ", ""))
        if len(lines) >= height:
            del lines[height - 1 :]
        return [*lines, line(*parts).truncate(width, ellipsis=True)]


def _run(side: ComparedRun, number: int) -> Content:
    row, persona = side.item.row, side.about.persona
    # A live run is running for the store, also while it is paused.
    doing = side.item.doing
    sign, style = (f"{LIVE_SIGNS[doing]} {doing}", LIVE_STYLES[doing]) if doing in LIVE_SIGNS else STATES.get(row.state, ("?", "$muted"))
    return line(
        (f"{SIGNS[number]} {clean(row.id, 60)}", f"bold {STYLES[number]}"),
        (f"  {persona.id} {clean(persona.name, 60)}", ""),
        (f"  {sign} {row.days_done}/{counted(row.days, 'day')}", style),
        (f"  {side.item.variant} · seed {row.seed}", "$muted"),
    )
