"""``propersim plugins``: list the names that packages add, and whether they can be used."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from propersim.cli import options as o
from propersim.cli.tables import print_table
from propersim.core.errors import InputError
from propersim.core.text import counted

_HEADS = ("group", "name", "package", "version", "state")


def plugins(
    check: Annotated[bool, typer.Option("--check", help="Fail (exit code 2) where a name cannot be used.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List the built-in names too.")] = False,
    as_json: o.Json = False,
) -> None:
    """List the plug-ins that packages register, and whether they load.

    Args:
        check: fail where a name cannot be used.
        every: list the built-in names too.
        as_json: print one JSON value.

    Raises:
        InputError: a name cannot be used, and ``check`` is set.
    """
    from propersim.core.plugin_check import problems
    from propersim.core.plugins import BUILT_IN, damaged, installed

    rows: list[dict[str, str]] = []
    found = [one for group in BUILT_IN for one in installed(group)]
    wrongs = dict(zip(found, problems(found), strict=True))
    for group, built_in in BUILT_IN.items():
        kind = group.rpartition(".")[2]
        if every:
            rows += [dict(zip(_HEADS, (kind, name, "propersim", "", "built in"), strict=True)) | {"problem": ""} for name in built_in]
        for one in installed(group):
            wrong = wrongs[one]
            values = (kind, one.name, one.package, one.version, wrong or "loads")
            rows.append(dict(zip(_HEADS, values, strict=True)) | {"target": one.target, "problem": wrong})
    for package, version in damaged():
        wrong = "its list of entry points (entry_points.txt) is damaged: reinstall the package"
        rows.append(dict(zip(_HEADS, ("", "", package, version, wrong), strict=True)) | {"problem": wrong})
    if as_json:
        print(json.dumps([{name: row[name] for name in row if name != "state"} for row in rows]))
    elif rows:
        print_table(_HEADS, [[row[head] for head in _HEADS] for row in rows], wrap=("state",))
    else:
        print("No plug-ins are installed; docs/how-to/plug-in.md says how to write one. --all lists the built-in names.")
    broken = sum(bool(row["problem"]) for row in rows)
    if check and broken:
        raise InputError(f"{broken} of {counted(len(rows), 'plug-in')} cannot be used", "repair, update or remove their packages")
