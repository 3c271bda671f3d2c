"""Wait for what a child process does, instead of sleeping."""

import select


def wait_for_output(child, seconds):
    """Wait until a child process has written to its socket or closed it, at most this many seconds."""
    link = child._socket
    select.select([link] if link is not None else [], [], [], seconds)
