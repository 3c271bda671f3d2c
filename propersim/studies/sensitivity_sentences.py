"""Sentences of the study ``sensitivity``: what the figures say, with where they disappoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean

from propersim.core.records import DIMENSIONS
from propersim.core.text import counted
from propersim.studies.figures import Figures
from propersim.studies.rubric_variations import GROUPS, RuleChanges
from propersim.studies.sensitivity_figures import BY_ORIGINAL, MAIN, NOTHING, WHAT, Spread, Told, doubted, label
from propersim.studies.weights import APART, pairs_apart, share


def spread_sentences(spreads: Mapping[str, Spread]) -> Iterator[str]:
    """Yield how far F1 moves with each group of variations, against other days."""
    noise = spreads.get(NOTHING)
    if noise is not None and noise.distance is not None:
        yield (
            f"The same rubric on other days moves F1 by {noise.distance:.2f} on average ({counted(len(noise.differences), 'pair')}); "
            "a distance of that size shows no effect."
        )
    for group, one in spreads.items():
        largest = one.largest
        if group == NOTHING or one.mean is None or one.distance is None or largest is None:
            continue
        against = ""
        if noise is not None and noise.distance:
            against = f", {one.distance / noise.distance:.1f} times that of other days"
        yield (
            f"{WHAT[group]}: F1 moves by {one.distance:.2f} on average{against}, in the mean by {one.mean:+.2f}; most for {largest[0]} "
            f"({largest[1]}: {one.differences[largest]:+.2f})."
        )


def told_sentences(told: Sequence[Told]) -> Iterator[str]:
    """Yield how much of the rubrics the compiler reads in other words."""
    read = [one.changes for one in told if one.changes is not None and one.changes.rules]
    if not read:
        return
    rules = sum(one.rules for one in read)
    texts = len(told) * len(DIMENSIONS)
    by_kind: dict[str, int] = {}
    for one in told:
        by_kind[one.made.kind] = by_kind.get(one.made.kind, 0) + len(one.made.refused)
    refused = sum(by_kind.values())
    who = ", ".join(f"{kind} {count}" for kind, count in by_kind.items() if count)
    kept, lost, changed, added = (sum(one[at] for one in read) for at in range(1, 5))
    yield (
        f"Of {texts} texts in other words the compiler refuses {refused}{f' ({who})' if who else ''}. Of the {rules} rules of the others "
        f"it reads {kept} ({100 * kept / rules:.0f} %) as they stand, loses {lost}, changes {changed} and adds {added}."
    )
    wrong, warned = doubted(told)
    yield (
        f"Texts that it reads with other rules: {wrong} of {texts - refused}. It reports a doubt in {warned} of them, and none in "
        f"{wrong - warned}."
    )
    each: dict[str, list[RuleChanges]] = {}
    for one in told:
        if one.changes is not None and one.changes.rules:
            each.setdefault(one.made.kind, []).append(one.changes)
    counts = {kind: (sum(one.kept for one in some), sum(one.rules for one in some)) for kind, some in each.items()}
    ranked = sorted(counts.items(), key=lambda pair: -pair[1][0] / pair[1][1])
    said = ", ".join(f"{kind} {100 * mine / every:.0f} % of {every}" for kind, (mine, every) in ranked)
    same = sum(one.changes is not None and one.changes.same and not one.made.refused for one in told)
    yield f"Rules kept by wording: {said}. {same} of {counted(len(told), 'wording')} give exactly the rules of the persona."


def judge_sentences(found: Figures, kinds: Sequence[str]) -> Iterator[str]:
    """Yield what training under one judge comes to under another.

    Args:
        found: the figures.
        kinds: the kinds of variations that there are results of.
    """
    for group, each in GROUPS.items():
        if group == NOTHING or MAIN not in found:
            continue
        both = [(label(kind, BY_ORIGINAL), label(kind), kind) for kind in each if kind in kinds and label(kind, BY_ORIGINAL) in found]
        pairs = [(value, persona, kind) for mine, own, kind in both for persona, value in found.contrast(mine, own, "f1")["each"].items()]
        trained = [value for mine, *_ in both for value in found.contrast(mine, MAIN, "f1")["each"].values()]
        if pairs and trained:
            value, persona, kind = min(pairs)
            yield (
                f"Trained under another rubric ({WHAT[group]}) and scored by the original, F1 is {fmean(one for one, *_ in pairs):+.2f} "
                f"from that of the same runs under their own rubric ({counted(len(pairs), 'run')}), lowest for {persona} ({kind}: "
                f"{value:+.2f}), and {fmean(trained):+.2f} from that of training under the original."
            )
    if "noisy" in found and MAIN in found:
        one = found.contrast("noisy", MAIN, "f1")
        more = sum(value > 0 for value in one["each"].values())
        yield (
            f"Trained by noisy ratings and scored by the true ones, F1 is {one['mean'] or 0:+.2f} apart, higher for {more} of "
            f"{counted(len(one['each']), 'persona')}."
        )


def weight_sentences(found: Figures, means: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """Yield which variants change places under other weights of the dimensions.

    Args:
        found: the figures.
        means: mean of each dimension by variant.
    """
    if len(means) < 2:
        return
    pairs = pairs_apart(means)
    kept = [one for one in pairs if one.higher == 1]
    yield (
        f"Pairs of variants that are {APART} or more apart in score and keep their order under all weightings: {len(kept)} of {len(pairs)}."
    )
    for one in pairs:
        against = [f"{name} ({value:+.3f})" for name, value in zip(DIMENSIONS, one.by_dimension, strict=True) if value < 0]
        if one.higher < 1:
            yield f"{one.first} is above {one.second} under {share(one.higher)} of the weightings: {' and '.join(against)} against it."
    f1 = {name: value for name in means if (value := found.mean(name, "f1")) is not None}
    other = [f"{one.first} above {one.second}" for one in pairs if f1.get(one.first, 0) <= f1.get(one.second, 0) - APART]
    yield (
        f"By score, but not by F1: {', '.join(other)}."
        if other
        else f"No pair has the opposite order by F1, where that differs by {APART} or more."
    )
