"""The preference pairs of a rated step, and their tokens."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.records import Candidate, Pair, Rating
from propersim.learning.night import in_tokens
from propersim.learning.pairs import content_score, pairs_of, prefers_speaking
from propersim.learning.replay import MAX_REPEATS, SCORED_MULTIPLE, sample_replay
from propersim.models.presets import preset
from tests.known import known

bits = st.integers(0, 1)
ratings = st.builds(Rating, bits, bits, bits, bits)
WANTED = Rating(0, 0, 1, 1)
CALM = Rating(1, 1, 1, 1)


def a_step(*candidates):
    return SimpleNamespace(index=7, candidates=tuple(candidates))


def said(text, *values):
    return Candidate(text, Rating(*values))


def test_speech_wins_a_wanted_moment_whatever_the_sentence():
    """The dimensions that rate the moment decide, not the quality of the suggestions."""
    assert prefers_speaking(WANTED, [Rating(0, 1, 1, 0)]) is True
    assert prefers_speaking(WANTED, [Rating(1, 1, 0, 1)]) is False, "too soon: an interruption wants a reason"
    assert prefers_speaking(WANTED, []) is None
    assert prefers_speaking(CALM, []) is False
    assert prefers_speaking(Rating(1, 1, 0, 1), [Rating(1, 0, 1, 1)]) is None, "overdue, but not now"


@given(ratings, st.lists(ratings, max_size=3))
def test_the_moment_is_never_settled_by_taste(silence, spoken):
    """If speaking is preferred, it is so with the worst suggestions too."""
    if prefers_speaking(silence, spoken):
        assert prefers_speaking(silence, [Rating(0, one.timing, one.frequency, 0) for one in spoken])


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), ratings), min_size=2, max_size=4, unique_by=lambda one: one[0]), st.booleans())
def test_content_pairs_compare_taste_alone(spoken, nothing_good_known):
    step = a_step(Candidate(None, CALM), *(Candidate(*one) for one in spoken))
    found = [p for p in pairs_of(step, [1], "factored", nothing_good_known) if p.kind == "content"]
    by_text = {text: (content_score(rating), nothing_good_known and rating.preference) for text, rating in spoken}
    best = max(by_text.values())
    assert sorted(known(pair.rejected) for pair in found) == sorted(text for text, value in by_text.items() if value < best)
    assert len({pair.chosen for pair in found}) <= 1
    assert all(by_text[pair.chosen] == best for pair in found)


def test_where_nothing_good_is_known_what_is_said_goes_before_how():
    """Otherwise a rare topic in a wrong tone would tie with the usual topic in a right one and never be learned."""
    film, tidying, both = said("film", 0, 1, 1, 1), said("tidying", 1, 1, 1, 0), said("both", 1, 1, 1, 1)

    def contents(nothing_good_known, *spoken):
        return {
            (one.chosen, one.rejected, one.won)
            for one in pairs_of(a_step(*spoken), [1], "factored", nothing_good_known)
            if one.kind == "content"
        }

    assert contents(True, film, tidying) == {("tidying", "film", "preference")}
    assert not contents(False, film, tidying)
    for nothing_good_known in (True, False):
        assert contents(nothing_good_known, film, tidying, both) == {("both", "film", "preference"), ("both", "tidying", "communication")}


def test_silence_alone_gives_a_decision_and_no_content():
    (pair,) = pairs_of(a_step(Candidate(None, CALM)), [1, 2], "factored")
    assert (pair.kind, pair.chosen, pair.rejected, pair.prompt) == ("decision", None, "", (1, 2))


def test_the_published_scheme_compares_whole_answers():
    good, bad = said("good", 1, 1, 1, 1), said("bad", 0, 1, 1, 0)
    (pair,) = pairs_of(a_step(bad, good), [1], "paper")
    assert (pair.kind, pair.chosen, pair.rejected) == ("answer", "good", "bad")
    assert pairs_of(a_step(good, good), [1], "paper") == []
    assert pairs_of(a_step(Candidate(None, CALM), Candidate(None, CALM)), [1], "paper") == [], "silence is an absorbing state here"
    (pair,) = pairs_of(a_step(Candidate(None, CALM), bad), [1], "paper")
    assert (pair.chosen, pair.rejected) == (None, "bad")


class Codec:
    speak, silent, closing, over = (3,), (4,), (2,), (2,)

    def tokens(self, text):
        return [100 + ord(letter) for letter in text]


def test_a_decision_has_no_end_and_everything_else_has():
    """TRL would add an end token to both, and so teach that nothing follows the decision to speak."""
    codec: Any = Codec()
    assert in_tokens(Pair(0, 0, "decision", (9, 8), "", None, "speech"), codec) == ([9, 8], [3], [4])
    assert in_tokens(Pair(0, 0, "decision", (9, 8), None, "", "silence"), codec) == ([9, 8], [4], [3])
    assert in_tokens(Pair(0, 0, "content", (9,), "a", "b", "preference"), codec) == ([9, 3], [197, 2], [198, 2])
    assert in_tokens(Pair(0, 0, "answer", (9,), None, "b", "score"), codec) == ([9], [4, 2], [3, 198, 2])


def buffer(spoken, quiet, contents, apart=1):
    """Return a replay buffer; moments in which speaking is preferred are ``apart`` steps apart."""
    decisions = [
        Pair(i * apart, 0, "decision", (1,), "" if i < spoken else None, None if i < spoken else "", "speech" if i < spoken else "silence")
        for i in range(spoken + quiet)
    ]
    kinds = {
        "decision": decisions,
        "content": [Pair(i, 1, "content", (1,), "a", "b", "preference") for i in range(contents)],
        "answer": decisions,
    }
    return lambda kind, count: kinds[kind][-count:]


@given(st.integers(0, 300), st.integers(0, 900), st.integers(0, 500), st.integers(0, 3))
def test_a_night_mixes_both_kinds_within_its_bounds(spoken, quiet, contents, seed):
    teaching = preset("homelm").teaching
    found = sample_replay(buffer(spoken, quiet, contents), teaching, "factored", seed, 5)
    assert len(found.pairs) <= teaching.pairs
    assert len(found.decisions) == len({pair.index for pair in found.decisions}), "a decision comes once"
    assert len(found.contents) <= round(teaching.pairs * teaching.content_share)
    assert max(map(found.contents.count, set(found.contents)), default=0) <= MAX_REPEATS
    assert len(found.decisions) == min(teaching.pairs - len(found.contents), spoken + quiet)
    assert found == sample_replay(buffer(spoken, quiet, contents), teaching, "factored", seed, 5)


@given(st.integers(0, 40), st.integers(0, 3))
def test_what_the_adapter_is_wrong_about_comes_first(missed, seed):
    """Nearly all of the rare missed needs are sampled, and some of what the adapter gets right."""
    teaching = preset("homelm").teaching

    def wrong(decisions):
        return [1.0 if pair.chosen is not None else 0.0 for pair in decisions]

    scored = SCORED_MULTIPLE * teaching.pairs
    found = sample_replay(buffer(missed, scored - missed, 0, apart=10), teaching, "factored", seed, 5, wrong)
    assert len(found.decisions) == teaching.pairs
    assert sum(pair.chosen is not None for pair in found.decisions) >= 0.9 * missed
    assert sum(pair.chosen is None for pair in found.decisions) >= teaching.pairs - missed


@given(st.integers(10, 60), st.integers(0, 3))
def test_a_long_need_does_not_crowd_out_unwelcome_recommendations(length, seed):
    """The moments of one need share a weight; each of the unwelcome recommendations has one of its own."""
    teaching = preset("homelm").teaching
    scored = SCORED_MULTIPLE * teaching.pairs

    def wrong(decisions):
        return [1.0 if pair.chosen is not None or pair.index >= scored - length else 0.0 for pair in decisions]

    found = sample_replay(buffer(length, scored - length, 0), teaching, "factored", seed, 5, wrong)
    need, unwelcome = (sum(pair.index in part for pair in found.decisions) for part in (range(length), range(scored - length, scored)))
    assert unwelcome >= 0.9 * length > need


@given(st.integers(1, 100), st.integers(2100, 4000), st.integers(0, 3))
def test_todays_mistakes_are_never_left_out(mistakes, before, seed):
    """The decisions that the adapter is asked about include all of today's, however many older ones there are."""
    teaching = preset("homelm").teaching
    asked: list[Pair] = []

    def wrong(decisions):
        asked.extend(decisions)
        return [1.0 if pair.index >= before else 0.0 for pair in decisions]

    found = sample_replay(buffer(0, before + mistakes, 0), teaching, "factored", seed, 5, wrong)
    assert {pair.index for pair in asked} >= set(range(before, before + mistakes))
    assert len(asked) == min(before + mistakes, SCORED_MULTIPLE * teaching.pairs, teaching.window)
    assert sum(pair.index >= before for pair in found.decisions) >= 0.9 * mistakes


def test_the_published_replay_is_uniform_and_small():
    found = sample_replay(buffer(10, 990, 50), preset("homelm", scheme="paper").teaching, "paper", 0, 5)
    assert len(found.decisions) == 200
    assert not found.contents


def test_the_first_nights_learn_faster_the_later_ones_keep():
    teaching = msgspec.structs.replace(preset("homelm").teaching, rate=1e-3, boost=3.0)
    assert [teaching.rate_on(day) for day in (1, 3, 5)] == pytest.approx([4e-3, 2.5e-3, 1.75e-3])
    assert teaching.rate_on(1000) == pytest.approx(1e-3)
    assert msgspec.structs.replace(teaching, boost=0.0).rate_on(1) == 1e-3


def test_the_first_days_are_explored_more():
    teaching = msgspec.structs.replace(preset("homelm").teaching, explore=0.3, boost=3.0)
    assert [teaching.explore_on(day) for day in (1, 3, 5)] == pytest.approx([1.0, 0.75, 0.525])
    assert teaching.explore_on(1000) == pytest.approx(0.3)
    assert msgspec.structs.replace(teaching, boost=0.0).explore_on(1) == 0.3


@pytest.mark.parametrize("name", ["homelm", "smollm2", "llama-3.3-70b", "some/other"])
def test_presets_are_data(name):
    assert preset(name).teaching.rank == 16
    assert preset(name, scheme="paper").teaching.sft == 0.0
    assert preset(name, pairs=12).teaching.pairs == 12
