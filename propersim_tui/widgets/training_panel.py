"""Progress of the training that is under way."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim.core.text import counted
from propersim.runs.protocol import Training
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.render.content import line
from propersim_tui.render.format import NIGHT_SIGN, bar, duration, fit, percent, short_number, sparkline
from propersim_tui.widgets.run_panel import RunPanel

MUTED = "$muted"
FIGURES = ("loss", "margin", "accuracy")
NARROW = 30
"""Below this width there is one fact per line."""
COURSE = 32
"""Most cells of a figure's curve."""


class TrainingPanel(RunPanel):
    """Panel of a training's progress; visible only during a training.

    It shows progress, loss, margin, accuracy, pairs and remaining time.
    """

    status: reactive[PlaybackStatus] = reactive(PlaybackStatus())

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = f"{NIGHT_SIGN} Training"

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw three lines, five with room for curves, or one fact per line if narrow.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        course = self.status.training
        if course is None:
            return []
        newest = course[-1] if course else None
        if newest is None or newest.steps <= 0:
            return _preparing(newest, width)
        figures = [name for name in FIGURES if getattr(newest, name) is not None]
        full, rest = bar(newest.step / newest.steps, max(1, min(width - 6, 72)))
        done = f"{percent(newest.step, newest.steps)} %"
        progress = line((full, "$mark"), (rest, "$foreground 15%"), (f" {done:>5}", "bold"))
        left = f"{duration(newest.seconds_left)} left"
        if width < NARROW:
            lines = [
                _head(newest.day, width),
                line(counted(newest.pairs, "pair")),
                progress,
                line((f"step {newest.step}", MUTED)),
                line((left, MUTED)),
                line(""),
            ]
            for name in figures:
                lines.append(line((fit(name, 9), MUTED), (_value(newest, name), "bold")))
                lines.append(line((sparkline(_course(course, name), width), "$primary")))
            return lines
        tail = f"step {newest.step} of {newest.steps} · {left}"
        what = f"day {newest.day} · {counted(newest.pairs, 'pair')}"
        head = (
            line((fit(what, max(1, width - len(tail))), "bold"), (tail, MUTED))
            if len(what) + len(tail) + 2 <= width
            else line((left, MUTED))
        )
        if height >= 5:
            return [head, progress, *(_figure(course, name, min(COURSE * 2, width - 18)) for name in figures)]
        # Room left for the curves.
        room = min(COURSE, (width - sum(len(name) + len(_value(newest, name)) + 4 for name in figures)) // len(figures))
        parts: list[str | tuple[str, str]] = []
        for name in figures:
            parts += [(f"{name} ", MUTED), (_value(newest, name), "bold"), (f" {sparkline(_course(course, name), room)}  ", "$primary")]
        return [head, progress, line(*parts)]


WHAT = {"checking": "checked moments", "choosing": "decisions", "checking the result": "checked moments"}


def _preparing(newest: Training | None, width: int) -> list[Content]:
    """Draw what a night does besides optimiser steps, with a bar and the time left."""
    of = max(newest.total, 0) if newest else 0
    done = max(0, min(newest.done, of)) if newest else 0
    full, rest = bar(done / of if of else 0.0, max(1, min(width - 6, 72)))
    figure = f" {f'{percent(done, of)} %':>5}" if of else ""
    part = (newest.part if newest else "") or "preparing"
    pairs = f" {counted(newest.pairs, 'pair')}" if newest and newest.pairs else " pairs"
    what = f": {done} of {of} {WHAT[part]}" if of and part in WHAT else "" if of else " …"
    left = f"{duration(newest.seconds_left)} left" if newest and done else ""
    words = [
        f"{part}{pairs if part == 'preparing' else ''}{what}",
        f" · {left}" if left else "",
        ", then training" if part != "checking the result" else "",
    ]
    if part == "checking":
        # Where there are too few mistakes, nothing is trained.
        words[-1] = ""
    text = words[0]
    for more in words[1:]:
        if len(text) + len(more) > width:
            break
        text += more
    return [
        _head(newest.day, width) if newest else line((NIGHT_SIGN, "$mark")),
        line((full, "$mark"), (rest, "$foreground 15%"), (figure, "bold")),
        line((fit(text, width).rstrip(), MUTED)),
        *([line((left, MUTED))] if left and left not in text else []),
    ]


def _head(day: int, width: int) -> Content:
    # Wider panels have a border with the sign in it.
    return line((f"{NIGHT_SIGN} " if width < NARROW else "", "$mark"), (f"day {day}", "bold"))


def _figure(course: tuple[Training, ...], name: str, room: int) -> Content:
    return line(
        (fit(name, 10), MUTED), (f"{_value(course[-1], name):>5}", "bold"), "  ", (sparkline(_course(course, name), room), "$primary")
    )


def _course(course: tuple[Training, ...], name: str) -> list[float]:
    # There are no figures before the first step.
    return [float(getattr(each, name)) for each in course if each.step > 0]


def _value(newest: Training, name: str) -> str:
    return short_number(float(getattr(newest, name))) if newest.step > 0 else "–"
