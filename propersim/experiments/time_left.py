"""How long a batch will take: from the seconds that its runs took for a day."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.experiments.jobs import Job


class TimeLeft:
    """Estimates the time that is left of a batch.

    Args:
        jobs: the jobs as the batch begins; what was done before takes no time now.
    """

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._before = {id(job): (job.days, job.seconds) for job in jobs}

    def seconds(self, jobs: Sequence[Job], at_once: int) -> float | None:
        """Return the seconds that are left; None before the first day is done.

        A day of a run takes as long as those of its variant took so far, or those of all where its variant has none yet. Starting
        workers is not in it.

        Args:
            jobs: the jobs.
            at_once: number of runs that are carried out at once.
        """
        took: dict[str, tuple[int, float]] = {}
        every_days, every_seconds = 0, 0.0
        for job in jobs:
            days_before, seconds_before = self._before.get(id(job), (0, 0.0))
            days, seconds = job.days - days_before, job.seconds - seconds_before
            if job.state == "known" or days <= 0:
                continue
            of_variant = took.get(job.variant, (0, 0.0))
            took[job.variant] = of_variant[0] + days, of_variant[1] + seconds
            every_days, every_seconds = every_days + days, every_seconds + seconds
        if not every_days:
            return None
        left = [job for job in jobs if not job.over]
        work = 0.0
        for job in left:
            days, seconds = took.get(job.variant, (every_days, every_seconds))
            work += (job.config.days - job.days) * seconds / days
        return work / max(1, min(at_once, len(left)))


def format_left(seconds: float) -> str:
    """Return a duration in words, such as ``40 s``, ``5 min`` or ``3 h``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
