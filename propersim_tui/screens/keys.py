"""All keys of one screen, from its list of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from propersim_tui.actions import Act
from propersim_tui.keymap import keycap
from propersim_tui.look import fit


def keys_text(acts: Sequence[Act], keymap: Mapping[str, str] | None = None) -> Content:
    """Return the keys by section, in the order of the list; ``keymap`` has the keys of actions that have other ones than by default."""
    sections: dict[str, list[Act]] = {}
    for act in acts:
        sections.setdefault(act.section, []).append(act)
    parts: list[str | tuple[str, str]] = []
    for section, under in sections.items():
        parts.append((f"{section}\n", "bold $primary"))
        for act in under:
            parts += [("  " + fit(keycap(act, keymap or {}), 8), "bold $mark"), f"{act.tip}\n"]
    parts += [("  " + fit("ctrl+p", 8), "bold $mark"), "Command palette: all of this, and themes"]
    return Content.assemble(*parts)


class KeysScreen(ModalScreen[None]):
    """A window with the keys; any of its own closes it.

    Args:
        heading: the screen's name.
        acts: what can be done there.
        keymap: keys of actions that have other ones than by default.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter,space", "dismiss", "close", show=False)]
    DEFAULT_CSS = """
    KeysScreen { align: center middle; }
    KeysScreen > VerticalScroll {
        width: 78; max-width: 100%; height: auto; max-height: 100%;
        border: round $mark; border-title-color: $mark; border-subtitle-color: $muted;
        background: $surface; padding: 0 1; scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, heading: str, acts: Sequence[Act], keymap: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self._own_keys = keymap
        self._heading = heading
        self._acts = acts

    def compose(self) -> ComposeResult:
        """Lay out the window."""
        with VerticalScroll() as box:
            box.border_title = f"Keys · {self._heading}"
            box.border_subtitle = "Escape closes"
            yield Static(keys_text(self._acts, self._own_keys), markup=False)

    def on_mount(self) -> None:
        """Let the arrow keys scroll it."""
        self.query_one(VerticalScroll).focus()
