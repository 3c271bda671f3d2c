"""``propersim runs``: list, show, compare, check and delete the runs of a database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.console import ask, print_message
from propersim.cli.database import BEGIN, need_database, need_database_to_list
from propersim.cli.last_run import is_idle
from propersim.core.config import BOTH, OPTIONS, RunConfig
from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.records import DIMENSIONS
from propersim.core.text import clean, counted
from propersim.experiments.agreement import KAPPA_FROM, Agreement, person_agreement

if TYPE_CHECKING:
    from propersim.cli.run_choice import ListedRun
    from propersim.store.store import RunRow

app = typer.Typer(help="List, show, compare, check and delete runs.", no_args_is_help=True, rich_markup_mode=None, suggest_commands=False)

_ALWAYS = ("persona", "days", "seed", "assistant")
"""Options of a run that ``runs show`` always lists."""
PAGE = 50
"""Runs that a table lists where nothing else is asked for."""
_KEYS = ("persona", "seed", "assistant", "model", "days_done", "days", "state", "steps", "created", "wall_s", "digest", "error")


@o.command(app, "ls")
def list_runs(
    state: Annotated[
        str,
        typer.Option(
            "--state",
            help="Runs in these states, separated by commas: live, finished, failed …",
            autocompletion=completion.listed(completion.states),
        ),
    ] = "",
    words: Annotated[str, typer.Option("--filter", help="Runs with all these words, e.g. 'p07 oracle seed=3'.")] = "",
    sort: Annotated[
        str,
        typer.Option("--sort", help="Field to sort by: created, persona, variant, f1, unwelcome …", autocompletion=completion.sort_fields),
    ] = "created",
    reverse: Annotated[bool, typer.Option("--reverse", help="Reverse the order.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", help=f"Most runs to list; 0: all. Default: {PAGE}, and all with --json.", min=0)
    ] = None,
    wide: o.Wide = False,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """List runs, newest first.

    F1 and unwelcome recommendations are of all complete days. --state, --filter and --sort choose among all runs.

    Args:
        state: states to list, separated by commas; empty for all.
        words: words that a run's id, persona, variant or state must have.
        sort: field to sort by.
        reverse: whether to reverse the order.
        limit: most runs to list; 0 for all, None for :data:`PAGE` in a table and all in JSON.
        wide: whether to print all columns, however wide.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.run_choice import parse_field, parse_states, read_page
    from propersim.cli.tables import print_table
    from propersim.store.many import run_count
    from propersim.store.store import Store

    states, field = parse_states(state), parse_field(sort)
    need_database_to_list(db)
    with Store(db, read_only=True) as store:
        none_yet = not run_count(store)
        most = (None if as_json else PAGE) if limit is None else limit or None
        chosen, total = read_page(store, most, states=states, words=words, field=field, reverse=reverse)
    if as_json:
        print(json.dumps([_values(one) for one in chosen]))
        return
    if not chosen:
        print_message(f"no runs in {db} yet: {BEGIN}" if none_yet else f"no such runs in {db}")
        return
    print_table(
        ("run", "persona", "variant", "seed", "days", "F1", "unwelcome", "steps", "state", "created"),
        [
            [
                *(clean(row.id), clean(f"{row.persona} {row.name}"), one.variant, str(row.seed), f"{row.days_done}/{row.days}"),
                *(
                    ("–*" if found.no_f1 else "–") if found.f1 is None else f"{found.f1:.2f}",
                    "–" if found.unwelcome is None else str(found.unwelcome),
                ),
                *(str(row.steps), one.state, clean(row.created)),
            ]
            for one in chosen
            for row, found in [(one.row, one.figures)]
        ],
        numbers=("seed", "days", "F1", "unwelcome", "steps"),
        wrap=("variant",),
        # The id begins with persona and assistant.
        drop=("steps", "created", "persona", "seed"),
        wide=wide,
    )
    if total is None:
        print_message(f"the first {counted(len(chosen), 'run')}; --limit 0 lists all")
    elif total > len(chosen):
        print_message(f"{len(chosen):,} of {total:,} runs; --limit 0 lists all")
    for one in chosen:
        if one.figures.no_f1:
            typer.echo(f"* {clean(one.row.id)}: {one.figures.no_f1}.")
    if damaged := [one.row.id for one in chosen if one.problem]:
        print_message(f"warning: {counted(len(damaged), 'damaged run')}: `{program()} runs check {clean(damaged[0])}` says what is damaged")


def _values(one: ListedRun) -> dict[str, Any]:
    """Return a run of the list as JSON."""
    row = {key: getattr(one.row, key) for key in _KEYS}
    row |= {} if one.doing is not None else {"state": one.state}
    return {
        "run": one.row.id,
        **row,
        "problem": one.problem,
        "doing": one.doing,
        "variant": one.variant,
        "f1": one.figures.f1,
        "unwelcome": one.figures.unwelcome,
    }


@o.command(app)
def show(
    which: o.RunName,
    wide: Annotated[
        bool, typer.Option("--wide", help="Print all options, and all columns on lines as long as they are, on a terminal too.")
    ] = False,
    markdown: o.Markdown = False,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Show one run: options, versions and figures.

    Args:
        which: run id, the beginning of one, or ``last``.
        wide: whether to print all options and columns, however wide.
        markdown: whether to print the figures as Markdown.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.call_tables import print_calls
    from propersim.cli.console import print_pairs
    from propersim.cli.headless import print_days
    from propersim.core.clock import format_time
    from propersim.persona.drift import drift_of
    from propersim.persona.move import move_of
    from propersim.runs.create import stored_persona, stored_versions
    from propersim.runs.runner import result
    from propersim.store.bookmarks import bookmarks
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        row = store.run(which)
        summary = result(store, row)
        versions = stored_versions(row)
        persona = stored_persona(row)
        marked = bookmarks(store, row)
        by_hand = person_agreement(store, row) if summary["config"]["user"] in ("human", BOTH) else None
    drift, move = drift_of(persona), move_of(persona)
    summary["versions"] = versions
    summary["error"] = row.error
    summary["bookmarks"] = [each.to_dict() for each in marked]
    if drift is not None:
        summary["drift"] = {"day": drift.day, "persona": drift.persona}
    if move is not None:
        summary["move"] = {"day": move.day, "persona": move.persona.id, "world": move.persona.world}
    if by_hand is not None:
        summary["agreement"] = by_hand.to_dict()
    if as_json:
        print(json.dumps(summary))
        return
    options = _options(summary["config"], every=wide)
    pairs = [
        ("run", f"{row.id}: {clean(row.name)}, {row.assistant}, seed {row.seed}"),
        ("state", f"{row.state}, {row.days_done} of {counted(row.days, 'day')}"),
        *([("error", clean(row.error, 2000))] if row.error else []),
        ("options", clean(options, 4000)),
        *_version_pairs(versions),
        ("digest", summary["digest"]),
        *(("warning", f"day {one['day']}: {one['text']}") for one in summary["warnings"]),
    ]
    if drift is not None:
        pairs.insert(3, ("drift", f"rubric of {clean(drift.persona)} from day {drift.day} on"))
    if move is not None:
        pairs.insert(3, ("move", f"days of {clean(move.persona.id)} ({move.persona.world}) from day {move.day} on"))
    if by_hand is not None:
        agrees = "; agreement with the judge: " + _agreement_text(by_hand) if by_hand.rated else ""
        agrees += f"; kappa from {KAPPA_FROM} on: {by_hand.so_far}" if not by_hand.enough else ""
        if by_hand.anew:
            agrees = f", {f'{by_hand.anew} of them ' if by_hand.rated else ''}given anew after an undo, so not in the agreement{agrees}"
        pairs.append(("by hand", f"{counted(by_hand.rated + by_hand.anew, 'rating')}{agrees}"))
    for number, each in enumerate(marked):
        pairs.append(("bookmarks" if not number else "", f"day {each.day} {format_time(each.minute, seconds=True)}  {each.note}".rstrip()))
    print_pairs(pairs)
    print()
    print_days(summary, row.wall_s, wide=wide, markdown=markdown)
    print_calls(summary["calls"])


def _version_pairs(versions: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the lines of versions.

    One with several values, such as those of training, has a line of its own, as ``name=value``.
    """
    single = [f"{clean(name, 40)} {value}" for name, value in versions.items() if not isinstance(value, dict)]
    several = [
        (clean(name, 40), clean(", ".join(f"{key}={each}" for key, each in value.items()), 4000))
        for name, value in versions.items()
        if isinstance(value, dict)
    ]
    return [("versions", clean(", ".join(single), 4000)), *several]


def _options(config: dict[str, Any], *, every: bool) -> str:
    """Return the options of a run as ``name=value``; count those with their usual value.

    Args:
        config: the options as they are recorded with the run.
        every: list all.
    """
    usual = RunConfig(assistant=config["assistant"]).resolved().to_dict()
    given = {key: value for key, value in config.items() if value not in (None, "")}
    listed = given if every else {key: value for key, value in given.items() if key in _ALWAYS or value != usual[key]}
    text = ", ".join(f"{OPTIONS[key].name.removeprefix('--')}={value}" for key, value in listed.items())
    rest = len(given) - len(listed)
    return text + (f"; {counted(rest, 'other')} as usual: --wide" if rest else "")


def _agreement_text(found: Agreement) -> str:
    """Return shares and kappas on one line.

    A kappa that is undefined is a dash; where there are too few ratings, there is none.
    """
    named = zip(("overall", *DIMENSIONS), (found.overall, *found.dimensions), strict=True)
    return ", ".join(
        f"{name} {one.share:.0%}" + (f" (kappa {'–' if one.kappa is None else f'{one.kappa:.2f}'})" if found.enough else "")
        for name, one in named
        if one.share is not None
    )


@o.command(app)
def compare(first: o.RunName, second: o.RunName, db: o.Db = o.DB, as_json: o.Json = False) -> None:
    """Compare two runs over the days that both have completed.

    Args:
        first: run id, the beginning of one, or ``last``.
        second: the run to compare it with.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.compare import print_comparison
    from propersim.experiments.compare_runs import compare_runs
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        rows = store.run(first), store.run(second)
        found = compare_runs(store, *rows)
    print_comparison(rows, found, as_json=as_json)


@o.command(app)
def check(
    which: Annotated[
        list[str] | None,
        typer.Argument(help="Ids of runs, or their beginnings; default: all runs.", metavar="RUN…", autocompletion=completion.runs),
    ] = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Read every record of runs, and report what is damaged.

    Args:
        which: ids of runs, or their beginnings; None for all.
        db: database of runs.
        as_json: print one JSON value.

    Raises:
        StoreError: a run is damaged.
    """
    from propersim.cli.console import progress
    from propersim.core.errors import StoreError
    from propersim.runs.check import problems
    from propersim.store.store import Store

    need_database_to_list(db)
    found: dict[str, list[str]] = {}
    with Store(db, read_only=True) as store:
        rows = [store.run(name) for name in which] if which else store.runs()
        with progress("reading", len(rows), "runs") as advance:
            for done, row in enumerate(rows):
                advance(done, clean(row.id))
                found[row.id] = problems(store, row)
    if as_json:
        print(json.dumps([{"run": run, "problems": listed} for run, listed in found.items()]))
    else:
        for run, listed in found.items():
            print(f"{clean(run)}: {'; '.join(listed) or 'intact'}")
    if damaged := [clean(run) for run, listed in found.items() if listed]:
        message = f"{len(damaged)} of {counted(len(found), 'run')} {'is' if len(damaged) == 1 else 'are'} damaged"
        raise StoreError(message, f"restore {db} from a copy, or delete them: {program()} runs rm {' '.join(damaged[:5])}")


@o.command(app)
def prune(
    state: Annotated[
        str,
        typer.Option(
            "--state",
            help="Delete runs in these states, separated by commas: failed,stopped.",
            autocompletion=completion.listed(completion.states),
        ),
    ] = "",
    older_than: Annotated[str, typer.Option("--older-than", help="Delete runs not written to for so long: 30d, 12h, 2w.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    db: o.Db = o.DB,
) -> None:
    """Delete all runs of a state or age; never one that is live.

    Args:
        state: states of the runs to delete, separated by commas; empty for any.
        older_than: age of the runs to delete, such as ``30d``; empty for any.
        yes: delete without asking.
        db: database of runs.
    """
    from datetime import UTC, datetime

    from propersim.cli.run_choice import LIVE, age_of, parse_age, parse_states, read_list
    from propersim.core.errors import StoreBusy
    from propersim.store.store import Store

    if not state.strip() and not older_than.strip():
        raise InputError("nothing to choose runs by", "give --state failed,stopped, --older-than 30d, or both")
    states, least = parse_states(state), parse_age(older_than) if older_than.strip() else None
    if states & {"running", *LIVE}:
        raise InputError("--state: live runs are never deleted", f"stop them first: {program()} ctl RUN stop")
    need_database(db)
    now = datetime.now(UTC)
    with Store(db) as store:
        chosen = [
            one
            for one in read_list(store, states)
            if one.doing is None and (least is None or ((age := age_of(one.row, now)) is not None and age >= least))
        ]
        for one in chosen:
            typer.echo(f"{one.row.id} ({_contents(one.row)}, {one.state})", err=True)
        if not chosen or not (yes or _confirmed(f"delete {'this run' if len(chosen) == 1 else f'these {len(chosen)} runs'}?")):
            typer.echo("nothing is deleted" if chosen else "no such runs", err=True)
            return
        deleted = 0
        for one in chosen:
            try:
                store.remove_run(one.row)
                deleted += 1
            except StoreBusy as error:
                # It was resumed in between.
                typer.echo(f"not deleted: {error.message}", err=True)
        typer.echo(f"deleted {counted(deleted, 'run')}", err=True)


def _contents(row: RunRow) -> str:
    """Return of whom a run is, and how long it is."""
    return f"{clean(row.name)}, {row.days_done} of {counted(row.days, 'day')}, {counted(row.steps, 'step')}"


@o.command(app)
def rm(
    which: Annotated[
        list[str],
        typer.Argument(help="Ids of runs, or their beginnings.", metavar="RUN…", autocompletion=completion.runs_that(is_idle)),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete without asking.")] = False,
    db: o.Db = o.DB,
) -> None:
    """Delete runs and everything that belongs to them.

    Args:
        which: ids of runs, or their beginnings.
        yes: delete without asking.
        db: database of runs.
    """
    from propersim.store.store import Store

    need_database(db)
    with Store(db) as store:
        rows = [store.run(name) for name in which]
        for row in rows:
            if not yes and not _confirmed(f"delete {row.id} ({_contents(row)})?"):
                continue
            store.remove_run(row)
            typer.echo(f"deleted {row.id}", err=True)


def _confirmed(question: str) -> bool:
    """Ask a question on stderr, and return whether the answer is yes.

    Raises:
        InputError: stdin has no answer.
    """
    try:
        return ask(f"{question} [y/N]: ").lower() in ("y", "yes")
    except EOFError as error:
        raise InputError("nothing is deleted: there is no answer on standard input", "give --yes to delete without being asked") from error
