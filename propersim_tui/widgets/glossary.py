"""Definitions of the terms on the screen, for the help dialog and for tooltips."""

from __future__ import annotations

from textual.content import Content

from propersim_tui.render.content import Part, line

TERMS = {
    "score": "mean rating of all waking steps, 0–4: one point per dimension",
    "welcome": "recommendations with a rating of 4",
    "success": "share of recommendations with a rating of 3 or 4",
    "content": "mean of preference and communication over all recommendations, 0–1",
    "F1": "harmonic mean of precision (welcome of all shown) and recall (welcome of the oracle’s)",
    "oracle": "control that knows the rubric and recommends whenever that is welcome",
    "silent": "control that never recommends anything",
    "headroom": "(score − silent) / (oracle − silent): 0 equals silence, 1 the oracle",
    "open": "in a time window of the rubric, and not busy with something that must not be interrupted",
    "wanted": "a good recommendation would be welcome now",
    "missed": "wanted moments that passed in silence",
    "overdue": "the last recommendation was too long ago",
    "speak": "probability that the model speaks; it speaks if that exceeds the threshold it needs",
}
"""Definition of each term, by the word that stands on the screen."""


def tooltip(*terms: str) -> Content:
    """Return the definitions of some terms, one per line."""
    parts: list[Part] = []
    for term in terms:
        parts += ["\n" if parts else "", (f"{term}: ", "bold"), TERMS[term]]
    return line(*parts)
