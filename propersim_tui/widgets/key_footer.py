"""Footer with key hints: the most useful first, as many as fit completely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import ActiveBinding
from textual.content import Content
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from propersim_tui.config.actions import ACTS
from propersim_tui.data.frame import PlaybackStatus
from propersim_tui.render.content import Part, line
from propersim_tui.render.run_state import STYLES, state_word

UNRANKED = 96
"""Rank of keys that are in no list of actions: those of input lines."""
PALETTE_RANK = 82


@dataclass(frozen=True)
class Hint:
    """Hint for one key, or for a few keys with a common label.

    Attributes:
        keys: (Textual's name, label of the key, tooltip) of each key.
        words: label of the action.
        rank: usefulness; where room is short, the most useful hints are shown.
        dim: whether the action is not available now.
        pinned: whether it stands at the end of the line.
        best: number of the key that a click on the words presses.
    """

    keys: tuple[tuple[str, str, str], ...]
    words: str
    rank: int
    dim: bool = False
    pinned: bool = False
    best: int = 0

    @property
    def cells(self) -> int:
        """Width in cells."""
        return sum(cell_len(cap) + 1 for _, cap, _ in self.keys) + cell_len(self.words)


class KeySpan(NamedTuple):
    """Columns of a key (start inclusive, end exclusive), Textual's name of it, and its tooltip."""

    start: int
    end: int
    key: str
    tip: str


def fit_hints(hints: Sequence[Hint], width: int, gap: int = 1) -> list[Hint]:
    """Return the hints that fit, in their order.

    Room is given to the most useful hint first. One that does not fit is skipped, and a shorter one may take its place.

    Args:
        hints: all hints, in order.
        width: available cells.
        gap: cells between two hints.
    """
    left = width + gap
    kept: set[int] = set()
    for number in sorted(range(len(hints)), key=lambda number: -hints[number].rank):
        if hints[number].cells + gap <= left:
            left -= hints[number].cells + gap
            kept.add(number)
    return [hint for number, hint in enumerate(hints) if number in kept]


class KeyFooter(Widget, can_focus=False):
    """One line of key hints; a click on a key presses it."""

    EXPLAINED: ClassVar[bool] = False

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    KeyFooter {
        dock: bottom; height: 1; width: 100%; text-wrap: nowrap;
        color: $footer-description-foreground; background: $footer-background;
    }
    """

    status: reactive[PlaybackStatus | None] = reactive(None, repaint=False)
    """How the run is played, which the line begins with; None on screens that do not show the run."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hints: Sequence[Hint] = ()
        self._word = ""
        self._idle: frozenset[str] = frozenset()

    def on_mount(self) -> None:
        """Subscribe to changes of the available bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        """Unsubscribe from changes of the available bindings."""
        self.screen.bindings_updated_signal.unsubscribe(self)

    def _changed(self, screen: Screen[Any]) -> None:
        """Update the hints of the screen."""
        if screen is not self.screen or not self.is_attached:
            return
        # A dialog over the screen takes the keys, and says which it has.
        hints = footer_hints(screen) if screen.app.screen is screen else []
        if hints != self.hints:
            self.hints = hints
            self.refresh()

    def watch_status(self, status: PlaybackStatus | None) -> None:
        """Rewrite the line if the run's state has changed, or which actions have an effect."""
        if status is None or not self.is_attached:
            return
        word, idle = state_word(status), idle_of(self.screen)
        if word != self._word:
            self._word = word
            self.refresh()
        if idle != self._idle:
            self._idle = idle
            self._changed(self.screen)

    def render(self) -> Content:
        """Draw the hints that fit."""
        return line(*self._arranged()[0])

    @property
    def word_cells(self) -> int:
        """Cells of the word with which the line begins, and of the blank behind it."""
        return len(self._word) + 3 if self._word else 0

    def _arranged(self) -> tuple[list[Part], list[KeySpan]]:
        """Return the parts of the line and the span of each key.

        Hints are two cells apart if all of them fit so.
        """
        parts: list[Part] = [(f" {self._word} ", f"reverse {STYLES[self._word]}"), " "] if self._word else []
        spans: list[KeySpan] = []
        x = start = self.word_cells
        width = self.content_size.width - start
        gap = 2 if len(fit_hints(self.hints, width, 2)) == len(self.hints) else 1
        for hint in fit_hints(self.hints, width, gap):
            if x > start:
                parts.append(" " * gap)
                x += gap
            for key, cap, tip in hint.keys:
                parts += [(cap, "bold $footer-key-foreground" if not hint.dim else "dim"), " "]
                spans.append(KeySpan(x, x + cell_len(cap) + 1, key, tip))
                x += cell_len(cap) + 1
            parts.append((hint.words, "dim" if hint.dim else ""))
            key, _, tip = hint.keys[hint.best]
            spans.append(KeySpan(x, x + cell_len(hint.words), key, tip))
            x += cell_len(hint.words)
        return parts, spans

    def at(self, x: int) -> tuple[str, str] | None:
        """Return key and tooltip at a column; None if there is no key."""
        return next(((key, tip) for start, end, key, tip in self._arranged()[1] if start <= x < end), None)

    def column_of(self, key: str) -> int | None:
        """Return the column of a key; None if it is not shown."""
        return next((start for start, _, drawn, _ in self._arranged()[1] if drawn == key), None)

    def on_resize(self) -> None:
        """Update the hints: some actions have an effect on small screens only."""
        self._changed(self.screen)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Show the tooltip of the key under the mouse."""
        key = self.at(event.x)
        tip = key[1] if key else None
        if tip != self.tooltip:
            self.tooltip = tip

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        event.stop()
        key = self.at(event.x)
        if key is not None:
            self.app.simulate_key(key[0])


def idle_of(screen: Screen[Any]) -> frozenset[str]:
    """Return the ids of the actions that would change nothing on a screen now."""
    idle: frozenset[str] = getattr(screen, "idle_actions", frozenset())
    return idle


def types(key: str) -> bool:
    """Return whether a key types a character, by Textual's name of it.

    Textual itself does not know it of ``slash`` and ``minus``.
    """
    character = key_to_character(key) or ""
    return key in KEY_NAME_REPLACEMENTS.values() or (len(character) == 1 and character.isprintable())


def footer_hints(screen: Screen[Any]) -> list[Hint]:
    """Return hints for the actions that would change something now, in order.

    Those of the focused widget or panel come first, then the screen's, then the app's; each of these by usefulness. Help, the way out
    and the palette come last.
    """
    app, focused, idle = screen.app, screen.focused, idle_of(screen)
    acts = {act.id: act for act in (*ACTS, *getattr(screen, "ACTS", ()))}
    # The focus may be in a panel that a small screen hides.
    hidden = focused is None or not (focused.is_maximized or all(node.display for node in focused.ancestors_with_self))
    panel = "" if focused is None or hidden else focused.id or ""
    active = screen.active_bindings
    shown = {
        each.binding.action: each
        for each in reversed(active.values())
        if each.binding.show and each.binding.id not in idle and not (isinstance(focused, Input) and types(each.binding.key))
    }
    together: dict[object, list[ActiveBinding]] = {}
    for each in reversed(shown.values()):
        together.setdefault(each.binding.group or id(each), []).append(each)

    def rank(each: ActiveBinding) -> tuple[int, int]:
        """Return how near the action is (2 panel, 1 screen, 0 app), and its usefulness there."""
        act = acts.get(each.binding.id or "")
        if act is None:
            return (2 if each.node is focused else 0), UNRANKED
        if panel in act.panels:
            return 2, act.panels[panel]
        return (2 if each.node is focused else 1 if each.node is screen else 0), act.footer

    hints: list[tuple[tuple[int, int], Hint]] = []
    for members in together.values():
        ranks = [rank(each) for each in members]
        best = max(range(len(members)), key=lambda number: (ranks[number], number))
        act = acts.get(members[best].binding.id or "")
        group = members[best].binding.group
        words = group.description if group is not None and len(members) > 1 else members[best].binding.description
        words = act.short if len(members) == 1 and act is not None and act.short else words
        keys = tuple((each.binding.key, app.get_key_display(each.binding), each.tooltip or each.binding.description) for each in members)
        dim, pinned = not any(each.enabled for each in members), act is not None and act.pinned
        hints.append((ranks[best], Hint(keys, words, ranks[best][1], dim, pinned, best)))
    palette = active.get(app.COMMAND_PALETTE_BINDING)
    if palette is not None and app.ENABLE_COMMAND_PALETTE:
        binding = palette.binding
        keys = ((binding.key, app.get_key_display(binding), "Command palette: all actions, and themes"),)
        hints.append(((0, PALETTE_RANK), Hint(keys, binding.description, PALETTE_RANK, pinned=True)))
    hints.sort(key=lambda each: (each[1].pinned, -each[0][0] if not each[1].pinned else 0, -each[0][1]))
    return [hint for _, hint in hints]
