"""Help dialog: all keys, from the list of actions, a legend of the signs, and the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from textual.content import Content

from propersim_tui.config.actions import ACTS
from propersim_tui.config.keymap import keycap
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.render.format import NIGHT_SIGN, SHAPES, fit
from propersim_tui.screens.glossary import glossary_text
from propersim_tui.screens.text_dialog import TextDialog
from propersim_tui.widgets.home_map import TRAIL, USER


def help_text(keymap: Mapping[str, str] | None = None) -> Content:
    """Return the help: keys by section, then the legend.

    Args:
        keymap: changed keys by action id.
    """
    parts: list[str | tuple[str, str]] = []
    for section, acts in groupby(ACTS, key=lambda act: act.section):
        parts.append((f"{section}\n", "bold $primary"))
        for act in acts:
            keys = keycap(act, keymap or {}, {"faster": "+ =", "slower": "− _", "quit": "q ctrl+q"}.get(act.id, ""))
            parts += [("  " + fit(keys, 10), "bold $mark"), f"{act.tip}\n"]
    parts += [("  " + fit("ctrl+p", 10), "bold $mark"), "Command palette: all actions, and themes\n"]
    parts += [("  " + fit("↑ ↓", 10), "bold $mark"), "Scroll the assistant's feed (also page up, page down, wheel)\n"]
    parts += [("  " + fit("tab", 10), "bold $mark"), "Focus the next region (or click on it); x exports the focused region\n"]
    parts.append(("Mouse\n", "bold $primary"))
    parts.append("  Click on the timeline, an activity, an entry of the feed or a day of\n")
    parts.append("  the table to go there; on the top line to pause or resume; on a key of\n")
    parts.append("  the last line to press it. Drag a border to change sizes; double-click\n")
    parts.append("  on a title to zoom.\n")
    parts.append(("Figures\n", "bold $primary"))
    parts.append("  All figures are those until the moment shown, in a replay and when you\n")
    parts.append("  step back, too: days before it count whole, its own day until the step,\n")
    parts.append("  and later days are left out.\n")
    parts.append(("Signs\n", "bold $primary"))
    parts.append("  ")
    for score, sign in enumerate(SHAPES):
        parts += [(f"{sign} {score}", f"$score-{score}"), "   "]
    parts.append("score of a recommendation\n")
    parts.append("  ● ○   a dimension rated 1 or 0, in this order: preference, timing,\n        frequency, communication\n")
    parts += [("  ░     ", "$success"), "receptive   ", (f"{NIGHT_SIGN} ", "$mark"), "night training   "]
    parts += [(f"{WARNING_SIGN} ", "$text-warning"), "warning\n"]
    parts += [("  " + USER, "bold $mark"), f" {TRAIL}   the user and the path they walked; their room is highlighted\n"]
    return Content.assemble(*parts)


class HelpScreen(TextDialog):
    """Dialog with the help.

    Args:
        keymap: changed keys by action id.
    """

    def __init__(self, keymap: Mapping[str, str] | None = None) -> None:
        super().__init__("Help", help_text(keymap) + glossary_text())
