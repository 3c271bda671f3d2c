"""Errors shown to the user, each with a message, a hint and an exit code.

Exit codes (the only place they are defined):

====  ==================================================================
0     success
1     internal error
2     bad input or usage: the message names the file, field and remedy
3     stopped by an outage, a full disk or the like; resumable
130   interrupted by the user; resumable
====  ==================================================================
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_INPUT = 2
EXIT_RESUMABLE = 3
EXIT_INTERRUPTED = 130


def reason(error: Exception) -> str:
    """Return in a few words why a file cannot be read or written.

    The name of the file and the number of the error are left out.
    """
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text (byte {error.start})"
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


class PropersimError(Exception):
    """Base of all errors that are shown to the user.

    Args:
        message: what is wrong, in one or more lines.
        hint: what to do about it; None where the message already says so.
    """

    exit_code = EXIT_FAULT

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(PropersimError):
    """An option, argument or file given by the user cannot be used."""

    exit_code = EXIT_INPUT


class PersonaError(InputError):
    """A persona file is missing or invalid; the message lists every problem found."""


class WorldError(InputError):
    """A floor plan is invalid, or lacks what a persona needs."""


class StoreError(InputError):
    """The database cannot be used: it is damaged, of a newer version, or no database at all."""


class UnknownRun(InputError):
    """The database has no run of that name."""


class Resumable(PropersimError):
    """The run had to stop; nothing committed is lost, and it can be resumed later."""

    exit_code = EXIT_RESUMABLE


class StoreBusy(Resumable):
    """Another process is using the database or the run."""


class StoreGone(Resumable):
    """The database file was deleted, moved or replaced after it was opened."""


class Outage(Resumable):
    """An endpoint that cannot answer now.

    Earlier answers are stored, and the run can be resumed later.
    """


class OutOfMemory(Resumable):
    """The machine or its GPU ran out of memory."""


class StoreFull(Resumable):
    """A write failed because the disk is full or has an I/O error."""
