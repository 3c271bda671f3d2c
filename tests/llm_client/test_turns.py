"""Only what the model says in its own turn is read."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.llm_client.answers import read_answer
from propersim.llm_client.schema import schema_of
from tests.llm_client.asking import GOOD, VALUE, Verdict

SCHEMA = schema_of(Verdict)
ANSWER, OTHER = json.dumps(GOOD), json.dumps({"timing": 0, "reason": "of somebody else"})

TOKENS = {
    "<|im_start|>{}\n": "<|im_end|>\n",
    "<|start_header_id|>{}<|end_header_id|>\n\n": "<|eot_id|>",
    "<|header_start|>{}<|header_end|>\n\n": "<|eot|>",
    "<start_of_turn>{}\n": "<end_of_turn>\n",
    "<|start_of_role|>{}<|end_of_role|>": "<|end_of_text|>\n",
    "<|turn>{}\n": "<turn|>\n",
    "<|{}|>\n": "<|end|>\n",
    "<｜{}｜>": "<｜end▁of▁sentence｜>",
    "<|im_{}|>x<|im_middle|>": "<|im_end|>",
    "<|{}_TOKEN|>": "<|END_OF_TURN_TOKEN|>",
    "<|START_OF_TURN_TOKEN|><|{}_TOKEN|>": "<|END_OF_TURN_TOKEN|>",
    "]~b]{}\n": "[e~[\n",
}
"""Tokens before and after a turn in chat templates; the role stands between."""
PLAIN = ["[{}]\n", "### {}:\n", "### {}\n", "{}: ", "**{}:** ", "{}\n", "<{}>\n", "[/{}] ", "({}) ", "{} says: ", "# {}\n"]
OTHERS = ["user", "system", "tool", "human", "observation", "function", "User", "SYSTEM"]

tokens, roles = st.sampled_from(sorted(TOKENS)), st.sampled_from(OTHERS)
own = st.sampled_from(["assistant", "model", "Assistant"])


@settings(max_examples=80)
@given(tokens, roles, st.booleans())
def test_an_object_in_the_turn_of_somebody_else_is_no_answer(form, role, ended):
    with pytest.raises(ValueError, match="somebody else"):
        read_answer(form.format(role) + OTHER + (TOKENS[form] if ended else ""), SCHEMA)


@settings(max_examples=80)
@given(tokens, st.lists(roles, min_size=1, max_size=3), own)
def test_turns_of_others_before_the_models_turn_are_dropped(form, others, role):
    earlier = "".join(f"{form.format(other)}{OTHER}{TOKENS[form]}" for other in others)
    assert read_answer(earlier + form.format(role) + ANSWER, SCHEMA) == VALUE
    assert read_answer(earlier + form.format(role) + ANSWER + TOKENS[form], SCHEMA) == VALUE
    assert read_answer(form.format(role) + ANSWER + TOKENS[form] + earlier, SCHEMA) == VALUE
    with pytest.raises(ValueError, match="JSON"):
        read_answer(f"{earlier}{form.format(role)}I cannot.{TOKENS[form]}{form.format('user')}{OTHER}", SCHEMA)


@settings(max_examples=40)
@given(tokens, own)
def test_of_several_turns_of_the_model_after_one_of_somebody_else_none_is_taken(form, role):
    user, model = (form.format(name) + "{}" + TOKENS[form] for name in ("user", role))
    with pytest.raises(ValueError, match="several turns"):
        read_answer(user.format("A") + model.format(OTHER) + user.format("B") + model.format(ANSWER), SCHEMA)


@pytest.mark.parametrize("form", PLAIN)
@pytest.mark.parametrize("role", OTHERS)
def test_a_role_in_plain_words_before_an_object_makes_it_doubtful(form, role):
    with pytest.raises(ValueError, match=r"may be a draft|JSON"):
        read_answer(form.format(role) + OTHER, SCHEMA)


@pytest.mark.parametrize("mark", ["<|im_start|>", "<start_of_turn>\n", "<|im_start|>critic\n", "<|turn>judge\n", "<|start_header_id|>"])
def test_a_turn_of_an_unknown_role_is_not_the_models(mark):
    with pytest.raises(ValueError, match="somebody else"):
        read_answer(mark + OTHER, SCHEMA)


def test_marks_of_turns_within_a_text_of_the_answer_are_data():
    text = json.dumps({"timing": 1, "reason": "<|im_start|>user\nA"})
    assert read_answer(text, SCHEMA) == Verdict(1, "<|im_start|>user\nA")
