"""Messages that widgets and screens send to the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget


@dataclass
class GoToTime(Message):
    """Show the step at a time.

    Attributes:
        minute: minutes since midnight.
        day: the day; None is the day that is shown.
        onward: show the first step from this time on, not the last one up to it.
    """

    minute: float
    day: int | None = None
    onward: bool = False


@dataclass
class GoToStep(Message):
    """Show a step by its index.

    Attributes:
        index: the step's index.
    """

    index: int


class ExplainLabels(Message):
    """Explain the labels of the shown screen one by one."""


class TogglePlay(Message):
    """Pause or resume."""


@dataclass
class ShowRun(Message):
    """Show a run of the database.

    Attributes:
        run_id: the run's id.
        resume: resume it live; otherwise replay its stored steps.
    """

    run_id: str
    resume: bool = False


@dataclass
class StopRun(Message):
    """Stop a live run of this screen; it can be resumed.

    Attributes:
        run_id: the run's id.
    """

    run_id: str


@dataclass
class CompareRuns(Message):
    """Compare two runs of the database or more.

    Attributes:
        first: id of the first run.
        second: id of the second run.
        more: ids of further runs.
    """

    first: str
    second: str
    more: tuple[str, ...] = ()


@dataclass
class StartRun(Message):
    """Ask for the options of a live run of a persona, and start it.

    Attributes:
        persona_id: the persona's id, or the path of its file.
    """

    persona_id: str


@dataclass
class ExportRegion(Message):
    """Ask how to copy or save a part of a screen.

    Attributes:
        region: the part, a widget.
        figures: its rows for CSV, the first with the names of the columns.
    """

    region: Widget
    figures: list[list[str | int | float | None]]


class LayoutReady(Message):
    """The live screen has composed its regions."""


class PanelsChanged(Message):
    """A person has changed the zoom or the size of a panel."""
