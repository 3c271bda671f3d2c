"""Navigation in time: the next or the last step at which something happened that one would want to look at. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from propersim.core.light_records import Judged
from propersim.learning.pairs import settled

SeekKind = Literal["said", "bad", "disagreement"]
"""What can be sought: a recommendation; a bad rating; a step at which another answer would have been better."""

KIND_LABELS: dict[SeekKind, str] = {
    "said": "recommendation",
    "bad": "bad rating (score 2 or less, or silence at a wanted moment)",
    "disagreement": "disagreement (another answer was rated better, or the decision went against the ratings)",
}
BAD = 2
"""The highest score of a recommendation that is bad."""


def missed(step: Judged) -> bool:
    """Whether nothing was said though a suggestion was wanted, and the user minded."""
    return not step.spoke and step.moment.wanted and not step.rating.timing


def bad(step: Judged) -> bool:
    """Whether a recommendation was rated 2 or less, or a wanted moment was missed."""
    return step.rating.score <= BAD if step.spoke else missed(step)


def disagrees(step: Judged) -> bool:
    """Whether what was shown is not the best rated of the candidates, or the decision is not the one that the ratings would teach.

    The second is the rule by which decision pairs are made (:func:`propersim.learning.pairs.settled`), so that what one is led to is
    what the night learns from. What has full marks is right; a step with one candidate only has nothing to disagree with.
    """
    score = step.rating.score
    if score == 4 or len(step.candidates) < 2:
        return False
    if any(one.rating.score > score for one in step.candidates):
        return True
    silence = next((one.rating for one in step.candidates if one.text is None), None)
    if silence is None:
        return False
    speaks = settled(silence.rating, [one.rating.rating for one in step.candidates if one.text is not None])
    return speaks is not None and speaks != step.spoke


def seek_bad(steps: Iterable[Judged], at: int, *, forward: bool) -> int | None:
    """Return the index of the nearest bad rating; of a stretch of missed steps on one day only the first counts.

    Args:
        steps: the low ones, in the direction of the search, from ``at`` on (itself included, where it is low).
        at: index of the step to begin with, which is never the answer.
        forward: towards the end of the run.
    """
    before: Judged | None = None
    for step in steps:
        if not bad(step):
            continue
        if forward:
            if step.index > at and not (before is not None and _goes_on(before, step)):
                return step.index
        elif before is not None and not _goes_on(step, before):
            # The stretch that ``before`` belongs to begins with it.
            return before.index
        before = step if forward or step.index < at else None
    return before.index if before is not None and not forward else None


def _goes_on(first: Judged, then: Judged) -> bool:
    """Whether two steps are of the same stretch of missed ones."""
    return missed(first) and missed(then) and then.index == first.index + 1 and then.day == first.day


def seek(steps: Iterable[Judged], at: int, is_one: Callable[[Judged], bool]) -> int | None:
    """Return the index of the first of some steps, other than ``at``, that is one of those sought."""
    return next((step.index for step in steps if step.index != at and is_one(step)), None)
