"""Shared by the tests of the endpoint client: an answer type, a request, and an endpoint that does not wait."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from propersim.llm_client import Endpoint, Patience, Request


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small answer type with an enumeration and a text: something of everything."""

    timing: Literal[0, 1]
    reason: Annotated[str, msgspec.Meta(max_length=40)]


GOOD = {"timing": 1, "reason": "in the window"}
VALUE = Verdict(1, "in the window")


class Time:
    """A clock that moves only during waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def pause(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


def question(text: str = "Rate it.", **about: Any) -> Request[Verdict]:
    messages = ({"role": "system", "content": "You are the user."}, {"role": "user", "content": text})
    return Request(messages, Verdict, about.pop("purpose", "rate"), **about)


def endpoint(url: str, time: Time | None = None, **about: Any) -> Endpoint:
    time = time or Time()
    about.setdefault("patience", Patience(tries=3, seconds=60))
    return Endpoint(url, about.pop("model", "any"), pause=time.pause, clock=time.clock, **about)
