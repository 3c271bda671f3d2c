"""Make the standard streams of the command line safe to write to.

They may be closed, full, cut off, or have an encoding that lacks characters.

What cannot be written to stdout ends the command; what cannot be written to stderr is dropped.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from propersim.core.errors import EXIT_OK, PropersimError, Resumable, reason

_ESCAPE = "propersim.escape"
"""Name of the error handler that writes characters which an encoding lacks as JSON escapes."""


class OutputClosed(PropersimError):
    """The reader of stdout has closed it, as ``| head`` does.

    The command ends quietly, with exit code 0.
    """

    exit_code = EXIT_OK


class OutputFull(Resumable):
    """The result cannot be written to stdout, because its disk is full or has an error."""


class _Descriptor(io.FileIO):
    """A standard stream as a file that is not closed with its Python object."""

    def __init__(self, number: int) -> None:
        super().__init__(number, "w", closefd=False)
        self._failed = False


class _Output(_Descriptor):
    """The file of stdout, whose failures become errors of this project.

    What is written after the first failure is dropped.
    """

    def write(self, data: Any) -> int:
        if self._failed:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            # What is still buffered is written again when the process ends.
            self._failed = True
            if isinstance(error, BrokenPipeError):
                raise OutputClosed("the reader of the output has closed it") from error
            raise OutputFull(f"the output cannot be written: {reason(error)}", "make room, or send it somewhere else") from error


class _Closed(_Output):
    """The null device in place of a stdout that is closed.

    What is written to it is an error, as on a full disk.
    """

    def write(self, data: Any) -> int:
        if data and not self._failed:
            self._failed = True
            raise OutputFull("the output cannot be written: stdout is closed", "send it somewhere, e.g. to a file")
        return len(data)


class _Messages(_Descriptor):
    """The file of stderr: a message that cannot be written is dropped, and the command goes on."""

    def write(self, data: Any) -> int:
        try:
            return super().write(data)
        except OSError:
            return len(data)


@contextmanager
def standard_streams() -> Iterator[None]:
    """Make the standard streams safe to write to, until the end of the command.

    Characters that their encoding lacks are written as JSON escapes, so that JSON stays JSON.

    Raises:
        OutputClosed: the reader of stdout has closed it.
        OutputFull: stdout cannot be written.
    """
    codecs.register_error(_ESCAPE, _escaped)
    before = sys.stdin, sys.stdout, sys.stderr
    output = _Closed if sys.stdout is None else _Output
    _open_missing()
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")
    for name, kind in (("stdout", output), ("stderr", _Messages)):
        stream = getattr(sys, name)
        if _number(stream) is None:
            # Captured by a test, or by the program that calls this.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=_ESCAPE)
            continue
        stream.flush()
        setattr(sys, name, _text(kind(stream.fileno()), stream))
    try:
        yield
        sys.stdout.flush()
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            sys.stdin, sys.stdout, sys.stderr = before


def _text(file: _Descriptor, stream: Any) -> io.TextIOWrapper:
    """Return a text stream like another one, on a file."""
    terminal = stream.isatty()
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=_ESCAPE,
        newline=None,
        line_buffering=terminal or isinstance(file, _Messages),
    )


def _open_missing() -> None:
    """Open the null device for each standard stream that is closed.

    Otherwise the next file that is opened gets the number of the stream, and messages are written into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        setattr(sys, name, io.TextIOWrapper(io.FileIO(number, mode, closefd=False), encoding="utf-8"))


def _number(stream: Any) -> int | None:
    """Return the file descriptor of a stream, or None for a stream in memory."""
    try:
        return int(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return None


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return characters that an encoding lacks as JSON escapes, and the position after them."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = "".join(error.object[error.start : error.end]).encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end
