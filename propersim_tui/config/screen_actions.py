"""The actions of the other screens, one list for each screen.

They are made like those of the live screen (:mod:`propersim_tui.config.actions`).
"""

from __future__ import annotations

from textual.binding import Binding

from propersim_tui.config.actions import ScreenAction

_LIST, _SHOW, _MOVE, _APP = "List", "Show", "Go to", "App"
_STEP, _DAY, _RECOMMENDATION = (Binding.Group(name, compact=True) for name in ("Step", "Day", "Recommendation"))
_ORDER, _ENDS = (Binding.Group(name, compact=True) for name in ("Sort/reverse", "First/last day"))
_OUT = ("exit", "quit", "leave", "back", "cancel")

_HELP = ScreenAction(
    "help", "question_mark", "Help", "Show all keys of this screen", _APP, "?", footer=99, pinned=True, synonyms=("keys", "shortcuts")
)
_BACK = ScreenAction(
    "back", "escape,q", "Close", "Close the message, filter or mark, then the screen", _APP, "esc", 98, pinned=True, synonyms=_OUT
)
_FILTER = ScreenAction(
    "filter", "slash", "Filter", "Show only entries that match these words", _LIST, "/", 55, synonyms=("search", "find", "grep")
)
_SORT = ScreenAction(
    "sort", "s", "Sort", "Sort by the next column (or click on a column's title)", _LIST, "s", 31, _ORDER, synonyms=("order", "arrange")
)
_REVERSE = ScreenAction("reverse", "S", "Reverse sort", "Reverse the sort order", _LIST, "S", 30, _ORDER, synonyms=("order", "descending"))
_UPDATE = ScreenAction("update", "u", "Refresh", "Read everything again", _LIST, "u", 20, synonyms=("reload", "update", "again"))

_EXPLAIN = ScreenAction(
    "explain", "e", "Explain", "Explain the figures and words on this screen one by one (or point at one)", _APP, "e", 32
)

RUNS_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "open",
        "enter",
        "View",
        "Look at the run: a live one as it is now, another as a replay, without resuming it (or double-click)",
        "Run",
        "enter",
        footer=80,
        synonyms=("open", "show", "watch", "replay"),
    ),
    ScreenAction(
        "resume",
        "r",
        "Resume",
        "Resume a run that is not finished: it goes on, live",
        "Run",
        "r",
        70,
        synonyms=("rerun", "again", "continue", "restart"),
    ),
    ScreenAction(
        "stop",
        "x",
        "Stop",
        "Stop a live run of this screen after its present step; it can be resumed",
        "Run",
        "x",
        65,
        synonyms=("end", "kill", "halt"),
    ),
    ScreenAction(
        "compare",
        "c",
        "Compare",
        "Mark the run; on a second run: compare the two, or all that space has chosen",
        "Run",
        "c",
        60,
        synonyms=("diff", "versus", "mark"),
    ),
    ScreenAction(
        "mark_run",
        "space",
        "Choose",
        "Choose the run for a comparison of several (up to six), or leave it out again",
        "Run",
        "space",
        45,
        synonyms=("mark", "select"),
    ),
    ScreenAction(
        "delete",
        "d",
        "Delete",
        "Delete the run and everything that belongs to it, after a question",
        "Run",
        "d",
        40,
        synonyms=("remove", "erase"),
    ),
    ScreenAction(
        "batches",
        "b",
        "Batches",
        "Show the batches of this database, also while another process carries them out",
        _LIST,
        "b",
        56,
        synonyms=("batch", "sweep", "jobs", "progress"),
    ),
    _FILTER,
    _SORT,
    _REVERSE,
    ScreenAction("preview", "p", "Preview", "Switch between list and preview (small screens)", _LIST, "p", footer=50),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

_BATCH = Binding.Group("Batch", compact=True)

BATCHES_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "open",
        "enter",
        "View",
        "Look at the run, as it is now or as a replay (or double-click)",
        "Run",
        "enter",
        80,
        synonyms=("open", "show", "watch", "replay"),
    ),
    ScreenAction("earlier_batch", "left_square_bracket", "Earlier batch", "Show the batch before", "Batch", "[", 70, _BATCH, "batch(-1)"),
    ScreenAction("later_batch", "right_square_bracket", "Later batch", "Show the batch after", "Batch", "]", 69, _BATCH, "batch(1)"),
    _FILTER,
    _SORT,
    _REVERSE,
    ScreenAction("preview", "p", "Details", "Switch between list and details (small screens)", _LIST, "p", footer=50),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

PERSONAS_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "start",
        "enter",
        "New run",
        "Choose the options of a new run of this persona, and start it (or double-click)",
        "Persona",
        "enter",
        80,
        synonyms=("start a run", "simulate"),
    ),
    ScreenAction("open_file", "o", "Open file", "Add a persona file by its path", "Persona", "o", 50, synonyms=("import", "load", "add")),
    ScreenAction("scroll(1)", "space,ctrl+d", "Scroll down", "Scroll the persona down", "Persona", "space", run="scroll(1)"),
    ScreenAction("scroll(-1)", "b,ctrl+u", "Scroll up", "Scroll the persona up", "Persona", "b", run="scroll(-1)"),
    _FILTER,
    _SORT,
    _REVERSE,
    ScreenAction("preview", "p", "Details", "Switch between list and persona (small screens)", _LIST, "p", footer=60),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

COMPARE_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "step_back", "b", "Step back", "Show the previous moment, in every run", _MOVE, "b", 79, _STEP, synonyms=("previous step",)
    ),
    ScreenAction("step_forward", "n", "Step forward", "Show the next moment, in every run", _MOVE, "n", 80, _STEP, synonyms=("next step",)),
    ScreenAction(
        "previous_recommendation",
        "less_than_sign,comma",
        "Previous recommendation",
        "Go to the previous moment at which a run spoke",
        _MOVE,
        "<",
        60,
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
        60,
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
        50,
        _DAY,
        "day(-1)",
    ),
    ScreenAction("next_day", "right_square_bracket", "Next day", "Go to the start of the next day", _MOVE, "]", 50, _DAY, "day(1)"),
    ScreenAction("first_day", "home", "First day", "Go to the start of the first day", _MOVE, "home", 29, _ENDS),
    ScreenAction("last_day", "end", "Last day", "Go to the end of the last day", _MOVE, "end", 30, _ENDS),
    ScreenAction(
        "swap_runs",
        "x",
        "Swap",
        "Swap the two runs; with more of them, the first becomes the last",
        _SHOW,
        "x",
        40,
        synonyms=("exchange", "switch"),
    ),
    ScreenAction("tab_moment", "1", "Moment", "Show the same moment in every run (small screens)", _SHOW, "1", run="tab('moment')"),
    ScreenAction("tab_figures", "2", "Figures", "Show the table of figures (small screens)", _SHOW, "2", run="tab('figures')"),
    ScreenAction("tab_curves", "3", "Curves", "Show the curves over days (small screens)", _SHOW, "3", run="tab('curves')"),
    _UPDATE,
    _EXPLAIN,
    _HELP,
    _BACK,
)

_NIGHT = Binding.Group("Night", compact=True)
_MAP = Binding.Group("Map", compact=True)

INSPECT_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "earlier_night", "left_parenthesis", "Earlier night", "Ask the adapter of an earlier night", "Inspect", "(", 95, _NIGHT, "night(-1)"
    ),
    ScreenAction(
        "later_night", "right_parenthesis", "Later night", "Ask the adapter of a later night", "Inspect", ")", 95, _NIGHT, "night(1)"
    ),
    ScreenAction("back", "escape,i", "Close", "Return to the run (also i)", _APP, "esc", 98, pinned=True, synonyms=_OUT),
)

LEARNED_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction(
        "earlier_night",
        "left",
        "Earlier",
        "Show the day before",
        "Learned",
        "←",
        95,
        _MAP,
        "night(-1)",
        synonyms=("earlier night", "earlier day"),
    ),
    ScreenAction(
        "later_night", "right", "Later", "Show the day after", "Learned", "→", 95, _MAP, "night(1)", synonyms=("later night", "later day")
    ),
    ScreenAction(
        "play_nights",
        "p",
        "Play days",
        "Play the days from first to last; again: stop",
        "Learned",
        "p",
        93,
        synonyms=("animate", "film"),
    ),
    ScreenAction("back", "escape,w", "Close", "Return to the run (also w)", _APP, "esc", 98, pinned=True, synonyms=_OUT),
)

MEMORY_ACTS: tuple[ScreenAction, ...] = (
    ScreenAction("go_to_step", "enter", "Go there", "Go to the step of this memory (or click on it)", "Memory", "enter", footer=95),
    ScreenAction(
        "search",
        "slash",
        "Search",
        "Search the memory by a text; without one, by what the user is doing",
        "Memory",
        "/",
        94,
        synonyms=("find", "filter", "recall"),
    ),
    ScreenAction(
        "export",
        "x",
        "Export",
        "Copy or save the memories found as text, picture or CSV",
        "Memory",
        "x",
        50,
        synonyms=("save", "write", "download"),
    ),
    ScreenAction(
        "back", "escape,m", "Close", "Clear the search, then return to the run (also m)", _APP, "esc", 98, pinned=True, synonyms=_OUT
    ),
)
