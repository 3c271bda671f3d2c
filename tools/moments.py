"""Ask the base and the newest adapter of stored runs about the same moments: ``python -m tools.moments DB RUN:STEP…``.

Writes docs/results/moments.json, of which the page of results shows a table (see :mod:`tools.results_page`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, TypeVar

from propersim.core.clock import format_time
from propersim.inspector.inspector import Inspector
from propersim.inspector.protocol import Ask, Asked, Favoured, Favours, Map, Mapped, Question, Trouble
from propersim.store.store import Store
from tools.results_page import MOMENTS

Found = TypeVar("Found", Asked, Mapped, Favoured)


def answer(db: Path, run: str, question: Question, kind: type[Found]) -> Found:
    """Return the inspector's answer to a question.

    Raises:
        SystemExit: there is none.
    """
    for one in Inspector(db, run).answer(question):
        if isinstance(one, Trouble):
            raise SystemExit(f"{one.message}; {one.hint}")
        if isinstance(one, kind):
            return one
    raise SystemExit(f"run {run}: no answer")


def asked(db: Path, run: str, index: int, day: int | None) -> dict[str, Any]:
    """Return how an adapter answers a step: its probability of speaking, and suggestions with their scores."""
    found = answer(db, run, Ask(index, day), Asked)
    said = [{"text": one.text, "score": one.rating.score} for one in found.said]
    return {"p_speak": round(found.p_speak, 3), "silence": found.silence.rating.score, "said": said}


def learned(db: Path, run: str, day: int) -> dict[str, Any]:
    """Return when an adapter speaks, over the hours that were lived, and what it suggests where that is welcome."""
    grid, favours = answer(db, run, Map(day), Mapped), answer(db, run, Favours(day), Favoured)
    chances = []
    for wanted in (1, 0):
        cells = [
            (minutes, chance)
            for chances_, opens, lived in zip(grid.p_speak, grid.open, grid.done, strict=True)
            for chance, is_open, minutes in zip(chances_, opens, lived, strict=True)
            if is_open == wanted
        ]
        total = sum(minutes for minutes, _ in cells)
        chances.append(round(sum(minutes * chance for minutes, chance in cells) / total, 3) if total else None)
    return {
        **dict(zip(("p_open", "p_closed"), chances, strict=True)),
        "topics": [[name or "none", round(share, 3)] for name, share in favours.topics[:3]],
        "tones": [[name or "none", round(share, 3)] for name, share in favours.tones[:2]],
        "preference": round(favours.preference, 3),
        "communication": round(favours.communication, 3),
    }


def main() -> None:
    """Ask, and write what was answered."""
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    db = Path(sys.argv[1])
    found: list[dict[str, Any]] = []
    taught: dict[str, dict[str, Any]] = {}
    with Store(db, read_only=True) as store:
        for which in sys.argv[2:]:
            name, _, step = which.rpartition(":")
            row = store.run(name)
            (moment,) = store.steps(row, int(step), int(step) + 1)
            found.append(
                {
                    "persona": row.persona,
                    "seed": row.seed,
                    "step": moment.index,
                    "when": f"day {moment.day}, {format_time(moment.minute)}",
                    "doing": moment.action.phrase,
                    "before": asked(db, row.id, moment.index, 0),
                    "after": asked(db, row.id, moment.index, None),
                }
            )
            if row.persona not in taught:
                last = store.nights(row)[-1].day
                taught[row.persona] = {"before": learned(db, row.id, 0), "after": learned(db, row.id, last)}
    MOMENTS.write_text(json.dumps({"moments": found, "learned": taught}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
