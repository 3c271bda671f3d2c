"""A stretch of a day as tools of a language model, and rewards of answers."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

pytest.importorskip("gymnasium", reason="needs the extra gym")

from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.gym.conversation import ANSWER_START, MALFORMED, OVER, Conversation, answer_reward, moments
from tests.tiny_models import chat_tokenizer, tiny_folder  # noqa: F401 - fixtures

PLACE = {"persona": "p02", "seed": 5, "day": 2, "minute": 600.0}


def begun(**changed):
    conversation = Conversation(calls=3)
    return conversation, conversation.reset(**{**PLACE, **changed})


def test_a_conversation_begins_at_its_moment_and_is_the_same_again():
    conversation, seen = begun()
    assert seen.startswith("Now: Tuesday, 10:00, ")
    assert "Ratings: " in seen
    assert seen == conversation.reset(**PLACE, prompt="a column that is not read")
    assert seen != begun(seed=6)[1]
    assert conversation.get_reward() == 0


def test_silence_lets_time_pass_and_a_recommendation_is_rated():
    conversation, _ = begun()
    assert conversation.stay_silent(30).startswith("Now: Tuesday, 10:30, ")
    told = conversation.recommend("Buy my new car now!!!")
    assert told.startswith("Rated: preference bad, ")
    assert "\nNow: Tuesday, 10:32, " in told
    assert conversation.get_reward() == -1
    assert conversation.stay_silent(1) == OVER
    assert conversation.recommend("Shall we go on?") == OVER
    assert conversation.get_reward() == -1


def test_a_call_that_cannot_be_understood_costs_nothing():
    conversation, _ = begun()
    for minutes in (0, -5, 121, float("nan"), "5", None, [5]):
        assert conversation.stay_silent(minutes).startswith("minutes must be")
    for suggestion in (None, 5, ["tea"]):
        assert conversation.recommend(suggestion) == "The suggestion must be a text."
    assert "empty" in conversation.recommend("  ")
    assert conversation.stay_silent(5).startswith("Now: Tuesday, 10:05, ")


def test_a_conversation_ends_with_its_day():
    conversation, _ = begun(minute=1200.0)
    for _ in range(3):
        told = conversation.stay_silent(120)
    assert told == OVER
    assert Conversation().recommend("Before the first reset") == OVER


def test_moments_that_do_not_exist_are_refused():
    with pytest.raises(InputError, match="sleeps at 27:00 on day 2"):
        begun(minute=27 * 60.0)
    with pytest.raises(InputError, match="days must be 1"):
        begun(day=0)
    with pytest.raises(InputError, match="personas and days"):
        moments([], 3)
    for place, message in (
        ({"seed": -1}, "seed must be 0 to"),
        ({"seed": 1.5}, "seed must be a whole number from 0 to"),
        ({"minute": float("nan")}, "minute must be 0 to 1680 minutes, not nan"),
        ({"minute": "8"}, "minute must be a number from 0"),
        ({"day": "2"}, "days must be a whole number"),
    ):
        with pytest.raises(InputError, match=message):
            begun(**place)
    with pytest.raises(InputError, match="count must be 0 to"):
        moments(["p01"], -1)
    with pytest.raises(InputError, match="wanted must be 0 to 1, not 2"):
        moments(["p01"], 1, wanted=2)
    with pytest.raises(InputError, match="calls must be a whole number"):
        Conversation(calls=1.5)  # type: ignore[arg-type]


def test_trainers_see_these_tools():
    methods = {name for name, _ in inspect.getmembers(Conversation, inspect.isfunction) if not name.startswith("_")}
    assert methods == {"reset", "get_reward", "recommend", "stay_silent"}


def test_moments_are_those_at_which_conversations_begin():
    rows = moments(["p02", "p20"], 4, seed=1)
    assert rows == moments(["p02", "p20"], 4, seed=1)
    assert [row["persona"] for row in rows] == ["p02", "p20", "p02", "p20"]
    for row in rows:
        assert Conversation().reset(**row) in row["prompt"][1]["content"]
        json.dumps(row)
    assert all(row["prompt"][1]["content"] == "" for row in moments(["p02"], 2, tools=True))


def test_moments_can_be_those_at_which_a_recommendation_is_wanted():
    from propersim.gym.assistant_env import AssistantEnv
    from propersim.gym.conversation import _lived

    for wanted in (0.0, 1.0):
        for row in moments(["p02"], 3, wanted=wanted):
            env = AssistantEnv("p02", days=row["day"], observation="brief", action="text")
            for _ in _lived(env, row["seed"], row["day"]):
                if env.now == (row["day"], row["minute"]):
                    break
            assert env.oracle_speaks is bool(wanted)


def rewards(*answers, **changed):
    return answer_reward(answers, **{name: [value] * len(answers) for name, value in {**PLACE, **changed}.items()})


def test_answers_are_rated_as_the_conversation_rates_them():
    conversation, _ = begun()
    conversation.recommend("Buy my new car now!!!")
    spoken = json.dumps({"speak": True, "suggestion": "Buy my new car now!!!"})
    as_messages = [{"role": "assistant", "content": spoken}]
    silent = [{"role": "assistant", "content": '{"speak": false}'}]
    assert rewards(spoken, as_messages, silent) == [conversation.get_reward()] * 2 + [0.0]
    # Prompts may end with the start of the answer.
    assert rewards(spoken.removeprefix(ANSWER_START), " false}") == [-1.0, 0.0]


def test_a_welcome_answer_has_a_reward():
    """The oracle's sentence at a moment at which it speaks."""
    from propersim.assistant.controls import any_sentence
    from propersim.core.rng import generator

    (row,) = moments(["p02"], 1, wanted=1.0)
    rng = generator(0, "test")
    texts = [json.dumps({"speak": True, "suggestion": any_sentence(rng)}) for _ in range(25)]
    found = answer_reward(texts, **{name: [row[name]] * len(texts) for name in PLACE})
    assert set(found) == {1.0, -1.0}


@settings(max_examples=30, deadline=None)
@given(
    st.one_of(
        st.text(max_size=40),
        st.sampled_from(["", "{", '{"speak": 1}', '{"speak": true}', '{"speak": true, "suggestion": " "}', "[]", "\ud800"]),
    )
)
def test_what_is_not_the_json_that_was_asked_for_is_malformed(text):
    assert rewards(text, [], [{"role": "assistant", "content": None}]) == [MALFORMED] * 3


@pytest.mark.slow
@pytest.mark.parametrize("tools", [False, True])
def test_a_trainer_of_trl_takes_steps(tools, tiny_folder, tmp_path, monkeypatch):  # noqa: F811
    """A tiny model of random weights: trainer, conversations and answers are real; noise has no reward to learn from."""
    import trl
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from examples.grpo import trained

    monkeypatch.setenv("TRL_EXPERIMENTAL_SILENCE", "1")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(tiny_folder), AutoTokenizer.from_pretrained(tiny_folder)
    if tools:
        # The trainer knows the templates that it can read tool calls of.
        tokenizer.chat_template = (Path(trl.__file__).parent / "chat_templates" / "qwen3.jinja").read_text(encoding="utf-8")
    trainer = trained(model, tokenizer, 2, str(tmp_path), tools=tools)
    rows = [row for row in trainer.state.log_history if "reward" in row]
    assert len(rows) == 2
    # Noise is no JSON; a model that calls no tools says nothing.
    assert [row["reward"] for row in rows] == [0.0 if tools else MALFORMED] * 2
