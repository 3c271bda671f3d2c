"""Servers that cut long prompts are warned of once, and stop a run where nothing of the persona can be left; others never."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import EXIT_RESUMABLE
from propersim.llm_client import Cache, Session
from propersim.llm_client.errors import PromptCut
from propersim.llm_client.prompt_cuts import PromptCuts, context_needed, is_far_below
from tests.llm_client.asking import VALUE, endpoint, question
from tests.llm_client.faulty import Does, Faulty, completion, status


def keeps(context, a_token=4.4):
    """A server that keeps the last tokens of a prompt, as many as its context has."""

    def step(asked):
        tokens = int(sum(len(message["content"]) for message in asked.body["messages"]) / a_token) + 12
        answer = '{"ready": true}' if "ready" in asked.last_words else '{"timing": 1, "reason": "in the window"}'
        return Does(body=completion(answer, usage=(min(tokens, context), 10, 0)))

    return step


LONG = [question("one sentence of it, " * count) for count in (300, 400, 500, 600)]


@pytest.mark.parametrize("context", [70, 97, 128, 256])
def test_a_model_that_cannot_have_seen_the_prompt_gives_no_answer(context, tmp_path):
    cache = Cache(tmp_path / "c")
    with Faulty(last=keeps(context)) as server, endpoint(server.url, cache=cache) as asked:
        for one in LONG[-2:]:
            with pytest.raises(PromptCut, match=f"reports {context} tokens for a prompt of about") as caught:
                asked.ask(one)
        assert caught.value.exit_code == EXIT_RESUMABLE
        assert "at least 8192 tokens" in str(caught.value.hint)
        # A check with other words, once; and no answer is kept.
        assert len(server.asked) == 3
        assert all(cache.answer(asked.key(one)) is None for one in LONG)


def shared(one, other):
    """Return the length of the beginning that two texts share."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def test_a_server_that_counts_only_what_it_has_not_read_before_is_trusted():
    read: list[str] = []

    def step(asked):
        text = "".join(message["content"] for message in asked.body["messages"])
        new = len(text) - max((shared(text, one) for one in read), default=0)
        read.append(text)
        return Does(body=completion('{"timing": 1, "reason": "in the window"}', usage=(max(new // 4, 80), 10, 0)))

    warned: list[str] = []
    with Faulty(last=step) as server, endpoint(server.url, warn=warned.append) as asked:
        assert [asked.ask(one).value for one in LONG] == [VALUE] * 4
    assert not warned


def test_a_check_that_fails_leaves_a_warning():
    warned: list[str] = []
    with Faulty([keeps(97), status(503)], last=keeps(10**6)) as server, endpoint(server.url, warn=warned.append) as asked:
        assert asked.ask(LONG[-1]).value == VALUE
        assert asked.ask(LONG[-2]).value == VALUE
    assert len(warned) == 1
    assert "reports 97 tokens" in warned[0]


@given(st.integers(2000, 60_000), st.floats(1.2, 15.9))
def test_no_text_that_is_read_whole_is_far_below(characters, a_token):
    assert not is_far_below(characters, int(characters / a_token) + 1)


@pytest.mark.parametrize("context", [1024, 2048])
def test_a_server_that_cuts_prompts_is_warned_of_once(context):
    warned: list[str] = []
    with Faulty(last=keeps(context)) as server, endpoint(server.url, warn=warned.append) as asked:
        assert [asked.ask(one).value for one in LONG] == [VALUE] * 4
    assert len(warned) == 1
    assert f"reports {context} tokens" in warned[0]
    assert "at least 8192 tokens" in warned[0]
    assert server.url in warned[0]


@pytest.mark.parametrize("a_token", [1.5, 3.0, 4.0, 4.4, 4.9])
def test_a_server_that_reads_prompts_whole_is_not_warned_of(a_token):
    warned: list[str] = []
    with Faulty(last=keeps(10**6, a_token)) as server, endpoint(server.url, warn=warned.append) as asked:
        for one in LONG:
            asked.ask(one)
        assert not asked.probe().warning
    assert not warned


@pytest.mark.parametrize("tokens", [0, 1, 50])
def test_a_server_that_does_not_count_is_not_warned_of(tokens):
    cuts = PromptCuts()
    assert not any(cuts.note(characters, tokens) for characters in range(10, 40_000, 1000))


@given(st.lists(st.tuples(st.integers(0, 60_000), st.floats(1.2, 4.7)), max_size=30))
def test_no_text_that_is_read_whole_counts_as_cut(prompts):
    cuts = PromptCuts()
    assert not any(cuts.note(characters, int(characters / a_token)) for characters, a_token in prompts)


@given(st.integers(1, 16).map(lambda blocks: 256 * blocks), st.floats(3.0, 4.7))
def test_every_context_that_is_much_too_short_is_found(context, a_token):
    cuts = PromptCuts()
    shorter, longer = int(context * a_token * 1.5) + 4000, int(context * a_token * 1.7) + 5000
    assert [cuts.note(length, min(context, int(length / a_token))) for length in (shorter, longer)].count(True) == 1
    assert cuts.limit == context


def test_the_context_to_recommend_has_room_for_prompt_and_answer():
    assert context_needed(3000, 1000) == 8192
    assert context_needed(7000, 2000) == 16384


def test_a_session_hands_its_warnings_over_once():
    with Faulty(last=keeps(1024)) as server, Session() as session:
        model_client = session.model_client(server.url, "any")
        model_client.ask_all(LONG)
        assert len(session.take_warnings()) == 1
        model_client.ask(question("more of it, " * 800))
        assert session.take_warnings() == []


@pytest.mark.parametrize("context", [512, 2048])
def test_a_probe_finds_a_server_that_cuts_prompts(context):
    with Faulty(last=keeps(context)) as server, endpoint(server.url, warn=lambda text: None) as asked:
        found = asked.probe()
    assert found.usable
    assert f"reports {context} tokens" in found.warning
    assert "8192" in found.warning


def test_a_probe_finds_a_server_without_room_for_long_prompts():
    def step(asked):
        return status(400, "the request exceeds the available context size") if len(asked.last_words) > 9000 else keeps(10**6)(asked)

    with Faulty(last=step) as server, endpoint(server.url) as asked:
        found = asked.probe()
    assert found.usable
    assert "too long for the model's context" in found.warning
