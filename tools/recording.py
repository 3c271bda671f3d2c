"""Record a terminal in asciinema's format (asciicast v2), without output that changes nothing on the screen."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tools.pseudo_terminal import PseudoTerminal

PATIENCE = 120.0
"""Seconds to wait for expected output, on a busy machine."""
PAUSE = 0.4
"""Seconds to which a wait is shortened in the recording."""
KEYS = {
    "space": " ",
    "escape": "\x1b",
    "enter": "\r",
    "home": "\x1b[H",
    "comma": ",",
    "colon": ":",
    "question_mark": "?",
    "right_square_bracket": "]",
    "greater_than_sign": ">",
}
"""Bytes that a terminal sends for keys that are not letters, by Textual's names."""

Event = tuple[float, str, str]
"""Seconds, ``o`` for output or ``m`` for a mark, and the text."""
_TOKEN = re.compile(
    r"\x1b\[(?P<look>[\d;]*)m|\x1b\[(?P<row>\d+);(?P<column>\d+)H|"
    r"(?P<other>\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78cM]))|(?P<char>[^\x1b])"
)
_CLEARS = re.compile(r"\x1b(\[[0-9;]*[JKLMPST@X]|\[\?1049[hl]|c|M)")


class Style(NamedTuple):
    """Style of a cell: SGR parameters of the colours (or nothing), and signs such as bold."""

    front: str = ""
    back: str = ""
    signs: frozenset[str] = frozenset()


def styled(style: Style, given: str) -> Style:
    """Return the style that results from an SGR sequence with these parameters."""
    front, back, signs = style
    numbers = iter((given or "0").split(";"))
    for number in numbers:
        code = int(number or 0)
        if code == 0:
            front, back, signs = Style()
        elif code in (38, 48):
            kind = next(numbers, "")
            colour = ";".join([number, kind, *(next(numbers, "0") for _ in range(3 if kind == "2" else 1))])
            front, back = (colour, back) if code == 38 else (front, colour)
        elif code < 10:
            signs |= {str(code)}
        elif 22 <= code <= 29:
            signs -= {"1", "2"} if code == 22 else {str(code - 20)}
        elif code in (39, 49):
            front, back = ("", back) if code == 39 else (front, "")
        elif code < 40 or 90 <= code < 100:
            front = number
        else:
            back = number
    return Style(front, back, signs)


class Thinner:
    """Tracks what a terminal shows, and reduces new output to what changes it.

    Args:
        columns: number of columns of the terminal.

    Attributes:
        cells: known character and style by (column, row), counted from 1.
    """

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self.cells: dict[tuple[int, int], tuple[str, Style]] = {}
        self._at, self._style = (1, 1), Style()
        self._there: tuple[int, int] | None = None
        self._current: Style | None = None
        self._rest = ""

    def feed(self, text: str) -> str:
        """Return shorter output with the same effect in the terminal's current state."""
        return "".join(self._thin(self._rest + text))

    def _thin(self, text: str) -> Iterator[str]:
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                # An incomplete escape sequence: wait for the rest.
                break
            place = found.end()
            if found["look"] is not None:
                self._style = styled(self._style, found["look"])
            elif found["row"] is not None:
                self._at = (int(found["column"]), int(found["row"]))
            elif found["other"] is not None:
                if _CLEARS.fullmatch(found["other"]):
                    self.cells.clear()
                yield from self._go()
                yield found["other"]
                self._there = self._current = None
            else:
                yield from self._write(found["char"])
        self._rest = text[place:]

    def _write(self, char: str) -> Iterator[str]:
        column, row = self._at
        if char in "\r\n":
            self._at = (1, row) if char == "\r" else (column, row + 1)
            return
        width = cell_len(char)
        # The text colour does not change how a space looks.
        style = self._style if char != " " or self._style.signs else self._style._replace(front="")
        if width and self.cells.get((column, row)) == (char, style):
            self._at = (column + width, row)
            return
        yield from self._go()
        yield from self._set_style(style)
        yield char
        self._at = (column + width, row)
        # Terminals differ in where the cursor goes at the right edge, and in how combining characters join.
        self._there = self._at if width == 1 and column < self._columns else None
        for cell in range(width):
            self.cells[column + cell, row] = (char if cell == 0 else "", style)
        if width != 1:
            self.cells.pop((column - 1, row), None)

    def _go(self) -> Iterator[str]:
        if self._there != self._at:
            yield f"\x1b[{self._at[1]};{self._at[0]}H"
            self._there = self._at

    def _set_style(self, style: Style) -> Iterator[str]:
        current = self._current
        if current == style or (current is not None and style == current._replace(front="") and not style.signs):
            return
        if current is None or current.signs - style.signs or (current.back and not style.back):
            current = Style()
            parts = ["0"]
        else:
            parts = []
        parts += sorted(style.signs - current.signs)
        parts += [new for old, new in ((current.front, style.front), (current.back, style.back)) if new and new != old]
        if parts:
            yield f"\x1b[{';'.join(parts)}m"
        self._current = Style(style.front or current.front, style.back, style.signs)


class Recorder:
    """Records a terminal; waits that nobody watches are shortened."""

    def __init__(self, terminal: PseudoTerminal) -> None:
        self._terminal = terminal
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.events: list[Event] = []
        self.now = 0.0
        self._seen = ""

    def _read(self, seconds: float) -> bool:
        text = self._decode(self._terminal.read(seconds) or b"")
        if text:
            self.events.append((self.now, "o", text))
            self._seen += text
        return bool(text)

    def begin(self, sight: str) -> None:
        """Wait until a text has been drawn, and start the recording there."""
        self.until(sight)
        self.events = [(0.0, kind, text) for _, kind, text in self.events]
        self.now = 0.0

    def run(self, seconds: float) -> None:
        """Record for some seconds in real time."""
        began, start = time.monotonic(), self.now
        while (left := began + seconds - time.monotonic()) > 0:
            self._read(left)
            self.now = start + min(seconds, time.monotonic() - began)
        self.now = start + seconds

    def until(self, sight: str) -> None:
        """Record until a text has been drawn; the wait is shortened.

        Raises:
            TimeoutError: the text does not appear in time.
        """
        end, limit, self._seen = time.monotonic() + PATIENCE, self.now + PAUSE, ""
        while sight not in (written := re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._seen)):
            if time.monotonic() > end:
                raise TimeoutError(f"{sight!r} is not seen, but {written[-2000:]!r}")
            if self._read(0.1):
                self.now = min(limit, self.now + 0.02)

    def press(self, key: str) -> None:
        """Press a key, by Textual's name."""
        self._terminal.press(KEYS.get(key, key).encode())

    def close(self) -> None:
        """Quit the command; nothing more is recorded."""
        self.press("q")
        self._terminal.drain(1.5)
        os.close(self._terminal.fd)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._terminal.pid, signal.SIGKILL)
        os.waitpid(self._terminal.pid, 0)

    def mark(self, caption: str) -> None:
        """Mark the beginning of a scene."""
        self.events.append((self.now, "m", caption))


def asciicast(events: Sequence[Event], *, columns: int, rows: int, title: str) -> str:
    """Return a recording as an asciicast file: a JSON line for the whole, then one for each event.

    Args:
        events: the recorded events, in order.
        columns: columns of the terminal.
        rows: rows of the terminal.
        title: title of the recording.
    """
    thinner = Thinner(columns)
    lines: list[object] = [{"version": 2, "width": columns, "height": rows, "title": title, "env": {"TERM": "xterm-256color"}}]
    for when, kind, text in joined(events):
        written = thinner.feed(text) if kind == "o" else text
        if written:
            lines.append([round(when, 2), kind, written])
    return "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)


def joined(events: Sequence[Event], within: float = 0.03) -> list[Event]:
    """Join outputs that are less than ``within`` seconds apart, to save lines."""
    found: list[Event] = []
    for when, kind, text in events:
        if found and kind == found[-1][1] == "o" and when - found[-1][0] < within:
            found[-1] = (found[-1][0], "o", found[-1][2] + text)
        else:
            found.append((when, kind, text))
    return found
