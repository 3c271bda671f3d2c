"""Search of all recommendations of a run, and of the reasons of their ratings.

Call :func:`read_spoken` in threads, never while drawing; the rest is pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from pathlib import Path

from propersim.core.light_records import SpokenStep
from propersim.core.text import clean
from propersim.store.delete import find_run
from propersim.store.store import Store
from propersim_tui.data.fuzzy import Filter

LONGEST = 400
"""Most characters of a text that are searched, as many as the feed shows."""


def read_spoken(db: Path, run_id: str, start: int = 0) -> list[SpokenStep]:
    """Return what was recommended in a run, from a step on.

    Args:
        db: the database file.
        run_id: the run.
        start: index of the first step.

    Raises:
        PropersimError: the run no longer exists, or cannot be read.
    """
    with Store(db, read_only=True) as store:
        return list(store.spoken(find_run(store, run_id), start))


class FeedIndex:
    """The recommendations of a run, ready to be searched.

    Attributes:
        upto: index of the first step that is not known.
    """

    def __init__(self) -> None:
        self.upto = 0
        self._texts: dict[int, str] = {}
        self.filter = Filter()
        self._found: list[int] = []

    def add(self, steps: Iterable[SpokenStep], upto: int) -> None:
        """Add what was read.

        Args:
            steps: the steps with a recommendation, in order.
            upto: index of the first step that was not read.
        """
        for step in steps:
            texts = (step.text, *step.reasons)
            self._texts[step.index] = "\n".join(clean(text, LONGEST) for text in texts).lower()
        self.upto = max(self.upto, upto)
        self.search(self.filter)

    def search(self, typed: Filter) -> None:
        """Find the steps that match."""
        self.filter = typed
        self._found = sorted(typed.select(self._texts)) if typed else []

    def matches(self, newest: int) -> list[int]:
        """Return the indices of the steps that match, in order.

        Args:
            newest: index of the last step that counts.
        """
        return self._found[: bisect_right(self._found, newest)]

    def next(self, at: int, by: int, newest: int) -> int | None:
        """Return the index of the match to go to; the search goes on at the other end of the run.

        Args:
            at: index of the step that is shown.
            by: 1 for the next match, −1 for the previous one, 0 for this step or else the next match.
            newest: index of the last step that counts.
        """
        found = self.matches(newest)
        if not found:
            return None
        if by < 0:
            return found[bisect_left(found, at) - 1]
        place = bisect_right(found, at) if by else bisect_left(found, at)
        return found[place % len(found)]
