"""Responses that servers and gateways should not send: each ends in an answer of the model's, or in an error of one line."""

from __future__ import annotations

import gzip
import json

import pytest

from propersim.llm_client import KeyRefused, NoAnswer, Outage, Refused, Unusable
from propersim.llm_client.connection import read_response
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Does, Faulty, completion

ANSWER, DRAFT = json.dumps(GOOD), json.dumps({"timing": 0, "reason": "a draft"})
CALL = {"id": "1", "type": "function", "function": {"name": "rate", "arguments": ANSWER}}


def asks(does):
    with Faulty(last=does) as server, endpoint(server.url, timeout_s=5) as asked:
        return asked.ask(question()).value


def choice(**fields):
    return Does(body={"choices": [{"index": 0, "finish_reason": "stop", **fields}]})


def message(**fields):
    return choice(message={"role": "assistant", **fields})


@pytest.mark.parametrize("charset", ["hex", "zlib", "rot13", "idna", "undefined", "base64", "utf-16"])
@pytest.mark.parametrize("status", [200, 401])
def test_no_encoding_that_a_server_names_ends_in_a_traceback(charset, status):
    does = Does(status, completion(ANSWER) if status == 200 else b"the words", declared=f"text/plain; charset={charset}")
    if status == 200:
        assert asks(does) == VALUE
        return
    with pytest.raises(KeyRefused, match="the words"):
        asks(does)


@pytest.mark.parametrize("where", ["http://[::1", "ftp://x/y", "javascript:alert(1)"])
def test_a_redirection_to_nowhere_blames_the_address_at_once(where):
    with Faulty(last=Does(302, b"", {"Location": where})) as server, endpoint(server.url) as asked:
        with pytest.raises(Unusable, match="no such model or address"):
            asked.ask(question())
        assert len(server.asked) == 1


def test_a_redirection_to_an_impossible_host_is_one_line():
    with pytest.raises(Outage) as caught:
        asks(Does(302, b"", {"Location": f"http://{'a' * 300}/"}))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (304, Unusable, "HTTP 304"),
        (407, KeyRefused, "refuses access"),
        (410, Unusable, "no such model or address"),
        (451, Refused, "HTTP 451"),
        (511, KeyRefused, "refuses access"),
    ],
)
def test_statuses_that_are_rare(status, error, words):
    with pytest.raises(error, match=words) as caught:
        asks(Does(status, b""))
    assert status not in (407, 511) or "proxy" in str(caught.value.hint)


@pytest.mark.parametrize("said", ["upstream died", ["boom"], True, {"code": 500}, [{"message": "boom"}]])
@pytest.mark.parametrize("name", ["error", "errors"])
def test_an_error_beside_an_answer_is_an_error(name, said):
    with pytest.raises(Outage) as caught:
        asks(Does(body={**completion(DRAFT), name: said}))
    assert not isinstance(caught.value, NoAnswer)


@pytest.mark.parametrize("said", [None, False, {}, [], "", {"message": None, "code": None}, {"code": 0, "message": "ok"}])
def test_an_error_that_says_nothing_is_none(said):
    assert asks(Does(body={**completion(ANSWER), "error": said})) == VALUE


def test_a_response_that_failed_has_no_answer():
    with pytest.raises(Outage, match="HTTP 502"):
        asks(Does(body={**completion(DRAFT), "status": "failed"}))


@pytest.mark.parametrize("finish", ["ERROR", "abort", "cancelled", "insufficient_system_resource", "FinishReason.FAILED"])
def test_an_answer_that_the_server_did_not_complete_is_none(finish):
    with pytest.raises(Outage, match="failed while it answered"):
        asks(choice(message={"content": DRAFT}, finish_reason=finish))


@pytest.mark.parametrize(
    "finish", ["FINISH_REASON_SAFETY", "FinishReason.SAFETY", "IMAGE_SAFETY", "Prohibited_Content", "blocked_by_policy"]
)
def test_a_filter_is_known_by_any_spelling_of_its_finish_reason(finish):
    with pytest.raises(Refused):
        asks(choice(message={"content": DRAFT}, finish_reason=finish))


def test_the_report_of_a_filter_counts():
    with pytest.raises(Refused):
        asks(choice(message={"content": DRAFT}, content_filter_results={"hate": {"filtered": True}}))
    assert asks(choice(message={"content": ANSWER}, content_filter_results={"hate": {"filtered": False}})) == VALUE


@pytest.mark.parametrize("finish", ["FINISH_REASON_STOP", "FinishReason.STOP"])
def test_a_whole_answer_is_known_by_any_spelling_too(finish):
    assert asks(choice(message={"content": f"So: {ANSWER}"}, finish_reason=finish)) == VALUE


QUOTED = json.dumps(ANSWER)
REPEATED = [
    f'{{"choices": [{{"message": {{"content": {json.dumps(DRAFT)}, "content": {QUOTED}}}, "finish_reason": "stop"}}]}}',
    '{"choices": [{"message": {"content": {"timing": 0, "timing": 1, "reason": "in the window"}}, "finish_reason": "stop"}]}',
    f'{{"choices": [], "choices": [{{"message": {{"content": {QUOTED}}}, "finish_reason": "stop"}}]}}',
    f'data: {{"choices": [{{"delta": {{"content": "", "content": {QUOTED}}}, "finish_reason": "stop"}}]}}\n\ndata: [DONE]',
]


@pytest.mark.parametrize("body", REPEATED)
def test_of_two_values_of_a_key_in_a_response_neither_is_the_answer(body):
    with pytest.raises(Outage, match="a key is given twice, with different values"):
        asks(Does(body=body.encode()))


def test_a_key_twice_with_one_value_or_beside_the_choices_does_not_matter():
    message = f'"message": {{"content": {QUOTED}, "content": {QUOTED}}}'
    body = f'{{"id": "a", "id": "b", "choices": [{{{message}, "finish_reason": "stop"}}]}}'
    assert asks(Does(body=body.encode())) == VALUE


@pytest.mark.parametrize("role", ["user", "system", "tool", "Developer", "function"])
def test_a_message_of_somebody_else_is_no_answer(role):
    with pytest.raises(NoAnswer, match="empty"):
        asks(message(role=role, content=DRAFT))


@pytest.mark.parametrize(
    "fields",
    [
        {"content": DRAFT, "tool_calls": [CALL]},
        {"content": DRAFT, "function_call": CALL["function"]},
        {"content": [{"type": "text", "text": DRAFT}, ANSWER]},
    ],
)
def test_a_text_and_a_call_that_differ_are_no_answer(fields):
    with pytest.raises(NoAnswer, match="2 different answers"):
        asks(message(**fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"content": None, "tool_calls": [CALL]},
        {"content": ANSWER, "tool_calls": [CALL]},
        {"content": ANSWER, "tool_calls": [None, 5, {"function": None}], "function_call": "x"},
        {"content": GOOD},
        {"content": [ANSWER]},
        {"content": [{"type": None, "text": ANSWER}]},
        {"content": {"type": "text", "text": ANSWER}},
    ],
)
def test_an_answer_in_another_place_is_read(fields):
    assert asks(message(**fields)) == VALUE


@pytest.mark.parametrize("index", [{}, {"index": 0}, {"index": None}])
def test_of_two_first_choices_that_differ_neither_is_the_answer(index):
    choices = [{**index, "message": {"content": text}} for text in (DRAFT, ANSWER)]
    with pytest.raises(NoAnswer, match="2 different answers"):
        asks(Does(body={"choices": choices}))
    assert asks(Does(body={"choices": [choices[1], choices[1]]})) == VALUE


@pytest.mark.parametrize(
    "body",
    [
        {"type": "message", "role": "assistant", "content": [{"type": "text", "text": ANSWER}]},
        {"model": "x", "message": {"role": "assistant", "content": ANSWER}, "done": True},
        {"candidates": [{"content": {"parts": [{"text": ANSWER}]}}]},
        {"object": "response", "output": []},
        {},
    ],
)
def test_a_response_of_another_api_blames_the_address(body):
    with pytest.raises(Outage, match="has no choices") as caught:
        asks(Does(body=body))
    assert "/v1" in str(caught.value.hint)


def test_a_stream_whose_lines_end_with_carriage_returns_alone_is_read():
    chunk = json.dumps({"choices": [{"delta": {"content": ANSWER}, "finish_reason": "stop"}]})
    assert asks(Does(body=f"data: {chunk}\r\rdata: [DONE]\r".encode())) == VALUE


def test_the_end_of_a_stream_is_not_announced_by_a_comment():
    chunk = json.dumps({"choices": [{"delta": {"content": DRAFT}}]})
    with pytest.raises(Outage, match="ended before it was complete"):
        asks(Does(body=f"data: {chunk}\n\n: [DONE] soon\n".encode()))


def test_a_response_without_end_is_given_up(monkeypatch):
    from propersim.llm_client import connection

    monkeypatch.setattr(connection, "LONGEST_BODY", 100_000)
    bomb = gzip.compress(b" " * 1_000_000)
    with pytest.raises(Outage, match="larger than 100,000 bytes"):
        asks(Does(body=bomb, headers={"Content-Encoding": "gzip"}))


def test_a_response_that_only_drips_is_given_up():
    import httpx2

    now = [0.0]

    def drops():
        while True:
            now[0] += 1
            yield b": ping\n\n"

    with pytest.raises(httpx2.ReadError, match="no end after 30 s"):
        read_response(httpx2.Response(200, content=drops()), 10_000, 30, lambda: now[0])
    assert now[0] == 31
