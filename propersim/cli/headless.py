"""A run without a screen: a progress bar on stderr, a clean stop at Ctrl-C."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from propersim.cli.bill import print_calls
from propersim.core.config import LLM
from propersim.core.errors import InputError, Resumable
from propersim.core.text import clean, dollars
from propersim.runs.create import run_config
from propersim.runs.gates import FreeGate, Stopped
from propersim.runs.protocol import Bill, Training
from propersim.runs.runner import Runner, result
from propersim.store.store import RunRow, Store


class _Progress(FreeGate):
    """Lets every step through at once, draws a bar, and stops at Ctrl-C or a polite kill."""

    def __init__(self, run: RunRow) -> None:
        super().__init__()
        self._run = run
        self._stopping = False
        self._bar: Any = None
        self._days = run.days_done
        self._steps = run.steps
        self._bill = ""

    def wait(self, flush: Callable[[], None]) -> None:
        if self._stopping:
            raise Stopped("interrupted")

    def committed(self, steps: int, days: int) -> None:
        self._steps = steps
        self._show()
        if self._bar is not None:
            self._bar.update(days - self._days)
        self._days = days

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"{self._steps} steps{self._bill}", refresh=False)
            self._bar.update(0)

    def asking(self, flush: Callable[[], None]) -> None:
        if self._stopping:
            raise Stopped("interrupted")

    def billed(self, bill: Bill) -> None:
        self._bill = f", {bill.calls} calls, {dollars(bill.cost)}"
        self._show()

    def training(self, event: Training) -> None:
        if self._stopping:
            raise Stopped("interrupted")
        if self._bar is not None and event.steps:
            self._bar.set_postfix_str(f"training {event.step}/{event.steps}, loss {event.loss:.2f}", refresh=False)
            self._bar.update(0)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            # Asked twice: at once. What is committed stays, and the run can be resumed all the same.
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self._stopping = True

    def __enter__(self) -> _Progress:
        from tqdm import tqdm

        self._before = [(number, signal.signal(number, self._stop)) for number in (signal.SIGINT, signal.SIGTERM)]
        self._bar = tqdm(
            total=self._run.days,
            initial=self._days,
            desc=self._run.id,
            unit="day",
            file=sys.stderr,
            mininterval=0.2,
            disable=not sys.stderr.isatty(),
            leave=False,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()
        for number, handler in self._before:
            signal.signal(number, handler)


def carry_on(store: Store, run: RunRow, *, as_json: bool) -> None:
    """Carry a run on to its end and print its result.

    Raises:
        InputError: a person is to rate it, and it is not finished.
        Resumable: it had to stop; the message's hint is the command that goes on.
    """
    there = "" if str(store.path) == "runs.sqlite" else f" --db {store.path}"
    if run.state != "finished" and run_config(run).user == "human":
        raise InputError(
            f"run {run.id}: a person rates it, and without a screen there is nobody to ask",
            f"go on with: propersim resume {run.id} --watch{there}",
        )
    if not sys.stderr.isatty():
        print(f"run {run.id}: {run.name}, {run.assistant}, {run.days} days", file=sys.stderr)
    again = f"propersim resume {run.id}{there}"
    began = time.monotonic()
    try:
        with _Progress(run) as gate:
            run = Runner(store, run, gate).go()
    except Stopped as error:
        raise Stopped(f"stopped; everything up to here is in {store.path}", f"go on with: {again}") from error
    except Resumable as error:
        hint = f"{error.hint}; then go on with: {again}" if error.hint else f"go on with: {again}"
        error.hint = hint
        raise
    if as_json:
        print(json.dumps(result(store, run)))
    else:
        print_table(found := result(store, run), time.monotonic() - began)
        print_calls(found["calls"])


def print_table(found: dict[str, Any], seconds: float) -> None:
    """Print a result (see :func:`propersim.runs.runner.result`) as a table, a line a day."""
    columns = (
        "score",
        "f1",
        "success_rate",
        "shown",
        "welcome",
        "oracle_welcome",
        "recs_per_hour",
        "headroom",
        "silent_score",
        "oracle_score",
    )
    print(f"{found['run']}  {found['steps']} steps in {seconds:.1f} s")
    print("day    " + " ".join(f"{name:>14}" for name in columns))
    for row in found["days"]:
        print(f"{row['day']:>4}   " + " ".join(f"{_shown(row[name]):>14}" for name in columns))
    print("all    " + " ".join(f"{_shown(found['summary'][name]):>14}" for name in columns))
    if found["config"].get("user_ratings") == LLM:
        print(
            f"rated by {clean(found['config'].get('user_model') or '', limit=60)}; silent, oracle and headroom are by the persona's rules"
        )


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
