"""HomeLM's corpus: random moments, decisions and sentences from the catalogues.

It is independent of every persona.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from propersim.core.rng import generator
from propersim.homelm_pretraining.moments import any_topic, moment
from propersim.homelm_pretraining.sentences import checked
from propersim.memory.state import State
from propersim.models.homelm_field_tokens import render
from propersim.world.catalogue import activities, tones

SPEAKS: Final = 0.82
"""Share of the moments with a suggestion: HomeLM speaks too often until it is trained on ratings."""

HASHED: Final = 2_000
"""Number of examples that :func:`corpus_hash` covers."""


class Example(NamedTuple):
    """A moment and its suggestion with topic and tone; None is silence."""

    state: State
    text: str | None
    topic: str | None
    tone: str | None


def example(rng: random.Random) -> Example:
    """Draw an example."""
    state = moment(rng)
    if rng.random() >= SPEAKS:
        return Example(state, None, None, None)
    said = {past.topic for past in state.recent}
    topic = any_topic(rng, state.activity)
    topic = any_topic(rng, state.activity) if topic in said else topic
    tone = rng.choice(list(tones()))
    text = checked(rng, topic, tone, activities()[state.activity], int(state.minute // 60), state.weekday)
    return Example(state, text, topic, tone)


def examples(count: int, *, seed: int = 0, part: str = "train") -> Iterator[Example]:
    """Yield examples; the same seed and part give the same ones.

    A longer corpus begins with the examples of a shorter one.

    Args:
        count: number of examples.
        seed: seed of the corpus.
        part: name of an independent part, such as ``train`` or ``held-out``.
    """
    rng = generator(seed, f"homelm/{part}")
    for _ in range(count):
        yield example(rng)


def corpus_hash(*, seed: int = 0) -> str:
    """Return a hash of the first :data:`HASHED` examples, which identifies the corpus."""
    digest = hashlib.blake2b(digest_size=16)
    for row in examples(HASHED, seed=seed):
        digest.update(f"{render(row.state)}\t{row.text or ''}\n".encode())
    return digest.hexdigest()
