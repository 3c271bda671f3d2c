"""Name the origin of a wrong value: command line, variable, or options file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from typer import Abort
from typer.core import TyperCommand
from typer.exceptions import TyperException

from propersim.cli.console import print_message
from propersim.core.config import OPTIONS, RENAMED
from propersim.core.errors import InputError, PersonaError, WorldError
from propersim.core.text import did_you_mean, nearest

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "propersim.options_file"
"""Key of a command's context under which its options file is kept."""
_OPTION = re.compile(r"--?[a-z][a-z-]*(?=[: ])")
"""An option at the beginning of a message."""
_LEAVE_OUT = re.compile(r"\bleave (it|--?[a-z][a-z-]*) out\b")
"""Advice that helps only where the option stands on the command line."""
_NO_COMMAND = re.compile(r"No such command '(.*)'\.", re.DOTALL)
MOST_LISTED = 8
"""Most commands of a group that are listed where another one was given."""
_SUBJECTS: dict[type[InputError], str] = {PersonaError: "persona", WorldError: "world"}
"""Errors that name a file instead of the option that it was given with."""
_PREFIX = "PROPERSIM_"
_OTHER_VARIABLES = ("CONFIG", "DB", "CACHE", "API_KEY", "SCREEN_CONFIG", "SPEED", "THEME", "LAYOUT", "KEYS", "COMPLETE")
"""Variables that are no options of a run, without their prefix."""


class Command(TyperCommand):
    """A command whose errors name the place that a wrong value came from."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse the arguments."""
        with _blaming(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _blaming(ctx):
            _refuse_empty(ctx)
            self.check(ctx)
            try:
                return super().invoke(ctx)
            except KeyboardInterrupt as error:
                # Typer would end the program without a word.
                raise Abort from error

    def check(self, ctx: Any) -> None:
        """Check the options beside each other; nothing here."""


def _refuse_empty(context: Any) -> None:
    """Refuse an argument without any text; nothing has an empty name.

    Raises:
        InputError: an argument is empty.
    """
    for one in context.command.params:
        if one.param_type_name != "argument":
            continue
        given = context.params.get(one.name)
        if any(isinstance(text, str) and not text.strip() for text in (given if isinstance(given, list | tuple) else (given,))):
            raise InputError(f"{(one.metavar or one.name.upper()).rstrip('…')} is empty", f"see `{context.command_path} --help`")


def remember_file(context: Any, path: Path) -> None:
    """Keep with a command's context which options file it has read."""
    context.meta[_FILE] = path


@contextmanager
def _blaming(context: Any) -> Iterator[None]:
    """Name in errors where the value came from, if it was not the command line."""
    try:
        yield
    except InputError as error:
        named = _OPTION.match(error.message)
        if named is not None:
            parameter = next((one for one in context.command.params if named[0] in one.opts), None)
            origin = _origin(context, parameter, named[0]) if parameter is not None else named[0]
            error.message = origin + error.message[named.end() :]
            if parameter is not None and error.hint is not None:
                error.hint = _hint(context, parameter, named[0], error.hint)
        else:
            field = next((field for kind, field in _SUBJECTS.items() if isinstance(error, kind)), None)
            parameter = next((one for one in context.command.params if one.name == field), None)
            origin = _origin(context, parameter, "") if parameter is not None else ""
            error.message = f"{origin}: {error.message}" if origin else error.message
        raise


def _origin(context: Any, parameter: Any, name: str) -> str:
    """Return the name of an option together with the place that its value came from.

    Args:
        context: context of the command.
        parameter: the option.
        name: its name on the command line.
    """
    source = context.get_parameter_source(parameter.name)
    kind = source.name if source is not None else ""
    long = next((one for one in parameter.opts if one.startswith("--")), name)
    if kind == "DEFAULT_MAP" and _FILE in context.meta:
        return f"{context.meta[_FILE]}: {(long or parameter.name).lstrip('-')}"
    if kind == "ENVIRONMENT":
        return f"{name} (from {parameter.envvar})" if name else str(parameter.envvar)
    return name


def _hint(context: Any, parameter: Any, name: str, hint: str) -> str:
    """Return a hint with advice for the place that the value came from.

    An option that a variable or a file gives cannot be left out.

    Args:
        context: context of the command.
        parameter: the option.
        name: its name on the command line.
        hint: the hint.
    """
    source = context.get_parameter_source(parameter.name)
    kind = source.name if source is not None else ""
    instead = f"unset {parameter.envvar}" if kind == "ENVIRONMENT" else "remove it from the file" if kind == "DEFAULT_MAP" else None
    return _LEAVE_OUT.sub(lambda found: instead if instead and found[1] in ("it", name) else found[0], hint)


def usage_error(error: TyperException) -> InputError:
    """Return an error of the command line's parser as one line and a hint.

    Args:
        error: the error, from typer.
    """
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    message = error.format_message()
    if context is not None and parameter is not None and error.message:
        name = parameter.display_name_raw
        if parameter.param_type_name == "option":
            name = next((one for one in parameter.opts if one.startswith("--")), parameter.opts[0])
        origin = _origin(context, parameter, name)
        message = f"Invalid value for '{name}'{origin.removeprefix(name)}" if origin.startswith(name) else f"{origin}: invalid value"
        message += f": {error.message}{_given(error)}"
    hint = f"see `{context.command_path} --help`" if context is not None else None
    option = getattr(error, "option_name", None)
    if context is not None and option is not None and message.startswith("No such option"):
        message, hint = _unknown_option(context, option, hint)
    elif context is not None and (unknown := _NO_COMMAND.fullmatch(message)) is not None:
        message, hint = _unknown_command(context, unknown[1], hint)
    return InputError(" ".join(message.split()), hint)


def _unknown_option(context: Any, option: str, hint: str | None) -> tuple[str, str | None]:
    """Return message and hint for an option that a command does not have.

    Args:
        context: context of the command.
        option: the option, with its dashes.
        hint: the hint where there is no better one.
    """
    if option.removeprefix("--") in RENAMED:
        return f"No such option: {option}; it is --{RENAMED[option.removeprefix('--')]} now", hint
    if others := _having(context, option):
        verb = "do" if len(others) > 1 else "does"
        return f"No such option: {option}", f"`{context.command_path}` does not have it, but {' and '.join(others[:4])} {verb}"
    names = [name for one in context.command.params if not getattr(one, "hidden", False) for name in one.opts if name.startswith("--")]
    return f"No such option: {option}{did_you_mean(option, names)}", hint


def _unknown_command(context: Any, name: str, hint: str | None) -> tuple[str, str | None]:
    """Return message and hint for a command that a group does not have.

    Args:
        context: context of the group.
        name: the command.
        hint: the hint where there is no better one.
    """
    if name in RENAMED:
        return f"No such command {name!r}; it is {RENAMED[name]!r} now", hint
    names = [one for one, command in context.command.commands.items() if not command.hidden]
    hint = f"one of {', '.join(names)}" if len(names) <= MOST_LISTED else hint
    return f"No such command {name!r}{did_you_mean(name, names)}", hint


def _having(context: Any, option: str) -> list[str]:
    """Return the commands that have an option, in backquotes.

    Args:
        context: context of the command that does not have it.
        option: its name, with the dashes.
    """
    found: list[str] = []

    def walk(name: str, command: Any) -> None:
        for part, inner in getattr(command, "commands", {}).items():
            walk(f"{name} {part}", inner)
        if any(option in one.opts and not getattr(one, "hidden", False) for one in command.params):
            found.append(f"`{name}`")

    root = context.find_root()
    walk(root.info_name, root.command)
    return found


def _given(error: TyperException) -> str:
    """Return ``, not 'x'`` with the value that was refused, where it is known and short."""
    details = getattr(error.__cause__, "errors", None)
    found: Sequence[Any] = details(include_url=False) if callable(details) else ()
    shown = repr(found[0].get("input")) if len(found) == 1 else ""
    return f", not {shown}" if 0 < len(shown) < 60 and shown not in error.message else ""


def warn_of_unknown_variables() -> None:
    """Print a warning for each variable ``PROPERSIM_…`` of the environment that is no option."""
    known = {option.variable.removeprefix(_PREFIX): option.name for option in OPTIONS.values()}
    for variable in sorted(os.environ):
        name = variable.removeprefix(_PREFIX)
        if not variable.startswith(_PREFIX) or name.partition("__")[0] in (*known, *_OTHER_VARIABLES):
            continue
        new = RENAMED.get(name.lower())
        # Without the prefix, which all of them share.
        meant = new.upper() if new else nearest(name, (*known, *_OTHER_VARIABLES))
        what = f"; it is {_PREFIX}{meant} now" if new else f"; did you mean {_PREFIX + meant!r}?" if meant else ""
        print_message(f"warning: {variable} is not used{what}")
