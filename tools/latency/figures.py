"""Collect samples, and print them as a table."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

HEAD = f"{'':44} {'n':>5} {'median':>8} {'p95':>8} {'worst':>8} {'p95 free':>9}   goal"
"""``p95 free`` excludes the time in which other programs had the core: the value of an idle machine."""


@dataclass
class Row:
    """Samples of one kind, in ms.

    Attributes:
        name: what was measured.
        goal: that the 95th percentile should stay below, ms; None where there is none.
        times: by what was pressed: in all, and without what others had the core.
        unseen: names of what had no effect that was seen in time.
        whole: names of what makes the whole picture another one: other screens and tabs.
        sizes: names of what is no key, but another size of the terminal: the goal is not for these.
    """

    name: str
    goal: float | None = None
    times: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    unseen: list[str] = field(default_factory=list)
    whole: set[str] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)

    def add(self, name: str, seconds: float | None, waited: float = 0.0) -> None:
        """Add a sample; None if no effect was seen."""
        if seconds is None:
            self.unseen.append(name)
        else:
            self.times.setdefault(name, []).append((seconds * 1000, max(0.0, seconds - waited) * 1000))

    @property
    def all(self) -> list[tuple[float, float]]:
        """The samples of all keys."""
        return self._of(lambda name: name not in self.sizes)

    def _of(self, wanted: Callable[[str], bool]) -> list[tuple[float, float]]:
        return [time for name, times in self.times.items() if wanted(name) for time in times]

    def lines(self, *, kinds: bool = False) -> list[str]:
        """Return the row as lines, with a line for each key if wanted."""
        found = [line(self.name, self.all, self.goal)]
        if self.whole:
            found.append(line("  of these on the same screen", self._of(lambda name: name not in self.whole | self.sizes)))
            found.append(line("  other screens and tabs", self._of(lambda name: name in self.whole - self.sizes)))
        if self.sizes:
            found.append(line("  besides: another size of the terminal", self._of(lambda name: name in self.sizes)))
        if self.unseen:
            found.append(f"  no effect seen: {', '.join(self.unseen)}")
        if kinds:
            ordered = sorted(self.times.items(), key=lambda item: -_free(item[1]))
            found += [line(f"    {name}", times) for name, times in ordered]
        return found


def percentile(times: Sequence[float], part: float) -> float:
    """Return the value below which this share of the samples lies."""
    ordered = sorted(times)
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


def _free(times: Sequence[tuple[float, float]]) -> float:
    return percentile([free for _, free in times], 0.95) if times else math.inf


def line(name: str, times: Sequence[tuple[float, float]], goal: float | None = None) -> str:
    """Return one line of the table."""
    if not times:
        return f"{name:44} {0:5}"
    whole = [time for time, _ in times]
    p95 = percentile(whole, 0.95)
    verdict = "" if goal is None else f"   < {goal:.0f} {'ok' if p95 < goal else 'MISSED'}"
    return f"{name:44} {len(times):5} {statistics.median(whole):5.0f} ms {p95:5.0f} ms {max(whole):5.0f} ms {_free(times):6.0f} ms{verdict}"


def best(rows: Iterable[Row]) -> Row:
    """Return the row with the lowest 95th percentile, which on a busy machine says most about the program."""
    return min(rows, key=lambda row: (len(row.unseen), percentile([time for time, _ in row.all], 0.95) if row.all else math.inf))
