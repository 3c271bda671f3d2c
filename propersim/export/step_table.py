"""Flatten steps to rows of a table, and write them as CSV, Arrow or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple

from propersim.core.clock import FULL_WEEKDAYS, format_time, weekday
from propersim.core.extras import need_packages
from propersim.core.records import DIMENSIONS, Step
from propersim.core.text import FORMULA_STARTS

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 4096
"""Steps of a record batch, and of a row group of a Parquet file."""

Kind = Literal["int", "float", "bool", "text"]
Cell = int | float | bool | str | None
"""A value of a table; None where it is missing."""


class Column(NamedTuple):
    """A column of the table.

    Attributes:
        name: its name.
        kind: type of its values, any of which may be missing.
        value: returns its value at a step.
    """

    name: str
    kind: Kind
    value: Callable[[Step], Cell]


COLUMNS: tuple[Column, ...] = (
    Column("step", "int", lambda step: step.index),
    Column("day", "int", lambda step: step.day),
    Column("weekday", "text", lambda step: FULL_WEEKDAYS[weekday(step.day)]),
    Column("minute", "float", lambda step: step.minute),
    Column("time", "text", lambda step: format_time(step.minute, seconds=True)),
    Column("activity", "text", lambda step: step.action.activity),
    Column("phrase", "text", lambda step: step.action.phrase),
    Column("room", "text", lambda step: step.action.place.room),
    Column("object", "text", lambda step: step.action.place.object),
    Column("focus", "int", lambda step: step.action.focus),
    Column("gap", "float", lambda step: step.clocks.gap),
    Column("need", "float", lambda step: step.clocks.need),
    Column("shown_before", "int", lambda step: step.clocks.shown),
    Column("receptive", "bool", lambda step: step.moment.receptive),
    Column("wanted", "bool", lambda step: step.moment.wanted),
    Column("overdue", "bool", lambda step: step.moment.overdue),
    Column("patience", "float", lambda step: step.clocks.patience),
    Column("muted_until", "float", lambda step: step.clocks.muted),
    Column("spoke", "bool", lambda step: step.spoke),
    Column("text", "text", lambda step: step.answer.text),
    Column("topic", "text", lambda step: step.answer.topic),
    Column("tone", "text", lambda step: step.answer.tone),
    Column("origin", "text", lambda step: step.answer.origin),
    Column("welcome", "bool", lambda step: step.welcome),
    Column("score", "int", lambda step: step.rating.score),
    Column("taken_up", "text", lambda step: None if step.taken_up is None else step.taken_up.activity),
    *(Column(name, "int", lambda step, name=name: getattr(step.rating, name)) for name in DIMENSIONS),  # type: ignore[misc]
    *(Column(f"{name}_reason", "text", lambda step, i=i: step.rating.reasons[i]) for i, name in enumerate(DIMENSIONS)),  # type: ignore[misc]
    Column("judge_score", "int", lambda step: None if step.judged is None else step.judged.score),
    Column("candidates", "int", lambda step: len(step.candidates)),
    Column("drawn", "int", lambda step: step.drawn),
    Column("malformed", "int", lambda step: step.malformed),
    Column("p_speak", "float", lambda step: step.p_speak),
    Column("threshold", "float", lambda step: step.threshold),
    Column("explored", "bool", lambda step: step.explored),
    Column("evidence", "text", lambda step: step.evidence),
    Column("silent_score", "int", lambda step: step.shadow.silent),
    Column("oracle_score", "int", lambda step: step.shadow.oracle),
    Column("oracle_spoke", "bool", lambda step: step.shadow.spoke),
)
"""The columns that follow from a step's record."""
BOOKMARK = "bookmark"
"""The last column: the note of the step's bookmark, "" for one without a note; missing where there is none."""
NAMES = (*(column.name for column in COLUMNS), BOOKMARK)
"""The names of all columns, in order."""


def rows(steps: Iterable[Step], notes: Mapping[int, str]) -> Iterator[tuple[Cell, ...]]:
    """Yield the row of each step.

    Args:
        steps: the steps.
        notes: notes of bookmarks by index of their step.
    """
    for step in steps:
        yield (*(column.value(step) for column in COLUMNS), notes.get(step.index))


# -- CSV --------------------------------------------------------------------------------------------------------------


def csv_lines(table: Iterable[tuple[Cell, ...]]) -> Iterator[str]:
    """Yield a heading and a line for each row, without line ends.

    Texts in quotes may have line breaks. A missing value is an empty cell, and a Boolean is 1 or 0. Texts are as by :func:`cell_of`.
    """
    out = io.StringIO()
    # With this line end all line breaks in a text are quoted.
    write = csv.writer(out, lineterminator="\r\n").writerow
    write(NAMES)
    yield _taken(out)
    for row in table:
        write([_cell(value) for value in row])
        yield _taken(out)


def _taken(out: io.StringIO) -> str:
    line = out.getvalue().removesuffix("\r\n")
    out.seek(0)
    out.truncate()
    return line


def _cell(value: Cell) -> int | float | str | None:
    if isinstance(value, bool):
        return int(value)
    return cell_of(value) if isinstance(value, str) else value


def cell_of(text: str) -> str:
    """Return a text as a cell that no spreadsheet reads as a formula, and that is not empty.

    A quote (') stands before what would be a formula, before a quote, and for an empty text. :func:`text_of` returns the text.
    """
    return f"'{text}" if not text or text.startswith((*FORMULA_STARTS, "'")) else text


def text_of(cell: str) -> str | None:
    """Return the text of a cell, or None for an empty cell, where the text is missing."""
    return cell.removeprefix("'") if cell else None


# -- Arrow and Parquet ------------------------------------------------------------------------------------------------


def arrow_schema() -> pa.Schema:
    """Return the schema of the table.

    Raises:
        InputError: pyarrow is not installed.
    """
    need_packages("a table of Arrow or Parquet", "data", "pyarrow")
    import pyarrow as pa

    kinds = {"int": pa.int64(), "float": pa.float64(), "bool": pa.bool_(), "text": pa.string()}
    return pa.schema([*((column.name, kinds[column.kind]) for column in COLUMNS), (BOOKMARK, pa.string())])


def arrow_batches(table: Iterable[tuple[Cell, ...]]) -> Iterator[pa.RecordBatch]:
    """Yield rows as record batches of at most :data:`ROWS` rows.

    Raises:
        InputError: pyarrow is not installed.
    """
    schema = arrow_schema()
    import pyarrow as pa

    left = iter(table)
    while part := list(islice(left, ROWS)):
        yield pa.RecordBatch.from_arrays(
            [pa.array(values, field.type) for values, field in zip(zip(*part, strict=True), schema, strict=True)], schema=schema
        )


def write_parquet(file: BinaryIO, batches: Iterable[pa.RecordBatch], metadata: Mapping[str, str]) -> int:
    """Write record batches as a Parquet file, and return the number of rows.

    Args:
        file: an open binary file.
        batches: the record batches.
        metadata: texts that the file's schema carries.

    Raises:
        InputError: pyarrow is not installed.
    """
    schema: Any = arrow_schema()
    from pyarrow import parquet

    count = 0
    with parquet.ParquetWriter(file, schema.with_metadata(dict(metadata))) as writer:
        for batch in batches:
            writer.write_batch(batch)
            count += batch.num_rows
    return count
