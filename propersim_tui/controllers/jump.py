"""Reaching regions, tabs and entries of the feed by a letter."""

from __future__ import annotations

from collections.abc import Sequence

from propersim_tui.config.settings import TABS
from propersim_tui.controllers.export import Takes
from propersim_tui.screens.jump import ENTRY_LETTERS, REGION_LETTERS, Goal, JumpScreen
from propersim_tui.widgets.assistant import AssistantFeed
from propersim_tui.widgets.feed_rows import Row
from propersim_tui.widgets.tab_line import TabLine


class Jumps(Takes):
    """Puts letters on what is to be seen."""

    def goals(self) -> list[Goal]:
        """Return what can be reached, with a letter each: regions, tabs where there are any, entries of the feed where it is seen."""
        screen = self.screen_stack[0]
        found = []
        for region in self.regions():
            # In the border, beside the title; where there is none, at the right, clear of what is said.
            area, letter = region.region, REGION_LETTERS[region.id or ""]
            bordered = bool(region.styles.border_top[0])
            x = area.x + 1 if bordered else area.right - 3
            found.append(Goal(letter, x, area.y, f"reach('{region.id}')"))
        bar = screen.query_one(TabLine)
        if bar.region.area:
            x = bar.region.x
            for number, tab in enumerate(TABS, 1):
                found.append(Goal(str(number), x, bar.region.y, f"tab('{tab}')"))
                x += len(tab) + 5
        feed = screen.query_one(AssistantFeed)
        if feed in self.regions():
            area = feed.content_region
            rows = _first_rows(feed.seen())[::-1]
            found += [
                Goal(letter, area.x, area.y + row, f"reach_step({index})")
                for letter, (row, index) in zip(ENTRY_LETTERS, rows, strict=False)
            ]
        return found

    def action_jump(self) -> None:
        """Show the letters, and go where one leads."""

        def go(action: str | None) -> None:
            if action:
                self.call_later(self.run_action, action)

        self.push_screen(JumpScreen(self.goals()), go)

    def action_reach(self, name: str) -> None:
        """Give a region the focus."""
        self.screen_stack[0].query_one(f"#{name}").focus()

    def action_reach_step(self, index: int) -> None:
        """Show a step."""
        self._look(index)


def _first_rows(seen: Sequence[Row]) -> list[tuple[int, int]]:
    """Return (row, index of step) of the first line of each entry that is seen."""
    return [(row, index) for row, (_, index) in enumerate(seen) if row == 0 or seen[row - 1][1] != index]
