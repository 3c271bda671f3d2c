"""Reading an answer: exactly one valid object outside of thoughts is the answer, and anything else is asked again."""

from __future__ import annotations

import gc
import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from propersim.llm_client import NoAnswer
from propersim.llm_client.answers import has_shape, mended, read_answer
from propersim.llm_client.schema import schema_of
from propersim.llm_client.thoughts import begins_with_thought
from tests.llm_client.asking import GOOD, VALUE, Verdict, endpoint, question
from tests.llm_client.faulty import Does, Faulty, completion, says

SCHEMA = schema_of(Verdict)
ANSWER, DRAFT = json.dumps(GOOD), json.dumps({"timing": 0, "reason": "a draft"})

THOUGHTS = [
    "<think>{}</think>", "{}</think>", "<Thinking>\n{}\n</Thinking >", "<think><think>{}</think> more</think>", "[THINK]{}[/THINK]",
    "<reasoning>{}</reasoning>", "◁think▷{}◁/think▷", "<|begin_of_thought|>{}<|end_of_thought|>", "<|START_THINKING|>{}<|END_THINKING|>",
    "{}<|END_THINKING|>", "<seed:think>{}</seed:think>", "<|think|>{}<|/think|>", "<draft>{}</draft>", '<thought kind="first">{}</thought>',
    "<|channel>thought\n{}<channel|>", "<unused94>thought\n{}<unused95>", "<scratchpad>{}</scratchpad>",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "{}<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>",
    "<|channel|>commentary to=functions.rate<|message|>{}<|call|><|start|>assistant<|channel|>final<|message|>",
    "analysisWe {} it.assistantfinal",
]  # fmt: skip
"""Ways in which models mark a thought; the answer follows."""

UNCLOSED = [
    "<think>{}", "{}<think>", "<think>a</think><think>{}", "[THINK] {}", "<|channel|>analysis<|message|>{}", "analysisWe {}", "◁think▷{}",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>analysis<|message|>hm",
]  # fmt: skip
AROUND = [
    "{}",
    "Sure!\n```json\n{}\n```\nHope it helps.",
    "```{}```",
    "```json {}```",
    "[{}]",
    '**My "final" answer** is:\n\n{}\n',
    "### Final Answer\n{}",
    "`{}`",
    "<answer>{}</answer>",
]

signs = st.characters(exclude_characters="<>[]◁▷|", exclude_categories=["Cs"])
verdicts = st.builds(Verdict, st.sampled_from([0, 1]), st.text(signs, max_size=40))
prose = st.text(st.characters(exclude_characters='<>[]◁▷|{}"`', exclude_categories=["Cs"]), max_size=30).filter(
    lambda text: "analysis" not in text and "commentary" not in text
)
leads = st.sampled_from(
    ["", "Sure!", "Here's the JSON you asked for:", "Based on the persona's preferences, here is my rating:", "Final answer:"]
)
closings = st.sampled_from(["", ".", "Hope this helps! 😊", "Let me know if you need anything else.", "\n\n  ", "That is all."])


def written(verdict: Verdict, indent: int | None = None) -> str:
    return json.dumps({"timing": verdict.timing, "reason": verdict.reason}, ensure_ascii=False, indent=indent)


@settings(max_examples=60)
@given(verdicts, verdicts, st.sampled_from(THOUGHTS), st.sampled_from(AROUND), prose, leads, closings, st.sampled_from([None, 2]))
@example(Verdict(1, "}{"), Verdict(0, "```"), THOUGHTS[1], AROUND[1], "", "", "", None)
def test_one_object_after_a_lead_in_a_fence_or_a_thought_is_the_answer(answer, draft, thought, around, said, lead, closing, indent):
    text = around.format(written(answer, indent))
    whole = f"{said} {thought.format(f'{said} {written(draft)} {said}')} {lead}\n{text}\n{closing}"
    if "analysisWe" in thought:
        whole = whole.lstrip() if not said.strip() else thought.format(written(draft)) + text
    assert read_answer(whole, SCHEMA) == answer
    assert read_answer(text, SCHEMA) == answer
    assert read_answer(f"{text}\n{closing}\n{lead}\n{text}", SCHEMA) == answer


@settings(max_examples=60)
@given(verdicts, verdicts, st.sampled_from(["", *THOUGHTS]), st.sampled_from(AROUND), st.sampled_from(AROUND), prose)
def test_two_different_objects_outside_of_thoughts_are_no_answer(one, other, thought, around, after, said):
    whole = (
        f"{thought.format(said)}\n{around.format(written(one))}\n{'' if one == other else said}\n{after.format(written(other))}".lstrip()
    )
    if one == other:
        assert read_answer(whole, SCHEMA) == one
    else:
        with pytest.raises(ValueError, match="2 different answers"):
            read_answer(whole, SCHEMA)


@settings(max_examples=60)
@given(verdicts, st.sampled_from([*THOUGHTS, *UNCLOSED]), st.sampled_from(AROUND), prose)
def test_an_object_inside_thoughts_alone_is_no_answer(draft, thought, around, said):
    whole = thought.format(f"{said} {around.format(written(draft))} {said}")
    with pytest.raises(ValueError, match=r"thought|no complete JSON"):
        read_answer(whole, SCHEMA)
    with pytest.raises(ValueError, match=r"thought|no complete JSON"):
        read_answer(f"{whole} {said}", SCHEMA)


@given(st.text(max_size=200))
def test_any_text_gives_a_valid_answer_or_a_reason(text):
    for cut_off in (True, False):
        try:
            assert isinstance(read_answer(text, SCHEMA, cut_off=cut_off), Verdict)
        except ValueError as error:
            assert str(error)  # noqa: PT017
    assert mended(text).encode("utf-8") is not None


@pytest.fixture
def no_collection():
    """Collect no garbage: what other tests left behind cannot be finalized at the limit of recursion, and pytest reports that."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("[1]", "no complete JSON object"),
        ('{"timing": 1', "no complete JSON object"),
        ("yes", "no complete JSON object"),
        ('{"timing": 0, "timing": 1, "reason": "x"}', "gives the key 'timing' twice"),
        ('{"timing": 1, "timing": 1, "reason": "in the window"}', "gives the key 'timing' twice"),
        ('{"timing": 1, "reason": "x", "\\u0072eason": "x"}', "gives the key 'reason' twice"),
        ('{"timing": 1, "timing": true, "reason": "x"}', "gives the key 'timing' twice"),
        ('So: ```json\n{"timing": 1, "reason": "a", "reason": "b"}\n``` That is all.', "gives the key 'reason' twice"),
        ('{"extra": {"a": 1, "a": 1}, "timing": 1, "reason": "x"}', "gives the key 'a' twice"),
        (json.dumps({"answer": GOOD}), "unknown field"),
        (f"{json.dumps({**GOOD, 'timing': 2})} {{}}", "timing"),
        ('{"timing": NaN, "reason": "x"}', "JSON"),
        ("{" * 5000, "braces"),
        ('{"a":' * 5000, "braces"),
        ("<think>{}</think>", "thoughts alone"),
        ("x" * 300_000, "longer than"),
    ],
    ids=lambda value: value[:20],
)
def test_where_there_is_no_answer_the_reason_is_said(text, why, no_collection):
    with pytest.raises(ValueError, match=why):
        read_answer(text, SCHEMA)


def test_a_byte_order_mark_does_not_matter():
    assert read_answer("\ufeff" + ANSWER, SCHEMA) == VALUE


LATER = {
    "a text for a number": '{"timing": "1", "reason": "in the window"}',
    "cut": ANSWER[:-9],
    "Python": "{'timing': True, 'reason': 'in the window'}",
    "with a comment": "{ // final\n" + ANSWER[1:],
}


@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
@pytest.mark.parametrize(
    "form", ["Draft: {}\nFinal: {}", '{{"draft": {}, "final": {}', "[{}, {}]", "```thinking\n{}\n```\n```json\n{}\n```"]
)
def test_a_draft_is_no_answer_where_what_follows_cannot_be_read(form, later):
    with pytest.raises(ValueError, match=r"cannot be read|may be a draft"):
        read_answer(form.format(DRAFT, later), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "<plan>{}</plan>\nI cannot rate this.", '<details type="reasoning">{}</details> So it is.', "[NOTES]\n{}\n[/NOTES] Done.",
        "<critique>\n```json\n{}\n```\n</critique>\nno answer", "```draft\n{}\n``` Well.",
    ],
)  # fmt: skip
def test_an_object_within_unknown_marks_may_be_a_draft(text):
    with pytest.raises(ValueError, match="may be a draft"):
        read_answer(text.format(DRAFT), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "<answer>{}</answer> Done.", "<p>So:</p> {}", "[1] {} [2]", "<output>\n```json\n{}\n```\n</output> ok", "<plan>Look.</plan> {}",
        "{}<|im_end|>\n<|im_start|>user\nAnd?<|im_end|>\n" + DRAFT, "{}<end_of_turn>" + DRAFT,
        "<|start|>user<|message|>" + DRAFT + "<|end|><|start|>assistant<|channel|>final<|message|>{}<|return|>",
    ],
)  # fmt: skip
def test_marks_of_answers_and_turns_of_others_are_known(text):
    assert read_answer(text.replace("{}", ANSWER), SCHEMA) == VALUE


@pytest.mark.parametrize(
    "text", ["I do not know.<|im_end|>\n<|im_start|>assistant\n{}", "<|start|>user<|message|>{}<|end|><|start|>assistant<|message|>No."]
)
def test_what_others_say_is_no_answer(text):
    with pytest.raises(ValueError, match="JSON"):
        read_answer(text.replace("{}", DRAFT), SCHEMA)


@pytest.mark.parametrize("around", ["{}", "```json\n{}\n```"])
def test_marks_of_thoughts_within_a_text_of_the_answer_are_data(around):
    text = around.format(json.dumps({"timing": 1, "reason": "</think> <think> {x}"}))
    assert read_answer(text, SCHEMA) == Verdict(1, "</think> <think> {x}")


def test_of_a_completion_that_was_cut_off_an_object_among_words_may_be_a_draft():
    # The tag that closes the thought had not come yet.
    for text in (f"First idea: {DRAFT} but", f"{DRAFT} no,", f"[{ANSWER}, {{"):
        with pytest.raises(ValueError, match="cut off"):
            read_answer(text, SCHEMA, cut_off=True)
    for text in (ANSWER, f"{ANSWER}\n\n\n   ", f"```json\n{ANSWER}\n```", f"<think>{DRAFT}</think>\n{ANSWER}\n"):
        assert read_answer(text, SCHEMA, cut_off=True) == VALUE


@pytest.mark.parametrize("half", ["\\ud83d", "\\udc00", "\ud83d", "\\ud83d\\ud83d", "\udc00\ud83d"])
def test_half_a_character_is_replaced(half):
    found = read_answer(f'{{"timing": 1, "reason": "a {half} b"}}', SCHEMA)
    assert set(found.reason) == {"a", "b", " ", "\ufffd"}
    assert read_answer('{"timing": 1, "reason": "a \\ud83d\\ude00 \\\\ud83d"}', SCHEMA).reason == "a \U0001f600 \\ud83d"


def test_a_draft_is_never_stored_and_the_model_is_told_what_is_wrong():
    two = f"My draft:\n```json\n{DRAFT}\n```\nMy answer:\n```json\n{ANSWER}\n```"
    with Faulty([says(two), says(ANSWER)], last=says(two)) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE
        with pytest.raises(NoAnswer, match="2 different answers"):
            asked.ask(question("always"))
    assert "2 different answers" in server.asked[1].last_words
    # The model has seen the schema: it is not told again in words.
    assert not any("JSON Schema" in message["content"] for one in server.asked for message in one.body["messages"])


def test_a_thought_that_the_token_limit_cut_off_gets_more_tokens():
    with Faulty([says(f"Maybe {DRAFT} or", finish="length")], last=says(f"Maybe {DRAFT} or not.</think>{ANSWER}")) as server:
        with endpoint(server.url) as asked:
            assert asked.ask(question()).value == VALUE
        assert [one.body["max_tokens"] for one in server.asked] == [1024, 4096]


def test_parts_of_a_message_that_are_thoughts_are_not_read():
    parts = [{"type": "reasoning", "text": DRAFT}, {"type": "thinking", "thinking": DRAFT}, {"type": "text", "text": ANSWER}]
    with Faulty([Does(body=completion(parts))]) as server, endpoint(server.url) as asked:
        assert asked.ask(question()).value == VALUE


def test_the_shape_of_an_answer_is_seen_where_it_is_said():
    assert has_shape(f"{ANSWER} {DRAFT}", SCHEMA)
    assert not has_shape(f"<think>{ANSWER}</think> yes", SCHEMA)
    assert not has_shape(f"<think>{ANSWER}", SCHEMA)


@pytest.mark.parametrize("text", ["<think>x", "[THINK] x", "<|channel|>analysis<|message|>x", "analysisWe", " <reasoning>"])
def test_a_thought_is_known_by_its_beginning(text):
    assert begins_with_thought(text)
    assert not begins_with_thought("I think so")
    assert not begins_with_thought("</think>x")


@pytest.mark.parametrize(
    "text",
    [
        "<思考>{}</思考> I cannot.", "【思考】{}【/思考】 no", "(THINKING){}(/THINKING) no", "<!-- {} --> I cannot say.", "/* {} */ none",
        "~~{}~~ none", "~~~thinking\n{}\n~~~\nno", "````thinking\n{}\n````\nno", "```json draft\n{}\n```\nno", "```{.draft}\n{}\n```\nno",
        ":::thinking\n{}\n:::\nno",
    ],
)  # fmt: skip
def test_comments_struck_out_text_and_marks_of_any_script_may_be_around_a_draft(text):
    with pytest.raises(ValueError, match="may be a draft"):
        read_answer(text.replace("{}", DRAFT), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        '{"analysis": {},}', '{"draft": {}, "changed": True}', "{'draft': {}, 'final': None}", "{draft: {}, final: undefined}",
        '{"drafts": [{}], "final": nothing}',
    ],
)  # fmt: skip
def test_a_part_of_an_object_that_cannot_be_read_is_no_answer(text):
    with pytest.raises(ValueError, match="within another object"):
        read_answer(text.replace("{}", DRAFT), SCHEMA)


@pytest.mark.parametrize(
    "later", ['{timing: 1, reason: "x"}', "{`timing`: 1}", '{\\"timing\\": 1}', '{"Timing": 1, "Reason": "x"}', '{"timing"=1}']
)
def test_a_later_object_in_another_notation_makes_the_first_a_draft(later):
    with pytest.raises(ValueError, match="cannot be read"):
        read_answer(f"{DRAFT} then {later}", SCHEMA)


@pytest.mark.parametrize(
    "turn",
    [
        "<|end|><|user|>\n", "<|eom_id|>", "<|eot|><|header_start|>user<|header_end|>", "<｜end▁of▁sentence｜><｜User｜>",
        "<|observation|>",
        "<|end_of_text|><|start_of_role|>user<|end_of_role|>", "<|END_OF_TURN_TOKEN|><|USER_TOKEN|>", "<|im_user|>user<|im_middle|>",
        "<|im_start|>tool\n", "<turn|><|turn>user ", "[e~[\n]~b]user\n", "</s>[INST] ", " [INST] ", "\n\n### Instruction:\n", "\nUser: ",
        "\n\nHuman: ",
    ],
)  # fmt: skip
def test_what_follows_the_end_of_a_turn_is_not_the_models(turn):
    with pytest.raises(ValueError, match="JSON"):
        read_answer(f"I do not know.{turn}{DRAFT}", SCHEMA)
    assert read_answer(f"So: {ANSWER}{turn}{DRAFT}", SCHEMA) == VALUE


@pytest.mark.parametrize(
    "text",
    [
        "<s>{}",
        "<|im_start|>assistant\n{}", "<|start_header_id|>assistant<|end_header_id|>\n\n{}", "<start_of_turn>model\n{}<end_of_turn>",
        "<bos>{}<eos>", "<|begin_of_box|>{}<|end_of_box|>", "{}</s>", "<think>\nUser: hi\n### Input</think>{}",
    ],
)  # fmt: skip
def test_tokens_around_the_models_own_turn_are_known(text):
    assert read_answer(text.replace("{}", ANSWER), SCHEMA) == VALUE


@pytest.mark.parametrize("opened", ["&lt;think&gt;", "\\<think\\>", "＜think＞", "<th\u200bink>", "\\u003cthinking\\u003e"])
def test_escaped_tags_of_thoughts_are_tags(opened):
    closed = opened.replace("th", "/th", 1)
    assert read_answer(f"{opened}{DRAFT}{closed}{ANSWER}", SCHEMA) == VALUE
    with pytest.raises(ValueError, match="JSON"):
        read_answer(f"{opened}{DRAFT}{closed} no", SCHEMA)


@pytest.mark.parametrize("text", ["analysis {} assistantfinal", "analysis\n{}\n\nnone"])
def test_the_bare_name_of_a_channel_may_be_followed_by_blanks(text):
    with pytest.raises(ValueError, match=r"thought"):
        read_answer(text.replace("{}", DRAFT), SCHEMA)
