"""Check HomeLM's language: draw sentences at random moments and count well-formed ones.

The model is loaded as runs load it.
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from propersim.core.rng import generator
from propersim.pretraining.lives import Life, Moment
from propersim.pretraining.sentences import frames, settings, suggestions
from propersim.reading.classifier import default_reader

SENTENCES: Final = 1000
TOP_P: Final = 0.9
TEMPERATURE: Final = 1.0
MOMENTS: Final = 20
"""Number of moments of each simulated user."""
SHOWN: Final = 8
"""Maximum number of examples of each fault."""

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_PLACE: Final = re.compile(r"\{\w+\}")


class Drawn(NamedTuple):
    """A sentence (None if malformed), and the number of tokens of its prompt."""

    text: str | None
    prompt: int


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; a hyphen separates words."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _texts() -> Iterator[str]:
    raw = settings()
    for lines in (*suggestions().values(), *frames().values(), raw["weekdays"], raw["weekend"], *raw["doing"].values()):
        yield from lines
    for row in raw["times"]:
        yield from row["say"]


@cache
def known_words() -> frozenset[str]:
    """Return all words that occur in the corpus."""
    return frozenset(word for text in _texts() for word in words(_PLACE.sub(" ", text)))


@cache
def _known() -> tuple[re.Pattern[str], dict[str, str]]:
    topic_of = {line.lower(): topic for topic, lines in suggestions().items() for line in lines}
    longest_first = sorted(topic_of, key=lambda line: (-len(line), line))
    return re.compile("|".join(map(re.escape, longest_first))), topic_of


def masked(text: str) -> str:
    """Return a sentence in lower case with every known suggestion replaced by its topic."""
    pattern, topic_of = _known()
    return pattern.sub(lambda hit: f"<{topic_of[hit.group()]}>", text.lower())


def figures(drawn: Sequence[Drawn]) -> dict[str, Any]:
    """Return figures about drawn sentences.

    ``well_formed`` is the share with an end token, no field token, no incomplete UTF-8, no repetition loop, and a topic and tone that the
    classifier recognises; ``distinct`` and ``distinct_masked`` count among these. The classifier ignores made-up words:
    ``strange_words`` is the share of words that are not in the corpus, and ``strange`` the share of sentences with such a word.
    """
    reader = default_reader()
    said = [sentence.text for sentence in drawn if sentence.text is not None]
    readings = [(text, reader.read(text)) for text in said]
    good = [(text, reading) for text, reading in readings if reading.topic is not None and reading.tone is not None]
    unread = [text for text, reading in readings if reading.topic is None or reading.tone is None]
    rows = [words(text) for text in said]
    strange = [word for row in rows for word in row if word not in known_words()]
    return {
        "sentences": len(drawn),
        "well_formed": round(len(good) / max(1, len(drawn)), 4),
        "malformed": len(drawn) - len(said),
        "unread": len(unread),
        "distinct": len({text for text, _ in good}),
        "distinct_masked": len({masked(text) for text, _ in good}),
        "topics": len({reading.topic for _, reading in good}),
        "tones": len({reading.tone for _, reading in good}),
        "strange_words": round(len(strange) / max(1, sum(map(len, rows))), 4),
        "strange": round(sum(any(word not in known_words() for word in row) for row in rows) / max(1, len(drawn)), 4),
        "longest_prompt": max((sentence.prompt for sentence in drawn), default=0),
        "examples": {"unread": unread[:SHOWN], "strange_words": list(dict.fromkeys(strange))[:SHOWN]},
    }


def _some(life: Life, rng: random.Random) -> list[Moment]:
    """Return a few random moments of a life."""
    moments = list(life.moments())
    return rng.sample(moments, min(MOMENTS, len(moments)))


def draw(count: int = SENTENCES, *, seed: int = 0, progress: Callable[[int], object] | None = None) -> list[Drawn]:
    """Draw sentences from the shipped model in 4-bit, one at each random moment.

    Sampling is with top-p 0.9 and temperature 1.

    Args:
        count: number of sentences.
        seed: seed of the moments and of the sampling.
        progress: called after each sentence with the number drawn so far.

    Raises:
        InputError: the weights are missing or cannot be loaded.
    """
    import msgspec

    from propersim.models.model import LoadedModel
    from propersim.models.presets import preset

    model = LoadedModel("homelm", "nf4", msgspec.structs.replace(preset("homelm").teaching, top_p=TOP_P, temperature=TEMPERATURE))
    rng = generator(seed, "homelm/check")
    sentences: list[Drawn] = []
    # A few moments of each of many users: moments of one user are alike.
    states = (moment.state for user in itertools.count() for moment in _some(Life(generator(seed, "homelm/check/user", user)), rng))
    for i, state in enumerate(itertools.islice(states, count)):
        prompt = model.codec.prompt(state)
        (text,) = model.say(model.decide(prompt), [rng.getrandbits(53)])
        sentences.append(Drawn(text, len(prompt)))
        if progress is not None:
            progress(i + 1)
    return sentences
