"""The default theme, safe for the colour-blind, and the colours of scores for all themes."""

from __future__ import annotations

from textual.theme import Theme

DEFAULT_THEME = "propersim"

PROPERSIM = Theme(
    name=DEFAULT_THEME,
    primary="#6cb6ff",
    secondary="#8f9fb8",
    accent="#ffc857",
    warning="#eda247",
    error="#f08a6a",
    success="#5aaeff",
    foreground="#dde3ec",
    background="#10141b",
    surface="#161b24",
    panel="#222a36",
    dark=True,
    variables={"footer-key-foreground": "#ffc857", "block-cursor-text-style": "none"},
)

# From vermilion over yellow to blue: the order survives every kind of colour blindness (red and green are not told apart).
_ON_DARK = ("#ef7d57", "#f0a355", "#ead98b", "#8fcbf0", "#4fa8ff")
_ON_LIGHT = ("#b3401a", "#a86400", "#7a6a00", "#1f7ab8", "#0a4fa8")


_NAMED_ON_DARK = {"map-night": "#1d2740", "map-day": "#1c3026", "muted": "#8a97aa", "mark": "#ffc857", "mark-text": "#10141b"}
_NAMED_ON_LIGHT = {"map-night": "#c9d2ea", "map-day": "#dcebd8", "muted": "#5b6675", "mark": "#965800", "mark-text": "#ffffff"}


def own_variables(dark: bool) -> dict[str, str]:
    """Return the CSS variables that are ours: ``$score-0`` … ``$score-4``, ``$mark`` (what is now), ``$muted``, and the map's."""
    named = _NAMED_ON_DARK if dark else _NAMED_ON_LIGHT
    return {**{f"score-{score}": colour for score, colour in enumerate(_ON_DARK if dark else _ON_LIGHT)}, **named}
