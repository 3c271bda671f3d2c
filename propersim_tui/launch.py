"""Entry point of the commands ``watch``, ``replay`` and ``resume --watch``."""

from __future__ import annotations

import sys
from pathlib import Path

from propersim.core.errors import EXIT_FAULT, EXIT_OK, EXIT_RESUMABLE, InputError
from propersim.core.text import clean, counted
from propersim.demo import Demo
from propersim.runs.live import LiveRun
from propersim_tui.app import PropersimApp
from propersim_tui.config.settings import load, settings_file, speed_of
from propersim_tui.data.introduction import introduction
from propersim_tui.data.source import RunSource
from propersim_tui.runtime.gc_tuning import freeze_gc


def watch(
    db: Path,
    run_id: str,
    *,
    live: bool,
    speed: str | float | None = "own",
    new: bool = False,
    start_at: tuple[int, float] | None = None,
    theme: str | None = None,
    demo: Demo | None = None,
) -> int:
    """Show a run in the terminal until the user quits.

    Args:
        db: the database file.
        run_id: the run, already in the database.
        live: start a worker that simulates the run; otherwise replay its stored steps.
        speed: steps a second; None is as fast as possible, ``own`` uses the settings.
        new: whether the run was just created; in a database without other runs, the screen then says what is simulated.
        start_at: (day, minute) at which a replay starts and stands still; None plays it from its first step.
        theme: name of a theme for this time; None uses the settings.
        demo: the demo, which is shown with captions; the other arguments but ``theme`` are not used then.

    Returns:
        The exit code: 0, 3 if the run failed and can be resumed, 1 if it failed otherwise.

    Raises:
        PropersimError: the database or the run cannot be read, or ``start_at`` is not in the run.
    """
    if demo is not None:
        from propersim_tui.demo.app import show_demo

        return show_demo(demo, theme=theme)
    file = settings_file()
    settings, problems = load(file)
    try:
        speed = settings.speed if speed == "own" else None if speed is None else speed_of(speed)
    except ValueError as error:
        raise InputError(str(error)) from error
    worker = LiveRun(db, run_id, speed=speed) if live else None
    source = RunSource(db, run_id, worker)
    app: PropersimApp | None = None
    try:
        at = None
        if start_at is not None:
            at = source.find(*start_at)
            if at is None:
                raise InputError(f"run {run_id} has no day {start_at[0]}", f"it has {counted(len(source.days), 'day')}")
        freeze_gc()
        app = PropersimApp(source, speed=speed, at=at, paused=at is not None, introduction=introduction(db, run_id) if new else None)
        app.settings.apply(settings, problems, file=file, theme=theme)
        if worker is not None:
            worker.start()
        app.run()
    finally:
        # The user may have opened another run.
        shown = app.source if app is not None else source
        others = app.background.close() if app is not None else {}
        if shown.live is not None:
            shown.live.close()
        shown.close()
    unfinished = dict(others)
    if app.source.live is not None and app.playback.phase != "finished":
        if app.failure is not None:
            print(f"error: {clean(app.failure.message, 2000)}", file=sys.stderr)
        if app.failure is not None and not app.failure.resumable:
            print(f"  {clean(app.failure.hint, 2000)}", file=sys.stderr)
        else:
            unfinished = {app.source.about.run_id: app.source.resume_command, **others}
    known = not live and app.source is source
    if not known and app.source.about.run_id not in unfinished and app.source.count and app.failure is None:
        print(clean(f"look again: {app.source.replay_command}", 2000), file=sys.stderr)
    for run, command in unfinished.items():
        print(clean(f"run {run} is not finished; resume it with: {command}", 2000), file=sys.stderr)
    if app.failure is not None and not app.failure.resumable:
        return EXIT_FAULT
    if app.failure is not None:
        return EXIT_RESUMABLE
    return EXIT_OK if app.return_code in (None, 0) else EXIT_FAULT
