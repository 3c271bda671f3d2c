"""Draw terminal screens as a self-contained SVG: one picture, or a film of several.

It needs no fonts, scripts or pictures from elsewhere, so a README can show it. Blocks, shades and lines are drawn as shapes, so that they
meet in every font; other text is stretched to the width of its cells.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment

WIDE, HIGH = 8, 17
"""Width and height of a cell, in pixels."""
BAR = 30
"""Height of the bar above the screen, in pixels."""
SIZE = 13.33
"""Font size in pixels: a cell is 0.6 of it wide, as in most monospaced fonts."""
BASE = 13
"""Pixels from the top of a cell to the baseline."""
_WAYS = {"LEFT": "l", "RIGHT": "r", "UP": "u", "DOWN": "d", "HORIZONTAL": "lr", "VERTICAL": "ud"}
_WEIGHTS = {"LIGHT": 1, "HEAVY": 2}
_SHADES = {"░": 1, "▒": 2, "▓": 3}
_QUADRANTS = {"▖": "c", "▗": "d", "▘": "a", "▙": "acd", "▚": "ad", "▛": "abc", "▜": "abd", "▝": "b", "▞": "bc", "▟": "bcd"}


class Look(NamedTuple):
    """Style of text; colours as #rrggbb, None for the default background."""

    colour: str
    ground: str | None
    bold: bool
    italic: bool
    underline: bool


Row = tuple[tuple[str, Look], ...]
"""A row of a screen: stretches of text in one style."""


@dataclass(frozen=True)
class Frame:
    """A picture of a film.

    Attributes:
        rows: rows of the screen.
        seconds: seconds that it is shown.
        caption: text above it.
    """

    rows: tuple[Row, ...]
    seconds: float
    caption: str = ""


def row_of(segments: Iterable[Segment], colour: str, ground: str) -> Row:
    """Return a row of a screen.

    Args:
        segments: the segments of the row.
        colour: text colour where a segment has none.
        ground: background colour where a segment has none.
    """
    found: list[tuple[str, Look]] = []
    for text, style, control in segments:
        if control or not text:
            continue
        front = style.color.get_truecolor().hex if style and style.color and not style.color.is_default else colour
        back = style.bgcolor.get_truecolor().hex if style and style.bgcolor and not style.bgcolor.is_default else ground
        if style and style.reverse:
            front, back = back, front
        if style and style.dim:
            front = _between(front, back)
        look = Look(front, None if back == ground else back, *(bool(style and each) for each in _flags(style)))
        if found and found[-1][1] == look:
            found[-1] = (found[-1][0] + text, look)
        else:
            found.append((text, look))
    return tuple(found)


def _flags(style: object) -> tuple[bool, bool, bool]:
    return tuple(bool(getattr(style, name, False)) for name in ("bold", "italic", "underline"))  # type: ignore[return-value]


def _between(front: str, back: str) -> str:
    mixed = ((int(front[i : i + 2], 16) + int(back[i : i + 2], 16)) // 2 for i in (1, 3, 5))
    return "#" + "".join(f"{each:02x}" for each in mixed)


# -- shapes -------------------------------------------------------------------------------------------------------


def _rect(x: float, y: float, width: float, height: float) -> str:
    return f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z"


def shape(char: str, x: int) -> str | None:
    """Return a block or a line as a path, in the cell that begins at ``x`` pixels; None where it is to be written as text."""
    number = ord(char)
    if 0x2580 <= number <= 0x259F and char not in _SHADES:
        return _block(char, number - 0x2580, x)
    if 0x2500 <= number <= 0x257F:
        return _line(unicodedata.name(char).removeprefix("BOX DRAWINGS "), x)
    return None


def _block(char: str, place: int, x: int) -> str:
    if char in _QUADRANTS:
        corners = {"a": (0, 0), "b": (WIDE / 2, 0), "c": (0, HIGH / 2), "d": (WIDE / 2, HIGH / 2)}
        return "".join(_rect(x + corners[each][0], corners[each][1], WIDE / 2, HIGH / 2) for each in _QUADRANTS[char])
    if place == 0:
        return _rect(x, 0, WIDE, HIGH / 2)
    if place <= 8:
        return _rect(x, HIGH * (8 - place) / 8, WIDE, HIGH * place / 8)
    if place <= 15:
        return _rect(x, 0, WIDE * (16 - place) / 8, HIGH)
    part = {0x10: (WIDE / 2, 0, WIDE / 2, HIGH), 0x14: (0, 0, WIDE, HIGH / 8), 0x15: (WIDE * 7 / 8, 0, WIDE / 8, HIGH)}[place]
    return _rect(x + part[0], *part[1:])


def _line(name: str, x: int) -> str | None:
    """Return a line by its name in Unicode, such as "LIGHT DOWN AND HORIZONTAL"; no double, round or slanting ones."""
    words = name.split()
    if {"DOUBLE", "ARC", "DIAGONAL"} & set(words) and "DASH" not in words:
        return None
    across, down = WIDE // 2, HIGH // 2
    if "DASH" in words:
        weight, gaps = _WEIGHTS[words[0]], {"DOUBLE": 2, "TRIPLE": 3, "QUADRUPLE": 4}[words[1]]
        if words[-1] == "HORIZONTAL":
            each = WIDE / gaps
            return "".join(_rect(x + each * i, down, each * 0.6, weight) for i in range(gaps))
        each = HIGH / gaps
        return "".join(_rect(x + across, each * i + each * 0.2, weight, each * 0.6) for i in range(gaps))
    usual = _WEIGHTS.get(words[0], 1)
    found = ""
    for part in name.split(" AND "):
        weight = next((_WEIGHTS[word] for word in part.split() if word in _WEIGHTS), usual)
        for way in "".join(_WAYS.get(word, "") for word in part.split()):
            found += {
                "l": _rect(x, down, across + weight, weight),
                "r": _rect(x + across, down, WIDE - across, weight),
                "u": _rect(x + across, 0, weight, down + weight),
                "d": _rect(x + across, down, weight, HIGH - down),
            }[way]
    return found


def arc(char: str, x: int) -> str | None:
    """Return a rounded corner as a path to be stroked; None for all else."""
    middle, centre = x + WIDE / 2 + 0.5, HIGH // 2 + 0.5
    ends = {"╭": (HIGH, x + WIDE), "╮": (HIGH, x), "╰": (0, x + WIDE), "╯": (0, x)}
    if char not in ends:
        return None
    y, to = ends[char]
    turn = centre + (4 if y else -4)
    return f"M{middle:g} {y:g}V{turn:g}Q{middle:g} {centre:g} {to:g} {centre:g}"


# -- rows ---------------------------------------------------------------------------------------------------------


class Sheet:
    """The classes of colours and the rows that pictures share.

    Attributes:
        rows: by row: its name.
    """

    def __init__(self) -> None:
        self._colours: dict[str, str] = {}
        self.rows: dict[Row, str] = {}
        self._drawn: list[str] = []

    def colour(self, colour: str) -> str:
        """Return the class of a colour."""
        return self._colours.setdefault(colour, f"c{len(self._colours)}")

    def name(self, row: Row) -> str:
        """Return the name of a row, which is drawn with its first use."""
        if row not in self.rows:
            self.rows[row] = f"r{len(self.rows)}"
            self._drawn.append(f'<g id="{self.rows[row]}">{self._draw(row)}</g>')
        return self.rows[row]

    def defs(self) -> str:
        """Return all rows."""
        return "\n".join(self._drawn)

    def styles(self) -> str:
        """Return the stylesheet."""
        return "".join(f".{name}{{fill:{colour};color:{colour}}}" for colour, name in self._colours.items())

    def _draw(self, row: Row) -> str:
        grounds: dict[str, str] = {}
        shapes: dict[tuple[str, str], str] = {}
        texts: list[str] = []
        at = 0
        for text, look in row:
            width = cell_len(text)
            colour = self.colour(look.colour)
            if look.ground is not None:
                key = self.colour(look.ground)
                grounds[key] = grounds.get(key, "") + _rect(at * WIDE, 0, width * WIDE, HIGH)
            run: list[tuple[str, int]] = []
            for char in text:
                x, cells = at * WIDE, cell_len(char)
                at += cells
                drawn, rounded = shape(char, x), arc(char, x)
                if drawn is not None:
                    shapes[colour, ""] = shapes.get((colour, ""), "") + drawn
                elif rounded is not None:
                    shapes[colour, " s"] = shapes.get((colour, " s"), "") + rounded
                elif char in _SHADES:
                    key2 = (colour, f" q{_SHADES[char]}")
                    shapes[key2] = shapes.get(key2, "") + _rect(x, 0, WIDE, HIGH)
                else:
                    run.append((char, x))
            texts += _written(run, look, colour)
        parts = [f'<path class="{colour}" d="{path}"/>' for colour, path in grounds.items()]
        parts += [f'<path class="{colour}{kind}" d="{_joined(path)}"/>' for (colour, kind), path in shapes.items()]
        return "".join(parts + texts)


def _joined(path: str) -> str:
    """Join rectangles that touch sideways, as those of a long line or of a bar do."""
    found: list[list[float] | str] = []
    for piece in path.split("M")[1:]:
        if not piece.endswith("z"):
            found.append(piece)
            continue
        x, _, rest = piece[:-1].partition(" ")
        y, _, rest = rest.partition("h")
        width, _, rest = rest.partition("v")
        height = rest.partition("h")[0]
        box = [float(x), float(y), float(width), float(height)]
        last = found[-1] if found else None
        if isinstance(last, list) and last[1::2] == box[1::2] and last[0] <= box[0] <= last[0] + last[2] + 0.01:
            last[2] = max(last[2], box[0] + box[2] - last[0])
        else:
            found.append(box)
    return "".join(f"M{each}" if isinstance(each, str) else _rect(*each) for each in found)


def _plain(char: str) -> bool:
    return char < "\u02ff" or char in "‘’“”…–—"


def _written(run: Sequence[tuple[str, int]], look: Look, colour: str) -> list[str]:
    """Return text elements: letters are stretched to their cells together, signs are placed one by one."""
    classes = colour + (" b" if look.bold else "") + (" i" if look.italic else "") + (" u" if look.underline else "")
    groups: list[list[tuple[str, int]]] = []
    for char, x in run:
        last = groups[-1][-1] if groups else None
        beside = last is not None and x - last[1] <= WIDE and _plain(char) == _plain(last[0])
        # Two spaces start a new element, so that an error in one word does not shift the next column.
        if last is not None and beside and not (char == last[0] == " " and not look.underline):
            groups[-1].append((char, x))
        else:
            groups.append([(char, x)])
    found = []
    for group in groups:
        while group and group[-1][0] == " " and not look.underline:
            group.pop()
        while group and group[0][0] == " " and not look.underline:
            group.pop(0)
        if not group:
            continue
        text = "".join(char for char, _ in group)
        if _plain(group[0][0]):
            span = group[-1][1] + WIDE - group[0][1]
            fit = f' textLength="{span}"' if len(group) > 1 else ""
            found.append(f'<text class="{classes}" x="{group[0][1]}" y="{BASE}"{fit}>{escape(text)}</text>')
        else:
            places = " ".join(str(x) for _, x in group)
            found.append(f'<text class="{classes}" x="{places}" y="{BASE}">{escape(text)}</text>')
    return found


# -- pictures -----------------------------------------------------------------------------------------------------


def film(frames: Sequence[Frame], *, columns: int, title: str, ground: str, colour: str, still: int = 0) -> str:
    """Return frames as one SVG that plays them in a loop; a single frame stands still.

    Args:
        frames: the frames, all with the same number of rows.
        columns: cells in a row.
        title: description for readers who cannot see it.
        ground: background colour.
        colour: colour of the caption.
        still: index of the frame for readers who prefer no motion.
    """
    sheet = Sheet()
    rows = len(frames[0].rows)
    width, height = columns * WIDE + 16, rows * HIGH + BAR + 8
    pictures = []
    for number, frame in enumerate(frames):
        uses = [
            f'<use href="#{sheet.name(row)}" y="{BAR + place * HIGH}"/>'
            for place, row in enumerate(frame.rows)
            if any(t.strip() or k.ground for t, k in row)
        ]
        caption = f'<text class="cap" x="{columns * WIDE / 2:g}" y="20">{escape(frame.caption)}</text>' if frame.caption else ""
        pictures.append(f'<g transform="translate(0,{number * height})">{caption}{"".join(uses)}</g>')
    total = sum(frame.seconds for frame in frames)
    steps, at = [], 0.0
    for number, frame in enumerate(frames):
        steps.append(f"{at / total * 100:.3f}%{{transform:translateY({-number * height}px)}}")
        at += frame.seconds
    moving = (
        f"@keyframes f{{{''.join(steps)}}}.film{{animation:f {total:.2f}s step-end infinite}}"
        f"@media (prefers-reduced-motion:reduce){{.film{{animation:none;transform:translateY({-still * height}px)}}}}"
    )
    style = (
        f"text{{font:{SIZE}px 'Fira Code','JetBrains Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre}}"
        f".b{{font-weight:bold}}.i{{font-style:italic}}.u{{text-decoration:underline}}"
        f"{sheet.styles()}.s{{fill:none;stroke:currentColor}}"
        ".q1{fill-opacity:.25}.q2{fill-opacity:.5}.q3{fill-opacity:.75}"
        f".cap{{fill:{colour};font-weight:bold;text-anchor:middle}}" + (moving if len(frames) > 1 else "")
    )
    dots = "".join(f'<circle cx="{18 + 18 * i}" cy="15" r="5.5" fill="{c}"/>' for i, c in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title)}</title><style>{style}</style><defs>{sheet.defs()}</defs>"
        f'<rect width="{width}" height="{height}" rx="8" fill="{ground}" stroke="#30363d"/>{dots}'
        f'<svg x="8" width="{columns * WIDE}" height="{height}"><g class="film">{"".join(pictures)}</g></svg></svg>\n'
    )
