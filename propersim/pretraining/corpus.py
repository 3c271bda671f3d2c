"""HomeLM's corpus: moments of simulated users' lives, with right decisions and sentences.

It is independent of every persona.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final, NamedTuple

from propersim.core.rng import generator
from propersim.memory.evidence import Evidence
from propersim.memory.evidence_choice import good_tones, good_topics, tone_to_try
from propersim.memory.state import AssistantState
from propersim.models.homelm_evidence_tokens import encode, field_tokens
from propersim.models.homelm_field_tokens import DAYS
from propersim.pretraining.lives import Life
from propersim.pretraining.sentences import any_topic, checked
from propersim.world.catalogue import activities, tones, topics

SPOKEN: Final = 0.3
"""Share of the examples that have a sentence."""
GIVEN: Final = 0.5
"""Share of the sentences whose topic and tone are given, any of them; the others follow what the ratings say."""
HASHED: Final = 3
"""Number of users whose examples :func:`corpus_hash` covers."""


class Example(NamedTuple):
    """A moment, what is right there, and a sentence.

    Attributes:
        prompt: token ids of the moment's prompt.
        right: probability that a recommendation is right, 0–1.
        weight: number of moments that this one stands for.
        text: the sentence; None for most moments.
        topic: its topic.
        tone: its tone.
        given: whether topic and tone are given before the sentence.
    """

    prompt: list[int]
    right: float
    weight: float
    text: str | None = None
    topic: str = ""
    tone: str = ""
    given: bool = False


def chosen(rng: random.Random, state: AssistantState) -> tuple[str, str]:
    """Draw the topic and tone that the ratings recommend at a moment.

    Where no topic is known to be good, it is one that suits the activity, or any, and was not rated here.

    Args:
        rng: source of random numbers.
        state: the moment.
    """
    evidence = state.evidence or Evidence()
    known, rated = good_topics(evidence), {one.name for one in evidence.topics if one.here.total}
    topic = rng.choice(known) if known else any_topic(rng, state.activity)
    for _ in range(8):
        if known or topic not in rated:
            break
        topic = any_topic(rng, state.activity)
    tone = tone_to_try(evidence, rng.random()) if good_tones(evidence) else rng.choice(list(tones()))
    return topic, tone


class Given(NamedTuple):
    """A sentence about a topic in a tone.

    Attributes:
        text: the sentence; the classifier reads its topic and tone as given.
        topic: its topic.
        tone: its tone.
        given: whether both are any; else they follow what the ratings say.
    """

    text: str
    topic: str
    tone: str
    given: bool


def sentence_at(rng: random.Random, state: AssistantState, share: float) -> Given:
    """Draw a sentence for a moment.

    Args:
        rng: source of random numbers.
        state: the moment.
        share: share of the sentences about any topic in any tone.
    """
    given = rng.random() < share
    topic, tone = (rng.choice(list(topics())), rng.choice(list(tones()))) if given else chosen(rng, state)
    text = checked(rng, topic, tone, activities()[state.activity], int(state.minute // 60), state.weekday)
    return Given(text, topic, tone, given)


def user_examples(seed: int, part: str, number: int) -> list[Example]:
    """Return the examples of one simulated user.

    Args:
        seed: seed of the corpus.
        part: name of an independent part, such as ``train`` or ``held-out``.
        number: number of the user, from 0.
    """
    rng = generator(seed, f"homelm/{part}", number)
    rows = []
    for state, right, weight in Life(rng).moments():
        example = Example(encode(state), right, weight)
        if rng.random() < SPOKEN:
            example = example._replace(**sentence_at(rng, state, GIVEN)._asdict())
        rows.append(example)
    return rows


def examples(count: int, *, seed: int = 0, part: str = "train", processes: int = 1) -> Iterator[Example]:
    """Yield examples, user by user; the same seed and part give the same ones.

    A longer corpus begins with the examples of a shorter one.

    Args:
        count: number of examples.
        seed: seed of the corpus.
        part: name of an independent part, such as ``train`` or ``held-out``.
        processes: number of processes that make them.
    """
    if processes == 1:
        users = (user_examples(seed, part, number) for number in itertools.count())
        yield from itertools.islice(itertools.chain.from_iterable(users), count)
        return
    with ProcessPoolExecutor(processes) as pool:
        first = 0
        while count > 0:
            for rows in pool.map(user_examples, *zip(*((seed, part, first + i) for i in range(8 * processes)), strict=True)):
                yield from rows[:count]
                count -= len(rows[:count])
            first += 8 * processes


def given_sentences(prompts: Sequence[list[int]], seed: int, part: int) -> list[Example]:
    """Return an example for each prompt, with a sentence in a random topic and tone.

    Topic and tone are given to the model before the sentence.

    Args:
        prompts: token ids of prompts.
        seed: seed of the corpus.
        part: number of this part of the prompts.
    """
    rng, names = generator(seed, "homelm/given", part), field_tokens()
    rows = []
    for prompt in prompts:
        topic, tone = rng.choice(list(topics())), rng.choice(list(tones()))
        day, activity, _, time = (names[number].strip("<>").partition(":")[2] for number in prompt[-4:])
        seen = activities().get(activity, activities()["other"])
        text = checked(rng, topic, tone, seen, int(time.partition(":")[0]), DAYS.index(day))
        rows.append(Example(list(prompt), 0.0, 0.0, text, topic, tone, True))
    return rows


def corpus_hash(*, seed: int = 0) -> str:
    """Return a hash that identifies the corpus.

    It covers the examples of the first :data:`HASHED` users.
    """
    digest = hashlib.blake2b(digest_size=16)
    for number in range(HASHED):
        for row in user_examples(seed, "train", number):
            digest.update(f"{row.prompt}\t{row.right:.6f}\t{row.text or ''}\n".encode())
    return digest.hexdigest()
