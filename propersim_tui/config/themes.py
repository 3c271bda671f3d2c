"""The project's own themes, and the colours of scores for every theme.

All the project's themes are safe for colour-blind users.
"""

from __future__ import annotations

from textual.theme import Theme

DEFAULT_THEME = "propersim"


def _ramp(*colours: str) -> dict[str, str]:
    """Return the CSS variables of the scores 0–4 for five colours."""
    return {f"score-{score}": colour for score, colour in enumerate(colours)}


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

CONTRAST = Theme(
    name="propersim-contrast",
    primary="#7fd0ff",
    secondary="#d0d0d0",
    accent="#ffe100",
    warning="#ffc04d",
    error="#ff9d80",
    success="#8fe3ff",
    foreground="#ffffff",
    background="#000000",
    surface="#0a0a0a",
    panel="#1c1c1c",
    dark=True,
    variables={
        "footer-key-foreground": "#ffe100",
        "block-cursor-text-style": "none",
        "muted": "#d4d4d4",
        "mark": "#ffe100",
        "mark-text": "#000000",
        "map-day": "#00331a",
        "map-night": "#000a40",
        **_ramp("#ff8f66", "#ffb65c", "#fff3a0", "#b5e3ff", "#6cc4ff"),
    },
)
"""White and strong colours on black; all text has a contrast of at least 7:1."""

VIRIDIS = Theme(
    name="propersim-viridis",
    primary="#5ec8c0",
    secondary="#9fb0bd",
    accent="#fde725",
    warning="#e0b040",
    error="#f19a7e",
    success="#5ec962",
    foreground="#e4e8ea",
    background="#0d1016",
    surface="#131821",
    panel="#1a212b",
    dark=True,
    variables={
        "footer-key-foreground": "#fde725",
        "block-cursor-text-style": "none",
        "mark": "#fde725",
        "mark-text": "#0d1016",
        **_ramp("#887cd8", "#7d9fb7", "#7cbebb", "#a3df86", "#fded5b"),
    },
)
"""Scores in the colours of matplotlib's viridis, from violet to yellow, the dark ones lightened for legibility.

Each score is lighter than the one below it, so the order is visible to colour-blind users and in greyscale."""

THEMES = (PROPERSIM, CONTRAST, VIRIDIS)


def theme_names() -> list[str]:
    """Return the names of all themes, sorted: propersim's and Textual's."""
    from textual.theme import BUILTIN_THEMES

    return sorted({*BUILTIN_THEMES, *(theme.name for theme in THEMES)})


"""The project's own themes."""

# From vermilion over yellow to blue: unlike red and green, these stay distinct with every kind of colour blindness.
_ON_DARK = ("#ef7d57", "#f0a355", "#ead98b", "#8fcbf0", "#4fa8ff")
_ON_LIGHT = ("#b3401a", "#a86400", "#7a6a00", "#1f7ab8", "#0a4fa8")


_NAMED_ON_DARK = {"map-night": "#1d2740", "map-day": "#1c3026", "muted": "#8a97aa", "mark": "#ffc857", "mark-text": "#10141b"}
_NAMED_ON_LIGHT = {"map-night": "#c9d2ea", "map-day": "#dcebd8", "muted": "#5b6675", "mark": "#965800", "mark-text": "#ffffff"}


def own_variables(dark: bool) -> dict[str, str]:
    """Return the project's CSS variables.

    They are ``$score-0`` … ``$score-4``, ``$mark`` (the present moment), ``$muted``, and the map's.
    """
    named = _NAMED_ON_DARK if dark else _NAMED_ON_LIGHT
    return {**{f"score-{score}": colour for score, colour in enumerate(_ON_DARK if dark else _ON_LIGHT)}, **named}


WARNING_SIGN = "▲"
