"""Scrolling description of a persona, or the problem with its file."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim_tui.render.content import line, paragraph
from propersim_tui.render.persona_text import sheet

MOST_PROBLEMS = 60
"""Most lines of an error message that are shown."""


class PersonaPane(VerticalScroll):
    """Shows a persona in the available width."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Persona"
        self._persona: Persona | None = None
        self._problem = ""
        self._drawn: tuple[Persona | None, str, int] | None = None

    def compose(self) -> ComposeResult:
        """Lay out the text."""
        yield Static(Content(""), markup=False)

    def show(self, persona: Persona | None, problem: str = "") -> None:
        """Show a persona from the top, or the problem with its file."""
        self._persona, self._problem = persona, problem
        self._draw()
        self.scroll_home(animate=False)

    def on_resize(self) -> None:
        """Wrap the lines for the new width."""
        self._draw()

    def _draw(self) -> None:
        # The stylesheet reserves the scroll bar's cell, so that the text does not move when the bar appears.
        width = self.scrollable_content_region.width
        key = (self._persona, self._problem, width)
        if width < 4 or key == self._drawn:
            return
        self._drawn = key
        if self._persona is not None:
            lines = sheet(self._persona, width)
        else:
            first, *rest = self._problem.splitlines()[:MOST_PROBLEMS] or ["no persona"]
            lines = paragraph(clean(first, 400), width, "bold $text-error" if self._problem else "$muted")
            for each in rest:
                lines += paragraph(clean(each, 400), width, first="  ", rest="    ")
            if rest:
                lines += [line(""), *paragraph("Fix the file, then press u to read it again.", width, "$muted")]
        self.query_one(Static).update(Content("\n").join(lines))
