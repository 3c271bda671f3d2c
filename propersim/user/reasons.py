"""Write the reasons of ratings in the persona's own voice."""

from __future__ import annotations

from functools import cache

from propersim.core import safe_yaml
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.world.data import data_text

MAX_REASON = 140
"""Longest reason, in characters."""


@cache
def _sentences() -> dict[str, dict[str, dict[str, list[str]]]]:
    loaded: dict[str, dict[str, dict[str, list[str]]]] = safe_yaml.load(data_text("reasons.yaml"))
    return loaded


class ReasonWriter:
    """Writes a persona's reasons from the sentences of ``propersim/world/data/reasons.yaml``.

    Args:
        persona: the persona.
    """

    def __init__(self, persona: Persona) -> None:
        self._pleased = persona.voice.pleased
        self._put_off = persona.voice.put_off
        self._manner = "kind" if persona.high("agreeableness") else "blunt"
        self._worried = persona.high("neuroticism")

    def write(self, dimension: str, case: str, variant: int, *, good: bool, interject: bool, **facts: str) -> str:
        """Return a reason.

        Args:
            dimension: one of the four rubric dimensions.
            case: case of the dimension, a key of ``propersim/world/data/reasons.yaml``.
            variant: selects among the sentences; equal numbers select equal sentences.
            good: whether the dimension was rated 1.
            interject: whether to begin with one of the persona's own interjections.
            **facts: values of the sentence's placeholders.
        """
        by_manner = _sentences()[dimension][case]
        choices = by_manner[self._manner] + (by_manner.get("worried", []) if self._worried else [])
        sentence = choices[variant % len(choices)].format(**facts)
        sentence = sentence[:1].upper() + sentence[1:]
        if interject:
            interjections = self._pleased if good else self._put_off
            sentence = f"{interjections[variant % len(interjections)]} {sentence}"
        return clean(sentence, limit=MAX_REASON)
