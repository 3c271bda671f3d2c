"""Ask at the terminal whether to resume an unfinished run or to begin a new one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from propersim.cli.console import ask
from propersim.core.clock import format_time
from propersim.core.config import BOTH, stored_config
from propersim.core.program import program
from propersim.core.text import clean

if TYPE_CHECKING:
    from propersim.store.store import RunRow, Store

RESUME, NEW, QUIT = ("", "r", "resume", "y", "yes"), ("n", "new"), ("q", "quit")
"""Answers, in lower case."""


def resumes(store: Store, run: RunRow, *, more: int = 0) -> bool:
    """Ask whether to resume a run, and return the answer; False begins a new one.

    The question stands on stderr. An answer that is none is asked for again.

    Args:
        store: the store of the run.
        run: an unfinished run with steps.
        more: number of further unfinished runs that have the same options.

    Raises:
        Exit: the person chose neither.
    """
    at = next(store.steps(run, run.steps - 1))
    others = f"; {more} more unfinished: {program()} runs ls" if more else ""
    config = stored_config(run.config_json)
    person = ", rated by you in part" if config is not None and config.user == BOTH else ""
    print(f"The same options began a run that is unfinished: {clean(run.id)}, {run.state}{person}{others}", file=sys.stderr)
    question = f"Enter: resume it at day {at.day} of {run.days}, {format_time(at.minute)} · n: begin a new run · q: quit > "
    while True:
        try:
            answer = ask(question).casefold()
        except EOFError as error:
            raise typer.Exit from error
        if answer in QUIT:
            raise typer.Exit
        if answer in (*RESUME, *NEW):
            return answer in RESUME
