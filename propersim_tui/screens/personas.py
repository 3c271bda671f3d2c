"""List all personas with rubric and rules; inspect them and begin runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widget import Widget
from textual.worker import get_current_worker

from propersim.core.text import clean, counted
from propersim.persona.model import Persona
from propersim.world.catalogue import HOME
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import PERSONAS_ACTS
from propersim_tui.data.persona_list import PersonaItem, read_personas
from propersim_tui.messages import StartRun
from propersim_tui.render.persona_text import trait_bars
from propersim_tui.screens.list_screen import ListScreen
from propersim_tui.screens.path import PathScreen
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.persona_pane import PersonaPane
from propersim_tui.widgets.table import Cell, Column, Table

COLUMNS = (
    Column("id", "id", 4, 8),
    Column("name", "name", 16, 24),
    Column("age", "age", 4, right=True, rank=2),
    Column("traits", "OCEAN", 6),
    Column("occupation", "occupation", 12, 40, rank=1),
)
NO_MATCH = "no persona matches the filter"
BATCH = 8
"""Number of personas that are read before the list is updated."""


class PersonasScreen(ListScreen):
    """List of personas; posts :class:`StartRun`.

    Args:
        files: persona files besides the built-in ones; they may be broken or missing.
        current: id of the persona to select at first.
        lived: persona of the run that is shown; where its rubric changes during the run, both of its rubrics are shown.
    """

    ACTS = PERSONAS_ACTS
    HEADING = "Personas"
    SORTS = ("", *(column.id for column in COLUMNS))
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(PERSONAS_ACTS)]

    @dataclass
    class Read(Message):
        """Some personas have been read.

        Attributes:
            items: the personas.
            generation: number of the reading; results of an older one are dropped.
            last: whether these are the last ones.
        """

        items: list[PersonaItem]
        generation: int
        last: bool

    def __init__(self, files: Sequence[str | Path] = (), *, current: str = "", lived: Persona | None = None) -> None:
        super().__init__()
        self._lived = lived if lived is not None and lived.changes_on else None
        self._files = [str(path) for path in files]
        self._current = current
        self._items: dict[str, PersonaItem] = {}
        self._stale: set[str] = set()
        self._generation = 0
        self._go_to = current

    # -- layout ---------------------------------------------------------------------------------------------------

    def parts(self) -> Iterable[Widget]:
        """Yield filter, list and persona."""
        yield FilterLine("Filter by words: name, occupation, culture, topic, tone, o+ n-, conditional …", id="personas-filter")
        table = Table(COLUMNS, self._cell, empty="reading …", id="personas-table")
        table.border_title = "Personas"
        yield Container(table, PersonaPane(id="personas-sheet"), id="personas-body")

    @property
    def chosen(self) -> PersonaItem | None:
        """The selected persona."""
        key = self.table.key
        return self._items.get(key) if key is not None else None

    @work(thread=True, exclusive=True, group="personas")
    def _read(self, files: Sequence[str], generation: int) -> None:
        worker = get_current_worker()
        batch: list[PersonaItem] = []
        for item in read_personas(files):
            if worker.is_cancelled:
                return
            batch.append(item)
            if len(batch) >= BATCH:
                self.post_message(self.Read(batch, generation, last=False))
                batch = []
        self.post_message(self.Read(batch, generation, last=True))

    def on_personas_screen_read(self, message: Read) -> None:
        """Add personas to the list."""
        if message.generation != self._generation:
            return
        changed = False
        for item in message.items:
            changed = changed or self._items.get(item.which) != item
            self._items[item.which] = item
            self._stale.discard(item.which)
        if message.last:
            changed = changed or bool(self._stale) or self.table.empty != NO_MATCH
            for which in self._stale:
                self._items.pop(which, None)
            self._stale = set()
            self.table.empty = NO_MATCH
        if changed:
            self._arrange()
        if self._go_to in self._items:
            self.table.go(self._go_to)
            self._go_to = ""
        self._show()

    # -- list -----------------------------------------------------------------------------------------------------

    def _arrange(self) -> None:
        """Filter and sort the list.

        Without a sort order, own files come first, and those in the office last.
        """
        kept = self._filter.select({key: item.words for key, item in self._items.items()})
        items = [item for key, item in self._items.items() if key in kept]
        items.sort(key=lambda item: (not item.own, item.persona is not None and item.persona.world != HOME, item.which))
        if self._sort:
            items.sort(key=self._value, reverse=self._downward)
        table = self.table
        table.marked = self._filter.offsets
        table.sorted_by, table.downward = self._sort, self._downward
        table.show([item.which for item in items])
        broken = sum(item.persona is None for item in self._items.values())
        count = counted(len(self._items), "persona")
        self.head(f"{len(items)} of {count}" if self._filter else count, (f"  {broken} broken" if broken else "", "bold $text-error"))

    def _value(self, item: PersonaItem) -> tuple[float, str]:
        """Return the sort key of a persona; a broken one sorts first."""
        persona = item.persona
        if persona is None:
            return 0.0, ""
        texts = {
            "id": persona.id,
            "name": persona.name.casefold(),
            "occupation": persona.occupation.casefold(),
            "traits": persona.big_five.short,
        }
        return (float(persona.age), "") if self._sort == "age" else (1.0, texts[self._sort])

    def _cell(self, key: str, column: str, width: int) -> Cell:
        item = self._items[key]
        persona = item.persona
        if persona is None:
            name = Path(item.which).name
            return {"id": ("✖", "bold $text-error"), "name": (clean(name, 60), "$text-error"), "occupation": ("broken", "$text-error")}.get(
                column, ("", "")
            )
        return {
            "id": (clean(persona.id, 40), "bold $mark" if item.own else "$muted"),
            "name": (clean(persona.name, 60), "bold"),
            "age": (str(persona.age), "$muted"),
            "traits": (trait_bars(persona), "$primary"),
            "occupation": (clean(persona.occupation, 60), ""),
        }[column]

    def _show(self) -> None:
        item = self.chosen
        pane = self.query_one(PersonaPane)
        persona = item.persona if item else None
        if self._lived is not None and persona == self._lived.on_day(0):
            persona = self._lived
        pane.show(persona, item.problem if item else "")

    def on_table_moved(self) -> None:
        """Show the selected persona."""
        self._show()

    def on_table_chosen(self) -> None:
        """Ask for the options of a new run of the persona that was double-clicked."""
        self.action_start()

    def read(self) -> None:
        """Read all persona files that have changed."""
        self.action_update()

    # -- actions (see config/screen_actions.py) ------------------------------------------------------------------------------------

    def action_start(self) -> None:
        """Ask for the options of a new run."""
        item = self.chosen
        if item is not None and item.persona is not None:
            self.post_message(StartRun(item.which))
        elif item is not None:
            self.notice.show(
                f"{Path(item.which).name} cannot be used: {item.problem.splitlines()[0]}", "fix the file, then press u to read it again"
            )

    def action_open_file(self) -> None:
        """Ask for a persona file."""
        self.app.push_screen(PathScreen("Open a persona file", "personas/mine.yaml"), self._add)

    def _add(self, path: str | None) -> None:
        if path is None:
            return
        which = str(Path(path).expanduser())
        if which not in self._files:
            self._files.insert(0, which)
        self._go_to = which
        self.query_one(FilterLine).close()
        self.action_update()

    def action_scroll(self, by: int) -> None:
        """Scroll the persona."""
        pane = self.query_one(PersonaPane)
        pane.scroll_relative(y=by * max(1, pane.size.height - 2), animate=False)

    def action_reverse(self) -> None:
        """Reverse the sort order."""
        self._sort = self._sort or "id"
        super().action_reverse()

    def action_update(self) -> None:
        """Read all files again."""
        self._generation += 1
        self._stale = set(self._items)
        self._read(list(self._files), self._generation)
