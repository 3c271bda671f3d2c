"""How long a study takes: from measured seconds of a simulated day."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from propersim.experiments.jobs import Job
from propersim.studies.study import Study

_FILE = Path(__file__).parent / "seconds.toml"


class Measured(NamedTuple):
    """Measured seconds.

    Attributes:
        machine: the machine, in words.
        start: seconds until a run that loads a model begins.
        per_day: seconds of a simulated day by the label of the variant.
    """

    machine: str
    start: float
    per_day: dict[str, float]

    def run(self, variant: str, days: int) -> float:
        """Return the seconds of some days of a run."""
        return self.per_day[variant] * days + self.start if days else 0.0


@cache
def measured() -> Measured:
    """Return the measured seconds."""
    return Measured(**tomllib.loads(_FILE.read_text(encoding="utf-8")))


def study_seconds(study: Study, at_once: int, *, quick: bool) -> float:
    """Return about how many seconds all runs of a form of a study take.

    Args:
        study: the study.
        at_once: number of runs that are carried out at once, one on a core.
        quick: whether it is the small form.
    """
    sweep = study.quick if quick else study.full
    each = [measured().run(variant, sweep.days) for variant in sweep.variants]
    return _spread(each * (study.size(quick=quick)[1] // len(each)), at_once)


def seconds_left(jobs: Iterable[Job], at_once: int) -> float:
    """Return about how many seconds the jobs take that are not finished.

    Args:
        jobs: the jobs of a study.
        at_once: number of runs that are carried out at once, one on a core.
    """
    return _spread([measured().run(job.variant, job.config.days - job.days) for job in jobs if not job.over], at_once)


def _spread(seconds: list[float], at_once: int) -> float:
    # No run is split: the longest one takes its time.
    return max(sum(seconds) / max(1, at_once), max(seconds, default=0.0))
