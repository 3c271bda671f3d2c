"""Receive the events of a run's worker in tests."""

from propersim.runs.protocol import RateThis, RunState
from tests.waiting import wait_for


def receive(worker, wanted, *, rate=None, seconds=60):
    """Return all events up to the first that fits (the others are for the next call); what is to be rated before is rated by ``rate``."""
    events, waiting = [], worker.__dict__.setdefault("unheard", [])

    def received():
        waiting.extend(worker.poll())
        while waiting:
            event = waiting.pop(0)
            events.append(event)
            if wanted(event):
                return True
            if isinstance(event, RateThis) and rate is not None:
                worker.send(rate(event))
        return False

    wait_for(received, lambda: f"the event after {events[-5:]}", seconds=seconds)
    return events


def is_state(name):
    return lambda event: isinstance(event, RunState) and event.state == name
