"""The process that a tracker works in.

It receives the figures of runs, and answers with a line for each message. It ends when all messages are handled and the
other end, :class:`propersim.experiments.trackers.tracking.Tracking`, is closed.
"""

from __future__ import annotations

import argparse
import contextlib
import socket
import sys
import traceback
from collections.abc import Iterator

import msgspec

from propersim.core import plugins
from propersim.core.errors import EXIT_OK, PropersimError
from propersim.core.text import clean
from propersim.experiments.trackers.base import PROJECT, TrackedRun, Tracker
from propersim.runs.child_process import lower_priority


class Begin(msgspec.Struct, tag="begin", frozen=True):
    """A run is begun or resumed; ``over`` where it was finished before this command."""

    run: str
    options: dict[str, str | int | float]
    over: bool = False


class Day(msgspec.Struct, tag="day", frozen=True):
    """A day is complete."""

    run: str
    day: int
    figures: dict[str, float]


class End(msgspec.Struct, tag="end", frozen=True):
    """A run is not carried on."""

    run: str
    state: str


Message = Begin | Day | End


class Handled(msgspec.Struct, frozen=True):
    """The answer to a message; ``warning`` is what the user should know, at most once."""

    warning: str = ""


class TrackerServer:
    """Passes messages on to a tracker, and outlives its errors.

    Args:
        name: registered name of the tracker.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tracker: Tracker | None = None
        self._there: dict[str, set[int]] = {}
        self._unchanged: set[str] = set()
        self._given_up: set[str] = set()
        self._warned = self._broken = False

    def handle(self, message: Message) -> Handled:
        """Pass a message on, unless an earlier one of its run failed.

        Nothing that a tracker raises is raised here.
        """
        if self._broken or message.run in self._given_up:
            return Handled()
        try:
            self._pass_on(message)
        except (Exception, SystemExit) as error:
            # The code of other packages may raise anything.
            traceback.print_exc()
            sys.stderr.flush()
            self._broken = self._tracker is None
            self._given_up.add(message.run)
            if not self._warned:
                self._warned = True
                return Handled(f"{self._name} could not record run {message.run}: {_described(error)}")
        return Handled()

    def _pass_on(self, message: Message) -> None:
        if self._tracker is None:
            self._tracker = plugins.make(plugins.TRACKERS, self._name, ("begin", "log", "end"), PROJECT)
        tracker, run = self._tracker, message.run
        assert tracker is not None
        if isinstance(message, Begin):
            if run not in self._there:
                self._there[run] = set(tracker.begin(TrackedRun(run, message.options)))
                if message.over:
                    self._unchanged.add(run)
        elif isinstance(message, Day):
            if message.day not in self._there[run]:
                tracker.log(run, message.day, message.figures)
                self._there[run].add(message.day)
                self._unchanged.discard(run)
        elif run not in self._unchanged or not self._there[run]:
            tracker.end(run, message.state)


def _described(error: BaseException) -> str:
    text = error.message if isinstance(error, PropersimError) else f"{type(error).__name__}: {error}"
    return clean(text, limit=300)


def _lines(link: socket.socket) -> Iterator[bytes]:
    """Yield the lines that come, until the other end is closed."""
    with link.makefile("rb") as lines, contextlib.suppress(OSError):
        yield from lines


def main(arguments: list[str] | None = None) -> int:
    """Run the process and return the exit code."""
    parser = argparse.ArgumentParser(prog="propersim.experiments.trackers.process")
    parser.add_argument("--tracker", required=True)
    parser.add_argument("--control", required=True, type=int)
    options = parser.parse_args(arguments)
    lower_priority(10)
    server = TrackerServer(options.tracker)
    with socket.socket(fileno=options.control) as link:
        for line in _lines(link):
            answer = server.handle(msgspec.json.decode(line, type=Message))
            # The other end may be gone; what it sent is recorded all the same.
            with contextlib.suppress(OSError):
                link.sendall(msgspec.json.encode(answer) + b"\n")
    return EXIT_OK


if __name__ == "__main__":
    sys.exit(main())
