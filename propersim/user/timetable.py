"""A day's timetable while it is being made: blocks that never overlap, and the free time between them."""

from __future__ import annotations

from bisect import insort
from dataclasses import dataclass, replace


@dataclass(frozen=True, order=True)
class Block:
    """A stretch of the day given to one activity; minutes of the day's clock, end exclusive."""

    start: int
    end: int
    activity: str
    source: str = "ordinary"
    note: str = ""

    def moved(self, minutes: int) -> Block:
        """Return the block so much later."""
        return replace(self, start=self.start + minutes, end=self.end + minutes)


class Timetable:
    """The waking time [start, end) and the blocks placed in it, in order."""

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.blocks: list[Block] = []

    def is_free(self, start: int, end: int) -> bool:
        """Whether a stretch lies within the waking time and touches no block."""
        return self.start <= start and end <= self.end and all(b.end <= start or b.start >= end for b in self.blocks)

    def put(self, block: Block) -> None:
        """Place a block; AssertionError where it is not free (a fault of the caller)."""
        assert self.is_free(block.start, block.end), (block, self.blocks)
        insort(self.blocks, block)

    def remove(self, block: Block) -> None:
        """Take a block out again."""
        self.blocks.remove(block)

    def free(self) -> list[tuple[int, int]]:
        """Return the free stretches in order."""
        edges = [self.start, *(edge for b in self.blocks for edge in (b.start, b.end)), self.end]
        return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b > a]

    def leaves_fragment(self, start: int, end: int, shortest: int) -> bool:
        """Whether a block there would leave a stretch beside it that is too short for an action."""
        return any(0 < b - a < shortest for a, b in ((self._edge_before(start), start), (end, self._edge_after(end))))

    def before(self, minute: int) -> Block | None:
        """Return the last block that ends at or before a minute."""
        return max((b for b in self.blocks if b.end <= minute), key=lambda b: b.end, default=None)

    def after(self, minute: int) -> Block | None:
        """Return the first block that begins at or after a minute."""
        return min((b for b in self.blocks if b.start >= minute), key=lambda b: b.start, default=None)

    def close_gaps(self) -> None:
        """Give each stretch that is still free to the block before it (the first to the block after it)."""
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
