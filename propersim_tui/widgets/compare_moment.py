"""The same moment in two runs or more: activity, recommendation and rating."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive

from propersim.assistant.silence import silence_cause
from propersim.core.clock import format_time, weekday_name
from propersim.core.records import DIMENSIONS, Step
from propersim.core.text import clean
from propersim_tui.data.comparison import DayView, DayViews
from propersim_tui.data.frame import step_threshold
from propersim_tui.render.content import beside, line, paragraph
from propersim_tui.render.format import UNRATED_LIGHT, fit, light, score_sign, score_style, title
from propersim_tui.render.silence_text import short_cause
from propersim_tui.render.wish import wish
from propersim_tui.widgets.compare_figures import SIGNS, STYLES, Sides
from propersim_tui.widgets.decision import percent_text
from propersim_tui.widgets.text_pane import TextPane

MARGIN = 3
LEAST = 36
"""Fewest columns of a run that is shown beside more than one other."""
WIDE = 44
"""Fewest columns of a run at which the threshold is shown beside the probability of speaking."""


@dataclass(frozen=True, eq=False)
class ComparedMoment:
    """The moment to show.

    Attributes:
        sides: the runs.
        views: the day in each run.
        day: number of the day.
        minute: minute of the day's clock.
        blind: whether a person rates one of the runs now, so that what the judge goes by is hidden.
    """

    sides: Sides
    views: DayViews
    day: int
    minute: float
    blind: bool = False

    @property
    def span(self) -> tuple[float, float]:
        """First and last minute of the timeline."""
        plans = [view.plan for view in self.views if view.plan is not None]
        return min((plan.wake for plan in plans), default=0.0), max((plan.sleep for plan in plans), default=1440.0)


class CompareMoment(TextPane):
    """The time, a timeline with the recommendations of each run, and the moment in each run."""

    TERMS: ClassVar[Mapping[str, str]] = {"silent": "silence"}

    @dataclass
    class Clicked(Message):
        """The timeline was clicked at a minute of the day."""

        minute: float

    moment: reactive[ComparedMoment | None] = reactive(None)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "The same moment"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw the moment, both runs side by side."""
        moment = self.moment
        if moment is None:
            return [line((self.waiting, "$muted"))]
        now = f"Day {moment.day} · {weekday_name(moment.day)} {format_time(moment.minute, wrap=True)}"
        head = [line((now, "bold $mark")), *_band(moment, width), line("")]
        count = len(moment.sides)
        if count > 2 and (width - 3 * (count - 1)) // count < LEAST:
            # Without room for a column each, every run has a line or two.
            return [*head, *(each for number in range(count) for each in _brief(moment, number, width))]
        wide = (width - 3 * (count - 1)) // count
        sides = [_side(moment, number, wide) for number in range(count)]
        if len(head) + max(map(len, sides)) > height:
            # What was said matters more than where the user is.
            head, sides = head[:-1], [_side(moment, number, wide, brief=True) for number in range(count)]
        return [*head, *beside([(side, wide) for side in sides])]

    def on_click(self, event: events.Click) -> None:
        """Post the time that was clicked on the timeline."""
        place = event.get_content_offset(self)
        if place is None or self.moment is None or not 1 <= place.y <= len(self.moment.sides) + 1:
            return
        room = max(1, self.content_size.width - MARGIN)
        if 0 <= place.x - MARGIN < room:
            start, end = self.moment.span
            self.post_message(self.Clicked(start + (place.x - MARGIN + 0.5) / room * (end - start)))


def _brief(moment: ComparedMoment, number: int, width: int) -> list[Content]:
    """Return a run's answer in one line: sign, score, ratings, and what it said."""
    sign, view = (f"{SIGNS[number]} ", STYLES[number]), moment.views[number]
    step = view.step_at(moment.minute)
    if step is None:
        return [line(sign, (fit(view.why_not(moment.day, moment.minute), width - 2), "italic $muted"))]
    if moment.blind and not step.spoke:
        return [line(sign, (fit(f"silent · {clean(step.action.phrase, 120)}", width - 2), "$muted"))]
    rating = step.rating
    score = UNRATED_LIGHT if rating.score is None else rating.score
    marks = f"{score}  {' '.join(light(value) for value in rating.values)}  "
    said = f"“{clean(step.answer.text or '')}”" if step.spoke else f"silent · {clean(step.action.phrase, 120)}"
    return [line(sign, (marks, f"bold {score_style(rating.score)}"), (fit(said, width - 2 - len(marks)), "" if step.spoke else "$muted"))]


def _band(moment: ComparedMoment, width: int) -> list[Content]:
    """Return the hours and one row of recommendations per run.

    A vertical line marks the current time.
    """
    start, end = moment.span
    room = max(1, width - MARGIN)
    span = max(1.0, end - start)

    def column(minute: float) -> int:
        return max(0, min(room - 1, int((minute - start) / span * room)))

    now = column(moment.minute)
    hours = [" "] * room
    here = max(0, min(room - 5, now - 2))
    every = next((step for step in (1, 2, 3, 4, 6) if room / (span / 60) * step >= 3), 12)
    for hour in range(-(-int(start) // 60), int(end) // 60 + 1):
        at, text = column(hour * 60), str(hour % 24)
        clear = at + len(text) < here or at > here + 5
        if hour % every == 0 and clear and at + len(text) <= room and hour * 60 < end:
            hours[at : at + len(text)] = text
    hours[here : here + 5] = [" "] * 5
    marked = (
        ("".join(hours[:here]), "$muted"),
        (format_time(moment.minute, wrap=True), "bold $mark"),
        ("".join(hours[here + 5 :]), "$muted"),
    )
    lines = [line(" " * MARGIN, *marked)]
    for number, view in enumerate(moment.views):
        cells: list[tuple[str, str]] = [(" ", "")] * room
        for open_span in view.plan.receptive if view.plan and not moment.blind else ():
            for at in range(column(open_span.start), column(open_span.end - 0.01) + 1):
                cells[at] = ("▁", "$success 60%")
        cells[now] = ("│", "$mark")
        for step in view.steps:
            if step.spoke:
                score = step.rating.score
                cells[column(step.minute)] = (score_sign(score), f"bold {score_style(score)}")
        lines.append(line((f"{SIGNS[number]}  ", STYLES[number]), *cells))
    return lines


def _side(moment: ComparedMoment, number: int, width: int, *, brief: bool = False) -> list[Content]:
    """Return the moment in one of the runs.

    Args:
        moment: the moment.
        number: number of the run.
        width: available cells.
        brief: whether to leave out the place and blank lines.
    """
    side, view = moment.sides[number], moment.views[number]
    name = clean(side.about.persona.first_name, 30)
    lines = [line((f"{SIGNS[number]} ", STYLES[number]), (fit(f"{clean(side.item.id, 60)} · {name}", width - 2).rstrip(), "bold"))]
    step = view.step_at(moment.minute)
    if step is None:
        return [*lines, *paragraph(view.why_not(moment.day, moment.minute), width, "italic $muted")]
    action = step.action
    times = f"{format_time(action.start, wrap=True)}–{format_time(action.end, wrap=True)} "
    lines += paragraph(clean(action.phrase, 120), width, first=times, rest=" " * len(times))
    if not brief:
        lines.append(line((fit(f"{title(action.place.room)} · {title(action.place.object)}", width).rstrip(), "$muted")))
    if not moment.blind:
        lines.append(_openness(step, width))
    gap = [] if brief else [line("")]
    if moment.blind and not step.spoke:
        return [*lines, *gap, line(("silent", "bold"))]
    return [*lines, *gap, *_answer(step, view, width)]


def _openness(step: Step, width: int) -> Content:
    """Return on one line whether the user is receptive and wants something.

    The number of earlier recommendations follows if it fits.
    """
    parts = [("receptive ", "$muted"), ("yes", "bold $score-4") if step.moment.receptive else ("no", "bold $score-1")]
    words, style = wish(step)
    before = f"{step.clocks.shown} shown before" if step.clocks.shown else ""
    for forms, more_style in ((words, style), ((before,), "$muted")):
        room = width - sum(cell_len(part) for part, _ in parts) - 2
        if more := next((form for form in forms if form and cell_len(form) <= room), ""):
            parts.append((f"  {more}", more_style))
    return line(*parts)


def _answer(step: Step, view: DayView, width: int) -> list[Content]:
    """Return the recommendation or silence, with its rating and reasons."""
    rating = step.rating
    style = f"bold {score_style(rating.score)}"
    lights = " ".join(light(value) for value in rating.values)
    lines = [
        line(
            (f"{score_sign(rating.score)} {UNRATED_LIGHT if rating.score is None else rating.score}", style),
            "  ",
            (lights, score_style(rating.score)),
            ("  said, to learn" if step.explored else "  said" if step.spoke else "  silent", "bold"),
        )
    ]
    if step.p_speak is not None:
        needed = step_threshold(view.about, view.nights, step)
        of = f" (needs {percent_text(needed)})" if needed is not None and width >= WIDE else ""
        lines[0] = line(lines[0], (f"  speak {percent_text(step.p_speak)}{of}", "$muted"))
        if (cause := silence_cause(step, needed, complete=view.about.feedback == "complete")) is not None:
            lines += paragraph(f"silent: {short_cause(cause)}", width, "$muted")
    if step.spoke:
        lines += paragraph(f"“{clean(step.answer.text or '')}”", width)
    for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=True):
        if value == 0:
            lines += paragraph(clean(reason, 300) or "no reason given", width, "italic $foreground 80%", first=f"○ {name} ", rest="  ")
    return lines
