"""What an endpoint rejects is left out, whatever its words, and what served is remembered; what it requires is not given up."""

from __future__ import annotations

import pytest

from propersim.llm_client import Cache, Outage, Refused, Unusable
from propersim.llm_client.cache import Capabilities
from propersim.llm_client.chat_body import without_system
from tests.llm_client.asking import GOOD, VALUE, endpoint, question
from tests.llm_client.faulty import Does, Faulty, says, status


def rejects(*names, body, code=400):
    """A server that rejects these parameters with a body."""

    def step(asked):
        found = next((name for name in names if name in asked.body), None)
        return Does(code, body) if found else says(GOOD)

    return step


PARAMETERS = {
    "in quotes": ("seed", 400, {"error": {"message": "Unrecognized request argument supplied: 'seed'"}}),
    "without quotes": ("seed", 400, {"error": {"message": "Unrecognized request argument supplied: seed"}}),
    "deprecated": ("temperature", 400, {"error": {"message": "`temperature` is deprecated for this model."}}),
    "by its place": ("seed", 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs"}]}),
    "within a message": ("seed", 422, {"message": {"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs"}]}}),
    "in a list": ("seed", 400, [{"error": {"message": 'Unknown name "seed": Cannot find field.'}}]),
    "as a text": ("temperature", 422, {"error": "Input validation error: `temperature` must be strictly positive"}),
    "too large": ("max_tokens", 400, {"error": {"message": "max_tokens is too large: 1024", "param": "max_tokens"}}),
    "in plain text": ("temperature", 400, b"temperature is fixed"),
    "not named": ("temperature", 400, {"error": {"message": "This request cannot be served."}}),
    "not named, seed": ("seed", 422, b""),
    "limit not named": ("max_tokens", 400, {"detail": "Bad value."}),
    "in a 500": ("seed", 500, {"error": "got an unexpected keyword argument 'seed'"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_that_is_rejected_is_left_out_in_whatever_words(name, tmp_path):
    parameter, code, body = PARAMETERS[name]
    with Faulty(last=rejects(parameter, body=body, code=code)) as server:
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
            assert asked.ask(question(seed=3)).value == VALUE
            assert len(server.asked) <= 7
            assert asked.ask(question("again", seed=3)).value == VALUE
            before = len(server.asked)
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as later:
            later.ask(question("in another process", seed=3))
    assert len(server.asked) == before + 1
    assert server.forms[-1] == "json_schema"
    assert parameter not in server.asked[-1].body
    if "not named" not in name:
        # Only the one that is named.
        kept = {"temperature", "seed"} - {parameter}
        assert kept <= set(server.asked[-1].body)
        assert len(server.asked) <= 5


def test_all_parameters_and_the_best_mode_are_found_together():
    def narrow(asked):
        for name in ("max_tokens", "max_completion_tokens", "temperature", "seed"):
            if name in asked.body:
                return status(400, f"'{name}' is not supported here")
        return says(GOOD) if asked.form in ("json_object", "prompt") else status(400, "response_format: no")

    with Faulty(last=narrow) as server, endpoint(server.url) as asked:
        assert asked.ask(question(seed=1)).value == VALUE
        assert asked.ask(question("again", seed=1)).call.form == "json_object"
    assert len(server.asked) == 4 + 1 + 1 + 1 + 1


def test_a_parameter_that_is_required_is_kept_and_its_error_is_shown():
    def needs_limit(asked):
        if "max_tokens" not in asked.body:
            return status(400, "max_tokens: Field required")
        return status(400, "max_tokens: 1024 > 10, which is the maximum allowed for this model")

    with Faulty(last=needs_limit) as server, endpoint(server.url) as asked, pytest.raises(Unusable, match="1024 > 10"):
        asked.ask(question())
    assert len(server.asked) < 20


def test_a_name_in_an_error_about_something_else_is_not_remembered(tmp_path):
    cache = Cache(tmp_path / "c")
    with (
        Faulty([status(400, "Server busy; temperature of the GPU is too high")] * 20) as server,
        endpoint(server.url, cache=cache) as asked,
    ):
        with pytest.raises((Unusable, Outage)):
            asked.ask(question())
        assert cache.capabilities(server.url, "any") is None


@pytest.mark.parametrize(
    "unknown",
    [
        status(400, "System role not supported"),
        status(500, "Jinja Exception: Conversation roles must alternate user/assistant/user/assistant/..."),
        status(400, "unsupported"),
        Does(422, b"no"),
        Does(500, b"<html><h1>Internal Server Error</h1></html>"),
        Does(400, {"error": {"message": "Developer instruction is not enabled for this model"}}),
    ],
)
def test_where_the_system_role_is_rejected_its_text_goes_into_the_users_message(unknown, tmp_path):
    def step(asked):
        return unknown if any(message["role"] == "system" for message in asked.body["messages"]) else says(GOOD)

    with Faulty(last=step) as server:
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
            assert asked.ask(question(seed=3)).value == VALUE
            asked.ask(question("again", seed=3))
            before = len(server.asked)
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as later:
            later.ask(question("a third", seed=3))
    (message,) = server.asked[-1].body["messages"]
    assert message["role"] == "user"
    assert message["content"].startswith("You are the user.")
    assert message["content"].endswith("a third")
    assert (len(server.asked), server.forms[-1]) == (before + 1, "json_schema")
    assert server.asked[-1].body["temperature"] == 0.0


def test_parameters_and_the_system_role_may_be_rejected_together():
    def step(asked):
        if "temperature" in asked.body or "seed" in asked.body:
            return status(400, "invalid")
        return status(400, "invalid") if asked.body["messages"][0]["role"] == "system" else says(GOOD)

    with Faulty(last=step) as server, endpoint(server.url) as asked:
        assert asked.ask(question(seed=1)).value == VALUE
        asked.ask(question("2", seed=1))
        assert asked.ask(question("3", seed=1)).value == VALUE
    assert server.forms[-1] == "json_schema"


def test_an_outage_is_not_mistaken_for_a_system_role_that_is_rejected(tmp_path):
    cache = Cache(tmp_path / "c")
    with Faulty([status(500)] * 4, last=says(GOOD)) as server, endpoint(server.url, cache=cache) as asked:
        assert asked.ask(question()).value == VALUE
        asked.ask(question("again"))
    assert server.asked[-1].body["messages"][0]["role"] == "system"
    assert server.asked[-1].body["temperature"] == 0.0


def test_an_outage_that_mentions_a_parameter_is_no_rejection_of_it():
    with Faulty([status(500, "the seed node is down")], last=says(GOOD)) as server, endpoint(server.url) as asked:
        asked.ask(question(seed=3))
        asked.ask(question("again", seed=3))
    assert server.asked[-1].body["seed"] == 3
    assert server.forms[-1] == "json_schema"


def test_messages_without_a_system_message_stay_in_order():
    talk = [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}, {"role": "assistant", "content": "c"}]
    assert without_system(talk) == [{"role": "user", "content": "a\n\nb"}, talk[2]]
    assert without_system(talk[1:]) == talk[1:]
    assert without_system(talk[:1]) == [{"role": "user", "content": "a"}]


def test_a_prompt_that_is_too_long_with_the_limit_is_tried_without_it():
    def step(asked):
        if "max_tokens" in asked.body:
            return status(400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens")
        return says(GOOD)

    with Faulty(last=step) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE
        asked.ask(question("2"))
    assert len(server.asked) == 3


@pytest.mark.parametrize("reason", ["content_filter", "SAFETY", "refusal", "PROHIBITED_CONTENT", "content_filter: SAFETY", "sensitive"])
def test_an_answer_that_a_filter_withheld_is_a_refusal(reason):
    with Faulty(last=says(GOOD, finish=reason)) as server, endpoint(server.url) as asked, pytest.raises(Refused, match="refused"):
        asked.ask(question())
    assert len(server.asked) == 1


def test_a_refusal_among_the_parts_of_a_message_is_a_refusal():
    with Faulty(last=says(None)) as server, endpoint(server.url) as asked:
        server.last = lambda _: Does(
            body={"choices": [{"message": {"content": [{"type": "refusal", "refusal": "I will not."}]}, "finish_reason": "stop"}]}
        )
        with pytest.raises(Refused, match="I will not"):
            asked.ask(question())


def test_capabilities_that_were_stored_before_are_read():
    import msgspec

    old = b'{"form":"json_schema","limit":"max_tokens","without":["seed"],"plain":1}'
    assert msgspec.json.decode(old, type=Capabilities) == Capabilities("json_schema", "max_tokens", ("seed",), 1, False)
