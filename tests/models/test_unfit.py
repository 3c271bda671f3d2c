"""Suggestions with words that an assistant at home does not say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.models.unfit import is_unfit
from propersim.persona.library import load_persona, persona_ids
from propersim.pretraining.sentences import suggestions


@pytest.mark.parametrize(
    "text",
    ["Shit, look at the time!", "Read a fucking book.", "Stop bitching and sweep.", "What a wanker!", "Go and kill yourself.", "PISS off."],
)
def test_these_are_thrown_away(text):
    assert is_unfit(text)


@pytest.mark.parametrize(
    "text",
    [
        "Sweep up the grapes and rapeseed husks.",
        "Shiitake mushrooms would be nice.",
        "Visit Scunthorpe.",
        "Try a cocktail on the Essex coast.",
        "Prickly pears are in season.",
        "Why not skip the denuded hill?",
    ],
)
def test_words_that_only_look_like_them_stay(text):
    assert not is_unfit(text)


def test_nothing_that_the_catalogue_or_a_persona_says_is_thrown_away():
    lines = [line for topic in suggestions().values() for line in topic]
    lines += [line for persona in map(load_persona, persona_ids()) for line in (*persona.voice.pleased, *persona.voice.put_off)]
    assert [line for line in lines if is_unfit(line)] == []


@given(st.text(alphabet="abcdefghij .,!", max_size=60))
def test_any_text_is_read(text):
    assert not is_unfit(text)
