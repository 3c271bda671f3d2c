"""Make the same sweep on this machine and on a Ray cluster of two nodes, and compare: ``python -m tools.ray_sweep FOLDER -- …``.

What follows ``--`` are options of ``propersim batch``. The nodes are processes of this machine with one core each, so the wall times show
what the way through Ray costs, not what more machines gain. Databases stay in the folder: give the command again to go on.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from propersim.experiments.results import results_of
from propersim.store.store import Store

NODES = 2


def digests(db: Path) -> dict[str, str]:
    """Return the digest of each finished run of a database by the run's hash."""
    if not db.exists():
        return {}
    with Store(db, read_only=True) as store:
        return {one.hash: one.digest for one in results_of(store).results.values()}


def carry_out(db: Path, options: list[str], engine: list[str], log: Path) -> tuple[float, int]:
    """Carry out the batch; return the seconds that it took and the number of runs that it made.

    Args:
        db: database of the runs.
        options: what the batch runs.
        engine: options of the engine.
        log: file that receives what the batch prints.
    """
    before, began = len(digests(db)), time.monotonic()
    command = [sys.executable, "-m", "propersim", "batch", "--db", str(db), *options, *engine]
    with log.open("a", encoding="utf-8") as out:
        subprocess.run(command, check=True, stdout=out, stderr=out)
    return time.monotonic() - began, len(digests(db)) - before


def on_ray(db: Path, options: list[str], log: Path) -> tuple[float, int]:
    """Carry out the batch on a Ray cluster of two nodes that is started for it on loopback."""
    # Ray listens on loopback alone; both are read when it is imported.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    try:
        for _ in range(NODES - 1):
            cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        return carry_out(db, options, ["--engine", "ray", "--address", cluster.address], log)
    finally:
        cluster.shutdown()


def main() -> int:
    """Make the sweep twice, print times and equal digests, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of the two databases")
    parser.add_argument("options", nargs="+", help="options of propersim batch, behind --")
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    files = {engine: args.folder / f"{engine}.sqlite" for engine in ("local", "ray")}
    taken = {
        "local": carry_out(files["local"], args.options, ["--jobs", str(NODES)], args.folder / "local.log"),
        "ray": on_ray(files["ray"], args.options, args.folder / "ray.log"),
    }
    for engine, (seconds, runs) in taken.items():
        print(f"{engine}: {runs} runs in {seconds:.0f} s")
    local, ray = digests(files["local"]), digests(files["ray"])
    same = sum(local[one] == ray.get(one) for one in local)
    print(f"{same} of {len(local)} digests are equal")
    return 0 if same == len(local) == len(ray) else 1


if __name__ == "__main__":
    sys.exit(main())
