"""Figures that the ProPerSim paper reports, read from ``published.toml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = Path(__file__).with_name("published.toml")


class PublishedDay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one day, means over the published personas.

    They are None where the paper does not report them.

    Attributes:
        score: mean score, 0–4.
        success_rate: share of the recommendations with a score of 3 or 4.
        recs_per_hour: recommendations per waking hour.
        best_score: mean score of the best persona.
        worst_score: mean score of the worst persona.
    """

    score: float | None = None
    success_rate: float | None = None
    recs_per_hour: float | None = None
    best_score: float | None = None
    worst_score: float | None = None


class PublishedAssistant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one published assistant, on its first and on its last day."""

    name: str
    day_1: PublishedDay
    day_14: PublishedDay


class PublishedPersona(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mean scores of one published persona.

    Attributes:
        day_1: ProPerAssistant on day 1.
        day_14: ProPerAssistant on day 14.
        ars_day_14: ARS memory without training on day 14.
    """

    day_1: float
    day_14: float
    ars_day_14: float


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"assistants": "assistant"}):
    """Figures of the paper.

    Attributes:
        title: title of the paper.
        source: where it was published.
        table: table that the figures by persona are from.
        model: model of the published assistant.
        cost: what a run of one persona cost, in words.
        assistants: the published assistants.
        personas: scores by the id of the published persona, such as ``persona_01``.
    """

    title: str
    source: str
    table: str
    model: str
    cost: str
    assistants: tuple[PublishedAssistant, ...]
    personas: dict[str, PublishedPersona]


@cache
def published() -> Published:
    """Return the published figures."""
    return msgspec.toml.decode(_FILE.read_bytes(), type=Published)
