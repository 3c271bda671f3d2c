"""Lay out the entries of the feed as lines of a given width. Pure."""

from __future__ import annotations

import math

from rich.cells import cell_len

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, Step
from propersim.core.text import clean, counted
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.render.feed import BookmarkEntry, FeedEntry, NightEntry, RecommendationEntry, SilenceEntry, WarningEntry
from propersim_tui.render.format import BOOKMARK_SIGN, LIGHTS, NIGHT_SIGN, UNRATED_LIGHT, fit, light, score_sign, wrap

FeedRow = tuple[list[tuple[str, str]], int]
"""A line as (text, style name) parts, and the index of its step."""

INDENT = 7
TEXT = INDENT + 2
"""Cells before the text of a recommendation: its time, the mark of the current step, and the sign of its score."""
NAME = 14
LIT = 32
"""Fewest columns at which a recommendation has its four lights beside the score."""
SPACED = 44
"""Fewest columns at which the four lights are spaced and dimensions have their own column."""


def rows(entry: FeedEntry, width: int, *, current: bool, opened: bool = False) -> list[FeedRow]:
    """Return the lines of an entry.

    Args:
        entry: a recommendation, a silence, a night, a warning or a bookmark.
        width: cells of a line.
        current: whether it belongs to the current step.
        opened: whether a recommendation is shown in full, with ratings and reasons; else it takes one line.
    """
    if isinstance(entry, RecommendationEntry):
        return _opened(entry, width, current) if opened else [_closed(entry, width, current)]
    if isinstance(entry, SilenceEntry):
        return [_silence(entry, width), *(_low_silence(entry.now, width) if entry.now is not None else ())]
    return _event(entry, width)


def _event(entry: BookmarkEntry | NightEntry | WarningEntry, width: int) -> list[FeedRow]:
    if isinstance(entry, BookmarkEntry):
        sign, style = BOOKMARK_SIGN, "bookmark"
    else:
        sign, style = (NIGHT_SIGN, "night") if isinstance(entry, NightEntry) else (WARNING_SIGN, "warning")
    first, *rest = wrap(entry.text, width - INDENT)
    return [
        ([(fit(sign, INDENT), style), (first, style)], entry.index),
        *(([(" " * INDENT, style), (text, style)], entry.index) for text in rest),
    ]


def _closed(entry: RecommendationEntry, width: int, current: bool) -> FeedRow:
    """Return a recommendation in one line, with the four ratings if they fit."""
    head, tail, style = _head(entry, current), _tail(entry, width), "now" if current else "text"
    return [*head, (fit(f"“{entry.text}”", width - TEXT - cell_len(tail[0])), style), tail], entry.index


def _head(entry: RecommendationEntry, current: bool) -> list[tuple[str, str]]:
    score = entry.step.rating.score
    return [
        (f"{entry.time} ", "time"),
        ("▸" if current else " ", "now" if current else "text"),
        (f"{score_sign(score)} ", "quiet" if score is None else f"score-{score}"),
    ]


def _tail(entry: RecommendationEntry, width: int) -> tuple[str, str]:
    """Return the ratings and the score; the ratings are spaced where there is room."""
    rating = entry.step.rating
    signs = f"{(' ' if width >= SPACED else '').join(light(value) for value in rating.values)}  " if width >= LIT else ""
    return (f"  {signs}{UNRATED_LIGHT} ", "quiet") if rating.score is None else (f"  {signs}{rating.score} ", f"score-{rating.score}")


def _opened(entry: RecommendationEntry, width: int, current: bool) -> list[FeedRow]:
    """Return a recommendation in full: its text, each rating, and the user's reasons."""
    index, tail, style = entry.index, _tail(entry, width), "now" if current else "text"
    blank = (" " * TEXT, "time")
    room = width - TEXT - cell_len(tail[0])
    first, *rest = wrap(f"“{entry.text}”", room)
    lines: list[FeedRow] = [([*_head(entry, current), (fit(first, room), style), tail], index)]
    lines += [([blank, (text, style)], index) for text in rest]
    lines += [([blank, (text, "agreed")], index) for text in (wrap(entry.note, width - TEXT) if entry.note else ())]
    for name, value, reason in entry.ratings:
        if not reason:
            continue
        sign = (f"{light(value)} ", "score-4" if value else "score-0")
        head = fit(name, NAME) if width >= SPACED else ""
        first, *rest = wrap(reason if head else f"{name}: {reason}", width - TEXT - 2 - len(head))
        lines.append(([blank, sign, (head, "name"), (first, "reason")], index))
        lines += [([(" " * (TEXT + 2 + len(head)), "name"), (each, "reason")], index) for each in rest]
    # Ratings without a reason share a line: the bad ones first, then those that a person left out.
    for value, color in ((0, "score-0"), (None, "quiet"), (1, "score-4")):
        names = " · ".join(name for name, each, reason in entry.ratings if each == value and not reason)
        for number, text in enumerate(wrap(names, width - TEXT - 2) if names else ()):
            lines.append(([blank, (f"{light(value)} " if not number else "  ", color), (text, "name")], index))
    return lines + _agreed(entry, width)


def _agreed(entry: RecommendationEntry, width: int) -> list[FeedRow]:
    """Return the person's rating beside the judge's.

    Where the judge rated lower, its reasons follow.
    """
    indent = " " * TEXT
    words = wrap(entry.agreed, width - TEXT) if entry.agreed else []
    lines: list[FeedRow] = [([(indent, "name"), (each, "agreed")], entry.index) for each in words]
    for name, reason in entry.differing:
        head = fit(name, NAME) if width >= SPACED else f"{name}: "
        judged = f"the judge {LIGHTS[0]} "
        first, *rest = wrap(reason, width - TEXT - cell_len(head + judged))
        lines.append(([(indent + head, "name"), (judged, "score-0"), (first, "reason")], entry.index))
        lines += [([(indent + " " * cell_len(head + judged), "name"), (each, "reason")], entry.index) for each in rest]
    return lines


def _low_silence(step: Step, width: int) -> list[FeedRow]:
    """Return the rating of the current step, which is silent, and why it is not full.

    Args:
        step: the step.
        width: cells of a line.
    """
    rating = step.rating
    lights = (" " if width >= SPACED else "").join(light(value) for value in rating.values)
    head, tail = f"{format_time(step.minute, wrap=True)} ", f"  {lights}  {rating.score} "
    style = f"score-{rating.score}"
    words = fit("muted" if step.muted else "silent", max(0, width - TEXT - cell_len(tail)))
    lines: list[FeedRow] = [
        ([(head, "time"), ("▸", "now"), (f"{score_sign(rating.score)} ", style), (words, "now"), (tail, style)], step.index)
    ]
    for name, value, reason in zip(DIMENSIONS, rating.values, rating.reasons, strict=True):
        if value != 0:
            continue
        named = fit(name, NAME) if width >= SPACED else f"{name}: "
        first, *rest = wrap(clean(reason) or "no reason given", max(1, width - TEXT - 2 - cell_len(named)))
        lines.append(([(" " * TEXT, "time"), (f"{light(0)} ", "score-0"), (named, "name"), (first, "reason")], step.index))
        lines += [([(" " * (TEXT + 2 + cell_len(named)), "name"), (each, "reason")], step.index) for each in rest]
    return lines


def _silence(entry: SilenceEntry, width: int) -> FeedRow:
    time = f"{entry.start} – {entry.end}  " if entry.steps > 1 else f"{entry.start}  "
    word = "muted" if entry.muted else "silent"
    steps = f"{word}, {counted(entry.steps, 'step')}"
    texts = [steps, word]
    if entry.overdue:
        texts = [f"{steps} · nothing useful for too long", f"{steps} · too long", f"{word} · too long", "too long"]
    if entry.missed:
        texts = [
            f"{steps} · wanted one at {entry.missed} of them",
            f"{steps} · wanted at {entry.missed}",
            f"{word} · wanted at {entry.missed}",
            f"wanted at {entry.missed}",
        ]
    # Rounded down: the full score is only said where all steps have it.
    mean = f"{math.floor(entry.mean * 10 + 1e-9) / 10:.1f}" if entry.mean is not None else ""
    # A number without its label would be taken for that of the steps.
    scores = [f" mean score {mean} ", f" score {mean} "] if mean else [" "]
    fitting = ((each, score) for each in texts for score in scores if cell_len(time + each + score) <= width)
    text, score = next(fitting, (texts[-1], scores[-1]))
    text = fit(text, width - cell_len(time) - cell_len(score))
    return [(time, "time"), (text, "quiet"), (score, "quiet" if entry.mean is None else f"score-{round(entry.mean)}")], entry.index
