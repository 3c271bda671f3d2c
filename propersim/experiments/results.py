"""Results of finished runs: out of a store, and as CSV from which every table can be made again.

One line for each day of each run, with the counts and sums of that day (:class:`~propersim.core.records.DayFigures`), so that
days can be pooled later. The files are sorted and small, and are written aside and renamed.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.files import write_aside
from propersim.core.records import DIMENSIONS, DayFigures
from propersim.core.text import clean
from propersim.experiments.variants import config_hash, variant_label
from propersim.persona.model import Persona
from propersim.store.store import RunRow, Store

_COUNTS = tuple(name for name in DayFigures.__struct_fields__ if name not in ("day", "hours", "dimensions", "in_band"))
LONGEST_VERSIONS = 1_000
"""Most characters of the versions of a run."""
_VERSION = re.compile(r"(\w+)=(\{[^}]*\}|\S*)")

COLUMNS = (
    *("hash", "persona", "traits", "min_per_day", "max_per_day", "conditional", "variant", "seed", "days", "wall_s", "digest", "versions"),
    *("day", "hours", *DIMENSIONS, *_COUNTS, "in_band"),
)
"""Columns of the CSV, in order; the versions stand on a run's first line alone."""


class Result(NamedTuple):
    """What came of one finished run.

    Attributes:
        hash: see :func:`~propersim.experiments.variants.config_hash`.
        persona: its id.
        traits: its Big Five, such as ``O+ C- E+ A- N+``.
        wanted: least and most recommendations that it wants on a waking day of 16 hours.
        conditional: whether its wishes depend on activity or hour.
        variant: see :func:`~propersim.experiments.variants.variant_label`.
        seed: of the run.
        wall_s: seconds it took.
        digest: the first 16 digits of the run's.
        versions: what it ran under, as ``name=value`` with blanks between.
        days: the figures of each day, in order.
    """

    hash: str
    persona: str
    traits: str
    wanted: tuple[float, float]
    conditional: bool
    variant: str
    seed: int
    wall_s: float
    digest: str
    versions: str
    days: tuple[DayFigures, ...]

    @property
    def order(self) -> tuple[str, str, int, str]:
        """What results are sorted by."""
        return (self.persona, self.variant, self.seed, self.hash)


def versions_text(versions: Mapping[str, Any]) -> str:
    """Return versions on one line; ``forced`` is in it where a run was carried on under other ones than it was begun with."""
    parts = [f"{name}={value}" for name, value in sorted(versions.items()) if name != "forced"]
    return clean(" ".join([*parts, *(["forced"] if versions.get("forced") else [])]), limit=LONGEST_VERSIONS)


def mixed_versions(results: Iterable[Result]) -> dict[str, list[str]]:
    """Return the variants whose results were not all made under the same versions, with the names of what differs, such as ``teaching``."""
    said: dict[str, list[dict[str, str]]] = {}
    for one in results:
        said.setdefault(one.variant, []).append(dict(_VERSION.findall(one.versions)))
    found: dict[str, list[str]] = {}
    for variant, each in said.items():
        names = sorted({name for versions in each for name in versions})
        differing = [name for name in names if len({versions.get(name) for versions in each}) > 1]
        if differing:
            found[variant] = differing
    return found


def row_config(row: RunRow) -> RunConfig | None:
    """Return a stored run's options; None where they are of another version that knows other ones."""
    with contextlib.suppress(msgspec.ValidationError):
        return msgspec.json.decode(row.config_json, type=RunConfig)
    return None


def row_hash(row: RunRow) -> str | None:
    """Return the hash of a stored run; None where its options are of another version."""
    config = row_config(row)
    return config_hash(config, row.persona_json, row.world_text) if config is not None else None


def result_of(store: Store, row: RunRow) -> Result | None:
    """Return what came of a stored run; None where it is not finished, or is of another version."""
    config = row_config(row)
    if row.state != "finished" or config is None:
        return None
    persona = Persona.model_validate_json(row.persona_json)
    rate = persona.rubric.frequency
    return Result(
        hash=config_hash(config, row.persona_json, row.world_text),
        persona=row.persona,
        traits=persona.big_five.short,
        wanted=(rate.min_per_day, rate.max_per_day),
        conditional=persona.conditional,
        variant=variant_label(config),
        seed=row.seed,
        wall_s=round(row.wall_s, 1),
        digest=row.digest[:16],
        versions=versions_text(json.loads(row.versions_json)),
        days=tuple(day.figures for day in store.days(row) if day.figures is not None),
    )


def results_of(store: Store) -> dict[str, Result]:
    """Return what came of all finished runs of a store, by hash; the newest where a run was made twice."""
    found: dict[str, Result] = {}
    for row in reversed(store.runs()):
        one = result_of(store, row)
        if one is not None:
            found[one.hash] = one
    return found


def read_csv(path: Path) -> dict[str, Result]:
    """Return the results in a CSV file, by hash.

    Raises:
        InputError: cannot be read, or is no such file; names file and line.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise InputError(f"{path}: is no file of results: its first line is not the expected one", "make one with `propersim batch --csv`")
    heads: dict[str, Result] = {}
    days: dict[str, dict[int, DayFigures]] = {}
    expected: dict[str, int] = {}
    try:
        for line in reader:
            one, figures = _parsed(line)
            if one.versions or one.hash not in heads:
                heads[one.hash] = one
            days.setdefault(one.hash, {})[figures.day] = figures
            expected[one.hash] = int(line["days"])
    except (ValueError, TypeError, csv.Error) as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}", "remove the line, or give another file") from error
    for name, found in days.items():
        if sorted(found) != list(range(1, expected[name] + 1)):
            raise InputError(f"{path}: run {name}: has {len(found)} of its {expected[name]} days", "remove its lines, or give another file")
    return {name: one._replace(days=tuple(days[name][day] for day in sorted(days[name]))) for name, one in heads.items()}


def _parsed(line: dict[str, str]) -> tuple[Result, DayFigures]:
    if None in line or None in line.values():
        raise ValueError(f"expected {len(COLUMNS)} values")
    head = Result(
        hash=clean(line["hash"], limit=40),
        persona=clean(line["persona"], limit=40),
        traits=clean(line["traits"], limit=20),
        wanted=(float(line["min_per_day"]), float(line["max_per_day"])),
        conditional=bool(int(line["conditional"])),
        variant=clean(line["variant"], limit=80),
        seed=int(line["seed"]),
        wall_s=float(line["wall_s"]),
        digest=clean(line["digest"], limit=16),
        versions=clean(line["versions"], limit=LONGEST_VERSIONS),
        days=(),
    )
    a, b, c, d = (int(line[name]) for name in DIMENSIONS)
    counts = {name: int(line[name]) for name in _COUNTS}
    figures = DayFigures(
        day=int(line["day"]), hours=float(line["hours"]), dimensions=(a, b, c, d), in_band=bool(int(line["in_band"])), **counts
    )
    return head, figures


def to_csv(results: Iterable[Result]) -> str:
    """Return results as CSV, sorted by persona, variant, seed and day: the same results are the same text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in sorted(results, key=lambda result: result.order):
        head = [one.hash, one.persona, one.traits, *one.wanted, int(one.conditional), one.variant, one.seed, len(one.days), one.wall_s]
        for day in one.days:
            counts = [getattr(day, name) for name in _COUNTS]
            versions = one.versions if day is one.days[0] else ""
            writer.writerow([*head, one.digest, versions, day.day, day.hours, *day.dimensions, *counts, int(day.in_band)])
    return text.getvalue()


def merge_csv(path: Path, results: Mapping[str, Result]) -> dict[str, Result]:
    """Write results to a CSV file beside those that are in it, and return all of them; a result of the same hash is replaced.

    Raises:
        InputError: the file that is there is none of results.
        StoreFull: cannot be written.
    """
    there = read_csv(path) if path.exists() else {}
    both = {**there, **results}
    if both != there or not path.exists():
        write_aside(path, to_csv(both.values()))
    return both
