"""``propersim``: the commands that create, watch and resume runs; exit codes of errors."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException

from propersim.cli import batch as many
from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.control import ctl
from propersim.cli.database import need_database
from propersim.cli.export import NEEDS as EXPORT_NEEDS
from propersim.cli.export import export
from propersim.cli.importing import print_compiled
from propersim.cli.judge import NEEDS as JUDGE_NEEDS
from propersim.cli.judge import judge
from propersim.cli.last_run import is_unfinished
from propersim.cli.models import app as models_app
from propersim.cli.origin import usage_error
from propersim.cli.personas import app as personas_app
from propersim.cli.plugins import plugins
from propersim.cli.runs import app as runs_app
from propersim.cli.serve import serve
from propersim.cli.streams import OutputClosed, standard_streams
from propersim.cli.study import NEEDS as STUDY_NEEDS
from propersim.cli.study import study
from propersim.cli.surroundings import SHELL_COMPLETION, drop_odd_terminals, failed_completion, failed_import
from propersim.core.config import RunConfig
from propersim.core.errors import EXIT_INPUT, EXIT_INTERRUPTED, EXIT_OK, InputError, PropersimError
from propersim.core.files import check_working_folder, failed_file
from propersim.core.interrupts import interrupt_commands, leave_quietly
from propersim.core.program import program

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

app = typer.Typer(
    name="propersim",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode=None,
    suggest_commands=False,
)
app.add_typer(runs_app, name="runs")
app.add_typer(personas_app, name="personas")
app.add_typer(models_app, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"propersim {version('propersim')}")
        except PackageNotFoundError:
            print("propersim, not installed: run from its source")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")] = False,
) -> None:
    """Watch a proactive assistant learn what one person wants, and inspect every decision."""


@o.command(app, cls=o.RunCommand)
@o.takes_run_options
def watch(
    chosen: RunConfig,
    new: Annotated[
        bool, typer.Option("--new", help="Begin a new run without asking, where the same options began one that is unfinished.")
    ] = False,
    db: o.Db = o.DB,
    speed: o.Speed = None,
    theme: o.Theme = None,
) -> None:
    """Watch a run live in the terminal.

    Where the same options began a run that is unfinished, ask whether to resume it.

    Args:
        chosen: options of the run.
        new: whether to begin a new run without asking.
        db: database of runs.
        speed: initial steps per second, or ``max``; None for the setting of the screen.
        theme: theme of the screen; None for its setting.
    """
    from propersim.cli.resume_prompt import resumes
    from propersim.runs.create import add_run, find_unfinished, find_unstarted
    from propersim.store.store import Store

    _find_screen()
    with Store(db) as store:
        before = [] if new else find_unfinished(store, chosen)
        row = before[0] if before and resumes(store, before[0], more=len(before) - 1) else None
        begins = row is None
        if row is None:
            # One that was left before its first step is started instead of adding another.
            row = find_unstarted(store, chosen) or add_run(store, chosen, added=lambda persona: print_compiled(chosen.persona, persona))
    _screen(db, row.id, live=True, new=begins, **_given(speed, theme))


@o.command(app, cls=o.RunCommand)
@o.takes_run_options
def run(
    chosen: RunConfig,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate the calls to endpoints and their cost; call nothing.")] = False,
    track: o.Track = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Run without a screen: progress on stderr, result on stdout.

    Args:
        chosen: options of the run.
        dry_run: only estimate calls and cost.
        track: name of the tracker that follows the run; None for none.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.headless import run_headless
    from propersim.runs.create import add_run
    from propersim.store.store import Store

    chosen.headless()
    if dry_run:
        from propersim.cli.dry_run import print_estimate

        print_estimate(chosen, db, as_json=as_json)
        return
    with Store(db) as store:
        row = add_run(store, chosen, added=lambda persona: print_compiled(chosen.persona, persona))
        run_headless(store, row, as_json=as_json, track=track)


_ON_SCREEN = o.OptionNeed("--watch", lambda values: values["watch"])


@o.command(app, needs={"speed": _ON_SCREEN, "theme": _ON_SCREEN})
def resume(
    which: Annotated[str, o.run_name(is_unfinished)],
    watch: Annotated[bool, typer.Option("--watch", help="Resume on the terminal screen.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Resume under other versions than the run was started with; recorded.")] = False,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", min=0, help="New limit of what the run may cost in all, in dollars.")
    ] = None,
    track: o.Track = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
    speed: o.Speed = None,
    theme: o.Theme = None,
) -> None:
    """Resume a run after a stop or a crash.

    Args:
        which: run id, the beginning of one, or ``last``: the newest run that is unfinished and not running.
        watch: resume on the terminal screen.
        force: resume under other versions, and record it.
        max_cost: most dollars that the calls may cost; None for no limit.
        track: name of the tracker that follows the run; None for none.
        db: database of runs.
        as_json: print one JSON value.
        speed: initial steps per second, or ``max``; None for the setting of the screen.
        theme: theme of the screen; None for its setting.
    """
    from propersim.cli.headless import run_headless
    from propersim.cli.last_run import find_run_to_resume
    from propersim.runs.create import check_versions, set_limit
    from propersim.store.store import Store

    if watch and track is not None:
        raise InputError("--track: has no effect with --watch", "leave one of them out")
    if not db.is_absolute():
        check_working_folder()
    need_database(db)
    with Store(db) as store:
        row = check_versions(store, find_run_to_resume(store, which), force=force)
        if max_cost is not None:
            row = set_limit(store, row, max_cost)
        if not watch:
            run_headless(store, row, as_json=as_json, track=track)
            return
        store.check_free(row)
    _screen(db, row.id, live=row.state != "finished", **_given(speed, theme))


@o.command(app)
def replay(
    which: o.StepsRunName,
    start: Annotated[str | None, typer.Option("--from", "--open", help="Start at a moment, e.g. 'day 3 08:30'.")] = None,
    db: o.Db = o.DB,
    speed: o.Speed = None,
    theme: o.Theme = None,
) -> None:
    """Show a stored run on the same screen.

    Args:
        which: run id, the beginning of one, or ``last``.
        start: moment to start at, such as ``day 3 08:30``.
        db: database of runs.
        speed: initial steps per second, or ``max``; None for the setting of the screen.
        theme: theme of the screen; None for its setting.
    """
    from propersim.cli.last_run import find_run
    from propersim.core.clock import parse_moment
    from propersim.store.rows import has_steps
    from propersim.store.store import Store

    at: tuple[int, float] | None = None
    if start is not None:
        try:
            day, minute = parse_moment(start)
        except ValueError as error:
            raise InputError(f"--from: {error}") from error
        at = (day, float(minute or 0))
    with Store(db, read_only=True) as store:
        row = find_run(store, which, has_steps)
    if not row.steps:
        raise InputError(f"run {row.id} has no steps yet", f"start it with `{program()} resume {row.id} --watch`")
    _screen(db, row.id, live=False, start_at=at, **_given(speed, theme))


@o.command(app)
def demo(theme: o.Theme = None) -> None:
    """Show a recorded run of 14 days with captions; needs no model.

    Args:
        theme: theme of the screen; None for its setting.
    """
    from propersim.demo import open_demo

    _find_screen()
    with open_demo() as recorded:
        _screen(recorded.db, recorded.facts.run, live=False, demo=recorded, **_given(None, theme))


# `--help` lists the commands in this order: first one run, then many, then the rest.
for command, needs in (
    *((one, None) for one in (ctl, serve)),
    (many.batch, many.BATCH_NEEDS),
    (many.report, many.REPORT_NEEDS),
    (study, STUDY_NEEDS),
    (judge, JUDGE_NEEDS),
    (export, EXPORT_NEEDS),
    (plugins, None),
):
    o.command(app, needs=needs)(command)


@o.command(app)
def world(
    which: Annotated[str, typer.Argument(help="Setting: home or office.", metavar="SETTING", autocompletion=completion.settings)] = "home",
) -> None:
    """Print a built-in floor plan, as a start for your own."""
    from propersim.core.errors import InputError
    from propersim.core.text import clean, meant_or_listed
    from propersim.world.floor_plan import built_in_world
    from propersim.world.setting import settings

    if which not in settings():
        raise InputError(f"no setting {clean(which, 40)!r}{meant_or_listed(which, settings())}")
    # The file itself keeps the name that the option had: its text is part of the hash of every run.
    sys.stdout.write(built_in_world(which).text.replace("--home FILE", "--world FILE"))


@o.command(app)
def controls(
    which: Annotated[
        list[str] | None,
        typer.Argument(help="Ids, names or paths; default: all built-in personas.", metavar="PERSONA…", autocompletion=completion.personas),
    ] = None,
    days: o.Days = 14,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Seeds 0 … N−1, pooled.")] = 1,
    wide: o.Wide = False,
    markdown: o.Markdown = False,
    as_json: o.Json = False,
) -> None:
    """Score the control assistants for personas.

    Their scores show whether a rubric can be learned.

    Args:
        which: ids or paths of personas; None for all built-in ones.
        days: number of simulated days.
        seeds: number of seeds.
        wide: whether to print all columns, however wide.
        markdown: whether to print Markdown.
        as_json: print one JSON value.
    """
    from propersim.cli.controls import print_controls

    print_controls(which, days=days, seeds=seeds, as_json=as_json, wide=wide, markdown=markdown)


@o.command(
    app,
    needs={
        "base_url": o.OptionNeed("--model", lambda values: values["model"]),
        "device": o.OptionNeed("a --model of this machine", lambda values: values["model"] and not values["base_url"]),
    },
)
def doctor(
    base_url: Annotated[str, typer.Option("--base-url", help="Also check an OpenAI-compatible endpoint.")] = "",
    model: Annotated[
        str,
        typer.Option(
            "--model", help="A model as in runs, to measure how fast it is; with --base-url that of the endpoint, as it calls it."
        ),
    ] = "",
    device: o.Device = "auto",
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Check what this machine can run, and whether an endpoint works.

    Args:
        base_url: address of an endpoint to check; empty for none.
        model: model whose speed is measured; with ``base_url`` that of the endpoint.
        device: device of the measured model, or ``auto``.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.doctor import check_endpoint, examine
    from propersim.cli.doctor_view import checks, print_report

    if base_url:
        check_endpoint(base_url, model)
    report = examine(db, base_url, model, device)
    if as_json:
        print(json.dumps({**report, "checks": [check._asdict() for check in checks(report)]}))
    else:
        print_report(report)


def _need_terminal() -> None:
    # All three: the screen is drawn on stderr, and the result is printed on stdout.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise InputError("the screen needs a terminal", f"use `{program()} run` without one")


def _find_screen() -> EntryPoint:
    """Return the entry point of the screen.

    Raises:
        InputError: there is no terminal, or no screen is installed.
    """
    from propersim.core.plugins import entry_points

    _need_terminal()
    screens = entry_points("propersim.screens", "textual")
    if not screens:
        raise InputError("no screen is installed", "install propersim with its console packages: pip install .")
    return screens[0]


def _given(speed: str | None, theme: str | None) -> dict[str, Any]:
    """Return the options that were given; for the others, the screen has its own settings."""
    return {name: value for name, value in (("speed", speed), ("theme", theme)) if value is not None}


def _screen(db: Path, run_id: str, *, live: bool, start_at: tuple[int, float] | None = None, **options: Any) -> None:
    """Open the installed screen, which is found through an entry point.

    The engine imports no screen.
    """
    raise typer.Exit(_find_screen().load()(db, run_id, live=live, start_at=start_at, **options))


def main() -> None:
    """Run the command line, with a message and an exit code for each error.

    A :class:`PropersimError` never shows a traceback.
    """
    code, started = EXIT_OK, False
    try:
        started = interrupt_commands()
        drop_odd_terminals()
        with standard_streams():
            code = _call()
    except OutputClosed as error:
        code = error.exit_code
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    if started:
        # From here on there is nothing to clean up.
        leave_quietly()
    sys.exit(code)


def _call() -> int:
    """Run the command line and return its exit code; print the error that ended it."""
    try:
        try:
            command = typer.main.get_command(app)
            if SHELL_COMPLETION in os.environ or any(argument.endswith("-completion") for argument in sys.argv):
                from propersim.cli.shells import register

                register()
            code = command(prog_name="propersim", standalone_mode=False)
            sys.stdout.flush()
            return code if isinstance(code, int) else EXIT_OK
        except TyperException as error:
            if error.message.startswith("Usage:"):
                # A group without a command prints its help.
                print(error.message, file=sys.stderr)
                return EXIT_INPUT
            raise usage_error(error) from error
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                check_working_folder()
            raise (failed_import(error) or failed_file(error)) from error
        except SystemExit as end:
            if SHELL_COMPLETION in os.environ and end.code not in (EXIT_OK, None):
                raise failed_completion() from end
            raise
        except PropersimError:
            raise
        except Exception as error:
            known = failed_completion() if SHELL_COMPLETION in os.environ else failed_import(error)
            if known is None:
                raise
            raise known from error
    except OutputClosed as error:
        return error.exit_code
    except PropersimError as error:
        from propersim.cli.console import print_error

        print_error(error.message, error.hint, stopped=error.exit_code == EXIT_INTERRUPTED)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        print("interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED
