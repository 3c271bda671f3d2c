"""Sets of minutes of the day: what a window covers, and windows without refused hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from propersim.core import clock
from propersim.core.clock import MINUTES_PER_DAY
from propersim.rubric.days import IDS, days_of, with_days
from propersim.rubric.findings import Finding

REFUSED_HOURS = "refused hours: removed from the windows"
"""Reason of a finding whose hours are removed from every window."""

UNSURE_HOURS = "refused hours, not stated precisely: remove them from the windows by hand"
"""Reason of a finding whose hours may be refused; they are not removed."""


def minutes_of_window(window: Mapping[str, Any]) -> set[int]:
    """Return the minutes of the day in a window's hours; all of them if it has none."""
    if "start" not in window:
        return set(range(MINUTES_PER_DAY))
    start, end = (clock.parse_time(window[key]) for key in ("start", "end"))
    return set(range(start, end)) if start < end else {*range(start, MINUTES_PER_DAY), *range(end)}


def remove_refused_hours(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings with the refused hours removed from all windows on their days.

    Windows of which nothing is left are not applied.
    """
    refused = [item.rule for item in findings if item.applied and item.reason == REFUSED_HOURS]
    result: list[Finding] = []
    for item in findings:
        if item.key != "windows" or not item.applied or not any(overlap(item.rule, times) for times in refused):
            result.append(item)
            continue
        whole = minutes_of_window(item.rule)
        groups: dict[frozenset[int], set[str]] = {}
        for day in IDS:
            if day in days_of(item.rule):
                left = whole.difference(*(minutes_of_window(times) for times in refused if day in days_of(times)))
                groups.setdefault(frozenset(left), set()).add(day)
        removed = ", ".join(_named(times) for times in refused)
        if not any(groups):
            result.append(replace(item, confidence="low", reason="nothing is left of it: its hours are refused elsewhere", applied=False))
        for minutes, days in groups.items():
            base = with_days(item.rule, days)
            rules = [base] if minutes == whole else [{**base, **_times(span)} for span in _spans(set(minutes))]
            result += [replace(item, rule=_ordered(rule), reason=f"{item.reason}; without {removed}") for rule in rules]
    return result


def overlap(window: Mapping[str, Any], refused: Mapping[str, Any]) -> bool:
    """Return whether a window has hours on some day that are refused on it."""
    return bool(days_of(dict(window)) & days_of(dict(refused)) and minutes_of_window(window) & minutes_of_window(refused))


def _times(span: tuple[int, int]) -> dict[str, str]:
    return {"start": clock.format_time(span[0]), "end": clock.format_time(span[1])}


def _ordered(rule: dict[str, Any]) -> dict[str, Any]:
    """Return a window with its keys in the order of a persona file."""
    order = ("during", "start", "end", "days")
    return {key: rule[key] for key in sorted(rule, key=order.index)} if "during" in rule else rule


def _named(times: Mapping[str, Any]) -> str:
    hours = "" if (times["start"], times["end"]) == ("00:00", "24:00") else times["start"] + "–" + times["end"]
    days = times.get("days")
    spoken = "" if days is None else days if isinstance(days, str) else ", ".join(days)
    return " ".join(part for part in (hours, f"on {spoken}" if spoken else "") if part)


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
