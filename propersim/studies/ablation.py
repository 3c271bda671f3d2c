"""The study ``ablation``: what memory, training and evidence bring."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from propersim.core.text import counted
from propersim.experiments.parts import Heading, Part, Picture, ReportTable, excludes_zero
from propersim.experiments.results import Result
from propersim.studies.dot_plot import dot_plot
from propersim.studies.figures import Figures

if TYPE_CHECKING:
    from propersim.studies.study import Study

FIGURES = ("f1", "welcome", "shown", "unwelcome", "score")
HEADS = ("F1", "welcome per day", "shown per day", "unwelcome", "score")
PAIRS = (
    ("ar", "none"),
    ("ars", "ar"),
    ("paper", "ars"),
    ("paper", "ar"),
    ("no-nights", "ars"),
    ("evidence", "no-nights"),
    ("evidence", "paper"),
    ("oracle", "evidence"),
)
"""Variants that are compared, the first minus the second."""
_MEMORIES = ("none", "ar", "ars")
_NO_USE = 0.05
"""F1 below which assistants are not compared by it."""


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants.
    """
    found = Figures(results)
    variants = [name for name in study.full.variants if name in found]
    rows = [
        [name, study.about[name], str(found.over(name)), *(found.cell(name, figure) for figure in FIGURES), f"{found.seconds(name):.0f}"]
        for name in variants
    ]
    differences = [_difference(found, first, second) for first, second in PAIRS if first in found and second in found]
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')} of {found.who}. {found.how} "
        "Unwelcome is the number in a run; seconds are the median over runs. Differences are over the personas and seeds that both "
        "variants have, so that they need not be those of the means above.",
        Heading("Figures over all days"),
        ReportTable(["variant", "what it is", "personas", *HEADS, "seconds per day"], rows),
        Heading("Differences over the same personas"),
        ReportTable(["difference", "personas", "F1", "unwelcome", "score", "more F1"], differences),
        _picture(found, variants),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found)),
    ]


def _difference(found: Figures, first: str, second: str) -> list[str]:
    personas = len(found.contrast(first, second, "f1")["each"])
    cells = (found.contrast_cell(first, second, name) for name in ("f1", "unwelcome", "score"))
    return [f"{first} − {second}", str(personas), *cells, found.higher_for(first, second)]


def _picture(found: Figures, variants: Sequence[str]) -> Picture:
    rows = [found.dot_row(name, name) for name in variants]
    caption = f"F1 over {counted(found.days, 'day')} by variant: a dot for each persona, a bar for the mean"
    return Picture(dot_plot("F1 by variant", "F1", rows, (0, 0.25, 0.5, 0.75, 1)), caption)


def _sentences(found: Figures) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    useless = [name for name in (*_MEMORIES, "paper") if name in found and (found.mean(name, "f1") or 0) < _NO_USE]
    if useless:
        said = ", ".join(f"{name} {found.mean(name, 'shown') or 0:.0f}" for name in useless)
        yield (
            f"F1 is below {_NO_USE} with {', '.join(useless)}: it cannot tell them apart. Recommendations shown per day: {said}. Each "
            "comes too soon after the one before to be welcome."
        )
    lower = [
        f"{name} {found.contrast_cell(name, 'silent', 'score')}"
        for name in (*_MEMORIES, "paper")
        if name in found and "silent" in found and (found.contrast(name, "silent", "score")["mean"] or 0) < 0
    ]
    if lower:
        yield f"Lower in score than an assistant that never speaks: {', '.join(lower)}."
    for first, second, claim in (
        ("paper", "ars", "The claim of the paper, training on preference pairs against ratings in the memory"),
        ("evidence", "no-nights", "The same of this version, nights against evidence that is only read"),
        ("evidence", "paper", "Default against the published scheme"),
    ):
        if first in found and second in found:
            f1, score = (found.contrast(first, second, name) for name in ("f1", "score"))
            more = sum(value > 0 for value in f1["each"].values())
            higher = sum(value > 0 for value in score["each"].values())
            yield (
                f"{claim} ({first} − {second}): {f1['mean'] or 0:+.2f} in F1, higher for {more} of {counted(len(f1['each']), 'persona')}; "
                f"{score['mean'] or 0:+.2f} in score, higher for {higher}."
            )
    if "evidence" in found and "no-nights" in found:
        less = sorted(persona for persona, value in found.contrast("evidence", "no-nights", "f1")["each"].items() if value < 0)
        if less:
            every = len(found.contrast("evidence", "no-nights", "f1")["each"])
            yield f"Nights lower F1 for {len(less)} of {counted(every, 'persona')}."
        unwelcome = found.contrast("evidence", "no-nights", "unwelcome")
        if unwelcome["mean"] is not None:
            sure = "; the interval excludes zero" if excludes_zero(unwelcome["interval"]) else ""
            yield f"Nights change the number of unwelcome recommendations of a run by {unwelcome['mean']:+.1f}{sure}."
