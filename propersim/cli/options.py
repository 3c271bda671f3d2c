"""Options that several commands share, and options of a run.

Those of a run are made from their declaration in :mod:`propersim.core.config`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_origin

import typer

from propersim.cli import completion
from propersim.cli.origin import Command, remember_file, warn_of_unknown_variables
from propersim.core.config import DEFAULT_DB, OPTIONS, Option, RunConfig, read_config_file
from propersim.core.errors import InputError
from propersim.core.speed import speed_of
from propersim.runs.validate import checked

_COMPLETED = {"persona": completion.personas, "drift_to": completion.personas, "model": completion.models}
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
UserModel = Annotated[str, run_option("user_model")]
UserBaseUrl = Annotated[str, run_option("user_base_url")]
UserPrice = Annotated[str, run_option("user_price")]
MaxCost = Annotated[float | None, run_option("max_cost")]
Db = Annotated[Path, typer.Option("--db", envvar="PROPERSIM_DB", help="Database of runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout and nothing else.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]
Wide = Annotated[bool, typer.Option("--wide", help="Print all columns, on lines as long as they are, on a terminal too.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown tables.")]
RunName = Annotated[str, typer.Argument(help="Run id, the beginning of one, or 'last'.", metavar="RUN", autocompletion=completion.runs)]


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
Theme = Annotated[
    str | None,
    typer.Option("--theme", envvar="PROPERSIM_THEME", help="Theme of the screen, this time only.", autocompletion=completion.themes),
]

NoLearn = Annotated[bool, typer.Option("--no-learn", help="Do not train at night: the same as --learn none.")]

DB = Path(DEFAULT_DB)


_Function = TypeVar("_Function", bound=Callable[..., Any])


def command(app: typer.Typer, name: str | None = None, cls: type[Command] | None = None) -> Callable[[_Function], _Function]:
    """Register a function as a command whose help is the summary of its docstring.

    The summary is the first paragraph; the section on the arguments is not shown.

    Args:
        app: the group of commands.
        name: name of the command; None for that of the function.
        cls: class of the command; None for :class:`PlainCommand`.
    """

    def register(function: _Function) -> _Function:
        summary = (inspect.getdoc(function) or "").partition("\n\n")[0]
        return app.command(name, help=summary, cls=cls or PlainCommand)(function)

    return register


_METAVARS = {str: "TEXT", int: "INT", float: "NUMBER", Path: "PATH"}
"""Names of the types of values in a command's help."""


class PlainCommand(Command):
    """A command whose help names the kinds of values, not Python's types."""

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
    """A command with the options of a run; its help lists the registered names."""

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
        source = options.pop("context").get_parameter_source("learn")
        if options.pop("no_learn"):
            if source is not None and source.name == "COMMANDLINE" and chosen["learn"] != "none":
                raise InputError(f"--no-learn: contradicts --learn {chosen['learn']}", "give one of them")
            chosen["learn"] = "none"
        warn_of_unknown_variables()
        chosen = {field: str(value) if isinstance(value, Path) else value for field, value in chosen.items()}
        command(checked(RunConfig(**chosen)), **options)

    wrapper.__signature__ = inspect.Signature([*shared, *(one.replace(kind=keyword) for one in own)])  # type: ignore[attr-defined]
    return wrapper
