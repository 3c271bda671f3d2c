"""What a screen and a worker say to each other: JSON lines over a socket, commands one way and events the other.

Records do not travel here: the worker stores them, and says up to where it has committed; whoever
listens reads them from the store. So a live run and a replay are the same to the screen.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from propersim.core.records import Action, Clocks, Rating


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages; the JSON carries its class name as ``type``."""


class Pause(Message, frozen=True):
    """Stop before the next step, until told to go on."""


class Go(Message, frozen=True):
    """Go on."""


class StepOnce(Message, frozen=True):
    """Do ``count`` steps, then pause."""

    count: int = 1


class Speed(Message, frozen=True):
    """Do so many steps a second; None is as fast as it goes."""

    steps_per_second: float | None = None


class Train(Message, frozen=True):
    """Train now, on what there is, instead of waiting for the night."""


class TakeOver(Message, frozen=True):
    """Have the person rate what is shown, from the next recommendation on, until told otherwise (``on`` false).

    Where a rating is being waited for, ``on`` false is a :class:`Skip` of it as well.
    """

    on: bool


class Rated(Message, frozen=True):
    """The person's rating of what was asked for by :class:`RateThis`."""

    index: int
    preference: Literal[0, 1]
    timing: Literal[0, 1]
    frequency: Literal[0, 1]
    communication: Literal[0, 1]

    @property
    def rating(self) -> Rating:
        """The rating, without reasons."""
        return Rating(self.preference, self.timing, self.frequency, self.communication)


class Skip(Message, frozen=True):
    """The person does not rate this one: the judge's rating is taken."""

    index: int


class Stop(Message, frozen=True):
    """Commit, close the store and end; the run can be resumed."""


class Committed(Message, frozen=True):
    """Steps 0 … ``steps`` − 1 of the run are in the store, and ``days`` of its days are complete."""

    steps: int
    days: int = 0


class State(Message, frozen=True):
    """The worker's state, sent when it changes and about once a second as a sign of life.

    ``rating`` is waiting for a person's rating, ``asking`` for the answer of a language model at an endpoint.
    ``steps_per_second`` is what was achieved lately.
    """

    state: Literal["starting", "running", "paused", "rating", "asking", "training", "finished", "stopped"]
    steps_per_second: float = 0.0


class Training(Message, frozen=True):
    """How a night's training goes; sent at most a few times a second.

    Attributes:
        day: the day that is over (or, with ``t``, that is under way).
        step: optimiser steps done.
        steps: of so many; 0 while the work is being prepared.
        loss: lately.
        margin: mean difference of the rewards of chosen and rejected.
        accuracy: share of pairs whose chosen one has the higher reward, 0–1; None where answers are not compared in pairs (KTO).
        seconds_left: estimated.
        pairs: preference pairs that are trained on.
    """

    day: int
    step: int
    steps: int
    loss: float = 0.0
    margin: float = 0.0
    accuracy: float | None = None
    seconds_left: float = 0.0
    pairs: int = 0


class RateThis(Message, frozen=True):
    """A recommendation is shown, and the person is to rate it; the worker waits for :class:`Rated` or :class:`Skip` with the same index.

    The step is not made before, and nothing here tells what the judge thinks of it.

    Attributes:
        index: of the step.
        day: day of the run, from 1.
        minute: the day's clock.
        text: what is said.
        action: what the user is doing, and where.
        clocks: the day's counts before it.
    """

    index: int
    day: int
    minute: float
    text: str
    action: Action
    clocks: Clocks


class Bill(Message, frozen=True):
    """What the run's questions to endpoints have taken so far, since it began; sent when it changes, at most a few times a second.

    Attributes:
        calls: how many, those answered by stored answers included.
        cost: dollars, of those whose price is known.
    """

    calls: int
    cost: float


class Failed(Message, frozen=True):
    """The worker ends because of an error; the run is as it was after the last commit."""

    message: str
    hint: str = ""
    resumable: bool = True


Command = Pause | Go | StepOnce | Speed | Train | TakeOver | Rated | Skip | Stop
Event = Committed | State | Training | RateThis | Bill | Failed

_encoder = msgspec.json.Encoder()
_commands = msgspec.json.Decoder(Command)
_events = msgspec.json.Decoder(Event)


def encode(message: Message) -> bytes:
    """Return a message as one line of JSON."""
    return _encoder.encode(message) + b"\n"


def decode_command(line: bytes) -> Command:
    """Return the command of a line; msgspec.MsgspecError (a ValueError) where it is none."""
    command: Command = _commands.decode(line)
    return command


def decode_event(line: bytes) -> Event:
    """Return the event of a line; msgspec.MsgspecError (a ValueError) where it is none."""
    event: Event = _events.decode(line)
    return event
