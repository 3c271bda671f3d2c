"""Details of one run of the list: daily scores, changed options, warnings."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.reactive import reactive

from propersim.core.records import FEWEST_KEPT, Night
from propersim.core.text import clean, counted
from propersim.simulation.metrics import metrics, unrated_text
from propersim_tui.config.themes import WARNING_SIGN
from propersim_tui.data.run_list import STATES, RunDetails, local_time
from propersim_tui.render.braille_chart import SCORE, SHARE, Series, curve
from propersim_tui.render.content import beside, line, paragraph
from propersim_tui.render.format import NIGHT_SIGN, duration
from propersim_tui.render.run_state import SIGNS
from propersim_tui.render.run_state import STYLES as LIVE_STYLES
from propersim_tui.render.run_total import run_total
from propersim_tui.widgets.text_pane import TextPane

SPLIT = 90
"""Fewest columns at which curves and words are side by side."""
WARNINGS = 6
"""Most warnings that are listed, the newest ones."""


class RunPreview(TextPane):
    """Draws a :class:`~propersim_tui.data.run_list.RunDetails`, or why there is none."""

    preview: reactive[RunDetails | None] = reactive(None)
    problem: reactive[str] = reactive("")
    doing: reactive[str] = reactive("")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.border_title = "Preview"

    def lines(self, width: int, height: int) -> list[Content]:
        """Draw curves and words, side by side or stacked."""
        if self.problem:
            return paragraph(clean(self.problem, 600), width, "$text-warning")
        if self.preview is None:
            return [line(("no run selected", "$muted"))]
        if width >= SPLIT:
            left = (width - 3) // 2
            words = wrapped(_words(self.preview, width - 3 - left, self.doing), width - 3 - left)
            return beside([(_curves(self.preview, left, height), left), (words, width - 3 - left)])
        words = wrapped(_words(self.preview, width, self.doing), width)
        return [*words[:3], line(""), *_curves(self.preview, width, max(10, min(26, height - len(words) - 2))), line(""), *words[3:]]


def wrapped(lines: Sequence[Content], width: int) -> list[Content]:
    """Return lines of which none is wider than a width, so that no word is cut."""
    return [row for each in lines for row in (each.wrap(width) if each.cell_length > width > 0 else [each])]


def _curves(preview: RunDetails, width: int, height: int) -> list[Content]:
    days = {figures.day: metrics([figures]) for figures in preview.days if figures.steps}
    if not days:
        return [line(("no day is complete yet", "$muted"))]
    last = max(days)
    score = Series({day: found["score"] for day, found in days.items()}, "●", "$primary")
    silent = Series({day: found["silent_score"] for day, found in days.items()}, "", "$score-1")
    oracle = Series({day: found["oracle_score"] for day, found in days.items()}, "", "$score-4")
    f1 = Series({day: found["f1"] for day, found in days.items()}, "●", "$mark")
    upper = height - height // 2
    pictures = curve("Score", *SCORE, [silent, oracle, score], last, width, upper)
    legend = line(("Score ", "bold"), ("● this run  ", "$primary"), ("⠒⠒ oracle  ", "$score-4"), ("⠒⠒ silent", "$score-1"))
    return [legend.truncate(width), *pictures[1:], *curve("F1 of welcome recommendations", *SHARE, [f1], last, width, height // 2)]


def untrained_texts(nights: Sequence[Night]) -> list[str]:
    """Return how many nights trained nothing, a text per reason.

    Args:
        nights: nights without training.
    """
    good = sum(night.good_already for night in nights)
    pairless = sum(night.loaded for night in nights)
    groups = (
        (good, "without training: P(speak) was almost never wrong"),
        (len(nights) - good - pairless, f"without training: fewer than {FEWEST_KEPT} moments could be checked"),
        (pairless, "without pairs to train on"),
    )
    return [f"{counted(count, 'night')} {why}" for count, why in groups if count]


def _started(created: str) -> str:
    """Return when a run was started, by the clock of this machine.

    A date that cannot be read is returned as it is stored.
    """
    local = local_time(created)
    return f"{local:%Y-%m-%d %H:%M}" if local is not None else clean(created, 30)


def _words(preview: RunDetails, width: int, doing: str = "") -> list[Content]:
    """Return state, figures, nights, options and warnings of a run.

    Args:
        preview: the run.
        width: available cells.
        doing: what it does, in a word such as PAUSED, if this screen started it; else "".
    """
    row = preview.item.row
    sign, style = STATES.get(row.state, ("?", "$muted"))
    # A live run is running for the store, also while it is paused.
    doing = doing or preview.item.doing
    state = f"{SIGNS.get(doing, sign)} {doing}" if doing else f"{sign} {clean(row.state, 20)}"
    style = LIVE_STYLES.get(doing, style if not doing else "$muted").removeprefix("bold ")
    lines = [
        line((clean(row.name, 60), "bold"), (f"  {clean(row.persona, 40)} · seed {row.seed}", "$muted")),
        line((state, f"bold {style}"), f" · {row.days_done} of {counted(row.days, 'day')} complete · {counted(row.steps, 'step')}"),
        line((f"started {_started(row.created)} · ran {duration(row.wall_s)}", "$muted")),
    ]
    if total := run_total([figures for figures in preview.days if figures.steps], width):
        lines.insert(2, line((total, "bold")))
    pooled = metrics([figures for figures in preview.days if figures.steps])
    if pooled["unrated"]:
        lines += paragraph(unrated_text(pooled["unrated"], pooled["shown"]), width, "$muted", first="* ", rest="  ")
    if row.error:
        lines += paragraph(clean(row.error, 300), width, "$text-error", first="✖ ", rest="  ")
    taught = [night for night in preview.nights if night.steps]
    unused = sum(not night.loaded for night in taught)
    if taught:
        pairs = taught[-1].decisions + taught[-1].contents
        trained = f"trained in {counted(len(taught), 'night')}, in the last one on {counted(pairs, 'pair')}"
        lines.append(line((f"{NIGHT_SIGN} ", "$mark"), f"{trained}; {unused} not used" if unused else trained))
    else:
        lines += [line((f"{NIGHT_SIGN} ", "$mark"), text) for text in untrained_texts(preview.nights)]
    lines += [line(""), line(("Changed options", "bold $primary"))]
    if not preview.item.options:
        lines.append(line(("none", "$muted")))
    for name, value in preview.item.options.items():
        lines += paragraph(value, width, first=f"{name} ", rest="  ")
    if preview.warnings:
        lines += [line(""), line((f"Warnings ({len(preview.warnings)})", "bold $primary"))]
        for warned in reversed(preview.warnings[-WARNINGS:]):
            text = f"day {warned.day}: {clean(warned.text, 300) or clean(warned.kind, 40)}"
            lines += paragraph(text, width, "$text-warning", first=f"{WARNING_SIGN} ", rest="  ")
    return lines
