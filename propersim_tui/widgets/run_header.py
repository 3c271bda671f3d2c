"""Top line of a run: persona, time, speed and assistant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.reactive import reactive

from propersim.core.clock import format_minutes, format_time, weekday_name
from propersim.core.text import clean
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.messages import TogglePlay
from propersim_tui.render.conditions import conditions
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import DAY_SIGN, NIGHT_SIGN, fit, is_night
from propersim_tui.render.run_state import cost_text, playback_state, speed_text
from propersim_tui.widgets.run_panel import RunPanel

SPEED_IN_WORDS = 150
"""Fewest columns at which the speed is also given as simulated time."""


class RunHeader(RunPanel, can_focus=False):
    """One line; less important parts are left out first. A click pauses or resumes."""

    TERMS: ClassVar[Mapping[str, str]] = {"big five": "traits"}

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
        persona, now = frame.persona, frame.now
        name = clean(persona.first_name, 20)
        whole = f"{clean(persona.name, 40)}, {persona.age}"
        full = f"{whole}, {clean(persona.occupation, 40)}"
        traits = persona.big_five.short
        labelled = f"Big Five {traits}"
        moment, clock, sign = "", "", ""
        if now is not None:
            moment = f"Day {now.day} of {frame.about.days} · {weekday_name(now.day)} "
            clock, sign = format_time(now.minute, seconds=True, wrap=True), f" {NIGHT_SIGN if is_night(now.minute) else DAY_SIGN}"
        state, state_style = playback_state(self.status, short=width < 100 and bool(self.status.bill or conditions(frame.about, 0)))
        if width >= SPEED_IN_WORDS and self.status.speed is not None and state.endswith(speed_text(self.status)):
            state += f" ({format_minutes(self.status.speed * frame.about.timestep)} a second)"
        if self.status.background:
            state += f" · {self.status.background}"
        if self.status.bill is not None:
            state += f" · {cost_text(self.status.bill)}"
        assistant = " · ".join(part for part in (frame.about.assistant, frame.about.peer) if part)
        middle: list[Part] = [(moment, ""), (clock, "bold $mark"), (sign, "$mark")] if clock else [("no step yet", "$muted")]
        middle_width = cell_len(moment + clock + sign) or 11
        fixed = middle_width + cell_len(state) + 4
        # From the longest form to the shortest; the first that fits is used.
        short = f"{name}, {persona.age}"
        day = now.day if now is not None else 0
        under, briefly = (conditions(frame.about, day, short=short_form) for short_form in (False, True))
        told, told_briefly = f"{assistant} · {under}", f"{assistant} · {briefly}"
        # Under what conditions the assistant learns matters more than who the user is.
        learning = [
            (" propersim  ", full, labelled, told),
            (" propersim  ", full, traits, told),
            ("", full, traits, told),
            ("", whole, traits, told),
            ("", short, traits, told),
            ("", name, "", told),
            ("", name, "", told_briefly),
            ("", name, "", briefly),
        ]
        for title, who, marks, model in (
            *(learning if under else ()),
            (" propersim  ", full, labelled, f"assistant {assistant}"),
            (" propersim  ", full, labelled, assistant),
            ("", full, labelled, assistant),
            ("", full, traits, assistant),
            ("", whole, labelled, assistant),
            ("", whole, traits, assistant),
            ("", short, traits, assistant),
            ("", whole, traits, ""),
            ("", short, traits, ""),
            ("", short, "", assistant),
            ("", name, "", assistant),
            ("", name, traits, ""),
            ("", short, "", ""),
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
