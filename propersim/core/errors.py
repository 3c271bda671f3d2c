"""One hierarchy of errors, each with a message, a hint and an exit code.

Exit codes (the only place they are defined):

====  ==================================================================
0     done
1     a fault inside
2     bad input or usage: the message names the file, field and remedy
3     stopped by an outage, a full disk or the like, but resumable
130   interrupted by the user, likewise resumable
====  ==================================================================
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAULT = 1
EXIT_INPUT = 2
EXIT_RESUMABLE = 3
EXIT_INTERRUPTED = 130


class PropersimError(Exception):
    """Base of every error that is meant to be read by a person.

    Args:
        message: what is wrong, in one or more lines.
        hint: what to do about it; None where the message says it all.
    """

    exit_code = EXIT_FAULT

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(PropersimError):
    """Something the user gave cannot be used."""

    exit_code = EXIT_INPUT


class PersonaError(InputError):
    """A persona file is missing or wrong; the message lists every problem found."""


class HomeError(InputError):
    """A floor plan is wrong."""


class CatalogueError(InputError):
    """A catalogue of activities, topics or tones is wrong."""


class StoreError(InputError):
    """The database cannot be used: damaged, of a newer version, or not a database."""


class UnknownRun(InputError):
    """No run of that name is in the database."""


class Resumable(PropersimError):
    """The run had to stop, nothing committed is lost, and it can go on later."""

    exit_code = EXIT_RESUMABLE


class StoreBusy(Resumable):
    """The database, or the run in it, is in use by someone else."""


class StoreGone(Resumable):
    """The database's file is not where it was opened: deleted, moved, or another one is in its place."""


class Outage(Resumable):
    """An answer of an endpoint cannot be had now; what has been answered is kept, and the run can go on later."""


class OutOfMemory(Resumable):
    """There was not enough memory, of the machine or of the graphics card."""


class StoreFull(Resumable):
    """A write failed for lack of space or an I/O error."""
