"""The engines: the same runs have the same digests everywhere, and a lost machine costs only what it had not finished."""

import signal
from importlib.util import find_spec

import psutil
import pytest

from propersim.experiments.batch import Batch
from propersim.experiments.engines.bundled import BundledEngine
from propersim.experiments.engines.local import LocalEngine
from propersim.experiments.jobs import make_jobs
from propersim.experiments.results import result_of
from propersim.experiments.sweep import Sweep
from propersim.store.store import Store

SWEEP = Sweep(personas=["p01", "p05", "p20"], variants=["silent", "oracle", "random"], seeds=[0, 3], days=2, options=["timestep=5"])
RUNS = 18


def carried_out(db, engine_of, watch=lambda jobs: None, sweep=SWEEP):
    """Carry out a sweep, and return its jobs and the digest of each by its hash."""
    with Store(db) as store:
        jobs = make_jobs(sweep)
        Batch(store, jobs, engine_of(store)).go(lambda: watch(jobs))
        results = [result_of(store, row) for row in store.runs()]
    found = {one.hash: one.digest for one in results if one is not None}
    assert len(found) == len(results) == len(jobs)
    return jobs, found


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """The digests that the runs have on this machine."""
    db = tmp_path_factory.mktemp("local") / "runs.sqlite"
    jobs, digests = carried_out(db, lambda store: LocalEngine(store, processes=2))
    assert {job.state for job in jobs} == {"finished"}
    assert len(digests) == RUNS
    return digests


@pytest.mark.slow
def test_a_ray_cluster_of_which_a_node_is_removed_has_the_digests_of_this_machine(expected, tmp_path, monkeypatch):
    if not find_spec("ray"):
        pytest.skip("Ray is not installed: pip install 'propersim[ray]'")
    # Ray listens on loopback alone; read when it is imported.
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    from propersim.experiments.engines.ray_engine import ray_engine

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        other = cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        removed = []

        def remove(jobs):
            # While both nodes are at work, and something has come from them.
            if not removed and sum(job.state == "finished" for job in jobs) >= 2:
                removed.append(sum(job.attempts for job in jobs))
                cluster.remove_node(other, allow_graceful=False)

        jobs, digests = carried_out(tmp_path / "runs.sqlite", lambda store: ray_engine(store, address=cluster.address, at_once=None, bundle=4), remove)
    finally:
        cluster.shutdown()
    assert removed
    assert {job.state for job in jobs} == {"finished"}
    # Only what had not finished was begun again.
    assert RUNS < sum(job.attempts for job in jobs) <= RUNS + 4
    assert digests == expected
