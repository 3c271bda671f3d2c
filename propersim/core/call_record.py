"""Record of a call to an endpoint, with its tokens and cost."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from propersim.core.records import Count, Day, Index, Record


class CallRecord(Record, frozen=True, gc=False):
    """One request of a run to a language model at an endpoint, with its tokens, time and cost.

    Attributes:
        idx: step of the run that it belongs to; for a day's plan, the first step of the day.
        day: day of the run.
        purpose: use of the answer, such as ``rate`` or ``plan: hour``.
        prompt: sha256 of its messages, hexadecimal.
        model: the endpoint's name of the model.
        form: JSON mode of the request.
        tokens_in: tokens of the prompts.
        tokens_cached: those of them that the endpoint had cached.
        tokens_out: tokens of the answers.
        seconds: time from request to answer, waiting included.
        retries: requests sent again because of a network or server error, or because the answer was cut off.
        again: requests sent again because the answer was invalid.
        cached: whether a stored answer was used.
        guessed: whether some token counts are estimates, because the endpoint reported none.
        cost: cost in US dollars; None where the price is unknown.
        failed: name of the error that it ended in; "" where it was answered.
        at: time of the answer, UTC, ISO 8601.
    """

    idx: Index
    day: Day
    purpose: str
    prompt: str
    model: str
    form: str
    tokens_in: Count
    tokens_cached: Count
    tokens_out: Count
    seconds: Annotated[float, Meta(ge=0.0, le=1e9)]
    retries: Count
    again: Count
    cached: bool
    guessed: bool
    cost: Annotated[float, Meta(ge=0.0, le=1e9)] | None
    failed: str
    at: str


CALL_COLUMNS = CallRecord.__struct_fields__
"""Columns of a stored call, in order."""
