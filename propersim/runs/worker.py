"""A simulation in a process of its own: commands in, events out, records into the store.

Started by :class:`propersim.runs.live.LiveRun`. It has no terminal; what it prints goes to the run's log.
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
from typing import Literal

import msgspec

from propersim.core.errors import EXIT_FAULT, EXIT_OK, OutOfMemory, PropersimError, Resumable, StoreGone
from propersim.core.records import Rating
from propersim.runs.child_process import step_back
from propersim.runs.create import run_config
from propersim.runs.gates import Stopped
from propersim.runs.protocol import (
    Bill,
    Committed,
    Event,
    Failed,
    Go,
    Pause,
    Rated,
    RateThis,
    Skip,
    Speed,
    State,
    StepOnce,
    Stop,
    TakeOver,
    Train,
    Training,
    decode_command,
    encode,
)
from propersim.runs.runner import Runner
from propersim.store.store import Store

HEARTBEAT = 1.0
"""Seconds between two signs of life."""
TELLING = 0.2
"""Seconds between two words on a training."""
LISTEN = 0.02
"""Seconds between two looks at the commands while running as fast as it goes."""


class Remote:
    """A gate that a screen works from afar.

    Args:
        link: the socket to the screen.
        speed: steps a second; None is as fast as it goes.
        paused: whether to begin paused.

    Attributes:
        by_hand: whether the person at the screen rates what is shown.
    """

    def __init__(self, link: socket.socket, speed: float | None, paused: bool) -> None:
        self._link = link
        self._speed = speed
        self._paused = paused
        self._single = 0
        self._stopping = False
        self._asked = False
        self.by_hand = False
        self._rates: int | None = None
        self._rated: Rated | Skip | None = None
        self._training = False
        self._told = 0.0
        self._buffer = b""
        self._due = time.monotonic()
        self._listened = 0.0
        self._beat = 0.0
        self._beat_steps = 0
        self._steps = 0
        link.setblocking(False)

    def wait(self, flush: Callable[[], None]) -> None:
        """Let the next step through when it is due; heeds commands meanwhile."""
        if self._speed is None and not self._paused and time.monotonic() - self._listened < LISTEN:
            self._steps += 1
            return
        self._listen(0.0)
        while True:
            if self._stopping:
                raise Stopped("stopped from the screen")
            now = time.monotonic()
            self._sign_of_life(now)
            if self._single > 0:
                self._single -= 1
                break
            if not self._paused:
                if self._speed is None:
                    break
                if now >= self._due:
                    # A late step does not make the following ones hurry to catch up.
                    self._due = max(self._due + 1 / self._speed, now)
                    break
            flush()
            self._listen(HEARTBEAT / 2 if self._paused else min(HEARTBEAT / 2, self._due - now))
        self._listened = time.monotonic()
        self._steps += 1

    def committed(self, steps: int, days: int) -> None:
        """Tell the screen; after a training, also that it is over."""
        self.tell(Committed(steps, days))
        if self._training:
            self._training = False
            self.tell(State("paused" if self._paused else "running"))

    def asks_for_training(self) -> bool:
        """Whether the screen asked for it since the last step."""
        asked, self._asked = self._asked, False
        return asked

    def rate(self, ask: RateThis, flush: Callable[[], None]) -> Rating | None:
        """Have the person rate what is shown, where that is so; waits as long as it takes, heeds commands meanwhile."""
        self._listen(0.0)
        if not self.by_hand:
            return None
        flush()
        self._rates, self._rated = ask.index, None
        self.tell(ask)
        self.tell(State("rating"))
        while self.by_hand and self._rated is None:
            if self._stopping:
                raise Stopped("stopped from the screen")
            self._sign_of_life(time.monotonic(), "rating")
            self._listen(HEARTBEAT / 2)
        rated, self._rates = self._rated, None
        self.tell(State("paused" if self._paused else "running"))
        return rated.rating if isinstance(rated, Rated) else None

    def asking(self, flush: Callable[[], None]) -> None:
        """Show that an endpoint's answer is awaited, and heed the screen meanwhile: a stop ends the waiting, a pause counts after it."""
        flush()
        self._listen(0.0)
        self._sign_of_life(time.monotonic(), "asking")
        if self._stopping:
            raise Stopped("stopped from the screen")

    def billed(self, bill: Bill) -> None:
        """Tell the screen."""
        self.tell(bill)

    def training(self, event: Training) -> None:
        """Tell the screen how a training goes, and heed it meanwhile: a stop ends the training, a pause counts after it."""
        self._listen(0.0)
        now = time.monotonic()
        if event.step == 0:
            self._training = True
            self.tell(State("training"))
        if now - self._told >= TELLING or event.step in (0, event.steps):
            self._told = now
            self.tell(event)
        self._sign_of_life(now, "training")
        if self._stopping:
            raise Stopped("stopped from the screen")

    def tell(self, event: Event) -> None:
        """Send an event; a screen that is gone or does not listen is no reason to fail."""
        with contextlib.suppress(OSError):
            self._link.setblocking(True)
            self._link.settimeout(2.0)
            self._link.sendall(encode(event))
        with contextlib.suppress(OSError):
            self._link.setblocking(False)

    def _sign_of_life(self, now: float, doing: Literal["running", "rating", "asking", "training"] = "running") -> None:
        if now - self._beat >= HEARTBEAT:
            rate = (self._steps - self._beat_steps) / (now - self._beat) if self._beat else 0.0
            self._beat, self._beat_steps = now, self._steps
            self.tell(State("paused" if self._paused and doing == "running" else doing, round(rate, 1)))

    def _listen(self, timeout: float) -> None:
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
                self._heed(line)

    def _heed(self, line: bytes) -> None:
        command = decode_command(line)
        now = time.monotonic()
        if isinstance(command, Pause):
            self._paused, self._single = True, 0
        elif isinstance(command, Go):
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
            self.by_hand = command.on
        elif isinstance(command, Rated | Skip):
            # One for another step comes too late; of two for the same step the first counts.
            if command.index == self._rates and self._rated is None:
                self._rated = command
        elif isinstance(command, Stop):
            self._stopping = True
        self._beat = 0.0

    def stop(self, *_: object) -> None:
        """Stop before the next step (also a signal handler)."""
        self._stopping = True


def _carry_on(db: Path, run_id: str, gate: Remote) -> None:
    """Carry a run on; where its database is taken away meanwhile, everything in it is saved beside it first."""
    with Store(db) as store:
        run = store.run(run_id)
        gate.by_hand = run_config(run).user == "human"
        try:
            Runner(store, run, gate).go()
        except StoreGone as error:
            saved = store.rescue()
            raise StoreGone(
                f"{error.message}; all its runs, up to the last step that was stored, are in {saved}", f"mv {saved} {store.path}"
            ) from error


def lacks_memory(error: BaseException) -> bool:
    """Whether an error says that there is not enough memory, in Python's words or torch's."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | OSError) and ("out of memory" in text or "allocate memory" in text)


def _no_memory(error: Exception) -> Failed:
    said = str(error).splitlines()[0][:200] if str(error) else "no more can be had"
    return Failed(f"the worker ran out of memory: {said}", "close other programs, or begin a run with a smaller model (propersim models)")


def main(arguments: list[str] | None = None) -> int:
    """Run the worker; returns the exit code."""
    parser = argparse.ArgumentParser(prog="propersim.runs.worker")
    parser.add_argument("--db", required=True, type=Path)
    parser.add_argument("--run", required=True)
    parser.add_argument("--control", required=True, type=int)
    parser.add_argument("--speed", default="max")
    parser.add_argument("--paused", action="store_true")
    options = parser.parse_args(arguments)
    link = socket.socket(fileno=options.control)
    gate = Remote(link, None if options.speed == "max" else float(options.speed), options.paused)
    signal.signal(signal.SIGTERM, gate.stop)
    signal.signal(signal.SIGINT, gate.stop)
    step_back(10)
    gate.tell(State("starting"))
    try:
        _carry_on(options.db, options.run, gate)
    except Stopped:
        gate.tell(State("stopped"))
        return EXIT_OK
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        gate.tell(Failed(error.message, error.hint or "", isinstance(error, Resumable)))
        return error.exit_code
    except Exception as error:
        traceback.print_exc()
        if lacks_memory(error):
            gate.tell(_no_memory(error))
            return OutOfMemory.exit_code
        gate.tell(Failed(f"a fault inside: {type(error).__name__}: {error}", "the worker's log has the traceback", resumable=False))
        return EXIT_FAULT
    gate.tell(State("finished"))
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
