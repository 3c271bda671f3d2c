"""HomeLM's prompt: what earlier ratings say of a moment, and the moment itself.

There is one token per field, each at a fixed place.

Which topics and tones are known comes first, then the counts of ratings, then the moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache
from typing import Final

from propersim.memory.evidence import GAPS, Evidence, Known
from propersim.memory.evidence_tables import Tally
from propersim.memory.state import AssistantState, Timers
from propersim.models.homelm_field_tokens import BOS, DAYS, EOS, PAD, SILENT, SPEAK, five, quarter
from propersim.world.catalogue import activities, home_activity, tones, topics

ABOUT: Final = "<about>"
"""Begins a suggestion whose topic and tone are given: both follow as tokens, then the sentence."""
TOPICS: Final = 4
"""Topics that a prompt names, the best first."""
TONES: Final = 2
"""Tones that a prompt names, the best first."""

TALLIES: Final = 25
"""Number of levels of a tally: none, or one of 4 sizes and 6 shares."""
_SIZES: Final = (2, 4, 10)
_SHARES: Final = (0.15, 0.5, 0.85)
_CHANCES: Final = (0.05, 0.15, 0.3, 0.5, 0.7, 0.85, 0.95)
_DIFFERENCES: Final = (-120, -60, -30, -15, -10, -5, -2.5, -0.1, 0.1, 2.5, 5, 10, 20, 45, 90)
_SINCE: Final = (2.5, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180)
_AGO: Final = (4, 8, 20)
_SHOWN: Final = 17
_LATEST: Final = 33

_FIELDS: Final[tuple[tuple[str, int], ...]] = (
    *((f"{name}{i}", TALLIES) for name, count in (("clock", 4), ("kind", 2)) for i in range(1, count + 1)),
    *((name, TALLIES) for name in ("weekday", "before", "after")),
    *((f"{name}{i}", TALLIES) for name, count in (("during", 4), ("recent", 2)) for i in range(1, count + 1)),
    *((name, TALLIES) for name in ("missed_clock", "missed_during", "action", "missed_action")),
    ("latest", _LATEST),
    ("latest_missed", 4),
    ("gap", len(GAPS) + 1),
    ("shown", _SHOWN),
    ("good", _SHOWN),
    ("pace", TALLIES),
    ("beyond_too_soon", len(_DIFFERENCES) + 3),
    ("beyond_fine", len(_DIFFERENCES) + 3),
    ("below_most", 9),
    ("below_full", 9),
    ("since", len(_SINCE) + 1),
    ("focus", 6),
)
"""Fields whose tokens are numbered, in the order of the prompt."""


@cache
def field_tokens() -> tuple[str, ...]:
    """Return all tokens that are not text, in the order of their ids."""
    names = [PAD, BOS, EOS, SPEAK, SILENT, ABOUT, "<o:none>", *(f"<o:{name}>" for name in topics())]
    names += ["<n:none>", *(f"<n:{name}>" for name in tones())]
    for field in ("liked", "welcome"):
        names += [f"<{field}:{level}>" for level in range(len(_CHANCES) + 2)]
    names += [f"<best_{field}:{level}>" for field in ("here", "near", "ever", "tone") for level in range(TALLIES)]
    names += [f"<{field}:{level}>" for field, size in _FIELDS for level in range(size)]
    names += [f"<d:{day}>" for day in DAYS] + [f"<m:{5 * number:02}>" for number in range(3)]
    names += [f"<t:{number // 4:02}:{number % 4 * 15:02}>" for number in range(112)]
    return (*names, *(f"<a:{name}>" for name in activities()))


def level(tally: Tally) -> int:
    """Return a tally's level, by the number of its ratings and the share of ratings of 1.

    It is 0 without ratings.
    """
    count = tally.total
    if not count:
        return 0
    share = tally.yes / count
    shares = 0 if tally.yes == 0 else 5 if tally.no == 0 else 1 + bisect_right(_SHARES, share)
    return 1 + 6 * bisect_right(_SIZES, count) + shares


def _chance(known: Known) -> int:
    return 1 + bisect_right(_CHANCES, known.chance) if known.ever.total else 0


def _beyond(gap: float | None, bound: float | None) -> int:
    if gap is None:
        return 0
    return 1 if bound is None else 2 + bisect_right(_DIFFERENCES, gap - bound)


def _latest(evidence: Evidence) -> tuple[int, int]:
    latest = evidence.latest
    if latest is None:
        return 0, 0
    bits = latest.timing + 2 * latest.frequency + 4 * latest.same_action
    return 1 + 4 * bits + bisect_right(_AGO, latest.minutes_ago), 0 if latest.missed is None else 1 + int(latest.missed)


def _numbers(evidence: Evidence, timers: Timers | None) -> list[int]:
    """Return the values of the numbered fields that ratings and timers give."""
    gap, shown, good = evidence.gap, evidence.shown, evidence.good
    if timers is not None and timers.shown and gap is None:
        # At memory levels without evidence the timers are all that is known.
        gap, shown, good = timers.gap, timers.shown, timers.satisfying
    tallies = (
        *evidence.clock, *evidence.kind, evidence.weekday, evidence.before, evidence.after, *evidence.activity, *evidence.recent,
        evidence.missed_clock, evidence.missed_activity, evidence.action, evidence.missed_action,
    )  # fmt: skip
    return [
        *map(level, tallies),
        *_latest(evidence),
        0 if gap is None else bisect_right(GAPS, gap),
        min(_SHOWN - 1, shown),
        min(_SHOWN - 1, good),
        level(evidence.pace),
        _beyond(gap, evidence.too_soon),
        _beyond(gap, evidence.soon_enough),
        0 if evidence.most_fine is None else 1 + max(0, min(7, shown - evidence.most_fine + 4)),
        0 if evidence.full is None else 1 + max(0, min(7, evidence.full - shown + 3)),
    ]


def _known(mark: str, field: str, rows: tuple[Known, ...], count: int) -> Iterator[str]:
    rated = [one for one in rows if one.ever.total][:count]
    for one in rated:
        yield f"<{mark}:{one.name}>"
        yield f"<{field}:{_chance(one)}>"
    for _ in range(count - len(rated)):
        yield f"<{mark}:none>"
        yield f"<{field}:0>"


_NOTHING: Final = Evidence()
_EXAMPLE: Final = AssistantState(0.0, 0, "other", "other", "", 1)
LENGTH: Final = 1 + 2 * (TOPICS + TONES) + 4 + len(_FIELDS) + 4
"""Tokens of every prompt."""


def tokens(state: AssistantState) -> list[str]:
    """Return the tokens of a state, ending just before the decision."""
    evidence = state.evidence or _NOTHING
    result = [BOS, *_known("n", "welcome", evidence.tones, TONES), *_known("o", "liked", evidence.topics, TOPICS)]
    best = next((one for one in evidence.topics if one.ever.total), None)
    tone = next((one for one in evidence.tones if one.ever.total), None)
    result += [f"<best_tone:{level(tone.ever) if tone else 0}>"]
    result += [f"<best_{name}:{level(getattr(best, name)) if best else 0}>" for name in ("ever", "near", "here")]
    values = [*_numbers(evidence, state.timers), bisect_right(_SINCE, state.since), min(5, max(0, state.focus))]
    result += [f"<{field}:{value}>" for (field, _), value in zip(_FIELDS, values, strict=True)]
    number = quarter(state.minute)
    doing = home_activity(state.activity)
    result += [f"<d:{DAYS[state.weekday % 7]}>", f"<a:{doing if doing in activities() else 'other'}>"]
    return [*result, f"<m:{5 * five(state.minute):02}>", f"<t:{number // 4:02}:{number % 4 * 15:02}>"]


NUMBERS: Final = 4
"""Numbers that describe a numbered token."""
_MIDDLES: Final = (0.0, 0.08, 0.3, 0.67, 0.92, 1.0)


def numbers(field: str, value: int) -> tuple[float, float, float, float]:
    """Return numbers within -1 and 1 that describe a value of a numbered field.

    Near values have near numbers.

    For a tally: whether there are ratings, how many, which share of them is 1, and the product of the last two. For any other field:
    whether it is known, its value, the square of that, and whether it is the lowest.

    Args:
        field: name of the field.
        value: its value, as in its token.
    """
    size = _sizes()[field]
    if size == TALLIES:
        if not value:
            return (0.0, 0.0, 0.0, 0.0)
        count, share = divmod(value - 1, len(_MIDDLES))
        many, share_ = (count + 1) / 4, 2 * _MIDDLES[share] - 1
        return (1.0, many, share_, share_ * many)
    return (float(value > 0), value / size, (value / size) ** 2, float(value == 1))


@cache
def _sizes() -> dict[str, int]:
    sizes = {**dict(_FIELDS), **{f"best_{name}": TALLIES for name in ("here", "near", "ever", "tone")}}
    return {**sizes, "liked": len(_CHANCES) + 2, "welcome": len(_CHANCES) + 2}


@cache
def places() -> tuple[int, ...]:
    """Return the places of a prompt at which numbered tokens stand."""
    known = {number for number, _, _ in numbered()}
    return tuple(place for place, number in enumerate(encode(_EXAMPLE)) if number in known)


@cache
def numbered() -> tuple[tuple[int, str, int], ...]:
    """Return (id, field, value) of all numbered tokens."""
    rows = []
    for number, token in enumerate(field_tokens()):
        field, _, value = token.strip("<>").partition(":")
        if field in _sizes():
            rows.append((number, field, int(value)))
    return tuple(rows)


@cache
def _ids() -> dict[str, int]:
    return {token: i for i, token in enumerate(field_tokens())}


def encode(state: AssistantState) -> list[int]:
    """Return the token ids of a state's prompt, :data:`LENGTH` of them, without the tokenizer.

    Field tokens have the lowest ids, in their order.
    """
    ids = _ids()
    return [ids[token] for token in tokens(state)]


def cut(prompt: list[int]) -> list[int]:
    """Return a prompt cut to its first token and the moment: day, activity, minute and time."""
    return [prompt[0], *prompt[-4:]]


def about(topic: str, tone: str) -> list[int]:
    """Return the token ids that give a suggestion's topic and tone."""
    ids = _ids()
    return [ids[ABOUT], ids[f"<o:{topic}>"], ids[f"<n:{tone}>"]]
