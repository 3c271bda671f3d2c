"""The current step in words: where the user is and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from propersim.core.clock import format_minutes, format_time
from propersim.core.records import Step
from propersim.core.text import clean
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.render.content import line
from propersim_tui.render.evidence_line import OTHER_LABEL, evidence_forms
from propersim_tui.render.format import UNRATED_LIGHT, duration, fit, score_sign, score_style, title, wrap
from propersim_tui.render.reaction_text import action_note, patience_text
from propersim_tui.render.silence_text import short_cause
from propersim_tui.render.user_card import card_lines
from propersim_tui.render.wish import wish
from propersim_tui.widgets.decision import other_candidates, percent_text
from propersim_tui.widgets.run_panel import RunPanel
from propersim_tui.widgets.term_tooltip import explain

MUTED = "$muted"
NARROW = 30
"""Cells below which each fact has a line of its own."""


class NowPanel(RunPanel):
    """Activity, place and focus of the user, and whether a recommendation would be welcome.

    Before the first step it lists what the worker has done so far.
    """

    TERMS: ClassVar[Mapping[str, str]] = {"last": "gap", "before": "gap", "before this": "gap", OTHER_LABEL: "evidence"}

    status: reactive[PlaybackStatus] = reactive(PlaybackStatus(), repaint=False)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Now"
        self.tooltip = explain("receptive", "wanted moment", "overdue", "comfortable gap", "P(speak)", "threshold")

    def watch_status(self) -> None:
        """Redraw what the worker does before the first step."""
        if self.frame is not None and self.frame.step is None:
            self.redraw()

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw four wide lines, or narrow ones with one fact each.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        step, now = frame.step, frame.now
        if now is not None and (frame.blind or frame.asked is not None):
            # Who plays the user sees the persona's card, and not what the judge goes by.
            return card_lines(frame.about.persona.on_day(now.day), now.action, now.day, now.minute, width, height)
        if step is None:
            return start_lines(self.status, width, height)
        return self._narrow(frame, step, width, height) if width < NARROW else self._wide(frame, step, width, height)

    def _wide(self, frame: Frame, step: Step, width: int, height: int) -> list[Content]:
        action = step.action
        times = f"{format_time(action.start, wrap=True)} → {format_time(action.end, wrap=True)}"
        lines = [line((times, MUTED), "  ", (fit(clean(action.phrase), width - len(times) - 2).rstrip(), "bold"))]
        note = action_note(action, frame.steps)
        if note and height > (4 if step.evidence is None else 5):
            lines.append(line(" " * (len(times) + 2), (fit(note, width - len(times) - 2).rstrip(), "italic $muted")))
        lines.append(_place(step, width))
        lines.append(_openness(frame, step, width))
        lines.append(_gap(frame, step, width))
        if step.evidence is not None:
            forms = evidence_forms(step.evidence)
            label, words = next((form for form in forms if cell_len(" ".join(form)) <= width), forms[-1])
            lines.append(line((f"{label} ", MUTED), words))
        # Until when the assistant is muted stands beside whether the user is receptive.
        if (patience := patience_text(step, frame.about.persona)) and not step.muted and len(lines) < height:
            lines.append(line((fit(patience, width).rstrip(), MUTED)))
        if (heard := enough_of(step)) and len(lines) < height:
            lines.append(line(("had enough of ", MUTED), fit(heard, max(1, width - 14)).rstrip()))
        return lines

    def _narrow(self, frame: Frame, step: Step, width: int, height: int) -> list[Content]:
        action = step.action
        doing = [line((f"{format_time(action.start, wrap=True)} → {format_time(action.end, wrap=True)}", MUTED))]
        doing += [line((text, "bold")) for text in wrap(clean(action.phrase, 80), width)]
        note = [line((text, "italic $muted")) for text in wrap(action_note(action, frame.steps), width) if text]
        facts = [[line(text) for text in wrap(f"{title(action.place.room)} · {title(action.place.object)}", width)]]
        facts += [[line(("absorption ", MUTED), _focus(action.focus))], [line("")]]
        facts.append([short_openness(frame, step, width)])
        if patience := patience_text(step, frame.about.persona):
            facts.append([line((text, MUTED)) for text in wrap(patience, width)])
        if step.p_speak is not None:
            facts.append([line(("speak ", MUTED), percent_text(step.p_speak), (_limit(frame), MUTED))])
        if (cause := frame.silence_cause) is not None:
            facts.append([line((short_cause(cause), MUTED))])
        if step.explored:
            facts.append([line(("spoke to learn", "$mark"))])
        if step.evidence is not None:
            texts = wrap(": ".join(evidence_forms(step.evidence)[0]), width)
            facts.append([line((text, MUTED)) for text in texts])
        if other_candidates(step):
            facts.append([line(("rated ", MUTED), f"{other_candidates(step)} more")])
        # The clocks are those before the step.
        facts.append([line(("before this " if step.spoke else "last ", MUTED), _ago(step) or ("none" if step.spoke else "none yet"))])
        if frame.plan is not None:
            facts.append([line(("gap ≥ ", MUTED), format_minutes(frame.plan.gap_min))])
        if heard := enough_of(step):
            facts.append([line((text, MUTED)) for text in wrap(f"had enough of {heard}", width)])
        facts.append(_last_said(frame, width))
        # The recommendation matters more than the note on the activity.
        noted = len(doing) + len(note) + sum(map(len, facts)) <= height
        lines = [*doing, *(note if noted else [])]
        for fact in facts:
            # What is said of a fact is shown whole, or not at all.
            if len(lines) + len(fact) <= height:
                lines += fact
        return lines


def start_lines(status: PlaybackStatus, width: int, height: int) -> list[Content]:
    """Return what the worker has done before the first step, and what it is doing.

    Each has the seconds that it took.

    Args:
        status: how the run is played.
        width: available cells.
        height: available lines; the oldest are left out first.
    """
    if not status.started:
        words = "waiting for the first step …" if status.live or status.growing else "this run has no step yet"
        return [line((text, MUTED)) for text in wrap(words, width)]
    lines = []
    for number, (what, seconds) in enumerate(status.started):
        doing = number == len(status.started) - 1
        took = f"  {duration(seconds)}" if seconds >= 1 else ""
        sign, style = ("◌", "bold $mark") if doing else ("✓", MUTED)
        for row, text in enumerate(wrap(f"{what}{' …' if doing and not took else took}", width - 2)):
            lines.append(line((f"{' ' if row else sign} {text}", style)))
    return lines[-max(1, height) :]


def _last_said(frame: Frame, width: int) -> list[Content]:
    """Return the last recommendation of the day with its score, highlighted at its own step."""
    last = next((each for each in reversed(frame.steps) if each.spoke), None)
    if last is None:
        return []
    score = last.rating.score
    style = "" if last is frame.step else MUTED
    return [
        line(""),
        line(
            (f"{format_time(last.minute, wrap=True)} ", MUTED),
            (f"{score_sign(score)} {UNRATED_LIGHT if score is None else score}", f"bold {score_style(score)}"),
        ),
        *(line((text, style)) for text in wrap(f"“{clean(last.answer.text or '')}”", width)),
    ]


def enough_of(step: Step) -> str:
    """Return the topics of which the user has had enough; "" for none."""
    return ", ".join(title(clean(one.what, 40)) for one in step.clocks.topics if one.enough)


def _ago(step: Step) -> str:
    """Return how long ago the day's last recommendation was shown; "" if there was none."""
    return f"{format_minutes(step.clocks.gap)} ago" if step.clocks.shown else ""


def _limit(frame: Frame) -> str:
    """Return the threshold of speaking, if there is one."""
    threshold = frame.threshold
    return "" if threshold is None else f" (≥ {percent_text(threshold)})"


def _focus(focus: int) -> Content:
    full = max(0, min(5, focus))
    return line(("▮" * full, "$mark"), ("▯" * (5 - full), MUTED))


def _answer(frame: Frame, step: Step, until: str = " until ") -> tuple[tuple[str, str], tuple[str, str]]:
    """Return whether the user is receptive, and until when."""
    spans = frame.plan.receptive if frame.plan else ()
    inside = next((span for span in spans if span.start <= step.minute < span.end), None)
    if step.moment.receptive:
        return ("yes", "bold $score-4"), (until + format_time(inside.end, wrap=True) if inside else "", MUTED)
    after = next((span for span in spans if span.start > step.minute), None)
    return ("no", "bold $score-1"), (until + format_time(after.start, wrap=True) if after else " more today", MUTED)


def short_openness(frame: Frame, step: Step, width: int) -> Content:
    """Return on one line whether the user is receptive; a time that does not fit is left out.

    Args:
        frame: the run as of the step.
        step: the step.
        width: cells of the line.
    """
    word, until = _answer(frame, step, " → ")
    for after in (until[0], until[0].replace(" → ", "→")):
        text = line(("receptive ", MUTED), word, (after, MUTED))
        if text.cell_length <= width:
            return text
    return line(("receptive ", MUTED), word)


def _place(step: Step, width: int) -> Content:
    """Return where the user is, and how absorbed; words are left out before the bar is."""
    room, thing = title(step.action.place.room), title(step.action.place.object)
    bar = _focus(step.action.focus)
    for place, label in ((f"{room} · {thing}", " · absorption "), (thing, " · absorption "), (f"{room} · {thing}", "  ")):
        if cell_len(place + label) + 5 <= width:
            return line(place, (label, MUTED), bar)
    return line(fit(thing, width - 7).rstrip(), "  ", bar)


def _openness(frame: Frame, step: Step, width: int) -> Content:
    """Return on one line whether the user is receptive, and wants a recommendation.

    The time is left out first; then a shorter form says that nothing useful came.
    """
    words, style = wish(step)
    answer, time = _answer(frame, step)
    arrow = (time[0].replace(" until ", " → "), time[1])
    for until in (time, arrow, ("", "")):
        text = line(("receptive ", MUTED), answer, until, (f"  {words[0]}" if words[0] else "", style))
        if text.cell_length <= width:
            return text
    return line(("receptive ", MUTED), answer, (f"  {words[-1]}", style))


def _gap(frame: Frame, step: Step, width: int) -> Content:
    """Return how long ago the last recommendation was, and the comfortable gap.

    The longest form that fits is used. Where a recommendation is shown, it is the one before it.
    """
    ago = _ago(step)
    gap = format_minutes(frame.plan.gap_min) if frame.plan is not None else ""
    betweens = (", comfortable gap at least ", ", comfortable gap ")
    if not ago:
        words = (
            ("the first recommendation today", "the first one today") if step.spoke else ("no recommendation yet today", "none yet today")
        )
        forms = [*((words[0], "", between) for between in betweens), (words[1], "", ", gap ≥ ")]
    else:
        words = ("the one before ", "before ") if step.spoke else ("last recommendation ", "last ")
        forms = [*((words[0], ago, between) for between in betweens), (words[1], ago, betweens[1]), (words[1], ago, ", gap ≥ ")]
    for last, when, between in forms:
        text = line((last, MUTED), when, (between if gap else "", MUTED), gap)
        if text.cell_length <= width:
            return text
    return line((forms[-1][0], MUTED), ago)
