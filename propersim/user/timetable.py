"""Build a day's timetable of blocks that never overlap, and find the free time between them."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace


@dataclass(frozen=True, order=True)
class Block:
    """A block of one activity, [start, end) in minutes of the day's clock.

    Attributes:
        start: first minute.
        end: minute after the last.
        activity: id of the activity.
        source: origin, as in :class:`propersim.core.records.Action`.
        note: the persona's own words; "" where it has none.
    """

    start: int
    end: int
    activity: str
    source: str = "ordinary"
    note: str = ""

    def moved(self, minutes: int) -> Block:
        """Return the block moved later by some minutes."""
        return replace(self, start=self.start + minutes, end=self.end + minutes)


class Timetable:
    """The blocks of a day.

    Args:
        start: minute of waking.
        end: minute of falling asleep.

    Attributes:
        blocks: the placed blocks, in order.
    """

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.blocks: list[Block] = []

    def is_free(self, start: int, end: int) -> bool:
        """Return whether [start, end) lies within the waking time and overlaps no block."""
        return self.start <= start and end <= self.end and all(block.end <= start or block.start >= end for block in self.blocks)

    def put(self, block: Block) -> None:
        """Place a block, whose time must be free (see :meth:`is_free`)."""
        assert self.is_free(block.start, block.end), (block, self.blocks)
        insort(self.blocks, block)

    def remove(self, block: Block) -> None:
        """Remove a placed block."""
        self.blocks.remove(block)

    def free(self) -> list[tuple[int, int]]:
        """Return the free intervals (start, end), in order."""
        edges = [self.start, *(edge for b in self.blocks for edge in (b.start, b.end)), self.end]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]

    def leaves_fragment(self, start: int, end: int, shortest: int) -> bool:
        """Return whether a block would leave free time next to it that is too short for an action.

        Args:
            start: first minute of the block.
            end: minute after it.
            shortest: shortest action, minutes.
        """
        return any(0 < b - a < shortest for a, b in ((self._edge_before(start), start), (end, self._edge_after(end))))

    def before(self, minute: int) -> Block | None:
        """Return the last block that ends at or before a minute."""
        return max((b for b in self.blocks if b.end <= minute), key=lambda b: b.end, default=None)

    def after(self, minute: int) -> Block | None:
        """Return the first block that begins at or after a minute."""
        return min((b for b in self.blocks if b.start >= minute), key=lambda b: b.start, default=None)

    def close_gaps(self) -> None:
        """Extend blocks over the remaining free time.

        Each interval goes to the block before it, or, at waking, to the one after it.
        """
        for start, end in self.free():
            before = self.before(start)
            if before is not None:
                self.remove(before)
                self.blocks.append(replace(before, end=end))
            elif self.blocks:
                after = self.blocks.pop(0)
                self.blocks.append(replace(after, start=start))
            self.blocks.sort()

    def _edge_before(self, minute: int) -> int:
        block = self.before(minute)
        return block.end if block else self.start

    def _edge_after(self, minute: int) -> int:
        block = self.after(minute)
        return block.start if block else self.end
