"""Let Ctrl-C end the command line quietly while it starts and while it ends.

Importing the commands takes a third of a second, in which an interrupt would be a traceback. While a command runs, an interrupt is a
KeyboardInterrupt, so that files are closed and the terminal is restored. Other signals keep what the system does for them: the process
ends, and a shell shows 143 for SIGTERM and 129 for SIGHUP.

This module and what it imports are imported before everything else.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from propersim.core.errors import EXIT_INTERRUPTED


def leave_quietly() -> None:
    """Let Ctrl-C end the process at once, with one word and exit code 130.

    An interrupt that is ignored, as in the background of a shell, stays ignored. To be called in the main thread.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def interrupt_commands() -> bool:
    """Let Ctrl-C raise KeyboardInterrupt again, and return whether that was changed.

    Does nothing where :func:`leave_quietly` was not called: the program that calls the command line has its own way.
    """
    if signal.getsignal(signal.SIGINT) is not _leave:
        return False
    signal.signal(signal.SIGINT, signal.default_int_handler)
    return True


def _leave(number: int, frame: FrameType | None) -> None:
    try:
        os.write(2, b"interrupted\n")
    finally:
        # No clean-up: nothing is open yet, or everything is closed already.
        os._exit(EXIT_INTERRUPTED)
