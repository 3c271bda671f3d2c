"""``propersim judge``: stored steps rated again by another judge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from propersim.cli import options as o
from propersim.clock import format_minutes, format_time
from propersim.records import DIMENSIONS, Candidate, Rating, Step
from propersim.text import clean

if TYPE_CHECKING:
    from propersim.judging import Case, Compared
    from propersim.persona import Persona

QUESTIONS = (
    "welcome, what it is about, while doing this and at this hour",
    "at a moment when they may be spoken to",
    "neither too soon after the last one nor too many today",
    "in a manner that they like, and clear of what is off limits",
)
"""What a person is asked in each dimension."""
OF_A_PERSON = 20
"""Recommendations that a person is asked about, where no number is given."""


def judge(
    which: o.RunName,
    judge_: Annotated[Literal["offline", "human"], typer.Option("--with", help="Who rates again: the offline judge, or you.")] = "offline",
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=0, help="So many recommendations, drawn by --seed; 0 is all: what the offline judge rates; you 20."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the sample.")] = 0,
    silence: Annotated[bool, typer.Option("--silence", help="Rate silence again too.")] = False,
    show: Annotated[int, typer.Option("--show", min=0, help="Disagreements to list.")] = 10,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Rate stored steps again with another judge, and say how far the two agree."""
    from propersim.judging import compare, offline, pick, rate_again
    from propersim.persona import Persona
    from propersim.store import Store

    with Store(db, read_only=True) as store:
        row = store.run(which)
        persona = Persona.model_validate_json(row.persona_json)
        wanted = sample if sample is not None else (OF_A_PERSON if judge_ == "human" else 0)
        chosen = pick(store.steps(row), sample=wanted, silence=silence, seed=seed)
    rater = offline(persona) if judge_ == "offline" else _Person(persona, len(chosen)).rate
    cases = list(rate_again(chosen, rater))
    found = compare(cases)
    apart = [case for case in cases if case.differ]
    if as_json:
        told = [
            {
                "step": case.step.index,
                "day": case.step.day,
                "minute": case.step.minute,
                "candidate": case.number,
                "text": case.candidate.text,
                "differ": list(case.differ),
                "stored": case.stored.values,
                "other": case.other.values,
            }
            for case in apart
        ]
        figures = {one.dimension: one.to_dict() for one in found}
        print(json.dumps({"run": row.id, "with": judge_, "rated": len(cases), "agreement": figures, "disagreements": told}))
        return
    _print(row.id, found, apart, show)


def _print(run_id: str, found: Sequence[Compared], apart: Sequence[Case], show: int) -> None:
    print(f"{'':14} {'rated':>7} {'same':>6} {'kappa':>6}   run 0 other 1   run 1 other 0")
    for one in found:
        same = "–" if one.accuracy is None else f"{one.accuracy:.0%}"
        kappa = "–" if one.kappa is None else f"{one.kappa:.2f}"
        print(f"{one.dimension:14} {one.rated:>7} {same:>6} {kappa:>6}   {one.confusion[1]:>13}   {one.confusion[2]:>13}")
    for case in apart[:show]:
        when = f"day {case.step.day} {format_time(case.step.minute)}"
        print(f"\n{when}  {case.step.action.phrase}: {_said(case.candidate)}")
        for name in case.differ:
            at = DIMENSIONS.index(name)
            print(f"  {name}: run {case.stored.values[at]}, other {case.other.values[at]}  {clean(case.other.reasons[at])}".rstrip())
        print(f'  propersim replay {run_id} --from "{when}"')
    if len(apart) > show:
        print(f"\n{len(apart) - show} more disagree: --show {len(apart)} lists them, --json has all")


def _said(one: Candidate) -> str:
    return f"“{clean(one.text)}”" if one.text is not None else "silence"


class _Person:
    """Asks whoever sits at the terminal; what stands in the run is not shown before."""

    def __init__(self, persona: Persona, count: int) -> None:
        self._count, self._asked, self._over = count, 0, False
        typer.echo(f"You rate as {clean(persona.name)} would. In their own words:\n", err=True)
        for name in DIMENSIONS:
            typer.echo(f"{name}: {clean(getattr(persona.rubric, name).text, limit=2000)}\n", err=True)
        typer.echo("Answer four times 1 (yes) or 0 (no), such as 1101, in this order:", err=True)
        for name, question in zip(DIMENSIONS, QUESTIONS, strict=True):
            typer.echo(f"  {name}: {question}", err=True)
        typer.echo("s leaves one out, q ends (what you have rated counts).", err=True)

    def rate(self, step: Step, one: Candidate) -> Rating | None:
        """Ask for one rating; None where it was left out."""
        if self._over:
            return None
        self._asked += 1
        since = f"last one {format_minutes(step.clocks.gap)} ago, {step.clocks.shown} today" if step.clocks.shown else "the first one today"
        typer.echo(f"\n{self._asked} of {self._count}  day {step.day} {format_time(step.minute)}  {step.action.phrase}; {since}", err=True)
        typer.echo(f"  {_said(one)}", err=True)
        while True:
            try:
                answer = input().strip().lower()
            except EOFError:
                answer = "q"
            if answer in ("s", "q"):
                self._over = answer == "q"
                return None
            if len(answer) == len(DIMENSIONS) and set(answer) <= {"0", "1"}:
                a, b, c, d = (1 if bit == "1" else 0 for bit in answer)
                return Rating(a, b, c, d)  # type: ignore[arg-type]
            typer.echo("  four times 1 or 0, or s, or q", err=True)
