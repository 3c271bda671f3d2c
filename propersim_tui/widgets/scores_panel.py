"""Scores of the day: the four dimensions, the controls, and welcome recommendations."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive

from propersim.core.records import DIMENSIONS, DayFigures
from propersim.core.text import counted
from propersim.experiments.agreement import Agreement, RaterAgreement
from propersim.simulation.metrics import metrics
from propersim_tui.data.frame import Frame
from propersim_tui.render.content import line
from propersim_tui.render.format import bar, figure, fit, share, short_number
from propersim_tui.render.run_total import run_total
from propersim_tui.widgets.run_panel import RunPanel
from propersim_tui.widgets.term_tooltip import explain

TITLE = "Scores today so far"
NAME = 15
FIGURES = 22
"""Columns of the figures beside the dimensions."""


class ScoresPanel(RunPanel):
    """Running figures of the day, or of the day under the cursor of the days."""

    pointed: reactive[DayFigures | None] = reactive(None, repaint=False)

    def watch_pointed(self, figures: DayFigures | None) -> None:
        """Show the figures of that day, or those of the current one."""
        self.border_title = TITLE if figures is None else f"Scores of day {figures.day}"
        self.redraw()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = TITLE
        self.tooltip = explain("score", "silent", "oracle", "F1", "welcome", "unwelcome")

    def lines(self, frame: Frame, width: int, height: int) -> list[Content]:
        """Draw the dimensions, with the figures beside or below them.

        Args:
            frame: the frame.
            width: available cells.
            height: available lines.
        """
        shown = self.pointed or frame.today
        values = metrics([shown])
        beside = width >= 46 and height < 12
        left = width - FIGURES if beside else min(width, 60)
        both = frame.agreement if self.pointed is None else None
        dimensions = [_dimension(name, values[name], left, both.dimensions[i] if both else None) for i, name in enumerate(DIMENSIONS)]
        # The run's own figures, unless a person rates: then the line tells the agreement.
        agreement = agreed_line(both, left) if both else line((fit(run_total(frame.days_so_far, left), left), "$muted"))
        figures = _figures(values, "so far" if self.pointed is None else f"day {shown.day}")
        steps = f"{counted(shown.steps, 'step')} · {figure(values['recs_per_hour'], 1)} per hour"
        if not beside:
            if height >= 11:
                return [*dimensions, agreement, *figures, line((steps, "$muted"))]
            return [*dimensions, *([agreement] if both else []), *figures]
        dimensions += [agreement.truncate(left, pad=True), line((fit(steps, left), "$muted"))]
        return [line(each, "   ", other) for each, other in zip(dimensions, figures, strict=True)]


def agreed_line(both: Agreement, width: int) -> Content:
    """Return the agreement of person and judge over all dimensions.

    Cohen's kappa is added from :data:`~propersim.experiments.agreement.KAPPA_FROM` recommendations on; before that, how many there are.
    """
    share_ = share(both.overall.share).strip()
    if both.enough:
        kappa, short = (f", {name} {short_number(both.overall.kappa)}" for name in ("kappa", "κ"))
        forms = [f"= you and the judge, {both.rated} rated: {share_}{kappa}", f"= the judge in {share_} of {both.rated}{short}"]
    else:
        forms = [
            f"= you and the judge: {share_}, {both.so_far}",
            f"= the judge in {share_}, {both.so_far}",
            f"= judge {share_}, {both.so_far}",
            f"= {share_}, {both.so_far}",
        ]
    words = next((form for form in forms if len(form) <= width), forms[-1])
    return line((words, "$mark"))


def _figures(values: dict[str, float | None], scope: str) -> list[Content]:
    """Return the figures beside the dimensions.

    Args:
        values: the metrics.
        scope: what F1 is over, in one or two words: other panels have that of the whole day, and of the run.
    """
    score = values["score"]
    style = f"bold $score-{max(0, min(4, round(score)))}" if score is not None else ""
    return [
        line(("score     ", "bold"), (figure(score), style)),
        line(("silent    ", "$muted"), figure(values["silent_score"])),
        line(("oracle    ", "$muted"), figure(values["oracle_score"])),
        line(
            (f"{f'F1 {scope}':<10}", "bold"),
            (figure(values["f1"]).strip() if values["unrated"] else figure(values["f1"]), "bold"),
            _unrated(values),
        ),
        line(("welcome   ", "$muted"), f"{values['welcome']} of {values['shown']}"),
        line(("oracle:   ", "$muted"), f"{values['oracle_welcome']} welcome"),
    ]


def _unrated(values: dict[str, float | None]) -> tuple[str, str]:
    """Return how many recommendations of a day without F1 are not rated in full."""
    return (f" {values['unrated']} unrated", "$muted") if values["unrated"] else ("", "")


def _dimension(name: str, value: float | None, width: int, both: RaterAgreement | None) -> Content:
    tail = f"  = {share(both.share).strip():<3}" if both and width >= NAME + 18 else ""
    full, rest = bar(value or 0.0, max(1, width - NAME - 4 - len(tail)))
    style = "$muted" if value is None else f"$score-{max(0, min(4, int(value * 4.999)))}"
    return line(fit(name, NAME), (full, style), (rest, "$foreground 15%"), " ", (share(value), "bold"), (tail, "$mark"))
