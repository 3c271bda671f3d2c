"""Fill the generated tables of the reference pages: ``python -m tools.reference_pages`` (``--check`` changes nothing).

A page marks where a table goes::

    <!-- begin options propersim run -->  …  <!-- end -->    arguments and options of a command
    <!-- begin options shared -->         …  <!-- end -->    options that ``run`` and ``watch`` have in common
    <!-- begin keys ACTS -->              …  <!-- end -->    keys of a screen, by the name of its list of actions
    <!-- begin glossary -->               …  <!-- end -->    the terms of the glossary

Options come from the commands themselves, keys from the screen's lists of actions, and terms from the glossary that the screen shows, so
that none of them is written twice.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, get_args

import typer
import yaml

from propersim.cli.main import app
from propersim_tui.config import actions, screen_actions

ROOT = Path(__file__).parent.parent
REFERENCE = ROOT / "docs" / "reference"
PAGES = (REFERENCE / "commands.md", REFERENCE / "screen.md", REFERENCE / "glossary.md")
GLOSSARY = ROOT / "propersim" / "core" / "glossary.yaml"
"""The glossary of the screen."""
SHARED = ("propersim run", "propersim watch")
"""The commands whose common options have a table of their own."""

_BLOCK = re.compile(r"(<!-- begin (options|keys|glossary) ?([A-Za-z_ ]*) -->\n).*?(<!-- end -->)", re.DOTALL)


@cache
def commands() -> dict[str, Any]:
    """Return every command of the command line by its full name, such as ``propersim runs ls``."""
    return dict(_walk("propersim", typer.main.get_command(app)))


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield name, command
        return
    for part, inner in command.commands.items():
        yield from _walk(f"{name} {part}", inner)


def parameters(command: Any) -> list[Any]:
    """Return the arguments and options of a command, without ``--help`` and hidden ones."""
    return [each for each in command.params if each.name != "help" and not getattr(each, "hidden", False)]


def shared_options() -> list[Any]:
    """Return the options that ``run`` and ``watch`` have in common, in their order."""
    known = commands()
    others = {each.name for each in parameters(known[SHARED[1]])}
    return [each for each in parameters(known[SHARED[0]]) if each.name in others]


def option_table(name: str) -> str:
    """Return the table of a command's arguments and options; ``shared`` is the table of :func:`shared_options`.

    Raises:
        SystemExit: there is no such command.
    """
    if name != "shared" and name not in commands():
        raise SystemExit(f"docs/reference/commands.md names a command that does not exist: {name}")
    if name == "shared":
        given = shared_options()
    else:
        given = parameters(commands()[name])
        if name in SHARED:
            common = {each.name for each in shared_options()}
            given = [each for each in given if each.name not in common]
    if not given:
        return "This command has no options of its own."
    rows = [[_written(each), _default(each), _variable(each), _meaning(each)] for each in given]
    return markdown_table(["option", "default", "variable", "meaning"], rows)


def _written(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name.upper()}`"
    return ", ".join(f"`{each}`" for each in parameter.opts)


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    if isinstance(parameter.show_default, str):
        return parameter.show_default
    if default is None or default is False or default in ("", (), []):
        return ""
    return f"`{getattr(default, 'value', default)}`"


def _variable(parameter: Any) -> str:
    return f"`{parameter.envvar}`" if getattr(parameter, "envvar", None) else ""


def _meaning(parameter: Any) -> str:
    parts = [getattr(parameter, "help", None) or ""]
    annotation = parameter.type_descriptor.annotation
    choices = [each.value for each in annotation] if isinstance(annotation, type) and issubclass(annotation, Enum) else get_args(annotation)
    named = [str(each) for each in choices if isinstance(each, str)]
    if named:
        parts.append("One of " + ", ".join(f"`{each}`" for each in named) + ".")
    if parameter.min is not None:
        parts.append(f"From {parameter.min:g} to {parameter.max:g}." if parameter.max is not None else f"At least {parameter.min:g}.")
    return " ".join(part for part in parts if part)


def key_table(name: str) -> str:
    """Return the table of a screen's keys, by the name of its list of actions."""
    acts = getattr(actions, name, None) or getattr(screen_actions, name)
    rows = [[f"`{act.keycap}`", act.label, act.tip, f"`{act.id}`"] for act in acts]
    return markdown_table(["key", "label", "effect", "action"], rows)


def glossary() -> str:
    """Return the glossary as a list of definitions."""
    terms = yaml.safe_load(GLOSSARY.read_text(encoding="utf-8"))
    terms = terms.get("terms", terms) if isinstance(terms, dict) else terms
    parts = []
    for each in sorted(terms, key=lambda one: str(one["term"]).casefold()):
        more = f" {each['more']}" if each.get("more") else ""
        parts.append(f"**{each['term']}**: {each['definition']}{more}")
    return "\n\n".join(part.replace("\n", " ").strip() for part in parts)


def markdown_table(heads: list[str], rows: list[list[str]]) -> str:
    """Return a table in Markdown, without the columns that are empty in every row."""
    used = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    lines = [[heads[place] for place in used], ["---"] * len(used)]
    lines += [[" ".join(row[place].replace("|", "\\|").split()) for place in used] for row in rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def filled(text: str) -> str:
    """Return the text of a page with its tables filled in."""
    makers = {"options": option_table, "keys": key_table, "glossary": lambda _: glossary()}
    return _BLOCK.sub(lambda at: f"{at[1]}{makers[at[2]](at[3])}\n{at[4]}", text)


def main() -> None:
    """Write the pages, or exit with an error that names those that are out of date."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare")
    given = parser.parse_args()
    changed = [path for path in PAGES if filled(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")]
    if given.check and changed:
        raise SystemExit("out of date, run python -m tools.reference_pages: " + ", ".join(path.name for path in changed))
    for path in changed:
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
