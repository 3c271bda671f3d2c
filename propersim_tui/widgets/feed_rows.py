"""Lay out the entries of the feed as lines of a given width. Pure."""

from __future__ import annotations

from rich.cells import cell_len

from propersim.core.text import counted
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.render.feed import FeedEntry, NightEntry, RecommendationEntry, SilenceEntry, WarningEntry
from propersim_tui.render.format import LIGHTS, NIGHT_SIGN, UNRATED_LIGHT, fit, light, wrap

FeedRow = tuple[list[tuple[str, str]], int]
"""A line as (text, style name) parts, and the index of its step."""

INDENT = 7
NAME = 14
SPACED = 44
"""Fewest columns at which the four lights are spaced and dimensions have their own column."""


def rows(entry: FeedEntry, width: int, *, current: bool) -> list[FeedRow]:
    """Return the lines of an entry.

    Args:
        entry: a recommendation, a silence, a night or a warning.
        width: cells of a line.
        current: whether it belongs to the current step.
    """
    if isinstance(entry, RecommendationEntry):
        return _said(entry, width, current)
    if isinstance(entry, SilenceEntry):
        return [_silence(entry, width)]
    return _event(entry, width)


def _event(entry: NightEntry | WarningEntry, width: int) -> list[FeedRow]:
    sign, style = (NIGHT_SIGN, "night") if isinstance(entry, NightEntry) else (WARNING_SIGN, "warning")
    first, *rest = wrap(entry.text, width - INDENT)
    return [
        ([(fit(sign, INDENT), style), (first, style)], entry.index),
        *(([(" " * INDENT, style), (text, style)], entry.index) for text in rest),
    ]


def _said(entry: RecommendationEntry, width: int, current: bool) -> list[FeedRow]:
    rating, index = entry.step.rating, entry.index
    score = "quiet" if rating.score is None else f"score-{rating.score}"
    lights = (" " if width >= SPACED else "").join(light(value) for value in rating.values)
    tail = f"  {lights}  {UNRATED_LIGHT if rating.score is None else rating.score} "
    room = width - INDENT - len(tail)
    first, *rest = wrap(f"“{entry.text}”", room)
    style = "now" if current else "text"
    lines: list[FeedRow] = [
        ([(f"{entry.time} ", "time"), ("▸" if current else " ", style), (fit(first, room), style), (tail, score)], index)
    ]
    lines += [([(" " * INDENT, "time"), (text, style)], index) for text in rest]
    lines += [([(" " * INDENT, "time"), (text, "agreed")], index) for text in (wrap(entry.note, width - INDENT) if entry.note else ())]
    for name, reason in entry.reasons:
        if width >= SPACED:
            head, text = fit(name, NAME), reason or "no reason given"
        else:
            head, text = "", f"{name}: {reason or 'no reason given'}"
        first, *rest = wrap(text, width - INDENT - len(head) - 3)
        lines.append(([(" " * INDENT + head, "name"), ("○ ", score), (first, "reason")], index))
        lines += [([(" " * (INDENT + len(head) + 2), "name"), (each, "reason")], index) for each in rest]
    return lines + _agreed(entry, width)


def _agreed(entry: RecommendationEntry, width: int) -> list[FeedRow]:
    """Return the person's rating beside the judge's.

    Where the judge rated lower, its reasons follow.
    """
    indent = " " * INDENT
    words = wrap(entry.agreed, width - INDENT) if entry.agreed else []
    lines: list[FeedRow] = [([(indent, "name"), (each, "agreed")], entry.index) for each in words]
    for name, reason in entry.differing:
        head = fit(name, NAME) if width >= SPACED else f"{name}: "
        judged = f"the judge {LIGHTS[0]} "
        first, *rest = wrap(reason, width - INDENT - cell_len(head + judged))
        lines.append(([(indent + head, "name"), (judged, "score-0"), (first, "reason")], entry.index))
        lines += [([(indent + " " * cell_len(head + judged), "name"), (each, "reason")], entry.index) for each in rest]
    return lines


def _silence(entry: SilenceEntry, width: int) -> FeedRow:
    words = f"silent, {counted(entry.steps, 'step')}"
    time = f"{entry.start} – {entry.end}  " if entry.steps > 1 else f"{entry.start}  "
    more = [" · overdue" if entry.overdue else ""]
    if entry.missed:
        more = [f" · {counted(entry.missed, 'wanted step')} missed", f" · {entry.missed} missed"]
    # The mean loses its label where that would cut the words.
    scores = [f" mean {entry.mean:.1f} ", f" {entry.mean:.1f} "] if entry.mean is not None else [" "]
    fitting = ((words + each, score) for score in scores for each in more if cell_len(time + words + each + score) <= width)
    text, score = next(fitting, (words + more[-1], scores[-1]))
    text = fit(text, width - cell_len(time) - cell_len(score))
    return [(time, "time"), (text, "quiet"), (score, "quiet" if entry.mean is None else f"score-{round(entry.mean)}")], entry.index
