"""Draw the picture of the README: ``python -m tools.picture docs/screen.svg``."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from propersim.config import RunConfig
from propersim.gates import FreeGate
from propersim.run import Runner, add_run
from propersim.store import Store
from propersim_tui.app import PropersimApp
from propersim_tui.source import RunSource

PERSONA, SEED, DAY, MINUTE, DAYS = "p29", 2, 4, 17 * 60 + 40, 7


async def draw(target: Path, size: tuple[int, int]) -> None:
    """Run a week with the random control, and save the screen at one moment of it."""
    with tempfile.TemporaryDirectory() as folder:
        db = Path(folder) / "runs.sqlite"
        with Store(db) as store:
            run = Runner(store, add_run(store, RunConfig(persona=PERSONA, seed=SEED, days=DAYS, assistant="random")), FreeGate()).go()
        source = RunSource(db, run.id)
        app = PropersimApp(source, paused=True, at=source.find(DAY, MINUTE))
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            target.write_text(app.export_screenshot(title="propersim"), encoding="utf-8")
        source.close()


if __name__ == "__main__":
    columns, rows = map(int, sys.argv[2].split("x")) if len(sys.argv) > 2 else (120, 40)
    asyncio.run(draw(Path(sys.argv[1]), (columns, rows)))
