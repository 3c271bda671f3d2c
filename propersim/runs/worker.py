"""The worker: a simulation in a process of its own.

It receives commands, sends events, and writes records to the store.

:class:`propersim.runs.live.LiveRun` starts it. It has no terminal; its output goes to the run's log.
"""

from __future__ import annotations

import argparse
import contextlib
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TextIO

import msgspec

from propersim.core.errors import EXIT_FAULT, EXIT_OK, OutOfMemory, PropersimError, Resumable, StoreGone
from propersim.core.records import UNRATED, Rating
from propersim.runs.child_process import lower_priority
from propersim.runs.control import Doing, RunControl
from propersim.runs.gates import GoBack, RunStopped
from propersim.runs.protocol import (
    CallTotals,
    Committed,
    Continue,
    Controlled,
    Event,
    Failed,
    Pause,
    Rated,
    RateThis,
    RunState,
    SkipRating,
    Snooze,
    Speed,
    StartPhase,
    StepOnce,
    Stop,
    TakeOver,
    Train,
    Training,
    Undo,
    Undoable,
    WentBack,
    decode_command,
    encode,
)
from propersim.runs.raters import person_rates_run
from propersim.runs.runner import Runner
from propersim.store.store import Store

HEARTBEAT = 1.0
"""Seconds between two heartbeats."""
PROGRESS = 0.2
"""Seconds between two events on the progress of a training."""
LISTEN = 0.02
"""Seconds between two checks for commands while running without a speed limit."""


class ScreenGate:
    """A gate that follows the commands of a screen.

    Args:
        link: socket to the screen.
        speed: steps per second; None for no limit.
        paused: whether to start paused.

    Attributes:
        by_hand: whether the person at the screen rates what is shown.
        control: requests of other programs; None to follow none.
    """

    def __init__(self, link: socket.socket, speed: float | None, paused: bool) -> None:
        self._link = link
        self._speed = speed
        self._paused = paused
        self._single = 0
        self._stopping = False
        self._asked = False
        self.by_hand = False
        self.control: RunControl | None = None
        self._rates: int | None = None
        self._rated: Rated | SkipRating | Snooze | None = None
        self._snoozed: tuple[int, float] | None = None
        self._undo = False
        self._undoable: int | None = None
        self._training = False
        self._last_progress = 0.0
        self._buffer = b""
        self._due = time.monotonic()
        self._listened = 0.0
        self._beat = 0.0
        self._beat_steps = 0
        self._steps = 0
        link.setblocking(False)

    def wait(self, flush: Callable[[], None]) -> None:
        """Wait until the next step is due, and follow commands meanwhile."""
        if self._speed is None and not self._paused and time.monotonic() - self._listened < LISTEN:
            self._steps += 1
            return
        self._listen(0.0)
        while True:
            self._report()
            if self._stopping:
                raise RunStopped("stopped from the screen")
            self._go_back_if_asked()
            now = time.monotonic()
            self._send_heartbeat(now)
            if self._single > 0:
                self._single -= 1
                break
            if not self._paused:
                if self._speed is None:
                    break
                if now >= self._due:
                    # After a late step, the following ones keep their distance instead of catching up.
                    self._due = max(self._due + 1 / self._speed, now)
                    break
            flush()
            self._listen(HEARTBEAT / 2 if self._paused else min(HEARTBEAT / 2, self._due - now))
        self._listened = time.monotonic()
        self._steps += 1

    def committed(self, steps: int, days: int) -> None:
        """Report the commit to the screen, and after a training also that it is over."""
        self.send(Committed(steps, days))
        if self._training:
            self._training = False
            self.send(RunState("paused" if self._paused else "running"))

    def training_requested(self) -> bool:
        """Return whether the screen asked for a training since the last step."""
        asked, self._asked = self._asked, False
        return asked

    def person_rates(self) -> bool:
        """Return whether the person at the screen rates what is shown now."""
        self._listen(0.0)
        return self.by_hand

    def snoozed(self, day: int, minute: float) -> bool:
        """Return whether the person does not want to be asked at a time."""
        return self._snoozed is not None and (day, minute) < self._snoozed

    def undoable(self, index: int | None) -> None:
        """Note which rating can be undone, and report it to the screen."""
        if index != self._undoable:
            self._undoable = index
            self.send(Undoable(index))

    def went_back(self, steps: int) -> None:
        """Report to the screen that a rating was undone; the person rates again from that step on."""
        self.by_hand, self._snoozed, self._undoable = True, None, None
        # The next step is the one that is asked about again: a pause takes effect after it.
        self._single = max(1, self._single) if self._paused else 0
        self.send(WentBack(steps))
        self.send(RunState("starting"))

    def _go_back_if_asked(self) -> None:
        """Raise GoBack if the person asked for it and there is a rating to undo."""
        undo, self._undo = self._undo, False
        if undo and self._undoable is not None:
            raise GoBack(self._undoable)

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Wait for the person's rating of what is shown, and follow commands meanwhile.

        Args:
            ask: the recommendation and its situation.
            flush: commits the steps so far.

        Returns:
            The rating, without what the person leaves out; None where the person hands back to the judge.
        """
        flush()
        self._rates, self._rated = ask.index, None
        self.send(ask)
        self.send(RunState("rating"))
        while self.by_hand and self._rated is None:
            if self._stopping:
                raise RunStopped("stopped from the screen")
            self._go_back_if_asked()
            self._send_heartbeat(time.monotonic(), "rating")
            self._report("asking")
            self._listen(HEARTBEAT / 2)
        rated, self._rates = self._rated, None
        self.send(RunState("paused" if self._paused else "running"))
        if isinstance(rated, Snooze):
            self._snoozed = (ask.day + 1, 0.0) if rated.minutes is None else (ask.day, ask.minute + rated.minutes)
        return rated.rating if isinstance(rated, Rated) else None if rated is None else UNRATED

    def asking(self, flush: Callable[[], None]) -> None:
        """Report that the run waits for an endpoint, and follow commands.

        A stop ends the wait, a pause takes effect after it.
        """
        flush()
        self._listen(0.0)
        self._send_heartbeat(time.monotonic(), "asking")
        self._report("asking")
        if self._stopping:
            raise RunStopped("stopped from the screen")

    def starting(self, phase: StartPhase) -> None:
        """Report what the run begins to do."""
        if phase.what == "model" and self.control is not None:
            self.control.begin()
        self.send(phase)

    def billed(self, bill: CallTotals) -> None:
        """Report the run's calls to the screen."""
        self.send(bill)

    def training(self, event: Training) -> None:
        """Report the progress of a training, and follow commands.

        A stop ends the training, a pause takes effect after it.
        """
        self._listen(0.0)
        now = time.monotonic()
        if event.step == 0 and not event.done:
            self._training = True
            self.send(RunState("training"))
        if now - self._last_progress >= PROGRESS or (event.done in (0, event.total) if event.part else event.step in (0, event.steps)):
            self._last_progress = now
            self.send(event)
        self._send_heartbeat(now, "training")
        self._report("training")
        if self._stopping:
            raise RunStopped("stopped from the screen")

    def send(self, event: Event) -> None:
        """Send an event; a screen that has gone or does not read is no error."""
        with contextlib.suppress(OSError):
            self._link.setblocking(True)
            self._link.settimeout(2.0)
            self._link.sendall(encode(event))
        with contextlib.suppress(OSError):
            self._link.setblocking(False)

    def _send_heartbeat(self, now: float, doing: Literal["running", "rating", "asking", "training"] = "running") -> None:
        if now - self._beat >= HEARTBEAT:
            rate = (self._steps - self._beat_steps) / (now - self._beat) if self._beat else 0.0
            self._beat, self._beat_steps = now, self._steps
            self.send(RunState("paused" if self._paused and doing == "running" else doing, round(rate, 1)))

    def _report(self, doing: Doing = "running") -> None:
        """Report to other programs what the run does."""
        if self.control is not None:
            self.control.report("paused" if self._paused and doing == "running" else doing)

    def _obey(self) -> None:
        """Follow the request of another program, if there is a new one; the screen is told."""
        request = self.control.look() if self.control is not None else None
        if request == "stop":
            self._stopping = True
        elif request is not None:
            self._follow(encode(Pause() if request == "pause" else Continue()))
            self.send(Controlled(self._paused))

    def _listen(self, timeout: float) -> None:
        self._obey()
        try:
            if not select.select([self._link], [], [], max(0.0, timeout))[0]:
                return
            data = self._link.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._stopping = True
            return
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):
                self._follow(line)

    def _follow(self, line: bytes) -> None:
        command = decode_command(line)
        now = time.monotonic()
        if isinstance(command, Pause):
            self._paused, self._single = True, 0
        elif isinstance(command, Continue):
            self._paused, self._single, self._due = False, 0, now
        elif isinstance(command, StepOnce):
            self._paused = True
            self._single += max(0, command.count)
        elif isinstance(command, Speed):
            speed = command.steps_per_second
            self._speed = speed if speed is None or speed > 0 else self._speed
            self._due = now
        elif isinstance(command, Train):
            self._asked = True
        elif isinstance(command, TakeOver):
            self.by_hand, self._snoozed = command.on, None
        elif isinstance(command, Undo):
            # One that comes when there is nothing to undo must not undo what is rated next.
            self._undo = self._undoable is not None
        elif isinstance(command, Rated | SkipRating | Snooze):
            # A rating for another step comes too late; of two for the same step the first counts.
            if command.index == self._rates and self._rated is None:
                self._rated = command
        elif isinstance(command, Stop):
            self._stopping = True
        self._beat = 0.0

    def stop(self, *_: object) -> None:
        """Stop before the next step; also used as a signal handler."""
        self._stopping = True


def _run(db: Path, run_id: str, gate: ScreenGate) -> None:
    """Run to the end; copy the open database if its file disappears meanwhile.

    The copy is beside the file.
    """
    with Store(db) as store:
        run = store.run(run_id)
        gate.by_hand = person_rates_run(store, run)
        gate.control = RunControl(store, run)
        try:
            Runner(store, run, gate).go()
        except StoreGone as error:
            saved = store.rescue()
            raise StoreGone(
                f"{error.message}; all its runs, up to the last stored step, are in {saved}", f"mv {saved} {store.path}"
            ) from error


def lacks_memory(error: BaseException) -> bool:
    """Return whether an error of Python, torch or the system means that memory ran out."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and ("out of memory" in text or "allocate memory" in text)


def _out_of_memory(error: Exception) -> Failed:
    detail = str(error).splitlines()[0][:200] if str(error) else "no details"
    return Failed(f"the worker ran out of memory: {detail}", "close other programs, or start a run with a smaller model (propersim models)")


def carry_out(db: Path, run_id: str, gate: ScreenGate, log: TextIO) -> int:
    """Run to the end, report the outcome to the screen, and return the exit code.

    Args:
        db: the database file.
        run_id: id of a run in it.
        gate: the gate of the run.
        log: receives error messages.
    """
    gate.send(RunState("starting"))
    try:
        _run(db, run_id, gate)
    except RunStopped:
        gate.send(RunState("stopped"))
        return EXIT_OK
    except PropersimError as error:
        print(f"error: {error.message}", file=log)
        gate.send(Failed(error.message, error.hint or "", isinstance(error, Resumable)))
        return error.exit_code
    except Exception as error:
        traceback.print_exc(file=log)
        if lacks_memory(error):
            gate.send(_out_of_memory(error))
            return OutOfMemory.exit_code
        gate.send(Failed(f"internal error: {type(error).__name__}: {error}", "the worker's log has the traceback", resumable=False))
        return EXIT_FAULT
    gate.send(RunState("finished"))
    return EXIT_OK


def main(arguments: list[str] | None = None) -> int:
    """Run the worker and return its exit code."""
    parser = argparse.ArgumentParser(prog="propersim.runs.worker")
    parser.add_argument("--db", required=True, type=Path)
    parser.add_argument("--run", required=True)
    parser.add_argument("--control", required=True, type=int)
    parser.add_argument("--speed", default="max")
    parser.add_argument("--paused", action="store_true")
    options = parser.parse_args(arguments)
    link = socket.socket(fileno=options.control)
    gate = ScreenGate(link, None if options.speed == "max" else float(options.speed), options.paused)
    signal.signal(signal.SIGTERM, gate.stop)
    signal.signal(signal.SIGINT, gate.stop)
    lower_priority(10)
    return carry_out(options.db, options.run, gate, sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
