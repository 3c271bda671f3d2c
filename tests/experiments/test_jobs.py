"""Jobs of a batch: which figures pool which days."""

from propersim.core.config import RunConfig
from propersim.experiments.jobs import Job
from propersim.experiments.periods import RUN, Period, figures_over
from tests.experiments.test_report import FIVE, result


def test_f1_is_over_all_days_and_beside_it_over_the_last_three():
    job = Job(RunConfig(days=5), "p01", "ar")
    job.count(FIVE, 1.0)
    # Shown 1 + 2 + 3 + 4 + 5 and welcome one fewer a day, of 4 a day that the oracle has.
    assert job.f1 == 2 * 10 / (15 + 20)
    assert job.f1_last_3_days == 2 * 9 / (12 + 12)
    assert job.f1_last_3_days == figures_over(result("p01", FIVE), Period(3, 5))["f1"]
    assert (job.f1, job.unwelcome) == tuple(figures_over(result("p01", FIVE), RUN)[name] for name in ("f1", "unwelcome"))
    assert job.unwelcome == 5
    job.count([], 0.0)
    assert job.f1 is job.unwelcome is None
    job.count(FIVE[:2], 1.0)
    assert job.f1 == 2 * 1 / (3 + 8)
    assert job.f1_last_3_days is None, "there are two days"
