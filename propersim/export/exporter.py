"""Export a run in any of the formats, to a file or as lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal, get_args

from propersim.core.errors import InputError
from propersim.core.extras import need_packages
from propersim.core.files import replaced_file
from propersim.core.records import to_json
from propersim.core.text import counted
from propersim.export.conversations import Conversations
from propersim.export.step_table import arrow_batches, csv_lines, rows, write_parquet
from propersim.models.chat_template import Message
from propersim.store.bookmarks import bookmarks
from propersim.store.store import RunRow, Store

Format = Literal["jsonl", "dpo", "kto", "sharegpt", "csv", "parquet"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
"""The formats: step records, preference pairs, labelled answers, welcome answers, and tables of steps."""
BINARY: Final = ("parquet",)
"""The formats that are no text, and are written to a file alone."""
_SHAREGPT: Final = {"system": "system", "user": "human", "assistant": "gpt"}
_NOTHING: Final = {
    "dpo": "it has no preference pairs with a suggestion, which only an assistant that learns has",
    "kto": "no revealed rating calls an answer good or bad",
    "sharegpt": "no answer that was shown has ratings that are revealed and call it good",
}


class Exporter:
    """Exports a run in one format.

    It reads the records as it goes, so that a run of any length takes little memory.

    Args:
        store: the store of the run.
        run: the run, which may be live.
        kind: the format.

    Raises:
        InputError: there is no such format, or a package is missing that it needs.
    """

    def __init__(self, store: Store, run: RunRow, kind: Format) -> None:
        if kind not in FORMATS:
            raise InputError(f"no format {kind!r}", f"one of {', '.join(FORMATS)}")
        if kind == "parquet":
            need_packages("--format parquet", "data", "pyarrow")
        self._store = store
        self._run = run
        self._kind = kind
        self._conversations = Conversations(store, run) if kind in ("dpo", "kto", "sharegpt") else None

    def lines(self) -> Iterator[str]:
        """Yield the lines of the export, without line ends.

        A line of CSV may hold line breaks in quotes. Nothing is yielded where there is nothing to export.

        Raises:
            InputError: the format is no text.
        """
        if self._kind in BINARY:
            raise InputError(f"{self._kind} is no text", "write it to a file")
        of: dict[str, Callable[[], Iterator[str]]] = {
            "jsonl": self._records,
            "dpo": self._preferences,
            "kto": self._labelled,
            "sharegpt": self._shared,
            "csv": self._csv,
        }
        return of[self._kind]()

    def write(self, path: Path) -> int:
        """Write the export to a file, and return the number of lines or rows.

        A heading does not count. The file is replaced when the export is complete; where there is nothing to export, nothing is written.

        Raises:
            InputError: the file cannot be written.
            StoreFull: the disk is full or has an I/O error.
        """
        if self._kind in BINARY:
            return self._write_parquet(path)
        lines = self.lines()
        first = next(lines, None)
        if first is None:
            return 0
        count = 0
        with replaced_file(path) as file:
            for line in chain([first], lines):
                file.write(f"{line}\n".encode())
                count += 1
        return count - (self._kind == "csv")

    def _write_parquet(self, path: Path) -> int:
        batches = arrow_batches(self._rows())
        first = next(batches, None)
        if first is None:
            return 0
        with replaced_file(path) as file:
            return write_parquet(file, chain([first], batches), {"propersim.run": self._run.id})

    def left_out(self) -> str:
        """Return what was left out of the lines that were read, in a sentence; "" where nothing was."""
        count = self._conversations.without_suggestion if self._conversations is not None else 0
        if not count:
            return ""
        return f"left out: {counted(count, 'decision pair')} for silence at steps without a suggestion, which have no answer to reject"

    def why_nothing(self) -> str:
        """Return why there is nothing to export, in a clause."""
        return _NOTHING.get(self._kind, "") if self._run.steps else "it has no steps yet"

    def _notes(self) -> dict[int, str]:
        return {each.index: each.note for each in bookmarks(self._store, self._run)}

    def _rows(self) -> Iterator[tuple[Any, ...]]:
        return rows(self._store.steps(self._run), self._notes())

    def _csv(self) -> Iterator[str]:
        table = self._rows()
        first = next(table, None)
        return csv_lines(chain([first], table)) if first is not None else iter(())

    def _records(self) -> Iterator[str]:
        notes = self._notes()
        for step in self._store.steps(self._run):
            line = to_json(step).decode()
            if step.index in notes:
                # Behind the record's own fields, which stay as they are.
                line = f'{line[:-1]},"bookmark":{_json(notes[step.index])}}}'
            yield line

    def _preferences(self) -> Iterator[str]:
        talk = self._talk()
        for moment, pair, chosen, rejected in talk.preferences():
            yield _json(
                {
                    "prompt": moment.prompt(),
                    "chosen": talk.reply(chosen),
                    "rejected": talk.reply(rejected),
                    "kind": pair.kind,
                    "won": pair.won,
                    "step": pair.index,
                }
            )

    def _labelled(self) -> Iterator[str]:
        talk = self._talk()
        for moment, answer, good in talk.labelled():
            yield _json(
                {
                    "prompt": moment.prompt(),
                    "completion": talk.reply(answer),
                    "label": good,
                    "step": moment.step.index,
                }
            )

    def _shared(self) -> Iterator[str]:
        talk = self._talk()
        for moment, answer in talk.welcome():
            messages: list[Message] = [*moment.prompt(), *talk.reply(answer)]
            turns = [{"from": _SHAREGPT[one["role"]], "value": one["content"]} for one in messages]
            yield _json({"conversations": turns, "spoke": answer is not None, "step": moment.step.index})

    def _talk(self) -> Conversations:
        assert self._conversations is not None
        return self._conversations


def _json(value: Any) -> str:
    """Return a line of JSON.

    No field of a conversation is ever null: readers infer the type of a field from the first lines.
    """
    return json.dumps(value, ensure_ascii=False)
