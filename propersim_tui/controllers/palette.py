"""Search of the command palette: fuzzy, over titles, synonyms and descriptions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape
from textual.screen import Screen
from textual.style import Style

from propersim_tui.data.fuzzy import match, spans, words_of

BY_SYNONYM = 0.9
"""Share of a match's score that counts where a synonym matches, and not the title."""
BY_WORDS = 0.2
"""The same where each word begins a word of title, synonyms or description."""


class PaletteCommand(NamedTuple):
    """A command of the palette.

    Attributes:
        title: its name.
        tip: a sentence on what it does.
        run: does it.
        synonyms: other words by which it is found.
    """

    title: str
    tip: str
    run: Callable[[], object]
    synonyms: tuple[str, ...] = ()


@runtime_checkable
class HasPalette(Protocol):
    """An app with commands for the palette."""

    def palette_commands(self, screen: Screen[object]) -> Iterable[PaletteCommand]:
        """Return the commands that are available on a screen."""


def find(query: str, command: PaletteCommand) -> tuple[float, str, tuple[int, ...]]:
    """Return how well a query finds a command.

    Args:
        query: what was typed.
        command: the command.

    Returns:
        The score (0 is not at all), the synonym that matched ("" if it was the title), and the offsets of the matching letters
        in the one or the other.
    """
    score, offsets = match(query, command.title)
    best = score, "", tuple(offsets)
    for synonym in command.synonyms:
        score, offsets = match(query, synonym)
        # Letters scattered in a synonym, which nobody sees before, are no match.
        if score * BY_SYNONYM > best[0] and query.lower()[:1] == synonym[:1]:
            best = score * BY_SYNONYM, synonym, tuple(offsets)
    if best[0]:
        return best
    typed = query.lower().split()
    known = [token for text in (command.title, *command.synonyms, command.tip) for _, token in words_of(text)]
    if typed and all(any(token.startswith(word) for token in known) for word in typed):
        title = words_of(command.title)
        found = {start + n for start, token in title for word in typed if token.startswith(word) for n in range(len(word))}
        return BY_WORDS, "", tuple(sorted(found))
    return 0.0, "", ()


def highlighted(text: str, offsets: tuple[int, ...], style: Style) -> Content:
    """Return a text, never read as markup, with some letters in a style.

    Args:
        text: the text.
        offsets: offsets of the letters, in ascending order.
        style: the style.
    """
    content = Content(text)
    for start, end in spans(offsets):
        content = content.stylize(style, start, end)
    return content


class PaletteProvider(Provider):
    """Provides the app's commands to Textual's palette."""

    def _commands(self) -> Iterable[PaletteCommand]:
        return self.app.palette_commands(self.screen) if isinstance(self.app, HasPalette) else ()

    async def discover(self) -> Hits:
        """Yield all commands by title."""
        for command in sorted(self._commands(), key=lambda each: each.title):
            yield DiscoveryHit(command.title, command.run, help=escape(command.tip))

    async def search(self, query: str) -> Hits:
        """Yield the commands that a query finds.

        Args:
            query: what was typed.
        """
        style = self.match_style or Style(reverse=True)
        for command in self._commands():
            score, synonym, offsets = find(query, command)
            if not score:
                continue
            shown = highlighted(command.title, () if synonym else offsets, style)
            if synonym:
                shown = Content.assemble(shown, "  (", highlighted(synonym, offsets, style), ")")
            yield Hit(score, shown, command.run, command.title, help=escape(command.tip))
