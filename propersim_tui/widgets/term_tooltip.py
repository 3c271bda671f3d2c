"""Explain the labels and figures that a widget shows, from the project's glossary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from propersim.core.glossary import Term, glossary
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import SHAPES
from propersim_tui.render.terms import NO_TERMS, explaining, find_labels
from propersim_tui.render.terms import Label as ShownLabel

FREE_TEXT = ("prompt", "examples")
"""Ids of panels whose text is that of a model."""
BORDER = "─"
FIGURE = re.compile(r"[−-]?(?:\d[\d.,]*|\.\d+)(?:(?: of |/|–)\d+)?|[━╸▮▯▁▂▃▄▅▆▇█●○◔◐◕–]+")
"""A number, a bar, or a row of signs."""
TIME = re.compile(r"\d{1,2}:\d\d(?::\d\d)?")


def explain(*terms: str) -> Content:
    """Return the definitions of some terms, one paragraph each.

    Raises:
        KeyError: a term is not in the glossary.
    """
    definitions = {entry.term: entry.definition for entry in glossary()}
    parts: list[Part] = []
    for term in terms:
        parts += ["\n" if parts else "", (f"{term}: ", "bold"), definitions[term]]
    return line(*parts)


def explain_term(entry: Term) -> Content:
    """Return a term with its definition, and what else is useful to know below it."""
    return line((f"{entry.term}: ", "bold"), entry.definition, f"\n{entry.more}" if entry.more else "")


def explain_label(label: ShownLabel, others: Sequence[str] = ()) -> Content:
    """Return a label, its term if that is another word, and the definition.

    Args:
        label: the label.
        others: other labels of the same term on the screen, which are named below.
    """
    entry, text = label.term, label.text.strip(" ,")
    written, term = (each.casefold().replace(" ", "") for each in (text, entry.term))
    named = written in term or term in written or not text[:1].isalpha()
    parts: list[Part] = [] if named else [(text, "bold"), f" ({entry.term}): {entry.definition}", f"\n{entry.more}" if entry.more else ""]
    also = f"\nHere also: {', '.join(others)}" if others else ""
    return Content.assemble(line(*parts) if parts else explain_term(entry), also)


def rows_of(widget: Widget) -> list[str]:
    """Return the rows of a widget as text, with its border."""
    return [strip.text for strip in widget.render_lines(Region(0, 0, *widget.outer_size))]


def labels_of(widget: Widget) -> list[ShownLabel]:
    """Return the labels on a widget that the glossary explains, by their place in the widget.

    Two attributes of its class matter: ``TERMS`` has the terms of labels that mean something else on it than elsewhere, and a true
    ``HEADED`` says that only its first row has labels.
    """
    rows = rows_of(widget)
    inner = range(widget.gutter.top, len(rows) - widget.gutter.bottom)
    # A sign may also be the border's.
    found = [label for label in find_labels(rows, getattr(widget, "TERMS", NO_TERMS)) if label.y in inner or set(label.text) != {BORDER}]
    if getattr(widget, "HEADED", False):
        return [label for label in found if label.y <= widget.gutter.top or label.text in SHAPES]
    return found


def explaining_figure(widget: Widget, labels: Sequence[ShownLabel], x: int, y: int, end: int) -> Term | None:
    """Return the term of a label near a figure, or else of its panel's title.

    Args:
        widget: the widget.
        labels: its labels.
        x: column of the figure.
        y: its row.
        end: the column behind it.
    """
    label = explaining(labels, x, y, end)
    if label is not None:
        return label.term
    title = next((each.border_title for each in widget.ancestors_with_self if isinstance(each, Widget) and each.border_title), None)
    return next((label.term for label in find_labels([str(title)])), None) if title else None


def is_explained(widget: Widget) -> bool:
    """Return whether the glossary explains the labels of a widget.

    It does not where the class of the widget, or of one that it stands in, has a false ``EXPLAINED``, and in text that a user or a model
    has written.
    """
    if isinstance(widget, Input | Label) and type(widget) is not Static:
        return False
    return all(
        getattr(each, "EXPLAINED", True) and each.id not in FREE_TEXT for each in widget.ancestors_with_self if isinstance(each, Widget)
    )


def term_at(widget: Widget, x: int, y: int) -> Term | None:
    """Return the term of the label, or of the figure, at a place of a widget.

    Args:
        widget: the widget.
        x: column in the widget, with its border.
        y: row, likewise.
    """
    row = rows_of(widget)[y : y + 1]
    if not is_explained(widget) or not row:
        return None
    labels = labels_of(widget)
    there = next((label for label in labels if label.y == y and label.x <= x < label.right), None)
    if there is not None:
        return there.term
    figure = next((match for match in FIGURE.finditer(row[0]) if match.start() <= x < match.end()), None)
    time = any(match.start() <= x < match.end() for match in TIME.finditer(row[0]))
    return None if figure is None or time else explaining_figure(widget, labels, figure.start(), y, figure.end())


@dataclass(frozen=True)
class Place:
    """A label on the screen.

    Attributes:
        x: its column on the screen.
        y: its row on the screen.
        label: the label.
        widget: the widget that shows it.
    """

    x: int
    y: int
    label: ShownLabel
    widget: Widget


def explained_widgets(screen: Screen[object]) -> Iterator[Widget]:
    """Yield the visible widgets of a screen that show text which the glossary explains."""
    for widget in screen.query("*"):
        visible = bool(widget.region.area) and widget.display and (not widget.children or bool(widget.border_title))
        if visible and is_explained(widget):
            yield widget


def places(screen: Screen[object]) -> list[Place]:
    """Return the labels of a screen that the glossary explains, panel by panel.

    Each panel has each label once.
    """
    found = []
    for widget in explained_widgets(screen):
        seen: set[str] = set()
        geometry = screen.find_widget(widget)
        for label in labels_of(widget):
            x, y = geometry.region.x + label.x, geometry.region.y + label.y
            # A sign that is repeated is the same label.
            key = label.text.casefold() if label.text[:1].isalnum() else label.text[:1]
            if key not in seen and geometry.clip.contains(x, y):
                seen.add(key)
                found.append(Place(x, y, label, widget))
    return found
