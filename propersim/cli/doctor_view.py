"""Print the findings of ``propersim doctor``: ✓ or ✗, and what to do about each ✗."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from propersim.cli.doctor import endpoint_lines
from propersim.cli.tables import print_rich
from propersim.core.program import program
from propersim.core.text import counted, printable

LEAST_FREE_MB = 500
"""Least space for the database, in MB; with less, a run with nights may fill the disk."""
_MARKS = {True: ("✓", "green"), False: ("✗", "bold red"), None: ("–", "dim")}
"""Mark and style of a check; None is something optional that this machine lacks."""
_PLAIN = {True: "ok", False: "no", None: "-"}
"""Marks where the encoding of stdout lacks the others."""
_NEEDED_FOR = {
    "textual": ("the screen", "pip install textual"),
    "torch": ("--assistant llama", "pip install 'propersim[llama]'; controls and models at endpoints run without it"),
    "bitsandbytes": ("4-bit weights", "pip install bitsandbytes, or give runs --quantize none"),
}
"""For packages that may be missing, what needs them, and what to do."""


class Check(NamedTuple):
    """One finding.

    Attributes:
        name: what was checked.
        ok: whether it works; None where it is optional and not there.
        text: what was found.
        hint: what to do; "" where nothing has to be done.
    """

    name: str
    ok: bool | None
    text: str
    hint: str = ""


def checks(found: dict[str, Any]) -> list[Check]:
    """Return the findings one by one; each that is not ok has a hint.

    Args:
        found: the findings, from :func:`propersim.cli.doctor.examine`.
    """
    listed = [Check(key, True, str(found[key] or "run from its source")) for key in ("propersim", "python", "machine", "sqlite")]
    for package, (what, hint) in _NEEDED_FOR.items():
        version = found[package]
        listed.append(Check(package, version is not None, version or f"not installed; {what} needs it", "" if version else hint))
    enough = found["personas"] > 0
    listed.append(Check("personas", enough, str(found["personas"]), "" if enough else "install propersim again: its personas are missing"))
    return [
        *listed,
        _model(found),
        *(_preset(row) for row in found["models"]),
        _database(found["database"]),
        *_measured(found["measured"]),
        *_endpoint(found["endpoint"]),
    ]


def print_report(found: dict[str, Any]) -> None:
    """Print the findings, with what to do below each ✗, and what the marks mean."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    signs = can_encode("✓✗")
    found_checks = checks(found)
    for check in found_checks:
        mark, style = _MARKS[check.ok]
        grid.add_row(Text(mark if signs else _PLAIN[check.ok], style), Text(check.name, "bold"), Text(printable(check.text)))
        if check.hint:
            grid.add_row("", "", Text(f"{'→' if signs else 'do:'} {printable(check.hint)}", "dim"))
    bad = sum(check.ok is False for check in found_checks)
    marks = {ok: mark if signs else _PLAIN[ok] for ok, (mark, _) in _MARKS.items()}
    legend = f"{marks[True]} works, {marks[None]} optional and not installed, {marks[False]} has to be fixed"
    result = f"{counted(bad, 'problem')}: what to do is below each {marks[False]}." if bad else "Nothing has to be done."
    print_rich(grid, Text(""), Text(legend, "dim"), Text(result, "bold red" if bad else "green"))


def can_encode(text: str) -> bool:
    """Return whether the encoding of stdout has all characters of a text."""
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _model(found: dict[str, Any]) -> Check:
    if found["model_problem"]:
        hint = found["model_hint"] or (
            "install torch" if found["torch"] is None else "install propersim again, or give runs another --model"
        )
        return Check("model", False, found["model_problem"], hint)
    layers = f"{found['linear4bit_layers']} layers in 4-bit" if found["linear4bit_layers"] else "no layers in 4-bit"
    text = f"{found['model']}, {found['parameters']:,} parameters, {found['quantization']}, {layers}, on {found['device']}"
    return Check("model", True, text)


def _preset(row: dict[str, Any]) -> Check:
    """Return what a model needs, and whether this machine has it.

    Models that are not installed are optional.
    """
    from propersim.models.estimate import duration, gigabytes

    name = f"{row['model']}: "
    if row["problem"]:
        return Check("", False, name + row["problem"], f"give runs another --model, or a folder with the files of {row['model']}")
    state = "installed" if row["there"] else "not installed"
    if row["needs"] is None:
        return Check("", True if row["there"] else None, name + state)
    room, needs = gigabytes(row["available"]), gigabytes(row["needs"])
    if not row["fits"]:
        hint = f"close other programs, or give runs a smaller --model: it needs {needs}" if row["there"] else ""
        return Check("", False if row["there"] else None, f"{name}{state}; needs about {needs}, does not fit into the {room} free", hint)
    times = f"about {duration(row['day_s'])} per simulated day and {duration(row['night_s'])} per night of training"
    return Check("", True if row["there"] else None, f"{name}{state}; needs about {needs}, fits into the {room} free; {times}")


def _measured(found: dict[str, Any] | None) -> list[Check]:
    """Return how long a measured model takes."""
    if found is None:
        return []
    from propersim.models.estimate import duration, gigabytes

    single = f"a decision {1000 * found['decision']:.0f} ms, two suggestions {found['suggestions']:.1f} s, a pair {found['pair']:.1f} s"
    day, night, fortnight = (duration(found[name]) for name in ("day", "night", "fortnight"))
    whole = f"about {day} a simulated day, {night} a night that trains, {fortnight} for 14 days"
    text = f"{found['model']} on {found['device']}: {single}; {whole}; {gigabytes(found['memory'])} of memory"
    hint = "" if found["starter"] or not found["warning"] else str(found["warning"])
    return [Check("measured", True, text, hint)]


def _database(found: dict[str, Any]) -> Check:
    where, free = found["path"], found["free_mb"]
    if found["problem"]:
        return Check(
            "database", False, f"{where}: {found['problem'].removeprefix(f'{where}: ')}", found["hint"] or "give another file with --db"
        )
    if free is None:
        return Check("database", False, f"{where}: its folder does not exist", "create the folder, or give another file with --db")
    state = counted(found["runs"], "run") if found["exists"] else "does not exist yet; the first run creates it"
    if found["damaged"]:
        state += f", {len(found['damaged'])} of them damaged"
        hint = f"{program()} runs check {' '.join(found['damaged'][:5])} says what is damaged"
        return Check("database", False, f"{where}: {state}; {free:,} MB free", hint)
    hint = "" if free >= LEAST_FREE_MB else "free some space, or give a file on another disk with --db"
    return Check("database", not hint, f"{where}: {state}; {free:,} MB free", hint)


def _endpoint(found: dict[str, Any] | None) -> list[Check]:
    if found is None:
        return []
    first, *others = endpoint_lines(found)
    hint = ""
    if not found["usable"]:
        hint = "check --model and the server's log" if found["reachable"] else "check --base-url, the network, and whether the server runs"
    listed = [Check("endpoint", found["usable"], first, hint)]
    for text in others:
        bad = text.startswith("warning: ")
        listed.append(Check("", not bad, text, "start the server with a longer context, or give runs another model" if bad else ""))
    return listed
