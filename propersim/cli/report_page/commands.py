"""Commands that the page offers, to open a run or a moment of it in the app."""

from __future__ import annotations

import shlex

from propersim.core.clock import format_time
from propersim.core.text import printable


def open_command(run: str, database: str, day: int | None = None, minute: float = 0.0) -> str:
    """Return the command that opens a run in the app, quoted for a POSIX shell.

    It is "" where no command can name the run safely: a name with line ends or invisible characters could do something else in a terminal
    than it shows.

    Args:
        run: id of the run.
        database: path of its database, as it was given.
        day: day of the moment; None for the beginning of the run.
        minute: the day's clock at the moment, in minutes.
    """
    if not run or any("\n" in text or printable(text) != text for text in (run, database)):
        return ""
    words = ["propersim", "replay", *([f"--db={database}"] if database.startswith("-") else ["--db", database])]
    if day is not None:
        words += ["--open", f"day {day} {format_time(minute)}"]
    return shlex.join([*words, *(["--"] if run.startswith("-") else []), run])
