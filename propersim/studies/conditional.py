"""The study ``conditional``: likes that depend on hour and activity, against others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from propersim.core.text import counted
from propersim.experiments.parts import Heading, Part, Picture, ReportTable
from propersim.experiments.results import Result
from propersim.persona.model import Like, Persona, Preference
from propersim.studies.dot_plot import dot_plot
from propersim.studies.figures import Figures
from propersim.studies.variations import as_variants, renamed

if TYPE_CHECKING:
    from propersim.studies.study import Study

KINDS = {"": "conditional", "one": "one like", "all": "all likes"}
"""Kinds of a persona, and in words which likes each has: its own, its longest one at any time, or all of them at any time."""
LEARNERS = ("no-nights", "no-evidence", "evidence", "shown")
"""Variants of which the loss by conditions is told."""
HOPEFUL = {"evidence optimism=0.5": "evidence", "shown optimism=0.5": "shown"}
"""Variants with optimism, and the same without."""
FIGURES = ("f1", "oracle_welcome", "shown", "unwelcome", "preference", "score")
HEADS = ("F1", "oracle welcome per day", "shown per day", "unwelcome", "preference", "score")

_HARDLY = 0.5
"""Recommendations shown per day below which an assistant hardly speaks."""


def variations(persona: Persona) -> list[Persona]:
    """Return the persona, and the same with one or all of its likes at any time.

    With one like as many topics are welcome at a time as before; with all of them there are more. Windows, rate and tones stay.
    """
    likes = persona.rubric.preference.likes
    longest = max(likes, key=lambda like: len(like.topics))
    every = tuple(dict.fromkeys(topic for like in likes for topic in like.topics))
    return [persona, _unconditional(persona, "one", longest.topics), _unconditional(persona, "all", every)]


def _unconditional(persona: Persona, kind: str, topics: Sequence[str]) -> Persona:
    own = persona.rubric.preference
    named = f"At any hour and whatever I am doing I am glad to hear of {', '.join(topics)}."
    never = f" Never of {', '.join(own.dislikes)}." if own.dislikes else ""
    preference = Preference(text=named + never, likes=(Like(topics=tuple(topics)),), dislikes=own.dislikes)
    return renamed(persona, kind, rubric=persona.rubric.model_copy(update={"preference": preference}).model_dump())


def label(variant: str, kind: str) -> str:
    """Return the name of a variant with personas of a kind."""
    return f"{variant} {kind}" if kind else variant


def parts(study: Study, results: Sequence[Result]) -> list[Part]:
    """Return the report of the study.

    Args:
        study: the study.
        results: results of its variants.
    """
    found = Figures(as_variants(results))
    there = [(name, kind) for name in study.full.variants for kind in KINDS if label(name, kind) in found]
    rows = []
    for name, kind in there:
        key = label(name, kind)
        rows.append([name, study.about[name], KINDS[kind], str(found.over(key)), *(found.cell(key, figure) for figure in FIGURES)])
    losses = [
        [name, KINDS[kind], *_difference(found, name, label(name, kind), ("f1", "unwelcome", "preference"))]
        for name, kind in there
        if kind and name in found
    ]
    hopes = [
        [name, KINDS[kind], *_difference(found, label(name, kind), label(without, kind), ("f1", "unwelcome"))]
        for name, without in HOPEFUL.items()
        for kind in KINDS
        if label(name, kind) in found and label(without, kind) in found
    ]
    return [
        f"{counted(found.runs, 'run')} of {counted(found.days, 'day')} of {found.who}, each in three kinds: with its conditional likes, "
        "with its longest like at any time (as many topics are welcome at a time), and with all its likes at any time. Windows, rate and "
        f"tones are the same. {found.how} Unwelcome is the number in a run; preference is the mean over steps, silence included.",
        Heading("Figures over all days"),
        ReportTable(["variant", "what it is", "likes", "personas", *HEADS], rows),
        Heading("What conditions cost"),
        ReportTable(
            ["variant", "against", "F1", "unwelcome", "preference", "lower F1"], losses, "Conditional minus unconditional, same personas"
        ),
        Heading("Optimism where a topic was never rated"),
        ReportTable(["variant", "likes", "F1", "unwelcome", "lower F1"], hopes, "With optimism minus without"),
        _picture(found, there),
        Heading("What came out"),
        "\n".join(f"- {sentence}" for sentence in _sentences(found)),
    ]


def _difference(found: Figures, first: str, second: str, figures: Sequence[str]) -> list[str]:
    """Return the cells of a difference, and for how many personas F1 is lower."""
    each = found.contrast(first, second, "f1")["each"]
    return [*(found.contrast_cell(first, second, one) for one in figures), f"{sum(value < 0 for value in each.values())} of {len(each)}"]


def _picture(found: Figures, there: Sequence[tuple[str, str]]) -> Picture:
    rows = [found.dot_row(f"{name}, {KINDS[kind]}", label(name, kind)) for name, kind in there]
    caption = f"F1 over {counted(found.days, 'day')} by variant and kind of likes: a dot for each persona, a bar for the mean"
    return Picture(dot_plot("F1 by variant and kind of likes", "F1", rows, (0, 0.25, 0.5, 0.75, 1)), caption)


def _sentences(found: Figures) -> Iterator[str]:
    """Yield what the figures say, with where they disappoint."""
    for kind, same in (("one", "with as many topics welcome at a time"), ("all", "with all topics welcome at any time")):
        costs = {
            name: found.contrast(name, label(name, kind), "f1")
            for name in LEARNERS
            if name in found and label(name, kind) in found and found.contrast(name, label(name, kind), "f1")["mean"] is not None
        }
        if costs:
            told = ", ".join(f"{name} {one['mean']:+.2f}" for name, one in costs.items())
            clear = [name for name, one in costs.items() if one["interval"] is not None and one["interval"][1] < 0]
            sure = f"the intervals of {', '.join(clear)} exclude zero" if clear else "no interval excludes zero"
            few = all(one["interval"] is None for one in costs.values())
            yield f"Conditions change F1, against personas {same}: {told}{'' if few else f'; {sure}'}."
    for name, without in HOPEFUL.items():
        if name in found and without in found:
            f1, unwelcome = (found.contrast(name, without, figure) for figure in ("f1", "unwelcome"))
            more = sum(value > 0 for value in f1["each"].values())
            yield (
                f"Optimism with {without} and conditional likes: {f1['mean'] or 0:+.2f} in F1, higher for {more} of "
                f"{counted(len(f1['each']), 'persona')}; {unwelcome['mean'] or 0:+.1f} unwelcome recommendations in a run."
            )
    quiet = [name for name in LEARNERS if name in found and (found.mean(name, "shown") or 0) < _HARDLY]
    if quiet:
        yield f"Hardly a word is said with {', '.join(quiet)} (fewer than {_HARDLY:g} recommendations a day): its F1 is that of silence."
    both = [name for name in ("no-nights", "no-evidence", "evidence") if name in found and found.mean(name, "f1") is not None]
    if len(both) > 1:
        best = max(both, key=lambda name: found.mean(name, "f1") or 0)
        told = ", ".join(f"{name} {found.mean(name, 'f1') or 0:.2f}" for name in both)
        yield f"With conditional likes F1 is {told}: {best} is highest."
    if "oracle" in found:
        gaps = [f"{KINDS[kind]} {found.mean(label('oracle', kind), 'shown') or 0:.1f}" for kind in KINDS if label("oracle", kind) in found]
        yield f"What is possible: the oracle shows {', '.join(gaps)} a day. F1 is against the oracle of the same kind."
