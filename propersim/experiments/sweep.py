"""Sweeps: TOML files that say which runs a batch makes.

A sweep is personas × variants × seeds. Variants are built-in or tables of the file; ``[ablate]`` makes a variant of each value, one at
a time, and ``[grid]`` one of each combination of values. ``[set]`` holds options of every run; those of tables win over it::

    personas = "p01-p04"
    seeds = 2
    variants = ["evidence", "hasty"]

    [variant.hasty]
    from = "evidence"
    timestep = 1

    [ablate]
    from = "evidence"
    n = [1, 4]
    feedback_noise = [0.1, 0.3]
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.config import OPTIONS, RunConfig, field_of
from propersim.core.errors import InputError
from propersim.core.files import read_text
from propersim.core.safe_yaml import has_giant_integer
from propersim.core.text import clean, did_you_mean
from propersim.experiments.variants import (
    DEFAULT_VARIANTS,
    OF_BATCH,
    VARIANTS,
    Options,
    check_persona_files,
    check_variant,
    check_variants,
    parse_personas,
    resolve_variants,
)

MOST_SEEDS = 1000
"""Most seeds of a sweep."""
MOST_VARIANTS = 1000
"""Most variants that a file may make."""
_KEYS = ("personas", "variants", "seeds", "days", "set", "variant", "ablate", "grid")
_MADE = ("ablate", "grid")
"""The tables that make variants of lists of values."""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """The runs of a batch: every persona with every variant and every seed.

    Attributes:
        personas: ids and paths.
        variants: names of the chosen variants.
        known: options of all variants, by name.
        seeds: the seeds.
        days: simulated days of each run.
        options: further options of every run, as ``name=value``, which override those of variants.
        everywhere: options that the variants in ``known`` have from ``[set]``, in the same form.
    """

    personas: Sequence[str]
    variants: Sequence[str] = DEFAULT_VARIANTS
    known: Mapping[str, Options] = msgspec.field(default_factory=lambda: dict(VARIANTS))
    seeds: Sequence[int] = (0,)
    days: int = RunConfig().days
    options: Sequence[str] = ()
    everywhere: Sequence[str] = ()

    @property
    def assistants(self) -> set[str]:
        """The assistants of its variants."""
        return {self.known[name]["assistant"] for name in self.variants}


def read_sweep(path: Path) -> Sweep:
    """Return the sweep in a TOML file.

    Persona files are found from the folder of the file.

    Raises:
        InputError: the file cannot be read, is no TOML, or has an unknown key, variant, persona or option, or an invalid value; the
            message names the file and the key.
    """
    text = read_text(path)
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid TOML: {clean(str(error), 200)}") from error
    return make_sweep(data, path)


def make_sweep(data: Mapping[str, Any], path: Path) -> Sweep:
    """Return the sweep of a table of TOML.

    Args:
        data: the table.
        path: its file, for messages; persona files are found from its folder.

    Raises:
        InputError: it has an unknown key, variant, persona or option, or an invalid value; the message names the file and the key.
    """
    for key, value in data.items():
        if key not in _KEYS:
            raise InputError(f"{path}: unknown key {clean(key, 60)!r}{_meant_key(key)}", f"some of {', '.join(_KEYS)}")
        if key in ("set", "variant", *_MADE) and not isinstance(value, dict):
            raise InputError(f"{path}: {key} must be a table", f"write it as [{'variant.NAME' if key == 'variant' else key}]")
    everywhere = _set(data.get("set", {}), path)
    built_in = {name: {**options, **everywhere} for name, options in VARIANTS.items()}
    known = {**built_in, **_variants(data.get("variant", {}), built_in, everywhere, path)}
    made: dict[str, dict[str, Any]] = {}
    for key in _MADE:
        made |= _made(key, data[key], known, path) if key in data else {}
    chosen = _names(data["variants"], "variants", path) if "variants" in data else ([] if made else DEFAULT_VARIANTS)
    known |= made
    # A list that is given and empty is a mistake; [ablate] alone needs none.
    variants = check_variants(chosen, f"{path}: variants", known) if chosen or "variants" in data else []
    return Sweep(
        personas=_personas(data.get("personas", "all"), path),
        variants=list(dict.fromkeys([*variants, *made])),
        known=known,
        seeds=_seeds(data.get("seeds", 1), path),
        days=_days(data.get("days", RunConfig().days), path),
        everywhere=[f"{field}={value}" for field, value in everywhere.items()],
    )


def _meant_key(key: str) -> str:
    """Return what an unknown key is meant to be, or where an option of a run belongs."""
    if field_of(key) in OPTIONS and field_of(key) not in OF_BATCH:
        return "; an option of every run belongs in [set], one of a variant in [variant.NAME]"
    return did_you_mean(key, _KEYS)


def _variants(tables: dict[str, Any], built_in: Mapping[str, Options], everywhere: Options, path: Path) -> dict[str, dict[str, Any]]:
    """Return the variants of a file.

    Args:
        tables: the tables by name.
        built_in: the built-in variants, with the options of ``[set]``.
        everywhere: the options of ``[set]``, which a table overrides.
        path: the file, for messages.
    """
    checked: dict[str, dict[str, Any]] = {}
    for name, table in tables.items():
        where = f"{path}: [variant.{clean(name, 60)}]"
        if not isinstance(table, dict):
            raise InputError(f"{where}: must be a table", "write [variant.NAME] above its options")
        if name in VARIANTS:
            raise InputError(f"{where}: is built in", "choose another name: tables name runs by the built-in variants")
        if not name.strip() or "," in name or clean(name, 60) != name:
            raise InputError(f"{where}: a name has 1 to 60 characters, no comma, and no blanks around it")
        base = {"from": table["from"]} if "from" in table else {}
        if base and not isinstance(table["from"], str):
            raise InputError(f"{where}: from must be the name of a variant, in quotes")
        own = check_variant({key: value for key, value in table.items() if key != "from"}, where)
        checked[name] = {**({} if base else everywhere), **base, **own}
    return resolve_variants(checked, built_in, str(path))


def _made(kind: str, table: dict[str, Any], known: Mapping[str, Options], path: Path) -> dict[str, dict[str, Any]]:
    """Return the variants that ``[ablate]`` or ``[grid]`` makes.

    Each is named by its base and its options.

    Args:
        kind: ``ablate`` (one option at a time) or ``grid`` (all combinations).
        table: lists of values by option, and the variant that they are made ``from``.
        known: the variants that there are.
        path: the file, for messages.
    """
    where = f"{path}: [{kind}]"
    base = table.get("from", "evidence")
    if not isinstance(base, str) or base not in known:
        raise InputError(f"{where}: from: no variant {clean(str(base), 60)!r}{did_you_mean(str(base), known)}")
    lists = {key: value for key, value in table.items() if key != "from"}
    if not lists:
        raise InputError(f"{where}: has no options", "give lists of values, such as n = [1, 2, 4]")
    axes: list[list[dict[str, Any]]] = []
    for key, values in lists.items():
        if not isinstance(values, list) or not values:
            raise InputError(f"{where}: {clean(key, 60)} must be a list of values", f"write {clean(key, 40)} = [A, B]")
        axes.append([check_variant({key: value}, where) for value in values])
    size = sum(map(len, axes)) if kind == "ablate" else math.prod(map(len, axes))
    if size > MOST_VARIANTS:
        raise InputError(f"{where}: makes {size:,} variants; the most are {MOST_VARIANTS:,}", "give fewer values")
    if kind == "ablate":
        chosen = [each for axis in axes for each in axis]
    else:
        chosen = [{name: value for each in combined for name, value in each.items()} for combined in product(*axes)]
    made: dict[str, dict[str, Any]] = {}
    for options in chosen:
        name = " ".join([base, *(f"{key}={value}" for key, value in options.items())])
        every = {**known[base], **options}
        _check_effect(every, options, where)
        made[name] = every
    return made


def _check_effect(every: Options, given: Options, where: str) -> None:
    """Refuse values that have no effect beside the other options of their variant.

    An ablation over them would make the same runs again under other names. Whether a run reaches the day of a drift is checked where
    its days are known, by :func:`~propersim.experiments.jobs.make_jobs`: an option of the command can change them.
    """
    try:
        config = msgspec.convert({**every, "days": OPTIONS["days"].most}, RunConfig, strict=False)
        config.check_given(list(given))
    except msgspec.ValidationError as error:
        raise InputError(f"{where}: {clean(str(error), 200)}") from error
    except InputError as error:
        raise InputError(f"{where}: {error.message.removeprefix('--')}", error.hint) from error


def _names(value: Any, key: str, path: Path) -> list[str]:
    """Return a list of names, which may also be one text with commas."""
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return list(value)
    raise InputError(f"{path}: {key} must be a list of names in quotes", f'write {key} = ["NAME", "NAME"]')


def _personas(value: Any, path: Path) -> list[str]:
    """Return the personas of a file; paths are from its folder."""
    what = f"{path}: personas"
    found = parse_personas(",".join(_names(value, "personas", path)), what)
    beside = [str(path.parent / name) if (path.parent / name).is_file() else name for name in found]
    check_persona_files(beside, what)
    return beside


def _seeds(value: Any, path: Path) -> list[int]:
    """Return the seeds of a file: their number, or a list."""
    what = f"{path}: seeds"
    if isinstance(value, bool) or has_giant_integer(value):
        raise InputError(f"{what} must be a number of seeds, or a list of seeds")
    if isinstance(value, int):
        if not 1 <= value <= MOST_SEEDS:
            raise InputError(f"{what}: must be 1 to {MOST_SEEDS}, not {value}")
        return list(range(value))
    if not isinstance(value, list) or not value or not all(isinstance(one, int) and not isinstance(one, bool) for one in value):
        raise InputError(f"{what} must be a number of seeds, or a list of seeds", "write seeds = 3 for 0, 1 and 2, or seeds = [7, 9]")
    if len(value) > MOST_SEEDS:
        raise InputError(f"{what}: has {len(value):,} seeds; the most are {MOST_SEEDS}")
    for one in value:
        _check_option("seed", one, what)
    return list(dict.fromkeys(value))


def _days(value: Any, path: Path) -> int:
    if has_giant_integer(value):
        raise InputError(f"{path}: days: is an integer of hundreds of digits")
    _check_option("days", value, f"{path}: days")
    return int(value)


def _check_option(field: str, value: Any, what: str) -> None:
    """Check a value of the whole batch as the option of a run is checked."""
    option = OPTIONS[field]
    try:
        option.check_type(value)
        option.check(value)
    except InputError as error:
        raise InputError(f"{what}{error.message.removeprefix(option.name)}", error.hint) from error


def _set(table: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the options of every run by field."""
    if "assistant" in table:
        raise InputError(f"{path}: [set]: assistant belongs to a variant", "write it in [variant.NAME]")
    return check_variant(table, f"{path}: [set]")
