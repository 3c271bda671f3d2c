"""Fill the reports of studies into docs/studies: ``python -m tools.study_pages`` (``--check`` changes nothing).

A page marks where a report goes::

    <!-- begin report NAME --> … <!-- end -->    a report of :data:`REPORTS`
    <!-- begin studies -->     … <!-- end -->    the list of studies, with how long they take on two cores
    <!-- begin consent -->     … <!-- end -->    the consent text of the study with people

The reports are those of ``propersim study NAME --from FILE``. Their pictures are drawn as well. No figure is written by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

from propersim.cli.report import as_markdown, table
from propersim.experiments.parts import Part, Picture
from propersim.experiments.time_left import format_left
from propersim.studies.duration import measured, study_seconds
from propersim.studies.people import needs
from propersim.studies.people.consent import consent_of
from propersim.studies.study import NAMES, load_study

ROOT = Path(__file__).parent.parent
STUDIES = ROOT / "docs" / "studies"
PAGES = (STUDIES / "index.md", *(STUDIES / f"{name}.md" for name in NAMES))
CORES = 2
"""Runs at once in the list of studies."""

_BLOCK = re.compile(r"(<!-- begin (report|studies|consent) ?([a-z-]*) -->\n).*?(<!-- end -->)", re.DOTALL)


class Stored(NamedTuple):
    """A report from stored results.

    Attributes:
        study: name of the study.
        files: its files of results, from the root of the repository.
        picture: name of the file of its picture; "" for none.
        level: level of its headings.
    """

    study: str
    files: tuple[str, ...]
    picture: str = ""
    level: int = 2


_RESULTS = "docs/results"
REPORTS = {
    "ablation": Stored(
        "ablation",
        tuple(f"{_RESULTS}/{name}.csv" for name in ("baselines", "no-nights", "evidence", "controls")),
        "ablation.svg",
        3,
    ),
    "ablation-quick": Stored("ablation", ("docs/studies/data/ablation.csv",), level=3),
    "complexity": Stored("complexity", (f"{_RESULTS}/evidence.csv", f"{_RESULTS}/shown.csv"), "complexity.svg"),
    "people-rehearsal": Stored("people", ("docs/studies/data/people.csv",), "people.svg"),
    "conditional-quick": Stored("conditional", ("docs/studies/data/conditional.csv",), "conditional.svg"),
    "environment-quick": Stored("environment", ("docs/studies/data/environment.csv",), "environment.svg"),
    "reaction-quick": Stored("reaction", ("docs/studies/data/reaction.csv",), "reaction.svg"),
    "sensitivity-quick": Stored("sensitivity", ("docs/studies/data/sensitivity.csv",), "sensitivity.svg", 3),
    "sensitivity": Stored(
        "sensitivity",
        tuple(f"{_RESULTS}/{name}.csv" for name in ("evidence", "shown", "noisy", "no-nights", "baselines", "controls")),
        level=3,
    ),
    "timestep-quick": Stored("timestep", ("docs/studies/data/timestep.csv",), "timestep.svg"),
    "variety-quick": Stored("variety", ("docs/studies/data/variety.csv",), "variety.svg"),
}
"""The reports of the pages, by the name of their block."""


def parts_of(stored: Stored) -> list[Part]:
    """Return the parts of a report."""
    study = load_study(stored.study)
    return study.parts(study.read([ROOT / name for name in stored.files]))


def listed() -> str:
    """Return the table of studies."""
    rows = []
    for name in NAMES:
        study = load_study(name)
        cells = []
        for quick, sweep in ((True, study.quick), (False, study.full)):
            personas, runs = study.size(quick=quick)
            took = format_left(study_seconds(study, CORES, quick=quick))
            cells.append(f"{runs} runs: {personas} personas, {sweep.days} days; {took}")
        rows.append([f"[{name}]({name}.md)", study.question, *cells])
    heads = ["study", "question", "`--quick`", "full form"]
    return f"{table(heads, rows)}\n\nTimes are those of {CORES} runs at once, from runs on {measured().machine}."


def files() -> dict[Path, str]:
    """Return what the pages and pictures are to hold, by path."""
    reports = {name: (stored, parts_of(stored)) for name, stored in REPORTS.items()}

    def block(kind: str, name: str) -> str:
        if kind == "studies":
            return listed()
        if kind == "consent":
            return "\n".join(
                f"> {line}".rstrip() for line in consent_of("P01", personas=2, items=needs.RATED, own=True).strip().split("\n")
            )
        stored, parts = reports[name]
        return as_markdown(parts, stored.picture, level=stored.level)

    found = {page: _BLOCK.sub(lambda at: f"{at[1]}{block(at[2], at[3])}\n{at[4]}", page.read_text(encoding="utf-8")) for page in PAGES}
    for stored, parts in reports.values():
        for part in parts:
            if isinstance(part, Picture) and stored.picture:
                found[STUDIES / stored.picture] = part.svg
    return found


def main() -> None:
    """Write the pages and pictures, or exit with an error that names those that are out of date."""
    wanted = files()
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        raise SystemExit("out of date: " + ", ".join(path.name for path in changed) if changed else 0)
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
