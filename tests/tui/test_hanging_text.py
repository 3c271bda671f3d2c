"""Hanging indents: continuation lines are indented as far as their first line begins."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from propersim_tui.widgets.hanging_text import KEY_LEAD, hang_indent


def test_a_continuation_stands_below_the_beginning():
    text = Content("▸ stays silent for now\n  a much longer reason\n\nplain words that go on")
    assert hang_indent(text, 14).plain == "▸ stays silent\n  for now\n  a much\n  longer\n  reason\n\nplain words that go on"


def test_what_a_key_does_stands_beside_the_key():
    text = Content("Move\n  home      To the first of all steps\n  Click on the band to go there")
    assert (
        hang_indent(text, 24, KEY_LEAD).plain
        == "Move\n  home      To the first\n            of all steps\n  Click on the band to\n  go there"
    )


@given(st.text("ab \n▸日", max_size=60), st.integers(3, 20))
def test_no_word_is_lost(text, width):
    assert "".join(hang_indent(Content(text), width).plain.split()) == "".join(text.split())
