"""Define keys with the visible effect of each, and rounds of them for a playing and a standing run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tools.latency.picture import Picture
from tools.latency.terminal import Sight, Terminal

LARGE, SMALL = (120, 40), (80, 24)
_CLOCK = re.compile(r"Day \d+ of \d+ · \w+ \d\d:\d\d:\d\d|\d\d:\d\d:\d\d")
_STATE = re.compile(r"[▶‖◂■◌✖] .*|☾ training.*")


@dataclass(frozen=True)
class Stroke:
    """A key press, or a change of size.

    Attributes:
        name: of the key, or what happens.
        keys: what the terminal sends.
        seen: makes, from what is seen before, the sight of its effect.
        size: the size to take instead of sending keys.
        whole: whether all of the picture is another one then.
    """

    name: str
    keys: bytes = b""
    seen: Callable[[Picture], Sight] = field(default=lambda before: lambda now: True)
    size: tuple[int, int] | None = None
    whole: bool = False

    def strike(self, terminal: Terminal, seconds: float = 10.0) -> float | None:
        """Press the key; return the seconds until the frame with its effect arrived, or None."""
        sight = self.seen(terminal.picture)
        return terminal.answer(self.keys, sight, seconds, self.size)


def clock(picture: Picture) -> str:
    """Return the day and time in the top line."""
    found = _CLOCK.search(picture.row(0))
    return found[0] if found else ""


def state(picture: Picture) -> str:
    """Return the playback state in the top line."""
    found = _STATE.search(picture.row(0))
    return found[0].strip() if found else ""


def training(picture: Picture) -> bool:
    """Whether the screen shows a training."""
    return "☾ training" in picture.row(0)


def plays(picture: Picture) -> bool:
    """Whether the run plays."""
    text = state(picture)
    return ("‖" not in text and "◂" not in text) if training(picture) else text.startswith(("▶", "◌"))


def stands(picture: Picture) -> bool:
    """Whether the run is paused."""
    return bool(state(picture)) and not plays(picture)


def _now_plays(before: Picture) -> Sight:
    return plays


def _now_stands(before: Picture) -> Sight:
    return stands


def _other_clock(before: Picture) -> Sight:
    old = clock(before)
    return lambda now: clock(now) not in (old, "")


def _other_speed(before: Picture) -> Sight:
    def speed(picture: Picture) -> str:
        return " ".join(state(picture).split(" ")[2:3])

    old = speed(before)
    return lambda now: speed(now) not in (old, "")


def _words(*words: str) -> Callable[[Picture], Sight]:
    return lambda before: lambda now: all(word in now.text for word in words)


def _without(words: str) -> Callable[[Picture], Sight]:
    return lambda before: lambda now: words not in now.text


def _other_border(before: Picture) -> Sight:
    titles = (" Home ", " Activities ", " Now ", " Training ", " Assistant ", " Scores today ", " Days ", " Today ")
    old = [before.style_of(title) for title in titles]
    return lambda now: [now.style_of(title) for title in titles] != old


def _tab(name: str) -> Callable[[Picture], Sight]:
    return lambda before: lambda now: re.search(rf"▸\d {name}", now.text) is not None


def _foot(before: Picture) -> Sight:
    # The picture of another size begins empty: it is whole when its last line is there.
    return lambda now: "Quit" in now.row(-1) and bool(clock(now))


SPACE_STOPS = Stroke("space (pause)", b" ", _now_stands)
SPACE_GOES = Stroke("space (go on)", b" ", _now_plays)
STOPS = [
    SPACE_STOPS,
    *(Stroke(key, key.encode(), _now_stands) for key in ("n", "b", "]", ",", "<", "{", "[")),
]
"""Keys that pause a playing run; the last one goes back, so that there is more to seek."""
FURTHER = [Stroke(key, key.encode(), _other_clock) for key in (".", ">", "}")]
SPEEDS = [Stroke("-", b"-", _other_speed), Stroke("+", b"+", _other_speed)]
MOVES = [
    Stroke(name, keys, _other_clock)
    for name, keys in (
        *((key, key.encode()) for key in ("n", "b", "]", ".", ">", "}", "[", ",", "<", "{")),
        ("home", b"\x1b[H"),
        ("end", b"\x1b[F"),
        ("home", b"\x1b[H"),
    )
]
"""Keys that move in a stored run that stands still."""
SCREENS = [
    ("i", "1 State"),
    ("w", "Suggested topics"),
    ("r", "Runs "),
    ("p", "Personas "),
    ("?", "Esc: close"),
    ("g", "Go to"),
]
FOCUS = [Stroke("tab", b"\t", _other_border), Stroke("shift+tab", b"\x1b[Z", _other_border)]
TABS = [
    Stroke(str(number), str(number).encode(), _tab(name), whole=True)
    for number, name in ((2, "Assistant"), (3, "Scores"), (4, "Days"), (1, "Home"))
]
SIZES = [Stroke("resize 100x30", seen=_foot, size=(100, 30), whole=True), Stroke("resize 80x24", seen=_foot, size=SMALL, whole=True)]
BACK_TO_SIZE = Stroke("resize 120x40", seen=_foot, size=LARGE, whole=True)


def screens(*, playing: bool = False) -> Iterator[Stroke]:
    """Open every screen, and return; a playing run continues after a screen that paused it."""
    for key, words in SCREENS:
        yield Stroke(key, key.encode(), _words(words), whole=True)
        yield Stroke(f"escape ({key})", b"\x1b", _without(words), whole=True)
        if playing and key == "i":
            yield SPACE_GOES


def playing_round(*, speeds: bool = True) -> Iterator[Stroke]:
    """Yield the strokes of a round in a playing run; each key that pauses it is followed by space.

    Args:
        speeds: with the keys for speed, whose effect is not seen while it trains.
    """
    for stop in STOPS:
        yield stop
        if stop is STOPS[-1]:
            yield from FURTHER
        yield SPACE_GOES
    if speeds:
        yield from SPEEDS
    yield from FOCUS
    yield from screens(playing=True)
    yield from SIZES
    yield from TABS
    yield BACK_TO_SIZE


def standing_round() -> Iterator[Stroke]:
    """Yield the strokes of a round in a stored run that stands still."""
    yield from MOVES
    yield from FOCUS
    yield from screens()
