"""Asks the person at the screen to rate what is shown, without a word of how the judge rates it."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from propersim.core.clock import format_minutes, format_time, weekday_name
from propersim.core.records import DIMENSIONS
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.runs.protocol import Rated, RateThis, Skip, TakeOver
from propersim_tui.render.content import line
from propersim_tui.render.format import title
from propersim_tui.screens.window import Window
from propersim_tui.widgets.verdict import Verdict

Bit = Literal[0, 1]
RatingGiven = Rated | Skip | TakeOver
"""What the person answers, to be sent to the worker as it is; ``TakeOver(False)`` leaves this one and all that follow to the judge."""

LONGEST_RUBRIC = 2000
AROUND = 9
"""Rows that are always there: borders, the four verdicts, the hints, and a blank line."""


class RateScreen(Window[RatingGiven | None]):
    """The moment, what was said, and four lines to choose yes or no in; leaves with the person's answer.

    None is no answer: whoever opened the window has closed it (``dismiss(None)``), since nobody waits for a rating any more.

    Args:
        ask: what is to be rated.
        persona: whose rubric can be looked at.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number + 1), f"change({number})", DIMENSIONS[number], show=False) for number in range(4)),
        Binding("y", "say(1, True)", "yes", show=False),
        Binding("n", "say(0, True)", "no", show=False),
        Binding("left", "say(1, False)", "yes", show=False),
        Binding("right", "say(0, False)", "no", show=False),
        Binding("up,shift+tab", "move(-1)", "up", show=False),
        Binding("down,tab", "move(1)", "down", show=False),
        Binding("pageup", "scroll(-1)", "scroll up", show=False),
        Binding("pagedown", "scroll(1)", "scroll down", show=False),
        Binding("enter", "give", "give the rating", show=False),
        Binding("escape", "skip", "leave this one to the judge", show=False),
        Binding("h", "hand_back", "leave all to the judge", show=False),
        Binding("r", "peek", "the rubric", show=False),
        Binding("q", "app.exit", "quit", show=False),
    ]
    DEFAULT_CSS = """
    RateScreen > Vertical { width: 76; }
    RateScreen VerticalScroll { height: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    RateScreen VerticalScroll Static { width: 1fr; height: auto; }
    RateScreen #said { text-style: bold; }
    RateScreen #clocks { color: $muted; }
    RateScreen .rubric { display: none; color: $muted; }
    RateScreen .rubric.-current { color: $foreground; }
    RateScreen #rubric-preference { margin-top: 1; }
    RateScreen.-peek .rubric { display: block; }
    RateScreen Verdict { height: 1; width: 1fr; }
    RateScreen #hint, RateScreen #skip { height: 1; width: 1fr; color: $muted; }
    RateScreen #verdict-preference { margin-top: 1; }
    """

    def __init__(self, ask: RateThis, persona: Persona) -> None:
        super().__init__()
        self.ask = ask
        self._persona = persona
        self._row = 0

    def compose(self) -> ComposeResult:
        """Lay out the moment, what was said, the rubric (hidden at first), and the verdicts."""
        rubric = self._persona.rubric
        with Vertical() as box:
            box.border_title = "Your rating"
            box.border_subtitle = "r rubric · h leave all to the judge · q quit"
            with VerticalScroll(can_focus=False):
                yield Static(moment_of(self.ask, self._persona), id="moment", markup=False)
                yield Static(clocks_of(self.ask), id="clocks", markup=False)
                yield Static(Content(f"“{clean(self.ask.text)}”"), id="said", markup=False)
                for name in DIMENSIONS:
                    text = clean(getattr(rubric, name).text, LONGEST_RUBRIC)
                    yield Static(line((f"{name}  ", "$mark"), text), id=f"rubric-{name}", classes="rubric", markup=False)
            for number, name in enumerate(DIMENSIONS):
                yield Verdict(number, name)
            yield Static("", id="hint", markup=False)
            yield Static("Esc skips this one: the judge rates it then", id="skip", markup=False)

    def on_mount(self) -> None:
        """Begin with the first dimension."""
        self._go(0)
        self.call_after_refresh(self._in_sight)

    def on_resize(self, event: events.Resize) -> None:
        """Leave the verdicts their room: what is above them scrolls where it has too little."""
        for told in self.query(VerticalScroll):
            told.styles.max_height = max(1, event.size.height - AROUND)

    @property
    def verdicts(self) -> list[Verdict]:
        """The four lines."""
        return list(self.query(Verdict))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Take no keys before there is anything that they could change, nor after."""
        return len(self.verdicts) == len(DIMENSIONS)

    def _go(self, row: int) -> None:
        """Make a line the current one, and say what is to be done."""
        verdicts = self.verdicts
        if not verdicts:
            # Closed before it was ever seen: the worker ended the very moment that it had asked.
            return
        self._row = row % len(verdicts)
        for verdict in verdicts:
            verdict.current = verdict.number == self._row
        missing = [DIMENSIONS[verdict.number] for verdict in verdicts if verdict.value is None]
        if not missing:
            self._hint(("Enter", "bold $mark"), " gives this rating")
        elif len(missing) == len(verdicts):
            self._hint(("y n", "bold $mark"), " or ", ("← →", "bold $mark"), " answer, ", ("1 – 4", "bold $mark"), " change")
        else:
            self._hint(f"still to answer: {', '.join(missing)}")
        for number, name in enumerate(DIMENSIONS):
            self.query_one(f"#rubric-{name}").set_class(number == self._row, "-current")
        self._in_sight()

    def _in_sight(self) -> None:
        """Where not all has room: show what was said, or, of the rubric, what the current line is about."""
        if not self.query("#said"):
            # Closed meanwhile.
            return
        if self.has_class("-peek"):
            self.query_one(f"#rubric-{DIMENSIONS[self._row]}").scroll_visible(animate=False, top=True)
        else:
            self.query_one("#said").scroll_visible(animate=False)

    def _hint(self, *parts: str | tuple[str, str]) -> None:
        self.query_one("#hint", Static).update(line(*parts))

    def _leave(self, answer: RatingGiven) -> None:
        # A key that was already on its way when the window closed does not answer a second time.
        if self.is_current:
            self.dismiss(answer)

    def on_verdict_clicked(self, message: Verdict.Clicked) -> None:
        """Choose what was clicked on."""
        if message.value is not None:
            self.verdicts[message.number].value = message.value
        self._go(message.number)

    # -- keys -----------------------------------------------------------------------------------------------------

    def action_change(self, number: int) -> None:
        """Change one line: yes at first, then no, then yes."""
        verdict = self.verdicts[number]
        verdict.value = 0 if verdict.value == 1 else 1
        self._go(number)

    def action_say(self, value: int, on: bool) -> None:
        """Answer the current line; ``on`` goes to the next one that has no answer yet."""
        verdicts = self.verdicts
        verdicts[self._row].value = value
        after = [(self._row + step) % len(verdicts) for step in range(1, len(verdicts))]
        self._go(next((row for row in after if verdicts[row].value is None), self._row) if on else self._row)

    def action_move(self, by: int) -> None:
        """Go to the line above or below."""
        self._go(self._row + by)

    def action_scroll(self, by: int) -> None:
        """Scroll what is above the lines."""
        told = self.query_one(VerticalScroll)
        told.scroll_relative(y=by * max(1, told.size.height - 1), animate=False)

    def action_peek(self) -> None:
        """Show the persona's rubric, or hide it."""
        self.toggle_class("-peek")
        self.call_after_refresh(self._in_sight)

    def action_give(self) -> None:
        """Give the rating, where all four are answered."""
        values = [verdict.value for verdict in self.verdicts]
        if None in values:
            self._go(values.index(None))
            missing = [name for name, value in zip(DIMENSIONS, values, strict=True) if value is None]
            self._hint((f"first answer {', '.join(missing)}", "$warning"))
            return
        a, b, c, d = (_bit(value) for value in values)
        self._leave(Rated(self.ask.index, a, b, c, d))

    def action_skip(self) -> None:
        """Leave this one to the judge."""
        self._leave(Skip(self.ask.index))

    def action_hand_back(self) -> None:
        """Leave this one and all that follow to the judge."""
        self._leave(TakeOver(False))


def _bit(value: int | None) -> Bit:
    return 1 if value else 0


def moment_of(ask: RateThis, persona: Persona) -> Content:
    """Return the moment in a sentence: when, who, doing what, where, until when, how absorbed."""
    action = ask.action
    where = f"{title(action.place.room)}, at the {title(action.place.object)}"
    note = clean(action.note, 120)
    return line(
        (f"{weekday_name(ask.day)} {format_time(ask.minute, wrap=True)}", "bold $mark"),
        f", day {ask.day}. {clean(persona.first_name, 40)}: {clean(action.phrase, 120)}",
        (f" ({note})" if note else "", "$muted"),
        f", {where}, until {format_time(action.end, wrap=True)}; focus {max(0, min(5, action.focus))} of 5.",
    )


def clocks_of(ask: RateThis) -> str:
    """Return in a sentence what was said today before."""
    clocks = ask.clocks
    if not clocks.shown:
        return "Nothing else has been said today."
    good = f"the last good one {format_minutes(clocks.need)} ago" if clocks.satisfying else "none was good"
    return f"Said today: {clocks.shown}. The last one {format_minutes(clocks.gap)} ago, {good}."
