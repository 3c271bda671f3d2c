"""Screen that shows what the assistant has learned, now and at the end of each day.

It shows when it speaks and what it says, beside the user's rubric.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from propersim.core.clock import FULL_WEEKDAYS, format_time
from propersim.core.records import DayFigures
from propersim.core.text import clean, counted
from propersim.inspector.protocol import InspectorError, MapSpeaking, MomentMap, Reply, SampleSuggestions, SpeakMap, SuggestionSample
from propersim.learning.pairs import content_score
from propersim.simulation.metrics import metrics
from propersim_tui.config.actions import bindings
from propersim_tui.config.screen_actions import LEARNED_ACTS
from propersim_tui.data.frame import Frame
from propersim_tui.render.content import Part, line
from propersim_tui.render.feed import NightEntry
from propersim_tui.render.format import HIDDEN, bar, fit, share, short_number, title
from propersim_tui.screens.inspector_screen import AskInspector, InspectorScreen, problem_text
from propersim_tui.widgets.heat_map import HeatData, HeatMap
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scroll_panel import ScrollPanel

SECONDS_PER_NIGHT = 0.7
"""Seconds for which each map is shown during playback."""
SETTLE = 0.5
"""Seconds without another step before the model is asked about the shown one."""
TRAINED = " (trained)"
NAME = 16
MOST = 14


class LearnedScreen(InspectorScreen):
    """Maps and suggestions as of the shown moment of the run, and as of the end of each day.

    Asks for all of them at each opening and after each night; the shown moment comes first. What the records say is shown meanwhile.
    """

    ACTS = LEARNED_ACTS
    HEADING = "Learned"
    # A focused panel would hide the keys of the nights from the footer.
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(LEARNED_ACTS)]

    def __init__(self, ask: AskInspector) -> None:
        super().__init__(ask)
        self._maps: dict[int, SpeakMap] = {}
        self._samples: dict[int, SuggestionSample] = {}
        self._moments: MomentMap | None = None
        self._map_question = self._sample_question = -1
        # Maps and samples are kept by the number of steps before their moment.
        self._shown: int | None = None
        self._follows = True
        self._f1_then: tuple[int, float | None] = (-1, None)
        self._asked_index: int | None = None
        self._here = True
        self._settling: Timer | None = None
        self._playback: Timer | None = None
        self._nights_seen = 0
        self._blind = False
        self._asked_at: int | None = None
        self._map_problem: InspectorError | None = None
        self._sample_problem: InspectorError | None = None

    def compose(self) -> ComposeResult:
        """Lay out the maps above and the suggestions below."""
        yield RunHeader(id="header").data_bind(LearnedScreen.frame, LearnedScreen.status)
        yield Static("", id="night", markup=False)
        with Horizontal(id="maps"):
            yield HeatMap(id="speaks")
            yield HeatMap(truth=True, id="open")
        with Horizontal(id="tastes"):
            yield ScrollPanel("Suggested topics", id="topics")
            yield ScrollPanel("Tones", id="tones")
            yield ScrollPanel("Examples", id="examples")
        yield KeyFooter().data_bind(LearnedScreen.status)

    def opened(self) -> None:
        """Ask for the shown moment and all days so far; the newest known map is visible meanwhile."""
        self._asked_at = None
        self._follows = True
        self._shown = max(self._maps, default=None)
        self._nights_seen = len(self.frame.nights) if self.frame else 0
        self._sample_problem = None
        self._map_problem = nothing_to_learn(self.frame)
        self._map_question = self._ask_maps() if self._map_problem is None else -1
        self._draw()

    def on_screen_suspend(self) -> None:
        """Stop the playback when the screen is hidden."""
        self._stop()

    def on_resize(self, event: events.Resize) -> None:
        """Rewrite the summary for the new width."""
        self._draw()

    def watch_frame(self, frame: Frame | None) -> None:
        """Ask again after a night of training, and at another step of a run that stands still.

        While a person rates, what follows from the judge's ratings is hidden.
        """
        if self._map_question >= 0 and self._stands_here() != self._here:
            self._draw()
        if self._map_question >= 0 and self.is_current and not self.status.playing and self._moved():
            self._ask_soon()
        if frame is not None and frame.blind != self._blind:
            self._blind = frame.blind
            self._draw()
        if frame is not None and self._map_question >= 0 and len(frame.nights) > self._nights_seen:
            self._nights_seen = len(frame.nights)
            self._map_problem = None
            self._map_question = self._ask_maps()

    def _moved(self) -> bool:
        """Return whether another step is shown than the one that was asked about."""
        step = self.frame.step if self.frame is not None else None
        return step is not None and step.index != self._asked_index

    def _stands_here(self) -> bool:
        """Return whether the map's moment is the one of the step that the run shows."""
        step = self.frame.step if self.frame is not None else None
        return step is None or self._shown == step.index + 1

    def _ask_soon(self) -> None:
        """Ask about the shown step once no other one follows."""
        if self._settling is not None:
            self._settling.stop()
        self._settling = self.set_timer(SETTLE, self._ask_moved)

    def _ask_moved(self) -> None:
        if self.is_current and self._moved() and not self.status.playing:
            self._follows = True
            self._map_problem = None
            self._map_question = self._ask_maps()

    def _ask_maps(self) -> int:
        step = self.frame.step if self.frame is not None else None
        self._asked_index = step.index if step is not None else None
        if step is not None:
            # A live run goes on while the model is asked.
            self._f1_then = step.index + 1, f1_of(figures_until_shown(self.frame))
        return self._ask(MapSpeaking(index=step.index if step is not None else None))

    def _f1(self, shown: SpeakMap) -> str:
        """Return the run's F1 with the days that it is over, such as ``F1 days 1–3 .92``.

        It is "" where no day counts.

        At the shown moment its day counts until then. The moment of a training on request is in the middle of a day, whose figures until
        then are not known: only the days before count.
        """
        now = shown.now and self._f1_then[0] == shown.at
        last = shown.day if now or shown.minute is None else shown.day - 1
        if last < 1 or self.frame is None or (not now and last > len(self.frame.days)):
            # Also where the run shows an earlier moment than the map, whose figures are not at hand.
            return ""
        f1 = self._f1_then[1] if now else f1_of([figures for figures in self.frame.days if figures.day <= last])
        return f"F1 {'day 1' if last == 1 else f'days 1–{last}'} {'–' if f1 is None else short_number(f1)}"

    def _first(self, shown: SpeakMap) -> tuple[str, int] | None:
        """Return the earliest mapped moment before another one, and its margin over silence.

        None if there is none with a margin.
        """
        for at in sorted(self._maps):
            first = self._maps[at]
            margin = margin_over_silence(first, heat_data(first))
            if at < shown.at and margin is not None:
                return moment_words(first).removesuffix(TRAINED), margin
        return None

    def receive(self, answer: Reply) -> None:
        """Show a map, what is known before it, a sample of suggestions, or an error."""
        if isinstance(answer, MomentMap) and answer.number == self._map_question:
            self._moments = answer
            self._draw()
        elif isinstance(answer, SpeakMap) and answer.number == self._map_question:
            if answer.place == 0:
                # Moments that were asked about before have passed.
                self._maps = {at: each for at, each in self._maps.items() if not each.now}
            self._maps[answer.at] = answer
            self.refresh_bindings()
            if self._shown not in self._maps or (self._follows and answer.place == 0):
                self._shown = answer.at
            self._draw()
            if answer.place == 0:
                self._ask_suggestions()
        elif isinstance(answer, SuggestionSample) and answer.number == self._sample_question:
            if self._asked_at is not None:
                self._samples[self._asked_at] = answer
            self._draw()
        elif isinstance(answer, InspectorError) and answer.number in (self._map_question, self._sample_question):
            if answer.number == self._map_question:
                self._map_problem = answer
            else:
                # The same question may be asked again, by leaving this day and coming back.
                self._sample_problem, self._asked_at = answer, None
            self._draw()

    def show_wait(self, text: str) -> None:
        """Say how long the screen has waited, beside what is known."""
        if text != self._wait:
            self._wait = text
            self._draw()

    def _ask_suggestions(self) -> None:
        """Ask what the assistant suggests at the moment on screen, unless that is known."""
        shown = self._maps.get(self._shown) if self._shown is not None else None
        if shown is not None and shown.at not in self._samples and self._asked_at != shown.at:
            self._asked_at = shown.at
            self._sample_problem = None
            passing = shown.now and shown.minute is not None
            self._sample_question = self._ask(SampleSuggestions(index=shown.at - 1) if passing else SampleSuggestions(day=shown.day))

    def on_heat_map_pointed(self, message: HeatMap.Pointed) -> None:
        """Show the cursor in both maps."""
        for heat_map in self.query(HeatMap):
            heat_map.cursor = message.cell

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing now; the footer leaves them out."""
        return super().idle_actions | (frozenset() if len(self._maps) > 1 else {"earlier_night", "later_night", "play_nights"})

    # -- days -----------------------------------------------------------------------------------------------------

    def action_night(self, by: int) -> None:
        """Show the map before (-1) or after (1) the one on screen."""
        moments = sorted(self._maps)
        if self._shown in moments:
            self._map_problem = None
            self._follows = False
            self._shown = moments[max(0, min(len(moments) - 1, moments.index(self._shown) + by))]
            self._draw()
            self._ask_suggestions()

    def action_play_nights(self) -> None:
        """Play the maps from the first to the last, or stop."""
        if self._playback is not None:
            self._stop()
        elif self._maps:
            self._map_problem = None
            self._follows = False
            self._shown = min(self._maps)
            self._draw()
            self._playback = self.set_interval(SECONDS_PER_NIGHT, self.forward)

    @property
    def playing(self) -> bool:
        """Whether the maps are being played."""
        return self._playback is not None

    def forward(self) -> None:
        """Show the next map; stop after the last one."""
        if self._shown is None or self._shown >= max(self._maps):
            self._stop()
            self._ask_suggestions()
            return
        self._shown = min(at for at in self._maps if at > self._shown)
        self._draw()

    def _stop(self) -> None:
        if self._playback is not None:
            self._playback.stop()
            self._playback = None

    # -- drawing --------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        shown = self._maps.get(self._shown) if self._shown is not None else None
        blind = self._blind
        heat = heat_data(shown, blind=blind) if shown else None
        self._map_problem = self._map_problem or nothing_to_learn(self.frame)
        for name in ("speaks", "open"):
            heat_map, hidden = self.query_one(f"#{name}", HeatMap), blind and name == "open"
            known = receptive_data(self._moments) if heat is None and name == "open" and self._moments is not None else heat
            heat_map.heat = None if hidden else known
            heat_map.waiting = clean(self._map_problem.message) if self._map_problem else HIDDEN if hidden else self._wait
        if self._map_problem:
            self.query_one("#night", Static).update(problem_text(self._map_problem))
        if shown is None or heat is None:
            if not self._map_problem:
                self.query_one("#night", Static).update(line((self._wait, "$muted"), *last_night_text(self.frame)))
            for name in ("topics", "tones", "examples"):
                waiting = self._known(self.waiting) if name == "topics" else self.waiting
                self._panel(name).show(line(("nothing to show", "$muted")) if self._map_problem else waiting)
            return
        if not self._map_problem:
            self._here = self._stands_here()
            heading = moment_text(shown, heat, self._f1(shown), self.size.width, first=self._first(shown), here=self._here)
            self.query_one("#night", Static).update(heading)
        sample = self._samples.get(shown.at)
        # During playback each map is on screen too shortly to ask for its suggestions.
        waiting = self.waiting if self._playback is None else line(("…", "$muted"))
        if self._sample_problem is not None:
            waiting = problem_text(self._sample_problem)
        self._panel("topics").show(topics_text(sample, blind=blind) if sample else self._known(waiting))
        self._panel("tones").show(tones_text(sample, blind=blind) if sample else waiting)
        self._panel("examples").show(examples_text(sample, blind=blind) if sample else waiting)

    def _known(self, waiting: Content) -> Content:
        """Return what the records say, with a text for an answer that is awaited below it."""
        known = known_text(self.frame, self._moments.evidence if self._moments is not None else (), blind=self._blind)
        return Content("\n").join([*known, waiting])

    def _panel(self, name: str) -> ScrollPanel:
        return self.query_one(f"#{name}", ScrollPanel)


def nothing_to_learn(frame: Frame | None) -> InspectorError | None:
    """Return why no model of a run can be asked what it has learned; None if one can."""
    if frame is None or not (frame.about.control or frame.about.remote):
        return None
    who = (
        "a model at an endpoint does not learn here"
        if frame.about.remote
        else f"{frame.about.control} is a control: it follows a fixed rule"
    )
    return InspectorError(f"Nothing was learned: {who}.", "r lists other runs; those of the assistant llama learn")


def last_night_text(frame: Frame | None) -> list[Part]:
    """Return the last training before the shown step in words; nothing before the first."""
    over = frame.nights_so_far if frame is not None else ()
    if not over:
        return []
    last = over[-1]
    return [("   ", ""), (NightEntry(last.at, last).text, "")]


def known_text(frame: Frame | None, evidence: Sequence[str], *, blind: bool = False) -> list[Content]:
    """Return what the records say of the recommendations so far, one fact a line.

    Args:
        frame: the run as of the shown step.
        evidence: what the ratings say of topics and tones, in sentences.
        blind: whether a person rates now, so that it is left out how many were welcome.
    """
    lines = []
    days = [figures for figures in figures_until_shown(frame) if figures.shown]
    for figures in days[-1:]:
        which = f"day {figures.day}: "
        lines.append(
            line((which, "$muted"), counted(figures.shown, "recommendation"), " shown" if blind else f" shown, {figures.welcome} welcome")
        )
    if days[1:]:
        shown, welcome = sum(figures.shown for figures in days), sum(figures.welcome for figures in days)
        lines.append(line(("all days: ", "$muted"), counted(shown, "recommendation"), " shown" if blind else f" shown, {welcome} welcome"))
    return lines + [line(clean(each)) for each in evidence]


def receptive_data(moments: MomentMap) -> HeatData:
    """Return a map of when the user is receptive, without probabilities of speaking."""
    return HeatData(
        [clean(row.phrase, 40) for row in moments.rows],
        moments.start,
        [[0.0] * len(row) for row in moments.open],
        [[bool(cell) for cell in row] for row in moments.open],
        moments.done,
    )


def figures_until_shown(frame: Frame | None) -> list[DayFigures]:
    """Return the figures of the days up to the shown step, the last one up to that step."""
    return list(frame.days_so_far) if frame is not None else []


def f1_of(days: Sequence[DayFigures]) -> float | None:
    """Return F1 over some days; None where it has no value."""
    f1: float | None = metrics(days)["f1"] if days else None
    return f1


def moment_words(speak_map: SpeakMap, *, here: bool = True) -> str:
    """Return the moment of a map in words; a night is named where it trained the adapter in use.

    Args:
        speak_map: the map.
        here: whether the run still shows that moment, so that it is now.
    """
    if speak_map.minute is not None:
        when = f"day {speak_map.day} {format_time(speak_map.minute, wrap=True)}"
        if speak_map.now:
            return f"now, {when}" if here else f"as of {when}"
        return f"{when} (trained on request)" if speak_map.trained else when
    if speak_map.day == 0:
        return "before day 1"
    return f"after night {speak_map.day}{TRAINED}" if speak_map.trained else f"after day {speak_map.day}"


def margin_over_silence(speak_map: SpeakMap, heat: HeatData) -> int | None:
    """Return by how many percentage points decisions beat those of always staying silent.

    Returns:
        The difference of the two rounded percentages; None where nothing is known of the user, or it is hidden.
    """
    agreement, silent = heat.agreement(speak_map.threshold), heat.silent_agreement()
    return None if agreement is None or silent is None else round(100 * agreement) - round(100 * silent)


def moment_text(
    speak_map: SpeakMap, heat: HeatData, f1: str, width: int, *, first: tuple[str, int] | None = None, here: bool = True
) -> Content:
    """Return the heading: the moment, and how much better than silence the assistant decides.

    Silence is an assistant that never speaks.

    Beside it stand the same margin at an early moment, because it rises with learning; the two shares that it is made of; and the run's
    F1. There are fewer words where there is little room.

    Args:
        speak_map: the map of the moment.
        heat: the same map in the form that the widget draws.
        f1: the run's F1 with the days that it is over; "" where it has none.
        width: available cells.
        first: an early moment in words, and its margin in percentage points; None if there is none.
        here: whether the run still shows the moment of the map.
    """
    parts: list[Part] = [(moment_words(speak_map, here=here), "bold $mark")]
    if speak_map.weekday is not None:
        parts.append((f", on a {FULL_WEEKDAYS[speak_map.weekday]}", "$muted"))
    agreement, silent = heat.agreement(speak_map.threshold), heat.silent_agreement()
    if heat.open is None:
        return line(*parts)
    margin = margin_over_silence(speak_map, heat)
    if agreement is None or silent is None or margin is None:
        return line(*parts, ("   nothing is known of the user yet", "$muted"))
    right, without = f"{round(100 * agreement)} %", f"{round(100 * silent)} %"
    lead: list[Part] = [
        ("  ", ""),
        (f"{margin} points better" if margin >= 0 else f"{-margin} points worse", "bold"),
        " than always silent",
    ]
    early: list[Part] = [(f" ({first[0]}: {first[1]})".replace("-", "−"), "$muted")] if first is not None else []
    shares: list[Part] = [("   right in ", "$muted"), right, (" of the time, always silent: ", "$muted"), without]
    brief: list[Part] = [("   right ", "$muted"), right, (", silent ", "$muted"), without]
    f1_words, _, value = f1.rpartition(" ")
    run: list[Part] = [(f"   {f1_words} ", "$muted"), (value, "bold")] if f1 else []
    forms = [line(*parts, *more) for more in ([*lead, *early, *shares, *run], [*lead, *early, *brief, *run], [*lead, *early, *run])]
    less = [*lead[:2], " than silence"]
    forms += [line(*parts, *more) for more in ([*less, *early, *run], [*lead, *early], [*less, *early], lead, lead[:2])]
    return next((form for form in forms if form.cell_length + 2 <= width), forms[-1])


def heat_data(speak_map: SpeakMap, *, blind: bool = False) -> HeatData:
    """Return a map in the form that the widget draws.

    If blind, it is hidden when the user is receptive.
    """
    return HeatData(
        [clean(row.phrase, 40) for row in speak_map.rows],
        speak_map.start,
        speak_map.p_speak,
        None if blind else [[bool(cell) for cell in row] for row in speak_map.open],
        speak_map.done,
        [[bool(cell) for cell in row] for row in speak_map.speaks] or None,
    )


def topics_text(sample: SuggestionSample, *, blind: bool = False) -> Content:
    """Return the suggested topics by share, each marked as liked or disliked.

    If blind, marks and ratings are left out.
    """
    if blind:
        return Content("\n").join(_bar(name, part, False, False) for name, part in sample.topics[:MOST])
    what = "not shown yet, only tried" if sample.tries else "what it would say"
    matches = f"{round(sample.preference * sample.drawn)} of {sample.drawn}"
    lines = [line((f"{what}: ", "$muted"), (matches, "bold"), (" liked by the user", "$muted"))]
    lines += [_bar(name, part, name in sample.likes, name in sample.dislikes) for name, part in sample.topics[:MOST]]
    missing = [name for name in sample.likes if name not in {known for known, _ in sample.topics}]
    if missing:
        lines.append(line(("liked but not suggested: ", "$muted"), ", ".join(map(title, missing))))
    return Content("\n").join(lines)


def tones_text(sample: SuggestionSample, *, blind: bool = False) -> Content:
    """Return the tones used by share, each marked as welcome or unwelcome.

    If blind, marks and ratings are left out.
    """
    if blind:
        return Content("\n").join(_bar(name, part, False, False) for name, part in sample.tones[:MOST])
    lines = [
        line((f"{round(sample.communication * sample.drawn)} of {sample.drawn}", "bold"), (" in a tone that suits the user", "$muted"))
    ]
    lines += [_bar(name, part, name in sample.welcome, name in sample.avoid) for name, part in sample.tones[:MOST]]
    return Content("\n").join(lines)


def examples_text(sample: SuggestionSample, *, blind: bool = False) -> Content:
    """Return example sentences with their ratings; without those if blind."""
    lines = []
    for one in sample.examples:
        if blind:
            lines.append(line(f"“{clean(one.text or '', 300)}”"))
            continue
        good = content_score(one.rating) or 0
        lines.append(line((f"{'○◐●'[good]} ", f"$score-{2 * good}"), f"“{clean(one.text or '', 300)}”"))
    return Content("\n").join(lines)


def _bar(name: str, part: float, liked: bool, disliked: bool) -> Content:
    full, rest = bar(part, 12)
    sign, style = ("✓", "$score-4") if liked else ("✗", "$score-0") if disliked else (" ", "$muted")
    return line(
        (f"{sign} ", style),
        (fit(title(name) or "none", NAME), style if sign != " " else ""),
        (full, style),
        (rest, "$foreground 15%"),
        f" {share(part)}",
    )
