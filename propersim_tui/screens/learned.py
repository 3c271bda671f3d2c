"""What the assistant has learned: when it speaks, night by night, beside when the user is open; what it says, beside what is liked."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from propersim.core.interfaces import threshold
from propersim.core.text import clean
from propersim.inspector.protocol import Answer, Favoured, Favours, Map, Mapped, Trouble
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import LEARNED_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.render.content import Part, line
from propersim_tui.render.format import bar, fit, share, title
from propersim_tui.screens.asking import AskingScreen, AskInspector
from propersim_tui.widgets.heat_map import HeatData, HeatMap
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scroll_panel import ScrollPanel

FILM = 0.7
"""Seconds that each night is shown when all are played."""
NAME = 16
MOST = 14


class LearnedScreen(AskingScreen):
    """Asks for all nights once, the newest picture first to be shown; new nights are added as they come."""

    ACTS = LEARNED_ACTS
    HEADING = "Learned"
    # A sheet with the focus would have the keys of the nights taken from the footer.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEARNED_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._pictures: dict[int, Mapped] = {}
        self._tastes: dict[int, Favoured] = {}
        self._mapping = self._favouring = -1
        self._shown: int | None = None
        self._film: Timer | None = None
        self._known = 0
        self._asked_of: int | None = None

    def compose(self) -> ComposeResult:
        """Lay out the maps above and the tastes below."""
        yield RunHeader(id="header").data_bind(LearnedScreen.frame, LearnedScreen.status)
        yield Static("", id="night", markup=False)
        with Horizontal(id="maps"):
            yield HeatMap(id="speaks")
            yield HeatMap(truth=True, id="open")
        with Horizontal(id="tastes"):
            yield ScrollPanel("Topics it suggests", id="topics")
            yield ScrollPanel("In which tone", id="tones")
            yield ScrollPanel("For instance", id="examples")
        yield KeyFooter()

    def opened(self) -> None:
        """Ask for all there is by now; the newest picture that is known is to be seen meanwhile."""
        self._asked_of = None
        self._shown = max(self._pictures, default=None)
        self._known = len(self.frame.nights) if self.frame else 0
        self._mapping = self._ask(Map())
        self._draw()

    def on_screen_suspend(self) -> None:
        """Nobody sees the nights play any more."""
        self._stop()

    def on_resize(self, event: events.Resize) -> None:
        """Say as much as there is room for."""
        self._draw()

    def watch_frame(self, frame: Frame | None) -> None:
        """Ask again when there has been another night."""
        if frame is not None and self._mapping >= 0 and len(frame.nights) > self._known:
            self._known = len(frame.nights)
            self._mapping = self._ask(Map())

    def hear(self, answer: Answer) -> None:
        """Take a picture, or a taste."""
        if isinstance(answer, Mapped) and answer.number == self._mapping:
            newest = max(self._pictures, default=-1)
            self._pictures[answer.day] = answer
            if self._shown is None or (self._shown == newest and answer.day > newest):
                self._shown = answer.day
            self._draw()
            if answer.place == answer.places - 1:
                self._wonder()
        elif isinstance(answer, Favoured) and answer.number == self._favouring:
            self._tastes[answer.adapter.day if answer.adapter else 0] = answer
            self._draw()
        elif isinstance(answer, Trouble) and answer.number in (self._mapping, self._favouring):
            text = f"{answer.message}{f' ({answer.hint})' if answer.hint else ''}"
            self.query_one("#night", Static).update(line((clean(text, 300), "$warning")))

    def _wonder(self) -> None:
        """Ask what the adapter shown suggests, where that is not known."""
        if self._shown is not None and self._shown not in self._tastes and self._asked_of != self._shown:
            self._asked_of = self._shown
            self._favouring = self._ask(Favours(day=self._shown))

    # -- which night ----------------------------------------------------------------------------------------------

    def action_night(self, by: int) -> None:
        """Show the night before, or the one after."""
        days = sorted(self._pictures)
        if self._shown in days:
            self._shown = days[max(0, min(len(days) - 1, days.index(self._shown) + by))]
            self._draw()
            self._wonder()

    def action_film(self) -> None:
        """Play the nights from the first to the last; again: stop."""
        if self._film is not None:
            self._stop()
        elif self._pictures:
            self._shown = min(self._pictures)
            self._draw()
            self._film = self.set_interval(FILM, self.forward)

    def forward(self) -> None:
        """Show the next night, and stop at the last."""
        if self._shown is None or self._shown >= max(self._pictures):
            self._stop()
            self._wonder()
            return
        self._shown = min(day for day in self._pictures if day > self._shown)
        self._draw()

    def _stop(self) -> None:
        if self._film is not None:
            self._film.stop()
            self._film = None

    # -- drawing --------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        picture = self._pictures.get(self._shown) if self._shown is not None else None
        heat = heat_data(picture) if picture else None
        for name in ("speaks", "open"):
            self.query_one(f"#{name}", HeatMap).heat = heat
        if picture is None or heat is None:
            self.query_one("#night", Static).update(line(("asking the model …", "$muted")))
            return
        agreement = heat.agreement(threshold(picture.day > 0))
        which = "before the first night" if picture.day == 0 else f"after night {picture.day}"
        of = f" of {max(self._pictures)}" if max(self._pictures) else ""
        right = f"{share(agreement).strip()} of the time lived"
        words = "   speaks exactly where the user is open, in "
        if len(which + of + words + right) + 2 > self.size.width:
            words = "   right in "
        parts: list[Part] = [(which, "bold $mark"), (of, "$muted"), (words, "$muted"), (right, "bold")]
        self.query_one("#night", Static).update(line(*parts))
        taste = self._tastes.get(picture.day)
        # While the nights play, nobody is asked: each is seen too shortly.
        waiting = line(("asking …" if self._film is None else "…", "$muted"))
        self._sheet("topics").show(topics_text(taste) if taste else waiting)
        self._sheet("tones").show(tones_text(taste) if taste else waiting)
        self._sheet("examples").show(examples_text(taste) if taste else waiting)

    def _sheet(self, name: str) -> ScrollPanel:
        return self.query_one(f"#{name}", ScrollPanel)


def heat_data(picture: Mapped) -> HeatData:
    """Return a picture as the widget draws it."""
    return HeatData(
        [clean(row.phrase, 40) for row in picture.rows],
        picture.start,
        picture.p_speak,
        [[bool(cell) for cell in row] for row in picture.open],
        picture.done,
    )


def topics_text(taste: Favoured) -> Content:
    """Return the topics that it suggests by share, and what is thought of each."""
    lines = [line(("suits the user ", "$muted"), (f"{share(taste.preference)}", "bold"), (f"  of {taste.drawn}", "$muted"))]
    lines += [_bar(name, part, name in taste.likes, name in taste.dislikes) for name, part in taste.topics[:MOST]]
    missing = [name for name in taste.likes if name not in {known for known, _ in taste.topics}]
    if missing:
        lines.append(line(("liked, and not suggested: ", "$muted"), ", ".join(map(title, missing))))
    return Content("\n").join(lines)


def tones_text(taste: Favoured) -> Content:
    """Return the tones that it uses by share, and what is thought of each."""
    lines = [line(("suits the user ", "$muted"), (f"{share(taste.communication)}", "bold"))]
    lines += [_bar(name, part, name in taste.welcome, name in taste.avoid) for name, part in taste.tones[:MOST]]
    return Content("\n").join(lines)


def examples_text(taste: Favoured) -> Content:
    """Return some of its sentences, with what is thought of them."""
    lines = []
    for one in taste.examples:
        good = one.rating.preference + one.rating.communication
        lines.append(line((f"{'○◐●'[good]} ", f"$score-{2 * good}"), f"“{clean(one.text or '', 300)}”"))
    return Content("\n").join(lines)


def _bar(name: str, part: float, liked: bool, disliked: bool) -> Content:
    full, rest = bar(part, 12)
    sign, style = ("✓", "$score-4") if liked else ("✗", "$score-0") if disliked else (" ", "$muted")
    return line(
        (f"{sign} ", style),
        (fit(title(name) or "–", NAME), style if sign != " " else ""),
        (full, style),
        (rest, "$foreground 15%"),
        f" {share(part)}",
    )
