"""Going to the next or the previous step of a kind.

Kinds are recommendations, bad ratings (unwelcome or missed) and disagreements.
"""

from __future__ import annotations

from propersim.core.errors import PropersimError
from propersim_tui.controllers.notifier import Notifier
from propersim_tui.controllers.run_view import RunView
from propersim_tui.data.seeking import JUDGED_KINDS, KIND_LABELS, SeekKind


class SeekController:
    """Seeks steps of a kind in the run that is shown.

    Args:
        view: the run that is shown.
        notifier: says that there is no such step.
    """

    def __init__(self, view: RunView, notifier: Notifier) -> None:
        self._view = view
        self._notifier = notifier

    def seek(self, kind: SeekKind, by: int) -> None:
        """Show the nearest step of a kind, on any day, or say that there is none.

        Args:
            kind: the kind of step.
            by: 1 for the next step, −1 for the previous one.
        """
        if kind in JUDGED_KINDS and self._view.blind:
            self._notifier.toast(
                "While you rate, unwelcome, missed and disputed steps are hidden; h hands the ratings back to the judge", warn=True
            )
            return
        try:
            found = self._view.playback.seek(kind, by)
        except PropersimError as error:
            self._view.report(error)
            return
        if found:
            self._view.show()
        else:
            self._notifier.toast(f"There is no {'further' if by > 0 else 'earlier'} {KIND_LABELS[kind]}", warn=True)
