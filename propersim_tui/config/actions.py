"""All actions of the screen in one place: keys, footer, help screen and command palette are made from this list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from textual.binding import Binding

_SPEED = Binding.Group("speed", compact=True)
_DAY = Binding.Group("day", compact=True)


@dataclass(frozen=True)
class Act:
    """One thing that the user can do.

    Attributes:
        id: its name; the app has a method ``action_<id>`` (or the action is given in ``run``).
        keys: Textual's names of its keys, separated by commas.
        label: a word or two, for the footer and the palette.
        tip: a sentence, for tooltip, help and palette.
        section: heading in the help.
        keycap: how its keys are written.
        footer: how much it belongs in the footer: those with the least go first where there is little room; 0 is never there.
        group: keys shown as one in the footer.
        run: the action with its arguments, where it is not ``id``.
        where: on which screens it can be done: ``live`` alone, those that show a ``moment`` of the run, or ``anywhere``.
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


_BAD = "score of 2 or less, or wanted moment that was missed"
_ODDS = "step whose ratings say another answer was better"

_PLAY, _MOVE, _SHOW, _KEEP, _APP = "Play", "Move", "Show", "Keep", "App"

ACTS: tuple[Act, ...] = (
    Act("play", "space", "pause/go", "Pause, or go on (a live run: from the newest step)", _PLAY, "space", footer=8),
    Act("step_on", "n", "step", "Show the next step; at the newest of a live run, do one", _PLAY, "n", footer=7),
    Act("step_back", "b", "back", "Show the step before", _PLAY, "b", footer=6),
    Act(
        "faster",
        "plus,equals_sign",
        "faster",
        "Twice as fast, up to as fast as it goes",
        _PLAY,
        "+",
        5,
        _SPEED,
        "speed(1)",
        where="live",
    ),
    Act(
        "slower",
        "minus,underscore",
        "slower",
        "Half as fast, down to one step a second",
        _PLAY,
        "−",
        5,
        _SPEED,
        "speed(-1)",
        where="live",
    ),
    Act("take_over", "h", "rate", "Rate what is shown yourself, or hand that back to the judge (a live run)", _PLAY, "h", where="live"),
    Act("train", "t", "train", "Train now instead of at night (a live run that learns)", _PLAY, "t", footer=1, where="live"),
    Act("day_back", "left_square_bracket", "day back", "To the start of this day, then of the one before", _MOVE, "[", 4, _DAY, "day(-1)"),
    Act("day_on", "right_square_bracket", "next day", "To the start of the next day", _MOVE, "]", 4, _DAY, "day(1)"),
    Act("go_to", "g", "go to", "Go to a time, such as day 3 08:30", _MOVE, "g", footer=2),
    Act("first", "home", "first step", "To the first step of the run", _MOVE, "home"),
    Act("newest", "end", "newest step", "To the newest step", _MOVE, "end"),
    Act("next_said", "full_stop", "next said", "To the next recommendation", _MOVE, ".", run="seek('said', 1)"),
    Act("last_said", "comma", "last said", "To the recommendation before", _MOVE, ",", run="seek('said', -1)"),
    Act("next_bad", "greater_than_sign", "next bad rating", f"To the next {_BAD}", _MOVE, ">", run="seek('bad', 1)"),
    Act("last_bad", "less_than_sign", "last bad rating", f"To the last {_BAD}", _MOVE, "<", run="seek('bad', -1)"),
    Act("next_odds", "right_curly_bracket", "next disagreement", f"To the next {_ODDS}", _MOVE, "}", run="seek('disagreement', 1)"),
    Act("last_odds", "left_curly_bracket", "last disagreement", f"To the last {_ODDS}", _MOVE, "{", run="seek('disagreement', -1)"),
    Act("inspect", "i", "inspect", "Pause and lay the step open: what was seen, weighed, learned; today's answer", _SHOW, "i", footer=6),
    Act("learned", "w", "learned", "When it speaks and what it says, night by night, beside the user's wishes", _SHOW, "w", footer=4),
    Act("memory", "m", "memory", "What it remembers: searched by a text, or by this moment", _SHOW, "m", footer=3),
    Act("runs", "r", "runs", "All runs: open, resume, compare, delete", _SHOW, "r"),
    Act("personas", "p", "personas", "All personas: traits, rubric and rules; begin a run", _SHOW, "p", where="live"),
    Act("tab_home", "1", "home", "Show the home (small screens)", _SHOW, "1", run="tab('home')", where="live"),
    Act("tab_assistant", "2", "assistant", "Show the assistant's feed (small screens)", _SHOW, "2", run="tab('assistant')", where="live"),
    Act("tab_scores", "3", "scores", "Show today's scores (small screens)", _SHOW, "3", run="tab('scores')", where="live"),
    Act("tab_days", "4", "days", "Show the days of the run (small screens)", _SHOW, "4", run="tab('days')", where="live"),
    Act("jump", "j", "jump", "Put a letter on every region and entry; the letter goes there", _SHOW, "j", where="live"),
    Act("copy", "y", "copy", "Copy what was said at this step, or what the user is doing", _KEEP, "y"),
    Act("shoot", "s", "screenshot", "Save a picture of the screen (SVG) in the current folder", _KEEP, "s", where="anywhere"),
    Act("take", "x", "take", "Copy or save the region that has the focus: text, picture or figures", _KEEP, "x", where="live"),
    Act("dismiss", "escape", "close message", "Close the message at the foot of the screen", _APP, "esc", where="live"),
    Act("help", "question_mark", "help", "All keys, and what the signs mean", _APP, "?", footer=9, where="anywhere"),
    Act("leave", "q", "quit", "Leave; a live run stops and can be resumed", _APP, "q", footer=8, where="anywhere"),
)


WHERE = {act.name: act.where for act in ACTS}
"""Where each action can be done."""


def bindings(acts: Sequence[Act] = ACTS) -> list[Binding]:
    """Return Textual's bindings of some actions, in order; of the main screen's where none are given."""
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
