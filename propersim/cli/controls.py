"""``propersim controls``: score the silent, eager, random and oracle controls per persona."""

from __future__ import annotations

import json
from collections.abc import Sequence

from propersim.cli.console import markdown_table, progress
from propersim.cli.tables import print_table
from propersim.persona.library import load_persona, persona_ids
from propersim.simulation.persona_check import PersonaCheck, check_persona

_FIGURES = ("receptive", "silent", "eager", "random", "oracle", "margin", "oracle_a_day", "oracle_in_band")
_HEADS = (
    *("persona", "traits", "preferences", "per day", "receptive"),
    *("silent", "eager", "random", "oracle", "margin", "oracle per day", "in band"),
)


def print_controls(
    which: Sequence[str] | None, *, days: int, seeds: int, as_json: bool, wide: bool = False, markdown: bool = False
) -> None:
    """Simulate the controls for personas, and print a table, or JSON.

    The last row of the table has the means.

    Args:
        which: ids or paths of personas; all built-in ones where there are none.
        days: simulated days per run.
        seeds: number of seeds, which are pooled.
        as_json: print JSON.
        wide: print all columns on a terminal too, however wide.
        markdown: print a Markdown table.
    """
    names = which or persona_ids()
    rows = []
    with progress("controls", len(names), "personas") as advance:
        for done, name in enumerate(names):
            advance(done, name)
            rows.append(check_persona(load_persona(name), days=days, seeds=range(seeds), with_random=True))
    if as_json:
        print(json.dumps([_plain(row) for row in rows]))
        return
    means = _figures(*(sum(getattr(row, key) for row in rows) / len(rows) for key in _FIGURES))
    lines = [_cells(row) for row in rows]
    if markdown:
        print(markdown_table(_HEADS, [*lines, ["**mean**", "", "", "", *means]]))
    else:
        lines.append(["mean", "", "", "", *means])
        print_table(_HEADS, lines, numbers=_HEADS[3:], drop=("preferences", "traits"), wide=wide)


def _cells(row: PersonaCheck) -> list[str]:
    persona = row.persona
    kind = "conditional" if persona.conditional else "not conditional"
    band = persona.rubric.frequency.band
    return [f"{persona.id} {persona.name}", persona.big_five.short, kind, band, *_figures(*(getattr(row, key) for key in _FIGURES))]


def _figures(*figures: float) -> list[str]:
    receptive, *scores, per_day, in_band = figures
    return [f"{receptive:.0%}", *(f"{score:.2f}" for score in scores), f"{per_day:.1f}", f"{in_band:.0%}"]


def _plain(row: PersonaCheck) -> dict[str, object]:
    return {"persona": row.persona.id, **{key: getattr(row, key) for key in _FIGURES}}
