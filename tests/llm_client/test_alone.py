"""An answer counts only where nothing doubtful stands beside it; otherwise the model is asked again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.llm_client.answers import read_answer
from propersim.llm_client.schema import schema_of
from propersim.user.llm.judge import QUESTIONS, verdicts_of
from tests.llm_client.asking import GOOD, VALUE, Verdict

SCHEMA = schema_of(Verdict)
ANSWER = json.dumps(GOOD)

bits = st.lists(st.integers(0, 1), min_size=5, max_size=5)
counts = st.integers(1, 3)


def rated(values, reason="r"):
    """The answers to all questions about one candidate."""
    return {key: value for name, bit in zip(QUESTIONS, values, strict=True) for key, value in ((f"{name}_reason", reason), (name, bit))}


def nested(count, values):
    """The answer about some candidates, as text."""
    return json.dumps({f"candidate_{number}": rated(values) for number in range(1, count + 1)})


LATER = {
    "one field": '{{"{name}": {bit}}}',
    "a field with its reason": '{{"{name}_reason": "no", "{name}": {bit}}}',
    "a field without braces": '"{name}": {bit}',
    "a field without quotes": "{name}: {bit}",
    "assignment": "{name} = {bit}",
    "JavaScript": "{{{name}: {bit}}}",
    "Python": "{{'{name}': {bit}}}",
    "YAML": "candidate_1:\n  {name}: {bit}",
    "a table": "| {name} | {bit} |",
    "an element": "<{name}>{bit}</{name}>",
    "a JSON patch": '[{{"op": "replace", "path": "/candidate_1/{name}", "value": {bit}}}]',
    "words": "Wait, {name} should be {bit}.",
    "a number": "{bit}",
    "cut off": '{{"{name}": {bit}, "com',
    "all fields": "{flat}",
    "all fields, cut off": "{cut}",
    "one candidate of several": '{{"candidate_2": {flat}}}',
}
"""Corrections after a whole answer, none of which is a whole answer of its own."""


@settings(max_examples=80)
@given(
    counts,
    bits,
    bits,
    st.sampled_from(sorted(LATER)),
    st.sampled_from(QUESTIONS),
    st.sampled_from(["\n", "\nCorrection: ", "\nOn reflection, candidate_1 is:\n", "\n```json\n", " "]),
    st.sampled_from(["{}", "```json\n{}\n```", "Sure!\n{}", "<answer>{}</answer>", "<think>hm</think>{}"]),
)
def test_a_later_correction_of_a_nested_answer_is_asked_again(count, values, others, kind, name, between, around):
    flat = json.dumps(rated(others, "no"))
    later = LATER[kind].format(name=name, bit=others[0], flat=flat, cut=flat[:-20])
    answer, schema = nested(count, values), schema_of(verdicts_of(count))
    whole = around.format(answer)
    assert read_answer(whole, schema) == schema.read(answer)
    with pytest.raises(ValueError, match=r"different|cannot be read|may be a draft|within another"):
        read_answer(f"{whole}{between}{later}", schema)


@settings(max_examples=40)
@given(counts, bits, st.text(max_size=60))
def test_an_answer_of_several_candidates_with_any_text_after_it_is_itself_or_none(count, values, after):
    schema = schema_of(verdicts_of(count))
    try:
        found = read_answer(nested(count, values) + after, schema)
    except ValueError:
        return
    assert found == schema.read(nested(count, values))
    assert not any(char.isdigit() for char in after.replace("candidate_", ""))


@pytest.mark.parametrize(
    "text",
    [
        # Comments, and text that is struck out or quoted.
        "// {}", "# {}", "-- {}", "% {}", "; {}", "> {}", "<s>{}</s>", "<del>{}</del>", "~~{}~~", '"""{}"""', "REM {}", "/* {} */",
        "'{}'", "$ {}",
        # Fences with other names.
        "```example\n{}\n```", "```template\n{}\n```", "```attempt\n{}\n```", "```wip\n{}\n```", "```json wip\n{}\n```",
        "~~~sample\n{}\n~~~", "```diff\n{}\n```", "```json title=draft\n{}\n```", "```{.example}\n{}\n```", "```mock\n{}```",
        "~~~old\n{}\n~~~",
        # Marks in words.
        "--- BEGIN DRAFT ---\n{}\n--- END DRAFT ---", "<<<draft\n{}\ndraft>>>", "(draft) {}", "Draft: {}", "Placeholder:\n{}",
        "WIP\n{}", "=== scratchpad ===\n{}\n=== answer ===\n(none)", "[DRAFT]\n{}\n[/DRAFT]", "*first attempt*\n{}", "Straw man: {}",
        "v0: {}", "Option 1: {}", '<div class="draft">{}</div>', "<example>{}</example>", "<answer type='sample'>{}</answer>",
        "Rejected: {}", "¿ {} ?", "❌ {}",
        # Sentences.
        "The answer would have this form: {} but I cannot rate this, sorry.", "If it were evening I would answer {}",
        "My answer is not {}", "For example, someone might answer {}. I won't.", "{} – but that is only a guess.", "{}\nI refuse.",
        "{}\n\nNote: I made this up.", "The format is: {}", "A possible answer: {}", "{}?", "The last user sent {}",
        "Is this the answer? {}", "{} (not final)", "{}\nNone of this holds.",
        # Parts of something else.
        "{{}}", "{ {} }", "{ {}", "{}}", '{"draft": {}}', "[{}, null]", "{}\nnull", "{}, 0", '{"draft": true} then {}', "x = {}",
        "f({})",
    ],
)  # fmt: skip
def test_an_answer_beside_which_something_doubtful_stands_is_asked_again(text):
    with pytest.raises(ValueError, match=r"draft|another object|unknown field|JSON"):
        read_answer(text.replace("{}", ANSWER), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "{}", "  {}\n\n", "{}.", "```json\n{}\n```", "```\n{}\n```", "```JSON\n{}\n```\n", "~~~json\n{}\n~~~", "json\n{}", "`{}`",
        "[{}]", "Here is the JSON:\n```json\n{}\n```", "Sure, here's my rating:\n\n{}", "**Answer:** {}", "## Final answer\n\n{}",
        "Assistant: {}", "Here are the ratings in the requested JSON format:\n{}",
        "Based on the persona's rubric, here is my evaluation of candidate_1:\n{}",
        "I apologize for the confusion. Here is the corrected JSON object:\n```json\n{}\n```",
        "Of course! Below is the answer, following the schema:\n{}", "{}\n\nLet me know if you'd like any changes!",
        "{}\nI hope this helps. 😊", "{}\n---\nDone.", "---\n{}\n---", "The \"final\" answer: {}", "<answer>\n{}\n</answer>",
        "<final_answer>{}</final_answer>.", "<p>So:</p> {}", "<plan>Look at the day first.</plan>\n{}", "{} [1]",
        "<think>a draft, or not</think>\n\n{}\n", "assistant\n{}", "{}<|im_end|>", "{}</s>", "Here is my suggestion: {}",
        "{}\nHere it is again:\n{}",
    ],
)  # fmt: skip
def test_what_models_put_around_an_answer_is_known(text):
    assert read_answer(text.replace("{}", ANSWER), SCHEMA) == VALUE


WORDS = st.text(st.characters(categories=["Ll", "Lo"]), min_size=4, max_size=9).map(lambda word: f"{word}zq")


@given(
    WORDS,
    st.sampled_from(["{word} {}", "{}\n{word}", "Here is the {word}:\n{}", "```{word}\n{}\n```", "({word}) {}", "<{word}>{}</{word}>"]),
)
def test_a_word_of_unknown_meaning_makes_an_answer_doubtful(word, form):
    with pytest.raises(ValueError, match="may be a draft"):
        read_answer(form.replace("{word}", word).replace("{}", ANSWER), SCHEMA)
