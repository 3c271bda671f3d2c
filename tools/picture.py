"""Draw the picture of the README: ``python -m tools.picture docs/assets/screen.svg RUNS.sqlite RUN "day 12 20:45" [120x40]``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tools.drawing import film
from tools.screencast import GROUND, MARK, Scene, shoot, typed


async def draw(db: Path, run_id: str, moment: str, size: tuple[int, int]) -> str:
    """Return a picture (SVG) of the screen at a moment of a stored run.

    Args:
        db: path of the database.
        run_id: id of the run.
        moment: a day and time, such as ``day 12 20:45``.
        size: columns and rows of the terminal.
    """
    scene = Scene("propersim", ("space", "g", *typed(moment), "enter"))
    frames = await shoot(db, run_id, [scene], size=size)
    return film(frames[-1:], columns=size[0], title=f"The screen of propersim at {moment} of a run", ground=GROUND, colour=MARK)


if __name__ == "__main__":
    columns, rows = map(int, sys.argv[5].split("x")) if len(sys.argv) > 5 else (120, 40)
    svg = asyncio.run(draw(Path(sys.argv[2]), sys.argv[3], sys.argv[4], (columns, rows)))
    Path(sys.argv[1]).write_text(svg, encoding="utf-8")
