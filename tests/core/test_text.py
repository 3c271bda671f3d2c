import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from propersim.core.text import clean, nearest


@given(st.text(max_size=3000), st.integers(2, 500))
def test_cleaned_text_is_one_bounded_line_without_control_characters(text, limit):
    found = clean(text, limit=limit)
    assert len(found) <= limit
    assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in found)
    assert found == found.strip()
    assert clean(found, limit=limit) == found


def test_escape_sequences_and_direction_overrides_lose_their_teeth():
    assert clean("a\x1b[31mb\u202ec\x07\n\td") == "a[31mbc d"


def test_markup_is_left_as_it_is():
    assert clean("[@click=app.quit]x[/]") == "[@click=app.quit]x[/]"


def test_huge_texts_are_quick():
    assert len(clean("x" * 10_000_000)) == 400


def test_nearest():
    assert nearest("coking", ["cooking", "music"]) == "cooking"
    assert nearest("zzzzzz", ["cooking", "music"]) is None
