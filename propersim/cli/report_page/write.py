"""Read what the page of a report needs from the database, and write the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from propersim.cli.report_page.page import report_page
from propersim.cli.report_page.sections import Stored
from propersim.core.files import write_atomically
from propersim.experiments.examples import choose_examples, read_examples
from propersim.experiments.results import Result
from propersim.store.store import Store


def write_page(
    path: Path, tables: Mapping[str, Any], results: Sequence[Result], data: str, runs: Mapping[str, str], database: Path | None
) -> None:
    """Write the page of a report.

    Args:
        path: file to write, which is replaced.
        tables: the report.
        results: the results that it is over.
        data: the results as CSV.
        runs: ids of stored runs by the keys of their results.
        database: the database of these runs; None where there is none.

    Raises:
        InputError: the file cannot be written.
        StoreFull: the disk is full or has an I/O error.
    """
    if database is None:
        write_atomically(path, report_page(tables, results, data))
        return
    with Store(database, read_only=True) as store:
        examples = read_examples(store, choose_examples(results, runs))
        stored = Stored(str(database), runs, store.call_totals())
    write_atomically(path, report_page(tables, results, data, stored=stored, examples=examples))
