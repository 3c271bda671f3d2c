"""Results of finished runs: read from a store, and as CSV files.

Every table can be made again from the CSV files.

A CSV file has one line for each day of each run, with the counts and sums of that day
(:class:`~propersim.core.records.DayFigures`), so that days can be pooled later. Files are sorted, and replaced atomically.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import logging
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from propersim.core.config import decode_config
from propersim.core.errors import InputError, StoreError
from propersim.core.files import locked_folder, read_text, write_atomically
from propersim.core.program import program
from propersim.core.records import DIMENSIONS, DayFigures, LeftOut, R, Reactions, from_json, to_json
from propersim.core.text import clean, counted
from propersim.experiments.variants import config_hash, feedback_of, shared_label
from propersim.persona.drift import persona_from_json
from propersim.runs.create import LOADED
from propersim.store.many import FoundDays, figures_of, warnings_of_kind
from propersim.store.store import RunRow, Store

_NEWEST = ("new_topics", "new_welcome", "topic_again")
_LATER = ("rated", "repeated", *_NEWEST)
"""Counts that earlier files do not have: they are None there, an empty cell in later files."""
_PARTS_AS_JSON = ("left_out", "reactions")
"""Parts of figures that stand as JSON in a column, which only files have where some day has the part."""
_COUNTS = tuple(
    name for name in DayFigures.__struct_fields__ if name not in ("day", "hours", "dimensions", "in_band", *_PARTS_AS_JSON, *_LATER)
)
LARGEST_CSV = 500_000_000
"""Most bytes of a CSV file of results."""
LARGEST_COUNT = 1 << 40
"""Greatest count, sum or number of seconds in a CSV file."""
LARGEST_SEED = (1 << 63) - 1
"""Greatest seed in a CSV file."""
MOST_DIGITS = 30
"""Most characters of a whole number in a CSV file."""
_WHOLE = re.compile(r"-?[0-9]+")
_PARTS = (("welcome", "success"), ("success", "shown"))
"""Counts of which the first is a part of the second."""
LONGEST_VERSIONS = 1_000
"""Most characters of a run's versions in a CSV file."""
_VERSION = re.compile(r"(\w+)=(\{[^}]*\}|\S*)")
_LOADED = re.compile(rf"\b(?:{'|'.join(LOADED)})=(?:\{{[^}}]*\}}|\S+) ?")

COLUMNS = (
    *("hash", "persona", "traits", "min_per_day", "max_per_day", "conditional", "variant", "seed", "days", "wall_s", "digest", "versions"),
    *("day", "hours", *DIMENSIONS, *_COUNTS, "in_band", *_LATER),
)
"""Columns of the CSV, in order; the versions are on a run's first line only."""
_KNOWN_COLUMNS = [tuple(name for name in COLUMNS if name not in missing) for missing in ((), _NEWEST, _LATER)]
"""Columns of files of this version and of earlier ones."""


class Result(NamedTuple):
    """Result of one finished run.

    Attributes:
        hash: hash of the run (:func:`~propersim.experiments.variants.config_hash`).
        persona: id of the persona.
        traits: the persona's Big Five, such as ``O+ C- E+ A- N+``.
        wanted: least and most recommendations that the persona wants on a waking day of 16 hours, as the mean over a week.
        conditional: whether the persona's rubric depends on activity, hour or day of the week.
        variant: label of the variant (:func:`~propersim.experiments.variants.variant_label`).
        seed: seed of the run.
        wall_s: seconds spent stepping, learning and storing.
        digest: first 16 digits of the run's digest.
        versions: versions of the run, as ``name=value`` separated by blanks.
        days: figures of each day, in order.
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
    def feedback(self) -> str:
        """Which ratings the assistant was given.

        See :func:`~propersim.experiments.variants.feedback_of`.
        """
        return feedback_of(self.variant)

    @property
    def key(self) -> str:
        """The key of the result: hash of its run, and of its versions without devices and starters."""
        return result_key(self.hash, self.versions)

    @property
    def order(self) -> tuple[str, str, int, str, str]:
        """Sort key of results."""
        return (self.persona, self.variant, self.seed, self.hash, self.versions)


def versions_text(versions: Mapping[str, Any]) -> str:
    """Return versions on one line.

    ``forced`` is added where a run was resumed under other versions than it was begun with.
    """
    parts = [f"{name}={value}" for name, value in sorted(versions.items()) if name != "forced"]
    return clean(" ".join([*parts, *(["forced"] if versions.get("forced") else [])]), limit=LONGEST_VERSIONS)


def same_versions(first: str, second: str) -> bool:
    """Return whether two texts of versions are the same, devices and starters aside."""
    return _known_before(first) == _known_before(second)


def _known_before(versions: str) -> str:
    """Return a text of versions without those that are known only of a loaded model."""
    return _LOADED.sub("", versions)


def result_key(run_hash: str, versions: str) -> str:
    """Return the key of a result: two results of the same run and versions have the same.

    Args:
        run_hash: hash of the run.
        versions: its versions (:func:`versions_text`).
    """
    return f"{run_hash}-{hashlib.sha256(_known_before(versions).encode()).hexdigest()[:8]}"


def mixed_versions(results: Iterable[Result]) -> dict[str, list[str]]:
    """Return the variants whose results have different versions, and which versions differ.

    Only results of the same number of days count, because others are not pooled. Versions are given by name, such as ``teaching``.
    """
    pooled: dict[tuple[str, int], list[dict[str, str]]] = {}
    for result in results:
        pooled.setdefault((result.variant, len(result.days)), []).append(dict(_VERSION.findall(result.versions)))
    mixed: dict[str, set[str]] = {}
    for (variant, _), each in pooled.items():
        names = {name for versions in each for name in versions}
        differing = {name for name in names if len({versions.get(name) for versions in each}) > 1}
        if differing:
            mixed.setdefault(variant, set()).update(differing)
    return {variant: sorted(names) for variant, names in mixed.items()}


def row_hash(row: RunRow) -> str:
    """Return the hash of a stored run (see :func:`~propersim.experiments.variants.config_hash`).

    Raises:
        StoreError: the run's options cannot be read.
    """
    return config_hash(decode_config(row.config_json, row.id), row.persona_json, row.world_text)


def result_of(store: Store, row: RunRow, found: FoundDays | None = None) -> Result | None:
    """Return the result of a stored run, or None if the run is not finished.

    Args:
        store: the open database.
        row: the run.
        found: the figures of its days; None to read them.

    Raises:
        StoreError: the run's row or its days cannot be read; the message names the run.
    """
    if row.state == "damaged":
        raise StoreError(f"run {row.id}: its row is damaged; delete the run with `{program()} runs rm {row.id}`, and run it again")
    if row.state != "finished":
        return None
    config = decode_config(row.config_json, row.id)
    days = found if found is not None else figures_of(store, [row.key]).get(row.key, FoundDays())
    if days.problem is not None:
        raise days.problem
    if [each.day for each in days.days] != list(range(1, len(days.days) + 1)) or len(days.days) < row.days_done:
        raise StoreError(
            f"run {row.id}: {len(days.days)} of its {counted(row.days_done, 'day')} have figures; "
            f"delete it with `propersim runs rm {row.id}`, and run it again"
        )
    try:
        traits, wanted, conditional = _persona_facts(row.persona_json)
        versions = versions_text(json.loads(row.versions_json))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(
            f"run {row.id}: its persona or versions are damaged; delete it with `{program()} runs rm {row.id}`, and run it again"
        ) from error
    return Result(
        hash=config_hash(config, row.persona_json, row.world_text),
        persona=row.persona,
        traits=traits,
        wanted=wanted,
        conditional=conditional,
        variant=shared_label(config),
        seed=row.seed,
        wall_s=round(row.wall_s, 1),
        digest=row.digest[:16],
        versions=versions,
        days=days.days,
    )


@lru_cache(maxsize=256)
def _persona_facts(persona_json: str) -> tuple[str, tuple[float, float], bool]:
    """Return traits, wanted recommendations per day, and whether the rubric is conditional.

    Many runs have the same persona, and reading it takes longer than the rest of a run's result.
    """
    persona = persona_from_json(persona_json)
    return persona.big_five.short, persona.rubric.frequency.per_day, persona.conditional


class StoredResults(NamedTuple):
    """The results of a store, and how many of its runs are none.

    Attributes:
        results: the results of finished runs by :attr:`Result.key`, oldest first; of a run that was made twice under the same versions the
            newest.
        repeated: number of finished runs with the options and versions of a newer one.
        unfinished: number of runs that are not finished.
        runs: ids of the runs of the results, by the same keys.
    """

    results: dict[str, Result]
    repeated: int
    unfinished: int
    runs: dict[str, str]


def results_of(store: Store, warn: Callable[[str], None] | None = None) -> StoredResults:
    """Return the results of all finished runs of a store.

    Args:
        store: the store.
        warn: receives a line for each run that cannot be read and is left out; by default a warning in the log.

    Raises:
        StoreError: no result can be read, and some run is damaged.
    """
    results: dict[str, Result] = {}
    runs: dict[str, str] = {}
    repeated = unfinished = 0
    damaged: list[StoreError] = []
    rows = store.runs()
    figures = figures_of(store)
    for row in reversed(rows):
        try:
            result = result_of(store, row, figures.get(row.key, FoundDays()))
        except StoreError as error:
            damaged.append(error)
            continue
        if result is None:
            unfinished += 1
            continue
        repeated += result.key in results
        results[result.key] = result
        runs[result.key] = row.id
    if damaged and not results:
        raise damaged[0]
    for problem in damaged:
        (warn or logging.getLogger(__name__).warning)(f"left out: {problem.message}")
    return StoredResults(results, repeated, unfinished, runs)


def prompt_cuts(store: Store) -> list[str]:
    """Return the warnings of finished runs whose prompts an endpoint may have cut.

    The ratings of such runs say little.
    """
    return [f"run {clean(run, 80)}: {clean(text, 400)}" for run, text in warnings_of_kind(store, "context")]


def read_csv(path: Path) -> dict[str, Result]:
    """Return the results in a CSV file, by :attr:`Result.key`.

    Raises:
        InputError: the file cannot be read, or is not a file of results; the message names file and line.
    """
    text = read_text(path, most=LARGEST_CSV)
    reader = csv.DictReader(io.StringIO(text))
    names = tuple(reader.fieldnames or ())
    parts = tuple(name for name in _PARTS_AS_JSON if name in names)
    if names not in _KNOWN_COLUMNS and names not in [(*known, *parts) for known in _KNOWN_COLUMNS[:2]]:
        raise InputError(
            f"{path}: is no file of results: its first line does not have the expected columns", f"make one with `{program()} batch --csv`"
        )
    lines: dict[str, list[tuple[Result, DayFigures, int]]] = {}
    try:
        for line in reader:
            head, figures = _parsed(line)
            lines.setdefault(head.hash, []).append((head, figures, _count(line, "days")))
    except (ValueError, TypeError, csv.Error, msgspec.MsgspecError) as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}", "remove the line, or give another file") from error
    results: dict[str, Result] = {}
    for name, read in lines.items():
        for head, days, expected in _runs_of(read):
            if sorted(days) != list(range(1, expected + 1)):
                raise InputError(
                    f"{path}: run {name}: has {len(days)} of its {counted(expected, 'day')}", "remove its lines, or give another file"
                )
            results[head.key] = head._replace(days=tuple(days[day] for day in sorted(days)))
    return results


def _runs_of(lines: Iterable[tuple[Result, DayFigures, int]]) -> Iterator[tuple[Result, dict[int, DayFigures], int]]:
    """Yield the runs of lines with the same hash, each with its days and their expected number.

    Only a run's first line has its versions. Lines may be in any order where there is one run; where it was made under several versions,
    those after a line with versions belong to it.
    """
    ordered = list(lines)
    heads = list({head.key: head for head, _, _ in ordered if head.versions}.values())
    if len(heads) < 2 and not (heads and not ordered[0][0].versions and ordered[0][0].digest != heads[0].digest):
        yield heads[0] if heads else ordered[0][0], {figures.day: figures for _, figures, _ in ordered}, ordered[-1][2]
        return
    runs: dict[str, tuple[Result, dict[int, DayFigures], int]] = {}
    key = ""
    for head, figures, expected in ordered:
        if head.versions or not key:
            key = head.key
        runs.setdefault(key, (head, {}, expected))[1][figures.day] = figures
    yield from runs.values()


def _parsed(line: dict[str, str]) -> tuple[Result, DayFigures]:
    """Return the run and the day of a CSV line; raises ValueError where a value is invalid."""
    if None in line or None in line.values():
        raise ValueError(f"expected {len(line) - (None in line)} values")
    head = Result(
        hash=_filled(line, "hash", 40),
        persona=_filled(line, "persona", 40),
        traits=clean(line["traits"], limit=20),
        wanted=(_amount(line, "min_per_day"), _amount(line, "max_per_day")),
        conditional=_flag(line, "conditional"),
        variant=_filled(line, "variant", 80),
        seed=_whole(line, "seed", -LARGEST_SEED - 1, LARGEST_SEED),
        wall_s=_amount(line, "wall_s"),
        digest=clean(line["digest"], limit=16),
        versions=clean(line["versions"], limit=LONGEST_VERSIONS),
        days=(),
    )
    a, b, c, d = (_count(line, name) for name in DIMENSIONS)
    counts = {name: _count(line, name) for name in _COUNTS}
    for fewer, more in _PARTS:
        if counts[fewer] > counts[more]:
            raise ValueError(f"{fewer} must not exceed {more}, as {counts[fewer]} does {counts[more]}")
    figures = DayFigures(
        day=_count(line, "day"),
        hours=_amount(line, "hours"),
        dimensions=(a, b, c, d),
        in_band=_flag(line, "in_band"),
        **counts,
        rated=_known(line, "rated"),
        repeated=_known(line, "repeated"),
        left_out=_part(line, "left_out", LeftOut),
        reactions=_part(line, "reactions", Reactions),
        new_topics=_known(line, "new_topics"),
        new_welcome=_known(line, "new_welcome"),
        topic_again=_known(line, "topic_again"),
    )
    return head, figures


def _part(line: dict[str, str], name: str, kind: type[R]) -> R | None:
    """Return a part of figures of a CSV line, or None where the line does not have it.

    Args:
        line: the line, by column.
        name: the column.
        kind: class of the part.
    """
    return from_json(kind, line[name]) if line.get(name) else None


def _known(line: dict[str, str], name: str) -> int | None:
    """Return a count of a CSV line, or None where the line does not have it."""
    return _count(line, name) if line.get(name) else None


def _whole(line: dict[str, str], name: str, least: int, most: int) -> int:
    """Return a whole number of a CSV line; raises ValueError where it is none or out of range.

    Args:
        line: the line, by column.
        name: the column.
        least: least valid value.
        most: greatest valid value.
    """
    text = line[name]
    # Longer numbers take long to read.
    if len(text) > MOST_DIGITS or not _WHOLE.fullmatch(text) or not least <= int(text) <= most:
        raise ValueError(f"{name} must be a whole number from {least} to {most}, not {clean(text, 40)!r}")
    return int(text)


def _count(line: dict[str, str], name: str) -> int:
    """Return a count of a CSV line; raises ValueError where it is none."""
    return _whole(line, name, 0, LARGEST_COUNT)


def _flag(line: dict[str, str], name: str) -> bool:
    """Return a yes (1) or no (0) of a CSV line; raises ValueError where it is another."""
    return bool(_whole(line, name, 0, 1))


def _amount(line: dict[str, str], name: str) -> float:
    """Return a number of a CSV line that is not negative; raises ValueError where it is another."""
    try:
        value = float(line[name])
    except ValueError:
        value = math.nan
    if not 0 <= value <= LARGEST_COUNT:
        raise ValueError(f"{name} must be a number from 0 to {LARGEST_COUNT}, not {clean(line[name], 40)!r}")
    return value


def _filled(line: dict[str, str], name: str, limit: int) -> str:
    """Return a text of a CSV line; raises ValueError where it is empty.

    Args:
        line: the line, by column.
        name: the column.
        limit: most characters.
    """
    text = clean(line[name], limit=limit)
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def to_csv(results: Iterable[Result]) -> str:
    """Return results as CSV, sorted by persona, variant, seed and day.

    The same results thus give the same text.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    ordered = sorted(results, key=lambda each: each.order)
    parts = [name for name in _PARTS_AS_JSON if any(getattr(day, name) is not None for result in ordered for day in result.days)]
    writer.writerow([*COLUMNS, *parts])
    for result in ordered:
        head = [
            result.hash,
            result.persona,
            result.traits,
            *result.wanted,
            int(result.conditional),
            result.variant,
            result.seed,
            len(result.days),
            result.wall_s,
        ]
        for day in result.days:
            counts = [getattr(day, name) for name in _COUNTS]
            later = [getattr(day, name) for name in _LATER]
            later += [to_json(part).decode() if (part := getattr(day, name)) is not None else "" for name in parts]
            versions = result.versions if day is result.days[0] else ""
            writer.writerow([*head, result.digest, versions, day.day, day.hours, *day.dimensions, *counts, int(day.in_band), *later])
    return text.getvalue()


def merge_csv(path: Path, results: Iterable[Result]) -> dict[str, Result]:
    """Add results to a CSV file and return all results in it, by :attr:`Result.key`.

    Results of the same key are replaced; those of the same run under other versions are kept.

    Args:
        path: path of the file, which is created where it does not exist.
        results: the results.

    Raises:
        InputError: the existing file is not a file of results.
        StoreBusy: other processes keep writing the file.
        StoreFull: the file cannot be written.
    """
    # Of two batches that read the file at once, one would remove what the other wrote.
    with locked_folder(path):
        old = read_csv(path) if path.exists() else {}
        both = {**old, **{result.key: result for result in results}}
        if both != old or not path.exists():
            write_atomically(path, to_csv(both.values()))
    return both
