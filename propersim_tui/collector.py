"""When garbage is collected: between keys. Left to itself the collector begins in the middle of one, and may take 100 ms."""

from __future__ import annotations

import gc

YOUNG = 5_000
"""New objects from which on it is worth while; to go through them takes 2 ms."""
OFTEN = 8
"""How many collections of a generation there are before one of the next."""
DONE = 0.1
"""Seconds after a key by which its effect is seen."""
PAUSE = 0.5
"""Seconds without a key, after which a person is likely to be looking."""
REST = 3.0
"""Seconds without a key, after which it may take its time."""
LONG = 20
"""How many times as much as usual it is let grow where keys never cease."""


def keep() -> None:
    """Never look again at what there is by now (modules, stylesheets, the first screen); collect only when :class:`Collector` says so."""
    gc.collect()
    gc.freeze()
    gc.disable()


class Collector:
    """Collects between keys, once :func:`keep` has been called; before, the collector is left to itself."""

    def __init__(self) -> None:
        self._young = self._older = 0

    def idle(self, since_key: float) -> int | None:
        """Collect where it is time to; called several times a second.

        Args:
            since_key: seconds since the last key.

        Returns:
            The oldest generation that was looked at, None where none was.
        """
        new = gc.get_count()[0]
        if gc.isenabled() or new < (YOUNG if since_key >= DONE else YOUNG * LONG):
            return None
        generation = 0
        if self._young >= (OFTEN if since_key >= PAUSE else OFTEN * LONG):
            generation = 2 if since_key >= REST and self._older >= OFTEN else 1
        self._young = self._young + 1 if generation == 0 else 0
        self._older = 0 if generation == 2 else self._older + generation
        gc.collect(generation)
        return generation
