"""The actions available on the shown screen.

They are the screen's own, and those of the app that it lets through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from textual.app import App
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.screen import Screen
from textual.theme import ThemeProvider

from propersim_tui.config.actions import ACTION_SCOPES, ACTS, ScreenAction
from propersim_tui.controllers.export import ExportController
from propersim_tui.controllers.jump import JumpController
from propersim_tui.controllers.palette import PaletteCommand
from propersim_tui.controllers.screen_cache import ScreenCache
from propersim_tui.controllers.settings import SettingsController
from propersim_tui.screens.frame_screen import FrameScreen
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.palette import Palette

ALWAYS = ("screenshot", "quit")
"""Ids of app actions that the palette has on every screen; modal screens do not pass on their keys."""

THEME_SYNONYMS = ("colours", "colors", "dark", "light", "appearance", "contrast")


@runtime_checkable
class HasActions(Protocol):
    """A screen with actions of its own, each with a method ``action_<id>``.

    Attributes:
        ACTS: the actions.
        HEADING: the screen's name.
    """

    ACTS: Sequence[ScreenAction]
    HEADING: str


class CommandController:
    """Lists the available actions for footer, help and command palette.

    Args:
        app: the app that runs them.
        screens: shows the help screen.
        export: adds a command for each region.
        jump: adds a command for each region.
        settings: adds commands for the layout.
    """

    def __init__(
        self, app: App[Any], screens: ScreenCache, export: ExportController, jump: JumpController, settings: SettingsController
    ) -> None:
        self._app = app
        self._screens = screens
        self._export = export
        self._jump = jump
        self._settings = settings

    @staticmethod
    def allowed(screen: Screen[Any], action: str) -> bool:
        """Return whether an app action is available while a screen is shown.

        Args:
            screen: the screen.
            action: the action's name, without arguments.
        """
        where = ACTION_SCOPES.get(action, "anywhere")
        if where == "live":
            return isinstance(screen, LiveScreen)
        return where == "anywhere" or isinstance(screen, FrameScreen)

    def available(self, screen: Screen[Any]) -> list[tuple[ScreenAction, DOMNode]]:
        """Return the actions available on a screen, each with the node that runs it.

        The screen's own come first, then the app's that keep a key.
        """
        own = screen.ACTS if isinstance(screen, HasActions) else ()
        actions: list[tuple[ScreenAction, DOMNode]] = [(act, screen) for act in own if screen.check_action(act.name, ()) is not False]
        if not screen.is_modal:
            taken = {key for act in own for key in act.keys.split(",")}
            actions += [(act, self._app) for act in ACTS if not taken.issuperset(act.keys.split(",")) and self.allowed(screen, act.name)]
        return actions

    def show_help(self) -> None:
        """Show the keys of the shown screen; on the live screen, the whole help."""
        screen = self._app.screen
        if isinstance(screen, HasActions):
            acts = [act for act, _ in self.available(screen)]
            self._app.push_screen(KeysScreen(screen.HEADING, acts, self._settings.keymap))
        else:
            self._screens.show(HelpScreen)

    def open_palette(self) -> None:
        """Open the palette, unless it is open."""
        if not CommandPalette.is_open(self._app):
            self._app.push_screen(Palette(id="--command-palette"))

    def choose_theme(self) -> None:
        """Open a palette with all themes."""
        self._app.push_screen(Palette(providers=[ThemeProvider], placeholder="Search for themes…"))

    def palette(self, screen: Screen[Any]) -> Iterable[PaletteCommand]:
        """Yield the commands of the palette that is opened on a screen."""
        yield PaletteCommand("Theme", "Change the colours", self.choose_theme, THEME_SYNONYMS)
        actions = self.available(screen)
        ids = {act.id for act, _ in actions}
        actions += [(act, self._app) for act in ACTS if act.id in ALWAYS and act.id not in ids]
        for act, node in actions:
            yield PaletteCommand(act.label.capitalize(), f"{act.tip} ({act.keycap})", self._runner(act.action, node), act.synonyms)
        if isinstance(screen, LiveScreen):
            yield from self._export.commands(self._runner)
            yield from self._jump.commands(self._runner)
            yield from self._settings.commands(self._runner)

    def _runner(self, action: str, node: DOMNode | None = None) -> Callable[[], None]:
        def run() -> None:
            self._app.call_later(self._app.run_action, action, node or self._app)

        return run
