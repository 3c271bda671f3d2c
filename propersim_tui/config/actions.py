"""The actions of the live screen.

Keys, footer, help and command palette are all made from this list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from textual.binding import Binding

_STEP = Binding.Group("Step", compact=True)
_SPEED = Binding.Group("Speed", compact=True)
_DAY = Binding.Group("Day", compact=True)
_SIZE = Binding.Group("Size", compact=True)
_ENDS = Binding.Group("First/newest", compact=True)
_MATCH = Binding.Group("Match", compact=True)
_RECOMMENDATION = Binding.Group("Recommendation", compact=True)
_BAD_RATING = Binding.Group("Unwelcome/missed", compact=True)
_DISPUTED = Binding.Group("Disputed", compact=True)


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
        footer: usefulness on its screen, 1 to 99: the footer shows the most useful, as many as fit; 0 keeps it out of the footer.
        group: a group of keys that the footer shows as one, at the usefulness of its most useful action.
        run: the action with its arguments, if it is not ``id``.
        where: the screens on which it is available: ``live``, those that show a ``moment`` of the run, or ``anywhere``.
        panels: usefulness while a panel has the focus, by the panel's id; the footer begins with these.
        pinned: whether it stands at the end of the footer.
        short: its words in the footer, if they are not ``label``.
        synonyms: other words by which the palette finds it.
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
    panels: Mapping[str, int] = field(default_factory=dict, hash=False)
    pinned: bool = False
    short: str = ""
    synonyms: tuple[str, ...] = ()

    @property
    def action(self) -> str:
        """The action in Textual's notation."""
        return self.run or self.id

    @property
    def name(self) -> str:
        """The action without its arguments."""
        return self.action.partition("(")[0]


_BAD = "unwelcome recommendation (score below 4), or silence where one was wanted"
_DISAGREEMENT = "step where the ratings favour another candidate"

_PLAY, _MOVE, _SHOW, _LAYOUT, _KEEP, _APP = "Play", "Go to", "Show", "Panels", "Export", "App"

# fmt: off
ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("play", "space", "Play/pause", "Pause or resume; a live run resumes at the newest step", _PLAY, "space", 90,
                 synonyms=("stop", "resume", "continue", "run")),
    ScreenAction("step_back", "b", "Step back", "Show the previous step", _PLAY, "b", 87,
                 group=_STEP, synonyms=("backward", "previous step", "undo")),
    ScreenAction("step_forward", "n", "Step forward", "Show the next step; at the newest step of a live run, simulate one", _PLAY, "n", 88,
                 group=_STEP, synonyms=("next step", "advance", "single step")),
    ScreenAction("slower", "minus,underscore", "Slower", "Halve the speed, down to one step a second", _PLAY, "−", 77,
                 group=_SPEED, run="speed(-1)", where="live", synonyms=("speed", "rate", "decelerate")),
    ScreenAction("faster", "plus,equals_sign", "Faster", "Double the speed, up to full speed", _PLAY, "+", 78,
                 group=_SPEED, run="speed(1)", where="live", synonyms=("speed", "rate", "accelerate", "quicker")),
    ScreenAction("rate_by_hand", "h", "Rate it yourself",
                 "Rate recommendations yourself, or let the judge rate again (live runs)", _PLAY, "h", 60,
                 where="live", short="Rate", synonyms=("judge", "human", "score", "take over", "feedback")),
    ScreenAction("undo_rating", "u", "Undo rating",
                 "Undo your last rating, and rate again; what came after it is made anew (until the night)", _PLAY, "u", 63,
                 where="live", short="Undo", synonyms=("take back", "revert", "rate again")),
    ScreenAction("train", "t", "Train now", "Train now instead of at night (live runs that learn)", _PLAY, "t", 61,
                 where="live", panels={"training": 90}, short="Train", synonyms=("learn", "night", "fine-tune")),
    ScreenAction("explain", "e", "Explain",
                 "Explain the figures and words on the screen one by one, from the focused panel on (or point at one)", _SHOW, "e", 69,
                 panels={"assistant": 81},
                 synonyms=("meaning", "glossary", "what is", "define", "term")),
    ScreenAction("inspect", "i", "Inspect", "Pause and inspect this step: what the assistant saw, weighed and learned", _SHOW, "i", 80,
                 panels={"now": 90}, synonyms=("why", "explain", "details", "prompt", "candidates", "examine")),
    ScreenAction("learned", "w", "What it learned", "Show when it speaks and what it says, night by night", _SHOW, "w", 79,
                 panels={"assistant": 79}, short="Learned", synonyms=("training", "policy", "heat map", "nights", "adapter")),
    ScreenAction("memory", "m", "Memory", "Pause and search what the assistant remembers", _SHOW, "m", 64,
                 synonyms=("remember", "recall", "retrieval")),
    ScreenAction("runs", "r", "Runs", "List all runs: open, resume, compare, delete", _SHOW, "r", 68,
                 synonyms=("open", "resume", "rerun", "compare", "diff", "delete", "history", "list")),
    ScreenAction("compare_runs", "c", "Compare", "List all runs: c on another one compares it with this run", _SHOW, "c", 55,
                 where="live", synonyms=("diff", "versus", "oracle", "side by side")),
    ScreenAction("personas", "p", "Personas", "List all personas with their rubrics; start a run", _SHOW, "p", 58,
                 where="live", synonyms=("people", "users", "rubric", "profile")),
    ScreenAction("new_run", "N", "New run", "Choose persona, assistant, model, user, seed and days, and start a run", _SHOW, "N", 56,
                 where="live", synonyms=("rerun", "again", "start", "simulate", "create", "seed")),
    ScreenAction("tab_home", "1", "Home", "Show the home, or the office (small screens)", _SHOW, "1", 0,
                 run="tab('home')", where="live", synonyms=("map", "floor plan", "tab")),
    ScreenAction("tab_assistant", "2", "Assistant", "Show the assistant's feed (small screens)", _SHOW, "2", 0,
                 run="tab('assistant')", where="live", synonyms=("feed", "tab")),
    ScreenAction("tab_scores", "3", "Scores", "Show today's scores (small screens)", _SHOW, "3", 0,
                 run="tab('scores')", where="live", synonyms=("ratings", "tab")),
    ScreenAction("tab_days", "4", "Days", "Show the days of the run (small screens)", _SHOW, "4", 0,
                 run="tab('days')", where="live", synonyms=("curves", "learning", "tab")),
    ScreenAction("jump", "j", "Jump", "Show a letter on every region and entry; press one to go there", _SHOW, "j", 46,
                 where="live", synonyms=("focus", "hint", "letters", "go to region")),
    ScreenAction("previous_day", "left_square_bracket", "Previous day",
                 "Go to the start of this day, then to the day before", _MOVE, "[", 71,
                 group=_DAY, run="day(-1)", panels={"days": 89, "today": 89}, synonyms=("day before", "yesterday")),
    ScreenAction("next_day", "right_square_bracket", "Next day", "Go to the start of the next day", _MOVE, "]", 72,
                 group=_DAY, run="day(1)", panels={"days": 90, "today": 90}, synonyms=("day after", "tomorrow")),
    ScreenAction("go_to_time", "g", "Go to time", "Go to a time, such as day 3 08:30", _MOVE, "g", 62,
                 short="Go to", panels={"doing": 90, "today": 80, "days": 80}, synonyms=("jump to time", "moment", "clock", "date")),
    ScreenAction("first_step", "home", "First step", "Go to the first step of the run", _MOVE, "home", 34,
                 group=_ENDS, synonyms=("beginning", "start", "rewind")),
    ScreenAction("newest_step", "end", "Newest step", "Go to the newest step", _MOVE, "end", 35,
                 group=_ENDS, synonyms=("last step", "end", "latest", "follow")),
    ScreenAction("previous_recommendation", "comma", "Previous recommendation", "Go to the previous recommendation", _MOVE, ",", 73,
                 group=_RECOMMENDATION, run="seek('said', -1)", panels={"assistant": 76}, synonyms=("suggestion", "message")),
    ScreenAction("next_recommendation", "full_stop", "Next recommendation", "Go to the next recommendation", _MOVE, ".", 74,
                 group=_RECOMMENDATION, run="seek('said', 1)", panels={"assistant": 77}, synonyms=("suggestion", "message")),
    ScreenAction("previous_bad_rating", "less_than_sign", "Previous unwelcome or missed",
                 f"Go to the previous {_BAD}", _MOVE, "<", 65,
                 group=_BAD_RATING, run="seek('bad', -1)", panels={"scores": 89},
                 synonyms=("bad rating", "mistake", "false alarm", "missed need")),
    ScreenAction("next_bad_rating", "greater_than_sign", "Next unwelcome or missed",
                 f"Go to the next {_BAD}", _MOVE, ">", 66,
                 group=_BAD_RATING, run="seek('bad', 1)", panels={"scores": 90},
                 synonyms=("bad rating", "mistake", "false alarm", "missed need")),
    ScreenAction("previous_disagreement", "left_curly_bracket", "Previous disagreement",
                 f"Go to the previous {_DISAGREEMENT}", _MOVE, "{", 53,
                 group=_DISPUTED, run="seek('disagreement', -1)", synonyms=("disputed", "better candidate")),
    ScreenAction("next_disagreement", "right_curly_bracket", "Next disagreement", f"Go to the next {_DISAGREEMENT}", _MOVE, "}", 54,
                 group=_DISPUTED, run="seek('disagreement', 1)", synonyms=("disputed", "better candidate")),
    ScreenAction("search", "slash", "Search",
                 "Search recommendations and reasons of the whole run; Enter goes there, Esc closes", _MOVE, "/", 75,
                 where="live", panels={"assistant": 78}, synonyms=("find", "grep", "filter", "look for")),
    ScreenAction("previous_match", "F", "Previous match", "Go to the previous match of the search", _MOVE, "F", 91,
                 group=_MATCH, run="match(-1)", where="live", synonyms=("find previous", "search backward")),
    ScreenAction("next_match", "f", "Next match", "Go to the next match of the search; without a search, open it", _MOVE, "f", 92,
                 group=_MATCH, run="match(1)", where="live", synonyms=("find next", "search again", "find again")),
    ScreenAction("bookmarks", "apostrophe", "Bookmarks", "List the bookmarks of this run: go to one, edit or delete it", _MOVE, "'", 44,
                 synonyms=("marks", "notes", "favourites")),
    ScreenAction("zoom", "z", "Zoom", "Show the focused panel alone on the whole screen; again: show all panels", _LAYOUT, "z", 50,
                 where="live", synonyms=("maximize", "full screen", "enlarge", "minimize", "restore")),
    ScreenAction("smaller", "left_parenthesis", "Smaller panel", "Make the focused panel smaller (or drag its border)", _LAYOUT, "(", 37,
                 group=_SIZE, run="resize(-1)", where="live", synonyms=("resize", "shrink", "narrower", "size")),
    ScreenAction("larger", "right_parenthesis", "Larger panel", "Make the focused panel larger (or drag its border)", _LAYOUT, ")", 38,
                 group=_SIZE, run="resize(1)", where="live", synonyms=("resize", "grow", "wider", "higher", "size")),
    ScreenAction("reset_sizes", "vertical_line", "Reset sizes", "Give all panels their usual sizes again", _LAYOUT, "|", 36,
                 short="Reset", where="live", synonyms=("default", "layout", "restore", "resize")),
    ScreenAction("bookmark", "M", "Bookmark", "Pause and mark this step, with a note; on a marked step: change the note", _KEEP, "M", 45,
                 synonyms=("mark", "note", "pin", "remember", "favourite")),
    ScreenAction("copy", "y", "Copy", "Copy the recommendation of this step, or else what the user is doing", _KEEP, "y", 57,
                 synonyms=("yank", "clipboard")),
    ScreenAction("export", "x", "Export", "Copy or save the focused region as text, picture or CSV", _KEEP, "x", 59,
                 where="live", panels={"days": 70, "scores": 70}, synonyms=("save", "write", "download", "csv", "text")),
    ScreenAction("screenshot", "s", "Screenshot", "Save a picture of the screen (SVG) in the current folder", _KEEP, "s", 40,
                 run="save_screenshot", where="anywhere", synonyms=("picture", "image", "svg", "save", "snapshot")),
    ScreenAction("close_message", "escape", "Close message",
                 "Close the message at the foot of the screen, or else the search, or else the zoom", _APP, "esc", 95,
                 where="live", short="Close", synonyms=("dismiss", "cancel", "back")),
    ScreenAction("help", "question_mark", "Help", "Show all keys and signs, and the glossary", _APP, "?", 99,
                 where="anywhere", pinned=True, synonyms=("keys", "shortcuts", "manual", "glossary", "legend")),
    ScreenAction("quit", "q", "Quit", "Quit; a live run stops and can be resumed", _APP, "q", 98,
                 run="exit", where="anywhere", pinned=True, synonyms=("exit", "leave", "close", "bye")),
)
# fmt: on

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
