"""Keep a user's patience over a day, and mute the assistant where it runs out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import msgspec

from propersim.core import safe_yaml
from propersim.persona.model import Persona
from propersim.world.data import data_text

HOUR = 60.0
DIGITS = 3
"""Decimal places of recorded patience."""


@dataclass(frozen=True)
class PatienceTable:
    """The numbers that patience follows.

    They are ``patience`` in ``propersim/world/data/reaction.yaml``, which explains them.
    """

    full: float
    agreeable: float
    worried: float
    cost: float
    gain: float
    per_hour: float
    least: float
    mutes: tuple[float, ...]

    def full_of(self, persona: Persona) -> float:
        """Return a persona's full patience.

        That many unwelcome recommendations in quick succession make the user mute the assistant.
        """
        return self.full + self.agreeable * persona.high("agreeableness") + self.worried * persona.high("neuroticism")


@cache
def patience_table() -> PatienceTable:
    """Return the table."""
    return msgspec.convert(safe_yaml.load(data_text("reaction.yaml"))["patience"], PatienceTable)


class Patience:
    """The patience of one day, full at waking.

    Args:
        full: full patience.
        wake: minute of waking.
        sleep: minute of falling asleep, at which the last mute ends.

    Attributes:
        full: full patience.
        mutes: how often the user has muted the assistant.
    """

    __slots__ = ("_left", "_muted", "_since", "_sleep", "full", "mutes")

    def __init__(self, full: float, wake: float, sleep: float) -> None:
        self.full = full
        self.mutes = 0
        self._left, self._since, self._sleep = full, wake, sleep
        self._muted: float | None = None

    def left(self, minute: float) -> float:
        """Return how much patience is left at a minute, between 0 and full patience."""
        back = (minute - self._since) / HOUR * patience_table().per_hour
        return round(min(self.full, self._left + back), DIGITS)

    def muted(self, minute: float) -> float | None:
        """Return the minute until which the assistant is muted; None where it is not."""
        return self._muted if self._muted is not None and minute < self._muted else None

    def show(self, minute: float, *, welcome: bool) -> None:
        """Count a shown recommendation, and mute the assistant where it was one too many.

        Args:
            minute: minute of the day's clock.
            welcome: whether all four dimensions of its rating are 1.
        """
        table, before = patience_table(), self.left(minute)
        self._since = minute
        if welcome:
            self._left = min(self.full, before + table.gain)
            return
        self._left = max(0.0, before - table.cost)
        if self._left < table.least:
            length = table.mutes[self.mutes] if self.mutes < len(table.mutes) else self._sleep
            self._muted = min(minute + length, self._sleep)
            self.mutes += 1
