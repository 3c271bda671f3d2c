"""Read a stored run from Python: ``propersim.load_run``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propersim.core.errors import UnknownRun
from propersim.core.extras import need_packages
from propersim.core.files import refuse_existing
from propersim.core.program import program
from propersim.core.records import Step
from propersim.simulation.metrics import metrics
from propersim.store.rows import has_steps

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from propersim.export.exporter import Format
    from propersim.store.store import RunRow, Store


class StoredRun:
    """A run of a database, which is opened for each question and never written.

    It may be live: each question is answered from what is stored by then. Get one from :func:`load_run`.

    Args:
        path: the database.
        run_id: the run's full id.

    Attributes:
        path: the database.
        id: the run's id.
    """

    def __init__(self, path: Path, run_id: str) -> None:
        self.path = path
        self.id = run_id

    def __repr__(self) -> str:
        return f"StoredRun({str(self.path)!r}, {self.id!r})"

    def steps(self, start: int = 0, stop: int | None = None) -> Iterator[Step]:
        """Yield the records of the steps in order, each read when it is needed.

        Args:
            start: index of the first step.
            stop: index after the last step; None for the end.

        Raises:
            PropersimError: the run was deleted, or cannot be read.
        """
        with self._open() as store:
            yield from store.steps(self._row(store), start, stop)

    @property
    def days(self) -> list[dict[str, Any]]:
        """The figures of each complete day, in order.

        They are ``day`` (from 1) and those of :func:`propersim.simulation.metrics.metrics`.
        """
        with self._open() as store:
            return [{"day": day.day, **metrics([day])} for day in store.day_figures(self._row(store))]

    @property
    def about(self) -> dict[str, Any]:
        """Facts about the run: its options and how far it is.

        It has ``run``, ``persona`` (id), ``name`` (of the persona), ``assistant``, ``model``, ``seed``, ``state``, ``days`` (planned),
        ``days_done``, ``steps``, ``created``, ``digest`` ("" unless finished), ``error`` ("" unless failed), ``config`` (all options) and
        ``versions``.

        Raises:
            PropersimError: the run was deleted, or cannot be read.
        """
        from propersim.runs.create import run_config, stored_versions

        with self._open() as store:
            row = self._row(store)
        of = ("persona", "name", "assistant", "model", "seed", "state", "days", "days_done", "steps", "created", "digest", "error")
        columns = {name: getattr(row, name) for name in of}
        return {"run": row.id, **columns, "config": run_config(row).to_dict(), "versions": stored_versions(row)}

    def to_arrow(self) -> pa.Table:
        """Return the steps as a table of Arrow, one row for each step.

        docs/how-to/export.md lists the columns.

        Raises:
            InputError: pyarrow is not installed (the extra ``data``).
            PropersimError: the run was deleted, or cannot be read.
        """
        from propersim.export.step_table import arrow_batches, arrow_schema, rows
        from propersim.store.bookmarks import bookmarks

        schema = arrow_schema()
        import pyarrow as pa

        with self._open() as store:
            row = self._row(store)
            notes = {each.index: each.note for each in bookmarks(store, row)}
            return pa.Table.from_batches(list(arrow_batches(rows(store.steps(row), notes))), schema)

    def to_pandas(self) -> pd.DataFrame:
        """Return the steps as a data frame of pandas, one row for each step.

        docs/how-to/export.md lists the columns. Whole numbers and Booleans have pandas' nullable types, so that what is missing stays
        missing.

        Raises:
            InputError: pandas or pyarrow is not installed (the extra ``data``).
            PropersimError: the run was deleted, or cannot be read.
        """
        need_packages("a data frame", "data", "pandas", "pyarrow")
        import pandas as pd
        import pyarrow as pa

        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        return self.to_arrow().to_pandas(types_mapper=kinds.get)

    def export(self, path: Path | str, kind: Format, *, force: bool = False) -> int:
        """Write an export to a file, and return the number of its lines or rows.

        It is the same as that of ``propersim export``.

        Args:
            path: the file; nothing is written where there is nothing to export.
            kind: the format: ``jsonl``, ``dpo``, ``kto``, ``sharegpt``, ``csv`` or ``parquet``.
            force: whether to overwrite an existing file.

        Raises:
            InputError: there is no such format, a package is missing, or the file exists or cannot be written.
            PropersimError: the run was deleted, or cannot be read.
        """
        from propersim.export.exporter import Exporter

        refuse_existing(Path(path), force)
        with self._open() as store:
            return Exporter(store, self._row(store), kind).write(Path(path))

    def _row(self, store: Store) -> RunRow:
        """Return the run's row; the beginning of another id does not count."""
        row = store.run(self.id)
        if row.id != self.id:
            raise UnknownRun(f"{self.path}: no run {self.id!r}", f"see `{program()} runs ls`")
        return row

    def _open(self) -> Store:
        from propersim.store.store import Store

        return Store(self.path, read_only=True)


def load_run(path: Path | str, run: str | None = None) -> StoredRun:
    """Return a stored run, to read it from Python.

    Args:
        path: the database of runs.
        run: id of the run, or the beginning of one; None or ``last`` for the newest run with steps, as on the command line.

    Raises:
        UnknownRun: no run matches, or several do.
        StoreError: the file is no database, or is damaged.
    """
    from propersim.store.store import Store

    def found(store: Store) -> RunRow:
        newest = store.newest(has_steps) if run in (None, "last") else None
        return newest or store.run(run or "last")

    with Store(path, read_only=True) as store:
        return StoredRun(store.path, found(store).id)
