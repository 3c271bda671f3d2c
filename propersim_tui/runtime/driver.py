"""A terminal driver that answers Escape as soon as its wait is over.

Textual's own takes up to 100 ms longer.
"""

from __future__ import annotations

import contextlib
import os
import selectors
from codecs import getincrementaldecoder
from collections.abc import Iterable

from textual._parser import ParseError
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

MAX_WAIT = 0.1
"""Seconds between two checks whether the app has ended."""
READ_BYTES = 4096


class TerminalDriver(LinuxDriver):
    """Textual's terminal driver, with a wait that ends when an Escape is due."""

    def run_input_thread(self) -> None:
        """Read keys, mouse events and terminal responses until the app ends."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self.fileno, selectors.EVENT_READ)
            except PermissionError:
                # Input from a file cannot be waited for; Textual's own loop reads it.
                return super().run_input_thread()
            while not self.exit_event.is_set():
                # Wait no longer than until a lone Escape byte counts as the key; Textual checks every 100 ms.
                due = parser._timeout_time
                if selector.select(MAX_WAIT if due is None else max(0.0, min(MAX_WAIT, due - get_time()))):
                    data = os.read(self.fileno, READ_BYTES)
                    if not data:
                        break
                    self._process(parser.feed(decode(data)))
                self._process(parser.tick())
        with contextlib.suppress(EOFError, ParseError):
            self._process(parser.feed(""))
        return None

    def _process(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
