"""Models by name, and how each is taught: data, in ``presets.yaml``."""

from __future__ import annotations

import math
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec

from propersim.core import safe_yaml
from propersim.models.shape import Shape

CALMER = 2
"""Days in which the first days' higher rate, and share of explored steps, fall by half."""


class Teaching(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a model draws its answers and learns from their ratings.

    Attributes:
        explore: share of the silent steps at which spoken candidates are drawn all the same; more on the first days, as ``boost`` says.
        top_p: content is sampled from the smallest set of tokens with this much probability.
        temperature: of the sampling.
        recalled: good suggestions of before that are rated beside the new ones wherever candidates are drawn.
        pairs: preference pairs a night, both kinds together.
        window: newest decisions (or whole answers) that replay draws from.
        content_window: newest content pairs that it draws from.
        content_share: of them that compare contents, at most.
        epochs: how often a night's pairs are gone through.
        batch: pairs a step of the optimiser.
        rate: highest learning rate; decays to 0 over the night.
        boost: how much higher rate and ``explore`` are on the first day, as a share of them; halves every :data:`CALMER` days.
        beta: of DPO or KTO.
        sft: weight of the likelihood of the chosen answer.
        rank: of the LoRA matrices.
        layers: the adapter changes so many layers, counted from the last; 0 is all.
        alpha: scale of the LoRA.
        dropout: of the LoRA.
    """

    explore: float
    top_p: float
    temperature: float
    recalled: int
    pairs: int
    window: int
    content_window: int
    content_share: float
    epochs: int
    batch: int
    rate: float
    boost: float
    beta: float
    sft: float
    rank: int
    layers: int
    alpha: int
    dropout: float

    def rate_on(self, day: int) -> float:
        """Return the learning rate of a day's night: the first nights have little to forget, the later ones much to keep."""
        return self.rate * self._boosted(day)

    def explore_on(self, day: int) -> float:
        """Return the share of a day's silent steps with candidates: in the first days there is much to find out."""
        return min(1.0, self.explore * self._boosted(day))

    def _boosted(self, day: int) -> float:
        return 1 + self.boost * math.pow(0.5, (day - 1) / CALMER)


class Preset(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A model by name.

    Attributes:
        name: of the preset; for anything else, what was given.
        source: ``homelm``, a hub id, a folder or a GGUF file.
        about: what it is for.
        teaching: how it is taught.
    """

    name: str
    source: str
    about: str
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
    """Return a preset by name; what is no name is a source of its own, taught by the defaults.

    Args:
        model: as given with ``--model``.
        scheme: ``factored`` or ``paper``.
        pairs: pairs a night; 0 is what preset and scheme say.
    """
    raw = dict(_data()["models"].get(model, {"source": model, "about": "as given"}))
    source, about = raw.pop("source"), raw.pop("about")
    chosen = {**_data()["defaults"], **raw, **(_data()["paper"] if scheme == "paper" else {})}
    teaching = msgspec.convert({**chosen, "pairs": pairs or chosen["pairs"]}, Teaching)
    return Preset(name=model, source=source, about=about, teaching=teaching)
