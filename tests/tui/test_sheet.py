"""A framed text: lines are broken with their continuation as far in as they begin."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from propersim_tui.widgets.sheet import hanging


def test_a_continuation_stands_below_the_beginning():
    text = Content("▸ stays silent for now\n  a much longer reason\n\nplain words that go on")
    assert hanging(text, 14).plain == "▸ stays silent\n  for now\n  a much\n  longer\n  reason\n\nplain words that go on"


@given(st.text("ab \n▸日", max_size=60), st.integers(3, 20))
def test_no_word_is_lost(text, width):
    assert "".join(hanging(Content(text), width).plain.split()) == "".join(text.split())
