"""Messages that travel between widgets and the app."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message


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
class ShowTab(Message):
    """Show one of the regions on a small screen."""

    tab: str
