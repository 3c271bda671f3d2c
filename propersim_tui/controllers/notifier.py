"""Short toasts, and the notice at the foot of the live screen."""

from __future__ import annotations

from typing import Any

from textual.app import App

from propersim.core.text import clean
from propersim_tui.widgets.notice import Notice

TOAST_SECONDS = 3


class Notifier:
    """Shows messages to the user.

    Args:
        app: the app; its lowest screen has a :class:`~propersim_tui.widgets.notice.Notice`.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app

    @property
    def notice(self) -> Notice:
        """The notice at the foot of the live screen."""
        return self._app.screen_stack[0].query_one(Notice)

    @property
    def ready(self) -> bool:
        """Whether the live screen has been composed, so that there is a notice."""
        return bool(self._app.screen_stack[0].query(Notice))

    def toast(self, text: str, *, warn: bool = False) -> None:
        """Show a short text for a few seconds."""
        self._app.notify(clean(text), severity="warning" if warn else "information", timeout=TOAST_SECONDS, markup=False)
