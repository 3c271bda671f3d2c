"""Topics and tones that are chosen by what the ratings say."""

from hypothesis import given
from hypothesis import strategies as st

from propersim.memory.evidence import Evidence, Known
from propersim.memory.evidence_choice import ALIKE, GOOD, good_tones, good_topics, tone_to_try, topic_to_try
from propersim.memory.evidence_tables import NONE, Tally
from propersim.world.catalogue import tones, topics


def known(name, chance, rated=0):
    tally = Tally(rated, 0) if rated else NONE
    return Known(name, tally, tally, tally, tally, chance)


def evidence(chances, rated=()):
    rows = sorted((known(name, chances.get(name, 0.15), rated.count(name)) for name in topics()), key=lambda one: -one.chance)
    return Evidence(topics=tuple(rows), tones=tuple(known(name, 0.3) for name in tones()))


def test_the_best_topics_are_those_that_are_equally_good():
    assert good_topics(evidence({"music": 0.9, "art": 0.9 - ALIKE / 2, "film": 0.9 - 2 * ALIKE})) == ("music", "art")
    assert good_topics(evidence({"music": GOOD - 0.01})) == ()
    assert good_topics(Evidence()) == good_tones(Evidence()) == ()


@given(st.floats(0, 1, exclude_max=True), st.sets(st.sampled_from(list(topics())), max_size=29))
def test_a_topic_to_try_has_the_fewest_ratings(draw, rated):
    found = topic_to_try(evidence({}, tuple(rated)), draw)
    assert found not in rated


def test_topics_that_may_be_liked_are_tried_more_often():
    seen = evidence({"music": 0.9})
    tried = [topic_to_try(seen, i / 1000) for i in range(1000)]
    assert tried.count("music") > 3 * tried.count("art") > 0


def test_a_topic_is_tried_in_a_welcome_tone_once_one_is_known():
    rows = tuple(known(name, 0.95 if name == "formal" else 0.1, 3) for name in tones())
    ranked = tuple(sorted(rows, key=lambda one: -one.chance))
    assert {tone_to_try(Evidence(tones=ranked), i / 10) for i in range(10)} == {"formal"}
    assert {tone_to_try(evidence({}), i / 100) for i in range(100)} == set(tones())
