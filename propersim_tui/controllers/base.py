"""What every ability finds in the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import App

from propersim_tui.data.frame import Frame, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from propersim.core.errors import PropersimError
    from propersim_tui.data.playback import Playback
    from propersim_tui.data.source import RunSource
    from propersim_tui.widgets.notice import Notice


class Ability(App[int]):
    """An app that has a run and shows it; the class that is run has all this."""

    if TYPE_CHECKING:
        source: RunSource
        playback: Playback
        frame: Frame | None
        status: Status
        _now: Callable[[], float]

        @property
        def _notice(self) -> Notice: ...

        def _show(self) -> None: ...

        def _look(self, index: int | None) -> None: ...

        def _tell(self, error: PropersimError) -> None: ...

        def _toast(self, text: str, *, warn: bool = False) -> None: ...
