"""Figures of the study ``sensitivity``.

They are how far F1 moves, what was read in other words, and the means of the dimensions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean, pstdev
from typing import NamedTuple

from propersim.core.records import DIMENSIONS
from propersim.experiments.rescore import AS
from propersim.persona.library import load_persona
from propersim.studies.figures import Figures
from propersim.studies.rubric_variations import GROUPS, RuleChanges, Variation, rule_changes

MAIN = "evidence"
"""The variant whose runs are compared."""
BY_ORIGINAL = f"{MAIN}{AS}original"
"""Its runs, rated by the rubric of the persona that theirs was made from."""
NOTHING, WORDING = "nothing", "wording"
WHAT = {NOTHING: "nothing: other days", "windows": "windows ± 15 minutes", "gap": "G_min ± 25 %", WORDING: "wording"}
"""The groups of variations, in words."""


class Spread(NamedTuple):
    """How far F1 moves with the variations of a group.

    Attributes:
        differences: F1 minus that of the persona itself, by persona and kind.
        deviations: standard deviation of F1 over the persona itself and the variations of the group, by persona.
    """

    differences: Mapping[tuple[str, str], float]
    deviations: Mapping[str, float]

    @property
    def mean(self) -> float | None:
        """Mean difference."""
        return fmean(self.differences.values()) if self.differences else None

    @property
    def distance(self) -> float | None:
        """Mean absolute difference."""
        return fmean(map(abs, self.differences.values())) if self.differences else None

    @property
    def largest(self) -> tuple[str, str] | None:
        """Persona and kind of the largest absolute difference."""
        return max(self.differences, key=lambda pair: (abs(self.differences[pair]), pair), default=None)


class Told(NamedTuple):
    """A wording of a persona's rubric, and what came of it.

    Attributes:
        persona: id of the persona.
        made: the persona that was made of it.
        changes: how the rules that were read differ from those of the persona; None where none were read.
        other: dimensions that were read with other rules.
        f1: F1 under the rules that were read; None where there is none.
        own: F1 of the persona itself; likewise.
    """

    persona: str
    made: Variation
    changes: RuleChanges | None
    other: Sequence[str]
    f1: float | None
    own: float | None


def told_of(found: Figures, made: Mapping[str, Mapping[str, Variation]]) -> Iterator[Told]:
    """Yield the wordings of the personas, and what came of them.

    Args:
        found: the figures.
        made: the variations of each persona, by kind.
    """
    for persona, each in made.items():
        rubric = load_persona(persona).rubric
        for kind in GROUPS[WORDING]:
            one = each.get(kind)
            if one is None:
                continue
            made_rubric = one.persona.rubric if one.persona is not None else None
            changes = rule_changes(made_rubric, rubric, one.read) if made_rubric is not None else None
            other = [name for name in one.read if made_rubric is not None and not rule_changes(made_rubric, rubric, (name,)).same]
            f1 = found.by_persona(label(kind), "f1").get(persona) if label(kind) in found else None
            yield Told(persona, one, changes, other, f1, found.by_persona(MAIN, "f1").get(persona))


def doubted(told: Iterable[Told]) -> tuple[int, int]:
    """Return the number of texts that were read with other rules, and of those with a doubt."""
    wrong = [one.made.doubts.get(name, 0) > 0 for one in told for name in one.other]
    return len(wrong), sum(wrong)


def label(kind: str, variant: str = MAIN) -> str:
    """Return the label of a variant of personas of a kind."""
    return f"{variant} {kind}"


def spread(found: Figures, kinds: Iterable[str]) -> Spread:
    """Return how far F1 moves with some kinds of variations.

    Args:
        found: the figures.
        kinds: the kinds of a group; those without results are left out.
    """
    own = found.by_persona(MAIN, "f1")
    values: dict[str, dict[str, float]] = {}
    for kind in kinds:
        for persona, value in found.by_persona(label(kind), "f1").items():
            if persona in own:
                values.setdefault(persona, {})[kind] = value
    differences = {(persona, kind): value - own[persona] for persona, each in values.items() for kind, value in each.items()}
    return Spread(differences, {persona: pstdev([own[persona], *each.values()]) for persona, each in values.items()})


def shared_personas(found: Figures, variants: Iterable[str]) -> set[str]:
    """Return the personas that all of some variants have a score of."""
    shared = set(found.personas)
    for name in variants:
        shared &= found.by_persona(name, "score").keys()
    return shared


def dimension_means(found: Figures, variants: Iterable[str]) -> dict[str, tuple[float, ...]]:
    """Return the mean of each dimension by variant, over the personas that all of them have.

    Args:
        found: the figures.
        variants: variants; those without results are left out.
    """
    there = [name for name in variants if name in found]
    shared = shared_personas(found, there)
    if not shared:
        return {}
    return {
        name: tuple(fmean(found.by_persona(name, dimension)[persona] for persona in sorted(shared)) for dimension in DIMENSIONS)
        for name in there
    }
