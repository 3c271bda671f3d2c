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
        """Return the seconds that are left; None while a variant that is left has no complete day.

        A day of a run takes as long as those of its variant took so far. Other variants say nothing about it: a run that learns takes
        hundreds of times as long as a control. It takes no less than the longest run that is left. Starting workers is not in it.

        Args:
            jobs: the jobs.
            at_once: number of runs that are carried out at once.
        """
        took: dict[str, tuple[int, float]] = {}
        for job in jobs:
            days_before, seconds_before = self._before.get(id(job), (0, 0.0))
            days, seconds = job.days - days_before, job.seconds - seconds_before
            if job.state == "known" or days <= 0:
                continue
            of_variant = took.get(job.variant, (0, 0.0))
            took[job.variant] = of_variant[0] + days, of_variant[1] + seconds
        left = [job for job in jobs if not job.over]
        if not took or any(job.variant not in took for job in left):
            return None
        each = [(job.config.days - job.days) * took[job.variant][1] / took[job.variant][0] for job in left]
        return max([sum(each) / max(1, min(at_once, len(left))), *each])


def format_left(seconds: float) -> str:
    """Return a duration in words, such as ``40 s``, ``5 min`` or ``3 h``."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s"
