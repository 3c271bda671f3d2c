"""Ask the person to rate a recommendation, without showing the judge's rating."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from propersim.core.clock import format_minutes, format_time
from propersim.core.records import DIMENSIONS, Bit
from propersim.core.text import clean
from propersim.persona.model import Persona
from propersim.runs.protocol import Rated, RateThis, SkipRating, Snooze, TakeOver, Undo
from propersim_tui.render.content import line
from propersim_tui.render.format import fit, wrap
from propersim_tui.render.user_card import now_text, rubric_lines, who_text
from propersim_tui.screens.dialog import Dialog
from propersim_tui.screens.size_classes import LEAST, TOO_SMALL
from propersim_tui.widgets.rating_row import RatingRow

RatingAnswer = Rated | SkipRating | Snooze | Undo | TakeOver
"""The person's answer, sent to the worker as it is; ``TakeOver(False)`` leaves this and all further ratings to the judge."""
SNOOZES = {"z": 15.0, "Z": 60.0, "t": None}
"""Simulated minutes of a snooze by key; None is until the next day."""

LONGEST_RUBRIC = 2000
AROUND = 10
"""Rows that are always needed: borders, four rating rows, hints and a blank line."""
LOW = 20
"""Rows below which there is no room for the card: the rubric is one key away."""
WIDTH, SIDES = 76, 5
"""Cells of the dialog, and of its borders, margins and scrollbar."""


class RateScreen(Dialog[RatingAnswer | None]):
    """Screen on which a person rates a recommendation; returns the person's answer.

    It shows who the person is, the situation, how the rubric reads, the recommendation, and one yes/no row for each dimension. What is
    left out stays unrated. It returns None if the app closes it because the worker no longer waits for a rating.

    In a terminal where it does not fit, it says so and takes no answer; only quitting works.

    Args:
        ask: the recommendation to rate.
        persona: the persona whose rubric is shown.
        undoes: time of the rating that can be undone, and how much simulated time that throws away ("" for little); None where none can be.
        given: the answers to fill in, where this recommendation was rated before and that was undone; else None.
    """

    GRACE: ClassVar[float] = 0.5
    """Seconds after the dialog opens in which keys are ignored: they were meant for the screen below."""
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
        Binding("enter", "give", "submit", show=False),
        Binding("x,backspace,delete", "clear", "leave this dimension out", show=False),
        Binding("escape", "close", "close the rubric, or leave this one unrated", show=False),
        Binding("s", "skip", "leave this one unrated", show=False),
        *(Binding(key, f"snooze('{key}')", "do not ask for a while", show=False) for key in SNOOZES),
        Binding("u", "undo", "undo the last rating", show=False),
        Binding("h", "hand_back", "leave all to the judge", show=False),
        Binding("r", "peek", "the rubric", show=False),
        Binding("q", "quit", "quit", show=False),
    ]
    DEFAULT_CSS = """
    RateScreen > Vertical { width: 76; }
    RateScreen VerticalScroll { height: auto; scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    RateScreen VerticalScroll Static { width: 1fr; height: auto; }
    RateScreen #said { text-style: bold; }
    RateScreen #clocks { color: $muted; }
    RateScreen #card { color: $foreground 85%; }
    RateScreen.-peek #card, RateScreen.-low #card, RateScreen.-low #who, RateScreen.-low #snooze { display: none; }
    RateScreen .rubric { display: none; color: $muted; }
    RateScreen .rubric.-current { color: $foreground; }
    RateScreen #rubric-preference { margin-top: 1; }
    RateScreen.-peek .rubric { display: block; }
    RateScreen RatingRow { height: 1; width: 1fr; }
    RateScreen #hint, RateScreen #skip, RateScreen #snooze { height: 1; width: 1fr; color: $muted; }
    RateScreen #rating-preference { margin-top: 1; }
    RateScreen #room { display: none; width: 100%; height: 100%; content-align: center middle; text-align: center; color: $warning; }
    RateScreen.-no-room > Vertical { display: none; }
    RateScreen.-no-room #room { display: block; }
    """

    def __init__(self, ask: RateThis, persona: Persona, *, undoes: tuple[str, str] | None = None, given: Rated | None = None) -> None:
        super().__init__()
        self._undoes = undoes
        self._given = given
        self._leaving = self._undoing = False
        self._open_from = 0.0
        self._confirmed = False
        self.ask = ask
        self._persona = persona
        self._current = 0

    def compose(self) -> ComposeResult:
        """Lay out situation, recommendation, rubric (hidden at first) and rating rows."""
        rubric = self._persona.rubric
        with Vertical() as box:
            box.border_title = "Your rating"
            box.border_subtitle = "r: all four wishes · h: leave all to the judge · q: quit"
            with VerticalScroll(can_focus=False):
                yield Static(who_text(self._persona), id="who", markup=False)
                yield Static(now_text(self._persona, self.ask.action, self.ask.day, self.ask.minute), id="moment", markup=False)
                yield Static("", id="card", markup=False)
                yield Static(earlier_text(self.ask), id="clocks", markup=False)
                yield Static(Content(f"“{clean(self.ask.text)}”"), id="said", markup=False)
                for name in DIMENSIONS:
                    text = clean(rubric.words(name), LONGEST_RUBRIC)
                    yield Static(line((f"{name}  ", "$mark"), text), id=f"rubric-{name}", classes="rubric", markup=False)
            for number, name in enumerate(DIMENSIONS):
                yield RatingRow(number, name)
            yield Static("", id="hint", markup=False)
            yield Static("", id="skip", markup=False)
            yield Static("", id="snooze", markup=False)
        yield Static(TOO_SMALL, id="room", markup=False)

    def on_mount(self) -> None:
        """Select the first dimension; keys count a moment later."""
        self._open_from = time.monotonic() + self.GRACE
        if self._given is not None:
            for row, value in zip(self.rating_rows, self._given.rating.values, strict=True):
                row.value, row.left_out = value, value is None
        self._select(0)
        self.call_after_refresh(self._scroll_into_view)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the rating rows visible."""
        self.fit_frame()

    def fit_frame(self) -> None:
        """Let the text above the rating rows scroll if there is too little room."""
        self.set_class(not self.has_room, "-no-room")
        height = self.size.height - self.toast_rows
        low = height < LOW
        self.set_class(low, "-low")
        for text in self.query(VerticalScroll):
            text.styles.max_height = max(1, height - AROUND + low)
        self._show_card()

    def _show_card(self) -> None:
        """Show the rubric as far as there is room.

        The dimension that is asked about is always shown in full, the others in full, else in a line each, else not at all.
        """
        width = max(1, min(self.size.width, WIDTH) - SIDES)
        texts = [text.content for name in ("who", "moment", "clocks", "said") for text in self.query(f"#{name}").results(Static)]
        room = self.size.height - self.toast_rows - AROUND - sum(len(wrap(str(text), width)) for text in texts)
        asked = [rubric_lines(self._persona, width, LONGEST_RUBRIC, [name]) for name in DIMENSIONS]
        short = [rubric_lines(self._persona, width, 1, [name]) for name in DIMENSIONS]
        here = self._current
        others = f"… {', '.join(name for name in DIMENSIONS if name != DIMENSIONS[here])}: r shows their wishes"
        named = [asked[here], [line((fit(others, width).rstrip(), "$muted"))]]
        forms = (asked, [*short[:here], asked[here], *short[here + 1 :]], named, [asked[here]])
        lines = next((form for form in forms if sum(map(len, form)) <= room), forms[-1])
        for card in self.query("#card").results(Static):
            card.update(Content("\n").join(each for part in lines for each in part))

    @property
    def has_room(self) -> bool:
        """Whether the recommendation and the rating rows fit into the terminal."""
        return self.size.width >= LEAST.width and self.size.height >= LEAST.height

    @property
    def rating_rows(self) -> list[RatingRow]:
        """The four rating rows."""
        return list(self.query(RatingRow))

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the app's actions whose keys mean something else here."""
        return frozenset({"screenshot"})

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Accept keys while the rating rows are visible, but not those meant for the screen below."""
        if not self.has_room and action != "quit":
            return False
        return len(self.rating_rows) == len(DIMENSIONS) and time.monotonic() >= self._open_from

    def _select(self, number: int) -> None:
        """Select a row and show what to do next."""
        rows = self.rating_rows
        if not rows:
            # Closed before it was laid out: the worker ended right after asking.
            return
        self._current, self._confirmed, self._leaving, self._undoing = number % len(rows), False, False, False
        for row in rows:
            row.current = row.number == self._current
            row.left_out = row.left_out and row.value is None
        missing = [DIMENSIONS[row.number] for row in rows if row.value is None]
        if not missing:
            self._hint(("Enter", "bold $mark"), ": submit this rating")
        elif len(missing) == len(rows):
            self._hint(("y n", "bold $mark"), " or ", ("← →", "bold $mark"), ": answer · ", ("Enter", "bold $mark"), ": submit")
        else:
            self._hint(f"not answered yet: {', '.join(missing)} · ", ("Enter", "bold $mark"), ": leave out")
        self._show_ways_out()
        self._show_card()
        for number, name in enumerate(DIMENSIONS):
            self.query_one(f"#rubric-{name}").set_class(number == self._current, "-current")
        # The card has another height, which the next layout gives it.
        self.call_after_refresh(self._scroll_into_view)

    def _show_ways_out(self) -> None:
        """Name the keys that leave without a rating; fewer work once there are answers."""
        undo = " · u: undo last" if self._undoes is not None else ""
        half = self._half_given
        self.query_one("#skip", Static).update(
            "s: leave unrated, without these answers · x: leave one out" if half else f"s, Esc: leave unrated · x: leave one out{undo}"
        )
        self.query_one("#snooze", Static).update("" if half else "do not ask me: z for 15 min · Z for 60 min · t until tomorrow")

    def _scroll_into_view(self) -> None:
        """Scroll to the recommendation.

        While the rubric is shown, scroll to its current dimension.
        """
        if not self.query("#said"):
            # Closed in the meantime.
            return
        if self.has_class("-peek"):
            self.query_one(f"#rubric-{DIMENSIONS[self._current]}").scroll_visible(animate=False, top=True)
        else:
            self.query_one("#said").scroll_visible(animate=False)

    def _hint(self, *parts: str | tuple[str, str]) -> None:
        self.query_one("#hint", Static).update(line(*parts))

    def _leave(self, answer: RatingAnswer) -> None:
        # A key that was queued when the dialog closed must not answer a second time.
        if self.is_current:
            self.dismiss(answer)

    def on_rating_row_clicked(self, message: RatingRow.Clicked) -> None:
        """Set the answer that was clicked."""
        if message.value is not None:
            self.rating_rows[message.number].value = message.value
        self._select(message.number)

    # -- actions --------------------------------------------------------------------------------------------------

    def action_change(self, number: int) -> None:
        """Toggle one row: yes at first, then no."""
        row = self.rating_rows[number]
        row.value = 0 if row.value == 1 else 1
        self._select(number)

    def _next_row(self, fits: Callable[[RatingRow], bool]) -> int:
        """Return the number of the next other row that fits; the current row's where none does."""
        rows = self.rating_rows
        after = ((self._current + step) % len(rows) for step in range(1, len(rows)))
        return next((number for number in after if fits(rows[number])), self._current)

    def action_say(self, value: int, on: bool) -> None:
        """Answer the current row.

        Args:
            value: 1 for yes, 0 for no.
            on: whether to select the next unanswered row.
        """
        rows = self.rating_rows
        rows[self._current].value = value
        self._select(self._next_row(lambda row: row.value is None) if on else self._current)

    def action_move(self, by: int) -> None:
        """Select the row above or below."""
        self._select(self._current + by)

    def action_scroll(self, by: int) -> None:
        """Scroll the text above the rows."""
        text = self.query_one(VerticalScroll)
        text.scroll_relative(y=by * max(1, text.size.height - 1), animate=False)

    def action_peek(self) -> None:
        """Show or hide the persona's rubric."""
        self.toggle_class("-peek")
        self.call_after_refresh(self._scroll_into_view)

    def action_give(self) -> None:
        """Submit the rating; what is not answered is left out, after a second Enter."""
        values = [row.value for row in self.rating_rows]
        missing = [name for name, value in zip(DIMENSIONS, values, strict=True) if value is None]
        if len(missing) == len(DIMENSIONS):
            self._hint(("nothing is answered: y or n answers, s leaves it unrated", "$text-warning"))
        elif any(row.value is None and not row.left_out for row in self.rating_rows) and not self._confirmed:
            self._select(values.index(None))
            self._confirmed = True
            self._hint(
                ("Enter again: submit and leave ", "$text-warning"),
                (", ".join(missing), "bold $text-warning"),
                (" unrated", "$text-warning"),
            )
        else:
            a, b, c, d = (_bit(value) for value in values)
            self._leave(Rated(self.ask.index, a, b, c, d))

    def action_clear(self) -> None:
        """Leave the current dimension out, and select the next one that is not answered."""
        rows = self.rating_rows
        rows[self._current].value, rows[self._current].left_out = None, True
        self._select(self._next_row(lambda row: row.value is None and not row.left_out))

    @property
    def _half_given(self) -> bool:
        """Whether some answer would be discarded."""
        return any(row.value is not None for row in self.rating_rows)

    def _keeps_answers(self) -> bool:
        """Return whether answers would be lost, and say so."""
        if self._half_given:
            self._hint(("your answers would be lost: Enter submits them, s leaves it unrated", "$text-warning"))
        return self._half_given

    def action_snooze(self, key: str) -> None:
        """Leave this recommendation unrated, and those of the next minutes or of the day."""
        if not self._keeps_answers():
            self._leave(Snooze(self.ask.index, SNOOZES[key]))

    def action_undo(self) -> None:
        """Go back to the last rating; by a second u where that loses more than some minutes."""
        if self._undoes is None:
            self._hint(("there is no rating since the last night that could be undone", "$text-warning"))
        elif self._keeps_answers():
            pass
        elif self._undoes[1] and not self._undoing:
            self._undoing = True
            when, lost = self._undoes
            self._hint((f"u again: undo {when}; the {lost} since then are made anew", "$text-warning"))
        else:
            self._leave(Undo())

    def action_close(self) -> None:
        """Close the rubric; without it, leave this one unrated.

        Answers that were given are not discarded.
        """
        if self.has_class("-peek"):
            self.action_peek()
        elif not self._keeps_answers():
            self.action_skip()

    async def action_quit(self) -> None:
        """Quit; answers that were given are discarded only by a second q."""
        if self._half_given and not self._leaving:
            self._leaving = True
            self._hint(("your answers would be lost: Enter submits them, q again quits without them", "$text-warning"))
        else:
            await self.run_action("app.exit")

    def action_skip(self) -> None:
        """Leave this recommendation unrated."""
        self._leave(SkipRating(self.ask.index))

    def action_hand_back(self) -> None:
        """Leave this and all further ratings to the judge."""
        self._leave(TakeOver(False))


def _bit(value: int | None) -> Bit:
    return None if value is None else 1 if value else 0


def earlier_text(ask: RateThis) -> str:
    """Return in a sentence what was recommended earlier today."""
    clocks = ask.clocks
    if not clocks.shown:
        return "No other recommendation today."
    good = f"the last useful one {format_minutes(clocks.need)} ago" if clocks.satisfying else "none of them useful"
    return f"Recommendations today: {clocks.shown}. The last one {format_minutes(clocks.gap)} ago, {good}."


def snooze_text(snooze: Snooze, ask: RateThis) -> str:
    """Return until when the person is not asked, in a sentence.

    Args:
        snooze: the person's answer.
        ask: what it answers.
    """
    until = "tomorrow" if snooze.minutes is None else format_time(ask.minute + snooze.minutes, wrap=True)
    return f"You are not asked until {until}; what is shown meanwhile stays unrated. h twice ends this"
