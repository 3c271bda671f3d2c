"""Scripted answers for a rehearsal: the offline judge's ratings, some of them turned round.

They try out the protocol and its report. They say nothing about people.
"""

from __future__ import annotations

from typing import Final

from propersim.core.records import DIMENSIONS
from propersim.core.rng import generator
from propersim.studies.people.items import Item, Part

TURNED: Final = {"preference": 0.10, "timing": 0.10, "frequency": 0.20, "communication": 0.15}
"""Share of the judge's ratings that are turned round, by dimension."""
OWN_TURNED: Final = 0.35
"""Share in which the answer for themselves is not whether the judge gave 1 throughout."""
LEFT_OUT: Final = 0.02
"""Share of ratings that are left out."""


def scripted_answer(item: Item, part: Part, code: str, seed: int) -> str:
    """Return the signs that a scripted participant types for an item.

    The same arguments give the same answer.

    Args:
        item: the item.
        part: as whom it is rated.
        code: the participant's code.
        seed: seed of the study.
    """
    rng = generator(seed, "people script", code, item.id, part)
    judged = item.judges["offline"]
    if part == "own":
        return _turned("1" if judged == "1" * len(DIMENSIONS) else "0", rng.random() < OWN_TURNED)
    answer = ""
    for name, sign in zip(DIMENSIONS, judged, strict=True):
        left_out, turned = rng.random() < LEFT_OUT, rng.random() < TURNED[name]
        answer += "-" if left_out else _turned(sign, turned)
    return answer


def _turned(sign: str, turned: bool) -> str:
    return {"0": "1", "1": "0"}[sign] if turned else sign
