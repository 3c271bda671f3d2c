"""What the app can do besides playing a run, apart from how it is laid out and driven: the base class of the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from propersim.errors import PropersimError
from propersim_tui.seeking import WORDS, Sight

if TYPE_CHECKING:
    from propersim_tui.playback import Playback


class Abilities(App[int]):
    """Seeks in time. A subclass has the run, and shows it."""

    if TYPE_CHECKING:
        playback: Playback

        def _show(self) -> None: ...

        def _tell(self, error: PropersimError) -> None: ...

        def _toast(self, text: str, *, warn: bool = False) -> None: ...

    def action_seek(self, sight: Sight, by: int) -> None:
        """Show the nearest step of a kind, on any day; say so where there is none."""
        try:
            found = self.playback.seek(sight, by)
        except PropersimError as error:
            self._tell(error)
            return
        if found:
            self._show()
        else:
            self._toast(f"There is no {'further' if by > 0 else 'earlier'} {WORDS[sight]}", warn=True)
