"""The current step in words: where the user is and what they do."""

from __future__ import annotations

from textual.content import Content

from propersim.core.clock import format_minutes, format_time
from propersim.core.records import Step
from propersim.core.text import clean
from propersim_tui.data.frame import Frame
from propersim_tui.render.content import line
from propersim_tui.render.format import fit, score_sign, title, wrap
from propersim_tui.widgets.decision import other_candidates, percent_text
from propersim_tui.widgets.run_panel import RunPanel
from propersim_tui.widgets.term_tooltip import explain

MUTED = "$muted"


class NowPanel(RunPanel):
    """Activity, place and focus of the user, and whether a recommendation would be welcome."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Now"
        self.tooltip = explain("receptive", "wanted moment", "overdue", "P(speak)", "threshold")

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw four wide lines, or narrow ones with one fact each.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        step = frame.step
        if step is None:
            return [line(("waiting for the first step …", MUTED))]
        return self._narrow(frame, step, width, height) if width < 40 else self._wide(frame, step, width, height)

    def _wide(self, frame: Frame, step: Step, width: int, height: int) -> list[Content]:
        action = step.action
        times = f"{format_time(action.start, wrap=True)} → {format_time(action.end, wrap=True)}"
        lines = [line((times, MUTED), "  ", (fit(clean(action.phrase), width - len(times) - 2).rstrip(), "bold"))]
        note = clean(action.note)
        if note and height > (4 if step.evidence is None else 5):
            lines.append(line(" " * (len(times) + 2), (fit(note, width - len(times) - 2).rstrip(), "italic $muted")))
        place = f"{title(action.place.room)} · {title(action.place.object)}"
        bar = _focus(action.focus)
        lines.append(line(fit(place, width - 12).rstrip(), (" · absorption ", MUTED), bar))
        lines.append(_openness(frame, step, width))
        lines.append(_gap(frame, step))
        if step.evidence is not None:
            lines.append(line(("goes by ", MUTED), fit(clean(step.evidence), width - 8).rstrip()))
        return lines

    def _narrow(self, frame: Frame, step: Step, width: int, height: int) -> list[Content]:
        action = step.action
        doing = [line((f"{format_time(action.start, wrap=True)} → {format_time(action.end, wrap=True)}", MUTED))]
        doing += [line((text, "bold")) for text in wrap(clean(action.phrase, 80), width)]
        note = [line((text, "italic $muted")) for text in wrap(clean(action.note, 80), width) if text]
        facts = [line(text) for text in wrap(f"{title(action.place.room)} · {title(action.place.object)}", width)]
        facts += [line(("absorption ", MUTED), _focus(action.focus)), line("")]
        facts.append(short_openness(frame, step, width))
        if step.p_speak is not None:
            facts.append(line(("speak ", MUTED), percent_text(step.p_speak), (_limit(frame), MUTED)))
        if step.explored:
            facts.append(line(("spoke to learn", "$mark")))
        if step.evidence is not None:
            facts += [line((text, MUTED)) for text in wrap(f"goes by {clean(step.evidence)}", width)]
        if other_candidates(step):
            facts.append(line(("rated ", MUTED), f"{other_candidates(step)} more"))
        facts.append(line(("last ", MUTED), format_minutes(step.clocks.gap) + " ago" if step.clocks.shown else "none yet"))
        if frame.plan is not None:
            facts.append(line(("gap ≥ ", MUTED), format_minutes(frame.plan.gap_min)))
        said = _last_said(frame, width)
        if len(doing) + len(note) + len(facts) + len(said) > height:
            # The recommendation matters more than the note on the activity.
            note = []
        lines = [*doing, *note, *facts, *said]
        if len(lines) > height > 1:
            lines[height - 1] = line(fit(lines[height - 1].plain, width - 1).rstrip("… ") + "…")
        return lines


def _last_said(frame: Frame, width: int) -> list[Content]:
    """Return the last recommendation of the day with its score, highlighted at its own step."""
    last = next((each for each in reversed(frame.steps) if each.spoke), None)
    if last is None:
        return []
    score = last.rating.score
    style = "" if last is frame.step else MUTED
    return [
        line(""),
        line((f"{format_time(last.minute, wrap=True)} ", MUTED), (f"{score_sign(score)} {score}", f"bold $score-{score}")),
        *(line((text, style)) for text in wrap(f"“{clean(last.answer.text or '')}”", width)),
    ]


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


def _openness(frame: Frame, step: Step, width: int) -> Content:
    parts: list[tuple[str, str]] = [("receptive ", MUTED), *_answer(frame, step)]
    if step.moment.overdue:
        parts.append(("  overdue", "bold $score-0"))
    elif step.moment.wanted:
        parts.append(("  wanted now", "$score-4"))
    return line(*parts)


def _gap(frame: Frame, step: Step) -> Content:
    parts: list[tuple[str, str]] = []
    if step.clocks.shown:
        parts += [("last recommendation ", MUTED), (format_minutes(step.clocks.gap), ""), (" ago", MUTED)]
    else:
        parts.append(("no recommendation yet today", MUTED))
    if frame.plan is not None:
        parts += [(", comfortable gap ", MUTED), (format_minutes(frame.plan.gap_min), "")]
    return line(*parts)
