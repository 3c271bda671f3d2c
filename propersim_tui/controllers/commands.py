"""What can be done on the screen that is shown: its own actions, and those of the app that it lets through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from textual.app import SystemCommand
from textual.dom import DOMNode
from textual.screen import Screen

from propersim_tui.config.actions import ACTS, WHERE, Act
from propersim_tui.controllers.export import Takes
from propersim_tui.controllers.screen_cache import Reopens
from propersim_tui.controllers.settings import Keeps
from propersim_tui.screens.help import HelpScreen
from propersim_tui.screens.keys import KeysScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.screens.moment import MomentScreen

ALWAYS = ("shoot", "leave")
"""Actions of the app that the palette has on every screen; a modal one keeps their keys to itself."""


@runtime_checkable
class Acting(Protocol):
    """A screen with actions of its own; it has a method ``action_…`` for each.

    Attributes:
        ACTS: the actions.
        HEADING: the screen's name.
    """

    ACTS: Sequence[Act]
    HEADING: str


class Offers(Takes, Keeps, Reopens):
    """Offers what can be done, in footer, help and palette."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer an action of the app only on the screens on which it can be done."""
        return self._lets(self.screen, action)

    @staticmethod
    def _lets(screen: Screen[Any], action: str) -> bool:
        """Whether an action of the app can be done while a screen is shown."""
        where = WHERE.get(action, "anywhere")
        if where == "live":
            return isinstance(screen, LiveScreen)
        return where == "anywhere" or isinstance(screen, MomentScreen)

    def acts_on(self, screen: Screen[Any]) -> list[tuple[Act, DOMNode]]:
        """Return what can be done on a screen, and who does it: its own actions first, then the app's whose keys it lets through."""
        own = screen.ACTS if isinstance(screen, Acting) else ()
        found: list[tuple[Act, DOMNode]] = [(act, screen) for act in own if screen.check_action(act.name, ()) is not False]
        if not screen.is_modal:
            taken = {key for act in own for key in act.keys.split(",")}
            found += [(act, self) for act in ACTS if not taken.issuperset(act.keys.split(",")) and self._lets(screen, act.name)]
        return found

    def action_help(self) -> None:
        """Show all keys of the screen that is shown."""
        screen = self.screen
        if isinstance(screen, Acting):
            self.push_screen(KeysScreen(screen.HEADING, [act for act, _ in self.acts_on(screen)], self._keymap))
        else:
            self.show_kept(HelpScreen)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Fill the command palette: themes, and what can be done on the screen from which it was opened."""
        yield SystemCommand("Theme", "Change colours", self.action_change_theme)
        offered = self.acts_on(screen)
        there = {act.id for act, _ in offered}
        offered += [(act, self) for act in ACTS if act.id in ALWAYS and act.id not in there]
        for act, doer in offered:
            yield SystemCommand(act.label.capitalize(), f"{act.tip} ({act.keycap})", self._doing(act.action, doer))
        if isinstance(screen, LiveScreen):
            yield from self.take_commands(self._doing)
            yield from self.own_commands(self._doing)

    def _doing(self, action: str, doer: DOMNode | None = None) -> Callable[[], None]:
        def do() -> None:
            self.call_later(self.run_action, action, doer or self)

        return do
