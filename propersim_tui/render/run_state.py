"""Words for how a run is played: LIVE, REPLAY, PAUSED, TRAINING, ASKING and others.

Pure functions.
"""

from __future__ import annotations

from propersim.core.text import counted, dollars
from propersim_tui.data.frame import PlaybackStatus
from propersim_tui.render.format import NIGHT_SIGN, duration, percent

LIVE, REPLAY, PAUSED, TRAINING, ASKING = "LIVE", "REPLAY", "PAUSED", "TRAINING", "ASKING"
STARTING, FINISHED, STOPPED = "STARTING", "FINISHED", "STOPPED"
ELSEWHERE = "ELSEWHERE"
"""Follows the word of a run that another process runs."""
STYLES = {
    LIVE: "bold $text-success",
    REPLAY: "bold $primary",
    PAUSED: "bold $text-warning",
    TRAINING: "bold $mark",
    ASKING: "bold $mark",
    STARTING: "bold $text-warning",
    FINISHED: "bold $text-success",
    STOPPED: "bold $text-error",
}
"""Style of each word."""
SIGNS = {LIVE: "▶", REPLAY: "▶", PAUSED: "‖", TRAINING: NIGHT_SIGN, ASKING: "◌", STARTING: "◌", FINISHED: "■", STOPPED: "✖"}
"""Sign of each word."""
LEAST_WAIT = 1.0
"""Seconds from which on it is said how long a wait has lasted."""


def state_word(status: PlaybackStatus) -> str:
    """Return in one word how a run is played, a key of :data:`STYLES`."""
    if status.training is not None:
        return TRAINING
    if status.phase == "failed":
        return STOPPED if status.live else REPLAY
    if status.asked or (status.awaited and status.playing):
        return ASKING
    if status.live and status.phase == "finished":
        return FINISHED
    if not status.live:
        return REPLAY
    if not status.playing:
        return PAUSED
    return STARTING if status.phase == "starting" else LIVE


def playback_state(status: PlaybackStatus, *, short: bool = False) -> tuple[str, str]:
    """Return how the run is played, as the top line says it, and a style.

    Args:
        status: how the run is played.
        short: whether to leave out what a small screen has no room for.
    """
    word = state_word(status)
    style, text = STYLES[word], f"{SIGNS[word]} {word}"
    if status.elsewhere and word == REPLAY:
        return _elsewhere(status, short=short)
    after = f" ◂ {status.behind}" if status.behind else ""
    if word == TRAINING:
        return _training(status), style
    if word == ASKING:
        return (
            f"◆ {ASKING} you{after}" if status.asked else f"{text}{wait_text(status.waited, None if short else status.usual)}{after}"
        ), style
    if word == STOPPED and not status.playing:
        return text + (f" {back_text(status.behind)}" if status.behind else ""), style
    if word == PAUSED and status.behind:
        return f"◂ {PAUSED} {back_text(status.behind)}", style
    if word == STARTING:
        return text + wait_text(status.waited, None), style
    if word == FINISHED:
        return (f"◂ {word} {back_text(status.behind)}" if status.behind else text), style
    if word == LIVE:
        return f"{text} {speed_text(status)}", style
    if status.playing:
        return f"{SIGNS[word]} {word} {speed_text(status)}", style
    if status.phase == "finished" and not status.behind:
        return f"■ {REPLAY} finished", style
    return f"‖ {word} {'paused ' if word == REPLAY and not short else ''}{speed_text(status)}", STYLES[PAUSED]


def _elsewhere(status: PlaybackStatus, *, short: bool) -> tuple[str, str]:
    """Return what a run does that another process runs, and where in it the screen is."""
    word = status.elsewhere
    sign, style = SIGNS[word], STYLES[word]
    if status.playing and not status.following:
        return f"{SIGNS[REPLAY]} {REPLAY} {speed_text(status)}" + ("" if short else f" · {word} {ELSEWHERE}"), STYLES[REPLAY]
    if status.playing:
        return f"{sign} {word} {ELSEWHERE}", style
    back = f" {back_text(status.behind)}" if status.behind else ", held here"
    return f"‖ {word} {ELSEWHERE}{back}", STYLES[PAUSED]


def wait_text(waited: float | None, usual: float | None) -> str:
    """Return how long a wait has lasted, and how long it usually takes: `` 12 s (usually 3 s)``.

    Args:
        waited: seconds so far; None, or less than :data:`LEAST_WAIT`, is not said.
        usual: seconds that it usually takes; None if that is not known.
    """
    parts = [duration(waited)] if waited is not None and waited >= LEAST_WAIT else []
    parts += [f"(usually {duration(usual) if usual >= 1 else 'under 1 s'})"] if usual is not None else []
    return "".join(f" {part}" for part in parts)


def speed_text(status: PlaybackStatus) -> str:
    """Return the chosen speed, or the achieved one at full speed."""
    if status.speed is not None:
        return f"{status.speed:g}×"
    return f"max {status.rate:.0f}/s" if status.rate else "max"


def cost_text(bill: tuple[int, float]) -> str:
    """Return the number of calls to endpoints and their cost, in a few characters."""
    calls, cost = bill
    return counted(calls, "call") + (f" {dollars(cost)}" if cost else "")


def back_text(steps: int) -> str:
    """Return how far the screen looks back."""
    return f"{counted(steps, 'step')} back"


def _training(status: PlaybackStatus) -> str:
    """Return the progress of the training, and whether the run is paused or looks back."""
    newest = status.training[-1] if status.training else None
    done = f" {percent(newest.step, newest.steps)} %" if newest and newest.steps > 0 else ""
    after = "" if status.playing else f" ◂ {status.behind}" if status.behind else " ‖"
    return f"{SIGNS[TRAINING]} {TRAINING}{done}{after}"
