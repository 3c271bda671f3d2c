"""Each fault of an endpoint has its own error; answers are never made up."""

from __future__ import annotations

import socket
import traceback

import pytest

from propersim.core.errors import EXIT_INPUT, EXIT_RESUMABLE
from propersim.llm_client import KeyRefused, NoAnswer, Outage, Refused, RetryPolicy, Unusable
from tests.llm_client.asking import GOOD, VALUE, Time, endpoint, question
from tests.llm_client.faulty import Does, Faulty, broken, completion, late, says, status

FINE = says(GOOD)
CUT = says('{"timing": 1, "rea', finish="length")
SLOW_DOWN = status(429, "slow down")

# name: what the server does, what comes of it (an error, or None for the answer), words in the message, requests, retries, asked again
MATRIX = {
    "429 with seconds": ([status(429, headers={"Retry-After": "7"}), FINE], None, "", 2, 1, 0),
    "429 with a date": ([status(429, headers={"Retry-After": "Thu, 01 Jan 1970 00:00:20 GMT"}), FINE], None, "", 2, 1, 0),
    "429 that asks for too much": ([status(429, headers={"Retry-After": "3600"})], Outage, "wait 3600 s", 1, 0, 0),
    "429 for ever": ([SLOW_DOWN] * 3, Outage, "too many requests", 3, 2, 0),
    "nothing left to spend": ([status(429, "no credit", code="insufficient_quota")], Outage, "nothing left to spend", 1, 0, 0),
    "503 once": ([status(503), FINE], None, "", 2, 1, 0),
    "503 for ever": ([status(503)] * 3, Outage, "HTTP 503", 3, 2, 0),
    "no sign of life": ([late(), FINE], None, "", 2, 1, 0),
    "dropped in the body": ([broken(20), FINE], None, "", 2, 1, 0),
    "dropped before anything": ([broken(-1), broken(0), broken(-1)], Outage, "connection broke", 3, 2, 0),
    "half of the response": ([Does(body=b'{"choices": [{"mess'), FINE], None, "", 2, 1, 0),
    "a page of a proxy's": ([Does(body=b"<html>Bad", declared="text/html")] * 3, Outage, "no JSON object", 3, 2, 0),
    "200 with a fault inside": ([Does(body={"error": {"message": "busy", "code": 429}}), FINE], None, "", 2, 1, 0),
    "401 at once": ([status(401, "wrong key")], KeyRefused, "wrong key", 1, 0, 0),
    "403": ([status(403)], KeyRefused, "refused the key", 1, 0, 0),
    "404 model": ([status(404, "no model any", code="model_not_found")], Unusable, "no such model", 1, 0, 0),
    "404 in each form": ([status(404, "what?")] * 5, Unusable, "no such model or address", 5, 0, 0),
    "400 in each form": ([status(400, "too odd")] * 8, Unusable, "too odd", 8, 0, 0),
    "500 in each form": ([status(500, "oh")] * 8, Outage, "does not answer", 8, 2, 0),
    "cut off once": ([CUT, FINE], None, "", 2, 1, 0),
    "rambles on": ([says("Once upon a time", finish="length"), FINE], None, "", 2, 0, 1),
    "repeats itself": ([says('{"timing": 1, "reason": "' + "so " * 14, finish="length"), FINE], None, "", 2, 0, 1),
    "cut off for ever": ([CUT] * 4, NoAnswer, "cut off after 4096 tokens", 4, 1, 2),
    "no JSON, then some": ([says("I would say yes."), FINE], None, "", 2, 0, 1),
    "no JSON for ever": ([says("Yes.")] * 3, NoAnswer, "no complete JSON object", 3, 0, 2),
    "wrong schema for ever": ([says({"timing": 2, "reason": "x"})] * 3, NoAnswer, "$.timing", 3, 0, 2),
    "a field is missing": ([says({"timing": 1}), FINE], None, "", 2, 0, 1),
    "a field too many": ([says({**GOOD, "score": 4})] * 3, NoAnswer, "score", 3, 0, 2),
    "a text too long": ([says({"timing": 1, "reason": "x" * 41})] * 3, NoAnswer, "length <= 40", 3, 0, 2),
    "refused": ([says(None, refusal="I cannot rate people.")], Refused, "I cannot rate people", 1, 0, 0),
    "filtered": ([says(GOOD, finish="content_filter")], Refused, "filter", 1, 0, 0),
    "empty once": ([says(""), FINE], None, "", 2, 0, 1),
    "empty for ever": ([says(None)] * 3, NoAnswer, "empty", 3, 0, 2),
    "no choices": ([Does(body={"choices": []})] * 3, NoAnswer, "empty", 3, 0, 2),
    "strange types": ([Does(body={"choices": {"a": 1}, "usage": [1]})] * 3, NoAnswer, "empty", 3, 0, 2),
}


@pytest.mark.parametrize("name", MATRIX)
def test_each_fault_has_its_meaning_and_no_answer_is_made_up(name, monkeypatch):
    script, error, words, requests, retries, again = MATRIX[name]
    monkeypatch.setenv("PROPERSIM_API_KEY", "sk-planted-77")
    time = Time()
    with (
        Faulty(script) as server,
        endpoint(server.url, time, timeout_s=0.15 if name == "no sign of life" else 20, wall=time.clock) as asked,
    ):
        calls = []
        monkeypatch.setattr(asked.meter, "add", lambda call: calls.append(call))
        if error is None:
            assert asked.ask(question()).value == VALUE
        else:
            with pytest.raises(error) as caught:
                asked.ask(question())
            assert words in caught.value.message
            assert caught.value.hint
            assert caught.value.exit_code == (EXIT_INPUT if error is Unusable else EXIT_RESUMABLE)
            assert "planted" not in "".join(traceback.format_exception(caught.value))
    assert len(server.asked) == requests
    call = calls[-1] if calls else None
    assert (call.retries, call.again) == (retries, again) if call else retries == again == 0
    assert call is None or (call.failed == (error.__name__ if error else ""))
    # An answer that was cut off is asked for again at once.
    assert len(time.waits) == retries - name.startswith("cut off")
    if "seconds" in name:
        assert 7 <= time.waits[0] <= 8
    if "date" in name:
        assert 20 <= time.waits[0] <= 21
    if name == "cut off once":
        assert [one.body["max_tokens"] for one in server.asked] == [1024, 4096]
    if name == "a field is missing":
        assert "missing required field `reason`" in server.asked[1].last_words


def test_nobody_there_is_an_outage_that_says_where():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        with endpoint(url) as asked, pytest.raises(Outage, match=url) as caught:
            asked.ask(question())
    assert "no connection" in caught.value.message
    assert asked.meter.totals.retries == 2
    assert not asked.probe().reachable


def test_waiting_is_bounded_in_all():
    time = Time()
    with (
        Faulty(last=status(429, headers={"Retry-After": "25"})) as server,
        endpoint(server.url, time, patience=RetryPolicy(tries=100, seconds=60)) as asked,
        pytest.raises(Outage),
    ):
        asked.ask(question())
    assert len(server.asked) == 3
    assert time.now <= 60


def test_a_key_that_expires_in_the_middle_stops_at_once_and_what_was_had_is_kept(tmp_path, monkeypatch):
    from propersim.llm_client import Cache

    monkeypatch.setenv("PROPERSIM_API_KEY", "sk-planted-77")
    script = [FINE, status(401, "Incorrect API key provided: sk-planted-77 (Bearer sk-planted-77)")]
    with Faulty(script) as server, endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
        asked.ask(question("one"))
        with pytest.raises(KeyRefused) as caught:
            asked.ask(question("two"))
        assert asked.ask(question("one")).call.cached
    assert len(server.asked) == 2
    assert server.asked[0].headers["authorization"] == "Bearer sk-planted-77"
    assert "planted" not in caught.value.message
    # Nor does anything that hangs on the error know the key.
    context = caught.value.__context__ or caught.value.__cause__
    assert context is None or "planted" not in repr(context)


def test_parameters_that_a_model_does_not_take_are_named_otherwise_or_left_out():
    def reasoner(asked):
        for name, other in (("max_tokens", "max_completion_tokens"), ("temperature", None), ("seed", None)):
            if name in asked.body:
                instead = f" Use '{other}' instead." if other else ""
                return status(400, f"Unsupported parameter: '{name}' is not supported with this model.{instead}", param=name)
        return says(GOOD)

    with Faulty(last=reasoner) as server, endpoint(server.url) as asked:
        assert asked.ask(question(seed=3)).value == VALUE
        before = len(server.asked)
        assert asked.ask(question("again", seed=3)).value == VALUE
    assert len(server.asked) == before + 1 == 5
    assert set(server.forms) == {"json_schema"}
    assert server.asked[-1].body["max_completion_tokens"] == 1024


def test_answers_in_parts_and_usage_that_is_not_said():
    parts = [{"type": "text", "text": '{"timing": 1, '}, {"type": "text", "text": '"reason": "in the window"}'}]
    with Faulty([Does(body=completion(parts, usage=None))]) as server, endpoint(server.url) as asked:
        answer = asked.ask(question())
    assert answer.value == VALUE
    assert answer.call.guessed
    assert answer.call.tokens_in > 10
    assert answer.call.tokens_out > 5
