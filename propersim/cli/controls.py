"""``propersim controls``: the table of what silent, eager, random and oracle score for each persona."""

from __future__ import annotations

import json
from collections.abc import Sequence

from propersim.persona.library import load_persona, persona_ids
from propersim.simulation.persona_check import Propriety, examine


def print_controls(which: Sequence[str] | None, *, days: int, seeds: int, as_json: bool) -> None:
    """Examine personas and print a Markdown table (or JSON), means at the end."""
    rows = []
    if not as_json:
        print("| persona | traits | wishes | a day | receptive | silent | eager | random | oracle | margin | oracle a day | in band |")
        print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    for name in which or persona_ids():
        row = examine(load_persona(name), days=days, seeds=range(seeds), with_random=True)
        rows.append(row)
        if not as_json:
            print(_line(row), flush=True)
    if as_json:
        print(json.dumps([_plain(row) for row in rows]))
        return
    print(_row("**mean**", "", "", "", *(sum(getattr(row, key) for row in rows) / len(rows) for key in _FIGURES)))


_FIGURES = ("receptive", "silent", "eager", "random", "oracle", "margin", "oracle_a_day", "oracle_in_band")


def _line(row: Propriety) -> str:
    p, rate = row.persona, row.persona.rubric.frequency
    kind = "conditional" if p.conditional else "simple"
    band = f"{rate.min_per_day:g}–{rate.max_per_day:g}"
    return _row(f"{p.id} {p.name}", p.big_five.short, kind, band, *(getattr(row, key) for key in _FIGURES))


def _row(name: str, traits: str, kind: str, band: str, *figures: float) -> str:
    receptive, silent, eager, chance, oracle, margin, a_day, in_band = figures
    scores = " | ".join(f"{value:.2f}" for value in (silent, eager, chance, oracle, margin))
    return f"| {name} | {traits} | {kind} | {band} | {receptive:.0%} | {scores} | {a_day:.1f} | {in_band:.0%} |"


def _plain(row: Propriety) -> dict[str, object]:
    return {"persona": row.persona.id, **{key: getattr(row, key) for key in _FIGURES}}
