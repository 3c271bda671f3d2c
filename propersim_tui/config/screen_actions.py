"""The actions of the other screens, one list a screen; see :mod:`propersim_tui.config.actions`."""

from __future__ import annotations

from textual.binding import Binding

from propersim_tui.config.actions import Act

_LIST, _SHOW, _MOVE, _APP = "List", "Show", "Move", "App"
_STEP, _DAY, _SAID = (Binding.Group(name, compact=True) for name in ("step", "day", "said"))

_HELP = Act("help", "question_mark", "help", "All keys of this screen", _APP, "?", footer=9)
_BACK = Act("back", "escape,q", "close", "Close what is open (message, filter, mark), then this screen", _APP, "esc", footer=9)
_FILTER = Act("filter", "slash", "filter", "Show only what has these words in it", _LIST, "/", footer=4)
_SORT = Act("sort", "s", "sort", "Sort by the next column; a click on a column's title sorts by it", _LIST, "s", footer=3)
_REVERSE = Act("reverse", "S", "reverse", "Turn the order round", _LIST, "S")
_UPDATE = Act("update", "u", "read again", "Read everything again", _LIST, "u")

RUNS_ACTS: tuple[Act, ...] = (
    Act("open", "enter", "open", "Open the run: look at what is stored of it (also a double click)", "Run", "enter", footer=8),
    Act("resume", "r", "resume", "Carry the run on, live", "Run", "r", footer=7),
    Act("compare", "c", "compare", "Mark the run; on a second one: compare the two", "Run", "c", footer=6),
    Act("delete", "d", "delete", "Delete the run and all that belongs to it, after a question", "Run", "d", footer=4),
    _FILTER,
    _SORT,
    _REVERSE,
    Act("preview", "p", "preview", "Show the preview instead of the list, and back (small screens)", _LIST, "p", footer=5),
    _UPDATE,
    _HELP,
    _BACK,
)

PERSONAS_ACTS: tuple[Act, ...] = (
    Act("start", "enter", "start a run", "Begin a live run of this persona (also a double click)", "Persona", "enter", footer=8),
    Act("file", "o", "open file", "Add a persona file by its path", "Persona", "o", footer=5),
    Act("scroll(1)", "space,ctrl+d", "scroll", "Scroll the sheet down", "Persona", "space", run="scroll(1)"),
    Act("scroll(-1)", "b,ctrl+u", "scroll back", "Scroll the sheet up", "Persona", "b", run="scroll(-1)"),
    _FILTER,
    _SORT,
    _REVERSE,
    Act("sheet", "p", "sheet", "Show the persona instead of the list, and back (small screens)", _LIST, "p", footer=6),
    _UPDATE,
    _HELP,
    _BACK,
)

COMPARE_ACTS: tuple[Act, ...] = (
    Act("step_on", "n", "step", "Show the next moment, in both", _MOVE, "n", footer=8),
    Act("step_back", "b", "back", "Show the moment before, in both", _MOVE, "b", footer=7),
    Act(
        "said_back",
        "less_than_sign,comma",
        "last said",
        "To the last moment before at which either spoke",
        _MOVE,
        "<",
        6,
        _SAID,
        "said(-1)",
    ),
    Act("said_on", "greater_than_sign,full_stop", "next said", "To the next moment at which either spoke", _MOVE, ">", 6, _SAID, "said(1)"),
    Act("day_back", "left_square_bracket", "day back", "To the start of this day, then of the one before", _MOVE, "[", 5, _DAY, "day(-1)"),
    Act("day_on", "right_square_bracket", "next day", "To the start of the next day", _MOVE, "]", 5, _DAY, "day(1)"),
    Act("first", "home", "first day", "To the start of the first day", _MOVE, "home"),
    Act("last", "end", "last day", "To the end of the last day that there is", _MOVE, "end"),
    Act("swap", "x", "swap", "Let the two change places", _SHOW, "x", footer=4),
    Act("tab_moment", "1", "moment", "Show the same moment in both (small screens)", _SHOW, "1", run="tab('moment')"),
    Act("tab_figures", "2", "figures", "Show the table of figures (small screens)", _SHOW, "2", run="tab('figures')"),
    Act("tab_curves", "3", "curves", "Show the curves over days (small screens)", _SHOW, "3", run="tab('curves')"),
    _UPDATE,
    _HELP,
    _BACK,
)

_NIGHT = Binding.Group("night", compact=True)

INSPECT_ACTS: tuple[Act, ...] = (
    Act("earlier", "left_parenthesis", "earlier night", "Ask the adapter of an earlier night", "Inspect", "(", 7, _NIGHT, "other(-1)"),
    Act("later", "right_parenthesis", "later night", "Ask the adapter of a later night", "Inspect", ")", 7, _NIGHT, "other(1)"),
    Act("back", "escape,i", "close", "Return to the run (also i)", _APP, "esc", footer=9),
)

LEARNED_ACTS: tuple[Act, ...] = (
    Act("earlier", "left", "earlier night", "What it had learned a night before", "Learned", "←", 7, _NIGHT, "night(-1)"),
    Act("later", "right", "later night", "What it had learned a night later", "Learned", "→", 7, _NIGHT, "night(1)"),
    Act("film", "p", "play nights", "Play the nights from the first to the last; again: stop", "Learned", "p", footer=6),
    Act("back", "escape,w", "close", "Return to the run (also w)", _APP, "esc", footer=9),
)

MEMORY_ACTS: tuple[Act, ...] = (
    Act("there", "enter", "go there", "To when this was last (also a click), on the screen of the run", "Memory", "enter", footer=8),
    Act("search", "slash", "search", "Search what it remembers; an empty line is what the user is doing", "Memory", "/", footer=7),
    Act("take", "x", "take", "Copy or save what was found: text, picture or figures", "Memory", "x"),
    Act("back", "escape,m", "close", "Take the text away, then return to the run (also m)", _APP, "esc", footer=9),
)
