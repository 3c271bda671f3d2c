"""Regions that can be reached, and taken away as text, picture or table."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar

from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.widget import Widget

from propersim.core.clock import format_time
from propersim_tui.controllers.base import Ability
from propersim_tui.messages import TakeThis
from propersim_tui.render.export import Export, exports, file_stem, forms, free_name, write_new
from propersim_tui.screens.export import ExportScreen
from propersim_tui.widgets.assistant import AssistantFeed

REGIONS = ("home", "doing", "now", "training", "assistant", "scores", "days", "today")
"""Ids of the regions, from the left above to the right below."""


class Takes(Ability):
    """Copies and saves regions. The arrow keys scroll the feed, whichever region has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "feed(-1)", "up", show=False),
        Binding("down", "feed(1)", "down", show=False),
        Binding("pageup", "feed_page(-1)", "page up", show=False),
        Binding("pagedown", "feed_page(1)", "page down", show=False),
    ]

    def on_laid_out(self) -> None:
        """Give the feed the focus, as what one reads most."""
        self.screen_stack[0].query_one(AssistantFeed).focus()

    def action_feed(self, by: int) -> None:
        """Scroll the feed by lines."""
        self.screen_stack[0].query_one(AssistantFeed).action_scroll(by)

    def action_feed_page(self, by: int) -> None:
        """Scroll the feed by the height of its view."""
        self.screen_stack[0].query_one(AssistantFeed).action_page(by)

    def regions(self) -> list[Widget]:
        """Return the regions that are to be seen."""
        screen = self.screen_stack[0]
        found = (screen.query_one(f"#{name}") for name in REGIONS)
        return [
            each
            for each in found
            if each.region.area and all(parent.display for parent in each.ancestors_with_self if isinstance(parent, Widget))
        ]

    def region_in_hand(self) -> Widget | None:
        """Return the region that has the focus, or the first that is to be seen where none of them has it."""
        seen = self.regions()
        focused = self.screen_stack[0].focused
        return focused if focused in seen else next(iter(seen), None)

    def action_take(self, name: str = "") -> None:
        """Ask how a region is to be taken: one by its id, or the one that has the focus."""
        try:
            region = self.screen_stack[0].query_one(f"#{name}") if name else self.region_in_hand()
        except NoMatches:
            region = None
        if region is None or region not in self.regions():
            self._toast("That is not to be seen at this size of the screen" if name else "There is nothing to take", warn=True)
            return
        self._offer(region, exports(region, self.frame, self.status))

    def on_take_this(self, message: TakeThis) -> None:
        """Ask how a part of another screen is to be taken."""
        self._offer(message.region, forms(message.region, message.figures))

    def _offer(self, region: Widget, found: list[Export]) -> None:
        """Ask in which of its forms a region is to be taken."""
        step = self.frame.step if self.frame else None
        when = f"day{step.day}-{format_time(step.minute).replace(':', '')}" if step else ""
        stem = file_stem("propersim", self.source.about.run_id, region.id or "", when)
        self.push_screen(
            ExportScreen(
                str(region.border_title or region.id),
                found,
                name=lambda suffix: free_name(Path(), stem, suffix),
                copy=self.copy_to_clipboard,
                write=self._write,
            ),
            lambda done: self._toast(done) if done else None,
        )

    def _write(self, name: str, content: str) -> str:
        """Save a file, and return where; in a browser it goes to whoever watches, never to the disk of whoever serves.

        Raises:
            ValueError: it cannot be saved; says why.
        """
        if self.is_web:
            self.deliver_text(io.StringIO(content), save_filename=Path(name).name, open_method="download")
            return Path(name).name
        path = Path(name)
        try:
            # Asked in here: the folder that one is in may be gone, and a home may be nobody's.
            path = path.expanduser().absolute()
            write_new(path, content)
        except FileExistsError as error:
            raise ValueError(f"{path} is there already, and is not written over") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error
        return str(path)

    def take_commands(self, do: Callable[[str], Callable[[], None]]) -> Iterable[SystemCommand]:
        """Return a command of the palette for each region; ``do`` makes what runs an action."""
        for name in REGIONS:
            yield SystemCommand(f"Take {name}", f"Copy or save the region {name}: text, picture or figures", do(f"take('{name}')"))
