"""Showing a screen again that was open before: it is kept, as making one and drawing it for the first time takes most of a key's time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from textual.screen import Screen

from propersim_tui.abilities.base import Ability
from propersim_tui.screens.kept import Kept

Kind = TypeVar("Kind", bound=Screen[Any])


class Reopens(Ability):
    """Keeps one screen of a kind, until another run or another theme is shown."""

    def _keep_none(self) -> None:
        self._outdated: set[str] = set()

    def kept(self, kind: type[Kind], make: Callable[[], Kind]) -> tuple[Kind, bool]:
        """Return the screen of a kind, made where there is none yet, and whether it was open before."""
        name = kind.__name__
        if self.is_screen_installed(name):
            found = self.get_screen(name)
            assert isinstance(found, kind)
            if name not in self._outdated or found in self.screen_stack:
                return found, True
            self._outdated.discard(name)
            self.uninstall_screen(name)
            self.call_later(found.remove)
        screen = make()
        self.install_screen(screen, name)
        return screen, False

    def forget_kept(self) -> None:
        """Make all of them anew when they are next to be shown; one that is shown now stays until it is closed."""
        self._outdated = set(self._installed_screens)

    def show_kept(self, kind: type[Kind], make: Callable[[], Kind]) -> None:
        """Show the screen of a kind over the others."""
        screen, before = self.kept(kind, make)
        if screen in self.screen_stack:
            return
        self.push_screen(screen)
        if before and isinstance(screen, Kept):
            screen.reopened()
