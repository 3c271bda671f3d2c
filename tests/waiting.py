"""Wait for a condition with a deadline: the only place in the tests that sleeps."""

import asyncio
import select
import time

PAUSE = 0.01
"""Seconds between two checks of a condition."""
PATIENCE = 60.0
"""Seconds until a condition that does not come true fails the test."""


def wait_for(condition, what="the condition", *, seconds=PATIENCE, process=None):
    """Return the first true value of a function.

    Args:
        condition: function without arguments, called until its value is true.
        what: names the condition where it does not come true; a function is called for the text.
        seconds: longest wait.
        process: fail at once where this subprocess ends.
    """
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        problem = f"{what() if callable(what) else what} did not come true"
        if process is not None and process.poll() is not None:
            raise AssertionError(f"{problem}; the process ended: {process.communicate()}")
        assert time.monotonic() < deadline, problem
        time.sleep(PAUSE)
    return value


async def wait_for_async(condition, what="the condition", *, seconds=PATIENCE):
    """Return the first true value of a coroutine function; see :func:`wait_for` for the arguments."""
    deadline = time.monotonic() + seconds
    while not (value := await condition()):
        assert time.monotonic() < deadline, f"{what() if callable(what) else what} did not come true"
        await asyncio.sleep(PAUSE)
    return value


def wait_for_output(child, seconds):
    """Wait until a child process has written to its socket or closed it, at most this many seconds."""
    link = child._socket
    select.select([link] if link is not None else [], [], [], seconds)
