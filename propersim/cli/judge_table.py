"""How far two judges agree, as tables and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, Candidate
from propersim.core.text import clean

if TYPE_CHECKING:
    from propersim.experiments.rerate import Case, Compared


def said(one: Candidate) -> str:
    """Return what a candidate says, in quotes."""
    return f"“{clean(one.text)}”" if one.text is not None else "silence"


def print_agreement(found: Sequence[Compared], names: tuple[str, str] = ("run", "other")) -> None:
    """Print a table, a line for overall and each dimension."""
    heads = (f"{names[0]} 0 {names[1]} 1", f"{names[0]} 1 {names[1]} 0")
    wide = max(13, *map(len, heads))
    print(f"{'':14} {'rated':>7} {'same':>6} {'kappa':>6}   {heads[0]:>{wide}}   {heads[1]:>{wide}}")
    for one in found:
        same = "–" if one.accuracy is None else f"{one.accuracy:.0%}"
        kappa = "–" if one.kappa is None else f"{one.kappa:.2f}"
        print(f"{one.dimension:14} {one.rated:>7} {same:>6} {kappa:>6}   {one.confusion[1]:>{wide}}   {one.confusion[2]:>{wide}}")


def print_apart(run_id: str, cases: Sequence[Case], show: int) -> None:
    """Print moments in which judges differ, and how to look at them."""
    apart = [case for case in cases if case.differ]
    for case in apart[:show]:
        when = f"day {case.step.day} {format_time(case.step.minute)}"
        print(f"\n{when}  {case.step.action.phrase}: {said(case.candidate)}")
        for name in case.differ:
            at = DIMENSIONS.index(name)
            print(f"  {name}: run {case.stored.values[at]}, other {case.other.values[at]}  {clean(case.other.reasons[at])}".rstrip())
        print(f'  propersim replay {run_id} --from "{when}"')
    if len(apart) > show:
        print(f"\n{len(apart) - show} more disagree: --show {len(apart)} lists them, --json has all")


def figures(found: Sequence[Compared]) -> dict[str, Any]:
    """Return a table as plain data."""
    return {one.dimension: one.to_dict() for one in found}


def apart(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the moments in which judges differ as plain data."""
    return [
        {
            "step": case.step.index,
            "day": case.step.day,
            "minute": case.step.minute,
            "candidate": case.number,
            "text": case.candidate.text,
            "differ": list(case.differ),
            "stored": case.stored.values,
            "other": case.other.values,
            **({"reasons": case.other.reasons} if any(case.other.reasons) else {}),
        }
        for case in cases
        if case.differ
    ]
