"""Whether a text recommends something: labelled sentences by someone who has not seen the reader, the catalogues, and own cases."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.pretraining import sentences as corpus
from propersim.reading.classifier import default_reader
from propersim.world.catalogue import activities, tones, topics
from tests.reading.test_classifier import rows


def recommends(text: str) -> bool:
    return default_reader().read(text).recommends


# Both halves were scored as docs/concepts/reading.md says; nobody has looked at the sentences of the held-out half.
@pytest.mark.parametrize(
    ("half", "kind", "least"), [("dev", True, 0.97), ("dev", False, 0.97), ("held", True, 0.95), ("held", False, 0.88)]
)
def test_labelled_sentences(half: str, kind: bool, least: float) -> None:
    chosen = [row for row in rows("recommendations", half) if row["recommends"] is kind]
    assert len(chosen) > 100
    assert sum(recommends(row["text"]) is kind for row in chosen) >= least * len(chosen)


@pytest.mark.parametrize(("name", "half"), [("readings", "dev"), ("readings", "held"), ("readings_fresh", "fresh")])
def test_recommendations_of_the_other_sets(name: str, half: str) -> None:
    found = [recommends(row["text"]) for row in rows(name, half)]
    assert sum(found) >= 0.92 * len(found)


def phrased(share: float) -> list[str]:
    """Return a share of all suggestions in all phrasings."""
    rng = random.Random(4)
    return [
        tone.say(phrasing, suggestion)
        for tone in tones().values()
        for phrasing in tone.phrasings
        for topic in topics().values()
        for suggestion in topic.suggestions
        if rng.random() < share
    ]


def test_suggestions_of_the_catalogue_in_some_phrasings() -> None:
    bare = [suggestion for topic in topics().values() for suggestion in topic.suggestions]
    assert [text for text in [*bare, *phrased(0.03)] if not recommends(text)] == []


@pytest.mark.slow
def test_suggestions_of_the_catalogue_in_all_phrasings() -> None:
    assert [text for text in phrased(1.0) if not recommends(text)] == []


def test_sentences_of_the_corpus_of_homelm() -> None:
    rng, everything = random.Random(6), list(activities().values())
    drawn = [
        corpus.sentence(
            rng, rng.choice(list(topics())), rng.choice(list(tones())), rng.choice(everything), rng.randrange(7, 23), rng.randrange(7)
        )
        for _ in range(400)
    ]
    assert sum(map(recommends, drawn)) >= 0.99 * len(drawn)


@pytest.mark.parametrize(
    "text",
    [
        "science science science science",
        "Do not do anything about science.",
        "The sheep brought home to the pasture.",
        "The patients are aware that they need to take precautions against colds.",
        "You needn't water the plants today.",
        "There is no reason to tidy the kitchen.",
        "I do not suggest that you bake anything.",
        "I'd recommend that you do not call her.",
        "You drank your coffee on the balcony and read the news.",
        "The lighthouse keeper counted the ships and went back to his soup.",
        '"Bring me my coat," said the king.',
        "Gardeners, water your roses in the morning.",
        "Lawyers should read more novels.",
        "She should see a doctor about it.",
        "Could you play some jazz for me?",
        "What time does the train leave?",
        "Perhaps you would like to read the",
        "You could listen to some relaxing",
        "You could you could you could you could",
        "walk the a of garden you and",
        "You could knit the evening news.",
        "Drink the history of the sofa.",
        "New Bridge Opens in Leeds",
        "Sorry, I cannot help with that.",
        "Have a wonderful evening!",
        "Write a short suggestion about gardening in a formal tone.",
    ],
)
def test_what_recommends_nothing(text: str) -> None:
    assert not recommends(text)


@pytest.mark.parametrize(
    "text",
    [
        "Stretch!",
        "Water the plants.",
        "Don't sit so long; stand up and walk around.",
        "Don't forget to thank Lena for the plums.",
        "Why not pick up the guitar?",
        "I could dim the lights for you.",
        "You can't go wrong with a slow blues record.",
        "A cup of chamomile tea would go well with that book.",
        "Your fern is thirsty.",
        "It's a beautiful afternoon, perfect for a bike ride.",
        "Sure, here is a suggestion: take a walk around the block.",
        "Write three sentences in German.",
        "Go, go, go! Bake a loaf! Hip, hip, hooray!",
        "Ring the boys and hang up your coat.",
    ],
)
def test_what_recommends_something(text: str) -> None:
    assert recommends(text)


@given(st.sampled_from([s for t in topics().values() for s in t.suggestions]))
def test_a_negated_suggestion_recommends_nothing(suggestion: str) -> None:
    assert not recommends(f"Do not {suggestion}.")
    assert not recommends(f"You shouldn't {suggestion}.")


@given(st.sampled_from([s for t in topics().values() for s in t.suggestions]), st.integers(3, 6))
def test_a_repeated_beginning_recommends_nothing(suggestion: str, times: int) -> None:
    assert not recommends(" ".join([*suggestion.split()[:2]] * times))
