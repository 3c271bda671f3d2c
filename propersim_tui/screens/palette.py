"""The command palette: Textual's, drawn over the dimmed screen as the other dialogs are."""

from __future__ import annotations

from textual import events
from textual.app import RenderResult
from textual.command import CommandPalette

from propersim_tui.screens.dialog import dimmed


class Palette(CommandPalette):
    """Command palette that shows its input line before its commands.

    Textual's shows nothing but the background until all commands are found.
    """

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.add_class("-ready")

    def render(self) -> RenderResult:  # type: ignore[override]  # Textual draws visuals as well as renderables here
        """Draw the screen below, dimmed."""
        return dimmed(super().render())

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Skip the refresh of all styles: they were applied when the palette was mounted."""
        event.refresh_styles = False
