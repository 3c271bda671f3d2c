"""Screens that are kept while hidden, and shown again.

Making a screen and drawing it for the first time takes most of a key's time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from textual.app import App
from textual.screen import Screen

from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.dialog import Dialog

Kind = TypeVar("Kind", bound=Screen[Any])
QUIET_SECONDS = 0.4
"""Seconds without a key after which a screen is made in advance."""
LAYOUTS = 4
"""Most times that a hidden screen is laid out for one size of the terminal."""
SETTLE_TICKS = 10
"""Ticks after the first picture before screens are made in advance."""


class ScreenCache:
    """Cache of one screen of each kind.

    Screens are kept until another run or another theme is shown, and are made in advance when the user pauses.

    Args:
        app: the app in which the screens are installed.
        factories: factory of each kind of screen; those that are opened most often first.
        mount: mounts a screen without showing it, with its classes for the size of the terminal.
        computed: called once while the user pauses, to compute what keys need.
    """

    def __init__(
        self,
        app: App[Any],
        factories: Mapping[type[Screen[Any]], Callable[[], Screen[Any]]],
        mount: Callable[[Screen[Any]], object],
        computed: Sequence[Callable[[], object]] = (),
    ) -> None:
        self._app = app
        self._factories = factories
        self._mount = mount
        self._computed = list(computed)
        self._outdated: set[str] = set()
        self._ticks = 0
        self._layouts: WeakKeyDictionary[Screen[Any], int] = WeakKeyDictionary()

    def get(self, kind: type[Kind]) -> Kind:
        """Return the screen of a kind, making it if there is none or it is outdated and not open."""
        app, name = self._app, kind.__name__
        if app.is_screen_installed(name):
            installed = app.get_screen(name)
            assert isinstance(installed, kind)
            if name not in self._outdated or installed in app.screen_stack:
                return installed
            self._outdated.discard(name)
            app.uninstall_screen(name)
            app.call_later(installed.remove)
        screen = self._factories[kind]()
        assert isinstance(screen, kind)
        app.install_screen(screen, name)
        return screen

    def clear(self) -> None:
        """Drop the kept screens, so that each is made anew when it is next shown.

        One that is open now stays until it is closed.
        """
        self._outdated = {kind.__name__ for kind in self._factories if self._app.is_screen_installed(kind.__name__)}
        self._ticks = 0

    def show(self, kind: type[Screen[Any]]) -> None:
        """Show the screen of a kind over the others, unless it is open already."""
        screen = self.get(kind)
        if screen not in self._app.screen_stack:
            self._app.push_screen(screen)
            self.opened(screen)

    @staticmethod
    def opened(screen: Screen[Any]) -> None:
        """Refresh a kept screen that was just pushed.

        One that is not mounted yet does this itself when it is.
        """
        if isinstance(screen, CachedScreen) and screen.is_mounted:
            screen.opened()

    def prepare(self, since_key: float) -> None:
        """Do one piece of work in advance while the user presses no key; called with every tick.

        A piece is to make a missing screen, to lay out and draw one that was made, or to compute what keys need.

        Args:
            since_key: seconds since the last key.
        """
        self._ticks += 1
        app = self._app
        if app.is_headless or self._ticks < SETTLE_TICKS or since_key < QUIET_SECONDS or len(app.screen_stack) > 1:
            return
        for kind in self._factories:
            if not app.is_screen_installed(kind.__name__) or kind.__name__ in self._outdated:
                self._mount(self.get(kind))
                return
        # Making a screen saves a key the most: all are made before the first one is drawn.
        if any(self._draw(self.get(kind)) for kind in self._factories):
            return
        if self._computed:
            self._computed.pop(0)()

    def _draw(self, screen: Screen[Any]) -> bool:
        """Lay out and draw a hidden screen for the size of the terminal.

        Return False if that was done before. Its widgets keep what they have drawn, and the first picture only adds what has changed since.
        """
        size = self._app.size
        # A dialog is drawn anew over the screen below it.
        if not screen.is_mounted or isinstance(screen, Dialog):
            return False
        if screen.outer_size != size:
            self._layouts[screen] = 0
        elif not screen._layout_required or self._layouts.get(screen, 0) >= LAYOUTS:
            return False
        # Widgets that learn their size in the first layout may need another one.
        self._layouts[screen] = self._layouts.get(screen, 0) + 1
        new = not screen.outer_size
        self._mount(screen)
        screen._refresh_layout(size)
        screen._layout_required = False
        screen._compositor.render_strips()
        if new and isinstance(screen, CachedScreen):
            screen.prepared()
        return True
