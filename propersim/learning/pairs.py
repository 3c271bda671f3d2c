"""Preference pairs from a rated step (paper, section 4.2; the default splits the decision from the content).

``factored``: *decision* pairs are settled by the dimensions that judge the moment, not by how good tonight's sentences are;
*content* pairs compare spoken candidates with each other by preference and communication, at any moment.
``paper``: whole answers are compared by their scores.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.core.records import Candidate, Pair, Rating, Step


def pairs_of(step: Step, prompt: Sequence[int], scheme: str, stuck: bool = False) -> list[Pair]:
    """Return the preference pairs of a step.

    Args:
        step: with every candidate rated.
        prompt: token ids of the prompt that the candidates answered.
        scheme: ``factored`` or ``paper``.
        stuck: whether nothing wholly good is known yet for what the user is doing (see :func:`worth`).
    """
    ids = tuple(prompt)
    if scheme == "paper":
        found = _whole(step.candidates)
        return [Pair(step.index, 0, "answer", ids, found[0].text, found[1].text, "score")] if found else []
    silence = next((one for one in step.candidates if one.text is None), None)
    spoken = [one for one in step.candidates if one.text is not None]
    pairs: list[Pair] = []
    if silence is not None:
        speaks = settled(silence.rating, [one.rating for one in spoken])
        if speaks is not None:
            pairs.append(
                Pair(step.index, 0, "decision", ids, "" if speaks else None, None if speaks else "", "speech" if speaks else "silence")
            )
    for best, worse in _contents(spoken, stuck):
        won = "preference" if best.rating.preference > worse.rating.preference else "communication"
        pairs.append(Pair(step.index, len(pairs), "content", ids, best.text, worse.text, won))
    return pairs


def settled(silence: Rating, spoken: Sequence[Rating]) -> bool | None:
    """Return whether speech wins a moment (True), silence (False), or neither (None).

    Speech wins where silence lost timing (a wanted moment) and speaking would have kept timing and frequency. Silence wins
    where it has all four, where it beats the best spoken candidate, and where it was too soon to speak: an interruption
    wants a reason, so that a tie of timing against frequency goes to silence.
    """
    if not silence.timing and any(one.timing and one.frequency for one in spoken):
        return True
    if silence.score == 4 or (spoken and silence.score > max(one.score for one in spoken)):
        return False
    return False if spoken and not any(one.frequency for one in spoken) else None


def taste(rating: Rating) -> int:
    """Return how well a suggestion was chosen and said, 0–2: preference and communication, which do not judge the moment."""
    return rating.preference + rating.communication


def worth(rating: Rating, stuck: bool) -> tuple[int, int]:
    """Return what suggestions are compared by: their taste; and of two that are half good, where one is stuck, what is said before how.

    Tones are few and please at every moment: any pair teaches them. A topic that is wanted at one activity alone is rare, and where it
    came in the wrong tone a tie with the wrong topic in the right one would hide it for good. Once something wholly good is known
    for the activity it is recalled there, and teaches more.
    """
    return taste(rating), rating.preference if stuck else 0


def _contents(spoken: Sequence[Candidate], stuck: bool) -> list[tuple[Candidate, Candidate]]:
    """Return the best suggestion against each that is worse."""
    if not spoken:
        return []
    best = max(spoken, key=lambda one: worth(one.rating, stuck))
    return [(best, one) for one in spoken if worth(one.rating, stuck) < worth(best.rating, stuck)]


def _whole(candidates: Sequence[Candidate]) -> tuple[Candidate, Candidate] | None:
    best = max(candidates, key=lambda one: one.rating.score)
    worst = min(candidates, key=lambda one: one.rating.score)
    return (best, worst) if best.rating.score > worst.rating.score and best.text != worst.text else None
