"""Messages between a screen and its worker: JSON lines with commands and events.

They go over a socket, commands one way and events the other.

They carry no records: the worker stores those and reports how many it has committed, and the screen reads them from the store. So a
live run and a replay are the same to the screen.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from propersim.core.records import Action, Bit, Clocks, Rating, TrainingPart


class Message(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """Base of all messages; the JSON holds the class name as ``type``."""


class Pause(Message, frozen=True):
    """Pause before the next step."""


class Continue(Message, frozen=True):
    """Continue after a pause."""


class StepOnce(Message, frozen=True):
    """Make ``count`` steps, then pause."""

    count: int = 1


class Speed(Message, frozen=True):
    """Set the speed in steps per second; None for no limit."""

    steps_per_second: float | None = None


class Train(Message, frozen=True):
    """Train now, on the pairs so far, instead of at night."""


class TakeOver(Message, frozen=True):
    """Switch rating by hand on or off, from the next recommendation on.

    Switching it off also skips the rating that the worker is waiting for, if any.
    """

    on: bool


class Rated(Message, frozen=True):
    """The person's answer to :class:`RateThis`; a dimension that the person leaves out is None."""

    index: int
    preference: Bit
    timing: Bit
    frequency: Bit
    communication: Bit

    @property
    def rating(self) -> Rating:
        """The rating, without reasons."""
        return Rating(self.preference, self.timing, self.frequency, self.communication)


class SkipRating(Message, frozen=True):
    """Leave this recommendation unrated."""

    index: int


class Snooze(Message, frozen=True):
    """Leave this recommendation unrated, and ask about none for a while.

    Those shown meanwhile stay unrated too.
    It ends earlier where the person takes over anew or undoes a rating, and with the worker.

    Attributes:
        index: index of the step, as in :class:`RateThis`.
        minutes: simulated minutes from this step on; None is until the next day.
    """

    index: int
    minutes: Annotated[float, msgspec.Meta(gt=0, le=1440)] | None = None


class Undo(Message, frozen=True):
    """Undo the person's last rating, and ask again; what came after it is made anew."""


class Stop(Message, frozen=True):
    """Commit, close the store and exit; the run can be resumed."""


class Committed(Message, frozen=True):
    """The store has steps 0 … ``steps`` − 1 of the run, and ``days`` complete days."""

    steps: int
    days: int = 0


class WentBack(Message, frozen=True):
    """The person's last rating was undone: the store has only steps 0 … ``steps`` − 1."""

    steps: int


class Undoable(Message, frozen=True):
    """Which rating :class:`Undo` would undo now.

    Attributes:
        index: index of the step; None where there is none, because nothing was rated since the last night.
    """

    index: int | None


class RunState(Message, frozen=True):
    """The worker's state, sent when it changes, and about once a second as a heartbeat.

    Attributes:
        state: ``rating`` means that it waits for a person's rating, ``asking`` that it waits for an endpoint.
        steps_per_second: recent speed.
    """

    state: Literal["starting", "running", "paused", "rating", "asking", "training", "finished", "stopped"]
    steps_per_second: float = 0.0


class Controlled(Message, frozen=True):
    """The run was paused or resumed by another program, not by the screen."""

    paused: bool


class StartPhase(Message, frozen=True):
    """The start of something that the worker does before a step, such as loading the model.

    Attributes:
        what: ``model`` loads the model, ``memory`` rebuilds the memory from stored steps, ``adapter`` loads the last night's adapter,
            ``plan`` plans a day.
        day: the day that is planned, from 1; otherwise the number of complete days.
    """

    what: Literal["model", "memory", "adapter", "plan"]
    day: int = 0


class Training(Message, frozen=True):
    """Progress of a training, sent a few times a second at most.

    Attributes:
        day: the day that has ended, or the current day where the user asked for the training.
        step: optimiser steps done.
        steps: optimiser steps in all; 0 during preparation.
        loss: recent loss.
        margin: recent mean difference between the rewards of chosen and rejected.
        accuracy: recent share of pairs whose chosen one has the higher reward, 0–1; None for KTO, which compares no pairs.
        seconds_left: estimated remaining seconds of the optimiser steps, or of ``part``.
        pairs: number of preference pairs in the training.
        part: what is done besides optimiser steps, such as ``checking``; "" during these.
        done: moments or pairs done in that part.
        total: moments or pairs of that part.
    """

    day: int
    step: int
    steps: int
    loss: float = 0.0
    margin: float = 0.0
    accuracy: float | None = None
    seconds_left: float = 0.0
    pairs: int = 0
    part: TrainingPart = ""
    done: int = 0
    total: int = 0


class RateThis(Message, frozen=True):
    """A request to the person to rate a recommendation.

    The worker waits for :class:`Rated`, :class:`SkipRating` or :class:`Snooze` with the same index.

    The judge's rating is not part of it, so that it cannot influence the person.

    Attributes:
        index: index of the step.
        day: day of the run, from 1.
        minute: minute of the day.
        text: the recommendation.
        action: what the user is doing, and where.
        clocks: the day's clocks and counts before the step.
    """

    index: int
    day: int
    minute: float
    text: str
    action: Action
    clocks: Clocks


class CallTotals(Message, frozen=True):
    """Calls of the run to endpoints since its start.

    Sent when they change, a few times a second at most.

    Attributes:
        calls: number of calls, including those answered from the cache.
        cost: dollars, of the calls whose price is known.
    """

    calls: int
    cost: float


class Failed(Message, frozen=True):
    """The worker exits because of an error; the run is as it was after the last commit."""

    message: str
    hint: str = ""
    resumable: bool = True


Command = Pause | Continue | StepOnce | Speed | Train | TakeOver | Rated | SkipRating | Snooze | Undo | Stop
Event = Committed | WentBack | Undoable | RunState | Controlled | StartPhase | Training | RateThis | CallTotals | Failed

_encoder = msgspec.json.Encoder()
_commands = msgspec.json.Decoder(Command)
_events = msgspec.json.Decoder(Event)


def encode(message: Message) -> bytes:
    """Encode a message as one line of JSON."""
    return _encoder.encode(message) + b"\n"


def decode_command(line: bytes) -> Command:
    """Decode a command.

    Raises:
        msgspec.MsgspecError: the line is no command.
    """
    command: Command = _commands.decode(line)
    return command


def decode_event(line: bytes) -> Event:
    """Decode an event.

    Raises:
        msgspec.MsgspecError: the line is no event.
    """
    event: Event = _events.decode(line)
    return event
