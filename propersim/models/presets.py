"""Presets: models by name with sampling and training settings, from ``presets.yaml``."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import msgspec

from propersim.core import safe_yaml
from propersim.core.records import Count, Share
from propersim.models.shape import Shape

CALMER = 2
"""Days in which the extra learning rate and exploration of the first days halve."""


UNTRIED = "not tried: those for 135 million parameters"
"""``tried`` of a model without a preset."""

PositiveShare = Annotated[float, msgspec.Meta(gt=0, le=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]
NotNegative = Annotated[float, msgspec.Meta(ge=0)]
Dropout = Annotated[float, msgspec.Meta(ge=0, lt=1)]
AtLeastOne = Annotated[int, msgspec.Meta(ge=1)]


class Teaching(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a model's sampling and of its nightly training.

    Attributes:
        speak_above: an untaught model speaks where its probability of speaking exceeds this; decisions are not sampled.
        speak_above_taught: the same after a night, unless that night calibrated another threshold.
        held_out: whether moments are kept from each night's training, and a night that does worse on them is not loaded.
        explore: share of the silent steps at which spoken candidates are drawn anyway; higher on the first days (see ``boost``).
        top_p: suggestions are sampled from the smallest set of tokens with this share of the probability.
        temperature: temperature of the sampling.
        recalled: good suggestions of earlier steps that are rated beside the new ones at steps where candidates are drawn.
        pairs: preference pairs per night, both kinds together.
        window: newest decisions (or whole answers) in the replay buffer that a night samples from.
        content_window: newest content pairs that a night samples from.
        content_share: largest share of content pairs among a night's pairs.
        epochs: passes over a night's pairs.
        batch: pairs per optimiser step.
        rate: peak learning rate; decays linearly to 0 over the night.
        boost: extra ``rate`` and ``explore`` on the first day, as a share of them; halves every :data:`CALMER` days.
        beta: beta of DPO or KTO.
        sft: weight of the negative log-likelihood of the chosen answer in the loss.
        rank: rank of the LoRA matrices.
        layers: number of layers that the adapter changes, counted from the last; 0 is all.
        alpha: scale of the LoRA matrices.
        dropout: dropout of the LoRA matrices.
    """

    explore: Share
    speak_above: Share
    speak_above_taught: Share
    held_out: bool
    top_p: PositiveShare
    temperature: Positive
    recalled: Count
    pairs: AtLeastOne
    window: AtLeastOne
    content_window: AtLeastOne
    content_share: Share
    epochs: AtLeastOne
    batch: AtLeastOne
    rate: Positive
    boost: NotNegative
    beta: Positive
    sft: NotNegative
    rank: AtLeastOne
    layers: Count
    alpha: AtLeastOne
    dropout: Dropout

    def rate_on(self, day: int) -> float:
        """Return the learning rate of the night after a day.

        It is higher at first, when there is little to forget.
        """
        return self.rate * self._boosted(day)

    def explore_on(self, day: int) -> float:
        """Return the share of a day's silent steps at which candidates are drawn.

        It is higher at first, when little is known.
        """
        return min(1.0, self.explore * self._boosted(day))

    def _boosted(self, day: int) -> float:
        return 1 + self.boost * math.pow(0.5, (day - 1) / CALMER)


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model by name.

    Attributes:
        name: name of the preset; for any other model the value of ``--model``.
        source: ``homelm``, a hub id, a folder or a GGUF file.
        about: purpose of the model.
        tried: what the settings of its nights were tried on.
        teaching: sampling and training settings.
    """

    name: str
    source: str
    about: str
    tried: str
    teaching: Teaching


@cache
def _data() -> dict[str, Any]:
    raw: dict[str, Any] = safe_yaml.load(files(__package__).joinpath("presets.yaml").read_text(encoding="utf-8"))
    return raw


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets."""
    return tuple(_data()["models"])


def shapes() -> dict[str, Shape]:
    """Return the sizes of the hub models that the presets name, by hub id."""
    return msgspec.convert(_data()["shapes"], dict[str, Shape])


def preset(model: str, *, scheme: str = "factored", pairs: int = 0) -> Preset:
    """Return a preset by name; any other model is its own source, with the default settings.

    Args:
        model: value of ``--model``.
        scheme: ``factored`` or ``paper``.
        pairs: pairs per night; 0 takes the number of the preset and scheme.
    """
    raw = dict(_data()["models"].get(model, {"source": model, "about": "as given", "tried": UNTRIED}))
    source, about, tried = raw.pop("source"), raw.pop("about"), raw.pop("tried")
    chosen = {**_data()["defaults"], **raw, **(_data()["paper"] if scheme == "paper" else {})}
    teaching = msgspec.convert({**chosen, "pairs": pairs or chosen["pairs"]}, Teaching)
    return Preset(name=model, source=source, about=about, tried=tried, teaching=teaching)
