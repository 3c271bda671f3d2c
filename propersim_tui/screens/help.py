"""All keys, from the registry of actions, and what the signs mean."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from textual.content import Content

from propersim_tui.config.actions import ACTS
from propersim_tui.config.keymap import keycap
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.render.format import NIGHT_SIGN, SHAPES, fit
from propersim_tui.screens.glossary import glossary_text
from propersim_tui.screens.text_window import TextWindow
from propersim_tui.widgets.home_map import TRAIL, USER


def help_text(keymap: Mapping[str, str] | None = None) -> Content:
    """Return the help: keys by section, then the legend; ``keymap`` has the keys of actions that have other ones than by default."""
    parts: list[str | tuple[str, str]] = []
    for section, acts in groupby(ACTS, key=lambda act: act.section):
        parts.append((f"{section}\n", "bold $primary"))
        for act in acts:
            keys = keycap(act, keymap or {}, {"faster": "+ =", "slower": "− _", "quit": "q ctrl+q"}.get(act.id, ""))
            parts += [("  " + fit(keys, 10), "bold $mark"), f"{act.tip}\n"]
    parts += [("  " + fit("ctrl+p", 10), "bold $mark"), "Command palette: every action, and themes\n"]
    parts += [("  " + fit("↑ ↓", 10), "bold $mark"), "Scroll the assistant's feed (also page up, page down, wheel)\n"]
    parts += [("  " + fit("tab", 10), "bold $mark"), "The next region (or click on it): x takes the one that has the focus\n"]
    parts.append(("Mouse\n", "bold $primary"))
    parts.append("  Click on the day's band, an action, a line of the feed or a day in\n")
    parts.append("  the table to go there; on the top line to pause or go on.\n")
    parts.append(("Signs\n", "bold $primary"))
    parts.append("  ")
    for score, sign in enumerate(SHAPES):
        parts += [(f"{sign} {score}", f"$score-{score}"), "   "]
    parts.append("score of what was said\n")
    parts.append("  ● ○   a dimension marked 1 or 0: preference, timing, frequency,\n        communication, in this order\n")
    parts += [("  ░     ", "$success"), "open to suggestions   ", (f"{NIGHT_SIGN} ", "$mark"), "a night of training   "]
    parts += [(f"{WARNING_SIGN} ", "$warning"), "a warning\n"]
    parts += [("  " + USER, "bold $mark"), f" {TRAIL}   the user, and the way they came; their room is lit\n"]
    parts.append("  F1    of welcome recommendations, beside what the oracle would have\n")
    parts.append("        made welcome: nothing but being useful raises it")
    return Content.assemble(*parts)


class HelpScreen(TextWindow):
    """A window with the help.

    Args:
        keymap: keys of actions that have other ones than by default.
    """

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__("Help", help_text(keymap) + glossary_text())
