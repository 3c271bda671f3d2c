"""Messages that travel between widgets and the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message
from textual.widget import Widget


@dataclass
class GoTo(Message):
    """Show the step at a minute of a day (of the shown day where ``day`` is None)."""

    minute: float
    day: int | None = None


@dataclass
class GoToStep(Message):
    """Show a step by its index."""

    index: int


class TogglePlay(Message):
    """Pause, or go on."""


@dataclass
class OpenRun(Message):
    """Show a run of the database, from what is stored or, where ``resume``, live."""

    run_id: str
    resume: bool = False


@dataclass
class CompareRuns(Message):
    """Show two runs of the database side by side."""

    first: str
    second: str


@dataclass
class StartRun(Message):
    """Begin a live run of a persona, given by its id or by the path of its file."""

    persona_id: str


@dataclass
class TakeThis(Message):
    """Ask how a part of a screen is to be copied or saved; ``figures`` are its rows, the first with the names of the columns."""

    region: Widget
    figures: list[list[str | int | float | None]]


class LaidOut(Message):
    """The live screen has its regions."""
