"""Ask for the options of a new run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import SuggestFromList
from textual.widgets import Input, Label

from propersim.core.config import OPTIONS, RunConfig
from propersim.core.errors import PersonaError, PropersimError
from propersim.core.text import clean
from propersim.persona.library import load_persona
from propersim.runs.validate import checked
from propersim_tui.screens.cached_screen import CachedScreen
from propersim_tui.screens.dialog import Dialog
from propersim_tui.widgets.safe_input import SafeInput

FIELDS = ("persona", "assistant", "model", "user", "feedback", "seed", "days", "ask_every")
"""Options that the dialog asks for; all others have their defaults."""
LABELS = {"ask_every": "ask 1 in"}
"""Labels of options whose name is not readable by itself."""
LONGEST = 200


def chosen(texts: dict[str, str], base: RunConfig | None = None) -> RunConfig:
    """Return the options of a run from texts.

    Args:
        texts: options as typed, by name.
        base: the options that were filled in; those that differ have to have an effect. None for the defaults.

    Raises:
        PropersimError: an option is invalid; the message names it. Of several it is the first one.
    """
    options: dict[str, object] = {}
    for name, text in texts.items():
        if OPTIONS[name].kind is int:
            try:
                options[name] = int(text)
            except ValueError:
                raise PropersimError(f"{OPTIONS[name].name}: {clean(text, 40)!r} is no whole number") from None
        else:
            options[name] = text.strip()
        OPTIONS[name].check(options[name])
        if name == "persona" and options[name]:
            load_persona(str(options[name]))
    config = checked(RunConfig(**options))  # type: ignore[arg-type]
    config.check_given([name for name in texts if options[name] != getattr(base or RunConfig(), name)])
    return config


def labelled(text: str) -> str:
    """Return a message with the labels of the dialog, ``days`` for ``--days``."""
    labels = {OPTIONS[name].name: LABELS.get(name, name) for name in FIELDS}
    return re.sub(r"--[a-z-]+", lambda found: labels.get(found[0], found[0]), text)


def field_of(error: PropersimError) -> str | None:
    """Return the line of the dialog that an error is about; None if it is about none."""
    if isinstance(error, PersonaError):
        return "persona"
    fields = {OPTIONS[name].name: name for name in FIELDS}
    return next((fields[word] for word in re.findall(r"--[a-z-]+", error.message) if word in fields), None)


class NewRunScreen(CachedScreen, Dialog[RunConfig | None]):
    """Input lines for the options of a new run; returns the options, or None.

    Args:
        personas: returns the names that the persona's line suggests.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "cancel"),
        Binding("down", "app.focus_next", "next", show=False),
        Binding("up", "app.focus_previous", "previous", show=False),
    ]
    DEFAULT_CSS = """
    NewRunScreen > Vertical { width: 64; height: auto; }
    NewRunScreen Horizontal { height: 1; }
    NewRunScreen Horizontal Label { width: 12; color: $muted; }
    NewRunScreen Input { width: 1fr; height: 1; border: none; padding: 0 1; }
    NewRunScreen Input:focus { border: none; background: $boost; }
    NewRunScreen #wrong { color: $text-error; }
    """

    def __init__(self, personas: Callable[[], Sequence[str]]) -> None:
        super().__init__()
        self._personas = personas
        self._base = RunConfig()

    def begin(self, base: RunConfig) -> None:
        """Set the options to start from: those of the run on the screen."""
        self._base = base

    def opened(self) -> None:
        """Fill the lines in, and begin at the persona."""
        for name in FIELDS:
            self.query_one(f"#new-{name}", Input).value = str(getattr(self._base, name))
        self.query_one("#wrong", Label).update("")
        self.set_focus(None)
        self.query_one("#new-persona", Input).focus()

    def compose(self) -> ComposeResult:
        """Lay out a line for each option."""
        with Vertical() as box:
            box.border_title = "New run"
            for name in FIELDS:
                values = self._personas() if name == "persona" else OPTIONS[name].choices()
                suggester = SuggestFromList([str(value) for value in values], case_sensitive=False) if values else None
                with Horizontal():
                    yield Label(LABELS.get(name, name), markup=False)
                    yield SafeInput(id=f"new-{name}", max_length=LONGEST, suggester=suggester)
            yield Label("", id="wrong", markup=False)
            yield Label("Enter: start · Tab: next line · →: take what is suggested · Esc: cancel", id="how", markup=False)

    def on_input_changed(self, _: Input.Changed) -> None:
        """Remove the message: what it says may no longer hold."""
        self.query_one("#wrong", Label).update("")

    def on_input_submitted(self, _: Input.Submitted) -> None:
        """Close with the options, or say what is wrong with them and go to the line of it."""
        texts = {name: self.query_one(f"#new-{name}", Input).value for name in FIELDS}
        try:
            self.dismiss(chosen(texts, self._base))
        except PropersimError as error:
            hint = f"\n{error.hint}" if error.hint else ""
            self.query_one("#wrong", Label).update(labelled(clean(error.message, 200) + hint))
            if (field := field_of(error)) is not None:
                self.query_one(f"#new-{field}", Input).focus()

    def action_cancel(self) -> None:
        """Close without starting a run."""
        self.dismiss(None)
