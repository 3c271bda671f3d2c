"""Sets of minutes of the day: what a window covers, and windows without refused hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.findings import Finding

REFUSED_HOURS = "refused hours: removed from the windows"
"""Reason of a finding whose hours are removed from every window."""


def minutes_of_window(window: Mapping[str, Any]) -> set[int]:
    """Return the minutes of the day in a window's hours; all of them if it has none."""
    if "start" not in window:
        return set(range(MINUTES_PER_DAY))
    start, end = (clock.parse_time(window[key]) for key in ("start", "end"))
    return set(range(start, end)) if start < end else {*range(start, MINUTES_PER_DAY), *range(end)}


def remove_refused_hours(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with the refused hours removed from all windows.

    Windows of which nothing is left are not applied.
    """
    refused = [item.rule for item in findings if item.applied and item.reason == REFUSED_HOURS]
    result: list[Finding] = []
    for item in findings:
        if (
            item.key != "windows"
            or not item.applied
            or not any(minutes_of_window(item.rule) & minutes_of_window(times) for times in refused)
        ):
            result.append(item)
            continue
        left = minutes_of_window(item.rule).difference(*(minutes_of_window(times) for times in refused))
        hours = ", ".join(times["start"] + "–" + times["end"] for times in refused)
        if not left:
            result.append(replace(item, confidence="low", reason="nothing is left of it: its hours are refused elsewhere", applied=False))
        for start, end in _spans(left):
            times = {"start": clock.format_time(start), "end": clock.format_time(end)}
            result.append(replace(item, rule={**item.rule, **times}, reason=f"{item.reason}; without {hours}"))
    return result


def _spans(minutes: set[int]) -> list[tuple[int, int]]:
    """Return minutes of the day as spans; minutes on both sides of midnight are one span."""
    starts = sorted(minute for minute in minutes if (minute - 1) % MINUTES_PER_DAY not in minutes)
    spans = []
    for start in starts:
        end = start + 1
        while end % MINUTES_PER_DAY in minutes:
            end += 1
        spans.append((start, end if end <= MINUTES_PER_DAY else end - MINUTES_PER_DAY))
    return spans
