"""Main screen of a run: home, current step, feed, day, scores and learning."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from propersim_tui.config.settings import TABS
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.messages import LayoutReady
from propersim_tui.screens.frame_screen import FrameScreen
from propersim_tui.widgets.activity_list import ActivityList
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.days_panel import DaysPanel
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.persona_pane import PersonaPane
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scores_panel import ScoresPanel
from propersim_tui.widgets.tab_line import TabLine
from propersim_tui.widgets.training_panel import TrainingPanel


class LiveScreen(FrameScreen):
    """The panels of a run; the stylesheet places them."""

    def compose(self) -> ComposeResult:
        """Lay out the panels."""
        yield RunHeader(id="header").data_bind(LiveScreen.frame, LiveScreen.status)
        yield TabLine(TABS, id="tabs")
        with Horizontal(id="main"):
            with Horizontal(id="body"):
                with Vertical(id="left"):
                    yield HomeMap(id="home").data_bind(LiveScreen.frame, LiveScreen.status)
                    yield ActivityList(id="doing").data_bind(LiveScreen.frame)
                with Vertical(id="right"):
                    yield NowPanel(id="now").data_bind(LiveScreen.frame, LiveScreen.status)
                    yield TrainingPanel(id="training").data_bind(LiveScreen.frame, LiveScreen.status)
                    yield AssistantFeed(id="assistant").data_bind(LiveScreen.frame)
                    yield PersonaPane(id="sheet")
            with Horizontal(id="figures"):
                yield ScoresPanel(id="scores").data_bind(LiveScreen.frame)
                yield DaysPanel(id="days").data_bind(LiveScreen.frame)
        yield DayTimeline(id="today").data_bind(LiveScreen.frame)
        yield Notice(id="notice")
        yield KeyFooter().data_bind(LiveScreen.status)
        yield Label("propersim needs at least 60 columns and 16 rows", id="small", markup=False)

    def on_mount(self) -> None:
        """Show the first panel on small terminals."""
        self.show_tab(TABS[0])
        self._show_sheet(self.frame)
        self.post_message(LayoutReady())

    def watch_status(self, status: PlaybackStatus) -> None:
        """Show the training panel during a training."""
        self.set_class(status.training is not None, "-training")

    def watch_frame(self) -> None:
        """Show the persona's sheet, or the feed."""
        if self.query("#sheet"):
            self._show_sheet(self.frame)

    def _show_sheet(self, frame: Frame | None) -> None:
        """Show the persona's sheet instead of an empty feed until there is a step."""
        unbegun = frame is not None and frame.step is None
        if unbegun == self.has_class("-unbegun"):
            return
        self.set_class(unbegun, "-unbegun")
        if unbegun and frame is not None:
            self.query_one("#sheet", PersonaPane).show(frame.about.persona, "")
        elif self.focused is None:
            self.query_one(AssistantFeed).focus()

    def on_days_panel_pointed(self, message: DaysPanel.Pointed) -> None:
        """Show the scores of the day under the cursor."""
        self.query_one(ScoresPanel).pointed = message.figures

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the panel whose tab was clicked."""
        self.show_tab(message.tab)

    def show_tab(self, tab: str) -> None:
        """Show one panel on a small terminal."""
        # In one call: every change of a class lays out the whole screen again.
        self.update_classes({f"-tab-{each}": each == tab for each in TABS})
        self.query_one(TabLine).chosen = tab
        if tab == "assistant" and self.query_one(TabLine).display:
            # Arrow keys choose a recommendation at once; the panel can take the focus when it is laid out.
            self.call_after_refresh(self.query_one(AssistantFeed).focus)
