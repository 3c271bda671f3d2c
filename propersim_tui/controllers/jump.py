"""Jumping to regions, tabs and entries of the feed by a letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.cells import cell_len
from textual.app import App

from propersim_tui.config.settings import REGION_NAMES, TABS
from propersim_tui.controllers.export import ExportController
from propersim_tui.controllers.palette import PaletteCommand
from propersim_tui.screens.jump import ENTRY_LETTERS, REGION_LETTERS, JumpScreen, JumpTarget
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.feed_rows import FeedRow
from propersim_tui.widgets.tab_line import TabLine

TITLE = 4
"""Cells of a panel's border before and behind its title."""
ENTRY_CELLS = 2
"""Cells of the letter of an entry: those of the border and the padding at the left of the feed."""


class JumpController:
    """Controller for jumps: a letter on everything visible that can be reached.

    The pressed letter leads there.

    Args:
        app: the app, for its screens and actions.
        export: knows which regions are visible.
    """

    def __init__(self, app: App[Any], export: ExportController) -> None:
        self._app = app
        self._export = export

    def goals(self) -> list[JumpTarget]:
        """Return a letter and a place for everything visible that can be reached.

        Places are the visible regions, the tabs, and the visible entries of the feed.
        """
        screen = self._app.screen_stack[0]
        goals = []
        regions = self._export.regions()
        for region in regions:
            # In the border, behind the title; without a border at the right, clear of the text.
            area, letter = region.region, REGION_LETTERS[region.id or ""]
            bordered = bool(region.styles.border_top[0])
            behind = area.x + TITLE + cell_len(str(region.border_title or ""))
            x = min(behind, area.right - 4) if bordered else area.right - 3
            goals.append(JumpTarget(letter, x, area.y, f"focus_region('{region.id}')"))
        tabs = screen.query_one(TabLine)
        if tabs.region.area:
            x = tabs.region.x
            for number, tab in enumerate(TABS, 1):
                goals.append(JumpTarget(str(number), x, tabs.region.y, f"tab('{tab}')"))
                x += len(tab) + 5
        feed = screen.query_one(AssistantFeed)
        if feed in regions:
            area = feed.content_region
            rows = _first_rows(feed.seen())[::-1]
            goals += [
                # On the frame to the left of the entry.
                JumpTarget(letter, area.x - ENTRY_CELLS, area.y + row, f"go_to_step({index})", ENTRY_CELLS)
                for letter, (row, index) in zip(ENTRY_LETTERS, rows, strict=False)
            ]
        return goals

    def open(self) -> None:
        """Show the letters, and run the action of the one that is pressed."""

        def run(action: str | None) -> None:
            if action:
                self._app.call_later(self._app.run_action, action)

        self._app.push_screen(JumpScreen(self.goals()), run)

    def commands(self, make: Callable[[str], Callable[[], None]]) -> Iterable[PaletteCommand]:
        """Yield a palette command for each region; ``make`` returns a callable that runs an action."""
        for name, title in REGION_NAMES.items():
            yield PaletteCommand(
                f"Focus {title}", f"Give the keys to the region {title}", make(f"focus_region('{name}')"), ("jump", "go to")
            )


def _first_rows(rows: Sequence[FeedRow]) -> list[tuple[int, int]]:
    """Return (row, index of step) of the first visible line of each entry."""
    return [(number, index) for number, (_, index) in enumerate(rows) if number == 0 or rows[number - 1][1] != index]
