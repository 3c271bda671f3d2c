"""How many tokens a prompt takes, and whether a model has positions for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from propersim.core.errors import InputError
from propersim.memory.evidence import Evidence, Known, Latest
from propersim.memory.evidence_tables import Tally
from propersim.memory.evidence_text import NAMED
from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.models.codec import Codec
from propersim.world.catalogue import activities, tones, topics

_LATEST = Latest(185.0, True, False, None, False)
_SUGGESTION = "How about a slow walk under the old trees before lunch, dear?"


@cache
def plain_state() -> AssistantState:
    """Return a state in which nothing is remembered.

    Prompts are hardly ever shorter.
    """
    name = min(activities(), key=lambda name: (len(activities()[name].phrase), name))
    return AssistantState(450.0, 1, name, activities()[name].phrase, "kitchen", 1, timers=Timers(30.0, 30.0, 0, 0))


@cache
def full_state() -> AssistantState:
    """Return a state that remembers as much as it can, in long words.

    Prompts are hardly ever longer.
    """
    first, second = sorted(activities(), key=lambda name: (-len(activities()[name].phrase), name))[:2]
    subjects = tuple(sorted(topics(), key=lambda name: (-len(name), name))[:3])
    said = Past(first, subjects[0], _SUGGESTION, 4, 9999.0)
    counts = {"shown": 24, "topics": subjects, "activities": (first, second), "mean_score": 2.5}
    return replace(
        plain_state(),
        minute=1385.0,
        activity=first,
        phrase=activities()[first].phrase,
        room="living_room",
        since=185.0,
        recent=(Past(second, None, minutes_ago=10.0), *(replace(said, minutes_ago=minutes) for minutes in (7.5, 5.0, 2.5))),
        hours=tuple(Summary(1 / 6 + number, 1.0, **counts) for number in range(4)),  # type: ignore[arg-type]
        blocks=tuple(Summary(25 / 6 + 4 * number, 4.0, **counts) for number in range(3)),  # type: ignore[arg-type]
        memories=(said,) * 5,
        timers=Timers(185.0, 365.0, 24, 12),
        evidence=_full_evidence(),
    )


@cache
def long_states() -> tuple[AssistantState, ...]:
    """Return states of which one has the longest prompt, or nearly so, whatever the tokenizer.

    Long words are those of evidence that is mixed, or of which nothing is known, on any weekday.
    """
    full = full_state()
    unknown = replace(Evidence(), latest=_LATEST, gap=185.0, shown=24)
    return tuple(replace(full, weekday=day, evidence=known) for day in range(7) for known in (full.evidence, unknown))


def _full_evidence() -> Evidence:
    """Return evidence of which every part is known, in long words."""
    many, some = Tally(1000, 1000), Tally(100, 100)

    def known(names: Iterable[str]) -> tuple[Known, ...]:
        longest = sorted(names, key=lambda name: (-len(name), name))
        return tuple(Known(name, some, some, some, many, float(number < NAMED)) for number, name in enumerate(longest))

    return Evidence(
        clock=(many,) * 4, kind=(many, many), weekday=some, before=many, after=many, activity=(many,) * 4, recent=(some, some),
        missed_clock=some, missed_activity=some, action=some, missed_action=some, gap=185.0, shown=24, good=12, pace=many,
        latest=_LATEST, too_soon=185.0, soon_enough=185.0, most_fine=24, full=24, topics=known(topics()), tones=known(tones()),
    )  # fmt: skip


def shortened(state: AssistantState) -> AssistantState | None:
    """Return a state without the part that matters least; None where nothing can be left out.

    That is the oldest summary, then the least similar past step, then the oldest of the last ten minutes, then what ratings say.
    """
    if state.blocks:
        return replace(state, blocks=state.blocks[:-1])
    if state.hours:
        return replace(state, hours=state.hours[:-1])
    if state.memories:
        return replace(state, memories=state.memories[:-1])
    if state.recent:
        return replace(state, recent=state.recent[1:])
    return replace(state, evidence=None) if state.evidence is not None else None


def check_room(codec: Codec, positions: int, name: str) -> str | None:
    """Check that a model has positions for a prompt and its answer.

    Args:
        codec: the model's codec.
        positions: the model's longest position (``max_position_embeddings``).
        name: name of the model in the messages.

    Returns:
        A warning where full prompts are too long, so that parts are left out; None where they fit.

    Raises:
        InputError: even a prompt in which nothing is remembered is too long.
    """
    least, most = codec.tokens_needed
    if positions < least:
        raise InputError(
            f"{name}: its longest position is {positions:,}, but a prompt and its answer take {least:,} tokens or more",
            "give a model with a longer context (max_position_embeddings)",
        )
    if positions < most:
        return (
            f"{name}: its longest position is {positions:,}, but a full prompt and its answer take about {most:,} tokens: "
            "the oldest parts of longer prompts are left out"
        )
    return None
