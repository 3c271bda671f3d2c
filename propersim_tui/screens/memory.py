"""What the assistant remembers at the step shown: by what it reminds of, or searched by a text."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from propersim.core.clock import format_time
from propersim.core.records import Step
from propersim.core.text import clean
from propersim.inspector.protocol import Answer, Recall, Recalled, Remembered, Trouble
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import MEMORY_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.messages import GoTo, TakeThis
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import shape, title
from propersim_tui.screens.asking import AskingScreen, AskInspector
from propersim_tui.screens.inspect import SETTLE
from propersim_tui.widgets.filter_line import FilterLine
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.memory_table import MemoryTable
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.search_line import SearchLine

TYPED = 0.3
"""Seconds without a key after which what has been typed is searched for."""
LONGEST = 400


class MemoryScreen(AskingScreen):
    """Follows the run's cursor; without a text, what the user is doing is searched for, as the assistant does itself."""

    ACTS = MEMORY_ACTS
    HEADING = "Memory"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(MEMORY_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._step: Step | None = None
        self._timer: Timer | None = None
        self._asked = -1

    def compose(self) -> ComposeResult:
        """Lay out the line to write in, what was asked for, the memories, and the one at the cursor in full."""
        yield RunHeader(id="header").data_bind(MemoryScreen.frame, MemoryScreen.status)
        yield SearchLine("/ searches what it remembers; without a text: what this moment reminds it of", id="search")
        yield Static("", id="told", markup=False)
        yield MemoryTable(id="memories")
        yield Static("", id="memory", markup=False)
        yield KeyFooter()

    @property
    def memories(self) -> MemoryTable:
        """The list."""
        return self.query_one(MemoryTable)

    @property
    def text(self) -> str:
        """What is searched for; "" is the moment itself."""
        return self.query_one(SearchLine).value.strip()

    def on_mount(self) -> None:
        """Name the list."""
        self.memories.border_title = "What it remembers"

    def opened(self) -> None:
        """Ask what the step at the cursor reminds it of, or what was searched for last."""
        self.memories.focus()
        self.watch_frame(self.frame)
        if self._step is not None:
            self._soon(SETTLE)
        else:
            self._tell(("The run has no step yet: there is nothing to remember.", "$muted"))

    # -- asking ---------------------------------------------------------------------------------------------------

    def watch_frame(self, frame: Frame | None) -> None:
        """Ask anew when another step has stood for a moment."""
        step = frame.step if frame else None
        if step is None or not self.children or (self._step is not None and step.index == self._step.index):
            return
        self._step = step
        self._soon(SETTLE)

    def on_input_changed(self) -> None:
        """Ask anew when nothing more is typed."""
        self._soon(TYPED)

    def _soon(self, seconds: float) -> None:
        """Ask after a while, unless something else is to be asked before."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(seconds, self.wonder)
        self._tell(*self._question(), ("  asking …", "$muted"))

    def wonder(self) -> None:
        """Ask the examiner: the text, or what the user is doing where there is none."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._step is not None:
            self._asked = self._ask(Recall(index=self._step.index, text=self.text or self._step.action.phrase))

    def hear(self, answer: Answer) -> None:
        """Show what is remembered, or why that cannot be known."""
        if not isinstance(answer, Recalled | Trouble) or answer.number != self._asked or self._timer is not None:
            return
        if isinstance(answer, Recalled):
            found = answer.found
            self._tell(*self._question(), (f"  {len(found)} most like it" if found else "  nothing is remembered yet", "$muted"))
            self.memories.remember(found)
            self._in_full()
        else:
            self._tell((clean(answer.message, LONGEST), "$warning"), (f"  {clean(answer.hint, LONGEST)}" if answer.hint else "", "$muted"))
            self.memories.remember(())
            self._in_full()

    # -- drawing --------------------------------------------------------------------------------------------------

    def _question(self) -> list[Part]:
        """Return what is asked for, and of which time."""
        step = self._step
        if step is None:
            return []
        time = f"Day {step.day} {format_time(step.minute, wrap=True)}"
        if self.text:
            return [(time, "bold"), ("  like ", "$muted"), (f"“{clean(self.text, LONGEST)}”", "bold $mark")]
        return [(time, "bold"), ("  like this moment: ", "$muted"), (clean(step.action.phrase, LONGEST), "bold $mark")]

    def _tell(self, *parts: Part) -> None:
        self.query_one("#told", Static).update(line(*parts))

    def _in_full(self) -> None:
        one = self.memories.chosen
        self.query_one("#memory", Static).update(in_full(one) if one is not None else line(""))

    def on_table_moved(self) -> None:
        """Show the memory at the cursor in full."""
        self._in_full()

    def on_table_chosen(self) -> None:
        """Go to a memory that was clicked on."""
        self.action_there()

    # -- the line to write in -------------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Search at once."""
        event.stop()
        self._soon(TYPED)
        self.wonder()

    def on_filter_line_walk(self, message: FilterLine.Walk) -> None:
        """Move the cursor while writing."""
        self.memories.action_move(message.by)

    def on_filter_line_closed(self) -> None:
        """Give the keys back to the list."""
        self.memories.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer to search where one does not write already."""
        return action != "search" or not isinstance(self.focused, SearchLine)

    # -- actions (see acts.py) ------------------------------------------------------------------------------------

    def action_search(self) -> None:
        """Write what to search for."""
        self.query_one(SearchLine).open()

    def action_there(self) -> None:
        """Go to when the memory at the cursor came last, on the screen beneath."""
        one = self.memories.chosen
        if one is not None:
            self.app.post_message(GoTo(one.minute, one.day))
            self.dismiss(None)

    def action_take(self) -> None:
        """Copy or save the list."""
        self.app.post_message(TakeThis(self.memories, self.memories.figures()))

    def action_back(self) -> None:
        """Take the text away, else return to where one came from."""
        if self.text:
            self.query_one(SearchLine).value = ""
        else:
            super().action_back()


def in_full(one: Remembered) -> Content:
    """Return a memory with all that is known of it."""
    what = f"“{clean(one.text, LONGEST)}”" if one.text else "Silent"
    times = "once" if one.count == 1 else f"{one.count} times, last"
    parts: list[Part] = [(what, "bold" if one.text else "italic"), (f"  during {title(one.activity)}", "")]
    parts += [(f", about {title(one.topic)}", "")] if one.topic else []
    parts.append((f"; {times} on {last_time(one)}", "$muted"))
    if one.score is not None:
        parts += [("  rated ", "$muted"), (f"{shape(one.score)} {one.score}", f"bold $score-{max(0, min(4, one.score))}")]
    return line(*parts)
