"""The command palette: Textual's, drawn over the dimmed screen as the other dialogs are."""

from __future__ import annotations

from textual.app import RenderResult
from textual.command import CommandPalette

from propersim_tui.screens.dialog import dimmed


class Palette(CommandPalette):
    """Command palette whose input line stands in its first picture; the commands follow in the next one.

    Textual shows nothing but the background until all commands are found.
    """

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.add_class("-ready")

    def render(self) -> RenderResult:  # type: ignore[override]  # Textual draws visuals as well as renderables here
        """Draw the screen below, dimmed."""
        return dimmed(super().render())
