"""Make the film of the README from a stored run: ``python -m tools.screencast RUNS.sqlite RUN docs/assets/screencast``.

Writes NAME.svg, drawn from the app with an injected clock, so that the same run gives the same film; and NAME.cast (asciicast v2),
recorded from ``propersim replay`` in a pseudo-terminal, with the waits for the model shortened. Both play the same scenes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

os.environ["TEXTUAL_ANIMATIONS"] = "none"

from textual.pilot import Pilot

from propersim.core.text import clean
from propersim_tui.app import PropersimApp
from propersim_tui.config.themes import PROPERSIM
from propersim_tui.data.source import RunSource
from tools.drawing import Frame, Row, film, row_of
from tools.pseudo_terminal import PseudoTerminal
from tools.recording import PATIENCE, Recorder, asciicast

COLUMNS, ROWS = 120, 36
TITLE = "propersim: an assistant learns when a person wants to hear something, and what"
A_SECOND = 5
"""Frames a second while the run plays."""
GROUND, TEXT, MARK = PROPERSIM.background or "#000000", PROPERSIM.foreground or "#ffffff", PROPERSIM.accent or "#ffff00"


@dataclass(frozen=True)
class Scene:
    """Keys to press, and how long their effect is shown.

    Attributes:
        caption: text above the picture.
        keys: keys to press in order, by Textual's names.
        seconds: seconds that the result is shown; while the run plays, seconds that it plays.
        sight: text that appears once the screen is ready; waiting for it takes no time of the film.
        each: seconds between keys.
    """

    caption: str
    keys: tuple[str, ...] = ()
    seconds: float = 1.0
    sight: str = ""
    each: float = 0.12


def typed(text: str) -> tuple[str, ...]:
    """Return the keys that type a text."""
    return tuple("space" if char == " " else char for char in text)


EARLY, LATE = "1 12:50", "12 12:40"
"""Days and times of the second and third part of the film."""
SCENES = (
    Scene("The first morning: it knows nothing of her, and says nothing; what it might have said is rated", seconds=6.0),
    Scene("At lunch the ratings name a topic that she likes …", ("g", *typed(f"day {EARLY}"), "enter"), 0.6, each=0.1),
    Scene("… and its first recommendation is welcome", ("space",), 5.0),
    Scene("Eleven days later …", ("g", *typed(f"day {LATE}"), "enter"), 0.6, each=0.1),
    Scene("… it keeps silent, and speaks where it is welcome", ("space",), 8.0),
    Scene("Why did it say that? One decision laid open", ("comma", "i"), 6.0, sight=": would "),
    Scene("When does it speak? The model, asked about each hour and activity", ("escape", "w"), 5.0, sight=" points better"),
    Scene("All runs, with the figures of each", ("escape", "r"), 2.5),
    Scene("Two of them, moment by moment", ("c", "home", "c", *("right_square_bracket",) * 9, "greater_than_sign"), 3.0, each=0.3),
    Scene("32 personas, each with the rules by which it rates", ("escape", "escape", "p"), 3.5, each=0.3),
    Scene("propersim: watch an assistant learn a person", ("escape", "space"), 4.0),
)
QUICK = (
    Scene("It plays", seconds=0.4),
    Scene("All keys", ("space", "question_mark"), 0.4),
    Scene("And back", ("escape", "n"), 0.4),
)
"""A few scenes for a test of the tool."""


# -- the film -----------------------------------------------------------------------------------------------------


@dataclass
class Camera:
    """Takes frames of an app; an unchanged frame only lengthens the last one."""

    app: PropersimApp
    frames: list[Frame] = field(default_factory=list)

    def look(self) -> tuple[Row, ...]:
        """Return the rows on the screen."""
        app = self.app
        drawn = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
        return tuple(row_of((segment for strip in line for segment in strip), TEXT, GROUND) for line in drawn.strips)  # type: ignore[union-attr]

    def take(self, caption: str, seconds: float) -> None:
        """Take a frame that lasts some seconds."""
        rows = self.look()
        last = self.frames[-1] if self.frames else None
        if last is not None and last.rows == rows and last.caption == caption:
            self.frames[-1] = Frame(rows, last.seconds + seconds, caption)
        else:
            self.frames.append(Frame(rows, seconds, caption))

    def text(self) -> str:
        """Return the text on the screen."""
        return "\n".join("".join(text for text, _ in row) for row in self.look())


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


async def shoot(
    db: Path, run_id: str, scenes: Sequence[Scene], *, speed: float = 16.0, size: tuple[int, int] = (COLUMNS, ROWS)
) -> list[Frame]:
    """Play scenes in the app, and return the frames.

    Args:
        db: path of the database.
        run_id: id of the run.
        scenes: the scenes, in order.
        speed: steps a second while the run plays.
        size: columns and rows of the terminal.
    """
    source, clock = RunSource(db, run_id), Clock()
    app = PropersimApp(source, speed=speed, now=clock)
    camera = Camera(app)
    async with app.run_test(size=size, notifications=True) as pilot:
        await settle(app, pilot)
        for scene in scenes:
            for key in scene.keys:
                await pilot.press(key)
                await settle(app, pilot)
                if key != scene.keys[-1]:
                    camera.take(scene.caption, scene.each)
            await wait(lambda scene=scene: scene.sight in camera.text(), app, pilot)  # type: ignore[misc]
            if app.playback.playing and app.screen is app.live:
                for _ in range(round(scene.seconds * A_SECOND)):
                    clock.now += 1 / A_SECOND
                    app.tick()
                    await settle(app, pilot)
                    camera.take(scene.caption, 1 / A_SECOND)
            else:
                camera.take(scene.caption, scene.seconds)
    app.source.close()
    return camera.frames


async def settle(app: PropersimApp, pilot: Pilot[int]) -> None:
    """Wait until background reads are done and everything is drawn."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()


async def wait(there: Callable[[], bool], app: PropersimApp, pilot: Pilot[int]) -> None:
    """Wait until a condition holds; the film's clock stands still meanwhile.

    Args:
        there: the condition.
        app: the app.
        pilot: the pilot of the app.

    Raises:
        TimeoutError: it does not hold in time.
    """
    end = time.monotonic() + PATIENCE
    while not there():
        if time.monotonic() > end:
            raise TimeoutError("the model does not answer")
        await asyncio.sleep(0.1)
        await settle(app, pilot)


# -- the recording ------------------------------------------------------------------------------------------------


def record(db: Path, run_id: str, scenes: Sequence[Scene], speed: int = 16) -> str:
    """Play scenes in the real command in a pseudo-terminal, and return the recording.

    Args:
        db: path of the database.
        run_id: id of the run.
        scenes: the scenes, in order.
        speed: steps a second while the run plays.
    """
    source = RunSource(db, run_id)
    title = f"propersim: {clean(source.about.persona.name, 40)}"
    source.close()
    arguments = ["-m", "propersim", "replay", run_id, "--db", str(db), "--speed", str(speed), "--from", "day 1"]
    recorder = Recorder(PseudoTerminal(arguments, Path.cwd(), (COLUMNS, ROWS), {"PROPERSIM_SCREEN_CONFIG": os.devnull}))
    recorder.begin("Quit")
    for scene in scenes:
        recorder.mark(scene.caption)
        for key in scene.keys:
            recorder.press(key)
            if key != scene.keys[-1]:
                # A terminal takes a key right after Escape for Alt and that key.
                recorder.run(max(scene.each, 0.3) if key == "escape" else scene.each)
        if scene.sight:
            recorder.until(scene.sight)
        recorder.run(scene.seconds)
    recorder.close()
    return asciicast(recorder.events, columns=COLUMNS, rows=ROWS, title=title)


def main(db: Path, run_id: str, name: Path, *, quick: bool = False) -> None:
    """Write the film and the recording.

    Args:
        db: path of the database.
        run_id: id of the run.
        name: path of the files, without suffix.
        quick: whether to play the few scenes of a test.
    """
    os.environ["PROPERSIM_SCREEN_CONFIG"] = os.devnull
    scenes, name = QUICK if quick else SCENES, name.absolute()
    # The film must not show a folder of this machine.
    os.chdir(db.parent)
    db = Path(db.name)
    frames = asyncio.run(shoot(db, run_id, scenes))
    svg = film(frames, columns=COLUMNS, title=TITLE, ground=GROUND, colour=MARK, still=still(frames))
    cast = record(db, run_id, scenes)
    for suffix, text in (("svg", svg), ("cast", cast)):
        path = name.with_suffix(f".{suffix}")
        path.write_text(text, encoding="utf-8")
        print(f"{path}: {len(text.encode()) / 1e6:.2f} MB")
    print(f"{len(frames)} pictures, {sum(frame.seconds for frame in frames):.0f} seconds")


def still(frames: Sequence[Frame]) -> int:
    """Return the index of the frame for readers who prefer no motion: the one shown longest."""
    return max(range(len(frames)), key=lambda i: frames[i].seconds)


if __name__ == "__main__":
    arguments = [each for each in sys.argv[1:] if each != "--quick"]
    main(Path(arguments[0]), arguments[1], Path(arguments[2]), quick="--quick" in sys.argv)
