"""Filters find words exactly or with letters left out, and take no long time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.fuzzy import Matcher
from textual.style import Style

from propersim_tui.config.actions import ACTS
from propersim_tui.config.screen_actions import COMPARE_ACTS, INSPECT_ACTS, LEARNED_ACTS, MEMORY_ACTS, PERSONAS_ACTS, RUNS_ACTS
from propersim_tui.controllers.palette import PaletteCommand, find, highlighted
from propersim_tui.data.fuzzy import Filter, match, spans

ALL = (*ACTS, *RUNS_ACTS, *PERSONAS_ACTS, *COMPARE_ACTS, *INSPECT_ACTS, *LEARNED_ACTS, *MEMORY_ACTS)
RUNS = {
    1: "p01-llama-x rosalind achterberg llama homelm finished seed=0",
    2: "p02-oracle-y kofi boateng oracle stopped seed=3",
    3: "p03-random-z imani okafor random finished seed=3",
}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", {1, 2, 3}),
        ("finished", {1, 3}),
        ("seed=3 fin", {3}),
        ("rslnd", {1}),
        ("rosalnd", {1}),
        ("ORACL", {2}),
        ("orcl sd3", set()),
        ("fnshd rndm", {3}),
        ("kofi random", set()),
        ("p0", {1, 2, 3}),
        ("zzz", set()),
        ("[/]", set()),
    ],
)
def test_a_filter_finds_what_contains_its_words_or_their_letters(typed, found):
    assert Filter(typed).select(RUNS) == found


def test_a_word_that_is_typed_exactly_finds_nothing_else():
    assert Filter("tea").select({1: "a cup of tea", 2: "the thread of theatre", 3: "tidying each area"}) == {1}


def test_what_matched_is_marked():
    typed = Filter("rslnd llama")
    typed.select(RUNS)
    assert spans(typed.offsets("Rosalind")) == [(0, 1), (2, 3), (4, 5), (6, 8)]
    assert spans(typed.offsets("p01 LLAMA llama")) == [(4, 9), (10, 15)]
    assert typed.offsets("İstanbul llama") == [], "a text whose lower case is longer has other offsets"


@given(st.text("abe é[", max_size=9), st.text("abe é[", max_size=30))
def test_matching_is_textuals_own(query, text):
    score, offsets = match(query, text)
    if query and len(text.lower()) == len(text):
        assert (score > 0) == (Matcher(query).match(text) > 0)
    assert [text.lower()[offset] for offset in offsets] == list(query.lower()) if score else not score


def test_many_letters_alike_are_matched_at_once():
    score, offsets = match("e" * 30 + "x", "e" * 60 + " x")
    assert score > 0
    assert len(offsets) == 31
    assert Filter("ea" * 40).select({1: "ea" * 39 + "e" * 200}) == set()


def commands() -> list[PaletteCommand]:
    return [PaletteCommand(act.label.capitalize(), act.tip, lambda: None, act.synonyms) for act in ALL]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("save", "Export"),
        ("write", "Export"),
        ("diff", "Compare"),
        ("find", "Search"),
        ("grep", "Search"),
        ("rerun", "New run"),
        ("again", "New run"),
        ("speed", "Faster"),
        ("accelerate", "Faster"),
        ("exit", "Quit"),
        ("yank", "Copy"),
        ("maximize", "Zoom"),
        ("full screen", "Zoom"),
        ("why", "Inspect"),
        ("remove", "Delete"),
        ("shrink", "Smaller panel"),
        ("nxt rec", "Next recommendation"),
        ("scrsht", "Screenshot"),
        ("clipboard", "Copy"),
        ("double speed", "Faster"),
    ],
)
def test_the_palette_knows_synonyms_and_letters_left_out(query, title):
    scores: dict[str, float] = {}
    for command in commands():
        scores[command.title] = max(scores.get(command.title, 0.0), find(query, command)[0])
    best = max(scores.values())
    assert best > 0
    assert scores[title] >= 0.9 * best, sorted(scores, key=lambda each: -scores[each])[:4]


def test_every_action_has_synonyms_that_are_not_its_label():
    for act in ACTS:
        assert act.synonyms, act.id
        assert all(word == word.lower() and word != act.label.lower() for word in act.synonyms), act.id


def test_the_palette_marks_what_matched_and_reads_no_markup():
    shown = highlighted("[b]Export[/b]", (0, 3), Style(bold=True))
    assert shown.plain == "[b]Export[/b]"
    assert [(span.start, span.end) for span in shown.spans] == [(0, 1), (3, 4)]
