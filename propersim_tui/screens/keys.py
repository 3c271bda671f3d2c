"""Dialog with all keys of one screen, from its list of actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from propersim_tui.config.actions import Act
from propersim_tui.config.keymap import keycap
from propersim_tui.render.format import fit
from propersim_tui.screens.text_dialog import TextDialog


def keys_text(acts: Sequence[Act], keymap: Mapping[str, str] | None = None) -> Content:
    """Return the keys by section, in the order of the list.

    Args:
        acts: the actions of the screen.
        keymap: changed keys by action id.
    """
    sections: dict[str, list[Act]] = {}
    for act in acts:
        sections.setdefault(act.section, []).append(act)
    parts: list[str | tuple[str, str]] = []
    for section, under in sections.items():
        parts.append((f"{section}\n", "bold $primary"))
        for act in under:
            parts += [("  " + fit(keycap(act, keymap or {}), 10), "bold $mark"), f"{act.tip}\n"]
    parts += [("  " + fit("ctrl+p", 10), "bold $mark"), "Command palette: all actions, and themes"]
    return Content.assemble(*parts)


class KeysScreen(TextDialog):
    """Dialog with the keys of a screen.

    Args:
        heading: the screen's name.
        acts: the actions of the screen.
        keymap: changed keys by action id.
    """

    def __init__(self, heading: str, acts: Sequence[Act], keymap: Mapping[str, str] | None = None) -> None:
        super().__init__(f"Keys · {heading}", keys_text(acts, keymap))
