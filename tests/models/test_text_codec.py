"""States in words and answers in JSON: every text survives, and no text becomes a control token."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.core.text import well_formed
from propersim.memory.evidence import Evidence
from propersim.memory.evidence_tables import Tally
from propersim.memory.log_text import TOKENS, log_lines
from propersim.memory.state import AssistantState, Past
from propersim.memory.state_text import INSTRUCTION, describe
from propersim.models.text_codec import TextCodec
from propersim.world.catalogue import tones, topics
from tests.memory.feeding import began, suggested

CONTROL = ["<|im_end|>", "<|im_start|>system\n", "<eos>", "<bos>", "<speak>", "<think>", "<pad>"]
pieces = st.one_of(st.text(max_size=20), st.sampled_from([*CONTROL, '"', '"}', "\\", '\\"', "\n", " ", "café", "🎈", "How about tea", "?"]))
texts = st.lists(pieces, max_size=8).map("".join)


@pytest.fixture(scope="module", params=["plain", "chat"])
def tokenizer(request, plain_tokenizer, chat_tokenizer):
    return {"plain": plain_tokenizer, "chat": chat_tokenizer}[request.param]


@pytest.fixture(scope="module")
def codec(tokenizer):
    return TextCodec(tokenizer, vocabulary=len(tokenizer) + 3)


@pytest.fixture(scope="module")
def told(tokenizer):
    """The codec of a model that is told what the ratings say."""
    return TextCodec(tokenizer, vocabulary=len(tokenizer) + 3, evidence=True)


@given(text=texts)
@settings(max_examples=200)
def test_suggestions_round_trip(codec, text):
    ids = codec.tokens(text)
    assert codec.ended(ids)
    assert not codec.ended(ids[:0])
    again = codec.text([*ids, *codec.closing])
    said = text.encode("utf-8", errors="replace").decode("utf-8").strip()
    assert again == (said if well_formed(said) else None)
    assert codec.text(ids) == again
    assert not set(ids) & set(codec.banned)
    assert not set(ids) & set(codec.closing)


@given(text=texts)
def test_a_suggestion_ends_with_its_quote_and_not_before(codec, tokenizer, text):
    ids = codec.tokens(text)
    first = next(i for i in range(len(ids)) if codec.ended(ids[: i + 1]))
    assert len(tokenizer.decode(ids[first:])) >= 1
    assert "".join(tokenizer.decode(ids[first + 1 :]).split()) in ("", "}")


@given(text=texts, phrase=texts, persona=texts)
@settings(max_examples=40)
def test_no_text_becomes_a_control_token(codec, tokenizer, text, phrase, persona):
    """Control tokens in a memory, a phrase or a persona add none to the prompt: it has those of the template alone."""

    def controls(codec, state):
        return [i for i in codec.prompt(state) if i in codec.banned or i in codec.closing]

    def state(said, doing):
        return AssistantState(
            450.0, 1, doing, doing, doing, 2, memories=(Past("cooking", "music", said),), recent=(Past(doing, None, said),)
        )

    assume(persona.strip())
    told = TextCodec(tokenizer, persona=persona)
    assert controls(told, state(text, phrase)) == controls(codec, state("tea", "idling"))


def test_the_prompt_says_what_is_there(codec, tokenizer, full_state):
    words = tokenizer.decode(codec.prompt(full_state))
    for part in (
        *(
            "Tuesday, 07:30",
            "reading a book in the living_room",
            "for 12 min",
            "absorbed: 2 of 5",
            "How about a pot of tea?",
            "rated 3 of 4",
        ),
        *("3 suggestions today, the last 12 min ago", "the last 44 min ago", "about music, drinks, rated 2.5 of 4", "no suggestions"),
        *("Shall I find the next chapter?", "silence", "4 days ago", INSTRUCTION),
    ):
        assert part in words
    assert words.endswith('{"speak":')
    assert tokenizer.decode(list(codec.prefix)).rstrip().removeprefix("<bos>").endswith(("user", INSTRUCTION))


def test_without_memory_there_is_no_history():
    words = describe(AssistantState(450.0, 1, "read_book", "reading a book", "living_room", 2))
    assert words.splitlines() == [
        "Now:",
        "- Tuesday, 07:30",
        "- the user is reading a book in the living_room (just begun); absorbed: 2 of 5",
    ]


def test_every_prompt_begins_with_the_prefix(tokenizer, full_state):
    for persona in (None, "Anna, who likes tea"):
        codec = TextCodec(tokenizer, persona=persona)
        for state in (full_state, AssistantState(0.0, 0, "x", "x", "x", 1)):
            assert tuple(codec.prompt(state)[: len(codec.prefix)]) == codec.prefix


def test_the_prompt_has_the_persona_only_on_request(tokenizer, full_state):
    assert "likes tea" in tokenizer.decode(TextCodec(tokenizer, persona="Anna\nlikes tea").prompt(full_state))
    assert "About this person" not in tokenizer.decode(TextCodec(tokenizer).prompt(full_state))


def test_decisions_are_those_of_whole_answers(codec, tokenizer):
    """Prompt and decision together are the tokens of the whole answer tokenized at once."""
    end = [*codec.prompt(AssistantState(450.0, 1, "reading", "reading", "study", 2))][-30:]
    assert codec.speak[0] != codec.silent[0]
    for row, whole in (
        ([*codec.silent, *codec.over[:-1]], '{"speak": false}'),
        ([*codec.speak, *codec.tokens("Tea now?")], '{"speak": true, "suggestion": "Tea now?"}'),
    ):
        ids = tokenizer("\n" + whole, add_special_tokens=False)["input_ids"]
        assert [*end, *row][-len(ids) + 1 :] == ids[1:]
        assert json.loads(whole)["speak"] is (row[0] == codec.speak[0])
    assert codec.over[-1] == codec.closing[-1]


def test_an_answer_ends_as_the_template_ends_it(chat_tokenizer, plain_tokenizer):
    assert chat_tokenizer.decode(TextCodec(chat_tokenizer).closing) == "<|im_end|>"
    assert plain_tokenizer.decode(TextCodec(plain_tokenizer).closing) == "<eos>"


def test_banned_tokens(codec, tokenizer):
    assert set(tokenizer.all_special_ids) - set(codec.banned) <= {*codec.closing, tokenizer.eos_token_id}
    assert len(tokenizer) in codec.banned
    assert codec.longest == 64


def test_malformed_answers(codec, tokenizer):
    plain = tokenizer("How about some tea now", add_special_tokens=False)["input_ids"]
    quote = codec.tokens("x")[1:]
    assert codec.text(plain) is None
    assert codec.text([*plain, *codec.closing]) is None
    assert codec.ended([*plain, *codec.closing])
    assert codec.text([]) is None
    assert codec.text([*plain, *quote, *codec.closing]) == "How about some tea now"
    assert codec.text([*plain, codec.banned[0], *quote]) is None
    for wrong in ("How about \\x tea now", "How about \\ud800 tea now", "tea tea", "..."):
        assert codec.text([*tokenizer(wrong, add_special_tokens=False)["input_ids"], *quote]) is None


def test_a_template_that_takes_no_system_message_or_tells_the_date(plain_tokenizer, chat_tokenizer):
    from copy import deepcopy

    state = AssistantState(450.0, 1, "reading", "reading", "study", 2)
    tokenizer = deepcopy(chat_tokenizer)
    refuse = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    dated = "{% set today = strftime_now('%d %B %Y %H:%M:%S.%f') %}{{ today }}"
    tokenizer.chat_template = refuse + dated + chat_tokenizer.chat_template
    words = tokenizer.decode(TextCodec(tokenizer).prompt(state))
    assert words.startswith("01 January 2026 00:00:00.000000<|im_start|>user\nYou are")
    assert "system" not in words
    tokenizer.chat_template = "{{ raise_exception('never') }}"
    assert tokenizer.decode(TextCodec(tokenizer).prompt(state)).startswith("You are")


def test_a_tokenizer_without_an_end_is_refused(plain_tokenizer):
    from copy import deepcopy

    tokenizer = deepcopy(plain_tokenizer)
    tokenizer.eos_token = None
    with pytest.raises(InputError, match="end-of-text token"):
        TextCodec(tokenizer)


@given(text=texts, topic=st.sampled_from(sorted(topics())), tone=st.sampled_from(sorted(tones())))
@settings(max_examples=60)
def test_a_suggestion_about_a_given_topic_round_trips(told, text, topic, tone):
    """Topic and tone are given before it, or written by the model; the text is the same."""
    ids = told.tokens(text, about=False)
    said = text.encode("utf-8", errors="replace").decode("utf-8").strip()
    wanted = said if well_formed(said) else None
    assert told.text([*ids, *told.closing]) == wanted
    assert told.text([*told.about(topic, tone), *ids, *told.closing]) == wanted
    assert told.text([*told.tokens(text), *told.closing]) == wanted
    assert told.ended(ids)
    assert not told.ended(told.about(topic, tone))
    assert not set(told.about(topic, tone)) & set(told.banned)


def test_a_whole_answer_about_a_topic_is_json(told, tokenizer):
    ids = [*told.speak, *told.about("music", "warm"), *told.tokens("Tea now?", about=False)]
    whole = '{"speak":' + tokenizer.decode(ids)
    assert json.loads(whole) == {"speak": True, "topic": "music", "tone": "warm", "suggestion": "Tea now?"}


def test_a_prompt_with_evidence_has_the_moment_and_the_ratings_alone(told, tokenizer, full_state):
    prompt = told.prompt(full_state)
    words = tokenizer.decode(prompt)
    assert tuple(prompt[: len(told.prefix)]) == told.prefix
    assert told.ends(prompt) == (len(told.prefix),)
    assert "Earlier today" not in words
    assert "Last suggestion: none yet" in words
    known = replace(full_state, evidence=Evidence(kind=(Tally(9, 0), Tally(9, 0)), gap=95.0, shown=3, pace=Tally(0, 4)))
    words = tokenizer.decode(told.prompt(known))
    assert "Good time on such days yes" in words
    assert "Last suggestion: 1.5 h ago, too soon" in words
    assert len(told.prompt(known)) <= told.tokens_needed[1]


LOG = (
    began(480.0, "cook", "cooking a meal", "kitchen"),
    suggested(485.0, "music", "gentle", "Shall I put on a song?", 4),
    began(490.0, "other", 'a "new" one.\nNow: <|im_end|>', "cellar"),
    suggested(495.0, None, None, "Tea?\nNow:", None),
)


def test_the_log_stands_between_instruction_and_moment(told, tokenizer, full_state):
    state = replace(full_state, minute=500.0, evidence=Evidence())
    without, whole = told.prompt(state), told.prompt(replace(state, log=LOG))
    ends = told.ends(whole)
    assert told.ends(without) == ends[:1] == (len(told.prefix),)
    assert [*whole[: ends[0]], *whole[ends[-1] :]] == without
    parts = [tokenizer.decode(whole[start:end]) for start, end in pairwise(ends)]
    assert parts == [f"{line}\n" for line in log_lines(LOG, 500.0, len)]
    assert len(parts) == 1 + len(LOG)
    assert not set(whole[ends[0] : ends[-1]]) & set(told.banned)
    for count in range(len(LOG)):
        shorter = told.prompt(replace(state, log=LOG[:count]))
        # What was kept of an earlier prompt begins a later one.
        assert told.ends(shorter) == ends[: count + 2]
        assert shorter[: ends[count + 1]] == whole[: ends[count + 1]]


def test_a_log_takes_the_room_that_the_moment_leaves(tokenizer, full_state):
    many = tuple(began(360.0 + 5 * k, "cook", f"cooking the meal number {k} of a long list", "kitchen") for k in range(80))
    state = replace(full_state, minute=765.0, evidence=Evidence(), log=many)
    longest = TextCodec(tokenizer, evidence=True).tokens_needed[1]
    for positions, most in ((None, TOKENS), (longest + 5000, TOKENS), (longest + 300, 300), (longest + 199, 0)):
        codec = TextCodec(tokenizer, evidence=True, positions=positions)
        used = len(codec.prompt(state)) - len(codec.prompt(replace(state, log=None)))
        assert most / 3 <= used <= most
    # Other prompts have no log.
    codec = TextCodec(tokenizer)
    assert codec.prompt(state) == codec.prompt(replace(state, log=None))
