import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.text import JOINER, clean, meant_or_listed, nearest, printable

# Any text, and texts full of emoji, joiners, and characters that must go.
TEXTS = st.text() | st.text(st.sampled_from(f"a 👩💻❤👍🏽\ufe0f\u202e\x1b\n{JOINER}"))


@given(st.text(max_size=3000) | TEXTS, st.integers(2, 500))
def test_cleaned_text_is_one_bounded_line_without_control_characters(text, limit):
    cleaned = clean(text, limit=limit)
    assert len(cleaned) <= limit
    assert not any(unicodedata.category(ch) in ("Cc", "Cf", "Cs") for ch in cleaned.replace(JOINER, ""))
    assert no_stray_joiner(cleaned)
    assert cleaned == cleaned.strip()
    assert clean(cleaned, limit=limit) == cleaned


def no_stray_joiner(text: str) -> bool:
    """Return whether every joiner stands between two emoji."""
    parts = text.split(JOINER)
    left = all(part and (part[-1] == "\ufe0f" or unicodedata.category(part[-1]) in ("So", "Sk", "Sm", "Cn")) for part in parts[:-1])
    return left and all(part and unicodedata.category(part[0]) in ("So", "Sk", "Sm", "Cn") for part in parts[1:])


def test_escape_sequences_and_direction_overrides_are_removed():
    assert clean("a\x1b[31mb\u202ec\x07\n\td") == "a[31mbc d"


def test_markup_is_left_as_it_is():
    assert clean("[@click=app.quit]x[/]") == "[@click=app.quit]x[/]"


def test_a_huge_text_is_cut_to_the_limit():
    assert len(clean("x" * 10_000_000)) == 400


def test_nearest_finds_a_similar_word_or_nothing():
    assert nearest("coking", ["cooking", "music"]) == "cooking"
    assert nearest("zzzzzz", ["cooking", "music"]) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("musik", "music"),
        ("Music", "music"),
        ("gmaes", "games"),
        ("gardenin", "gardening"),
        ("tecnologi", "technology"),
        ("board-games", "board_games"),
        ("games_board", "board_games"),
        ("fin", "finance"),
        ("fi", None),
        ("brazilian", None),
        ("choice", None),
        ("win", None),
        ("astronomy", None),
        ("", None),
    ],
)
def test_only_a_word_that_is_nearly_the_same_is_suggested(word, meant):
    known = {"music", "games", "gardening", "technology", "board_games", "finance", "writing", "science", "history", "health"}
    assert nearest(word, known) == meant


@given(st.text("abcdefg", min_size=2, max_size=12), st.data())
def test_one_typo_is_always_near(word, data):
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("xyz"))
    for wrong in (
        word[:at] + letter + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ):
        assert nearest(wrong, [word]) == word


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_similarity_does_not_depend_on_which_word_is_known(one, other):
    if not (one.startswith(other) or other.startswith(one)):
        assert bool(nearest(one, [other])) == bool(nearest(other, [one]))


def test_of_words_that_are_equally_near_the_first_is_suggested():
    assert nearest("p03-oracle-aaab", ["p03-oracle-aaac", "p03-oracle-aaaa"]) == "p03-oracle-aaac"


def test_known_words_are_listed_where_none_is_near():
    assert meant_or_listed("warmm", {"warm", "direct"}) == "; did you mean 'warm'?"
    assert meant_or_listed("sarcastic", {"warm", "direct"}) == "; one of direct, warm"
    assert meant_or_listed("sarcastic", [f"tone{number}" for number in range(99)]) == ""


@given(TEXTS)
def test_what_is_printable_steers_no_terminal_and_hides_nothing(text):
    shown = printable(text)
    assert all(ch.isprintable() or ch in ("\n", JOINER) for ch in shown)
    assert no_stray_joiner(shown)
    assert printable(shown) == shown
    assert [ch for ch in text if ch.isprintable() and not ch.isspace()] == [ch for ch in shown if not ch.isspace() and ch != JOINER]


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\u202eb", "ab"), ("\x1b[31mx", "[31mx"), ("a\tb\r\nc", "a b \nc"), ("a\u200b\u2066\x07\udcff", "a"), ("Zoë – 😀", "Zoë – 😀")],
)
def test_printable(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize("emoji", ["👩‍💻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "👩🏽‍🚀", "❤️‍🔥", "🧑‍⚕️", "🙂‍↔️"])
def test_an_emoji_of_several_stays_one(emoji):
    assert JOINER in emoji
    assert clean(f"a {emoji} b") == f"a {emoji} b"
    assert clean(emoji * 9, 1 + emoji.index(JOINER) + 1) == emoji[: emoji.index(JOINER)] + "…", "none is left before the ellipsis"
    assert printable(f"{JOINER}a{JOINER}b {emoji[0]}{JOINER}\u202e") == f"ab {emoji[0]}"
    assert printable(f"{emoji[0]}{JOINER}", unfinished=True) == f"{emoji[0]}{JOINER}"
    assert printable(f"a{JOINER}", unfinished=True) == "a"
