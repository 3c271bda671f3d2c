"""``propersim``: the commands that make, watch and continue runs, and the way out for errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from propersim.cli import batch as many
from propersim.cli import options as o
from propersim.cli.judge import judge
from propersim.cli.models import app as models_app
from propersim.cli.personas import app as personas_app
from propersim.cli.runs import app as runs_app
from propersim.cli.serve import serve
from propersim.core.config import RunConfig
from propersim.core.errors import EXIT_INTERRUPTED, InputError, PropersimError

app = typer.Typer(
    name="propersim",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode=None,
)
app.add_typer(runs_app, name="runs")
app.add_typer(personas_app, name="personas")
app.add_typer(models_app, name="models")
for command in (many.batch, many.report, judge, many.export, serve):
    app.command()(command)


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


@app.command(cls=o.RunCommand)
@o.takes_run_options
def run(
    chosen: RunConfig,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked at endpoints and what it costs; ask nothing.")
    ] = False,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Run headless: progress on stderr, result on stdout."""
    from propersim.cli.headless import carry_on
    from propersim.runs.create import add_run
    from propersim.store.store import Store

    chosen.headless()
    if dry_run:
        from propersim.cli.dry_run import print_estimate

        print_estimate(chosen, db, as_json=as_json)
        return
    with Store(db) as store:
        carry_on(store, add_run(store, chosen), as_json=as_json)


@app.command()
def resume(
    which: o.RunName,
    watch: Annotated[bool, typer.Option("--watch", help="Go on in the terminal screen.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Go on under other versions than the run was begun with; recorded.")] = False,
    max_cost: Annotated[
        float | None, typer.Option("--max-cost", min=0, help="Another limit, in dollars, of what the run may cost.")
    ] = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
    speed: o.Speed = None,
    theme: o.Theme = None,
) -> None:
    """Go on after a stop or a crash."""
    from propersim.cli.headless import carry_on
    from propersim.runs.create import check_versions, set_limit
    from propersim.store.store import Store

    if not db.exists():
        raise InputError(f"{db}: there is no such database", "give the one that the run is in with --db")
    with Store(db) as store:
        row = check_versions(store, store.run(which), force=force)
        if max_cost is not None:
            row = set_limit(store, row, max_cost)
        if not watch:
            carry_on(store, row, as_json=as_json)
            return
        store.check_free(row)
    _screen(db, row.id, live=row.state != "finished", **_own(speed, theme))


@app.command(cls=o.RunCommand)
@o.takes_run_options
def watch(chosen: RunConfig, db: o.Db = o.DB, speed: o.Speed = None, theme: o.Theme = None) -> None:
    """Watch a run live in the terminal."""
    from propersim.runs.create import add_run
    from propersim.store.store import Store

    _need_terminal()
    with Store(db) as store:
        row = add_run(store, chosen)
    _screen(db, row.id, live=True, **_own(speed, theme))


@app.command()
def replay(
    which: o.RunName,
    start: Annotated[str | None, typer.Option("--from", help="Begin at a moment, e.g. 'day 3 08:30'.")] = None,
    db: o.Db = o.DB,
    speed: o.Speed = None,
    theme: o.Theme = None,
) -> None:
    """Show a stored run on the same screen."""
    from propersim.core.clock import parse_moment
    from propersim.store.store import Store

    at: tuple[int, float] | None = None
    if start is not None:
        try:
            day, minute = parse_moment(start)
        except ValueError as error:
            raise InputError(f"--from: {error}") from error
        at = (day, float(minute or 0))
    with Store(db, read_only=True) as store:
        row = store.run(which)
    if not row.steps:
        raise InputError(f"run {row.id} has no steps yet", f"`propersim resume {row.id} --watch` carries it on")
    _screen(db, row.id, live=False, start_at=at, **_own(speed, theme))


@app.command()
def world() -> None:
    """Print the default floor plan, as a start for your own."""
    from propersim.world.home import load_home

    # The file itself keeps the name that the option had: its text is part of the hash of every run.
    sys.stdout.write(load_home().text.replace("--home FILE", "--world FILE"))


@app.command()
def controls(
    which: Annotated[list[str] | None, typer.Argument(help="Ids or paths; all that ship where none is given.", metavar="PERSONA…")] = None,
    days: o.Days = 14,
    seeds: Annotated[int, typer.Option("--seeds", min=1, max=100, help="Seeds 0 … N−1, pooled.")] = 1,
    as_json: o.Json = False,
) -> None:
    """Rate silent, eager, random and oracle for personas: is each rubric one that can be learned?"""
    from propersim.cli.controls import print_controls

    print_controls(which, days=days, seeds=seeds, as_json=as_json)


@app.command()
def doctor(
    base_url: Annotated[
        str, typer.Option("--base-url", help="An OpenAI-compatible endpoint: asked whether it is of use. Needs --model.")
    ] = "",
    model: Annotated[str, typer.Option("--model", help="A model, as that endpoint calls it.")] = "",
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Say what this machine can run, and what an endpoint can do."""
    from propersim.cli.doctor import check_endpoint, examine, print_report

    if base_url or model:
        check_endpoint(base_url, model)
    report = examine(db, base_url, model)
    if as_json:
        print(json.dumps(report))
    else:
        print_report(report)


def _need_terminal() -> None:
    # All three: the screen is drawn on stderr, and what is printed after it goes to stdout.
    if not (sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()):
        raise InputError("the screen needs a terminal", "use `propersim run` where there is none")


def _own(speed: str | None, theme: str | None) -> dict[str, Any]:
    """Return what was given for this time only; the screen has settings of its own for the rest."""
    return {name: value for name, value in (("speed", speed), ("theme", theme)) if value is not None}


def _screen(db: Path, run_id: str, *, live: bool, start_at: tuple[int, float] | None = None, **own: Any) -> None:
    """Open the screen, which is found through an entry point: the engine knows no screen."""
    from importlib.metadata import entry_points

    _need_terminal()
    found = list(entry_points(group="propersim.screens", name="textual"))
    if not found:
        raise InputError("no screen is installed", "install propersim with its console packages: pip install .")
    raise typer.Exit(found[0].load()(db, run_id, live=live, start_at=start_at, **own))


def main() -> None:
    """Run the command line; every error of ours is a message and an exit code, never a traceback."""
    try:
        app()
    except PropersimError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  {error.hint}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        # Whoever read our output has gone (… | head): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
