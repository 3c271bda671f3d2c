"""How long is waited for an endpoint: exponential backoff with full jitter, and what ``Retry-After`` asks for."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """Bounds of trying again.

    Attributes:
        tries: requests at most, the first one counted.
        seconds: in all, waiting included; a wait that would end later is not begun.
        base: seconds; before the nth try again, between 0 and ``base * 2**(n-1)`` are waited.
        longest: bound of one such wait in seconds. What ``Retry-After`` asks for is bounded by ``seconds`` alone.
    """

    tries: int = 6
    seconds: float = 180.0
    base: float = 1.0
    longest: float = 30.0

    def wait(self, again: int, asked: float | None, gone: float, jitter: random.Random) -> float | None:
        """Return the seconds to wait before trying again, or None to give up.

        Args:
            again: which time it would be tried again, from 1.
            asked: seconds that the endpoint asked to wait; None where it did not say.
            gone: seconds since the first try.
            jitter: where chance comes from.
        """
        if again >= self.tries:
            return None
        drawn = jitter.uniform(0.0, min(self.longest, self.base * 2.0 ** min(again - 1, 60)))
        # Never earlier than asked for; a little later, so that all who were told the same do not come at once.
        wait = drawn if asked is None else asked + min(drawn, 1.0)
        return wait if gone + wait <= self.seconds else None


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for: a number, or an HTTP date; None where it says neither.

    Args:
        value: the header's.
        now: seconds since the epoch.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        pass
    else:
        return max(0.0, seconds) if math.isfinite(seconds) else None
    try:
        when = parsedate_to_datetime(value)
        # A date without a zone is one of GMT (RFC 9110, 5.6.7).
        return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
