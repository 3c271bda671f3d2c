"""Retries of failed requests, by tenacity.

They wait by exponential backoff with jitter, and at least as long as the ``Retry-After`` header asks.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from propersim.llm_client.transport_error import TransportError

if TYPE_CHECKING:
    import tenacity


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of the retries of one request.

    Attributes:
        tries: maximum number of requests, the first one included.
        seconds: total time in seconds, waits included; a wait that would end later is not begun.
        base: seconds; the nth wait is between half of ``base * 2**(n-1)`` and all of it, so that waits grow.
        longest: maximum of such a wait in seconds. A wait that ``Retry-After`` asks for is bounded by ``seconds`` alone.
    """

    tries: int = 6
    seconds: float = 180.0
    base: float = 1.0
    longest: float = 30.0

    def retrying(
        self, sleep: Callable[[float], None], on_retry: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> tenacity.Retrying:
        """Return a controller that repeats a call while it raises temporary transport errors.

        It raises the last error when the bounds are reached, and every other error at once. It serves one call.

        Args:
            sleep: waits that many seconds, or returns earlier where the call was cancelled.
            on_retry: called before each wait.
            clock: returns the time in seconds.
        """
        import tenacity

        # Clients with the same Retry-After must not send their requests at the same moment.
        spread = tenacity.wait_random(0, min(1.0, self.longest))
        enough_tries = tenacity.stop_after_attempt(self.tries)
        began = clock()

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.retry_after if isinstance(error, TransportError) else None
            grown = min(self.longest, self.base * 2 ** (state.attempt_number - 1))
            backoff = tenacity.wait_random(grown / 2, grown)(state)
            # A header that asks for no wait, such as a date in the past, does not undo the backoff.
            return backoff if asked is None else max(backoff, asked + spread(state))

        def stop(state: tenacity.RetryCallState) -> bool:
            # Not tenacity.stop_before_delay, which reads the system's clock: tests pass their own.
            return enough_tries(state) or clock() - began + state.upcoming_sleep > self.seconds

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, TransportError) and error.temporary),
            wait=wait,
            stop=stop,
            before_sleep=lambda _: on_retry(),
            sleep=sleep,
            reraise=True,
        )


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks to wait, or None.

    It is None where the header is absent or malformed.

    Args:
        value: the header: seconds, or an HTTP date.
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
        # A date without a zone is in GMT (RFC 9110, 5.6.7).
        return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
