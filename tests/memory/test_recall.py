"""Similar past moments: found by meaning and recency, in an order that follows from the records."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from propersim.memory.embedder import HashingEmbedder
from propersim.memory.recall import KEPT, SILENCES, Recall
from propersim.world.catalogue import activities, topics


def filled(count=400, scores=True):
    recall = Recall(HashingEmbedder(), scores=scores)
    names = list(activities())
    said = [("", None)] * 2 + [(text, topic.id) for topic in topics().values() for text in topic.suggestions]
    for number in range(count):
        activity = activities()[names[number % len(names)]]
        text, topic = said[number % len(said)]
        recall.add(activity.id, activity.phrase, topic, text, number % 5, float(number))
    return recall


@given(st.text(max_size=200))
def test_vectors_are_unit_and_repeatable(text):
    one, two = HashingEmbedder().embed(text), HashingEmbedder().embed(text)
    assert np.isclose(np.linalg.norm(one), 1, atol=1e-5)
    assert (one == two).all()


def test_five_are_found_at_most_two_of_them_silences():
    recall = filled()
    for activity in activities().values():
        found = recall.similar(activity.phrase, 1000.0)
        assert len(found) == KEPT
        assert sum(not past.text for past in found) <= SILENCES
        assert found == recall.similar(activity.phrase, 1000.0)


def test_the_same_activity_is_nearest():
    recall = filled()
    found = recall.similar("having lunch", 1000.0)
    assert found[0].activity == "lunch"
    assert 0 < found[0].similarity <= 1


def test_the_more_recent_of_two_like_ones_comes_first():
    for order in ((10.0, 9000.0), (9000.0, 10.0)):
        recall = Recall(HashingEmbedder(), scores=False)
        for text, at in zip(("alpha", "gamma"), order, strict=True):
            recall.add("lunch", "having lunch", "cooking", text, 4, at)
        newest = min(recall.similar("having lunch", 9001.0), key=lambda past: past.minutes_ago)
        assert recall.similar("having lunch", 9001.0)[0] == newest


def test_a_pair_is_remembered_once_with_its_last_time():
    recall = Recall(HashingEmbedder(), scores=True)
    for at, score in ((1.0, 0), (50.0, 4)):
        recall.add("lunch", "having lunch", None, "", score, at)
    assert len(recall) == 1
    (past,) = recall.similar("having lunch", 60.0)
    assert (past.minutes_ago, past.score) == (10.0, 4)


def test_an_index_that_grew_finds_as_before():
    small, large = filled(300), filled(3000)
    assert len(large) > 1024
    assert large.similar("having lunch", 5000.0)[0].activity == small.similar("having lunch", 5000.0)[0].activity


def test_levels_without_scores_have_none():
    assert all(past.score is None for past in filled(scores=False).similar("baking", 500.0))
