"""Bodies of responses: read in every form that servers give them, and never guessed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.llm_client import NoAnswer, Outage
from propersim.llm_client.bodies import object_of
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Does, Faulty, completion, says

WHOLE = completion(json.dumps(GOOD))
BODY = json.dumps(WHOLE)


def chunks(text, finish="stop", size=7):
    parts = [
        {"choices": [{"index": 0, "delta": {"content": text[at : at + size]}, "finish_reason": None}]} for at in range(0, len(text), size)
    ]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": {"prompt_tokens": 7, "completion_tokens": 3}}
    return [{"choices": [{"index": 0, "delta": {"role": "assistant"}}]}, *parts, *([last] if finish else [])]


def events(values):
    return "".join(f"event: message\nid: {at}\ndata: {json.dumps(value)}\n\n" for at, value in enumerate(values))


READ = {
    "a byte order mark": b"\xef\xbb\xbf" + BODY.encode(),
    "UTF-16": BODY.encode("utf-16"),
    "an event, then the end": f"{BODY}\n\ndata: [DONE]\n\n".encode(),
    "one event": f"data: {BODY}\n\ndata: [DONE]\n\n".encode(),
    "a comment before it": f": PROCESSING\n\n{BODY}".encode(),
    "comments around it": f"\n: ping\n\n: ping\n{json.dumps(WHOLE, indent=2)}\n: ping\n".encode(),
    "a stream": (events(chunks(json.dumps(GOOD))) + "data: [DONE]\n\n").encode(),
    "a stream without a finish reason": (events(chunks(json.dumps(GOOD), finish=None)) + "data: [DONE]\n\n").encode(),
    "a stream with comments": (": keep-alive\n\n" + events(chunks(json.dumps(GOOD))).replace("id: 3", ": keep-alive")).encode(),
    "a chunk per line": "\n".join(map(json.dumps, chunks(json.dumps(GOOD)))).encode(),
    "a number that is none": BODY.replace('"created": 1', '"created": NaN').encode(),
    "an infinite number": BODY.replace('"created": 1', '"created": -Infinity').encode(),
    "a number of thousands of digits": BODY.replace('"created": 1', f'"created": {"9" * 5000}').encode(),
    "a line break in a text": BODY.replace('"any"', '"a\nny"').encode(),
}


@pytest.mark.parametrize("name", READ)
def test_each_form_of_a_body_is_read(name):
    with Faulty([Does(body=READ[name], declared="text/event-stream")]) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE


@pytest.mark.parametrize(
    "body",
    [
        events(chunks(json.dumps(GOOD), finish=None)).encode(),
        (BODY + json.dumps(completion('{"timing": 0, "reason": "x"}'))).encode(),
        b"[1]",
        b"null",
        b"data: [DONE]",
        BODY[:-9].encode(),
        b"",
        b"[" * 100_000,
    ],
    ids=["a stream that broke off", "two responses", "a list", "null", "no event", "half", "nothing", "deep"],
)
def test_what_is_not_one_whole_response_is_no_answer(body):
    with pytest.raises(ValueError, match=r".*"):
        object_of(body)
    with (
        Faulty(last=Does(body=body)) as server,
        endpoint(server.url) as asked,
        pytest.raises(Outage, match=r"no JSON object|ended before it was complete"),
    ):
        asked.ask(question())


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"\\ud83d", b"\\\\ud83d", b"\xed\xa0\xbd"])
def test_one_bad_character_is_replaced(bad):
    body = json.dumps(completion(json.dumps({"timing": 1, "reason": "a MARK b"}))).encode().replace(b"MARK", bad)
    with Faulty(last=Does(body=body)) as server, endpoint(server.url) as asked:
        answer = asked.ask(question())
    assert set(answer.value.reason) == set("a b\ufffd")
    assert len(server.asked) == 1


def test_a_number_that_is_none_in_an_answer_is_asked_again():
    with Faulty([says('{"timing": NaN, "reason": "x"}')], last=says(GOOD)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE
    assert len(server.asked) == 2


@settings(max_examples=30)
@given(st.text(st.characters(), max_size=40), st.integers(1, 9))
def test_a_stream_gives_the_same_text_as_one_response(text, size):
    joined = object_of((events(chunks(text, size=size)) + "data: [DONE]\n\n").encode("utf-8", "surrogatepass"))
    assert (
        joined["choices"][0]["message"]["content"] == object_of(json.dumps(completion(text)).encode())["choices"][0]["message"]["content"]
    )
    assert joined["usage"]["prompt_tokens"] == 7


@settings(max_examples=100)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_body_is_an_object_or_none(raw):
    try:
        assert isinstance(object_of(raw), dict)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"error": {"code": 502, "message": "upstream died"}, "finish_reason": "error", "message": {"content": ""}}, "upstream died"),
        ({"error": {"code": 429, "message": "slow down"}, "message": {"content": json.dumps(GOOD)}}, "slow down"),
        ({"error": "it broke"}, "it broke"),
        ({"finish_reason": "error", "message": {"content": json.dumps(GOOD)}}, "failed while it answered"),
    ],
)
def test_an_error_inside_a_choice_is_an_outage_with_its_words(choice, words):
    with (
        Faulty(last=Does(body={"choices": [choice]})) as server,
        endpoint(server.url) as asked,
        pytest.raises(Outage, match=words) as caught,
    ):
        asked.ask(question())
    assert not isinstance(caught.value, NoAnswer)
    assert "/v1" not in (caught.value.hint or "")


def test_an_error_at_the_end_of_a_stream_is_no_answer():
    body = events([*chunks(json.dumps(GOOD), finish=None), {"error": {"message": "the worker died", "code": 503}}]).encode()
    with Faulty(last=Does(body=body)) as server, endpoint(server.url) as asked, pytest.raises(Outage, match="the worker died"):
        asked.ask(question())


def test_a_web_page_is_named():
    page = b"<!doctype html><html><title>Open WebUI</title></html>"
    named = r"a web page \('Open WebUI'\)"
    with Faulty(last=Does(body=page)) as server, endpoint(server.url) as asked, pytest.raises(Outage, match=named) as caught:
        asked.ask(question())
    assert "ends in /v1" in (caught.value.hint or "")
