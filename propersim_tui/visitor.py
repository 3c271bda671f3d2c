"""The process of one visitor in a browser: ``python -m propersim_tui.visitor DATABASE RUN``, started by :mod:`propersim_tui.serving`.

It watches the store: a stored run is replayed, a growing one followed. Nothing that a visitor does is written on this machine.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from propersim.errors import PropersimError
from propersim_tui.app import PropersimApp
from propersim_tui.exporting import file_stem
from propersim_tui.settings import load, settings_file
from propersim_tui.source import RunSource

LOOKS_EVERY = 2.0
"""Seconds between two looks whether the server is still there."""


class VisitorApp(PropersimApp):
    """The screen for somebody who looks at it from elsewhere."""

    def on_mount(self) -> None:
        """Leave when the server is gone, however it went."""
        self._server = os.getppid()
        self.set_interval(LOOKS_EVERY, self._still_served)

    def _still_served(self) -> None:
        if os.getppid() != self._server:
            self.exit(0)

    def action_shoot(self) -> None:
        """Give the visitor a picture of the screen, instead of saving it here."""
        self.deliver_screenshot(f"{file_stem('propersim', self.source.about.run_id)}.svg")


def main(db: str, run_id: str) -> int:
    """Show a run to a visitor until they leave."""
    try:
        source = RunSource(Path(db), run_id)
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        return error.exit_code
    try:
        settings, problems = load(settings_file())
        # One that is being made is followed, one that is there is seen from the beginning.
        app = VisitorApp(source, speed=settings.speed, at=source.newest if source.growing else 0)
        app.wear(settings, problems)
        return app.run() or 0
    finally:
        source.close()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
