"""Top line of a run: persona, time, speed and assistant."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive

from propersim.core.clock import format_time, weekday_name
from propersim.core.text import clean, counted, dollars
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.messages import TogglePlay
from propersim_tui.render.conditions import conditions
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import DAY_SIGN, NIGHT_SIGN, fit, is_night, percent
from propersim_tui.widgets.run_panel import RunPanel


class RunHeader(RunPanel, can_focus=False):
    """One line; less important parts are left out first. A click pauses or resumes."""

    status: reactive[PlaybackStatus] = reactive(PlaybackStatus())

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.tooltip = "Click to pause or resume"

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw as much as fits: time and state always, then the name, then the rest.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        persona, step = frame.about.persona, frame.step
        name = clean(persona.first_name, 20)
        full = f"{clean(persona.name, 40)}, {persona.age}, {clean(persona.occupation, 40)}"
        traits = persona.big_five.short
        moment, clock, sign = "", "", ""
        if step is not None:
            moment = f"Day {step.day} of {frame.about.days} · {weekday_name(step.day)} "
            clock, sign = format_time(step.minute, seconds=True, wrap=True), f" {NIGHT_SIGN if is_night(step.minute) else DAY_SIGN}"
        state, state_style = playback_state(self.status)
        if self.status.bill is not None:
            state += f" · {cost_text(self.status.bill)}"
        assistant = " · ".join(part for part in (frame.about.assistant, frame.about.peer) if part)
        middle: list[Part] = [(moment, ""), (clock, "bold $mark"), (sign, "$mark")] if clock else [("no step yet", "$muted")]
        middle_width = cell_len(moment + clock + sign) or 11
        fixed = middle_width + cell_len(state) + 4
        # From the longest form to the shortest; the first that fits is used.
        short = f"{name}, {persona.age}"
        spare = width - fixed - sum(cell_len(part) + 2 for part in (traits, assistant)) - 2
        day = step.day if step is not None else 0
        under, briefly = (conditions(frame.about, day, short=short_form) for short_form in (False, True))
        told, told_briefly = f"{assistant} · {under}", f"{assistant} · {briefly}"
        # Under what conditions the assistant learns matters more than who the user is.
        learning = [
            (" propersim  ", full, traits, told),
            ("", full, traits, told),
            ("", short, traits, told),
            ("", name, "", told),
            ("", name, "", told_briefly),
            ("", name, "", briefly),
        ]
        for title, who, marks, model in (
            *(learning if under else ()),
            (" propersim  ", full, traits, assistant),
            ("", full, traits, assistant),
            ("", fit(full, spare) if spare > cell_len(persona.name) + 12 else full, traits, assistant),
            ("", short, traits, assistant),
            ("", short, traits, ""),
            ("", name, "", assistant),
            ("", name, "", ""),
            ("", "", "", ""),
        ):
            used = fixed + sum(cell_len(part) + 2 for part in (title, who, marks, model) if part)
            if used <= width:
                break
        gap = max(0, width - used)
        left = gap // 2 if width >= 100 else gap
        parts: list[Part] = [(title, "bold $primary")] if title else [" "]
        parts += [(who, "bold"), "  "] if who else []
        parts += [(marks, "$muted"), "  "] if marks else []
        parts += [" " * left, *middle, "  " + " " * (gap - left), (state, state_style)]
        parts += ["  ", (model, "$muted")] if model else []
        if used > width:
            parts = [(clock or "no step yet", "bold $mark"), " ", (fit(state, max(0, width - 12)), state_style)]
        return [line(*parts)]

    def on_click(self, event: events.Click) -> None:
        """Pause or resume."""
        event.stop()
        self.post_message(TogglePlay())


def speed_text(status: PlaybackStatus) -> str:
    """Return the chosen speed, or the achieved one at full speed."""
    if status.speed is not None:
        return f"{status.speed:g}×"
    return f"max {status.rate:.0f}/s" if status.rate else "max"


def cost_text(bill: tuple[int, float]) -> str:
    """Return the number of calls to endpoints and their cost, in a few characters."""
    calls, cost = bill
    return counted(calls, "call") + (f" {dollars(cost)}" if cost else "")


def back_text(steps: int) -> str:
    """Return how far the screen looks back."""
    return f"{counted(steps, 'step')} back"


def playback_state(status: PlaybackStatus) -> tuple[str, str]:
    """Return in words how the run is played, and a style."""
    if status.training is not None:
        return _training(status), "bold $mark"
    if status.phase == "failed" and not status.playing:
        return "✖ stopped" if not status.behind else f"✖ {back_text(status.behind)}", "bold $text-error"
    if status.asked:
        return "◆ your rating" + (f" ◂ {status.behind}" if status.behind else ""), "bold $mark"
    if status.behind and status.live and not status.playing:
        return f"◂ {back_text(status.behind)}", "bold $text-warning"
    if status.awaited and status.playing:
        return "◌ waiting" + (f" ◂ {status.behind}" if status.behind else ""), "bold $mark"
    if status.phase == "starting" and status.playing:
        return "◌ starting", "bold $text-warning"
    if status.playing:
        return f"▶ {speed_text(status)}", "bold $text-success"
    if status.phase == "finished" and not status.behind:
        return "■ finished", "bold $text-success"
    return f"‖ paused {speed_text(status)}", "bold $text-warning"


def _training(status: PlaybackStatus) -> str:
    """Return the progress of the training, and whether the run is paused or looks back."""
    newest = status.training[-1] if status.training else None
    done = f" {percent(newest.step, newest.steps)} %" if newest and newest.steps > 0 else ""
    after = "" if status.playing else f" ◂ {status.behind}" if status.behind else " ‖"
    return f"{NIGHT_SIGN} training{done}{after}"
