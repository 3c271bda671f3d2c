"""Explain the labels and figures on the screen, under the mouse and by a key."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from textual.app import App
from textual.errors import NoWidget
from textual.visual import VisualType
from textual.widget import Widget

from propersim_tui.render.terms import prepare_labels
from propersim_tui.screens.explain import ExplainScreen
from propersim_tui.screens.frame_screen import FrameScreen
from propersim_tui.widgets.compare_moment import CompareMoment
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.term_tooltip import Place, explain_term, is_explained, places, term_at


class ExplainController:
    """Shows the definition of a label as tooltip, or in a box that a key opens.

    Args:
        app: the app, for its screens.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._own: WeakKeyDictionary[Widget, VisualType | None] = WeakKeyDictionary()

    @staticmethod
    def prepare() -> None:
        """Compile the search for labels in advance."""
        prepare_labels(DayTimeline.TERMS, NowPanel.TERMS, CompareMoment.TERMS)

    def hover(self, x: int, y: int) -> None:
        """Show the definition of what is under the mouse as the tooltip of its widget.

        Where there is nothing to explain the widget has its own tooltip.

        Args:
            x: column on the screen.
            y: row on the screen.
        """
        try:
            widget, region = self._app.screen.get_widget_at(x, y)
        except NoWidget:
            return
        # The timeline has the time under the mouse in its own tooltip.
        if widget is self._app.screen or isinstance(widget, DayTimeline) or not is_explained(widget):
            return
        term = term_at(widget, x - region.x, y - region.y)
        if term is not None:
            self._own.setdefault(widget, widget.tooltip)
            widget.tooltip = explain_term(term)
        elif widget in self._own:
            widget.tooltip = self._own.pop(widget)

    def open(self) -> bool:
        """Explain the labels of the screen one by one, those of the focused panel first.

        Each term is explained once. Returns False if there are none.
        """
        screen = self._app.screen
        found = places(screen)
        if not found:
            return False
        focused = screen.focused

        def rank(place: Place) -> int:
            """Rank the focused panel first and the top line last: the panels are what is asked about."""
            if focused is not None and focused in place.widget.ancestors_with_self:
                return 0
            return 2 if isinstance(place.widget, RunHeader) else 1

        held = isinstance(screen, FrameScreen) and screen.status.playing
        self._app.push_screen(ExplainScreen(sorted(found, key=rank), held=held))
        return True
