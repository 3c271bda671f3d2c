"""JSON modes: the best supported mode is found once, and never learned from an outage."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.llm_client import Cache, NoAnswer, Outage
from propersim.llm_client.json_modes import JSON_MODES, is_hopeless, shape
from propersim.llm_client.schema import schema_of
from tests.llm_client.asking import GOOD, VALUE, Verdict, endpoint, question
from tests.llm_client.faulty import Faulty, knows, says, status


@pytest.mark.parametrize("known", JSON_MODES)
@pytest.mark.parametrize("refusal", [500, 400], ids=str)
def test_the_best_form_that_is_known_is_found_once_and_remembered(known, refusal, tmp_path):
    with Faulty(last=knows(known, answer=GOOD, unknown=status(refusal, "no such response_format"))) as server:
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
            answer = asked.ask(question())
            assert answer.value == VALUE
            assert answer.call.form == known
            before = len(server.asked)
            asked.ask(question("another"))
        with endpoint(server.url, cache=Cache(tmp_path / "c")) as later:
            later.ask(question("a third, in another process"))
    better = JSON_MODES[: JSON_MODES.index(known)]
    # Where 500 was the answer, once more: it might have been an outage.
    assert server.forms[:before] == [*better, known, *(better if refusal == 500 else ())]
    assert server.forms[before:] == [known, known]
    if known != "json_schema":
        assert "JSON Schema" in server.asked[-1].body["messages"][0]["content"]


def test_an_outage_is_not_mistaken_for_a_form_that_is_not_known():
    # Gone for two requests, and back: whatever was tried in between is not "the best that it knows".
    with Faulty([status(500), status(500)], last=says(GOOD)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE
        asked.ask(question("another"))
    assert server.forms == ["json_schema", "json_object+schema", "json_object", "json_schema", "json_schema"]


def test_nothing_is_learned_while_it_cannot_be_said():
    # The taste itself meets a limit: the next question finds out anew.
    script = [status(500), says(GOOD), status(429)]
    with Faulty(script, last=says(GOOD)) as server, endpoint(server.url) as asked:
        asked.ask(question())
        asked.ask(question("another"))
    assert server.forms[3:] == ["json_schema"]


def test_an_outage_in_all_forms_leaves_nothing_behind(tmp_path):
    with Faulty([status(500)] * 14, last=says(GOOD)) as server, endpoint(server.url, cache=Cache(tmp_path / "c")) as asked:
        with pytest.raises(Outage):
            asked.ask(question())
        asked.ask(question())
    assert server.forms[-1] == "json_schema"


def test_an_endpoint_that_has_become_another_is_learned_anew():
    old, new = knows("json_schema", answer=GOOD), knows("json_object", answer=GOOD, unknown=status(400))
    with Faulty([old], last=new) as server, endpoint(server.url) as asked:
        for text in ("one", "two", "three"):
            assert asked.ask(question(text)).value == VALUE
    assert server.forms[-2:] == ["json_object", "json_object"]


def test_a_server_that_takes_a_schema_and_does_not_heed_it_is_told_in_words():
    def unheeding(asked):
        return says(GOOD) if "JSON Schema" in asked.body["messages"][0]["content"] else says("Sure! What shall I rate?")

    with Faulty(last=unheeding) as server, endpoint(server.url) as asked:
        had = [asked.ask(question(str(number))) for number in range(4)]
    assert {one.value for one in had} == {VALUE}
    assert [one.call.again for one in had] == [1, 1, 0, 0]
    assert server.forms == ["json_schema"] * 6


def test_an_example_is_the_last_resort_and_no_answer():
    example = Verdict(1, "(your reason)")

    def copies(asked):
        if not any("example of the form" in message["content"] for message in asked.body["messages"]):
            return says("Sure!")
        return says(GOOD if asked.last_words.startswith("own") else {"timing": 1, "reason": "(your reason)"})

    with Faulty(last=copies) as server, endpoint(server.url) as asked:
        with pytest.raises(NoAnswer, match="it is the example"):
            asked.ask(question("copied", example=example))
        had = [asked.ask(question(f"own {number}", example=example)).call.again for number in range(4)]
        assert had == [2, 2, 0, 0]
        # Where there is no example, nothing is shown, whatever is known of the endpoint.
        with pytest.raises(NoAnswer):
            asked.ask(question("own without"))
    assert not any("example of the form" in message["content"] for one in server.asked[-3:] for message in one.body["messages"])


def test_one_answer_that_is_no_answer_does_not_change_how_the_others_are_asked():
    with Faulty([says(GOOD), says("Sure!")], last=says(GOOD)) as server, endpoint(server.url) as asked:
        for number in range(4):
            asked.ask(question(str(number)))
    assert ["JSON Schema" in one.body["messages"][0]["content"] for one in server.asked] == [False, False, True, False, False]


def test_a_schema_that_is_heeded_is_not_told_in_words_for_a_text_that_is_too_long():
    long = says({"timing": 1, "reason": "x" * 41})
    with Faulty([long], last=says(GOOD)) as server, endpoint(server.url) as asked:
        assert asked.ask(question("1")).call.again == 1
        asked.ask(question("2"))
    assert not any("JSON Schema" in message["content"] for one in server.asked for message in one.body["messages"])


def test_the_shape_of_an_answer_can_be_read_by_anybody():
    assert shape(schema_of(Verdict).json) == '{"timing": 0 or 1, "reason": "<text>"}'


@given(st.text(), st.text(), st.integers(0), st.booleans())
def test_a_text_that_is_already_too_long_when_it_is_cut_off_has_gone_is_hopeless(before, text, at, plain):
    whole = json.dumps({before: [before, {"a": text}]}, ensure_ascii=plain)
    open_yet = whole.removesuffix('"}]}')
    assert not is_hopeless(open_yet, len(text) or 1)
    assert len(text) < 2 or is_hopeless(open_yet, len(text) - 1)
    # Cut off anywhere before, and wherever nothing has begun, it may yet become an answer.
    assert not is_hopeless("{" + whole[1 : 1 + at % len(whole)], max(len(before), len(text), 1))
    assert not is_hopeless(whole, 1)


@pytest.mark.parametrize(
    ("text", "gone"), [("", False), ("I would", True), ("<think>" + "x" * 90, False), ('{"reason": "' + "x" * 9, False)]
)
def test_of_prose_more_would_not_help_and_of_thoughts_it_would(text, gone):
    assert is_hopeless(text, 9) is gone
    assert is_hopeless('{"reason": "' + "x" * 10, 9)
