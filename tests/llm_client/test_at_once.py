"""Concurrent requests, the list of models, schemas, and retries."""

from __future__ import annotations

import json
import threading
from email.utils import formatdate
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tenacity import sleep_using_event

from propersim.llm_client import CallCancelled, Endpoint, KeyRefused, Outage, RetryPolicy
from propersim.llm_client.concurrency import run_concurrently
from propersim.llm_client.retry import retry_after
from propersim.llm_client.schema import schema_of
from propersim.llm_client.transport_error import TransportError
from tests.llm_client.asking import GOOD, Time, Verdict, endpoint, question
from tests.llm_client.faulty import Faulty, knows, late, says, status


def test_answers_come_in_the_order_of_their_questions_and_not_too_many_at_once():
    together = threading.Barrier(3)

    def paired(asked):
        together.wait(20)
        return says({"timing": 0, "reason": asked.last_words})

    with Faulty([says(GOOD)], last=paired) as server, endpoint(server.url) as asked:
        asked.ask(question("find the form"))
        answers = asked.ask_all([question(f"number {n}") for n in range(9)], at_once=3)
        assert asked.ask_all([]) == []
    assert [one.value.reason for one in answers] == [f"number {n}" for n in range(9)]
    assert server.most_at_once == 3


def test_the_form_is_found_out_by_one_while_the_others_wait():
    with Faulty(last=knows("prompt", answer=GOOD, unknown=status(422))) as server, endpoint(server.url) as asked:
        asked.ask_all([question(str(n)) for n in range(8)])
    assert server.forms == ["json_schema", "json_object+schema", "json_object", *["prompt"] * 8]


def test_the_first_failure_calls_the_others_off():
    def expired(asked):
        return status(401, "expired") if asked.last_words == "3" else late()

    with Faulty([says(GOOD)], last=expired) as server, endpoint(server.url) as asked:
        asked.ask(question("find the form"))
        with pytest.raises(KeyRefused):
            asked.ask_all([question(str(n)) for n in range(200)], at_once=4)
    assert len(server.asked) <= 1 + 8


@pytest.mark.parametrize(
    ("about", "script", "reachable", "form", "words"),
    [
        ({}, [says({"ready": True})], True, "json_schema", ""),
        ({"models": None}, [knows("prompt", answer={"ready": True})] * 9, True, "prompt", ""),
        ({"key": "sk-right"}, [], True, None, "refused the key"),
        ({}, [status(404, "no model", code="model_not_found")], True, None, "no such model"),
        ({}, [status(503)], True, None, "does not answer"),
    ],
    ids=["well", "plain", "no key", "no model", "busy"],
)
def test_a_probe_says_what_an_endpoint_is_like(about, script, reachable, form, words):
    with Faulty(script, **about) as server, endpoint(server.url) as asked:
        found = asked.probe()
    assert (found.reachable, found.usable, found.form) == (reachable, not words, form)
    assert words in found.problem
    assert found.models == (() if about.get("models", 1) is None else ("any",))


class Wrapped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verdicts: Annotated[tuple[Verdict, ...], msgspec.Meta(min_length=1, max_length=4)]
    note: Annotated[str, msgspec.Meta(max_length=9)] | None
    mood: Literal["good", "bad"]


def test_schemas_are_what_strict_endpoints_take():
    schema = schema_of(Wrapped)

    def check(node: Any) -> None:
        assert not {"$ref", "$defs", "title", "default", "minLength", "maxLength"} & set(node)
        assert "type" in node or "anyOf" in node
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        for inner in (*node.get("properties", {}).values(), *node.get("anyOf", ()), *([node["items"]] if "items" in node else [])):
            check(inner)

    check(schema.json)
    assert "at most 40 characters" in schema.text
    assert "something of everything" not in schema.text
    value = Wrapped((Verdict(1, "x"),), None, "bad")
    assert schema.read(json.dumps(msgspec.to_builtins(value))) == value
    for wrong in ("{", "[]", '{"verdicts": []}', "[" * 100_000, '"' + "x" * 300_000 + '"'):
        with pytest.raises(ValueError):
            schema.read(wrong)


@pytest.mark.parametrize(
    "fields",
    [[("a", str)], [("a", list[int])], [("a", int, 3)], [("a", dict[str, int])], [("a", Any)], [("a", tuple[int, str])], []],
    ids=["unbounded text", "unbounded list", "default", "mapping", "anything", "fixed tuple", "nothing"],
)
def test_kinds_that_would_let_an_answer_be_completed_or_have_no_bound_are_refused(fields):
    with pytest.raises(TypeError):
        schema_of(msgspec.defstruct("Kind", fields))


@given(st.floats(0, 1e6), st.integers(0, 4_000_000_000), st.integers(-100, 100_000))
def test_retry_after_says_seconds_or_a_date(seconds, now, ahead):
    assert retry_after(repr(seconds), now) == seconds
    assert retry_after(formatdate(now + ahead, usegmt=True), now) == pytest.approx(max(0, ahead))


@given(st.text() | st.sampled_from(["-5", "nan", "inf", "Thu, 99 Foo 2026", "1e999", "", "Mon, 01 Jan 99999 00:00:00 GMT"]))
def test_retry_after_that_says_nothing_is_nothing(value):
    found = retry_after(value, 0.0)
    assert found is None or found >= 0


class FakeEvent(threading.Event):
    """An event whose waits are over at once, and move a clock forward."""

    def __init__(self):
        super().__init__()
        self.now, self.waits = 0.0, []

    def wait(self, timeout=None):
        self.waits.append(timeout)
        self.now += timeout
        return self.is_set()


failures_of_a_request = st.lists(st.tuples(st.none() | st.floats(0, 300), st.floats(0, 90)), max_size=14)
"""For each request in a row that fails the Retry-After of its response and the seconds that it took; the next one succeeds."""


@given(failures_of_a_request)
def test_a_wait_is_never_shorter_than_asked_for_and_never_beyond_the_bounds(failures):
    policy, event = RetryPolicy(tries=10, seconds=200, base=1, longest=20), FakeEvent()
    retries: list[int] = []
    sent: list[float | None] = []

    def request():
        if len(sent) == len(failures):
            return True
        asked, took = failures[len(sent)]
        event.now += took
        sent.append(asked)
        raise TransportError("rate", "slow down", retry_after=asked)

    try:
        gave_up = not policy.retrying(sleep_using_event(event), lambda: retries.append(1), lambda: event.now)(request)
    except TransportError:
        gave_up = True
    assert len(event.waits) == len(retries) == len(sent) - gave_up
    for number, (asked, wait) in enumerate(zip(sent, event.waits, strict=False)):
        longest = min(20, 2**number)
        assert max(asked or 0, longest / 2) <= wait <= (longest if asked is None else max(longest, asked + 1))
    gone = sum(took for _, took in failures[: len(event.waits)]) + sum(event.waits)
    assert gone <= 200 + 1e-9
    assert len(sent) <= 10
    if gave_up and len(sent) < 10:
        assert event.now + max(20, (sent[-1] or 0) + 1) > 200


@pytest.mark.parametrize("header", ["0", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "0.0", "Fri, 28 Nov 2025 09:00:00 GMT"])
def test_a_header_that_asks_for_no_wait_does_not_undo_the_growing_delay(header):
    time = Time()
    with (
        Faulty(last=status(429, headers={"Retry-After": header})) as server,
        endpoint(server.url, time, patience=RetryPolicy(), wall=lambda: 1.9e9) as asked,
        pytest.raises(Outage),
    ):
        asked.ask(question())
    assert len(server.asked) == 6
    assert all(2**number / 2 <= wait <= max(2**number, 1) for number, wait in enumerate(time.waits))


@pytest.mark.parametrize(("code", "words"), [(500, "x"), (501, "not now"), (500, "out of memory"), (503, "x")])
def test_a_server_that_keeps_failing_gets_few_requests(code, words):
    time = Time()
    with (
        Faulty(last=status(code, words)) as server,
        endpoint(server.url, time, patience=RetryPolicy()) as asked,
        pytest.raises(Outage),
    ):
        asked.ask(question())
    # A 500 may be about the JSON mode or the system message: the first round tries all, each retry sends one request.
    assert len(server.asked) == (6 if code == 503 else 11)
    assert len(time.waits) == 5


@pytest.mark.parametrize(("kind", "requests"), [("key", 1), ("bad", 1), ("timeout", 3), ("garbled", 3)])
def test_only_what_may_pass_is_tried_again(kind, requests):
    sent = []

    def fails():
        sent.append(1)
        raise TransportError(kind, "no")

    with pytest.raises(TransportError):
        RetryPolicy(tries=3).retrying(lambda seconds: None, lambda: None)(fails)
    assert len(sent) == requests


def test_a_wait_ends_when_the_call_is_cancelled():
    """With the event of a real call and no stand-in for waiting: a test that waited for the hour would run into its timeout."""
    cancelled = threading.Event()

    def busy(asked):
        cancelled.set()
        return status(429, headers={"Retry-After": "3600"})

    with (
        Faulty(last=busy) as server,
        Endpoint(server.url, "any", patience=RetryPolicy(tries=5, seconds=10_000)) as asked,
        pytest.raises(CallCancelled),
    ):
        asked.ask(question(), cancelled)
    assert len(server.asked) == 1


def test_when_one_task_fails_those_in_progress_end_and_the_rest_are_not_begun():
    both, ended, begun = threading.Barrier(2), threading.Event(), []

    def fails(cancelled):
        both.wait(20)
        raise ValueError("one")

    def in_progress(cancelled):
        both.wait(20)
        cancelled.wait(20)
        ended.set()

    with pytest.raises(ValueError, match="one"):
        run_concurrently([fails, in_progress, lambda cancelled: begun.append(1)], at_once=2)
    assert ended.is_set()
    assert not begun
