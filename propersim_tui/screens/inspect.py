"""Screen that inspects one step, from left to right as the data flowed.

Columns are state and prompt, candidates, training, and today's answer.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer

from propersim.core.records import Step
from propersim.inspector.protocol import AnswerAgain, AnsweredAgain, InspectedCandidate, InspectedStep, InspectorError, InspectStep, Reply
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import INSPECT_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.render import step_text
from propersim_tui.render.content import line
from propersim_tui.render.format import HIDDEN
from propersim_tui.screens.inspector_screen import AskInspector, InspectorScreen, problem_text
from propersim_tui.widgets.hidden_panels import HiddenPanels
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scroll_panel import ScrollPanel

SETTLE = 0.12
"""Seconds without another step before the inspector is asked: leafing through steps must not queue a question for each."""
NO_STEP = line(("This run has no step to inspect yet.", "$muted"))


class InspectScreen(InspectorScreen):
    """Inspector of the current step; the keys that move in time work here as on the live screen."""

    ACTS = INSPECT_ACTS
    HEADING = "Inspect"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(INSPECT_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._laid_out = False
        self._step: Step | None = None
        self._blind = False
        self._timer: Timer | None = None
        self._examining = self._asking = -1
        self._day: int | None = None
        self._kept = ""

    def compose(self) -> ComposeResult:
        """Lay out the panels; the stylesheet places them."""
        yield RunHeader(id="header").data_bind(InspectScreen.frame, InspectScreen.status)
        with Horizontal(id="flow"):
            with Vertical(id="seen"):
                yield ScrollPanel("1 State", id="state")
                yield ScrollPanel("2 Prompt", id="prompt")
            yield ScrollPanel("3 Candidates and ratings", id="weighed")
            with Vertical(id="after"):
                yield ScrollPanel("4 Training", id="taught")
                yield ScrollPanel("5 Answer of another night", id="asked")
        yield HiddenPanels(id="elsewhere")
        yield KeyFooter().data_bind(InspectScreen.status)

    def watch_frame(self, frame: Frame | None) -> None:
        """Show the stored data of a step at once, and ask for the rest after :data:`SETTLE` seconds."""
        step = frame.step if frame else None
        if frame is None or step is None or not self._laid_out:
            return
        if self._step is not None and step.index == self._step.index and frame.blind == self._blind:
            return
        self._step, self._blind = step, frame.blind
        self._show_stored(step)
        self._ask_soon()

    def _ask_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(SETTLE, self.ask_now)

    def opened(self) -> None:
        """Show the current step and ask the newest adapter; the stored data are visible meanwhile."""
        self._day, self._kept = None, ""
        self.watch_frame(self.frame)
        if self._step is None:
            self._panel("state").show(NO_STEP)
        for panel in self.query(ScrollPanel):
            panel.scroll_home(animate=False)
        self._ask_soon()

    def keep_in_view(self, name: str) -> None:
        """Keep a panel in view on a narrow screen while answers arrive.

        Answers change the heights of the panels above it.

        Args:
            name: id of the panel; "" for none.
        """
        self._kept = name
        self._scroll_to_kept()

    def _scroll_to_kept(self) -> None:
        if self._kept and self.has_class("-narrow"):
            self.call_after_refresh(self._panel(self._kept).scroll_visible, animate=False, top=True)

    def on_mount(self) -> None:
        """Accept frames from now on.

        Keys pressed during layout change the frame before the panels exist.
        """
        self._laid_out = True
        flow = self.query_one("#flow")
        for name in ("scroll_y", "virtual_size"):
            self.watch(flow, name, self._name_hidden_soon)

    def _name_hidden_soon(self) -> None:
        self.call_after_refresh(self._name_hidden)

    def _name_hidden(self) -> None:
        """Say on a narrow screen, where the panels stand below each other, which are out of view."""
        self.query_one(HiddenPanels).show(self.query_one("#flow").region, [panel.region for panel in self.query(ScrollPanel)])

    def _show_stored(self, step: Step) -> None:
        """Show what needs no model."""
        known = [InspectedCandidate(one) for one in step.candidates]
        if self._control:
            self._show_control(step)
        else:
            for name in ("state", "prompt", "taught"):
                self._panel(name).show(self.waiting)
            self._panel("asked").show(self.waiting if step.p_speak is not None else self._not_asked)
        self._show_candidates(step, known, asked=step.p_speak is not None)

    def _show_control(self, step: Step) -> None:
        """Show at once what there is to say of a control, which has no model to ask."""
        self._panel("state").show(step_text.state_text(None))
        self._panel("prompt").show(step_text.prompt_text(()))
        self._panel("prompt").border_subtitle = ""
        self._panel("taught").show(step_text.pairs_text((), (), (), step))
        self._panel("asked").show(self._not_asked)

    @property
    def _not_asked(self) -> Content:
        """Why no adapter is asked to answer the step again."""
        text = "A model at an endpoint is not asked again." if self._remote else "Only local models can be asked again."
        return line((text, step_text.MUTED))

    @property
    def _control(self) -> bool:
        """Whether a control decides, which follows a fixed rule."""
        return self.frame is not None and bool(self.frame.about.control)

    def _show_candidates(
        self, step: Step, known: list[InspectedCandidate] | tuple[InspectedCandidate, ...], *, asked: bool = False
    ) -> None:
        threshold = self.frame.threshold if self.frame else None
        complete = self.frame is None or self.frame.about.feedback == "complete"
        head = [step_text.decision_text(step, threshold, remote=self._remote, complete=complete), line("")]
        if step.p_speak is not None:
            head = [line(("speak ", step_text.MUTED), step_text.gauge(step.p_speak, threshold)), *head]
        calls = step_text.calls_text(self.frame.calls if self.frame else ())
        self._panel("weighed").show(
            line("\n").join([*head, step_text.candidates_text(known, step, asked=asked, blind=self._blind), *calls])
        )

    @property
    def _remote(self) -> bool:
        """Whether the assistant is a model at an endpoint."""
        return self.frame is not None and self.frame.about.remote

    def ask_now(self) -> None:
        """Ask the inspector about the current step, if a model decided."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._step is not None and not self._control:
            self._examining = self._ask(InspectStep(index=self._step.index))
            self._ask_again()

    def _ask_again(self) -> None:
        if self._step is not None and self._step.p_speak is not None:
            self._asking = self._ask(AnswerAgain(index=self._step.index, day=self._day))

    def receive(self, answer: Reply) -> None:
        """Show an answer of the inspector."""
        step = self._step
        if step is None or self.frame is None:
            return
        if isinstance(answer, InspectedStep) and answer.number == self._examining:
            lacking = step_text.missing_model_text(answer)
            state = step_text.state_text(answer.state, blind=self._blind)
            self._panel("state").show(state if lacking is None else Content("\n\n").join([lacking, state]))
            # A prompt repeats what was rated, and pairs are made of ratings.
            self._panel("prompt").show(line((HIDDEN, "$muted")) if self._blind else step_text.prompt_text(answer.prompt))
            self._panel("prompt").border_subtitle = (
                f"{len(answer.prompt)} {'messages' if self._remote else 'tokens'}" if answer.prompt else ""
            )
            complete = self.frame.about.feedback == "complete"
            pairs = step_text.pairs_text(answer.pairs, answer.nights, self.frame.nights, step, remote=self._remote, complete=complete)
            self._panel("taught").show(line((HIDDEN, "$muted")) if self._blind else pairs)
            self._show_candidates(step, answer.candidates)
        elif isinstance(answer, AnsweredAgain) and answer.number == self._asking:
            self._panel("asked").show(step_text.adapter_answer_text(answer, blind=self._blind))
        elif isinstance(answer, InspectorError) and answer.number in (self._examining, self._asking):
            names = ("asked",) if answer.number == self._asking else ("state", "prompt", "taught")
            for name in names:
                self._panel(name).show(problem_text(answer))
        self._scroll_to_kept()

    @property
    def _nights(self) -> list[int]:
        """The nights whose adapters can be asked; 0 is for none."""
        return [0, *sorted({night.day for night in (self.frame.nights if self.frame else ()) if night.used})]

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing now; the footer leaves them out."""
        asks = len(self._nights) > 1 and self.frame is not None and self.frame.step is not None and self.frame.step.p_speak is not None
        return super().idle_actions | (frozenset() if asks else {"earlier_night", "later_night"})

    def action_night(self, by: int) -> None:
        """Ask the adapter of an earlier or a later night."""
        days = self._nights
        at = len(days) - 1 if self._day is None else days.index(self._day) if self._day in days else len(days) - 1
        at = max(0, min(len(days) - 1, at + by))
        self._day = None if at == len(days) - 1 else days[at]
        if self._step is not None and self._step.p_speak is not None:
            self._panel("asked").show(self.waiting)
            self._ask_again()

    def _panel(self, name: str) -> ScrollPanel:
        return self.query_one(f"#{name}", ScrollPanel)
