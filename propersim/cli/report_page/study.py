"""Render the page of a study with the frame, tables and style of the page of a report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from markupsafe import Markup

from propersim.cli.report_page.cells import Cell, Table, as_csv, number_cell, text_cell
from propersim.cli.report_page.page import rendered
from propersim.experiments.parts import Heading, Part, Picture, ReportTable
from propersim.studies.study import ABOUT, Study


class ShownPart(NamedTuple):
    """A part as the template prints it.

    It is a table, a picture with its caption, a list, or a paragraph.
    """

    text: str = ""
    table: Table | None = None
    picture: Markup | None = None
    points: Sequence[str] = ()


class Section(NamedTuple):
    """A section of the page; the first one has no heading."""

    heading: str
    parts: list[ShownPart]


def study_page(study: Study, parts: Iterable[Part], results: Sequence[Any]) -> str:
    """Return the page of a study as HTML; the same parts and results give the same text.

    Args:
        study: the study.
        parts: the parts of its report.
        results: the results or other rows that it is over, whose checksum the page names.
    """
    sections = [Section("", [])]
    tables = 0
    for part in parts:
        if isinstance(part, Heading):
            sections.append(Section(part, []))
            continue
        tables += isinstance(part, ReportTable)
        sections[-1].parts.append(_shown(part, f"table-{tables}", sections[-1].heading))
    return rendered(
        "study.html",
        name=study.name,
        title=study.title,
        question=study.question,
        sections=sections,
        made_by=f"propersim study {study.name}",
        checksum=hashlib.sha256(study.to_csv(results).encode()).hexdigest(),
    )


def _shown(part: Part, table_id: str, heading: str) -> ShownPart:
    """Return a part as it is printed.

    Args:
        part: a table, a picture or a paragraph.
        table_id: id of the table in the page.
        heading: heading of its section, the caption of a table without one.
    """
    if isinstance(part, ReportTable):
        rows = [[_cell(head, text) for head, text in zip(part.heads, row, strict=True)] for row in part.rows]
        return ShownPart(table=Table(table_id, part.caption or heading, part.heads, rows, as_csv(part.heads, part.rows), sortable=True))
    if isinstance(part, Picture):
        return ShownPart(part.caption, picture=Markup(part.svg))  # noqa: S704 - drawn by propersim, which escapes its texts
    if part.startswith("- "):
        return ShownPart(points=[line.removeprefix("- ") for line in part.splitlines()])
    return ShownPart(part)


def _cell(head: str, text: str) -> Cell:
    """Return the cell of a figure, such as ``0.94 [0.93, 0.95]``, or of words."""
    if head in ABOUT:
        return text_cell(text)
    first, _, rest = text.partition(" ")
    try:
        return number_cell(float(first.rstrip("*").replace("−", "-")), first, rest)
    except ValueError:
        return number_cell(None) if text == "–" else Cell(text, is_number=True)
