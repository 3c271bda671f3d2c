"""Look for figures on a screen that nothing explains."""

from __future__ import annotations

import re
from typing import Any

from textual.app import App

from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.persona_pane import PersonaPane
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.term_tooltip import explained_widgets, explaining_figure, labels_of, rows_of

NUMBER = re.compile(r"(?<![\w:.#-])[−-]?(?:\d[\d.,]*|\.\d+)(?:(?: of |/|–)\d+)?(?![\w:.]*\d)")
NOT_FIGURES = re.compile(
    r"“[^”]*(?:”|$)"  # what is said
    r"|\d{1,2}:\d\d(?::\d\d)?"  # times of day
    r"|\d\d\d\d-\d\d-\d\d"  # dates
    r"|^\W*\d\.\d\s*┤|└.*$"  # the axes of a picture
)


def unexplained(app: App[Any]) -> list[str]:
    """Return the figures on the shown screen that no label of the glossary explains, each with its row."""
    found: list[str] = []
    if isinstance(app.screen, Dialog):
        # Dialogs ask; their numbers are keys and what is asked about.
        return found
    for widget in explained_widgets(app.screen):
        # A persona's sheet is text by its author, and the top line is the date.
        if any(isinstance(each, PersonaPane | RunHeader) for each in widget.ancestors_with_self):
            continue
        rows, labels = rows_of(widget), labels_of(widget)
        for y, row in enumerate(rows):
            plain = NOT_FIGURES.sub(lambda part: " " * len(part[0]), row)
            for number in NUMBER.finditer(plain):
                if explaining_figure(widget, labels, number.start(), y, number.end()) is None:
                    found.append(f"{number[0]} in #{widget.id} {type(widget).__name__}: {row.strip()}")
    return found
