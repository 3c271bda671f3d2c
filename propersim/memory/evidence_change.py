"""Tell from a day's ratings whether the user has changed.

If so, older ratings no longer count.

Each part of the evidence is compared with what was rated on earlier days: times, gaps, topics and tones. While a user stays the same, few
ratings contradict the earlier ones; where a user has changed, a third to all of them do.
"""

from __future__ import annotations

from typing import Final

from propersim.memory.evidence_tables import Tally

LEAST: Final = 4
"""Fewest earlier ratings that say what to expect."""
SURE: Final = 0.85
"""Share of the earlier ratings that must agree, so that they say what to expect."""
USUAL: Final = 100
"""Fewest comparisons of earlier days by which it is known how often ratings contradict each other while the user stays the same."""
PRIOR: Final = (5, 100)
"""Contradictions, and comparisons, that are assumed before the first day."""


class ChangeCheck:
    """Counts the ratings of a day that contradict those of earlier days.

    Args:
        enough: fewest comparisons of a day by which a change is told; with fewer the earlier ratings go on to count.
        margin: how much larger the share of contradictions must be than on the days before, 0–1.
    """

    def __init__(self, enough: int, margin: float) -> None:
        self._enough, self._margin = enough, margin
        self._contradictions, self._compared = PRIOR
        self._today = [0, 0]

    def compare(self, earlier: Tally, rating: bool, least: int = LEAST) -> None:
        """Compare a rating with what the earlier ones let expect.

        It has no effect where they say nothing clear.

        Args:
            earlier: ratings of earlier days in the same situation.
            rating: the new rating.
            least: fewest earlier ratings that say what to expect.
        """
        if earlier.total < least or 1 - SURE < earlier.yes / earlier.total < SURE:
            return
        self._today[0] += (2 * earlier.yes > earlier.total) != rating
        self._today[1] += 1

    def end_day(self) -> bool:
        """Return whether the user has changed on the day that ends, and begin the next one."""
        (contradictions, compared), self._today = self._today, [0, 0]
        usual = self._contradictions / self._compared
        known = self._compared - PRIOR[1] >= USUAL and compared >= self._enough
        if known and contradictions / compared > usual + self._margin:
            # A day of change says nothing about how often ratings contradict each other otherwise.
            return True
        self._contradictions += contradictions
        self._compared += compared
        return False
