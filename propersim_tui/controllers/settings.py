"""Keeping what a person has made their own: theme, keys, layout, speed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from textual.app import SystemCommand
from textual.theme import Theme

from propersim.core.text import clean
from propersim_tui.config.settings import FASTEST, FIGURES, MAPS, NotSaved, Settings, Value, save
from propersim_tui.config.themes import DEFAULT_THEME
from propersim_tui.controllers.base import Ability
from propersim_tui.widgets.tab_line import TabLine

_LAYOUTS = {
    "figures": {
        "auto": ("Figures where they fit", "Scores and days below or beside, as the size of the screen has it"),
        "beside": ("Figures beside", "Scores and days to the right of everything, from 150 columns on"),
        "below": ("Figures below", "Scores and days below everything, also on wide screens"),
    },
    "map": {
        "auto": ("Large home", "The home twice as large where there is room for that"),
        "small": ("Small home", "The home always small: more room for the rest"),
    },
}


class Keeps(Ability):
    """Puts settings on, and saves what a person changes; without a file nothing is saved."""

    settings = Settings()
    _settings_file: Path | None = None
    _own_problems: tuple[str, ...] = ()
    _layout: dict[str, str]

    def wear(self, settings: Settings, problems: Sequence[str] = (), *, file: Path | None = None, theme: str | None = None) -> None:
        """Put settings on, before the app runs.

        Args:
            settings: what a person has made their own.
            problems: what is wrong with them; told once the app runs.
            file: where changes are saved; nowhere where None.
            theme: one that was asked for this time only.
        """
        told = list(problems)
        self.settings, self._settings_file = settings, file
        for name in (theme, settings.theme):
            if name in self.available_themes:
                self.theme = str(name)
                break
            if name is not None:
                told.append(f"there is no theme {name!r}; there are {', '.join(sorted(self.available_themes))}")
        else:
            self.theme = DEFAULT_THEME
        self.set_keymap({action: ",".join(keys) for action, keys in settings.keys.items()})
        self._own_problems = tuple(told)

    def on_laid_out(self) -> None:
        """Lay out as settings have it, and save a theme from now on whenever another is chosen."""
        self._layout = {"figures": self.settings.figures, "map": self.settings.map}
        self._lay_out()
        if self.settings.tab != self.screen_stack[0].query_one(TabLine).chosen:
            self.call_later(self.run_action, f"tab('{self.settings.tab}')")
        if self._own_problems:
            self._notice.tell(" · ".join(clean(each, 160) for each in self._own_problems), tone="warn")
        self.theme_changed_signal.subscribe(self, self._theme_chosen)

    def _theme_chosen(self, theme: Theme) -> None:
        if theme.name != self.settings.theme:
            self._keep("theme", theme.name)

    def _lay_out(self) -> None:
        screen = self.screen_stack[0]
        for name, values in (("figures", FIGURES), ("map", MAPS)):
            for value in values[1:]:
                screen.set_class(self._layout[name] == value, f"-{name}-{value}")

    def action_lay_out(self, name: str, value: str) -> None:
        """Lay out in another way, and keep it so."""
        self._layout[name] = value
        self._lay_out()
        self._keep(f"layout.{name}", value)

    def action_keep_speed(self) -> None:
        """Begin with the present speed from now on."""
        speed = self.playback.speed
        if self._keep("speed", FASTEST if speed is None else speed):
            self._toast(f"From now on it begins with {'full speed' if speed is None else f'{speed:g} steps a second'}")

    def action_keep_tab(self) -> None:
        """Begin with the present tab, on small screens, from now on."""
        tab = self.screen_stack[0].query_one(TabLine).chosen
        if self._keep("layout.tab", tab):
            self._toast(f"From now on a small screen begins with {tab}")

    def _keep(self, name: str, value: Value) -> bool:
        """Save a setting that a person has changed; where that cannot be, say so."""
        if self._settings_file is None:
            return False
        try:
            save(self._settings_file, {name: value})
        except NotSaved as error:
            self._toast(str(error), warn=True)
            return False
        return True

    def own_commands(self, do: Callable[[str], Callable[[], None]]) -> Iterable[SystemCommand]:
        """Return commands of the palette that have no key; ``do`` makes what runs an action."""
        for name, values in _LAYOUTS.items():
            for value, (title, tip) in values.items():
                yield SystemCommand(title, tip, do(f"lay_out('{name}', '{value}')"))
        yield SystemCommand("Keep speed", "Begin with the present speed from now on", do("keep_speed"))
        yield SystemCommand("Keep tab", "Begin with the present tab on small screens from now on", do("keep_tab"))
