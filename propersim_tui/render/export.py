"""Export of a region as text, picture or CSV."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rich.console import Console
from rich.segment import Segment, Segments
from textual.geometry import Region as Area
from textual.widget import Widget

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, DayFigures, Step
from propersim.core.text import FORMULA_STARTS, clean
from propersim.simulation.metrics import metrics
from propersim_tui.data.frame import Frame, PlaybackStatus

Cell = str | int | float | None
Table = list[list[Cell]]
"""Rows of cells, the first with the names of the columns."""

_MAX_TEXT = 4000


@dataclass(frozen=True)
class Export:
    """A region in one form.

    Attributes:
        form: name of the form.
        suffix: suffix of its files.
        make: returns the exported text; called when it is first asked for.
    """

    form: str
    suffix: str
    make: Callable[[], str]

    @cached_property
    def content(self) -> str:
        """The exported text."""
        return self.make()


def region_exports(region: Widget, frame: Frame | None, status: PlaybackStatus) -> list[Export]:
    """Return a region of the live screen in every form; CSV, the last, only if it has figures.

    Args:
        region: the widget.
        frame: what it shows.
        status: how the run is played.
    """
    return widget_exports(region, table(region.id or "", frame, status) if frame is not None else [])


def widget_exports(region: Widget, rows: Table) -> list[Export]:
    """Return a part of a screen as text, as picture, and as CSV, as it is drawn now.

    There is CSV only if there are rows besides the heading.
    """
    text, strips, size, title = as_text(region), _strips(region), region.outer_size, str(region.border_title or "propersim")
    options = [Export("text", "txt", lambda: text), Export("picture (SVG)", "svg", lambda: as_svg(strips, size.width, title))]
    if len(rows) > 1:
        options.append(Export("figures (CSV)", "csv", lambda: as_csv(rows)))
    return options


# -- text and picture ---------------------------------------------------------------------------------------------


def _strips(region: Widget) -> list[list[Segment]]:
    area = Area(0, 0, region.outer_size.width, region.outer_size.height)
    return [list(strip) for strip in region.render_lines(area)]


def as_text(region: Widget) -> str:
    """Return the visible text of a region: its title, then its lines, without border and styles."""
    lines = ["".join(segment.text for segment in strip if not segment.control) for strip in _strips(region)]
    gutter = region.gutter
    inner = [line[gutter.left : len(line) - gutter.right] for line in lines[gutter.top : len(lines) - gutter.bottom]]
    titles = [str(each) for each in (region.border_title, region.border_subtitle) if each]
    return "\n".join([*([" · ".join(titles), ""] if titles else []), *(line.rstrip() for line in inner)]).rstrip() + "\n"


def as_svg(strips: Sequence[Sequence[Segment]], width: int, title: str) -> str:
    """Return a picture of a region as SVG.

    Args:
        strips: its lines as they are drawn, with its border.
        width: its cells.
        title: title of the picture.
    """
    console = Console(
        width=max(1, width),
        height=max(1, len(strips)),
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
        _environ={},
    )
    console.print(Segments([each for strip in strips for each in (*strip, Segment.line())]), end="")
    return console.export_svg(title=title)


# -- figures ------------------------------------------------------------------------------------------------------


def table(region: str, frame: Frame, status: PlaybackStatus) -> Table:
    """Return the figures of a region; no rows if it has none.

    Args:
        region: the region's id.
        frame: what it shows.
        status: how the run is played.
    """
    make = _TABLES.get(region)
    return make(frame, status) if make else []


def as_csv(rows: Iterable[Sequence[Cell]]) -> str:
    """Return rows as CSV.

    Text that a spreadsheet would read as a formula is prefixed with a quote.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([[_plain(cell) for cell in row] for row in rows])
    return out.getvalue()


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str):
        text = clean(cell, _MAX_TEXT)
        return f"'{text}" if text.startswith(FORMULA_STARTS) else text
    return round(cell, 6) if isinstance(cell, float) else cell


def _figures(days: Sequence[DayFigures]) -> Table:
    if not days:
        return []
    values = [metrics([day]) for day in days]
    names = list(values[0])
    return [["day", *names], *([day.day, *(each[name] for name in names)] for day, each in zip(days, values, strict=True))]


def _scores(frame: Frame, _: PlaybackStatus) -> Table:
    return _figures([frame.today]) if frame.step is not None else []


def _days(frame: Frame, _: PlaybackStatus) -> Table:
    return _figures(frame.days_so_far)


_STEP = ["day", "time", "step", "activity", "room"]
_RATED = ["score", *DIMENSIONS, *(f"{name} reason" for name in DIMENSIONS)]


def _of_step(step: Step) -> list[Cell]:
    return [step.day, format_time(step.minute), step.index, step.action.activity, step.action.place.room]


def _rated(step: Step) -> list[Cell]:
    return [step.rating.score, *step.rating.values, *step.rating.reasons]


def _today(frame: Frame, _: PlaybackStatus) -> Table:
    said = [step for step in frame.steps if step.spoke]
    rows: Table = [[*_of_step(step), step.answer.text, step.answer.topic, step.answer.tone, *_rated(step)] for step in said]
    return [[*_STEP, "recommendation", "topic", "tone", *_RATED], *rows]


def _assistant(frame: Frame, _: PlaybackStatus) -> Table:
    head: list[Cell] = [*_STEP, "spoke", "said", "P(speak)", "candidates", "receptive", "wanted", *_RATED]
    rows: Table = [
        [
            *_of_step(step),
            int(step.spoke),
            step.answer.text,
            step.p_speak,
            len(step.candidates),
            int(step.moment.receptive),
            int(step.moment.wanted),
            *_rated(step),
        ]
        for step in frame.steps
    ]
    return [head, *rows]


def _doing(frame: Frame, _: PlaybackStatus) -> Table:
    actions = frame.plan.actions if frame.plan else ()
    rows: Table = [
        [
            format_time(each.start),
            format_time(each.end),
            each.activity,
            each.phrase,
            each.place.room,
            each.place.object,
            each.focus,
            each.source,
            each.note,
        ]
        for each in actions
    ]
    return [["start", "end", "activity", "phrase", "room", "object", "focus", "source", "note"], *rows]


def _training(_: Frame, status: PlaybackStatus) -> Table:
    rows: Table = [[each.day, each.step, each.steps, each.loss, each.margin, each.accuracy, each.pairs] for each in status.training or ()]
    return [["day", "step", "steps", "loss", "margin", "accuracy", "pairs"], *rows]


_TABLES: dict[str, Callable[[Frame, PlaybackStatus], Table]] = {
    "scores": _scores,
    "days": _days,
    "today": _today,
    "assistant": _assistant,
    "doing": _doing,
    "training": _training,
}


# -- files --------------------------------------------------------------------------------------------------------


def file_stem(*parts: str) -> str:
    """Join parts, which may be any text, to a file name without suffix.

    Unsafe characters become underscores.
    """
    return "-".join(part for part in (re.sub(r"[^\w.-]+|^\.+", "_", each)[:80] for each in parts) if part)


def free_name(folder: Path, stem: str, suffix: str) -> str:
    """Return a file name that does not exist yet: ``stem.suffix``, ``stem-2.suffix`` and so on.

    Args:
        folder: where the file is to be.
        stem: the name without suffix.
        suffix: the suffix without dot.
    """
    name, number = f"{stem}.{suffix}", 1
    while (folder / name).exists():
        number += 1
        name = f"{stem}-{number}.{suffix}"
    return name


def write_new(path: Path, content: str) -> None:
    """Write a new file; an existing file is never overwritten.

    Raises:
        FileExistsError: the file exists.
        OSError: the file cannot be written; a partly written one is removed.
    """
    with path.open("x", encoding="utf-8", newline="") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            path.unlink(missing_ok=True)
            raise
