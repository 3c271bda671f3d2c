"""One dimension of a person's rating: a question with the answers yes and no."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from propersim_tui.render.content import line
from propersim_tui.render.format import LIGHTS, UNRATED_LIGHT, fit

QUESTIONS = {
    "preference": ("Is it something I want now?", "What I want now?"),
    "timing": ("Is this a good moment?", "A good moment?"),
    "frequency": ("Not too often?", "Not too often?"),
    "communication": ("Well phrased and appropriate?", "Phrased well?"),
}
"""Question to the person, and a shorter form of it, by dimension."""
NAME = 17
ANSWERS = 16
"""Cells of mark, key and name on the left, and of the two answers on the right."""


class RatingRow(Widget):
    """One row; a click on an answer selects it.

    Args:
        number: number of the dimension, from 0.
        name: its name.
    """

    @dataclass
    class Clicked(Message):
        """The row was clicked.

        Attributes:
            number: number of the dimension.
            value: the answer that was clicked; None if the click was beside both.
        """

        number: int
        value: int | None

    value: reactive[int | None] = reactive(None)
    left_out: reactive[bool] = reactive(False)
    current: reactive[bool] = reactive(False)

    def __init__(self, number: int, name: str) -> None:
        super().__init__(id=f"rating-{name}")
        self.number = number
        self.dimension = name

    def render(self) -> Content:
        """Draw the question and both answers, the selected one in brackets."""
        width = self.content_size.width
        mark = "▸" if self.current else " "
        room = width - NAME - ANSWERS
        question = next((form for form in QUESTIONS[self.dimension] if len(form) <= room), "")
        parts = [
            (f"{mark}{self.number + 1} ", "bold $mark" if self.current else "$mark"),
            (fit(f"{self.dimension} {UNRATED_LIGHT}" if self.left_out else self.dimension, NAME - 3), "bold" if self.current else ""),
            (fit(question, room), "$muted"),
        ]
        for value, word in ((1, "yes"), (0, "no")):
            chosen = value == self.value
            # A filled dot before an answer is given would look like one.
            text = f"{LIGHTS[value]} {word}" if chosen else f"  {word}"
            parts.append((f" [{text}]" if chosen else f"  {text} ", f"bold $score-{4 * value}" if chosen else "$muted"))
        return line(*parts).truncate(max(0, width))

    def on_click(self, event: events.Click) -> None:
        """Post which answer was clicked."""
        event.stop()
        place = event.get_content_offset(self)
        right = place.x - (self.content_size.width - ANSWERS) if place is not None else -1
        self.post_message(self.Clicked(self.number, None if right < 0 else 1 if right < ANSWERS // 2 else 0))
