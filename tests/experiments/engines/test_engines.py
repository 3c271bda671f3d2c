"""The engines: the same runs have the same digests everywhere, and a lost machine costs only what it had not finished."""

import contextlib
import signal
from importlib.util import find_spec

import msgspec
import psutil
import pytest

from propersim.core.errors import InputError
from propersim.experiments.batch import Batch, BatchIncomplete
from propersim.experiments.engines.bundled import BundledEngine
from propersim.experiments.engines.local import LocalEngine
from propersim.experiments.engines.slurm_engine import SlurmTransport, parse_parameters
from propersim.experiments.jobs import make_jobs
from propersim.experiments.results import result_of
from propersim.experiments.sweep import Sweep
from propersim.runs.create import SetupVersions, setup_versions
from propersim.store.store import Store

# So many days that a run goes on for a while: a machine is lost in the middle of one.
SWEEP = Sweep(personas=["p01", "p20"], variants=["silent", "oracle", "random"], seeds=[0, 3], days=8, options=["timestep=5"])
RUNS = 12


def carried_out(db, engine_of, watch=lambda jobs: None, sweep=SWEEP):
    """Carry out a sweep, and return its jobs and the digest of each by its hash."""
    with Store(db) as store:
        jobs = make_jobs(sweep)
        Batch(store, jobs, engine_of(store)).go(lambda: watch(jobs))
        results = [result_of(store, row) for row in store.runs()]
    found = {one.hash: one.digest for one in results if one is not None}
    assert len(found) == len(results) == len(jobs)
    return jobs, found


def finished(jobs):
    return sum(job.state == "finished" for job in jobs)


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
        removed: list[object] = []

        def remove(jobs):
            # While both nodes are at work, and something has come from them.
            if not removed and finished(jobs) and sum(job.state == "running" for job in jobs) == 2:
                removed.append(other)
                cluster.remove_node(other, allow_graceful=False)

        def engine(store):
            return ray_engine(store, address=cluster.address, at_once=None, bundle=3)

        jobs, digests = carried_out(tmp_path / "runs.sqlite", engine, remove)
    finally:
        cluster.shutdown()
    assert removed
    assert {job.state for job in jobs} == {"finished"}
    # Only what had not finished was begun again.
    assert RUNS < sum(job.attempts for job in jobs) <= RUNS + 2
    assert digests == expected


@pytest.mark.slow
def test_a_bundle_takes_a_part_of_a_gpu(expected, tmp_path, monkeypatch):
    """The cluster says that it has a GPU; the runs are those of controls, which use none."""
    if not find_spec("ray"):
        pytest.skip("Ray is not installed: pip install 'propersim[ray]'")
    monkeypatch.setenv("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    from propersim.experiments.engines.ray_engine import ray_engine

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, "num_gpus": 1, "include_dashboard": False})
    seen: set[int] = set()
    try:
        with Store(tmp_path / "none.sqlite") as store, pytest.raises(InputError, match=r"--gpus 2: the Ray cluster .* has 1 GPUs"):
            Batch(store, make_jobs(SWEEP), ray_engine(store, address=cluster.address, at_once=None, bundle=3, gpus=2)).go(lambda: None)

        def engine(store):
            return ray_engine(store, address=cluster.address, at_once=None, bundle=3, gpus=1)

        jobs, digests = carried_out(tmp_path / "runs.sqlite", engine, lambda jobs: seen.add(sum(job.state == "running" for job in jobs)))
    finally:
        cluster.shutdown()
    assert {job.state for job in jobs} == {"finished"}
    # Two cores, but one GPU: one run at a time.
    assert max(seen) == 1
    assert digests == expected


@pytest.mark.slow
def test_ray_on_this_machine_listens_on_loopback_alone_and_lists_a_run_that_cannot_be_made(tmp_path, monkeypatch):
    if not find_spec("ray"):
        pytest.skip("Ray is not installed: pip install 'propersim[ray]'")
    from propersim.experiments.engines.ray_engine import ray_engine

    listening: set[str] = set()

    def look(jobs):
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                listening.update(one.laddr.ip for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN)

    broken = msgspec.structs.replace(SWEEP, personas=["p01"], variants=["silent", "evidence"], seeds=[0], days=1, options=[])
    before = signal.getsignal(signal.SIGTERM)

    def other_weights(self, config):
        """The versions of this machine, if it had other weights than the worker."""
        return setup_versions(config) | ({"weights": "other"} if config.assistant == "llama" else {})

    monkeypatch.setattr(SetupVersions, "of", other_weights)
    with Store(tmp_path / "runs.sqlite") as store:
        jobs = make_jobs(broken)
        with pytest.raises(BatchIncomplete, match="1 of 2 runs failed") as failed:
            Batch(store, jobs, ray_engine(store, address="", at_once=1, bundle=None)).go(lambda: look(jobs))
    assert "has other versions: weights is" in failed.value.message
    assert [job.state for job in jobs] == ["finished", "failed"]
    assert listening
    assert listening <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert signal.getsignal(signal.SIGTERM) == before


@pytest.mark.slow
def test_jobs_of_submitit_of_which_one_is_killed_have_the_digests_of_this_machine(expected, tmp_path):
    if not find_spec("submitit"):
        pytest.skip("submitit is not installed: pip install 'propersim[slurm]'")
    killed: list[int] = []

    def kill(jobs):
        if killed or not finished(jobs) or sum(job.state == "running" for job in jobs) != 2:
            return
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if not killed and "submitit.core._submit" in process.cmdline() and not process.children():
                    process.kill()
                    killed.append(process.pid)

    def engine(store):
        transport = SlurmTransport(tmp_path / "shared", {}, at_once=2, cluster="local")
        return BundledEngine(store, transport, at_once=2, bundle=3)

    jobs, digests = carried_out(tmp_path / "runs.sqlite", engine, kill)
    assert killed
    assert {job.state for job in jobs} == {"finished"}
    assert RUNS < sum(job.attempts for job in jobs) <= RUNS + 2
    assert digests == expected
    # Orders and shards are removed; what submitit keeps stays.
    assert [path.name for path in (tmp_path / "shared").iterdir()] == ["submitit"]


def test_options_of_sbatch_are_names_with_values():
    assert parse_parameters(["partition=gpu", "--mem-per-cpu=2000"]) == {"partition": "gpu", "mem_per_cpu": 2000}
    for wrong in ("partition", "=gpu", "Part ition=1", "a;b=1"):
        with pytest.raises(InputError, match="--slurm"):
            parse_parameters([wrong])
