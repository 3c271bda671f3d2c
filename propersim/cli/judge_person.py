"""Let the person at the terminal rate stored steps."""

from __future__ import annotations

from typing import Final

import typer

from propersim.cli.console import ask
from propersim.cli.judge_table import said
from propersim.core.clock import format_minutes, format_time
from propersim.core.records import DIMENSIONS, Bit, Candidate, Rating, Step
from propersim.core.text import clean
from propersim.persona.model import Persona, Rubric

QUESTIONS = (
    "Is its topic welcome during this activity and at this hour?",
    "May they be spoken to now?",
    "Is it neither too soon after the last one, nor one too many today?",
    "Is its tone one that they like, and does it avoid what is off limits?",
)
"""The question in each dimension."""
SIGNS: Final[dict[str, Bit]] = {"0": 0, "1": 1, "-": None}
"""The value of each sign of an answer."""


class Person:
    """Asks the person at the terminal for ratings, without showing those of the run.

    Args:
        persona: persona as which the person rates.
        count: number of recommendations to rate.
    """

    def __init__(self, persona: Persona, count: int) -> None:
        self._count, self._asked, self._over = count, 0, False
        self._persona, self._told = persona, persona.on_day(0).rubric
        typer.echo(f"You rate as {clean(persona.name)} would. In their own words:\n", err=True)
        self._tell(self._told)
        typer.echo("Answer with four signs, 1 (yes), 0 (no) or - (left unrated), such as 11-1, in this order:", err=True)
        for name, question in zip(DIMENSIONS, QUESTIONS, strict=True):
            typer.echo(f"  {name}: {question}", err=True)
        typer.echo("s: skip · q: finish (your ratings so far count)", err=True)

    @staticmethod
    def _tell(rubric: Rubric) -> None:
        for name in DIMENSIONS:
            typer.echo(f"{name}: {clean(rubric.words(name), limit=2000)}\n", err=True)

    def rate(self, step: Step, one: Candidate) -> Rating | None:
        """Ask for one rating; return None where the person skips it."""
        if self._over:
            return None
        rubric = self._persona.on_day(step.day).rubric
        if rubric is not self._told:
            self._told = rubric
            typer.echo("\nFrom now on this holds instead:\n", err=True)
            self._tell(rubric)
        self._asked += 1
        since = f"last one {format_minutes(step.clocks.gap)} ago, {step.clocks.shown} today" if step.clocks.shown else "the first one today"
        typer.echo(
            f"\n{self._asked} of {self._count}  day {step.day} {format_time(step.minute)}  {clean(step.action.phrase)}; {since}", err=True
        )
        typer.echo(f"  {said(one)}", err=True)
        while True:
            try:
                answer = ask().lower()
            except EOFError:
                answer = "q"
            if answer in ("s", "q"):
                self._over = answer == "q"
                return None
            if len(answer) == len(DIMENSIONS) and set(answer) <= set(SIGNS):
                a, b, c, d = (SIGNS[sign] for sign in answer)
                rating = Rating(a, b, c, d)
                return rating if rating.given else None
            typer.echo("  four signs, each 1, 0 or -; or s, or q", err=True)
