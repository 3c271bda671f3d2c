"""Bookmarks on the steps of a run: notes that a person keeps with it.

They are no part of its records: nothing that a run computes depends on them, and its digest stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from propersim.core.clock import format_time
from propersim.core.errors import InputError
from propersim.core.text import clean
from propersim.store.database_file import translated
from propersim.store.rows import whole
from propersim.store.store import RunRow, Store

LONGEST_NOTE = 200
"""Most characters of a note."""


@dataclass(frozen=True)
class Bookmark:
    """A marked step.

    Attributes:
        index: index of the step.
        day: day of the step, from 1.
        minute: minute of the day's clock.
        note: the person's note; "" if there is none.
    """

    index: int
    day: int
    minute: float
    note: str

    def to_dict(self) -> dict[str, int | str]:
        """Return the bookmark as JSON has it."""
        return {"step": self.index, "day": self.day, "time": format_time(self.minute, seconds=True), "note": self.note}


def bookmarks(store: Store, run: RunRow) -> list[Bookmark]:
    """Return the bookmarks of a run, in the order of steps."""
    query = "select b.idx, s.day, s.minute, b.note from bookmarks b join steps s on s.run = b.run and s.idx = b.idx where b.run = ?"
    query += " order by b.idx"
    with translated(store.path):
        rows = store.connection.execute(query, (run.key,)).fetchall()
        return [Bookmark(whole(index), whole(day), float(minute), clean(str(note), LONGEST_NOTE)) for index, day, minute, note in rows]


def set_bookmark(store: Store, run: RunRow, index: int, note: str = "") -> None:
    """Mark a step of a run, or replace the note of a marked one.

    Args:
        store: the store of the run.
        run: the run.
        index: index of the step.
        note: a note of at most :data:`LONGEST_NOTE` characters, on one line.

    Raises:
        InputError: the run has no such step.
        StoreError: the database is open for reading only, or cannot be written.
    """
    query = "insert or replace into bookmarks (run, idx, note) select run, idx, ? from steps where run = ? and idx = ?"
    with translated(store.path), store.transaction():
        if not store.connection.execute(query, (clean(note, LONGEST_NOTE), run.key, index)).rowcount:
            raise InputError(f"run {run.id} has no step {index}")


def remove_bookmark(store: Store, run: RunRow, index: int) -> bool:
    """Remove the bookmark of a step, and return whether there was one.

    Args:
        store: the store of the run.
        run: the run.
        index: index of the step.

    Raises:
        StoreError: the database is open for reading only, or cannot be written.
    """
    with translated(store.path), store.transaction():
        return bool(store.connection.execute("delete from bookmarks where run = ? and idx = ?", (run.key, index)).rowcount)
