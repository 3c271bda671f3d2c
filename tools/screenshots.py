"""Draw the pictures of the documentation: ``make screenshots`` writes docs/assets/{main,inspector,learned,compare}.svg.

The runs that they show are made on the spot, in a temporary database: HomeLM for two days, and the oracle for the same days. The same
versions on the same type of machine give the same pictures. ``docs/assets/screen.svg`` and the film need a run of 14 days and have tools of
their own (:mod:`tools.picture`, :mod:`tools.screencast`).
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from propersim.core.config import RunConfig
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tools.drawing import film
from tools.screencast import GROUND, MARK, Scene, shoot, typed

ASSETS = Path(__file__).parent.parent / "docs" / "assets"
PERSONA, DAYS, PAIRS, TIMESTEP = "p29", 2, 64, 10.0
"""Few steps and pairs: the pictures need a model that has learned something, not a good one."""
SIZE = (120, 40)
SCENES = (
    Scene("main", ("space", "g", *typed("day 2 12:00"), "enter")),
    Scene("inspector", ("comma", "i"), sight=": would "),
    Scene("learned", ("escape", "end", "w"), sight=" of the time"),
    # The examples of what it says come after the map.
    Scene("learned", sight="“"),
    Scene("compare", ("escape", "r", "c", "down", "c", "greater_than_sign")),
)
"""Each picture, and the keys that lead to it from the one before; of several scenes with one name the last one counts."""
TITLES = {
    "main": "The main screen: home, assistant, the day, scores",
    "inspector": "The inspector: what the assistant saw, the prompt, the candidates and their ratings",
    "learned": "What the assistant has learned: when it speaks, by activity and hour",
    "compare": "Two runs side by side",
}


def make_runs(db: Path, assistants: tuple[str, ...] = ("oracle", "llama")) -> str:
    """Make a run of each assistant, and return the id of the last one."""
    run_id = ""
    # The end of a run's id is drawn at random; here it is always the same.
    with mock.patch("secrets.choice", lambda letters: letters[0]), Store(db) as store:
        for assistant in assistants:
            run = add_run(store, RunConfig(persona=PERSONA, days=DAYS, assistant=assistant, pairs=PAIRS, timestep=TIMESTEP))
            run_id = Runner(store, run, FreeGate()).go().id
    return run_id


def draw(db: Path, run_id: str, scenes: tuple[Scene, ...] = SCENES) -> dict[str, str]:
    """Return the pictures (SVG) by the captions of their scenes."""
    frames = {frame.caption: frame for frame in asyncio.run(shoot(db, run_id, scenes, size=SIZE))}
    return {
        name: film([type(frame)(frame.rows, 1.0)], columns=SIZE[0], title=TITLES[name], ground=GROUND, colour=MARK)
        for name, frame in frames.items()
    }


def main(folder: Path = ASSETS) -> None:
    """Make the runs, and write the pictures into a folder."""
    os.environ["PROPERSIM_SCREEN_CONFIG"] = os.devnull
    with tempfile.TemporaryDirectory() as temporary:
        # The pictures must not show a folder of this machine.
        os.chdir(temporary)
        db = Path("runs.sqlite")
        for name, picture in draw(db, make_runs(db)).items():
            path = folder / f"{name}.svg"
            path.write_text(picture, encoding="utf-8")
            print(f"{path.name}: {len(picture.encode()) / 1000:.0f} kB")
        os.chdir(folder)


if __name__ == "__main__":
    main(*(Path(argument).absolute() for argument in sys.argv[1:]))
