"""Main screen of a run: home, current step, feed, day, scores and learning."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.css.query import QueryType
from textual.widget import Widget
from textual.widgets import Label

from propersim.world.setting import settings
from propersim_tui.config.settings import REGIONS, TABS
from propersim_tui.data.frame import Frame, PlaybackStatus
from propersim_tui.messages import LayoutReady, PanelsChanged
from propersim_tui.screens.frame_screen import FrameScreen
from propersim_tui.screens.panel_sizes import PanelSizes
from propersim_tui.screens.size_classes import TOO_SMALL
from propersim_tui.widgets.activity_list import ActivityList
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.day_timeline import DayTimeline
from propersim_tui.widgets.days_panel import DaysPanel
from propersim_tui.widgets.feed_search import FeedSearch
from propersim_tui.widgets.home_map import HomeMap
from propersim_tui.widgets.key_footer import KeyFooter
from propersim_tui.widgets.notice import Notice
from propersim_tui.widgets.now_panel import NowPanel
from propersim_tui.widgets.persona_pane import PersonaPane
from propersim_tui.widgets.run_header import RunHeader
from propersim_tui.widgets.scores_panel import ScoresPanel
from propersim_tui.widgets.tab_line import TabLine
from propersim_tui.widgets.training_panel import TrainingPanel

PANEL_TABS = {"home": "home", "now": "home", "assistant": "assistant", "scores": "scores", "days": "days"}
"""The tab that shows each panel on a small screen."""


class LiveScreen(FrameScreen, PanelSizes):
    """The panels of a run; the stylesheet places them."""

    ALLOW_IN_MAXIMIZED_VIEW = "#header, #notice, #finder, KeyFooter, #small"
    ESCAPE_TO_MINIMIZE = False

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.zoomed: str = "none"

    @property
    def idle_actions(self) -> frozenset[str]:
        """Ids of the actions that would change nothing now; the footer leaves them out."""
        idle = set(super().idle_actions)
        if not self.query("#finder"):
            return frozenset(idle)
        searches = self.query_one(FeedSearch).is_open
        if not searches:
            idle |= {"next_match", "previous_match"}
        if not searches and not self.query_one(Notice).is_open and self.maximized is None:
            idle.add("close_message")
        if self.maximized is not None or self.compact:
            idle |= {"smaller", "larger"}
        if not any(self.sizes.values()):
            idle.add("reset_sizes")
        return frozenset(idle)

    @property
    def compact(self) -> bool:
        """Whether one panel at a time is shown, with tabs."""
        return self.has_class("-narrow", "-short", "-tiny", "-flat")

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
        yield FeedSearch(id="finder")
        yield KeyFooter().data_bind(LiveScreen.status)
        yield Label(TOO_SMALL, id="small", markup=False)

    def on_mount(self) -> None:
        """Show the first panel on small terminals."""
        self.show_tab(TABS[0])
        self._show_sheet(self.frame)
        self.post_message(LayoutReady())

    def watch_status(self, status: PlaybackStatus) -> None:
        """Show the training panel during a training."""
        if self.has_class("-training") != (status.training is not None):
            self.set_class(status.training is not None, "-training")
            self._apply_zoom()

    def watch_frame(self) -> None:
        """Show the persona's sheet, or the feed, and the name of the place."""
        if self.frame is not None and self.query("#tabs"):
            self.query_one("#tabs", TabLine).rename("home", settings()[self.frame.world.setting].title)
        if self.query("#sheet"):
            self._show_sheet(self.frame)

    def _show_sheet(self, frame: Frame | None) -> None:
        """Show the persona's sheet instead of an empty feed until there is a step."""
        unbegun = frame is not None and frame.step is None
        if unbegun == self.has_class("-unbegun"):
            return
        self.set_class(unbegun, "-unbegun")
        self._apply_zoom()
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

    # -- panels ---------------------------------------------------------------------------------------------------

    def focus_panel(self, name: str) -> bool:
        """Focus a panel; return False if it cannot be shown now.

        On a small screen its tab is shown. While a panel is zoomed, this one is zoomed instead.
        """
        if not self._can_show(name):
            return False
        if self.maximized is not None:
            self.zoom(name)
        elif self.compact and name in PANEL_TABS:
            self.show_tab(PANEL_TABS[name])
        self.query_one(f"#{name}").focus()
        return True

    def zoom(self, name: str) -> None:
        """Show a panel alone; ``none`` shows all panels."""
        if name == self.zoomed:
            return
        self.zoomed = name
        self._apply_zoom()
        self.post_message(PanelsChanged())

    def restore_zoom(self, name: str) -> None:
        """Show a panel alone, as it was at an earlier start."""
        self.zoomed = name
        self._apply_zoom()

    def _can_show(self, name: str) -> bool:
        """Return whether a panel has something to show now."""
        if name == "training":
            return self.has_class("-training")
        return not (name == "assistant" and self.has_class("-unbegun")) and not (name == "doing" and self.compact)

    def _apply_zoom(self) -> None:
        """Show the zoomed panel alone if it has something to show, else all panels."""
        panel = self.query_one(f"#{self.zoomed}") if self.zoomed != "none" and self._can_show(self.zoomed) else None
        if panel is self.maximized:
            return
        self.maximized = panel
        self.apply_sizes()
        if panel is not None and panel.focusable:
            self.set_focus(panel, scroll_visible=False)
        self.refresh_bindings()

    def focus_next(self, selector: str | type[QueryType] = "*") -> Widget | None:
        """Focus the next widget; while a panel is zoomed, zoom the next one."""
        return super().focus_next(selector) if self.maximized is None else self._zoom_beside(1)

    def focus_previous(self, selector: str | type[QueryType] = "*") -> Widget | None:
        """Focus the previous widget; while a panel is zoomed, zoom the previous one."""
        return super().focus_previous(selector) if self.maximized is None else self._zoom_beside(-1)

    def _zoom_beside(self, by: int) -> Widget | None:
        names = [name for name in REGIONS if self._can_show(name)]
        self.zoom(names[(names.index(self.zoomed) + by) % len(names)] if self.zoomed in names else names[0])
        return self.focused

    def on_click(self, event: events.Click) -> None:
        """Zoom the panel whose title was double-clicked, or show all panels again."""
        if event.chain != 2:
            return
        # Not the event's widget: while a border is held, that is the one that is dragged.
        panel, region = self.get_widget_at(*event.screen_offset)
        if panel.id in REGIONS and event.screen_offset.y == region.y and panel.styles.border_top[0]:
            self.zoom("none" if self.maximized is not None else panel.id)

    def on_resize(self, event: events.Resize) -> None:
        """Arrange the panels for the new size."""
        if self.zoomed != "none":
            self.call_after_refresh(self._apply_zoom)

    def show_tab(self, tab: str) -> None:
        """Show one panel on a small terminal."""
        if self.compact and self.is_running:
            self.zoom("none")
        # In one call: every change of a class lays out the whole screen again.
        self.update_classes({f"-tab-{each}": each == tab for each in TABS})
        self.query_one(TabLine).chosen = tab
        if tab == "assistant" and self.query_one(TabLine).display:
            # Arrow keys choose a recommendation at once; the panel can take the focus when it is laid out.
            self.call_after_refresh(self.query_one(AssistantFeed).focus)
