"""Main screen of a run: home, current step, feed, day, scores and learning."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Label

from propersim_tui.config.settings import TABS
from propersim_tui.data.frame import Status
from propersim_tui.messages import LaidOut
from propersim_tui.screens.moment import MomentScreen
from propersim_tui.widgets.activity_list import ActivityList
from propersim_tui.widgets.assistant import AssistantFeed
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.days_panel import DaysPanel
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scores_panel import ScoresPanel
from propersim_tui.widgets.tab_line import TabLine
from propersim_tui.widgets.training_panel import TrainingPanel


class LiveScreen(MomentScreen):
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
                    yield NowPanel(id="now").data_bind(LiveScreen.frame)
                    yield TrainingPanel(id="training").data_bind(LiveScreen.frame, LiveScreen.status)
                    yield AssistantFeed(id="assistant").data_bind(LiveScreen.frame)
            with Horizontal(id="figures"):
                yield ScoresPanel(id="scores").data_bind(LiveScreen.frame)
                yield DaysPanel(id="days").data_bind(LiveScreen.frame)
        yield DayTimeline(id="today").data_bind(LiveScreen.frame)
        yield Notice(id="notice")
        yield KeyFooter()
        yield Label("propersim needs at least 60 columns and 16 rows", id="small", markup=False)

    def on_mount(self) -> None:
        """Show the first panel on small terminals."""
        self.show_tab(TABS[0])
        self.post_message(LaidOut())

    def watch_status(self, status: Status) -> None:
        """Show the training panel during a training."""
        self.set_class(status.training is not None, "-training")

    def on_tab_line_chosen(self, message: TabLine.Chosen) -> None:
        """Show the panel whose tab was clicked."""
        self.show_tab(message.tab)

    def show_tab(self, tab: str) -> None:
        """Show one panel on a small terminal."""
        # In one call: every change of a class lays out the whole screen again.
        self.update_classes({f"-tab-{each}": each == tab for each in TABS})
        self.query_one(TabLine).chosen = tab
