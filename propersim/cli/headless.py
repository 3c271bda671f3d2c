"""Runs without a screen: progress on stderr, a clean stop at Ctrl-C, the result on stdout."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Any

from propersim.cli.call_tables import print_calls
from propersim.cli.console import markdown_table, print_message
from propersim.cli.run_progress import Show, shown_progress
from propersim.cli.tables import EMPTY, print_table
from propersim.core.config import DEFAULT_DB, HUMAN, LLM
from propersim.core.errors import InputError, Resumable
from propersim.core.program import program
from propersim.core.text import clean, counted, dollars, printable
from propersim.experiments.trackers.tracking import Tracking
from propersim.runs.control import RunControl
from propersim.runs.create import run_config
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.protocol import CallTotals, StartPhase, Training
from propersim.runs.runner import Runner, result
from propersim.simulation.metrics import unrated_text
from propersim.store.store import RunRow, Store

COLUMNS = {
    "F1": "f1",
    "unwelcome": "unwelcome",
    "welcome": "welcome",
    "oracle welcome": "oracle_welcome",
    "score": "score",
    "score ≥ 3": "success_rate",
    "per hour": "recs_per_hour",
    "headroom": "headroom",
    "silent score": "silent_score",
    "oracle score": "oracle_score",
}
"""Headings of the table of days, and their figures."""
_FIRST_LEFT_OUT = ("oracle score", "silent score")
"""Columns that a narrow terminal does without: headroom follows from them."""


_PHASES = {
    "model": "loading the model",
    "memory": "reading stored days: {}",
    "adapter": "loading the adapter",
    "plan": "planning day {}",
}
"""Notes on what a run does before a step."""
PAUSE = 0.1
"""Seconds between two looks for a request while the run is paused."""


class _Progress(FreeGate):
    """Shows the progress of a run, and follows signals and the requests of other programs.

    SIGINT and SIGTERM stop it.
    """

    def __init__(self, run: RunRow, control: RunControl, day_over: Callable[[], None]) -> None:
        super().__init__()
        self._day_over = day_over
        self._run = run
        self._control = control
        self._stopping = self._paused = False
        self._stack = ExitStack()
        self._draw: Show = lambda steps, days, note: None
        self._days = run.days_done
        self._steps = run.steps
        self._cost = ""

    def wait(self, flush: Callable[[], None]) -> None:
        self._follow()
        if self._paused:
            flush()
            self._show("paused")
            while self._paused and not self._stopping:
                self._control.report("paused")
                time.sleep(PAUSE)
                self._follow()
        self._control.report("running")
        self._check_stop()

    def committed(self, steps: int, days: int) -> None:
        new_day = days > self._days
        self._steps, self._days = steps, days
        self._show()
        if new_day:
            self._day_over()

    def asking(self, flush: Callable[[], None]) -> None:
        self._follow()
        self._control.report("asking")
        self._check_stop()

    def starting(self, phase: StartPhase) -> None:
        if phase.what == "model":
            self._control.begin()
        self._show(_PHASES[phase.what].format(phase.day))

    def billed(self, bill: CallTotals) -> None:
        self._cost = f"{counted(bill.calls, 'call')}, {dollars(bill.cost)}"
        self._show()

    def training(self, event: Training) -> None:
        self._follow()
        self._control.report("training")
        self._check_stop()
        if event.steps:
            self._show(f"training {event.step}/{event.steps}, loss {event.loss:.2f}")
        elif event.total:
            self._show(f"night: {event.part} {event.done}/{event.total}")

    def _show(self, note: str = "") -> None:
        self._draw(self._steps, self._days, " · ".join(part for part in (self._cost, note) if part))

    def _follow(self) -> None:
        """Follow the request of another program, if there is a new one."""
        request = self._control.look()
        if request == "stop":
            self._stopping = True
        elif request is not None:
            self._paused = request == "pause"

    def _check_stop(self) -> None:
        if self._stopping:
            raise RunStopped("interrupted")

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._stopping:
            # The second signal stops at once: what is committed stays, and the run can be resumed.
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        self._stopping = True

    def __enter__(self) -> _Progress:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._stack.callback(signal.signal, number, signal.signal(number, self._stop))
        shown = shown_progress(self._run.id, run_config(self._run), self._run.steps, self._run.days_done)
        self._draw = self._stack.enter_context(shown)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def run_headless(store: Store, run: RunRow, *, as_json: bool, track: str | None = None) -> None:
    """Run to the end and print the result.

    Args:
        store: the store of the run.
        run: the run, new or stopped.
        as_json: print one JSON value.
        track: name of the tracker that follows the run; None for none.

    Raises:
        InputError: a person rates the run, and it is not finished.
        Resumable: the run had to stop; the hint has the command that resumes it.
    """
    db = "" if str(store.path) == DEFAULT_DB else f" --db {store.path}"
    if run.state != "finished" and run_config(run).user == HUMAN:
        raise InputError(f"run {run.id}: rating by hand needs the screen", f"resume it with: {program()} resume {run.id} --watch{db}")
    if not sys.stderr.isatty():
        print_message(f"run {run.id}: {run.name}, {run.assistant}, {counted(run.days, 'day')}")
    hint = f"resume it with: {program()} resume {run.id}{db}"
    already, began = run.state == "finished", time.monotonic()
    try:
        with _tracked(store, run, track) as day_over, _Progress(run, RunControl(store, run), day_over) as gate:
            run = Runner(store, run, gate).go()
    except RunStopped as error:
        raise RunStopped(f"stopped; everything so far is in {store.path}", hint) from error
    except Resumable as error:
        error.hint = f"{error.hint}; then {hint}" if error.hint else hint
        raise
    for warning in store.warnings(run):
        # Those about endpoints were printed when they came.
        if warning.at == 0 and warning.kind != "context":
            print_message(f"warning: {clean(warning.text, limit=400)}")
    summary = result(store, run)
    if as_json:
        print(json.dumps(summary))
    else:
        print_days(summary, run.wall_s if already else time.monotonic() - began)
        print_calls(summary["calls"])


@contextmanager
def _tracked(store: Store, run: RunRow, name: str | None) -> Iterator[Callable[[], None]]:
    """Follow a run in a tracker, if one is named; yield a function to call after each day.

    Args:
        store: the store of the run.
        run: the run.
        name: name of the tracker.
    """
    if name is None:
        yield lambda: None
        return
    warnings: list[str] = []
    tracking = Tracking(name, store.path, warnings.append)

    def day_over() -> None:
        tracking.follow(run, store.day_figures(run), over=run.state == "finished")

    state = "failed"
    try:
        day_over()
        yield day_over
        state = "finished"
    except RunStopped:
        state = "stopped"
        raise
    finally:
        tracking.end(run.id, state)
        tracking.close()
        for warning in warnings:
            print_message(f"warning: {warning}")


def print_days(summary: dict[str, Any], seconds: float, *, wide: bool = False, markdown: bool = False) -> None:
    """Print the figures of a run: all days pooled, from day 1 on, then one row per day.

    Columns without any figure are left out.

    Args:
        summary: result of the run; see :func:`propersim.runs.runner.result`.
        seconds: time that the run took.
        wide: print all columns on a terminal too, also those without figures.
        markdown: print a Markdown table.
    """
    print(f"{printable(summary['run'])}: {counted(summary['steps'], 'step')} in {seconds:.1f} s\n")
    days = [("all", summary["summary"]), *((str(day["day"]), day) for day in summary["days"])]
    rows = [[day, *(_figure(row[name]) for name in COLUMNS.values())] for day, row in days]
    heads = ["day", *COLUMNS]
    if not wide:
        filled = [at for at in range(len(heads)) if any(row[at] not in EMPTY for row in rows)]
        heads, rows = [heads[at] for at in filled], [[row[at] for at in filled] for row in rows]
    if markdown:
        print(markdown_table(heads, rows))
    else:
        print_table(heads, rows, numbers=heads[1:], drop=[head for head in _FIRST_LEFT_OUT if head in heads], wide=wide)
    if unrated := summary["summary"]["unrated"]:
        why = unrated_text(unrated, summary["summary"]["shown"])
        print(f"{why[0].upper()}{why[1:]}; what is not rated is in no score, and meets no need: the silence after it may be rated lower.")
    if (mutes := summary["summary"]["mutes"]) is not None:
        taken, hours = summary["summary"]["taken_up"], summary["summary"]["muted_hours"]
        muted = f"muted the assistant {counted(mutes, 'time')}, for {hours:.1f} h" if mutes else "never muted the assistant"
        print(f"The user acted on {counted(taken, 'recommendation')}, and {muted}.")
    if summary["config"].get("user_ratings") == LLM:
        model = clean(summary["config"].get("user_model") or "", limit=60)
        print(f"Rated by {model}; silent score, oracle score and headroom follow the persona's rules.")


def _figure(value: float | int | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
