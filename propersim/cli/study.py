"""``propersim study``: questions that the paper left open, each as one command."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.console import ask, print_message
from propersim.core.errors import InputError

if TYPE_CHECKING:
    from propersim.experiments.batch import Batch
    from propersim.experiments.parts import Part
    from propersim.experiments.results import Result
    from propersim.studies.study import Study

_NAME = o.OptionNeed("the name of a study", lambda values: values["which"])
_RUNS = o.OptionNeed("the name of a study whose runs are made (no --from)", lambda values: values["which"] and not values["stored"])
_PEOPLE = o.OptionNeed("the study people (no --from)", lambda values: values["which"] == "people" and not values["stored"])
_SESSIONS = o.OptionNeed("the study people (no --from or --report)", lambda values: _PEOPLE.met(values) and not values["report_only"])
NEEDS = {
    **dict.fromkeys(("rehearse", "folder", "report_only"), _PEOPLE),
    **dict.fromkeys(("participants", "every", "run", "own"), _SESSIONS),
    "participant": o.OptionNeed(
        "the study people (no --from, --report or --rehearse)", lambda values: _SESSIONS.met(values) and not values["rehearse"]
    ),
    **dict.fromkeys(("quick", "yes", "db", "csv", "jobs", "any_versions"), _RUNS),
    **dict.fromkeys(("stored", "html", "wide", "markdown", "as_json"), _NAME),
    "force": o.OptionNeed("--html", lambda values: values["html"]),
}
"""Options that have an effect only beside another."""
YES = ("y", "yes")
"""Answers that begin the runs, in lower case."""


def study(
    which: Annotated[
        str | None, typer.Argument(help="Name of a study; without one, list them.", metavar="[NAME]", autocompletion=completion.studies)
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Run the small form: at most 30 minutes on two cores.")] = False,
    stored: Annotated[
        list[Path] | None, typer.Option("--from", help="Run nothing: report on the results of this CSV file; may be repeated.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Begin without asking.")] = False,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, max=1000, help="Worker processes; default: the number of cores.")] = None,
    csv: o.ResultsCsv = None,
    any_versions: o.AnyVersions = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report with its picture into this HTML file.")] = None,
    participants: Annotated[
        int | None, typer.Option("--participants", min=1, max=500, help="people: number of participants. Default: 20.")
    ] = None,
    participant: Annotated[
        str | None,
        typer.Option("--participant", help="people: hold or continue the session of this participant, such as P03.", metavar="CODE"),
    ] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="people: scripted answers, marked as such and never mixed with people's.")
    ] = False,
    every: Annotated[
        int | None, typer.Option("--every", min=1, max=1000, help="people: rate one in N recommendations, at most 5 of a run. Default: 2.")
    ] = None,
    run: Annotated[
        list[str] | None,
        typer.Option("--run", help="people: rate recommendations of this stored run, not of the study's; may be repeated."),
    ] = None,
    own: Annotated[
        bool | None, typer.Option("--own/--no-own", help="people: participants also rate for themselves. Default: they do.")
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option("--folder", help="people: folder of the ratings. Default: the database's name with .people or .rehearsal."),
    ] = None,
    report_only: Annotated[bool, typer.Option("--report", help="people: report on the ratings so far; ask nobody.")] = False,
    db: o.Db = o.DB,
    wide: o.Wide = False,
    markdown: o.Markdown = False,
    as_json: o.Json = False,
    force: o.Force = False,
) -> None:
    """List the studies, or run one and report on it.

    Args:
        which: name of a study; None to list them.
        quick: run the small form.
        stored: CSV files of results to report on, instead of running.
        yes: begin without asking.
        jobs: worker processes; None for the number of cores.
        csv: file to append results to; runs that are in it are skipped.
        any_versions: whether runs that were made under other versions count as done.
        html: HTML file for the report as a page.
        participants: number of participants of the study ``people``; None for 20, or as many as it has.
        participant: code of the participant whose session is held; None for the next ones.
        rehearse: whether scripted answers take the place of people's.
        every: one in how many recommendations is rated; None for the default.
        run: ids of stored runs whose recommendations are rated.
        own: whether participants also rate for themselves; None for the default.
        folder: folder of the ratings; None for the one beside the database.
        report_only: only report on ratings.
        db: database of runs.
        wide: whether to print all columns, however wide.
        markdown: whether to print Markdown.
        as_json: whether to print one JSON value.
        force: whether to overwrite an existing HTML file.
    """
    from propersim.cli.report import as_markdown
    from propersim.cli.report_view import print_parts
    from propersim.core.files import refuse_existing, refuse_same, write_atomically
    from propersim.studies.study import ABOUT, NAMING, load_study

    if which is None:
        _print_list()
        return
    chosen = load_study(which)
    refuse_existing(html, force)
    refuse_same({"--csv": csv, "--html": html}, {"--from": stored or []})
    if stored:
        results = chosen.read(stored)
    elif chosen.collected is not None:
        from propersim.cli.people import Wanted, collect

        wanted = Wanted(participants, participant, rehearse, every, own, run or [], folder, report_only, quick)
        results, shown = collect(
            wanted, db, lambda: _run(chosen, quick=quick, yes=yes, jobs=jobs, csv=None, any_versions=any_versions, as_json=as_json, db=db)
        )
        if csv is not None:
            if csv.exists():
                # Ratings that were exported before are replaced; any other file is refused.
                chosen.read([csv])
            write_atomically(csv, chosen.to_csv(results))
        if not shown:
            return
    else:
        results = _run(chosen, quick=quick, yes=yes, jobs=jobs, csv=csv, any_versions=any_versions, as_json=as_json, db=db)
    parts = chosen.parts(results)
    if html is not None:
        from propersim.cli.report_page.study import study_page

        write_atomically(html, study_page(chosen, parts, results))
    if as_json:
        print(json.dumps(_as_data(chosen, parts), ensure_ascii=False))
    elif markdown:
        print(as_markdown(parts))
    else:
        print_parts(parts, about=ABOUT, naming=NAMING, wide=wide)


def _as_data(chosen: Study, parts: Sequence[Part]) -> dict[str, Any]:
    """Return a study and its report as plain data.

    Args:
        chosen: the study.
        parts: the parts of its report.

    Returns:
        Its name and question, ``tables`` with the section that each is in, its caption, columns and rows of cells as they are printed,
        and ``sentences``: what came out.
    """
    from propersim.experiments.parts import Heading, ReportTable

    section = ""
    tables: list[dict[str, Any]] = []
    for part in parts:
        if isinstance(part, Heading):
            section = str(part)
        elif isinstance(part, ReportTable):
            tables.append({"section": section, "caption": part.caption, "columns": part.heads, "rows": part.rows})
    sentences = [line.removeprefix("- ") for line in str(parts[-1]).splitlines()]
    return {"study": chosen.name, "question": chosen.question, "tables": tables, "sentences": sentences}


def _print_list() -> None:
    """Print the studies with their runs and how long they take."""
    from propersim.cli.tables import page_width, print_table
    from propersim.experiments.engines.local import cores
    from propersim.experiments.time_left import format_left
    from propersim.studies.duration import measured, study_seconds
    from propersim.studies.study import NAMES, load_study

    at_once = cores()
    rows = []
    for name in NAMES:
        one = load_study(name)
        for form, sweep in (("--quick", one.quick), ("", one.full)):
            personas, runs = one.size(quick=bool(form))
            takes = format_left(study_seconds(one, at_once, quick=bool(form)))
            rows.append([f"{name} {form}".strip(), str(personas), str(sweep.days), str(runs), takes, one.question])
    heads = ["study", "personas", "days", "runs", "takes about", "question"]
    print_table(heads, rows, numbers=heads[1:5], wrap=("question",), width=page_width())
    print_message(f"Times are for {at_once} at once, from runs on {measured().machine}.")


def _run(
    chosen: Study, *, quick: bool, yes: bool, jobs: int | None, csv: Path | None, any_versions: bool, as_json: bool, db: Path
) -> list[Result]:
    """Run a form of a study that was not run before, and return its results.

    Args:
        chosen: the study.
        quick: whether it is the small form.
        yes: begin without asking.
        jobs: worker processes; None for the number of cores.
        csv: file to append results to.
        any_versions: whether runs that were made under other versions count as done.
        as_json: whether the outcome of runs of which some fail is printed as one JSON value.
        db: database of runs.

    Raises:
        InputError: there is nobody to ask.
        Exit: the answer is no.
    """
    from propersim.cli.batch_view import run_batch
    from propersim.experiments.engines.local import LocalEngine, cores

    processes = jobs or cores()

    def confirm(batch: Batch) -> None:
        _confirm(chosen, batch, yes=yes, at_once=processes)

    results = run_batch(
        db,
        chosen.sweep(quick=quick),
        lambda store: LocalEngine(store, processes=processes),
        csv=csv,
        any_versions=any_versions,
        as_json=as_json,
        confirm=confirm,
    )
    return results + _rate_again(chosen, results, csv=csv, db=db)


def _rate_again(chosen: Study, results: list[Result], *, csv: Path | None, db: Path) -> list[Result]:
    """Return the results of runs that are rated again, and append them to the CSV file.

    Args:
        chosen: the study.
        results: results of its runs.
        csv: file of results, in which some may be.
        db: database of runs.
    """
    from propersim.experiments.results import merge_csv, read_csv
    from propersim.store.store import Store
    from propersim.studies.rated_again import rated_again

    if chosen.rated_as is None:
        return []
    print_message("rating the runs again by other rubrics")
    known = {one.hash: one for one in read_csv(csv).values()} if csv is not None else {}
    with Store(db, read_only=True) as store:
        found = rated_again(chosen, store, results, known)
    if csv is not None:
        merge_csv(csv, found)
    return found


def _confirm(chosen: Study, batch: Batch, *, yes: bool, at_once: int) -> None:
    """Say what is run and how long it takes, and ask whether to begin.

    Args:
        chosen: the study.
        batch: its runs.
        yes: begin without asking.
        at_once: number of runs that are carried out at once.
    """
    from propersim.core.text import counted
    from propersim.experiments.time_left import format_left
    from propersim.studies.duration import measured, seconds_left

    left = [job for job in batch.jobs if not job.over]
    print_message(f"{chosen.title}\n{chosen.question}")
    personas, days = len({job.persona for job in batch.jobs}), max(job.config.days for job in batch.jobs)
    known = f", {len(batch.jobs) - len(left)} of them done before" if len(left) < len(batch.jobs) else ""
    print_message(f"{counted(len(batch.jobs), 'run')} of {counted(personas, 'persona')}, {counted(days, 'day')} each{known}")
    if not left:
        return
    took = format_left(seconds_left(batch.jobs, at_once))
    print_message(f"takes about {took} with {at_once} at once, from runs on {measured().machine}; the same command continues it")
    if yes:
        return
    refusal = InputError("nothing is run: there is no terminal to ask at", "give --yes to begin without being asked")
    if not sys.stdin.isatty():
        raise refusal
    try:
        if ask("begin? [y/N]: ").casefold() not in YES:
            raise typer.Exit
    except EOFError as error:
        raise refusal from error
