"""Ask for a format in which to export a region, and whether to copy or to save it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from propersim.core.text import clean
from propersim_tui.render.export import Export
from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.safe_input import SafeInput

LEAST_WIDTH = 56
"""Fewest cells of the window."""
AROUND_NAME = 12
"""Cells of the window beside the file name: two frames, their padding, the cursor, and digits that make the name unused."""


class ExportScreen(Dialog[str | None]):
    """List of formats and a file name; returns a message about what was exported, or None.

    Args:
        title: title of the region.
        formats: the region in each available format.
        name: returns an unused file name with a given suffix.
        copy: copies text to the clipboard.
        write: saves (file name, content) and returns the path in words; raises ValueError with the reason if it cannot.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel")]
    DEFAULT_CSS = """
    ExportScreen OptionList { height: auto; max-height: 8; border: none; background: $surface; padding: 0; }
    ExportScreen OptionList:focus { border: none; }
    """

    def __init__(
        self,
        title: str,
        formats: Sequence[Export],
        *,
        name: Callable[[str], str],
        copy: Callable[[str], None],
        write: Callable[[str, str], str],
    ) -> None:
        super().__init__()
        self._title = title
        self._formats = formats
        self._name_of = name
        self._copy = copy
        self._write = write
        self._offered = name(formats[0].suffix)

    def compose(self) -> ComposeResult:
        """Lay out the list and the file name."""
        with Vertical() as box:
            # As wide as the file name, which is read whole before it is saved.
            longest = max(cell_len(self._name_of(each.suffix)) for each in self._formats)
            box.styles.width = max(LEAST_WIDTH, longest + AROUND_NAME)
            box.border_title = Content(f"Export {clean(self._title, 30)}")
            yield OptionList(
                *(Option(f"Copy as {each.form}", id=f"copy-{number}") for number, each in enumerate(self._formats)),
                *(Option(f"Save as {each.form}", id=f"save-{number}") for number, each in enumerate(self._formats)),
                markup=False,
            )
            yield SafeInput(self._offered, max_length=200, id="name")
            yield Label("", id="wrong", markup=False)
            yield Label("Enter: export · Tab: file name · Esc: cancel", id="how", markup=False)

    def _chosen(self) -> tuple[bool, Export]:
        """Return whether the highlighted line saves (or copies), and its format."""
        lit = self.query_one(OptionList).highlighted or 0
        return lit >= len(self._formats), self._formats[lit % len(self._formats)]

    def on_option_list_option_highlighted(self) -> None:
        """Suggest a file name with the right suffix unless the person has edited it."""
        name = self.query_one(Input)
        if name.value == self._offered:
            self._offered = name.value = self._name_of(self._chosen()[1].suffix)

    def on_option_list_option_selected(self) -> None:
        """Copy or save in the chosen format."""
        save, export = self._chosen()
        if save:
            self._save(export)
        else:
            self._copy(export.content)
            self.dismiss(f"Copied {self._title} as {export.form}, {len(export.content)} characters")

    def on_input_submitted(self) -> None:
        """Save in the highlighted format."""
        self._save(self._chosen()[1])

    def on_input_changed(self) -> None:
        """Clear the error about the previous file name."""
        self.query_one("#wrong", Label).update("")

    def _save(self, export: Export) -> None:
        name = self.query_one(Input).value.strip()
        try:
            if not name:
                raise ValueError("Enter a file name")
            self.dismiss(f"Saved {self._write(name, export.content)}")
        except ValueError as error:
            self.query_one("#wrong", Label).update(clean(str(error), 200))

    def action_cancel(self) -> None:
        """Close without exporting."""
        self.dismiss(None)
