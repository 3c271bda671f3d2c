"""The actions of the other screens, one list a screen: keys, footer, help and palette come from them (see :mod:`propersim_tui.actions`)."""

from __future__ import annotations

from textual.binding import Binding

from propersim_tui.actions import Act

_LIST, _SHOW, _MOVE, _APP = "List", "Show", "Move", "App"
_STEP, _DAY, _SAID = (Binding.Group(name, compact=True) for name in ("step", "day", "said"))

_HELP = Act("help", "question_mark", "help", "All keys of this screen", _APP, "?", footer=True)
_BACK = Act("back", "escape,q", "back", "Close what is open (message, filter, mark), then this screen", _APP, "esc", footer=True)
_FILTER = Act("filter", "slash", "filter", "Show only what has these words in it", _LIST, "/", footer=True)
_SORT = Act("sort", "s", "sort", "Sort by the next column; a click on a column's title sorts by it", _LIST, "s", footer=True)
_REVERSE = Act("reverse", "S", "reverse", "Turn the order round", _LIST, "S")
_UPDATE = Act("update", "u", "read again", "Read everything again", _LIST, "u")

RUNS_ACTS: tuple[Act, ...] = (
    Act("open", "enter", "open", "Open the run: look at what is stored of it (also a double click)", "Run", "enter", footer=True),
    Act("resume", "r", "resume", "Carry the run on, live", "Run", "r", footer=True),
    Act("compare", "c", "compare", "Mark the run; on a second one: compare the two", "Run", "c", footer=True),
    Act("delete", "d", "delete", "Delete the run and all that belongs to it, after a question", "Run", "d", footer=True),
    _FILTER,
    _SORT,
    _REVERSE,
    Act("preview", "p", "preview", "Show the preview instead of the list, and back (small screens)", _LIST, "p", footer=True),
    _UPDATE,
    _HELP,
    _BACK,
)

PERSONAS_ACTS: tuple[Act, ...] = (
    Act("start", "enter", "start a run", "Begin a live run of this persona (also a double click)", "Persona", "enter", footer=True),
    Act("file", "o", "open file", "Add a persona file by its path", "Persona", "o", footer=True),
    Act("scroll(1)", "space,ctrl+d", "scroll", "Scroll the sheet down", "Persona", "space", run="scroll(1)"),
    Act("scroll(-1)", "b,ctrl+u", "scroll back", "Scroll the sheet up", "Persona", "b", run="scroll(-1)"),
    _FILTER,
    _SORT,
    _REVERSE,
    Act("sheet", "p", "sheet", "Show the persona instead of the list, and back (small screens)", _LIST, "p", footer=True),
    _UPDATE,
    _HELP,
    _BACK,
)

COMPARE_ACTS: tuple[Act, ...] = (
    Act("step_on", "n", "step", "Show the next moment, in both", _MOVE, "n", footer=True),
    Act("step_back", "b", "back", "Show the moment before, in both", _MOVE, "b", footer=True),
    Act(
        "said_back", "less_than_sign,comma", "said", "To the last moment before at which either spoke", _MOVE, "<", True, _SAID, "said(-1)"
    ),
    Act("said_on", "greater_than_sign,full_stop", "said", "To the next moment at which either spoke", _MOVE, ">", True, _SAID, "said(1)"),
    Act("day_back", "left_square_bracket", "day", "To the start of this day, then of the one before", _MOVE, "[", True, _DAY, "day(-1)"),
    Act("day_on", "right_square_bracket", "day", "To the start of the next day", _MOVE, "]", True, _DAY, "day(1)"),
    Act("first", "home", "first day", "To the start of the first day", _MOVE, "home"),
    Act("last", "end", "last day", "To the end of the last day that there is", _MOVE, "end"),
    Act("swap", "x", "swap", "Let the two change places", _SHOW, "x", footer=True),
    Act("tab_moment", "1", "moment", "Show the same moment in both (small screens)", _SHOW, "1", run="tab('moment')"),
    Act("tab_figures", "2", "figures", "Show the table of figures (small screens)", _SHOW, "2", run="tab('figures')"),
    Act("tab_curves", "3", "curves", "Show the curves over days (small screens)", _SHOW, "3", run="tab('curves')"),
    _UPDATE,
    _HELP,
    _BACK,
)

_CLOSE = Act("back", "escape", "back", "Return to the run", _APP, "esc", footer=True)

MEMORY_ACTS: tuple[Act, ...] = (
    Act("there", "enter", "go there", "To when this was last (also a click), on the screen of the run", "Memory", "enter", footer=True),
    Act("search", "slash", "search", "Search what it remembers; an empty line is what the user is doing", "Memory", "/", footer=True),
    Act("take", "x", "take", "Copy or save what was found: text, picture or figures", "Memory", "x"),
    Act("back", "escape", "back", "Take the text away, then return to the run", _APP, "esc", footer=True),
)
