"""Going to the nearest step of a kind."""

from __future__ import annotations

from propersim.core.errors import PropersimError
from propersim_tui.controllers.base import Ability
from propersim_tui.data.seeking import WORDS, Sight


class Seeks(Ability):
    """Seeks recommendations, bad ratings and disagreements."""

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
