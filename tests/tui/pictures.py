"""Pictures of the screen as text that can be read and compared: what stands where, how it is drawn, and a legend for each theme.

A stored picture is a file of three parts. First the screen's text, row by row. Then, for each row, its styles from left to right: a
letter and how many cells it holds for (``a14 b2``). Then what each letter means in every theme: one picture is of one screen in several
themes, which share their text, so that a letter is the role of a cell and the legend its colours. Letters are kept when a picture is
written anew: only what has changed is another line.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, groupby, product, zip_longest
from pathlib import Path
from string import ascii_letters

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual._context import visible_screen_stack
from textual.pilot import Pilot
from textual.strip import Strip

Look = tuple[str, ...]
"""How a cell is drawn, in each theme."""

_MARKS = ("bold", "dim", "italic", "underline", "reverse", "strike")
_MOST_ROWS = 12
_TEXT, _STYLES, _LEGEND = "== text", "== styles", "== legend"


@dataclass(frozen=True)
class Picture:
    """A screen in several themes.

    Attributes:
        themes: their names.
        lines: the text of each row, without blanks at its end.
        looks: for each row, of each cell.
    """

    themes: tuple[str, ...]
    lines: tuple[str, ...]
    looks: tuple[tuple[Look, ...], ...]


@lru_cache(maxsize=4096)
def _named(style: Style | None) -> tuple[str, str, bool]:
    """Return a style in words, its ground in words, and whether it can be seen of a blank."""
    style = style or Style()
    words = [mark for mark in _MARKS if getattr(style, mark)]
    if style.color and not style.color.is_default:
        words.append(style.color.get_truecolor().hex)
    ground = f"on {style.bgcolor.get_truecolor().hex}" if style.bgcolor and not style.bgcolor.is_default else ""
    return " ".join([*words, ground]).strip() or "plain", ground or "plain", bool(style.underline or style.reverse or style.strike)


def _row(strip: Strip) -> tuple[str, list[str]]:
    """Return a row's text, and the style of each cell; a blank has that of what is before it where only its ground is seen."""
    names: list[str] = []
    before = ""
    for part, style, _ in strip:
        name, ground, seen = _named(style)
        for words in re.findall(r" +|[^ ]+", part):
            if words[0] != " " or seen:
                before = name
            elif before != ground and not (before.endswith(ground) and ground != "plain"):
                before = ground
            names += [before] * cell_len(words)
    return "".join(part for part, _, _ in strip).rstrip(), names


async def photograph(pilot: Pilot[object], themes: Sequence[str]) -> Picture:
    """Take a picture in several themes, each as soon as the screen stands still; the theme shown last stays."""
    app = pilot.app
    taken: dict[str, list[tuple[str, list[str]]]] = {}
    # The one that is shown already comes first: changing it costs more than the picture.
    for theme in sorted(themes, key=lambda name: name != app.theme):
        app.theme = theme
        before, strips = None, []
        while before != strips:
            await pilot.pause()
            # What lies below a window is drawn as well, as for the terminal.
            visible_screen_stack.set(app._background_screens)
            before, strips = strips, app.screen._compositor.render_strips()
        taken[theme] = [_row(strip) for strip in strips]
    texts = {theme: [text for text, _ in rows] for theme, rows in taken.items()}
    first = texts[themes[0]]
    for theme, text in texts.items():
        other = [f"{a}\n{b}" for a, b in zip(first, text, strict=True) if a != b]
        assert not other, f"{theme} differs from {themes[0]} in what it says:\n" + "\n".join(other[:3])
    looks = [tuple(zip(*names, strict=True)) for names in zip(*([names for _, names in taken[theme]] for theme in themes), strict=True)]
    return Picture(tuple(themes), tuple(first), tuple(looks))


# -- stored -------------------------------------------------------------------------------------------------------


def _letters() -> Iterator[str]:
    for length in count(1):
        yield from map("".join, product(ascii_letters, repeat=length))


def written(picture: Picture, before: Mapping[Look, str] | None = None) -> str:
    """Return a picture as it is stored; ``before`` has the letters that it had."""
    used = {look for row in picture.looks for look in row}
    letters = {look: letter for look, letter in (before or {}).items() if look in used}
    free = (letter for letter in _letters() if letter not in set((before or {}).values()))
    styles = []
    for row in picture.looks:
        runs = [(look, len(list(cells))) for look, cells in groupby(row)]
        for look, _ in runs:
            if look not in letters:
                letters[look] = next(free)
        styles.append(" ".join(f"{letters[look]}{cells}" for look, cells in runs))
    legend = [f"{letter}: {' | '.join(look)}" for look, letter in sorted(letters.items(), key=lambda item: (len(item[1]), item[1]))]
    return "\n".join([_TEXT, *picture.lines, _STYLES, *styles, f"{_LEGEND}: {' | '.join(picture.themes)}", *legend, ""])


def read(text: str) -> tuple[Picture, dict[Look, str]]:
    """Return a stored picture, and the letters of its legend."""
    lines = text.split("\n")
    styles, legend = lines.index(_STYLES), next(number for number, line in enumerate(lines) if line.startswith(_LEGEND))
    meaning = {}
    for line in lines[legend + 1 : -1]:
        letter, _, look = line.partition(": ")
        meaning[letter] = tuple(look.split(" | "))
    looks = []
    for line in lines[styles + 1 : legend]:
        row: list[Look] = []
        for letter, cells in re.findall(r"([a-zA-Z]+)(\d+)", line):
            row += [meaning[letter]] * int(cells)
        looks.append(tuple(row))
    themes = tuple(lines[legend].partition(": ")[2].split(" | "))
    return Picture(themes, tuple(lines[1:styles]), tuple(looks)), {look: letter for letter, look in meaning.items()}


# -- compared -----------------------------------------------------------------------------------------------------


def differences(was: Picture, now: Picture) -> list[str]:
    """Return in words, row by row, what is different; nothing where the two are the same."""
    if was == now:
        return []
    told, rows = [], 0
    if was.themes != now.themes:
        told.append(f"themes were {', '.join(was.themes)}; are {', '.join(now.themes)}")
    for number, (old, new, old_looks, new_looks) in enumerate(zip_longest(was.lines, now.lines, was.looks, now.looks)):
        if old == new and old_looks == new_looks:
            continue
        rows += 1
        if rows > _MOST_ROWS:
            continue
        if old != new:
            told += [f"row {number:2} was {old if old is not None else '(none)'}", f"        is {new if new is not None else '(none)'}"]
            told.append(" " * 11 + "".join("^" if a != b else " " for a, b in zip_longest(old or "", new or "")).rstrip())
        elif old_looks is not None and new_looks is not None:
            told += [
                f"row {number:2}     {new}",
                " " * 11 + "".join("^" if a != b else " " for a, b in zip_longest(old_looks, new_looks)).rstrip(),
            ]
            changed = dict.fromkeys((a, b) for a, b in zip_longest(old_looks, new_looks, fillvalue=()) if a != b)
            told += [f"           was {' | '.join(a) or '(none)'}; is {' | '.join(b) or '(none)'}" for a, b in list(changed)[:3]]
    if rows > _MOST_ROWS:
        told.append(f"… and {rows - _MOST_ROWS} more rows")
    return told


def _svg(picture: Picture, theme: int, title: str) -> str:
    width = max((len(row) for row in picture.looks), default=1)
    console = Console(record=True, width=width, file=io.StringIO(), color_system="truecolor", force_terminal=True, legacy_windows=False)
    for line, looks in zip(picture.lines, picture.looks, strict=True):
        segments, at = [], 0
        for char in line.ljust(width):
            look = looks[at][theme] if at < len(looks) else "plain"
            segments.append(Segment(char, Style.parse("" if look == "plain" else look)))
            at += cell_len(char)
            if at >= width:
                break
        console.print(Text.assemble(*((part.text, part.style or "") for part in Segment.simplify(segments))), no_wrap=True, crop=True)
    return console.export_svg(title=title)


def beside(pairs: Sequence[tuple[str, Picture | None, Picture]]) -> str:
    """Return a page with pictures as they were and as they are, to be looked at."""
    parts = [
        "<!doctype html><meta charset=utf-8><title>Pictures that differ</title><style>td{vertical-align:top} svg{max-width:48vw}</style>"
    ]
    for name, was, now in pairs:
        for place, theme in enumerate(now.themes):
            parts.append(f"<h2>{html.escape(name)}, {html.escape(theme)}</h2><table><tr>")
            for title, picture in (("was", was), ("is", now)):
                if picture is not None and place < len(picture.themes):
                    parts.append(f"<td>{_svg(picture, place, title)}</td>")
            parts.append("</tr></table>")
    return "\n".join(parts)


class Album:
    """The stored pictures: compares with them, or writes them anew.

    Args:
        folder: has a folder for each scene, in it a file for each size.
        update: write instead of comparing.
    """

    def __init__(self, folder: Path, *, update: bool) -> None:
        self.folder = folder
        self._update = update
        self._wrong: list[tuple[str, Picture | None, Picture]] = []
        self._told: list[str] = []

    def file(self, name: str, size: tuple[int, int]) -> Path:
        """Return where a picture is stored."""
        return self.folder / name / f"{size[0]}x{size[1]}.txt"

    def add(self, name: str, size: tuple[int, int], now: Picture) -> None:
        """Take a picture in."""
        path = self.file(name, size)
        stored = path.read_text(encoding="utf-8") if path.exists() else None
        was, letters = read(stored) if stored is not None else (None, None)
        if self._update:
            path.parent.mkdir(parents=True, exist_ok=True)
            if was != now:
                path.write_text(written(now, letters), encoding="utf-8")
            return
        told = differences(was, now) if was is not None else ["there is no such picture yet"]
        if told:
            title = f"{name} at {size[0]}x{size[1]}"
            self._wrong.append((title, was, now))
            self._told.append("\n".join([title, *told]))

    def close(self, report: Path) -> None:
        """Fail where a picture was another one, and write a page with both."""
        if self._wrong:
            report.write_text(beside(self._wrong), encoding="utf-8")
            told = "\n\n".join(self._told)
            raise AssertionError(f"{told}\n\nto be seen in {report}; where it is meant, --snapshot-update stores it")
