"""Options that several commands share, and options of a run.

Those of a run are made from their declaration in :mod:`propersim.core.config`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, TypeVar, get_args, get_origin

import typer

from propersim.cli import completion
from propersim.cli.origin import Command, remember_file, warn_of_unknown_variables
from propersim.core.config import DEFAULT_DB, NEEDS, OPTIONS, DeviceChoice, Need, Option, RunConfig, no_effect, read_config_file
from propersim.core.errors import InputError
from propersim.core.speed import speed_of
from propersim.core.text import clean, did_you_mean
from propersim.runs.validate import checked
from propersim.store.rows import has_steps

if TYPE_CHECKING:
    from propersim.store.store import RunRow

_COMPLETED = {"persona": completion.personas, "drift_to": completion.personas, "move_to": completion.personas, "model": completion.models}
"""Options of a run whose values the shell completes, beside those with fixed or registered names."""


def run_option(field: str) -> Any:
    """Return the typer option of a field of :class:`~propersim.core.config.RunConfig`."""
    option = OPTIONS[field]
    arguments: dict[str, Any] = {"envvar": option.variable, "help": option.help}
    if field != "seed":
        # The limits of a seed are those of the database: they would only lengthen the help.
        arguments |= {"min": option.least, "max": option.most}
    if field in _COMPLETED:
        arguments["autocompletion"] = _COMPLETED[field]
    elif option.group is not None:
        # Listed only when they are asked for, because looking up plug-ins is slow.
        arguments["autocompletion"] = lambda incomplete: [name for name in option.choices() if name.startswith(incomplete)]
    elif option.choices():
        arguments["parser"] = _choice(option)
    return typer.Option(*(["-n"] if field == "n" else []), option.name, **arguments)


def _choice(option: Option) -> Callable[[str], str]:
    """Return a parser of an option's values whose error suggests the nearest value.

    The error is one line.
    """

    def parse(value: str) -> str:
        option.check(value)
        return value

    return parse


def _read_file(context: typer.Context, value: Path | None) -> Path | None:
    """Take defaults from an options file; command line and ``PROPERSIM_*`` variables win."""
    if value is not None:
        found = read_config_file(value)
        context.default_map = {**(context.default_map or {}), **found}
        remember_file(context, value)
    return value


ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="PROPERSIM_CONFIG", is_eager=True, callback=_read_file, help="TOML file with options; the command line wins."
    ),
]
Days = Annotated[int, run_option("days")]
Seed = Annotated[int, run_option("seed")]
Device = Annotated[DeviceChoice, run_option("device")]
UserModel = Annotated[str, run_option("user_model")]
UserBaseUrl = Annotated[str, run_option("user_base_url")]
UserPrice = Annotated[str, run_option("user_price")]
MaxCost = Annotated[float | None, run_option("max_cost")]
Db = Annotated[Path, typer.Option("--db", envvar="PROPERSIM_DB", help="Database of runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout and nothing else.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
Wide = Annotated[bool, typer.Option("--wide", help="Print all columns, on lines as long as they are, on a terminal too.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")]


def run_name(able: Callable[[RunRow], bool] | None = None) -> Any:
    """Return the typer argument of a run's name.

    The shell offers the runs on which the command can act.

    Args:
        able: returns whether the command can act on a run; None: it can on each.
    """
    offered = completion.runs if able is None else completion.runs_that(able)
    return typer.Argument(help="Run id, the beginning of one, or 'last'.", metavar="RUN", autocompletion=offered)


def one_of(option: str, value: str, values: Collection[str]) -> str:
    """Return a value after checking that it is one of some.

    Args:
        option: name of the option.
        value: its value.
        values: the values that it may have.

    Raises:
        InputError: it has another.
    """
    if value not in values:
        raise InputError(f"{option}: no {value!r}{did_you_mean(value, values)}", f"one of {', '.join(values)}")
    return value


RunName = Annotated[str, run_name()]
StepsRunName = Annotated[str, run_name(has_steps)]
"""The name of a run with steps."""


def _speed(value: str) -> str:
    try:
        speed_of(value)
    except ValueError as error:
        raise InputError(f"--speed: {error}") from error
    return value


Speed = Annotated[
    str | None,
    typer.Option(
        "--speed", parser=_speed, envvar="PROPERSIM_SPEED", help="Initial steps per second, or max; default: as in the screen's settings."
    ),
]


def _theme(value: str) -> str:
    names = [name for name, _ in completion.themes("")]
    if names and value not in names:
        raise InputError(f"--theme: no {clean(value, 60)!r}{did_you_mean(value, names)}", f"one of {', '.join(names)}")
    return value


Theme = Annotated[
    str | None,
    typer.Option(
        "--theme",
        parser=_theme,
        envvar="PROPERSIM_THEME",
        help="Theme of the screen, this time only.",
        autocompletion=completion.themes,
    ),
]


ResultsCsv = Annotated[Path | None, typer.Option("--csv", help="Append results to this file; runs that are in it already are skipped.")]
AnyVersions = Annotated[
    bool, typer.Option("--any-versions", help="Take runs that were made under other versions as done; else they are made again.")
]


def _tracker(value: str) -> str:
    from propersim.experiments.trackers.tracking import check_tracker

    return check_tracker(value)


Track = Annotated[
    str | None,
    typer.Option(
        "--track",
        parser=_tracker,
        metavar="NAME",
        help="Show the figures of each day in a tracker: mlflow, trackio, or one that a package registers.",
        autocompletion=completion.trackers,
    ),
]

NoLearn = Annotated[bool, typer.Option("--no-learn", help="Do not train at night: the same as --learn none.")]

DB = Path(DEFAULT_DB)

_Function = TypeVar("_Function", bound=Callable[..., Any])


class OptionNeed(NamedTuple):
    """The requirement of an option of a command: without it the option has no effect.

    Attributes:
        what: what it needs, as the end of a sentence with "without" or "only with".
        met: returns whether it is given, from the values of all parameters by name.
    """

    what: str
    met: Callable[[Mapping[str, Any]], Any]


def command(
    app: typer.Typer, name: str | None = None, cls: type[Command] | None = None, needs: Mapping[str, OptionNeed] | None = None
) -> Callable[[_Function], _Function]:
    """Register a function as a command whose help is the summary of its docstring.

    The summary is the first paragraph; the section on the arguments is not shown.

    Args:
        app: the group of commands.
        name: name of the command; None for that of the function.
        cls: class of the command; None for :class:`PlainCommand`.
        needs: options that have an effect only beside another, by name of the parameter.
    """
    kind = cls or (type("NeedyCommand", (PlainCommand,), {"needs": needs}) if needs else PlainCommand)

    def register(function: _Function) -> _Function:
        summary = (inspect.getdoc(function) or "").partition("\n\n")[0]
        return app.command(name, help=summary, cls=kind)(function)

    return register


_WITH_LLM = OptionNeed("--with-llm", lambda values: values["with_llm"])
WITH_LLM_NEEDS = dict.fromkeys(("user_model", "user_base_url", "user_price", "max_cost"), _WITH_LLM)
"""Options of ``propersim personas import`` and ``new`` that have an effect only beside another."""
OUTPUT_NEEDS = {"force": OptionNeed("--output", lambda values: values["output"])}
"""The same of commands that print what they do not write to a file."""


_METAVARS = {str: "TEXT", int: "INT", float: "NUMBER", Path: "PATH"}
"""Names of the types of values in a command's help."""


class PlainCommand(Command):
    """A command whose help names the kinds of values, not Python's types.

    It refuses options that have no effect beside the others, and its help says what they need.
    """

    needs: ClassVar[Mapping[str, OptionNeed | Need]] = {}
    """The options that have an effect only beside another, by name of the parameter."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        for parameter in self.params:
            need = self.needs.get(parameter.name or "")
            if need is not None:
                parameter.help = f"{parameter.help} Only with {need.what}."  # type: ignore[attr-defined]

    def check(self, ctx: Any) -> None:
        """Check that each option given on the command line has an effect.

        Values from an options file or a variable are defaults of many commands, and are ignored where they have none.

        Raises:
            InputError: one has none; the message names what it needs.
        """
        for parameter in self.params:
            name = parameter.name or ""
            source = ctx.get_parameter_source(name)
            need = self.needs.get(name)
            if not isinstance(need, OptionNeed) or source is None or source.name != "COMMANDLINE" or ctx.params[name] == parameter.default:
                continue
            if not need.met(ctx.params):
                raise no_effect(next(one for one in parameter.opts if one.startswith("--")), need.what)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.params:
            kind = parameter.type_descriptor.annotation  # type: ignore[attr-defined]
            kind = get_args(kind)[0] if get_origin(kind) is list else kind
            if parameter.metavar is None and kind in _METAVARS:
                parameter.metavar = _METAVARS[kind]
            if parameter.param_type_name == "argument":
                # Its name, such as RUN or PATH, says what it is.
                parameter.display_type_rich = lambda ctx: None  # type: ignore[attr-defined]
        super().format_help(ctx, formatter)


class RunCommand(PlainCommand):
    """A command with the options of a run; its help lists the registered names.

    :func:`takes_run_options` checks them beside each other, after their values.
    """

    needs: ClassVar[Mapping[str, OptionNeed | Need]] = NEEDS

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        for parameter in self.params:
            option = OPTIONS.get(parameter.name or "")
            if option is not None and option.group is not None:
                parameter.metavar = f"<{'|'.join(option.choices())}>"
        super().format_help(ctx, formatter)


def takes_run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a run as one ``RunConfig``, its first argument.

    Typer knows a command's options from its signature alone, and a signature cannot take its parameters from a struct: hence
    ``__signature__``.
    """
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    keyword = inspect.Parameter.KEYWORD_ONLY
    shared = [inspect.Parameter("config", keyword, default=None, annotation=ConfigFile)]
    for field, option in OPTIONS.items():
        kind = Path | None if option.is_file else option.kind
        shared.append(inspect.Parameter(field, keyword, default=option.default, annotation=Annotated[kind, run_option(field)]))
        if field == "learn":
            shared.append(inspect.Parameter("no_learn", keyword, default=False, annotation=NoLearn))
    shared.append(inspect.Parameter("context", keyword, annotation=typer.Context))

    @wraps(command)
    def wrapper(**options: Any) -> None:
        chosen = {field: options.pop(field) for field in OPTIONS}
        del options["config"]
        context = options.pop("context")
        given = [field for field in OPTIONS if (source := context.get_parameter_source(field)) and source.name == "COMMANDLINE"]
        if options.pop("no_learn"):
            if "learn" in given and chosen["learn"] != "none":
                raise InputError(f"--no-learn: contradicts --learn {chosen['learn']}", "give one of them")
            chosen["learn"] = "none"
        warn_of_unknown_variables()
        chosen = {field: str(value) if isinstance(value, Path) else value for field, value in chosen.items()}
        command(checked(RunConfig(**chosen)).check_given(given), **options)

    wrapper.__signature__ = inspect.Signature([*shared, *(one.replace(kind=keyword) for one in own)])  # type: ignore[attr-defined]
    return wrapper
