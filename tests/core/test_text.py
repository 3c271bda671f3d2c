import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.text import clean, nearest, printable


@given(st.text(max_size=3000), st.integers(2, 500))
def test_cleaned_text_is_one_bounded_line_without_control_characters(text, limit):
    cleaned = clean(text, limit=limit)
    assert len(cleaned) <= limit
    assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in cleaned)
    assert cleaned == cleaned.strip()
    assert clean(cleaned, limit=limit) == cleaned


def test_escape_sequences_and_direction_overrides_are_removed():
    assert clean("a\x1b[31mb\u202ec\x07\n\td") == "a[31mbc d"


def test_markup_is_left_as_it_is():
    assert clean("[@click=app.quit]x[/]") == "[@click=app.quit]x[/]"


def test_a_huge_text_is_cut_to_the_limit():
    assert len(clean("x" * 10_000_000)) == 400


def test_nearest_finds_a_similar_word_or_nothing():
    assert nearest("coking", ["cooking", "music"]) == "cooking"
    assert nearest("zzzzzz", ["cooking", "music"]) is None


@given(st.text())
def test_what_is_printable_steers_no_terminal_and_hides_nothing(text):
    shown = printable(text)
    assert all(ch.isprintable() or ch == "\n" for ch in shown)
    assert printable(shown) == shown
    assert [ch for ch in text if ch.isprintable() and not ch.isspace()] == [ch for ch in shown if not ch.isspace()]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\u202eb", "ab"), ("\x1b[31mx", "[31mx"), ("a\tb\r\nc", "a b \nc"), ("a\u200b\u2066\x07\udcff", "a"), ("Zoë – 😀", "Zoë – 😀")],
)
def test_printable(text, shown):
    assert printable(text) == shown
