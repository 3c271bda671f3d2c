"""Reading the terminal: as Textual's own driver does it, but Escape is answered when its wait is over, not up to 100 ms later."""

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

LOOKS_EVERY = 0.1
"""Seconds between two looks whether the screen has ended."""
READ_AT_ONCE = 4096


class TerminalDriver(LinuxDriver):
    """Textual's driver of terminals, with a closer look at Escape."""

    def run_input_thread(self) -> None:
        """Read keys, mouse and answers of the terminal until the screen ends."""
        parser = XTermParser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.DefaultSelector() as selector:
            try:
                selector.register(self.fileno, selectors.EVENT_READ)
            except PermissionError:
                # What is read is a file: it is always ready.
                return super().run_input_thread()
            while not self.exit_event.is_set():
                # An Escape that came alone is one as soon as its time is over; Textual looks every 100 ms.
                due = parser._timeout_time
                if selector.select(LOOKS_EVERY if due is None else max(0.0, min(LOOKS_EVERY, due - get_time()))):
                    data = os.read(self.fileno, READ_AT_ONCE)
                    if not data:
                        break
                    self._pass_on(parser.feed(decode(data)))
                self._pass_on(parser.tick())
        with contextlib.suppress(EOFError, ParseError):
            self._pass_on(parser.feed(""))
        return None

    def _pass_on(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self.process_message(message)
