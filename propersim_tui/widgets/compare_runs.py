"""Which two runs are compared, and in what they differ."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim.core.text import clean
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.data.comparison import Side, differences
from propersim_tui.data.run_list import STATES
from propersim_tui.render.content import line, paragraph
from propersim_tui.widgets.compare_figures import SIGNS, STYLES, Sides
from propersim_tui.widgets.text_pane import TextPane


class ComparedRuns(TextPane):
    """A line for each run, then the options in which they differ."""

    sides: reactive[Sides | None] = reactive(None)

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw them."""
        if self.sides is None:
            return [line((self.waiting, "$muted"))]
        first, second = self.sides
        found = [_run(side, number) for number, side in enumerate(self.sides)]
        if first.about.persona.id != second.about.persona.id:
            text = "different personas, each with a rubric of its own: read figures with care"
            found += paragraph(text, width, "$text-warning", first=f"{WARNING_SIGN} ", rest="  ")
        options = [(name, mine, theirs) for name, mine, theirs in differences(first, second) if name != "persona" or mine == theirs]
        parts: list[tuple[str, str]] = [("differ in  " if options else "the same options", "$muted")]
        for name, mine, theirs in options:
            parts += [(f"{name} ", ""), (mine, STYLES[0]), (" | ", "$muted"), (theirs, STYLES[1]), ("   ", "")]
        if len(found) == height:
            found.pop()
        return [*found, line(*parts).truncate(width, ellipsis=True)]


def _run(side: Side, number: int) -> Content:
    row, persona = side.item.row, side.about.persona
    sign, style = STATES.get(row.state, ("?", "$muted"))
    return line(
        (f"{SIGNS[number]} {clean(row.id, 60)}", f"bold {STYLES[number]}"),
        (f"  {persona.id} {clean(persona.name, 60)}", ""),
        (f"  {sign} {row.days_done}/{row.days} days", style),
        (f"  {side.item.variant} · seed {row.seed}", "$muted"),
    )
