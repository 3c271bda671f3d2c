"""Print how well two judges agree, or return it as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from propersim.cli.tables import print_table
from propersim.core.clock import format_time
from propersim.core.program import program
from propersim.core.records import DIMENSIONS, Candidate
from propersim.core.text import clean

if TYPE_CHECKING:
    from propersim.experiments.rerate import Case, JudgeComparison


def said(one: Candidate) -> str:
    """Return the text of a candidate in quotes, or ``silence``."""
    return f"“{clean(one.text)}”" if one.text is not None else "silence"


def print_agreement(found: Sequence[JudgeComparison], names: tuple[str, str] = ("run", "other")) -> None:
    """Print the agreement overall and by dimension.

    Args:
        found: agreement overall and by dimension.
        names: names of the two judges.
    """
    heads = ("rated", "same", "kappa", f"{names[0]} 0 {names[1]} 1", f"{names[0]} 1 {names[1]} 0")
    rows = []
    for one in found:
        same = "–" if one.accuracy is None else f"{one.accuracy:.0%}"
        kappa = "–" if one.kappa is None else f"{one.kappa:.2f}"
        rows.append([one.dimension, str(one.rated), same, kappa, str(one.confusion[1]), str(one.confusion[2])])
    print_table(("", *heads), rows, numbers=heads)


def print_both(own: str, other: str, both: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
    """Print the figures of a run by its own ratings, and by those of another persona's rubric.

    Args:
        own: id of the run's persona.
        other: id of the other persona.
        both: the figures by each (:func:`propersim.experiments.rescore.both_figures`).
    """
    heads = ("F1", "welcome", "oracle", "shown", "unwelcome", "score")
    rows = []
    for name, found in zip((f"run ({own})", f"other ({other})"), both, strict=True):
        f1, score = ("–" if found[key] is None else f"{found[key]:.2f}" for key in ("f1", "score"))
        counts = (str(found[key]) for key in ("welcome", "oracle_welcome", "shown", "unwelcome"))
        rows.append([name, f1, *counts, score])
    print()
    print_table(("whole days", *heads), rows, numbers=heads)


def print_apart(run_id: str, cases: Sequence[Case], show: int) -> None:
    """Print steps at which the judges differ, with the command that shows each.

    Args:
        run_id: id of the run.
        cases: all steps that were rated.
        show: most steps to print.
    """
    differing = [case for case in cases if case.differ]
    for case in differing[:show]:
        when = f"day {case.step.day} {format_time(case.step.minute)}"
        print(f"\n{when}  {clean(case.step.action.phrase)}: {said(case.candidate)}")
        for name in case.differ:
            at = DIMENSIONS.index(name)
            print(f"  {name}: run {case.stored.values[at]}, other {case.other.values[at]}  {clean(case.other.reasons[at])}".rstrip())
        print(f'  {program()} replay {run_id} --from "{when}"')
    if len(differing) > show:
        print(f"\n{len(differing) - show} more differ: --show {len(differing)} lists them, --json has all")


def figures(found: Sequence[JudgeComparison]) -> dict[str, Any]:
    """Return the agreement by dimension as plain data."""
    return {one.dimension: one.to_dict() for one in found}


def apart(cases: Sequence[Case]) -> list[dict[str, Any]]:
    """Return the steps at which the judges differ as plain data."""
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
