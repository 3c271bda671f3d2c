"""The actions of the live screen.

Keys, footer, help and command palette are all made from this list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

_SPEED = Binding.Group("Speed", compact=True)
_DAY = Binding.Group("Day", compact=True)


@dataclass(frozen=True)
class ScreenAction:
    """An action of a screen.

    Attributes:
        id: its name, also in the user's keymap; the screen has a method ``action_<id>``, unless ``run`` names another one.
        keys: Textual's names of its keys, separated by commas.
        label: a few words for footer and palette.
        tip: a sentence for tooltip, help and palette.
        section: heading in the help.
        keycap: how its keys are written.
        footer: priority in the footer, where the lowest go first if room is short; 0 keeps it out of the footer.
        group: a group of keys that the footer shows as one.
        run: the action with its arguments, if it is not ``id``.
        where: the screens on which it is available: ``live``, those that show a ``moment`` of the run, or ``anywhere``.
    """

    id: str
    keys: str
    label: str
    tip: str
    section: str
    keycap: str
    footer: int = 0
    group: Binding.Group | None = None
    run: str = ""
    where: Literal["live", "moment", "anywhere"] = "moment"

    @property
    def action(self) -> str:
        """The action in Textual's notation."""
        return self.run or self.id

    @property
    def name(self) -> str:
        """The action without its arguments."""
        return self.action.partition("(")[0]


_BAD = "score of 2 or less, or silence in a wanted moment"
_DISAGREEMENT = "step where the ratings favour another candidate"

_PLAY, _MOVE, _SHOW, _KEEP, _APP = "Play", "Go to", "Show", "Export", "App"

ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("play", "space", "Play/pause", "Pause or resume; a live run resumes at the newest step", _PLAY, "space", footer=8),
    ScreenAction(
        "step_forward", "n", "Step forward", "Show the next step; at the newest step of a live run, simulate one", _PLAY, "n", footer=7
    ),
    ScreenAction("step_back", "b", "Step back", "Show the previous step", _PLAY, "b", footer=6),
    ScreenAction(
        "faster", "plus,equals_sign", "Faster", "Double the speed, up to full speed", _PLAY, "+", 5, _SPEED, "speed(1)", where="live"
    ),
    ScreenAction(
        "slower",
        "minus,underscore",
        "Slower",
        "Halve the speed, down to one step a second",
        _PLAY,
        "−",
        5,
        _SPEED,
        "speed(-1)",
        where="live",
    ),
    ScreenAction(
        "rate_by_hand",
        "h",
        "Rate it yourself",
        "Rate recommendations yourself, or let the judge rate again (live runs)",
        _PLAY,
        "h",
        where="live",
    ),
    ScreenAction(
        "undo_rating",
        "u",
        "Undo rating",
        "Undo your last rating, and rate again; what came after it is made anew (until the night)",
        _PLAY,
        "u",
        where="live",
    ),
    ScreenAction("train", "t", "Train now", "Train now instead of at night (live runs that learn)", _PLAY, "t", footer=1, where="live"),
    ScreenAction(
        "previous_day",
        "left_square_bracket",
        "Previous day",
        "Go to the start of this day, then to the day before",
        _MOVE,
        "[",
        4,
        _DAY,
        "day(-1)",
    ),
    ScreenAction("next_day", "right_square_bracket", "Next day", "Go to the start of the next day", _MOVE, "]", 4, _DAY, "day(1)"),
    ScreenAction("go_to_time", "g", "Go to time", "Go to a time, such as day 3 08:30", _MOVE, "g", footer=2),
    ScreenAction("first_step", "home", "First step", "Go to the first step of the run", _MOVE, "home"),
    ScreenAction("newest_step", "end", "Newest step", "Go to the newest step", _MOVE, "end"),
    ScreenAction(
        "next_recommendation", "full_stop", "Next recommendation", "Go to the next recommendation", _MOVE, ".", run="seek('said', 1)"
    ),
    ScreenAction(
        "previous_recommendation",
        "comma",
        "Previous recommendation",
        "Go to the previous recommendation",
        _MOVE,
        ",",
        run="seek('said', -1)",
    ),
    ScreenAction("next_bad_rating", "greater_than_sign", "Next bad rating", f"Go to the next {_BAD}", _MOVE, ">", run="seek('bad', 1)"),
    ScreenAction(
        "previous_bad_rating", "less_than_sign", "Previous bad rating", f"Go to the previous {_BAD}", _MOVE, "<", run="seek('bad', -1)"
    ),
    ScreenAction(
        "next_disagreement",
        "right_curly_bracket",
        "Next disagreement",
        f"Go to the next {_DISAGREEMENT}",
        _MOVE,
        "}",
        run="seek('disagreement', 1)",
    ),
    ScreenAction(
        "previous_disagreement",
        "left_curly_bracket",
        "Previous disagreement",
        f"Go to the previous {_DISAGREEMENT}",
        _MOVE,
        "{",
        run="seek('disagreement', -1)",
    ),
    ScreenAction(
        "inspect", "i", "Inspect", "Pause and inspect this step: what the assistant saw, weighed and learned", _SHOW, "i", footer=6
    ),
    ScreenAction("learned", "w", "What it learned", "Show when it speaks and what it says, night by night", _SHOW, "w", footer=4),
    ScreenAction("memory", "m", "Memory", "Pause and search what the assistant remembers", _SHOW, "m", footer=3),
    ScreenAction("runs", "r", "Runs", "List all runs: open, resume, compare, delete", _SHOW, "r"),
    ScreenAction("personas", "p", "Personas", "List all personas with their rubrics; start a run", _SHOW, "p", where="live"),
    ScreenAction(
        "new_run",
        "N",
        "New run",
        "Choose persona, assistant, model, user, seed and days, and start a run",
        _SHOW,
        "N",
        where="live",
    ),
    ScreenAction("tab_home", "1", "Home", "Show the home (small screens)", _SHOW, "1", run="tab('home')", where="live"),
    ScreenAction(
        "tab_assistant", "2", "Assistant", "Show the assistant's feed (small screens)", _SHOW, "2", run="tab('assistant')", where="live"
    ),
    ScreenAction("tab_scores", "3", "Scores", "Show today's scores (small screens)", _SHOW, "3", run="tab('scores')", where="live"),
    ScreenAction("tab_days", "4", "Days", "Show the days of the run (small screens)", _SHOW, "4", run="tab('days')", where="live"),
    ScreenAction("jump", "j", "Jump", "Show a letter on every region and entry; press one to go there", _SHOW, "j", where="live"),
    ScreenAction("copy", "y", "Copy", "Copy the recommendation of this step, or else what the user is doing", _KEEP, "y"),
    ScreenAction("export", "x", "Export", "Copy or save the focused region as text, picture or CSV", _KEEP, "x", where="live"),
    ScreenAction(
        "screenshot",
        "s",
        "Screenshot",
        "Save a picture of the screen (SVG) in the current folder",
        _KEEP,
        "s",
        run="save_screenshot",
        where="anywhere",
    ),
    ScreenAction("close_message", "escape", "Close message", "Close the message at the foot of the screen", _APP, "esc", where="live"),
    ScreenAction("help", "question_mark", "Help", "Show all keys and signs, and the glossary", _APP, "?", footer=9, where="anywhere"),
    ScreenAction("quit", "q", "Quit", "Quit; a live run stops and can be resumed", _APP, "q", footer=8, run="exit", where="anywhere"),
)

FORMER_IDS = {
    "step_on": "step_forward",
    "take_over": "rate_by_hand",
    "day_back": "previous_day",
    "day_on": "next_day",
    "go_to": "go_to_time",
    "first": "first_step",
    "newest": "newest_step",
    "next_said": "next_recommendation",
    "last_said": "previous_recommendation",
    "next_bad": "next_bad_rating",
    "last_bad": "previous_bad_rating",
    "next_odds": "next_disagreement",
    "last_odds": "previous_disagreement",
    "shoot": "screenshot",
    "take": "export",
    "dismiss": "close_message",
    "leave": "quit",
}
"""Earlier ids of actions, which a user's keymap may still name.

A keymap names actions of the live screen. Actions of other screens that have the same id follow it.
"""

ACTION_SCOPES = {act.name: act.where for act in ACTS}
"""The screens on which each action is available, by the action's name."""


def bindings(acts: Sequence[ScreenAction] = ACTS) -> list[Binding]:
    """Return Textual's bindings of some actions, in order; by default, of the live screen's."""
    return [
        Binding(
            act.keys,
            act.action,
            act.label,
            show=bool(act.footer),
            key_display=act.keycap,
            tooltip=act.tip,
            id=act.id,
            group=act.group,
        )
        for act in acts
    ]
