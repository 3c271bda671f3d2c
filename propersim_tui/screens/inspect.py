"""One step laid open, from left to right, the way the data flowed: what was seen, what was weighed, what was learned."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from propersim.core.records import Step
from propersim.core.text import clean
from propersim.inspector.protocol import Answer, Ask, Asked, Examine, Examined, Trouble, Weighed
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import INSPECT_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.render import step_text
from propersim_tui.render.content import line
from propersim_tui.screens.asking import AskingScreen, AskInspector
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scroll_panel import ScrollPanel

SETTLE = 0.12
"""Seconds that a step must stand before the examiner is asked of it: one who leafs through does not want them all."""
NOTHING = line(("The run has no step yet: there is nothing to lay open.", "$muted"))
WAIT = line(("asking the model …", "$muted"))


class InspectScreen(AskingScreen):
    """Follows the run's cursor: the keys that move in time work here as they do below."""

    ACTS = INSPECT_ACTS
    HEADING = "Inspect"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(INSPECT_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._laid_out = False
        self._step: Step | None = None
        self._timer: Timer | None = None
        self._examining = self._asking = -1
        self._day: int | None = None

    def compose(self) -> ComposeResult:
        """Lay out the sheets; where they go is the stylesheet's business."""
        yield RunHeader(id="header").data_bind(InspectScreen.frame, InspectScreen.status)
        with Horizontal(id="flow"):
            with Vertical(id="seen"):
                yield ScrollPanel("1 What it saw", id="state")
                yield ScrollPanel("2 The prompt", id="prompt")
            yield ScrollPanel("3 What it weighed", id="weighed")
            with Vertical(id="after"):
                yield ScrollPanel("4 What came of it", id="taught")
                yield ScrollPanel("5 The same moment today", id="asked")
        yield KeyFooter()

    def watch_frame(self, frame: Frame | None) -> None:
        """Show at once what is stored of the step, and ask for the rest when it stands."""
        step = frame.step if frame else None
        if step is None or not self._laid_out or (self._step is not None and step.index == self._step.index):
            return
        self._step = step
        self._stored(step)
        self._soon()

    def _soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE, self.wonder)

    def opened(self) -> None:
        """Show the step that is at the cursor, and ask of the newest adapter; what is known of the step is to be seen meanwhile."""
        self._day = None
        self.watch_frame(self.frame)
        if self._step is None:
            self._sheet("state").show(NOTHING)
        for sheet in self.query(ScrollPanel):
            sheet.scroll_home(animate=False)
        self._soon()

    def on_mount(self) -> None:
        """Take frames from now on: keys that are pressed while the sheets are still being laid out move the frame."""
        self._laid_out = True

    def _stored(self, step: Step) -> None:
        """Show what needs no model."""
        known = [Weighed(one, _source(step, number)) for number, one in enumerate(step.candidates)]
        for name in ("state", "prompt", "taught", "asked"):
            self._sheet(name).show(WAIT)
        self._weigh(step, known, asked=step.p_speak is not None)

    def _weigh(self, step: Step, known: list[Weighed] | tuple[Weighed, ...], *, asked: bool = False) -> None:
        threshold = self.frame.threshold if self.frame else None
        head = [step_text.why(step, threshold, remote=self._remote), line("")]
        if step.p_speak is not None:
            head = [step_text.gauge(step.p_speak, threshold), *head]
        calls = step_text.took(self.frame.calls if self.frame else ())
        self._sheet("weighed").show(line("\n").join([*head, step_text.weighed(known, step, asked=asked), *calls]))

    @property
    def _remote(self) -> bool:
        """Whether the assistant is a model at an endpoint."""
        return self.frame is not None and self.frame.about.remote

    def wonder(self) -> None:
        """Ask the examiner of the step that is shown."""
        if self._step is not None:
            self._examining = self._ask(Examine(index=self._step.index))
            self._ask_again()

    def _ask_again(self) -> None:
        if self._step is not None and self._step.p_speak is not None:
            self._asking = self._ask(Ask(index=self._step.index, day=self._day))

    def hear(self, answer: Answer) -> None:
        """Show what the examiner found."""
        step = self._step
        if step is None or self.frame is None:
            return
        if isinstance(answer, Examined) and answer.number == self._examining:
            lacking = step_text.lacking(answer)
            self._sheet("state").show(step_text.saw(answer.state) if lacking is None else lacking)
            self._sheet("prompt").show(step_text.prompt(answer.prompt))
            self._sheet("prompt").border_subtitle = (
                f"{len(answer.prompt)} {'messages' if self._remote else 'tokens'}" if answer.prompt else ""
            )
            self._sheet("taught").show(step_text.taught(answer.pairs, answer.nights, self.frame.nights, step))
            self._weigh(step, answer.candidates)
            if step.p_speak is None:
                text = "A model at an endpoint is not asked again." if self._remote else "Only a model can be asked again."
                self._sheet("asked").show(line((text, "$muted")))
        elif isinstance(answer, Asked) and answer.number == self._asking:
            self._sheet("asked").show(step_text.asked(answer))
        elif isinstance(answer, Trouble) and answer.number in (self._examining, self._asking):
            names = ("asked",) if answer.number == self._asking else ("state", "prompt", "taught")
            for name in names:
                self._sheet(name).show(
                    line((clean(answer.message), "$warning"), (f"  {clean(answer.hint)}" if answer.hint else "", "$muted"))
                )

    def action_other(self, by: int) -> None:
        """Ask another night's adapter: earlier or later."""
        days = [0, *sorted({night.day for night in (self.frame.nights if self.frame else ()) if night.adapter})]
        at = len(days) - 1 if self._day is None else days.index(self._day) if self._day in days else len(days) - 1
        at = max(0, min(len(days) - 1, at + by))
        self._day = None if at == len(days) - 1 else days[at]
        self._sheet("asked").show(WAIT)
        self._ask_again()

    def _sheet(self, name: str) -> ScrollPanel:
        return self.query_one(f"#{name}", ScrollPanel)


def _source(step: Step, number: int) -> Literal["silence", "drawn", "recalled"]:
    if step.candidates[number].text is None:
        return "silence"
    return "drawn" if number <= step.drawn - step.malformed or not step.drawn else "recalled"
