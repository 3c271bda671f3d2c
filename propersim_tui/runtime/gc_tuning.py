"""When garbage is collected: between keys. Left to itself the collector begins in the middle of one, and may take 100 ms."""

from __future__ import annotations

import gc

YOUNG = 5_000
"""New objects from which on it is worth while; to go through them takes 5 ms."""
MANY = 100_000
"""New objects from which on it cannot wait any longer."""
OFTEN = 2
"""Collections of new objects before one of those that have stayed: rarely would be long."""
DONE = 0.06
"""Seconds after a key by which its effect is seen."""
REST = 10.0
"""Seconds without a key after which it may go through everything, which takes half a second."""
ALL = 400
"""Collections after which that is worth while."""


def keep() -> None:
    """Never look again at what there is by now (modules, stylesheets, the first screen); collect only when :class:`Collector` says so."""
    gc.collect()
    gc.freeze()
    gc.disable()


class Collector:
    """Collects between keys, once :func:`keep` has been called; before, the collector is left to itself."""

    def __init__(self) -> None:
        self._count = 0

    def idle(self, since_key: float) -> int | None:
        """Collect where it is time to; called several times a second.

        Args:
            since_key: seconds since the last key.

        Returns:
            The oldest generation that was looked at, None where none was.
        """
        new = gc.get_count()[0]
        if gc.isenabled() or new < (YOUNG if since_key >= DONE else MANY):
            return None
        self._count += 1
        generation = 2 if self._count >= ALL and since_key >= REST else 0 if self._count % OFTEN else 1
        if generation == 2:
            self._count = 0
        gc.collect(generation)
        return generation
