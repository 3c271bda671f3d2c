"""The engine of a Ray cluster: each bundle is a task, whose events come back as they happen."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator, Sequence
from typing import Any

from propersim.core.errors import InputError, Resumable
from propersim.core.text import clean
from propersim.experiments.engines import not_installed
from propersim.experiments.engines.bundled import BundledEngine, Sent, error_lines
from propersim.runs.bundle import BundleEvent, carry_out_bundle
from propersim.store.store import Store

MOST_EVENTS = 200
"""Most events of a bundle that are read at once, so that the other bundles are not forgotten."""
GET_SECONDS = 60.0
"""Longest wait for an event that Ray says is there."""
CONNECT_SECONDS = 10.0
"""Longest wait for a cluster to answer."""


def ray_engine(
    store: Store, *, address: str, at_once: int | None, bundle: int | None, gpus: float = 0.0, any_versions: bool = False
) -> BundledEngine:
    """Return the engine of a Ray cluster, which is reached when the batch begins.

    Args:
        store: store of the runs.
        address: address of the cluster; "" starts Ray on this machine alone, on loopback.
        at_once: most bundles at once; None for the number of cores of the cluster.
        bundle: most runs of a bundle.
        gpus: GPUs that each bundle takes; a part of one lets several share it.
        any_versions: whether machines may have other versions than this one.
    """
    return BundledEngine(store, RayTransport(address, at_once, gpus), at_once=at_once, bundle=bundle, any_versions=any_versions)


def check_address(address: str) -> None:
    """Check that an address is one of a cluster's head, and not of Ray's client.

    Raises:
        InputError: it is of Ray's client.
    """
    if address.startswith("ray://"):
        raise InputError(
            "--address: ray:// is Ray's client, which cannot send results as they come",
            "run the batch on a machine of the cluster, with --address auto, or HOST:6379 of its head",
        )


class RayTransport:
    """Carries out each bundle as a task of Ray that takes one core.

    Args:
        address: address of the cluster; "" starts Ray on this machine alone.
        cores: cores of a Ray that is started here; None for all.
        gpus: GPUs that each bundle takes as well.
    """

    def __init__(self, address: str, cores: int | None = None, gpus: float = 0.0) -> None:
        check_address(address)
        self.name = f"the Ray cluster {clean(address, 80)}" if address else "Ray on this machine"
        self._address = address
        self._cores = cores
        self._gpus = gpus
        self._streams: dict[int, Any] = {}
        self._ray: Any = None
        self._task: Any = None

    def begin(self) -> None:
        """Connect to the cluster, or start Ray here.

        Raises:
            InputError: Ray is not installed.
            Resumable: the cluster cannot be reached.
        """
        # Ray would report its use to its makers.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        if _is_loopback(self._address):
            # Else Ray takes the address of this machine in its network for 127.0.0.1, and listens there.
            os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        else:
            self._check_reachable()
        try:
            import ray
        except ImportError as error:
            raise not_installed("ray") from error
        # Ray takes over SIGTERM, which stops a batch.
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            if self._address:
                ray.init(address=self._address, log_to_driver=False, logging_level="ERROR")
            else:
                ray.init(
                    address="local",
                    num_cpus=self._cores,
                    include_dashboard=False,
                    log_to_driver=False,
                    logging_level="ERROR",
                )
        except (ConnectionError, RuntimeError, TimeoutError, ValueError, OSError) as error:
            raise Resumable(f"{self.name} cannot be reached: {_first_line(error)}", "is it running? `ray status` says so") from error
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self._ray = ray
        self._task = ray.remote(num_cpus=1, num_gpus=self._gpus, max_retries=0, num_returns="streaming")(_carry_out)
        if self._gpus and not self.slots():
            found = ray.cluster_resources().get("GPU", 0)
            self.close()
            raise InputError(f"--gpus {self._gpus:g}: {self.name} has {found:g} GPUs", "give fewer, or leave the option out")

    def _check_reachable(self) -> None:
        """Check that something listens at the address; Ray itself tries for minutes.

        Raises:
            Resumable: nothing does.
        """
        host, colon, port = self._address.rpartition(":")
        if not colon or not port.isdecimal():
            return
        try:
            socket.create_connection((host, int(port)), timeout=CONNECT_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise Resumable(f"{self.name} cannot be reached: {clean(str(error), 200)}", "is it running? `ray status` says so") from error

    def slots(self) -> int:
        """Return the number of bundles that the machines of the cluster can carry out at once now."""
        if self._ray is None:
            return 1
        found = self._ray.cluster_resources()
        cores, gpus = int(found.get("CPU", 1)), found.get("GPU", 0.0)
        return min(cores, int(gpus / self._gpus + 1e-9)) if self._gpus else cores

    def send(self, number: int, orders: Sequence[dict[str, Any]]) -> None:
        """Send a bundle as a task."""
        self._streams[number] = self._task.remote(list(orders))

    def poll(self) -> Sequence[Sent]:
        """Return what has come, without waiting."""
        if not self._streams:
            return []
        by_stream = {id(stream): number for number, stream in self._streams.items()}
        ready, _ = self._ray.wait(list(self._streams.values()), num_returns=len(self._streams), timeout=0)
        return [sent for stream in ready for sent in self._read(by_stream[id(stream)], stream)]

    def _read(self, number: int, stream: Any) -> Iterator[Sent]:
        """Yield the events of a bundle that have come."""
        from ray.exceptions import RayError

        for _ in range(MOST_EVENTS):
            try:
                yield Sent(number, "event", self._ray.get(next(stream), timeout=GET_SECONDS))
            except StopIteration:
                del self._streams[number]
                yield Sent(number, "over")
                return
            except RayError as error:
                # The worker or its machine died, or an event died with them.
                del self._streams[number]
                self._ray.cancel(stream, force=True)
                yield Sent(number, "lost", why=_first_line(error))
                return
            if not self._ray.wait([stream], timeout=0)[0]:
                return

    def cancel(self) -> None:
        """Stop all tasks; their workers are killed."""
        for stream in self._streams.values():
            self._ray.cancel(stream, force=True)
        self._streams.clear()

    def close(self) -> None:
        """Leave the cluster; Ray that was started here ends."""
        if self._ray is not None:
            self._ray.shutdown()
            self._ray = None


def _is_loopback(address: str) -> bool:
    """Return whether an address is this machine alone; "" is a Ray that is started here."""
    return not address or address.rpartition(":")[0].strip("[]") in ("127.0.0.1", "localhost", "::1")


def _carry_out(orders: Sequence[dict[str, Any]]) -> Iterator[BundleEvent]:
    """Carry out a bundle in a worker of Ray, which imports propersim on its machine."""
    yield from carry_out_bundle(orders)


def _first_line(error: Exception) -> str:
    """Return in a line what went wrong in Ray, whose messages have traces."""
    lines = error_lines(error)
    return lines[-1] if type(error).__name__.startswith("RayTaskError") else lines[0]
