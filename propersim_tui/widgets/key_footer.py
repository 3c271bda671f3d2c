"""The line of keys at the foot: as many as fit whole, those that matter least left out first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from propersim_tui.config.actions import ACTS
from propersim_tui.render.content import Part, line

UNRANKED = 8
"""Of keys that no list of actions has: those of a line that one writes in."""
PALETTE_RANK = 2


@dataclass(frozen=True)
class Hint:
    """What stands in the line for a key, or for a few that belong together.

    Attributes:
        keys: (Textual's name, as it is written, what it does in a sentence) of each.
        words: what they do.
        rank: hints with the lowest one go first.
        dim: whether it cannot be done just now.
    """

    keys: tuple[tuple[str, str, str], ...]
    words: str
    rank: int
    dim: bool = False

    @property
    def cells(self) -> int:
        """How wide it is."""
        return sum(cell_len(cap) + 1 for _, cap, _ in self.keys) + cell_len(self.words)


class KeySpan(NamedTuple):
    """The columns of a key, from the first to the one behind the last; Textual's name of it, and what it does."""

    start: int
    end: int
    key: str
    tip: str


def fit_hints(hints: Sequence[Hint], width: int, gap: int = 1) -> list[Hint]:
    """Return the hints that have room, in their order, each whole; of those of the lowest rank the last one goes first."""
    kept = list(hints)
    while kept and sum(hint.cells + gap for hint in kept) - gap > width:
        least = min(hint.rank for hint in kept)
        del kept[max(place for place, hint in enumerate(kept) if hint.rank == least)]
    return kept


class KeyFooter(Widget, can_focus=False):
    """One line; a click on a key presses it."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom; height: 1; width: 100%; text-wrap: nowrap;
        color: $footer-description-foreground; background: $footer-background;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hints: Sequence[Hint] = ()

    def on_mount(self) -> None:
        """Listen to what can be done now."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Listen no longer."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[Any]) -> None:
        """Take what can be done on the screen now."""
        if screen is not self.screen or not self.is_attached:
            return
        hints = footer_hints(screen)
        if hints != self.hints:
            self.hints = hints
            self.refresh()

    def render(self) -> Content:
        """Draw what fits."""
        return line(*self._arranged()[0])

    def _arranged(self) -> tuple[list[Part], list[KeySpan]]:
        """Return what is drawn, and where each key is; two cells apart where all of them fit so."""
        width = self.content_size.width
        gap = 2 if len(fit_hints(self.hints, width, 2)) == len(self.hints) else 1
        parts: list[Part] = []
        places: list[KeySpan] = []
        x = 0
        for hint in fit_hints(self.hints, width, gap):
            if parts:
                parts.append(" " * gap)
                x += gap
            for key, cap, tip in hint.keys:
                parts += [(cap, "bold $footer-key-foreground" if not hint.dim else "dim"), " "]
                places.append(KeySpan(x, x + cell_len(cap) + 1, key, tip))
                x += cell_len(cap) + 1
            parts.append((hint.words, "dim" if hint.dim else ""))
            x += cell_len(hint.words)
            if len(hint.keys) == 1:
                places[-1] = places[-1]._replace(end=x)
        return parts, places

    def at(self, x: int) -> tuple[str, str] | None:
        """Return the key that is drawn at a column, and what it does."""
        return next(((key, tip) for start, end, key, tip in self._arranged()[1] if start <= x < end), None)

    def column_of(self, key: str) -> int | None:
        """Return the column at which a key is drawn; None where it had no room."""
        return next((start for start, _, drawn, _ in self._arranged()[1] if drawn == key), None)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key under the mouse does."""
        found = self.at(event.x)
        tip = found[1] if found else None
        if tip != self.tooltip:
            self.tooltip = tip

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked on."""
        event.stop()
        found = self.at(event.x)
        if found is not None:
            self.app.simulate_key(found[0])


def footer_hints(screen: Screen[Any]) -> list[Hint]:
    """Return the hints of what can be done on a screen now, those of what has the focus first, then the screen's, then the app's."""
    app = screen.app
    ranks = {act.id: act.footer for act in (*ACTS, *getattr(screen, "ACTS", ()))}
    active = screen.active_bindings
    shown = {each.binding.action: each for each in reversed(active.values()) if each.binding.show}
    found: list[Hint] = []
    for group, some in groupby(reversed(shown.values()), key=lambda each: each.binding.group):
        members = list(some)
        parted = [members] if group is not None and len(members) > 1 else [[each] for each in members]
        for together in parted:
            first = together[0].binding
            keys = tuple(
                (each.binding.key, app.get_key_display(each.binding), each.tooltip or each.binding.description) for each in together
            )
            words = group.description if group is not None and len(together) > 1 else first.description
            found.append(Hint(keys, words, ranks.get(first.id or "", UNRANKED), not any(each.enabled for each in together)))
    palette = active.get(app.COMMAND_PALETTE_BINDING)
    if palette is not None and app.ENABLE_COMMAND_PALETTE:
        binding = palette.binding
        keys = ((binding.key, app.get_key_display(binding), "Everything that can be done here, and themes"),)
        found.append(Hint(keys, binding.description, PALETTE_RANK))
    return found
