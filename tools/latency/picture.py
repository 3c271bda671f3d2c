"""Emulate as much of a terminal as reading the screen's text and styles takes."""

from __future__ import annotations

import re

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[<>=?0-9;$ ]*)(?P<final>[@-~])"  # CSI: moves and styles; all others change nothing that is seen
    r"|\x1b[\]P_^X].*?(?:\x07|\x1b\\)"  # OSC, DCS and their kin
    r"|\x1b[^\[\]]"
    r"|(?P<text>[^\x1b\x00-\x1f\x7f]+)"
    r"|(?P<control>[\x00-\x1f\x7f])",
    re.DOTALL,
)


class Picture:
    """The cells of a terminal.

    Args:
        columns: width, cells.
        rows: height.

    Attributes:
        rows: the text of each row; the second cell of a wide character is empty.
        styles: of each row, the colours and attributes of each cell as they were sent.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, and clear the cells."""
        self.columns, self.lines = columns, rows
        self._cells = [[" "] * columns for _ in range(rows)]
        self._styles = [[""] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._style = ""

    def draw(self, output: str) -> None:
        """Apply output that ends with a complete sequence."""
        for token in _TOKEN.finditer(output):
            if token["text"]:
                self._write(token["text"])
            elif token["final"] == "m":
                self._style = "" if token["numbers"] in ("", "0") else f"{self._style};{token['numbers']}"
            elif token["final"] in ("H", "f"):
                row, _, column = token["numbers"].partition(";")
                self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
            elif token["control"] == "\n":
                # Raw mode sends no carriage return with it, and the screen sends both.
                self._y += 1
            elif token["control"] == "\r":
                self._x = 0

    def _write(self, text: str) -> None:
        if not 0 <= self._y < self.lines:
            return
        cells, styles = self._cells[self._y], self._styles[self._y]
        if cell_len(text) == len(text):
            chars = list(text[: max(0, self.columns - self._x)])
        else:
            chars = [cell for char in text for cell in (char, *[""] * (cell_len(char) - 1))][: max(0, self.columns - self._x)]
        cells[self._x : self._x + len(chars)] = chars
        styles[self._x : self._x + len(chars)] = [self._style] * len(chars)
        self._x += len(chars)

    def row(self, number: int) -> str:
        """Return the text of a row; negative numbers count from the bottom."""
        return "".join(self._cells[number])

    @property
    def text(self) -> str:
        """The text of all rows."""
        return "\n".join("".join(row) for row in self._cells)

    def style_of(self, words: str) -> str:
        """Return the style of the cell before some words (a title's border); "" if they are not shown."""
        for cells, styles in zip(self._cells, self._styles, strict=True):
            at = "".join(char or "\0" for char in cells).find(words)
            if at >= 0:
                return styles[max(0, at - 2)]
        return ""
