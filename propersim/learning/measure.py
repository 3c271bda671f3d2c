"""Measure how long a loaded model takes for decisions, suggestions and pairs.

From that follows what a run takes.
"""

from __future__ import annotations

import time
from typing import Final, NamedTuple

from propersim.learning.night import SCORED
from propersim.learning.pair_batches import frozen_states, log_probabilities, padded_states, side_by_side
from propersim.models.adapters import add_adapter
from propersim.models.estimate import STEPS
from propersim.models.model import LoadedModel
from propersim.models.pretrained import mixed_precision
from propersim.models.room import long_states

DECISIONS: Final = 10
PAIRS: Final = 4
CHECKED: Final = 1000
"""Decisions of the last three days that a night reads before and after its training."""
CHECKS: Final = 2.2
"""How often it reads each of them."""
SPOKEN: Final = 0.1
"""Share of the steps at which candidates are drawn because the decision is close, or to speak."""


class Measured(NamedTuple):
    """Seconds that a model takes on this machine.

    Attributes:
        decision: a decision.
        suggestions: two suggestions that are drawn together.
        check: a decision among many that are read together.
        pair: a pair in training, forward and backward.
        frozen: what is computed once of a pair.
        day: a day of 390 steps.
        night: a night with its training and checks.
        fortnight: 14 days and nights.
    """

    decision: float
    suggestions: float
    check: float
    pair: float
    frozen: float
    day: float
    night: float
    fortnight: float


def measure(model: LoadedModel, candidates: int = 2) -> Measured:
    """Measure a model by ten decisions, two suggestions and four pairs.

    Args:
        model: the loaded model; it has an adapter afterwards.
        candidates: suggestions that are drawn together.
    """
    codec, teaching = model.codec, model.teaching
    prompts = [codec.prompt(state) for state in long_states()]
    about = codec.about("music", "warm")
    # The first of each kind also loads and compiles.
    model.say(model.decide(prompts[-1]), [0] * candidates, [about] * candidates if about else ())
    began = time.perf_counter()
    decided = [model.decide(prompt) for prompt in prompts[:DECISIONS]]
    decision = (time.perf_counter() - began) / DECISIONS
    began = time.perf_counter()
    model.say(decided[0], list(range(candidates)), [about] * candidates if about else ())
    suggestions = time.perf_counter() - began
    some = [prompts[number % len(prompts)] for number in range(SCORED)]
    began = time.perf_counter()
    model.chances(some)
    check = (time.perf_counter() - began) / SCORED
    frozen, pair = _pairs(model, prompts)
    drawn = sum(min(1.0, teaching.explore_on(day) + SPOKEN) for day in range(1, 15)) / 14
    day = STEPS * (decision + drawn * suggestions)
    night = CHECKS * CHECKED * check + teaching.pairs * (frozen * 2 + pair * teaching.epochs)
    return Measured(decision, suggestions, check, pair, frozen, day, night, 14 * (day + night))


def _pairs(model: LoadedModel, prompts: list[list[int]]) -> tuple[float, float]:
    """Return the seconds of a pair's frozen layers and reference, and of its training."""
    codec = model.codec
    texts = ("How about some quiet jazz by the window?", "Would you like a slow walk under the trees?")
    chosen, rejected = ([*codec.tokens(text), *codec.closing] for text in texts)
    tokens = [([*prompt, *codec.speak], chosen, rejected) for prompt in prompts[:PAIRS]]
    model.model = add_adapter(model.model, model.teaching, 0)
    pad = model.tokenizer.pad_token_id or 0
    with mixed_precision(model.model):
        began = time.perf_counter()
        states = frozen_states(model.model, tokens, pad)
        frozen = (time.perf_counter() - began) / PAIRS
        batch = side_by_side(tokens, pad)
        kept = padded_states(states, batch.ids.shape[1]) if states is not None else None
        began = time.perf_counter()
        log_probabilities(model.model, batch, kept).sum().backward()
        pair = (time.perf_counter() - began) / PAIRS
    for parameter in model.model.parameters():
        parameter.grad = None
    return frozen, pair
