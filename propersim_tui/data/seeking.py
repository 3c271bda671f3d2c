"""Search for the next or previous step of a kind.

Kinds are recommendations, bad ratings and disagreements. Pure functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from propersim.core.light_records import ScoredStep
from propersim.learning.pairs import prefers_speaking

SeekKind = Literal["said", "bad", "disagreement"]
"""The kinds of step: a recommendation; one that is unwelcome, or a missed wanted moment; a step where another answer is rated better."""

KIND_LABELS: dict[SeekKind, str] = {
    "said": "recommendation",
    "bad": "unwelcome recommendation (score below 4), or silence where one was wanted",
    "disagreement": "disagreement (the ratings favour another candidate, or the other decision)",
}
JUDGED_KINDS: frozenset[SeekKind] = frozenset(("bad", "disagreement"))
"""Kinds that show where the judge rates silence, or another candidate, as it does."""
BAD = 3
"""The highest score of a recommendation that is unwelcome."""


def missed(step: ScoredStep) -> bool:
    """Return whether the assistant was silent in a wanted moment and was rated down for it."""
    return not step.spoke and step.moment.wanted and not step.rating.timing


def bad(step: ScoredStep) -> bool:
    """Return whether a recommendation was unwelcome, or a wanted moment was missed.

    One without a score is not unwelcome.
    """
    score = step.rating.score
    return (score is not None and score <= BAD) if step.spoke else missed(step)


def disagrees(step: ScoredStep) -> bool:
    """Return whether the ratings disagree with what was shown.

    They may favour another candidate, or the other decision. The decision is compared by the rule that makes decision pairs
    (:func:`propersim.learning.pairs.prefers_speaking`), so that these are the steps the night learns from. Full marks, and a single
    candidate, are never a disagreement.
    """
    score = step.rating.score
    if score is None or score == 4 or len(step.candidates) < 2:
        return False
    if any(one.rating.score is not None and one.rating.score > score for one in step.candidates):
        return True
    silence = next((one.rating for one in step.candidates if one.text is None), None)
    if silence is None:
        return False
    speaks = prefers_speaking(silence.rating, [one.rating.rating for one in step.candidates if one.text is not None])
    return speaks is not None and speaks != step.spoke


def seek_bad(steps: Iterable[ScoredStep], at: int, *, forward: bool) -> int | None:
    """Return the index of the nearest bad rating.

    Of consecutive missed steps on a day only the first counts.

    Args:
        steps: the steps with a low rating, in the direction of the search, starting at ``at`` (included if it is low).
        at: index of the step to start from, which is never the result.
        forward: whether to search towards the end of the run.
    """
    before: ScoredStep | None = None
    for step in steps:
        if not bad(step):
            continue
        if forward:
            if step.index > at and not (before is not None and _continues(before, step)):
                return step.index
        elif before is not None and not _continues(step, before):
            # ``before`` is the first of its consecutive missed steps.
            return before.index
        before = step if forward or step.index < at else None
    return before.index if before is not None and not forward else None


def _continues(first: ScoredStep, then: ScoredStep) -> bool:
    """Return whether two missed steps follow each other on the same day."""
    return missed(first) and missed(then) and then.index == first.index + 1 and then.day == first.day


def seek(steps: Iterable[ScoredStep], at: int, matches: Callable[[ScoredStep], bool]) -> int | None:
    """Return the index of the first step that matches.

    Args:
        steps: the steps, in the direction of the search.
        at: index of the step to start from, which is never the result.
        matches: tells whether a step is of the kind sought.
    """
    return next((step.index for step in steps if step.index != at and matches(step)), None)
