"""The speed of a run on the screen, in steps per second."""

from __future__ import annotations

FASTEST = "max"
"""How full speed is written in files and on the command line."""


def speed_of(value: object) -> float | None:
    """Return a speed in steps a second from a number or its text.

    Full speed, ``max``, is returned as None.

    Raises:
        ValueError: it is neither.
    """
    if value is None or value == FASTEST:
        return None
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else 0.0
    except (ValueError, OverflowError):
        number = 0.0
    if not 0.1 <= number <= 10_000:
        raise ValueError(f"speed is {value!r}, not a number of steps a second (0.1 to 10000) or {FASTEST!r}")
    return number
