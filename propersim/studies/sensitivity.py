"""The study ``sensitivity``: how much figures depend on details of the rubric."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from propersim.core.records import DIMENSIONS
from propersim.core.text import counted
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, number
from propersim.experiments.rescore import AS
from propersim.experiments.results import Result
from propersim.persona.library import load_persona
from propersim.persona.model import Persona
from propersim.studies.dot_plot import DotRow, dot_plot
from propersim.studies.figures import Figures
from propersim.studies.rubric_variations import ABOUT, GROUPS, Variation, variations_of
from propersim.studies.sensitivity_figures import (
    BY_ORIGINAL,
    MAIN,
    NOTHING,
    WHAT,
    WORDING,
    Spread,
    Told,
    dimension_means,
    doubted,
    label,
    shared_personas,
    spread,
    told_of,
)
from propersim.studies.sensitivity_sentences import judge_sentences, spread_sentences, told_sentences, weight_sentences
from propersim.studies.variations import SIGN, as_variants
from propersim.studies.weights import EQUAL, neighbours, order, share, weightings

if TYPE_CHECKING:
    from propersim.studies.study import Study

_TICKS = (-1, -0.5, 0, 0.5, 1)


def variations(persona: Persona) -> list[Persona]:
    """Return the persona itself, and the personas with another rubric that are made from it."""
    return [persona, *(one.persona for one in variations_of(persona) if one.persona is not None)]


def rated_as(result: Result) -> Persona | None:
    """Return the persona that a run's persona was made from: its rubric rates the run again."""
    persona, sign, _ = result.persona.partition(SIGN)
    return load_persona(persona) if sign and result.variant == MAIN else None


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    What there are no results for is left out: variations, runs that were rated again, or variants whose scores are compared.

    Args:
        study: the study.
        results: results of its variants.
    """
    labelled = [one._replace(variant=BY_ORIGINAL if one.variant.startswith(f"{MAIN}{AS}") else one.variant) for one in results]
    found = Figures(as_variants(labelled))
    kinds = [kind for group in GROUPS.values() for kind in group if label(kind) in found]
    # What the compiler reads needs no runs: it is that of all personas of the study.
    asked = study.full.personas if kinds else ()
    made = {persona: {one.kind: one for one in variations_of(load_persona(persona))} for persona in asked}
    spreads = {group: spread(found, each) for group, each in GROUPS.items() if any(kind in kinds for kind in each)}
    told = list(told_of(found, made))
    report: list[Part] = [
        f"{counted(found.runs, 'result')} of {counted(found.days, 'day')} of {found.who}. {found.how} Unwelcome is the number in a run."
    ]
    if kinds and MAIN in found:
        report += _variation_parts(found, kinds, spreads)
        report += _wording_parts(told)
        report += _left_out(made)
        report += _judge_parts(found, kinds)
    elif "noisy" in found and MAIN in found:
        report += _judge_parts(found, ())
    means = dimension_means(found, (*study.full.variants, *study.also))
    report += _weight_parts(found, means)
    if kinds and MAIN in found:
        report.append(_picture(found, kinds))
    sentences = [*spread_sentences(spreads), *told_sentences(told), *judge_sentences(found, kinds), *weight_sentences(found, means)]
    return [*report, Heading("What came out"), "\n".join(f"- {sentence}" for sentence in sentences)]


# -- variations ---------------------------------------------------------------------------------------------------------


def _variation_parts(found: Figures, kinds: Sequence[str], spreads: Mapping[str, Spread]) -> Iterator[Part]:
    yield Heading("How far F1 moves")
    yield ReportTable(
        ["what is other", "pairs", "mean difference in F1", "mean distance", "largest", "SD within a persona"],
        [_spread_row(group, one) for group, one in spreads.items()],
        "Each persona with a variation against the persona itself. The days of a persona follow from its id, so that each variation has "
        "other days: distances are to be compared with those of the first line",
    )
    own = ["itself", "", str(found.over(MAIN)), *_cells(found, MAIN), "", ""]
    rows = [
        [
            kind,
            ABOUT[kind],
            str(found.over(label(kind))),
            *_cells(found, label(kind)),
            found.contrast_cell(label(kind), MAIN, "f1"),
            found.higher_for(label(kind), MAIN),
        ]
        for kind in kinds
    ]
    heads = ["variation", "what it is", "personas", "F1", "oracle welcome per day", "shown per day", "unwelcome", "difference in F1"]
    yield ReportTable([*heads, "more F1"], [own, *rows], "Each kind, under its own rubric")


def _cells(found: Figures, variant: str) -> list[str]:
    return [found.cell(variant, name) for name in ("f1", "oracle_welcome", "shown", "unwelcome")]


def _spread_row(group: str, one: Spread) -> list[str]:
    if one.mean is None or one.distance is None:
        return [WHAT[group], "0", "–", "–", "–", "–"]
    largest = one.largest
    assert largest is not None
    return [
        WHAT[group],
        str(len(one.differences)),
        f"{one.mean:+.2f}",
        number("f1", one.distance),
        f"{one.differences[largest]:+.2f} {largest[0]} {largest[1]}",
        number("f1", fmean(one.deviations.values())),
    ]


# -- wordings -----------------------------------------------------------------------------------------------------------


def _wording_parts(told: Sequence[Told]) -> Iterator[Part]:
    if not told:
        return
    yield Heading("Rubrics in other words")
    yield (
        f"The compiler read the rubrics of {counted(len({one.persona for one in told}), 'persona')} in other wordings; no runs are needed "
        "for that. Where it refuses the text of a dimension, the persona keeps its own rules there, and they are not counted. A doubt is a "
        "reading that the compiler reports as not understood or unsure."
    )
    heads = ["wording", "texts", "refused", "read with other rules", "with a doubt", "rules", "kept", "lost", "changed", "added"]
    yield ReportTable(heads, [_reading_row([one for one in told if one.made.kind == kind], kind) for kind in GROUPS[WORDING]])
    rows = [
        [
            one.persona,
            one.made.kind,
            ", ".join(one.made.refused) or "–",
            *(str(value) for value in one.changes),
            number("f1", one.f1),
            "–" if one.own is None else f"{one.f1 - one.own:+.2f}",
        ]
        for one in told
        if one.f1 is not None and one.changes is not None
    ]
    if rows:
        heads = ["persona", "wording", "refused", "rules", "kept", "lost", "changed", "added", "F1", "difference"]
        yield ReportTable(heads, rows, "Those that were run, under the rules that were read")


def _reading_row(told: Sequence[Told], kind: str) -> list[str]:
    """Return what the compiler reads in a kind of wording."""
    wrong, warned = doubted(told)
    counts = [sum(one.changes[at] for one in told if one.changes is not None) for at in range(5)]
    refused = sum(len(one.made.refused) for one in told)
    return [kind, str(len(told) * len(DIMENSIONS)), str(refused), str(wrong), str(warned), *map(str, counts)]


def _left_out(made: Mapping[str, Mapping[str, Variation]]) -> Iterator[Part]:
    reasons = [f"{persona} {kind}: {one.problem}" for persona, each in made.items() for kind, one in each.items() if one.problem]
    if reasons:
        yield f"Left out: {'; '.join(reasons)}."


# -- judges -------------------------------------------------------------------------------------------------------------


def _judge_parts(found: Figures, kinds: Sequence[str]) -> Iterator[Part]:
    rows = [
        [
            kind,
            str(found.over(label(kind, BY_ORIGINAL))),
            found.cell(label(kind), "f1"),
            found.cell(label(kind, BY_ORIGINAL), "f1"),
            found.contrast_cell(label(kind, BY_ORIGINAL), label(kind), "f1"),
            found.contrast_cell(label(kind, BY_ORIGINAL), MAIN, "f1"),
            found.contrast_cell(label(kind, BY_ORIGINAL), MAIN, "unwelcome"),
        ]
        for kind in kinds
        if label(kind, BY_ORIGINAL) in found
    ]
    if "noisy" in found:
        rows.append(
            [
                "noisy ratings",
                str(found.over("noisy")),
                "–",
                found.cell("noisy", "f1"),
                "–",
                found.contrast_cell("noisy", MAIN, "f1"),
                found.contrast_cell("noisy", MAIN, "unwelcome"),
            ]
        )
    if not rows:
        return
    yield Heading("Trained under one judge, scored under another")
    yield (
        "The assistant learned from the ratings of the variation; its recommendations are then rated by the original rubric, with the "
        "clocks and the oracle of that rubric. The change is that of the same runs; where nothing but the days is other, there is none. "
        "The difference is to runs that were trained and scored under the original, on other days."
    )
    heads = ["trained under", "personas", "F1 there", "F1 by the original", "change", "difference in F1", "more unwelcome"]
    yield ReportTable(heads, rows)


# -- weights ------------------------------------------------------------------------------------------------------------


def _weight_parts(found: Figures, means: Mapping[str, Sequence[float]]) -> Iterator[Part]:
    if len(means) < 2:
        return
    shared = shared_personas(found, means)
    yield Heading("Weights of the dimensions")
    yield (
        f"Means over the {counted(len(shared), 'persona')} that all variants have ({', '.join(sorted(shared))}), F1 too. The score is the "
        f"sum of the four; F1 knows no weights. All {len(weightings())} weightings in tenths are tried, each dimension with a tenth or "
        "more."
    )
    rows = [
        [name, *(f"{value:.3f}" for value in means[name]), f"{sum(means[name]):.2f}", _mean_f1(found, name, shared)]
        for name in order(means, EQUAL)
    ]
    yield ReportTable(["variant", *DIMENSIONS, "score", "F1"], rows, "By score at equal weights")
    rows = [
        [f"{one.first} − {one.second}", *(f"{value:+.3f}" for value in one.by_dimension), share(one.higher)] for one in neighbours(means)
    ]
    yield ReportTable(
        ["difference", *DIMENSIONS, "higher score in"], rows, "Each variant against the next one, and the share of weightings"
    )


def _mean_f1(found: Figures, variant: str, personas: Collection[str]) -> str:
    values = [value for persona, value in found.by_persona(variant, "f1").items() if persona in personas]
    return number("f1", fmean(values)) if values else "–"


# -- picture and sentences ----------------------------------------------------------------------------------------------


def _picture(found: Figures, kinds: Sequence[str]) -> Picture:
    rows = []
    for name, variant in (
        *((kind, label(kind)) for kind in kinds),
        *((f"{kind}, by the original", label(kind, BY_ORIGINAL)) for kind in kinds if kind not in GROUPS[NOTHING]),
    ):
        if variant not in found:
            continue
        one = found.contrast(variant, MAIN, "f1")
        text = "–" if one["mean"] is None else f"{one['mean']:+.2f}"
        rows.append(DotRow(name, one["mean"], one["interval"], list(one["each"].values()), text))
    caption = (
        f"F1 over {counted(found.days, 'day')} minus that of the persona itself, under the rubric of the variation and by the original "
        "one: a dot for each persona, a bar for the mean"
    )
    return Picture(dot_plot("F1 of evidence with another rubric", "difference in F1", rows, _TICKS), caption)
