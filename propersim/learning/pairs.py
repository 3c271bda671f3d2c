"""Make preference pairs from a rated step (paper, section 4.2).

The default scheme separates the decision from the content.

``factored``: *decision* pairs compare speaking with silence by the dimensions that rate the moment (timing, frequency), not by how good the
suggestions are; *content* pairs compare spoken candidates with each other by preference and communication, at any moment.
``paper``: whole answers are compared by their scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from propersim.core.feedback import Feedback, RevealedRating
from propersim.core.records import Pair, Rating

RatingBits = RevealedRating | Rating
"""A rating as revealed, or as recorded."""


class _Rated(NamedTuple):
    """A candidate whose rating is revealed."""

    text: str | None
    rating: RevealedRating


def pairs_of(feedback: Feedback, prompt: Sequence[int], scheme: str, nothing_good_known: bool = False) -> list[Pair]:
    """Return the preference pairs of a step, from the ratings that are revealed.

    Where silence is not rated (``--feedback shown``), a decision pair needs a shown recommendation: it tells whether the moment was right
    for one, but silent steps make no pair; and contents, of which only one is rated at a step, make none.

    A dimension that a person left out decides nothing: a moment is wrong for a recommendation where timing or frequency is 0, right where
    both are 1, and otherwise unknown.

    Args:
        feedback: the step with its revealed ratings.
        prompt: token ids of the step's prompt.
        scheme: ``factored`` or ``paper``.
        nothing_good_known: whether no suggestion with full preference and communication is known yet for the user's activity (see
            :func:`content_sort_key`).
    """
    ids = tuple(prompt)
    rated = [_Rated(one.text, one.rating) for one in feedback.candidates if one.rating is not None]
    if not rated:
        return []
    if scheme == "paper":
        extremes = _best_and_worst(rated)
        return [Pair(feedback.index, 0, "answer", ids, extremes[0].text, extremes[1].text, "score")] if extremes else []
    spoken = [one for one in rated if one.text is not None]
    pairs: list[Pair] = []
    speaks = _decision(rated)
    if speaks is not None and any(one.text is None for one in feedback.candidates):
        won = "speech" if speaks else "silence"
        pairs.append(Pair(feedback.index, 0, "decision", ids, "" if speaks else None, None if speaks else "", won))
    for best, worse in _content_pairs(spoken, nothing_good_known):
        won = "preference" if (best.rating.preference or 0) > (worse.rating.preference or 0) else "communication"
        pairs.append(Pair(feedback.index, len(pairs), "content", ids, best.text, worse.text, won))
    return pairs


def labels_of(feedback: Feedback) -> list[tuple[str | None, bool]]:
    """Return which answers of a step its revealed ratings call good, and which bad.

    A suggestion is good if its moment is right (timing and frequency) and its content is (preference and communication): all four are 1.
    It is bad if any of them is 0, and has no label where one that is not 0 is unrated. Silence is good where a decision pair prefers it,
    bad where one prefers speaking, and has no label where there would be no decision pair.

    Args:
        feedback: the step with its revealed ratings.

    Returns:
        Each answer that has a label, once, in the order of the candidates: its text (None is silence), and whether it is good.
    """
    rated = [_Rated(one.text, one.rating) for one in feedback.candidates if one.rating is not None]
    if not rated:
        return []
    labels: dict[str | None, bool] = {}
    speaks = _decision(rated)
    for one in feedback.candidates:
        if one.text in labels:
            continue
        if one.text is None:
            if speaks is not None:
                labels[None] = not speaks
        elif one.rating is not None:
            values = (one.rating.preference, one.rating.timing, one.rating.frequency, one.rating.communication)
            if 0 in values or None not in values:
                labels[one.text] = 0 not in values
    return list(labels.items())


def best_suggestion(feedback: Feedback) -> str | None:
    """Return the suggestion of a step that its revealed ratings call the best one.

    None stands for a step at which none is rated.

    A right moment (timing and frequency) counts first, then preference and communication, then the order of the candidates.
    """
    rated = [(one.text, one.rating) for one in feedback.candidates if one.text is not None and one.rating is not None]
    if not rated:
        return None
    return max(rated, key=lambda one: (bool(one[1].timing and one[1].frequency), content_score(one[1]) or 0))[0]


def _decision(rated: Sequence[_Rated]) -> bool | None:
    """Return whether speaking is preferred at a step: True, False (silence), or None (neither).

    Args:
        rated: the candidates whose ratings are revealed.
    """
    silence = next((one.rating for one in rated if one.text is None), None)
    spoken = [one.rating for one in rated if one.text is not None]
    return prefers_speaking(silence, spoken) if silence is not None else _right_moment(spoken)


def _right_moment(spoken: Sequence[RevealedRating]) -> bool | None:
    """Return whether the moment was right for what was shown.

    The result is None where its ratings leave that open.
    """
    if any(rating.timing and rating.frequency for rating in spoken):
        return True
    return (
        None
        if any(None in (rating.timing, rating.frequency) and 0 not in (rating.timing, rating.frequency) for rating in spoken)
        else False
    )


def prefers_speaking(silence: RatingBits, spoken: Sequence[RatingBits]) -> bool | None:
    """Return whether speaking is preferred at a step: True, False (silence), or None (neither).

    Speaking is preferred where silence has no timing point (the moment is wanted) and some spoken candidate has both timing and frequency.
    Silence is preferred where its score is 4, where it exceeds the best spoken score, and where no spoken candidate has the frequency
    point: a tie of timing against frequency goes to silence, because an interruption needs a reason. Neither is preferred where one of
    these ratings is incomplete.
    """
    scores = [rating.score for rating in spoken]
    best = max((score for score in scores if score is not None), default=0)
    if silence.score is None or None in scores:
        return None
    if not silence.timing and any(rating.timing and rating.frequency for rating in spoken):
        return True
    if silence.score == 4 or (spoken and silence.score > best):
        return False
    return False if spoken and not any(rating.frequency for rating in spoken) else None


def content_score(rating: RatingBits) -> int | None:
    """Return preference + communication of a rating, 0–2; None where either is unrated.

    These two dimensions rate the suggestion and not the moment.
    """
    return None if rating.preference is None or rating.communication is None else rating.preference + rating.communication


def content_sort_key(rating: RatingBits, nothing_good_known: bool) -> tuple[int, int]:
    """Return the sort key by which suggestions are compared.

    The key is the content score, then, where ``nothing_good_known``, preference before communication.

    Tones are few and suit every moment, so any pair teaches them. A topic that suits one activity only is rarely drawn; if it came in a
    wrong tone, a tie with a wrong topic in a right tone would hide it. Once a suggestion with a content score of 2 is known for the
    activity, it is recalled there and makes the tie-break unnecessary.
    """
    return content_score(rating) or 0, (rating.preference or 0) if nothing_good_known else 0


def _content_pairs(spoken: Sequence[_Rated], nothing_good_known: bool) -> list[tuple[_Rated, _Rated]]:
    """Return the best suggestion paired with each worse one, of those whose content is rated."""
    spoken = [candidate for candidate in spoken if content_score(candidate.rating) is not None]
    if not spoken:
        return []
    best = max(spoken, key=lambda candidate: content_sort_key(candidate.rating, nothing_good_known))
    return [
        (best, candidate)
        for candidate in spoken
        if content_sort_key(candidate.rating, nothing_good_known) < content_sort_key(best.rating, nothing_good_known)
    ]


def _best_and_worst(candidates: Sequence[_Rated]) -> tuple[_Rated, _Rated] | None:
    """Return the candidates with the highest and the lowest score; None where they are equal."""
    scored = [(candidate.rating.score, candidate) for candidate in candidates if candidate.rating.score is not None]
    if not scored:
        return None
    best, worst = max(scored, key=itemgetter(0)), min(scored, key=itemgetter(0))
    return (best[1], worst[1]) if best[0] > worst[0] and best[1].text != worst[1].text else None
