"""Commands that make many runs and print tables: ``propersim batch`` and ``report``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.console import print_message
from propersim.cli.database import need_database_to_list
from propersim.core.config import AUTO
from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.text import did_you_mean
from propersim.experiments.variants import DEFAULT_VARIANTS, parse_variants

if TYPE_CHECKING:
    from propersim.experiments.engines.base import Engine
    from propersim.experiments.sweep import Sweep
    from propersim.store.store import Store

ENGINES = ("local", "ray", "slurm")
"""Names of the engines that can carry out the runs of a batch."""


def _engine(value: str) -> str:
    return o.one_of("--engine", value, ENGINES)


def _sweep(values: Mapping[str, Any]) -> Sweep:
    """Return what a batch runs: the values of its file, overridden by its options.

    Raises:
        InputError: the file or an option is invalid.
    """
    from propersim.experiments.sweep import Sweep, read_sweep
    from propersim.experiments.variants import check_persona_files, parse_personas

    path = values["sweep"]
    sweep = read_sweep(path) if path is not None else Sweep(personas=parse_personas("all"))
    given: dict[str, Any] = {}
    if values["personas"] is not None:
        given["personas"] = parse_personas(values["personas"])
        check_persona_files(given["personas"])
    if values["variants"] is not None:
        given["variants"] = parse_variants(values["variants"], sweep.known)
    if values["seeds"] is not None:
        given["seeds"] = range(values["seeds"])
    if values["days"] is not None:
        given["days"] = values["days"]
    return msgspec.structs.replace(sweep, **given, options=[*sweep.options, *(values["options"] or [])])


def _needs_engine(*names: str) -> o.OptionNeed:
    return o.OptionNeed(" or ".join(f"--engine {name}" for name in names), lambda values: values["engine"] in names)


_LOCAL, _MANY = _needs_engine("local"), _needs_engine("ray", "slurm")
BATCH_NEEDS = {
    "device": o.OptionNeed("a variant of the assistant llama", lambda values: "llama" in _sweep(values).assistants),
    "share": o.OptionNeed(
        "--engine local and a variant of the assistant llama",
        lambda values: values["engine"] == "local" and "llama" in _sweep(values).assistants,
    ),
    "wait": _LOCAL,
    "bundle": _MANY,
    "address": _needs_engine("ray"),
    "gpus": _needs_engine("ray"),
    "slurm_folder": _needs_engine("slurm"),
    "slurm": _needs_engine("slurm"),
}
"""Options of ``propersim batch`` that have an effect only beside another."""
REPORT_NEEDS = {
    "force": o.OptionNeed("--csv-out, --curves or --html", lambda values: values["csv_out"] or values["curves"] or values["html"])
}
"""The same of ``propersim report``."""


def batch(
    sweep: Annotated[
        Path | None,
        typer.Argument(
            help="TOML file that says what to run: personas, variants, ablations, seeds, days. Options override it.", metavar="[SWEEP]"
        ),
    ] = None,
    personas: Annotated[
        str | None,
        typer.Option(
            "--personas",
            help="'all' (default), or ids, ranges and paths separated by commas: p01-p16,p20,mine.yaml.",
            metavar="LIST",
            autocompletion=completion.listed(completion.persona_ids),
        ),
    ] = None,
    variants: Annotated[
        str | None,
        typer.Option(
            "--variants",
            help=f"Variants, separated by commas; default: {','.join(DEFAULT_VARIANTS)}.",
            metavar="LIST",
            autocompletion=completion.listed(completion.variants),
        ),
    ] = None,
    seeds: Annotated[int | None, typer.Option("--seeds", min=1, max=1000, help="Seeds 0 … N−1; default: 1.")] = None,
    days: Annotated[
        int | None, typer.Option("--days", envvar="PROPERSIM_DAYS", min=1, max=10_000, help="Number of simulated days; default: 14.")
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", min=1, max=100_000, help="Worker processes, or bundles at once; default: the number of cores, here or there."
        ),
    ] = None,
    share: Annotated[
        int, typer.Option("--share", min=1, max=64, help="Runs at once in each process; those of one model load it once, to save memory.")
    ] = 1,
    csv: o.ResultsCsv = None,
    any_versions: o.AnyVersions = False,
    device: o.Device = "auto",
    options: Annotated[
        list[str] | None, typer.Option("--set", help="Another option of every run, as name=value; may be repeated.", metavar="NAME=VALUE")
    ] = None,
    engine: Annotated[
        Literal["local", "ray", "slurm"], typer.Option("--engine", parser=_engine, help="What carries out the runs: local, ray or slurm.")
    ] = "local",
    address: Annotated[
        str, typer.Option("--address", help="Address of a Ray cluster, such as 10.0.0.1:6379 or auto; default: Ray on this machine alone.")
    ] = "",
    gpus: Annotated[float, typer.Option("--gpus", min=0, max=64, help="GPUs that each bundle takes; 0.25 lets four share one.")] = 0.0,
    slurm_folder: Annotated[
        Path | None,
        typer.Option("--slurm-folder", help="Folder that this machine and the Slurm nodes share; default: beside the database."),
    ] = None,
    slurm: Annotated[
        list[str] | None,
        typer.Option("--slurm", help="Option of sbatch, as name=value: partition=gpu; may be repeated.", metavar="NAME=VALUE"),
    ] = None,
    bundle: Annotated[int | None, typer.Option("--bundle", min=1, max=10_000, help="Most runs that are sent to a worker together.")] = None,
    wait: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for a run that another process is running.")] = 60.0,
    track: o.Track = None,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Make many runs in parallel; repeat the command to continue.

    Args:
        sweep: TOML file with what to run.
        personas: ids, ranges and paths, separated by commas, or ``all``.
        variants: names of variants, separated by commas.
        seeds: number of seeds.
        days: number of simulated days.
        jobs: worker processes or bundles at once; None for the number of cores.
        share: most runs at once in each process, on one copy of their model.
        csv: file to append results to; runs that are in it are skipped.
        any_versions: whether runs that were made under other versions count as done.
        device: device of the models, or ``auto``.
        options: further options of every run, as ``name=value``.
        engine: ``local``, ``ray`` or ``slurm``.
        address: address of a Ray cluster.
        gpus: GPUs of Ray that each bundle takes.
        slurm_folder: folder that this machine and the Slurm nodes share.
        slurm: options of sbatch, as ``name=value``.
        bundle: most runs that are sent to a worker together.
        wait: seconds to wait for a run that another process is running.
        track: name of the tracker that follows the runs; None for none.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.batch_view import run_batch
    from propersim.experiments.engines import check_engine
    from propersim.models.devices import check_device

    chosen = _sweep({"sweep": sweep, "personas": personas, "variants": variants, "seeds": seeds, "days": days, "options": options})
    # A device in the environment is a default, which controls ignore.
    if device != AUTO and "llama" in chosen.assistants:
        check_device(device)
        chosen = msgspec.structs.replace(chosen, options=[*chosen.options, f"device={device}"])

    # Before anything is written: the database is created with its first run.
    if engine == "ray":
        from propersim.experiments.engines.ray_engine import check_address

        check_address(address)
    elif engine == "slurm":
        from propersim.experiments.engines.slurm_engine import parse_parameters

        parse_parameters(slurm or [])
    check_engine(engine)

    def make_engine(store: Store) -> Engine:
        if engine == "ray":
            from propersim.experiments.engines.ray_engine import ray_engine

            return ray_engine(store, address=address, at_once=jobs, bundle=bundle, gpus=gpus, any_versions=any_versions)
        if engine == "slurm":
            from propersim.experiments.engines.slurm_engine import slurm_engine

            return slurm_engine(store, folder=slurm_folder, parameters=slurm or [], at_once=jobs, bundle=bundle, any_versions=any_versions)
        from propersim.experiments.engines.local import LocalEngine, cores

        return LocalEngine(store, processes=jobs or cores(), share=share, patience=wait)

    run_batch(db, chosen, make_engine, csv=csv, any_versions=any_versions, as_json=as_json, track=track)


def report(
    csv: Annotated[list[Path] | None, typer.Option("--csv", help="Read results from this file; may be repeated.")] = None,
    csv_out: Annotated[Path | None, typer.Option("--csv-out", help="Write the results behind the tables to this file.")] = None,
    at: Annotated[
        str, typer.Option("--at", help="Days and ranges of days below the whole run, separated by commas.", metavar="DAYS")
    ] = "1,2,3,5,14,3-5,12-14",
    figures: Annotated[
        str,
        typer.Option(
            "--figures",
            help="Columns of the tables of days, separated by commas; default: all.",
            metavar="LIST",
            autocompletion=completion.listed(completion.figures),
        ),
    ] = "",
    curves: Annotated[Path | None, typer.Option("--curves", help="Draw the learning curves into this SVG file.")] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report, with curves and examples, into this HTML file, which needs no network.")
    ] = None,
    db: Annotated[
        Path | None, typer.Option("--db", envvar="PROPERSIM_DB", help="Database of runs; not read by default where --csv is given.")
    ] = None,
    wide: Annotated[
        bool, typer.Option("--wide", help="Print all rows and columns, also those without figures, on lines as long as they are.")
    ] = False,
    markdown: o.Markdown = False,
    force: o.Force = False,
    as_json: o.Json = False,
) -> None:
    """Tabulate finished runs by variant, persona, trait and day.

    Where files are asked for, the tables are printed only if an option of theirs is given too.

    Args:
        csv: CSV files of results to read.
        csv_out: file for the results behind the tables.
        at: days and ranges of days to report below the whole run, separated by commas.
        figures: columns of the tables of days, separated by commas; empty for all.
        curves: SVG file for the learning curves.
        html: HTML file for the report as a page.
        db: database of runs.
        wide: whether to print all rows and columns, however wide.
        markdown: whether to print Markdown.
        force: whether to overwrite existing files.
        as_json: print one JSON value.
    """
    from propersim.cli.report import print_report
    from propersim.cli.report_view import print_plain
    from propersim.core.files import refuse_existing, refuse_same, write_atomically
    from propersim.experiments.periods import EVERY, FIGURES, parse_periods
    from propersim.experiments.plots import curves_svg
    from propersim.experiments.report import choose
    from propersim.experiments.report import report as make_report
    from propersim.experiments.results import Result, StoredResults, mixed_versions, prompt_cuts, read_csv, results_of, to_csv
    from propersim.store.store import Store

    try:
        periods = parse_periods(at)
    except ValueError as error:
        raise InputError(f"--at: {at!r} is not a list of days: {error}", "write --at 1,5,12-14") from error
    columns = list(dict.fromkeys(name.strip() for name in figures.split(",") if name.strip())) or list(FIGURES)
    for name in columns:
        if name not in EVERY:
            raise InputError(f"--figures: no {name!r}{did_you_mean(name, EVERY)}", f"some of {', '.join(EVERY)}")
    for path in (csv_out, curves, html):
        refuse_existing(path, force)
    refuse_same({"--csv-out": csv_out, "--curves": curves, "--html": html}, {})
    # Results may replace those that they contain; a picture or a page may not.
    refuse_same({"--curves": curves, "--html": html}, {"--csv": csv or []})
    results: dict[str, Result] = {}
    warned: list[str] = []
    stored = StoredResults({}, 0, 0, {})
    for path in csv or []:
        results |= read_csv(path)
    if db is not None or not csv:
        need_database_to_list(db or o.DB)
        with Store(db or o.DB, read_only=True) as store:
            stored = results_of(store)
            results |= stored.results
            warned = prompt_cuts(store)
    if not results:
        raise InputError("no finished runs to report on", f"make some with `{program()} batch`, or give another --db or --csv")
    chosen, replaced = choose(results.values())
    for variant, names in mixed_versions(chosen).items():
        print_message(f"{variant}: pools runs made under different {', '.join(names)}")
    if csv_out is not None:
        write_atomically(csv_out, to_csv(results.values()))
    not_counted = {"repeated": stored.repeated, "replaced": replaced, "unfinished": stored.unfinished}
    tables = make_report(chosen, periods) | {"warnings": warned, "not_counted": not_counted}
    if curves is not None:
        write_atomically(curves, curves_svg(tables))
    if html is not None:
        from propersim.cli.report_page.write import write_page

        write_page(html, tables, chosen, to_csv(results.values()), stored.runs, (db or o.DB) if stored.runs else None)
    files = [path for path in (csv_out, curves, html) if path is not None]
    for path in files:
        print_message(f"written: {path}")
    if as_json:
        print(json.dumps(tables))
    elif files and not (markdown or wide or figures):
        # The files are what was asked for.
        pass
    elif markdown:
        print_report(tables, columns)
    else:
        print_plain(tables, columns, wide=wide)
