"""Ask the base and the newest adapter of stored runs about the same moments: ``python -m tools.moments DB RUN:STEP…``.

Writes docs/results/moments.json, of which the page of results shows a table (see :mod:`tools.results_page`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from propersim.clock import format_time
from propersim.examine.examiner import Examiner
from propersim.examine.questions import Ask, Asked, Trouble
from propersim.store import Store
from tools.results_page import MOMENTS


def asked(db: Path, run: str, index: int, day: int | None) -> dict[str, Any]:
    """Return how an adapter answers a step: its probability of speaking, and suggestions with their scores.

    Raises:
        SystemExit: it cannot be asked.
    """
    for answer in Examiner(db, run).answer(Ask(index, day)):
        if isinstance(answer, Trouble):
            raise SystemExit(f"{answer.message}; {answer.hint}")
        if isinstance(answer, Asked):
            said = [{"text": one.text, "score": one.rating.score} for one in answer.said]
            return {"p_speak": answer.p_speak, "silence": answer.silence.rating.score, "said": said}
    raise SystemExit(f"step {index}: no answer")


def main() -> None:
    """Ask, and write what was answered."""
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    db, found = Path(sys.argv[1]), []
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
    MOMENTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
