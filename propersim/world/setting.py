"""Settings: the kinds of places in which a persona's days pass, home and office.

A setting has a built-in floor plan, activities (:func:`propersim.world.catalogue.activities`), the essentials of a day, and the words for
its begin and end. The data are in ``data/settings.yaml``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from propersim.core import safe_yaml
from propersim.core.clock import parse_time
from propersim.world.data import data_text


@dataclass(frozen=True)
class EssentialRule:
    """When a day has an essential activity; ``data/settings.yaml`` explains the fields."""

    activity: str
    earliest: tuple[str, ...]
    latest: tuple[str, ...]
    usual: tuple[str, ...]
    covered_by: str

    def minutes(self, start: int, end: int) -> tuple[int, int, int]:
        """Return the earliest, the latest and the usual minute of a day.

        Args:
            start: first minute of the day.
            end: minute after its last.
        """

        def pick(best: Callable[[Iterable[int]], int], terms: tuple[str, ...]) -> int:
            return best(_minute(term, start, end) for term in terms)

        return pick(max, self.earliest), pick(min, self.latest), pick(max, self.usual)


@dataclass(frozen=True)
class DayWords:
    """Words for the edges of a simulated day.

    Attributes:
        begins: before the time at which it begins, such as ``up at``.
        ends: before the time at which it ends.
        outside: what the user is before and after it, such as ``asleep``.
        absent: what the user does then, such as ``sleeps``.
        comes: before the time at which the next one begins, such as ``wakes at``.
        hours: what the user is during it, such as ``awake``.
    """

    begins: str
    ends: str
    outside: str
    absent: str
    comes: str
    hours: str


@dataclass(frozen=True)
class Setting:
    """A kind of place in which days pass; ``data/settings.yaml`` explains the fields."""

    id: str
    plan: str
    title: str
    assists: str
    day: DayWords
    awake: tuple[int, int]
    hours: int
    entrance: str
    opening: str
    rest: tuple[str, ...]
    essentials: tuple[EssentialRule, ...]
    rooms: dict[str, str]


@cache
def settings() -> dict[str, Setting]:
    """Return all settings by id, the home first."""
    raw: dict[str, dict[str, Any]] = safe_yaml.load(data_text("settings.yaml"))
    return {
        key: Setting(
            key,
            row["plan"],
            row["title"],
            row["assists"],
            DayWords(**row["day"]),
            (row["awake"][0], row["awake"][1]),
            row["hours"],
            row["entrance"],
            row["opening"],
            tuple(row["rest"]),
            tuple(_rule(one) for one in row["essentials"]),
            row.get("rooms", {}),
        )
        for key, row in raw.items()
    }


def _rule(row: dict[str, Any]) -> EssentialRule:
    earliest, latest, usual = (tuple(map(str, row[name])) for name in ("earliest", "latest", "usual"))
    return EssentialRule(row["activity"], earliest, latest, usual, row["covered_by"])


def home_room(room: str) -> str:
    """Return the room of the home that a room resembles; one of the home is itself."""
    return next((one.rooms[room] for one in settings().values() if room in one.rooms), room)


def _minute(term: str, start: int, end: int) -> int:
    """Return the minute that a term stands for: ``start``, ``end-20`` or a time."""
    name, sign, minutes = term.partition("+") if "+" in term else term.partition("-")
    if name in ("start", "end"):
        edge = start if name == "start" else end
        return edge if not sign else edge + int(minutes) if sign == "+" else edge - int(minutes)
    return parse_time(term)
