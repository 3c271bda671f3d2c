"""Explain the labels of the screen below, one after the other, where they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Label, Static

from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.term_tooltip import Place, explain_label

WIDTH = 62
"""Cells of the box."""
BORDER = 6
"""Cells of its border that a text in it does not have."""


class ExplainScreen(Dialog[None]):
    """A mark on one label of the screen below, and a box with what it means.

    Args:
        places: the labels, in the order in which they are explained; at least one.
        held: whether the run goes on while the picture below stands still.

    Attributes:
        places: the first label of each term.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,right,tab,e,space", "next(1)", "next", show=False),
        Binding("up,left,shift+tab", "next(-1)", "previous", show=False),
        Binding("pagedown", "next(5)", "five on", show=False),
        Binding("pageup", "next(-5)", "five back", show=False),
        Binding("escape,enter,q", "close", "close", show=False),
        Binding("question_mark", "help", "help", show=False),
    ]
    DEFAULT_CSS = """
    ExplainScreen { align: left top; background: $background 25%; layers: marks; overflow: hidden; }
    ExplainScreen Label { layer: marks; position: absolute; height: 1; width: auto; }
    ExplainScreen Label { background: $mark; color: $mark-text; text-style: bold; }
    ExplainScreen Label:nocolor { text-style: bold reverse; }
    ExplainScreen > Vertical { layer: marks; position: absolute; height: auto; }
    ExplainScreen > Vertical > Static { height: auto; }
    """

    def __init__(self, places: Sequence[Place], *, held: bool = False) -> None:
        super().__init__()
        self._labels = places
        self._held = held
        self.places = list({place.label.term.term: place for place in reversed(places)}.values())[::-1]
        self._at = 0
        self._drawn_at: Size | None = None

    @property
    def number(self) -> int:
        """Number of the label that is explained, from 0."""
        return self._at

    def compose(self) -> ComposeResult:
        """Lay out the mark and the box."""
        yield Label("", markup=False)
        with Vertical():
            yield Static(Content(""), markup=False)

    def on_mount(self) -> None:
        """Explain the first label."""
        self.show(self._at)

    def on_resize(self, event: events.Resize) -> None:
        """Close when the size changes: the labels below have moved."""
        if self._drawn_at is not None and event.size != self._drawn_at:
            self.dismiss(None)
        self._drawn_at = event.size

    def on_click(self, event: events.Click) -> None:
        """Explain the label that was clicked; close on a click elsewhere."""
        for place in self._labels:
            if place.y == event.screen_y and place.x <= event.screen_x < place.x + place.label.right - place.label.x:
                terms = [each.label.term.term for each in self.places]
                self.show(terms.index(place.label.term.term), place)
                return
        self.dismiss(None)

    def action_next(self, by: int) -> None:
        """Explain the label some places later, or earlier if negative; the first follows the last."""
        self.show((self._at + by) % len(self.places))

    def action_close(self) -> None:
        """Return to the screen below."""
        self.dismiss(None)

    def action_help(self) -> None:
        """Close the box, and show the help, which has the whole glossary."""
        self.dismiss(None)
        self.app.call_later(self.app.run_action, "help")

    def _others(self, place: Place) -> list[str]:
        """Return the other labels on the screen that have the same term."""
        found = {_written(each): None for each in self._labels if each.label.term.term == place.label.term.term}
        term = place.label.term.term.casefold()
        return [text for text in found if text not in (_written(place), term)]

    def show(self, number: int, clicked: Place | None = None) -> None:
        """Explain a label by its number.

        Args:
            number: number of the label, from 0.
            clicked: another place of the same term, to be marked instead.
        """
        self._at = number
        place, size = clicked or self.places[number], self.app.size
        mark, box = self.query_one(Label), self.query_one(Vertical)
        mark.update(place.label.text)
        mark.styles.offset = (place.x, place.y)
        text = explain_label(place.label, self._others(place))
        width = min(WIDTH, size.width)
        height = 2 + sum(len(each.wrap(width - 4)) for each in text.split("\n"))
        # Below the label, or above it where there is no room.
        y = place.y + 1 if place.y + 1 + height <= size.height else max(0, place.y - height)
        box.styles.width = width
        box.styles.offset = (max(0, min(place.x, size.width - width)), y)
        box.border_title = "Explain · the run goes on, this picture waits" if self._held else "Explain"
        place_of = f"{self._at + 1} of {len(self.places)}"
        forms = (f"{place_of} · ↓ next · ↑ previous · ?: help · Esc: close", f"{place_of} · ↓ ↑ · ?: help · Esc: close", place_of)
        box.border_subtitle = next((form for form in forms if len(form) + BORDER <= width), forms[-1])
        self.query_one("Vertical > Static", Static).update(text)


def _written(place: Place) -> str:
    """Return a label as it is listed; of a repeated sign one."""
    text = place.label.text.strip(" ,").casefold()
    return text if text[:1].isalnum() else text[:1]
