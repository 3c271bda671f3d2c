"""Copying and saving the regions of a screen as text, picture or CSV."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.css.query import NoMatches
from textual.widget import Widget

from propersim.core.clock import format_time
from propersim_tui.config.actions import ACTS
from propersim_tui.config.settings import REGION_NAMES, REGIONS
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.palette import PaletteCommand
from propersim_tui.controllers.run_view import RunView
from propersim_tui.messages import ExportRegion
from propersim_tui.render.export import Export, file_stem, free_name, region_exports, widget_exports, write_new
from propersim_tui.screens.export import ExportScreen

SYNONYMS = next(act.synonyms for act in ACTS if act.id == "export")


class ExportController:
    """Exports regions, and saves files for the user.

    Args:
        app: the app, for its screens and clipboard.
        view: the run that is shown.
        notifier: says what was done.
    """

    def __init__(self, app: App[Any], view: RunView, notifier: Notifier) -> None:
        self._app = app
        self._view = view
        self._notifier = notifier

    def regions(self) -> list[Widget]:
        """Return the regions of the live screen that are visible."""
        screen = self._app.screen_stack[0]
        widgets = (screen.query_one(f"#{name}") for name in REGIONS)
        return [
            each
            for each in widgets
            if each.region.area
            and (each.is_maximized or all(parent.display for parent in each.ancestors_with_self if isinstance(parent, Widget)))
        ]

    def focused_region(self) -> Widget | None:
        """Return the region that has the focus, else the first visible one."""
        visible = self.regions()
        focused = self._app.screen_stack[0].focused
        return focused if focused in visible else next(iter(visible), None)

    def export_region(self, name: str = "") -> None:
        """Ask how to export a region of the live screen: one by its id, or the focused one."""
        try:
            region = self._app.screen_stack[0].query_one(f"#{name}") if name else self.focused_region()
        except NoMatches:
            region = None
        if region is None or region not in self.regions():
            self._notifier.toast("This region is not visible at this screen size" if name else "There is nothing to export", warn=True)
            return
        self._ask(region, region_exports(region, self._view.frame, self._view.status))

    def export_part(self, message: ExportRegion) -> None:
        """Ask how to export a part of another screen."""
        self._ask(message.region, widget_exports(message.region, message.figures))

    def _ask(self, region: Widget, options: list[Export]) -> None:
        """Open the window with the forms in which a region can be copied or saved."""
        stem = self.file_stem(region.id or "")
        self._app.push_screen(
            ExportScreen(
                str(region.border_title or region.id),
                options,
                name=lambda suffix: free_name(Path(), stem, suffix),
                copy=self._app.copy_to_clipboard,
                write=self.write,
            ),
            lambda done: self._notifier.toast(done) if done else None,
        )

    def file_stem(self, part: str = "") -> str:
        """Return a file name without suffix for an export.

        It names the run, a part of the screen, and the shown time.
        """
        step = self._view.frame.step if self._view.frame else None
        when = f"day{step.day}-{format_time(step.minute).replace(':', '')}" if step else ""
        return file_stem("propersim", self._view.source.about.run_id, part, when)

    def save_screenshot(self) -> None:
        """Save a picture of the screen in the current folder."""
        try:
            self._notifier.toast(f"Saved {self.write(free_name(Path(), self.file_stem(), 'svg'), self._app.export_screenshot())}")
        except ValueError as error:
            self._notifier.toast(str(error), warn=True)

    def write(self, name: str, content: str) -> str:
        """Save a file and return its path.

        In a browser, the file is offered to the viewer as a download instead.

        Args:
            name: the file's name or path.
            content: its text.

        Raises:
            ValueError: the file exists, or cannot be written.
        """
        if self._app.is_web:
            self._app.deliver_text(io.StringIO(content), save_filename=Path(name).name, open_method="download")
            return Path(name).name
        path = Path(name)
        try:
            # Both fail where the current folder was deleted or there is no home folder.
            path = path.expanduser().absolute()
            write_new(path, content)
        except FileExistsError as error:
            raise ValueError(f"{path} exists already and is not overwritten") from error
        except (OSError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}") from error
        return str(path)

    def commands(self, make: Callable[[str], Callable[[], None]]) -> Iterable[PaletteCommand]:
        """Yield a palette command for each region; ``make`` returns a callable that runs an action."""
        for name, title in REGION_NAMES.items():
            tip = f"Copy or save the region {title} as text, picture or CSV"
            yield PaletteCommand(f"Export {title}", tip, make(f"export('{name}')"), SYNONYMS)
