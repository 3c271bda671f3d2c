"""Recall of similar past steps: by meaning and recency, in an order that follows from the records."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.memory.embedder import HashingEmbedder
from propersim.memory.recall import MAX_SILENCES, MEMORIES, RecallIndex
from propersim.world.catalogue import activities, topics


def filled_index(count=400, scores=True):
    index = RecallIndex(HashingEmbedder(), scores=scores)
    names = list(activities())
    said = [("", None)] * 2 + [(text, topic.id) for topic in topics().values() for text in topic.suggestions]
    for number in range(count):
        activity = activities()[names[number % len(names)]]
        text, topic = said[number % len(said)]
        index.add(activity.id, activity.phrase, topic, text, number % 5, float(number))
    return index


@given(st.text(max_size=200))
def test_vectors_are_unit_and_repeatable(text):
    one, two = HashingEmbedder().embed(text), HashingEmbedder().embed(text)
    assert np.isclose(np.linalg.norm(one), 1, atol=1e-5)
    assert (one == two).all()


def test_five_pairs_are_recalled_at_most_two_of_them_silences():
    index = filled_index()
    for activity in activities().values():
        found = index.similar(activity.phrase, 1000.0)
        assert len(found) == MEMORIES
        assert sum(not past.text for past in found) <= MAX_SILENCES
        assert found == index.similar(activity.phrase, 1000.0)


def test_the_same_activity_is_nearest():
    index = filled_index()
    found = index.similar("having lunch", 1000.0)
    assert found[0].activity == "lunch"
    assert 0 < found[0].similarity <= 1


def test_the_more_recent_of_two_similar_pairs_comes_first():
    for order in ((10.0, 9000.0), (9000.0, 10.0)):
        index = RecallIndex(HashingEmbedder(), scores=False)
        for text, at in zip(("alpha", "gamma"), order, strict=True):
            index.add("lunch", "having lunch", "cooking", text, 4, at)
        newest = min(index.similar("having lunch", 9001.0), key=lambda past: past.minutes_ago)
        assert index.similar("having lunch", 9001.0)[0] == newest


def test_a_repeated_pair_is_stored_once_with_its_last_time_and_score():
    index = RecallIndex(HashingEmbedder(), scores=True)
    for at, score in ((1.0, 0), (50.0, 4)):
        index.add("lunch", "having lunch", None, "", score, at)
    assert len(index) == 1
    (past,) = index.similar("having lunch", 60.0)
    assert (past.minutes_ago, past.score) == (10.0, 4)


def test_an_index_that_was_resized_finds_the_same_activity():
    small, large = filled_index(300), filled_index(3000)
    assert len(large) > 1024
    assert large.similar("having lunch", 5000.0)[0].activity == small.similar("having lunch", 5000.0)[0].activity


def test_without_scores_no_memory_has_one():
    assert all(past.score is None for past in filled_index(scores=False).similar("baking", 500.0))


@given(st.integers(1, 700))
@settings(max_examples=20, deadline=None)
def test_the_nearest_pairs_are_the_nearest_of_all(count):
    index = RecallIndex(HashingEmbedder(), scores=False)
    for number in range(count):
        # All of one age, so that the rank is that of the cosine.
        index.add("lunch", f"having lunch {number % 7}", "cooking", f"text {number} {number * 7}", None, 10.0)
    found = index.similar("having lunch 3", 11.0)
    best = index.matching("having lunch 3", len(found))
    assert sorted(past.similarity for past in found) == sorted(match.similarity for match in best)
