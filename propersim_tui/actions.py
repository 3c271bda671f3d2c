"""All actions of the screen in one place: keys, footer, help screen and command palette are made from this list."""

from __future__ import annotations

from dataclasses import dataclass

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
        footer: whether the footer shows it.
        group: keys shown as one in the footer.
        run: the action with its arguments, where it is not ``id``.
    """

    id: str
    keys: str
    label: str
    tip: str
    section: str
    keycap: str
    footer: bool = False
    group: Binding.Group | None = None
    run: str = ""

    @property
    def action(self) -> str:
        """The action in Textual's notation."""
        return self.run or self.id


ACTS: tuple[Act, ...] = (
    Act("toggle", "space", "pause/go", "Pause, or go on (a live run: from the newest step)", "Play", "space", footer=True),
    Act("forward", "n", "step", "Show the next step; at the newest of a live run, do one", "Play", "n", footer=True),
    Act("back", "b", "back", "Show the step before", "Play", "b", footer=True),
    Act("faster", "plus,equals_sign", "faster", "Twice as fast, up to as fast as it goes", "Play", "+", footer=True, group=_SPEED, run="speed(1)"),
    Act("slower", "minus,underscore", "slower", "Half as fast, down to one step a second", "Play", "−", footer=True, group=_SPEED, run="speed(-1)"),
    Act("day_back", "left_square_bracket", "day back", "To the beginning of this day, then of the one before", "Move", "[", footer=True, group=_DAY, run="day(-1)"),
    Act("day_on", "right_square_bracket", "next day", "To the beginning of the next day", "Move", "]", footer=True, group=_DAY, run="day(1)"),
    Act("go_to", "g", "go to", "Go to a time, such as day 3 08:30", "Move", "g", footer=True),
    Act("first", "home", "first step", "To the first step of the run", "Move", "home"),
    Act("newest", "end", "newest step", "To the newest step", "Move", "end"),
    Act("tab_home", "1", "home", "Show the home (small screens)", "Show", "1", run="tab('home')"),
    Act("tab_assistant", "2", "assistant", "Show the assistant's feed (small screens)", "Show", "2", run="tab('assistant')"),
    Act("tab_scores", "3", "scores", "Show today's scores (small screens)", "Show", "3", run="tab('scores')"),
    Act("tab_days", "4", "days", "Show the days of the run (small screens)", "Show", "4", run="tab('days')"),
    Act("copy", "y", "copy", "Copy what was said at this step, or what the user is doing", "Keep", "y"),
    Act("shoot", "s", "screenshot", "Save a picture of the screen (SVG) in the current folder", "Keep", "s"),
    Act("dismiss", "escape", "close message", "Close the message at the foot of the screen", "App", "esc"),
    Act("help", "question_mark", "help", "All keys, and what the signs mean", "App", "?", footer=True),
    Act("leave", "q", "quit", "Leave; a live run stops and can be resumed", "App", "q", footer=True),
)


def bindings() -> list[Binding]:
    """Return Textual's bindings of all actions."""
    return [
        Binding(
            act.keys,
            act.action,
            act.label,
            show=act.footer,
            key_display=act.keycap,
            tooltip=act.tip,
            id=act.id,
            group=act.group,
        )
        for act in ACTS
    ]
