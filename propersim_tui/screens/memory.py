"""Search what the assistant remembers at the current step, by a text or by the step itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from propersim.core.clock import format_time
from propersim.core.records import Step
from propersim.core.text import clean
from propersim.inspector.protocol import InspectorError, MemoryMatch, MemoryMatches, Reply, SearchMemory
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import MEMORY_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.data.fuzzy import Filter
from propersim_tui.messages import ExportRegion, GoToTime
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import score_sign, title
from propersim_tui.screens.inspect import SETTLE
from propersim_tui.screens.inspector_screen import AskInspector, InspectorScreen, problem_text
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.memory_table import MemoryTable, last_time
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.search_line import SearchLine

TYPED = 0.3
"""Seconds after the last keystroke before the text is searched."""
LONGEST = 400


class MemoryScreen(InspectorScreen):
    """Memories most similar to a text.

    Without a text, they are those most similar to the current activity, as in the assistant's own retrieval.
    """

    ACTS = MEMORY_ACTS
    HEADING = "Memory"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MEMORY_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._step: Step | None = None
        self._timer: Timer | None = None
        self._asked = -1
        self._found: Sequence[MemoryMatch] = ()
        self._blind = False

    def compose(self) -> ComposeResult:
        """Lay out the search line, the query, the list, and the selected memory in full."""
        yield RunHeader(id="header").data_bind(MemoryScreen.frame, MemoryScreen.status)
        yield SearchLine("/: search the memory; empty: memories similar to this moment", id="search")
        yield Static("", id="query", markup=False)
        yield MemoryTable(id="memories")
        yield Static("", id="memory", markup=False)
        yield KeyFooter().data_bind(MemoryScreen.status)

    @property
    def memories(self) -> MemoryTable:
        """The list of memories."""
        return self.query_one(MemoryTable)

    @property
    def text(self) -> str:
        """The text to search for; empty means the current activity."""
        return self.query_one(SearchLine).value.strip()

    def on_mount(self) -> None:
        """Set the title of the list."""
        self.memories.border_title = "Memories"

    def opened(self) -> None:
        """Repeat the last search, or search for the current activity."""
        self.memories.focus()
        self.watch_frame(self.frame)
        if self._step is not None:
            self._search_soon(SETTLE)
        else:
            self._show_message(("This run has no steps yet.", "$muted"))

    # -- asking ---------------------------------------------------------------------------------------------------

    def watch_frame(self, frame: Frame | None) -> None:
        """Search again when another step has been shown for :data:`SETTLE` seconds."""
        if frame is not None and frame.blind != self._blind and self.children:
            self._blind = frame.blind
            self.memories.show_memories(self._found, blind=self._blind)
            self._in_full()
        step = frame.step if frame else None
        if step is None or not self.children or (self._step is not None and step.index == self._step.index):
            return
        self._step = step
        self._search_soon(SETTLE)

    def on_input_changed(self) -> None:
        """Search again when the typing stops."""
        self._search_soon(TYPED)

    def _search_soon(self, seconds: float) -> None:
        """Search after some seconds unless a newer request replaces this one."""
        if self._timer is not None:
            self._timer.stop()
        problem = nothing_to_search(self.frame)
        if problem is not None:
            self.query_one("#query", Static).update(problem_text(problem))
            return
        self._timer = self.set_timer(seconds, self.ask_now)
        self._show_message(*self._query(), ("  searching …", "$muted"))

    def ask_now(self) -> None:
        """Ask the inspector for memories similar to the text.

        If there is no text, ask for memories similar to the current activity.
        """
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._step is not None and nothing_to_search(self.frame) is None:
            self._asked = self._ask(SearchMemory(index=self._step.index, text=self.text or self._step.action.phrase))

    def receive(self, answer: Reply) -> None:
        """Show the memories found, or why there are none."""
        if not isinstance(answer, MemoryMatches | InspectorError) or answer.number != self._asked or self._timer is not None:
            return
        if isinstance(answer, MemoryMatches):
            found = answer.found
            self._show_message(*self._query(), (f"  {len(found)} most similar" if found else "  no memories yet", "$muted"))
            typed = Filter(self.text)
            typed.select({number: clean(one.text or "", LONGEST).lower() for number, one in enumerate(found)})
            self.memories.marked = typed.offsets
            self._found = found
            self.memories.show_memories(found, blind=self._blind)
            self._in_full()
        else:
            self.query_one("#query", Static).update(problem_text(answer))
            self._found = ()
            self.memories.show_memories(())
            self._in_full()

    # -- drawing --------------------------------------------------------------------------------------------------

    def _query(self) -> list[Part]:
        """Return the query in words, with the time that it belongs to."""
        step = self._step
        if step is None:
            return []
        time = f"Day {step.day} {format_time(step.minute, wrap=True)}"
        if self.text:
            return [(time, "bold"), ("  similar to ", "$muted"), (f"“{clean(self.text, LONGEST)}”", "bold $mark")]
        return [(time, "bold"), ("  similar to this moment: ", "$muted"), (clean(step.action.phrase, LONGEST), "bold $mark")]

    def _show_message(self, *parts: Part) -> None:
        self.query_one("#query", Static).update(line(*parts))

    def _in_full(self) -> None:
        one = self.memories.chosen
        self.query_one("#memory", Static).update(in_full(one) if one is not None else line(""))

    def on_table_moved(self) -> None:
        """Show the selected memory in full."""
        self._in_full()

    def on_table_chosen(self) -> None:
        """Go to the memory that was clicked."""
        self.action_go_to_step()

    # -- search line ----------------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search without waiting."""
        event.stop()
        self._search_soon(TYPED)
        self.ask_now()

    def on_filter_line_walk(self, message: FilterLine.Walk) -> None:
        """Move the cursor of the list from the search line."""
        self.memories.action_move(message.by)

    def on_filter_line_closed(self) -> None:
        """Focus the list."""
        self.memories.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the search unless the search line already has the focus."""
        return action != "search" or not isinstance(self.focused, SearchLine)

    # -- actions (see config/screen_actions.py) ------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Focus the search line."""
        self.query_one(SearchLine).open()

    def action_go_to_step(self) -> None:
        """Go to the last time of the selected memory, on the live screen."""
        one = self.memories.chosen
        if one is not None:
            self.app.post_message(GoToTime(one.minute, one.day))
            self.dismiss(None)

    def action_export(self) -> None:
        """Export the list."""
        self.app.post_message(ExportRegion(self.memories, self.memories.figures()))

    def action_back(self) -> None:
        """Clear the search text, or else close the screen."""
        if self.text:
            self.query_one(SearchLine).value = ""
        else:
            super().action_back()


def nothing_to_search(frame: Frame | None) -> InspectorError | None:
    """Return why a run's assistant remembers nothing; None if it has a memory."""
    if frame is None or not frame.about.control:
        return None
    return InspectorError(
        f"Nothing is remembered: {frame.about.control} is a control: it follows a fixed rule.",
        "r lists other runs; those of the assistants llama and api remember",
    )


def in_full(one: MemoryMatch) -> Content:
    """Return a memory with everything known about it."""
    what = f"“{clean(one.text, LONGEST)}”" if one.text else "Silent"
    times = "once" if one.count == 1 else f"{one.count} times, last"
    parts: list[Part] = []
    if one.score is not None:
        # First, as in the table: at the end its number could be broken off.
        parts.append((f"{score_sign(one.score)} {one.score} ", f"bold $score-{max(0, min(4, one.score))}"))
    parts += [(what, "bold" if one.text else "italic"), (f"  during {title(one.activity)}", "")]
    parts += [(f", about {title(one.topic)}", "")] if one.topic else []
    parts.append((f"; {times} on {last_time(one)}", "$muted"))
    return line(*parts)
