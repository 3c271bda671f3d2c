"""Removal of invisible characters from pasted text.

It applies to every input line, Textual's own command palette included.
"""

from __future__ import annotations

from textual import events

from propersim.core.text import printable


def filter_paste(event: events.Event) -> None:
    """Remove control and direction characters from pasted text.

    A web page may hide some in what is copied from it. Events of other kinds, and pastes that a widget passes on, are left as they
    are.
    """
    if isinstance(event, events.Paste) and not event.is_forwarded:
        event.text = "\n".join(printable(line) for line in event.text.splitlines())
