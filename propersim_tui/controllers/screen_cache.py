"""Showing a screen again that is there already: making one and drawing it for the first time takes most of a key's time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from textual.screen import Screen

from propersim_tui.controllers.base import Ability
from propersim_tui.screens.kept import Kept

Kind = TypeVar("Kind", bound=Screen[Any])
QUIET = 0.4
"""Seconds without a key after which a screen is made that nobody has asked for yet."""
SETTLED = 10
"""Ticks after the first picture before that."""


class Reopens(Ability):
    """Keeps one screen of a kind, until another run or another theme is shown; makes them beforehand when there is nothing else to do."""

    def _keep_none(self) -> None:
        self._outdated: set[str] = set()
        self._since = 0

    def _makers(self) -> Mapping[type[Screen[Any]], Callable[[], Screen[Any]]]:
        """Return what makes the screens that are kept, those that are opened most first."""
        raise NotImplementedError

    def kept(self, kind: type[Kind]) -> Kind:
        """Return the screen of a kind, made where there is none yet."""
        name = kind.__name__
        if self.is_screen_installed(name):
            found = self.get_screen(name)
            assert isinstance(found, kind)
            if name not in self._outdated or found in self.screen_stack:
                return found
            self._outdated.discard(name)
            self.uninstall_screen(name)
            self.call_later(found.remove)
        screen = self._makers()[kind]()
        assert isinstance(screen, kind)
        self.install_screen(screen, name)
        return screen

    def forget_kept(self) -> None:
        """Make all of them anew when they are next to be shown; one that is shown now stays until it is closed."""
        self._outdated = set(self._installed_screens)
        self._since = 0

    def show_kept(self, kind: type[Screen[Any]]) -> None:
        """Show the screen of a kind over the others."""
        screen = self.kept(kind)
        if screen not in self.screen_stack:
            self.push_screen(screen)
            self.open_kept(screen)

    @staticmethod
    def open_kept(screen: Screen[Any]) -> None:
        """Tell a screen that was just put on the others to begin; one that is still being made begins when it is."""
        if isinstance(screen, Kept) and screen.is_mounted:
            screen.opened()

    def make_ready(self, since_key: float) -> None:
        """Make a screen that is not there yet, one at a time; called several times a second.

        Args:
            since_key: seconds since the last key.
        """
        self._since += 1
        if self.is_headless or self._since < SETTLED or since_key < QUIET or len(self.screen_stack) > 1:
            return
        for kind in self._makers():
            if not self.is_screen_installed(kind.__name__) or kind.__name__ in self._outdated:
                self._get_screen(self.kept(kind))
                return
