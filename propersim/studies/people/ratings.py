"""The ratings of a study with people as rows, which are exported without names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from propersim.core.errors import InputError, StoreError
from propersim.core.files import read_text
from propersim.core.program import program
from propersim.core.text import clean
from propersim.studies.people.items import FourSigns
from propersim.studies.people.sessions import Given, PeopleFolder, Setup

_LARGEST = 100_000_000
UNRATED = "----"
Name = Annotated[str, Meta(min_length=1, max_length=200)]


class RatingRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ratings of one recommendation by one participant, with those of the judges.

    Attributes:
        by: ``person``, or ``script`` in a rehearsal.
        participant: code of the participant.
        persona: key of the persona as which it was rated.
        assistant: label of the variant that made it.
        run: id of its run.
        step: index of its step.
        rating: the rating as the persona, four signs; ``----`` where there is none.
        own: the rating for themselves, ``1``, ``0`` or ``-``.
        offline: the offline judge's rating.
        llm: a language model's, where it rated the run.
        seconds: seconds that the rating as the persona took; 0 for none.
        own_seconds: seconds that the other took.
    """

    by: Literal["person", "script"]
    participant: Annotated[str, Meta(pattern="^P[0-9]{2,3}$")]
    persona: Name
    assistant: Name
    run: Name
    step: Annotated[int, Meta(ge=0)]
    rating: FourSigns
    own: Literal["0", "1", "-"]
    offline: FourSigns
    llm: FourSigns
    seconds: Annotated[float, Meta(ge=0, le=1e6)]
    own_seconds: Annotated[float, Meta(ge=0, le=1e6)]

    @property
    def item(self) -> tuple[str, int]:
        """The recommendation that was rated: run and step."""
        return self.run, self.step


COLUMNS = RatingRow.__struct_fields__


def rows_of(folder: PeopleFolder, setup: Setup) -> list[RatingRow]:
    """Return the ratings of all participants, in the order of participants and items.

    Args:
        folder: the folder of the study.
        setup: what was set when it began.

    Raises:
        StoreError: a file is damaged.
    """
    items = {one.id: one for one in setup.items}
    rows = []
    for code in folder.begun():
        both: dict[str, dict[str, Given]] = {}
        for answer in folder.given(code):
            if answer.item not in items:
                raise StoreError(
                    f"{folder.path}: {code} rated {clean(answer.item, 20)}, which is no item of the study", "restore the folder from a copy"
                )
            both.setdefault(answer.item, {})[answer.part] = answer
        for name in sorted(both):
            item, mine, own = items[name], both[name].get("persona"), both[name].get("own")
            rows.append(
                RatingRow(
                    by="script" if setup.rehearsal else "person",
                    participant=code,
                    persona=item.persona,
                    assistant=item.assistant,
                    run=item.run,
                    step=item.step,
                    rating=mine.values if mine else UNRATED,
                    own="-" if own is None else "1" if own.values == "1" else "0" if own.values == "0" else "-",
                    offline=item.judges.get("offline", UNRATED),
                    llm=item.judges.get("llm", UNRATED),
                    seconds=mine.seconds if mine else 0.0,
                    own_seconds=own.seconds if own else 0.0,
                )
            )
    return rows


def to_csv(rows: Iterable[RatingRow]) -> str:
    """Return ratings as CSV; the same ratings give the same text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    ordered = sorted(rows, key=lambda one: (one.by, one.participant, one.item))
    writer.writerows([f"{value:g}" if isinstance(value, float) else value for value in msgspec.structs.astuple(one)] for one in ordered)
    return text.getvalue()


def read_rows(paths: Sequence[Path]) -> list[RatingRow]:
    """Return the ratings of CSV files.

    Raises:
        InputError: a file cannot be read, is not one of ratings, or a participant rated a recommendation in two lines.
    """
    rows: dict[tuple[str, str, tuple[str, int]], RatingRow] = {}
    for path in paths:
        reader = csv.DictReader(io.StringIO(read_text(path, most=_LARGEST)))
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise InputError(
                f"{path}: is no file of ratings: its first line does not have the expected columns",
                f"make one with `{program()} study people --report --csv FILE`",
            )
        line: dict[str, str] = {}
        try:
            for line in reader:
                if None in line or None in line.values():
                    raise InputError(
                        f"{path}: line {reader.line_num}: must have {len(COLUMNS)} cells", "remove the line, or give another file"
                    )
                one = msgspec.convert(line, RatingRow, strict=False)
                key = one.by, one.participant, one.item
                if key in rows:
                    raise InputError(
                        f"{path}: line {reader.line_num}: {one.participant} has rated step {one.step} of {one.run} before",
                        "give each participant one code, and each file once",
                    )
                rows[key] = one
        except (ValueError, TypeError, csv.Error, msgspec.MsgspecError) as error:
            raise InputError(f"{path}: line {reader.line_num}: {_told(error, line)}", "remove the line, or give another file") from error
    return list(rows.values())


_KINDS: Final = {
    "by": "person or script",
    "participant": "a code such as P03",
    "step": "a whole number from 0",
    "own": "1, 0 or -",
    "seconds": "a number from 0 to 1000000",
    "own_seconds": "a number from 0 to 1000000",
    **dict.fromkeys(("rating", "offline", "llm"), "four signs, each 1, 0 or -"),
    **dict.fromkeys(("persona", "assistant", "run"), "a name of 1 to 200 characters"),
}
"""Descriptions of valid cells, by column, for messages."""


def _told(error: Exception, line: Mapping[str, str]) -> str:
    """Return what is wrong with a line: which cell must be what, where the error tells the cell.

    Args:
        error: the error.
        line: the cells of the line, by column.
    """
    column = str(error).partition("at `$.")[2].rstrip("`")
    return f"{column} must be {_KINDS[column]}, not {clean(line[column], 40)!r}" if column in _KINDS else clean(str(error))
