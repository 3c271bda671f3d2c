"""A study: its question, its sweeps, and the analysis of their results."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from propersim.core.errors import InputError
from propersim.core.text import clean, did_you_mean
from propersim.experiments.parts import Part
from propersim.experiments.report import choose
from propersim.experiments.rescore import AS
from propersim.experiments.results import Result, read_csv, to_csv
from propersim.experiments.sweep import Sweep, make_sweep
from propersim.persona.model import Persona
from propersim.studies.collected import Collected
from propersim.studies.variations import Variations, personas_of, varied_ids, varied_sweep

NAMES = ("ablation", "complexity", "timestep", "variety", "conditional", "reaction", "environment", "sensitivity", "people")
"""Names of the studies."""
NAMING = (
    *("variant", "difference", "persona", "predictor", "timestep", "dimension", "likes", "against", "clause", "openness", "part"),
    *("what is other", "variation", "wording", "trained under"),
)
"""Headings of the columns of words that are repeated where a table is printed in several blocks."""
ABOUT = (*NAMING, "what it is", "traits", "place", "figure")
"""Headings of the columns of words."""
_SHARED = ("variants", "variant", "ablate", "grid")
"""Keys of a sweep that the two forms of a study have in common."""
_OPTIONAL = {"variations": "variations", "collected": "COLLECTED", "rated_as": "rated_as"}
"""Fields of a study that its module may give, and their names there."""
_FOLDER = Path(__file__).parent


class Study(NamedTuple):
    """A study.

    Attributes:
        name: its name on the command line.
        title: what it is about.
        question: what it asks, in a sentence.
        about: what each variant is, by name.
        full: the runs of its full form.
        quick: those of its small form, at most 30 minutes on two cores.
        analysis: makes the parts of its report.
        variations: the personas that are run in place of each; None for the personas themselves.
        collected: what its report is over, if not the results of its runs.
        rated_as: returns the persona by whose rubric a run is rated again, or None; itself None where no run is.
        also: variants that are not run, but compared where their results are given.
    """

    name: str
    title: str
    question: str
    about: Mapping[str, str]
    full: Sweep
    quick: Sweep
    analysis: Analysis
    variations: Variations | None = None
    collected: Collected | None = None
    rated_as: RatedAs | None = None
    also: Sequence[str] = ()

    def size(self, *, quick: bool) -> tuple[int, int]:
        """Return the numbers of personas and of runs of a form.

        Personas that it makes of others are not counted as personas.
        """
        sweep = self.quick if quick else self.full
        return len(sweep.personas), len(self.personas(quick=quick)) * len(sweep.variants) * len(sweep.seeds)

    def personas(self, *, quick: bool) -> list[str]:
        """Return the ids of the personas of a form."""
        return varied_ids((self.quick if quick else self.full).personas, self.variations)

    def sweep(self, *, quick: bool) -> Sweep:
        """Return the runs of a form, after writing the personas that it makes.

        Raises:
            InputError: such a persona cannot be written.
        """
        sweep = self.quick if quick else self.full
        return sweep if self.variations is None else varied_sweep(sweep, self.variations, personas_of(self.name))

    def read(self, paths: Sequence[Path]) -> list[Any]:
        """Return what CSV files hold for its report: results of its runs, or what it collects.

        Raises:
            InputError: a file cannot be read, or is none of these.
        """
        if self.collected is not None:
            return self.collected.read(paths)
        return [one for path in paths for one in read_csv(path).values()]

    def to_csv(self, rows: Sequence[Any]) -> str:
        """Return what its report is over as CSV."""
        return self.collected.to_csv(rows) if self.collected is not None else to_csv(rows)

    def parts(self, results: Iterable[Any]) -> list[Part]:
        """Return the report of the study.

        Args:
            results: what it collects, or results of its runs. Those of other variants and personas are left out, and of runs of several
                lengths all but the longest.

        Raises:
            InputError: there are too few results of its variants.
        """
        if self.collected is not None:
            return self.analysis(self, list(results))
        personas = self.personas(quick=False)
        variants = {*self.full.variants, *self.also}
        chosen = [one for one in choose(results)[0] if self._made_with(one) in variants and one.persona in personas]
        if not chosen:
            needs = f"it needs the variants {', '.join(self.full.variants)} of {', '.join(self.full.personas)}"
            raise InputError(f"no results of the variants and personas of the study {self.name}", needs)
        longest = max(len(one.days) for one in chosen)
        return self.analysis(self, [one for one in chosen if len(one.days) == longest])

    def _made_with(self, result: Result) -> str:
        """Return the variant that a run was made with, also where the study rated it again."""
        return result.variant.partition(AS)[0] if self.rated_as is not None else result.variant


RatedAs = Callable[[Result], Persona | None]
"""Returns the persona by whose rubric the steps of a run are rated again (:mod:`propersim.experiments.rescore`); None for none."""
Analysis = Callable[[Study, Sequence[Any]], list[Part]]
"""Makes the parts of the report of a study from results of its variants, all of as many days, or from what it collects."""


@cache
def load_study(name: str) -> Study:
    """Return a study.

    Raises:
        InputError: there is none of this name.
    """
    if name not in NAMES:
        raise InputError(f"no study {clean(name, 60)!r}{did_you_mean(name, NAMES)}", f"one of {', '.join(NAMES)}")
    path = _FOLDER / f"{name}.toml"
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    shared = {key: data[key] for key in _SHARED if key in data}
    full, quick = (make_sweep({**shared, **data[form]}, path) for form in ("full", "quick"))
    # Its analysis imports this module for its types.
    module = import_module(f"propersim.studies.{name}")
    optional = {name: getattr(module, of, None) for name, of in _OPTIONAL.items()}
    also = data.get("also", ())
    return Study(name, data["title"], data["question"], data["about"], full, quick, module.parts, also=also, **optional)
