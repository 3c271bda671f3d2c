"""The actions of the other screens, one list for each screen.

They are made like those of the live screen (:mod:`propersim_tui.config.actions`).
"""

from __future__ import annotations

from textual.binding import Binding

from propersim_tui.config.actions import ScreenAction

_LIST, _SHOW, _MOVE, _APP = "List", "Show", "Go to", "App"
_STEP, _DAY, _RECOMMENDATION = (Binding.Group(name, compact=True) for name in ("Step", "Day", "Recommendation"))

_HELP = ScreenAction("help", "question_mark", "Help", "Show all keys of this screen", _APP, "?", footer=9)
_BACK = ScreenAction("back", "escape,q", "Close", "Close the message, filter or mark, then the screen", _APP, "esc", footer=9)
_FILTER = ScreenAction("filter", "slash", "Filter", "Show only entries that contain these words", _LIST, "/", footer=4)
_SORT = ScreenAction("sort", "s", "Sort", "Sort by the next column (or click on a column's title)", _LIST, "s", footer=3)
_REVERSE = ScreenAction("reverse", "S", "Reverse sort", "Reverse the sort order", _LIST, "S")
_EXPLAIN = ScreenAction(
    "explain", "e", "Explain", "Explain the figures and words on this screen one by one (or point at one)", _APP, "e", footer=3
)
_UPDATE = ScreenAction("update", "u", "Refresh", "Read everything again", _LIST, "u")

RUNS_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "open", "enter", "Open", "Open the run: a live one as it is now, another as a replay (or double-click)", "Run", "enter", footer=8
    ),
    ScreenAction("resume", "r", "Resume", "Resume the run, live", "Run", "r", footer=7),
    ScreenAction("stop", "x", "Stop", "Stop a live run of this screen after its present step; it can be resumed", "Run", "x", footer=5),
    ScreenAction(
        "compare", "c", "Compare", "Mark the run; on a second run: compare the two, or all that space has chosen", "Run", "c", footer=6
    ),
    ScreenAction(
        "mark_run",
        "space",
        "Choose",
        "Choose the run for a comparison of several (up to six), or leave it out again",
        "Run",
        "space",
        footer=2,
    ),
    ScreenAction("delete", "d", "Delete", "Delete the run and everything that belongs to it, after a question", "Run", "d", footer=4),
    _FILTER,
    _SORT,
    _REVERSE,
    ScreenAction("preview", "p", "Preview", "Switch between list and preview (small screens)", _LIST, "p", footer=5),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

PERSONAS_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("start", "enter", "Start a run", "Start a live run of this persona (or double-click)", "Persona", "enter", footer=8),
    ScreenAction("open_file", "o", "Open file", "Add a persona file by its path", "Persona", "o", footer=5),
    ScreenAction("scroll(1)", "space,ctrl+d", "Scroll down", "Scroll the persona down", "Persona", "space", run="scroll(1)"),
    ScreenAction("scroll(-1)", "b,ctrl+u", "Scroll up", "Scroll the persona up", "Persona", "b", run="scroll(-1)"),
    _FILTER,
    _SORT,
    _REVERSE,
    ScreenAction("preview", "p", "Details", "Switch between list and persona (small screens)", _LIST, "p", footer=6),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

COMPARE_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("step_forward", "n", "Step forward", "Show the next moment, in every run", _MOVE, "n", footer=8),
    ScreenAction("step_back", "b", "Step back", "Show the previous moment, in every run", _MOVE, "b", footer=7),
    ScreenAction(
        "previous_recommendation",
        "less_than_sign,comma",
        "Previous recommendation",
        "Go to the previous moment at which a run spoke",
        _MOVE,
        "<",
        6,
        _RECOMMENDATION,
        "recommendation(-1)",
    ),
    ScreenAction(
        "next_recommendation",
        "greater_than_sign,full_stop",
        "Next recommendation",
        "Go to the next moment at which a run spoke",
        _MOVE,
        ">",
        6,
        _RECOMMENDATION,
        "recommendation(1)",
    ),
    ScreenAction(
        "previous_day",
        "left_square_bracket",
        "Previous day",
        "Go to the start of this day, then to the day before",
        _MOVE,
        "[",
        5,
        _DAY,
        "day(-1)",
    ),
    ScreenAction("next_day", "right_square_bracket", "Next day", "Go to the start of the next day", _MOVE, "]", 5, _DAY, "day(1)"),
    ScreenAction("first_day", "home", "First day", "Go to the start of the first day", _MOVE, "home"),
    ScreenAction("last_day", "end", "Last day", "Go to the end of the last day", _MOVE, "end"),
    ScreenAction("swap_runs", "x", "Swap", "Swap the two runs; with more of them, the first becomes the last", _SHOW, "x", footer=4),
    ScreenAction("tab_moment", "1", "Moment", "Show the same moment in every run (small screens)", _SHOW, "1", run="tab('moment')"),
    ScreenAction("tab_figures", "2", "Figures", "Show the table of figures (small screens)", _SHOW, "2", run="tab('figures')"),
    ScreenAction("tab_curves", "3", "Curves", "Show the curves over days (small screens)", _SHOW, "3", run="tab('curves')"),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

_NIGHT = Binding.Group("Night", compact=True)

INSPECT_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "earlier_night", "left_parenthesis", "Earlier night", "Ask the adapter of an earlier night", "Inspect", "(", 7, _NIGHT, "night(-1)"
    ),
    ScreenAction(
        "later_night", "right_parenthesis", "Later night", "Ask the adapter of a later night", "Inspect", ")", 7, _NIGHT, "night(1)"
    ),
    ScreenAction("back", "escape,i", "Close", "Return to the run (also i)", _APP, "esc", footer=9),
)

LEARNED_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("earlier_night", "left", "Earlier night", "Show the night before", "Learned", "←", 7, _NIGHT, "night(-1)"),
    ScreenAction("later_night", "right", "Later night", "Show the night after", "Learned", "→", 7, _NIGHT, "night(1)"),
    ScreenAction("play_nights", "p", "Play nights", "Play the nights from first to last; again: stop", "Learned", "p", footer=6),
    ScreenAction("back", "escape,w", "Close", "Return to the run (also w)", _APP, "esc", footer=9),
)

MEMORY_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("go_to_step", "enter", "Go there", "Go to the step of this memory (or click on it)", "Memory", "enter", footer=8),
    ScreenAction(
        "search", "slash", "Search", "Search the memory by a text; without one, by what the user is doing", "Memory", "/", footer=7
    ),
    ScreenAction("export", "x", "Export", "Copy or save the memories found as text, picture or CSV", "Memory", "x"),
    ScreenAction("back", "escape,m", "Close", "Clear the search, then return to the run (also m)", _APP, "esc", footer=9),
)
