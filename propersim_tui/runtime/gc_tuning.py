"""Garbage collection between keys.

Left to itself, Python collects in the middle of a key and may take 100 ms.
"""

from __future__ import annotations

import gc

MIN_NEW = 5_000
"""New objects from which on a collection is worthwhile; it takes 5 ms."""
MAX_NEW = 100_000
"""New objects from which on a collection cannot wait for the key to be answered."""
YOUNG_PER_OLD = 2
"""Collections per one that also looks at older objects: doing this rarely would make each one long."""
KEY_SECONDS = 0.06
"""Seconds after a key by which its effect has been drawn."""
REST_SECONDS = 10.0
"""Seconds without a key after which a full collection, which takes half a second, may run."""
COLLECTIONS_PER_FULL = 400
"""Collections after which a full one is worthwhile."""


def freeze_gc() -> None:
    """Exclude all present objects from collection, and disable automatic collection.

    Present objects are modules, stylesheets and the first screen. From then on only :class:`IdleCollector` collects.
    """
    gc.collect()
    gc.freeze()
    gc.disable()


class IdleCollector:
    """Collector of garbage between keys.

    It does nothing until :func:`freeze_gc` was called.
    """

    def __init__(self) -> None:
        self._count = 0

    def idle(self, since_key: float) -> int | None:
        """Collect if it is time to; called with every tick.

        Args:
            since_key: seconds since the last key.

        Returns:
            The oldest generation that was collected; None if none was.
        """
        new = gc.get_count()[0]
        if gc.isenabled() or new < (MIN_NEW if since_key >= KEY_SECONDS else MAX_NEW):
            return None
        self._count += 1
        full = self._count >= COLLECTIONS_PER_FULL and since_key >= REST_SECONDS
        generation = 2 if full else 0 if self._count % YOUNG_PER_OLD else 1
        if full:
            self._count = 0
        gc.collect(generation)
        return generation
