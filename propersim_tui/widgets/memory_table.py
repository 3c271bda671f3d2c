"""Table of memories, the most similar first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual import events
from textual.binding import Binding, BindingType

from propersim.core.clock import format_time
from propersim.core.text import clean
from propersim.inspector.protocol import MemoryMatch
from propersim_tui.render.export import Table as ExportRows
from propersim_tui.render.format import bar, score_sign, share, title
from propersim_tui.widgets.table import Cell, Column, Table

COLUMNS = (
    Column("similarity", "similarity", 10, 15),
    Column("when", "last time", 12, 12),
    Column("score", "", 3, rank=3),
    Column("said", "recommendation or silence", 35, 140),
    Column("activity", "activity", 12, 20, rank=2),
    Column("topic", "topic", 8, 13, rank=5),
    Column("count", "times", 5, right=True, rank=4),
)
LONGEST = 300


class MemoryTable(Table, inherit_bindings=False):
    """Table of memories; a click selects one.

    Its keys leave out those that move in time, so that these keep working.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "up", show=False),
        Binding("down", "move(1)", "down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("pagedown", "page(1)", "page down", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(COLUMNS, self._cell_of, id=id)
        self.memories: Sequence[MemoryMatch] = ()

    def show_memories(self, memories: Sequence[MemoryMatch], *, blind: bool = False) -> None:
        """Show memories, most similar first.

        Args:
            memories: the memories.
            blind: leave out the scores of silence, because a person rates.
        """
        self.memories = [msgspec.structs.replace(each, score=None) if blind and not each.text else each for each in memories]
        memories = self.memories
        # Some memories hold no scores.
        self.columns = tuple(one for one in COLUMNS if one.id != "score" or any(each.score is not None for each in memories))
        self.show([str(number) for number in range(len(memories))])
        self.go("0")

    @property
    def chosen(self) -> MemoryMatch | None:
        """The selected memory."""
        return self.memories[int(self.key)] if self.key is not None else None

    def on_click(self, event: events.Click) -> None:
        """Select the memory that was clicked; headings do not sort, because the order is the result."""
        event.prevent_default()
        place = event.get_content_offset(self)
        number = self._top + place.y - 1 if place is not None else -1
        if place is not None and place.y > 0 and number < len(self.keys):
            self.go(self.keys[number])
            self.post_message(self.Chosen(self.keys[number]))

    def _cell_of(self, key: str, column: str, width: int) -> Cell:
        one = self.memories[int(key)]
        if column == "similarity":
            return "".join(bar(one.similarity, width - 4)) + f" {share(max(0.0, one.similarity))}", "$mark"
        if column == "when":
            return last_time(one), "$muted"
        if column == "score":
            return ("", "") if one.score is None else (f"{score_sign(one.score)} {one.score}", f"$score-{max(0, min(4, one.score))}")
        if column == "said":
            return (f"“{clean(one.text, LONGEST)}”", "") if one.text else ("silent", "italic $muted")
        if column == "activity":
            return title(one.activity), "$muted"
        if column == "topic":
            return title(one.topic or ""), "$muted"
        return f"×{one.count}", "$muted"

    def figures(self) -> ExportRows:
        """Return the memories as rows, the first with the names of the columns."""
        head: ExportRows = [["similarity", "day", "time", "activity", "topic", "text", "times", "score"]]
        return head + [
            [one.similarity, one.day, format_time(one.minute), one.activity, one.topic, one.text, one.count, one.score]
            for one in self.memories
        ]


def last_time(one: MemoryMatch) -> str:
    """Return day and time of the last occurrence."""
    return f"day {one.day} {format_time(one.minute, wrap=True)}"
