"""The user's settings: applying and saving them.

They are theme, keys, layout and speed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme
from textual.timer import Timer

from propersim.core.text import clean, counted, did_you_mean
from propersim_tui.config.settings import FASTEST, FIGURES, MAPS, SIZES, NotSaved, Settings, Value, read, save
from propersim_tui.config.themes import DEFAULT_THEME
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.palette import PaletteCommand
from propersim_tui.controllers.run_view import RunView
from propersim_tui.screens.live import LiveScreen
from propersim_tui.widgets.tab_line import TabLine

MOST_PROBLEMS = 4
"""Problems of a settings file that are shown at once; the others are counted, and shown when these are mended."""
SAVE_SECONDS = 0.5
"""Seconds without a change after which zoom and sizes are saved: a person holds the key, or drags."""
_LAYOUTS = {
    "figures": {
        "auto": ("Scores and days: automatic", "Place scores and days beside or below the run, whichever fits"),
        "beside": ("Scores and days: beside", "Place scores and days to the right of everything (from 150 columns on)"),
        "below": ("Scores and days: below", "Place scores and days below everything, also on wide screens"),
    },
    "map": {
        "auto": ("Home map: automatic", "Draw the home or office at double size where there is room"),
        "small": ("Home map: small", "Always draw the home small, which leaves more room for the rest"),
    },
}


class SettingsController:
    """Applies settings and saves the user's changes; without a file nothing is saved.

    Args:
        app: the app, for its themes, keys and screens.
        view: the run that is shown, for its speed.
        notifier: shows problems.

    Attributes:
        current: the settings as loaded.
        file: where changes are saved; None saves nothing.
        keymap: keys of the actions by id (Textual's names, separated by commas), where they differ from the default.
    """

    def __init__(self, app: App[Any], view: RunView, notifier: Notifier) -> None:
        self._app = app
        self._view = view
        self._notifier = notifier
        self.current = read("")[0]
        self.file: Path | None = None
        self.keymap: dict[str, str] = {}
        self._problems: tuple[str, ...] = ()
        self._layout: dict[str, str] = {}
        self._panels: dict[str, str | int] = {}
        self._saved_panels: dict[str, str | int] = {}
        self._save_timer: Timer | None = None

    def apply(self, settings: Settings, problems: Sequence[str] = (), *, file: Path | None = None, theme: str | None = None) -> None:
        """Apply settings before the app runs.

        Args:
            settings: the user's settings.
            problems: what is wrong with them, shown once the app runs.
            file: where changes are saved; None saves nothing.
            theme: a theme for this time only.
        """
        app = self._app
        all_problems = list(problems)
        self.current, self.file = settings, file
        for name in (theme, settings.theme):
            if name in app.available_themes:
                app.theme = str(name)
                break
            if name is not None:
                meant = did_you_mean(name, app.available_themes)
                all_problems.append(f"there is no theme {name!r}{meant}; the themes are {', '.join(sorted(app.available_themes))}")
        else:
            app.theme = DEFAULT_THEME
        self.keymap = {action: ",".join(keys) for action, keys in settings.keys.items()}
        app.set_keymap(self.keymap)
        self._problems = tuple(all_problems)

    def apply_layout(self) -> None:
        """Apply layout and tab to the composed live screen, and show problems.

        From now on, a newly chosen theme is saved.
        """
        app = self._app
        self._layout = {"figures": self.current.layout.figures, "map": self.current.layout.map}
        self._set_layout_classes()
        layout = self.current.layout
        sizes: dict[str, int] = {name: getattr(layout, name) for name in SIZES}
        self._saved_panels = {"zoom": layout.zoom, **sizes}
        live = app.screen_stack[0]
        assert isinstance(live, LiveScreen)
        live.set_sizes(sizes)
        live.restore_zoom(layout.zoom)
        # When the first layout is done, the room for each panel is known.
        app.call_after_refresh(live.apply_sizes)
        if self.current.layout.tab != app.screen_stack[0].query_one(TabLine).chosen:
            app.call_later(app.run_action, f"tab('{self.current.layout.tab}')")
        if self._problems:
            self._notifier.notice.show(problems_text(self._problems), tone="warn")
        app.theme_changed_signal.subscribe(app, self._save_theme)

    def _save_theme(self, theme: Theme) -> None:
        if theme.name != self.current.theme:
            self._save("theme", theme.name)

    def _set_layout_classes(self) -> None:
        screen = self._app.screen_stack[0]
        for name, values in (("figures", FIGURES), ("map", MAPS)):
            for value in values[1:]:
                screen.set_class(self._layout[name] == value, f"-{name}-{value}")

    def set_layout(self, name: str, value: str) -> None:
        """Change and save a part of the layout.

        Args:
            name: ``figures`` or ``map``.
            value: one of :data:`~propersim_tui.config.settings.FIGURES` or :data:`~propersim_tui.config.settings.MAPS`.
        """
        self._layout[name] = value
        self._set_layout_classes()
        self._save(f"layout.{name}", value)

    def keep_panels(self, zoom: str, sizes: Mapping[str, int]) -> None:
        """Save zoom and sizes of the panels, once they have not changed for a moment.

        Args:
            zoom: the region that is shown alone, or ``none``.
            sizes: cells by which each size differs from the usual one.
        """
        self._panels = {"zoom": zoom, **sizes}
        if self._save_timer is not None:
            self._save_timer.stop()
        self._save_timer = self._app.set_timer(SAVE_SECONDS, self.save_panels)

    def save_panels(self) -> None:
        """Save zoom and sizes if they have changed."""
        changed = {f"layout.{name}": value for name, value in self._panels.items() if value != self._saved_panels.get(name)}
        if changed and self._save_all(changed):
            self._saved_panels = dict(self._panels)
        self._panels = {}

    def save_speed(self) -> None:
        """Save the present speed as the speed to start with."""
        speed = self._view.playback.speed
        if self._save("speed", FASTEST if speed is None else speed):
            steps = "full speed" if speed is None else f"{speed:g} step{'' if speed == 1 else 's'} a second"
            self._notifier.toast(f"Saved: runs start at {steps}")

    def save_tab(self) -> None:
        """Save the present tab as the one that small screens start with."""
        tab = self._app.screen_stack[0].query_one(TabLine).chosen
        if self._save("layout.tab", tab):
            self._notifier.toast(f"Saved: small screens start with {tab}")

    def _save(self, name: str, value: Value) -> bool:
        """Save a changed setting; if that fails, say why and return False."""
        return self._save_all({name: value})

    def _save_all(self, changes: Mapping[str, Value]) -> bool:
        """Save changed settings; if that fails, say why and return False."""
        if self.file is None:
            return False
        try:
            save(self.file, changes)
        except NotSaved as error:
            self._notifier.toast(str(error), warn=True)
            return False
        return True

    def commands(self, make: Callable[[str], Callable[[], None]]) -> Iterable[PaletteCommand]:
        """Yield the palette commands that have no key.

        ``make`` returns a callable that runs an action.
        """
        for name, values in _LAYOUTS.items():
            for value, (title, tooltip) in values.items():
                yield PaletteCommand(title, tooltip, make(f"set_layout('{name}', '{value}')"), ("layout", "setting"))
        yield PaletteCommand("Save speed", "Start with the present speed", make("save_speed"), ("setting", "faster", "default"))
        yield PaletteCommand("Save tab", "Start with the present tab on small screens", make("save_tab"), ("setting", "default"))


def problems_text(problems: Sequence[str]) -> str:
    """Return what is wrong with the settings, and how many problems are not shown.

    The name of the file stands there once.
    """
    shown: list[str] = []
    file = ""
    for problem in problems[:MOST_PROBLEMS]:
        head, colon, rest = problem.partition(": ")
        shown.append(clean(rest if colon and head == file else problem, 160))
        file = head
    more = len(problems) - len(shown)
    return " · ".join([*shown, *([f"and {counted(more, 'more problem')}"] if more else [])])
