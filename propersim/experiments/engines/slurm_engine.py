"""The engine of a Slurm cluster, through submitit.

Each bundle is a Slurm job, whose events come through a shared folder.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from propersim.core.errors import InputError, Resumable
from propersim.core.files import make_writable_folder
from propersim.core.text import clean
from propersim.experiments.engines import not_installed
from propersim.experiments.engines.bundled import BundledEngine, Sent, error_lines
from propersim.experiments.engines.local import cores
from propersim.runs.bundle import EVENTS, ORDERS, carry_out_in_folder
from propersim.store.store import Store

MOST_JOBS = 64
"""Most Slurm jobs at once where ``--jobs`` does not say."""
MINUTES = 12 * 60
"""Time limit of a Slurm job, in minutes, where ``--slurm time=`` does not say."""
_SHARD = re.compile(r"[0-9a-f]{1,40}\.shard")


def slurm_engine(
    store: Store,
    *,
    folder: Path | None,
    parameters: Sequence[str],
    at_once: int | None,
    bundle: int | None,
    any_versions: bool = False,
) -> BundledEngine:
    """Return the engine of a Slurm cluster, which is reached when the batch begins.

    Args:
        store: store of the runs.
        folder: folder that this machine and the nodes share; None for one beside the store.
        parameters: options of sbatch, as ``name=value``.
        at_once: most Slurm jobs at once.
        bundle: most runs of a bundle.
        any_versions: whether nodes may have other versions than this machine.

    Raises:
        InputError: a parameter is not ``name=value``.
    """
    shared = folder if folder is not None else store.path.absolute().with_name(store.path.name + ".slurm")
    transport = SlurmTransport(shared.absolute(), parse_parameters(parameters), at_once)
    return BundledEngine(store, transport, at_once=at_once, bundle=bundle, any_versions=any_versions)


def parse_parameters(texts: Sequence[str]) -> dict[str, str | int]:
    """Return options of sbatch by name, with underscores for hyphens.

    Raises:
        InputError: a text is not ``name=value``.
    """
    found: dict[str, str | int] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not equals or not re.fullmatch(r"[a-z][a-z_]*", name):
            raise InputError(f"--slurm {clean(text, 80)!r}: not name=value of an option of sbatch", "such as --slurm partition=gpu")
        found[name] = int(value) if value.strip().isdecimal() else value.strip()
    return found


class SlurmTransport:
    """Carries out each bundle as a Slurm job.

    Where there is no Slurm, it is a process of this machine.

    Args:
        folder: folder that this machine and the nodes share.
        parameters: options of sbatch by name.
        at_once: most jobs at once; None for :data:`MOST_JOBS`, or the number of cores where there is no Slurm.
        cluster: ``slurm``, ``local`` (processes of this machine), or None for Slurm where there is one.
    """

    def __init__(self, folder: Path, parameters: Mapping[str, str | int], at_once: int | None = None, cluster: str | None = None) -> None:
        self.name = "Slurm"
        self._folder = folder
        self._parameters = parameters
        self._at_once = at_once
        self._cluster = cluster
        self._executor: Any = None
        # Another batch may use the same folder.
        self._token = secrets.token_hex(4)
        self._jobs: dict[int, Any] = {}
        self._read: dict[int, int] = {}

    def begin(self) -> None:
        """Make the folder, and find out whether there is a Slurm.

        Raises:
            InputError: submitit is not installed, the folder cannot be written, or sbatch does not know an option.
        """
        try:
            import submitit
        except ImportError as error:
            raise not_installed("slurm") from error
        make_writable_folder(self._folder)
        logging.getLogger("submitit").setLevel(logging.ERROR)
        self._executor = submitit.AutoExecutor(folder=self._folder / "submitit", cluster=self._cluster)
        if self._executor.cluster != "slurm":
            self.name = "processes of this machine, which has no Slurm"
        given = {"time": MINUTES, "job_name": "propersim", **self._parameters}
        try:
            self._executor.update_parameters(**{f"slurm_{name}": value for name, value in given.items()})
        except (NameError, ValueError, TypeError, AssertionError) as error:
            raise InputError(f"--slurm: {clean(str(error), 300)}", "see the options of sbatch") from error

    def slots(self) -> int:
        """Return how many jobs are submitted at once."""
        if self._at_once is not None:
            return self._at_once
        return cores() if self._executor is not None and self._executor.cluster != "slurm" else MOST_JOBS

    def send(self, number: int, orders: Sequence[dict[str, Any]]) -> None:
        """Submit a bundle as a job.

        Raises:
            Resumable: Slurm does not take it.
        """
        home = self._home(number)
        home.mkdir(parents=True)
        (home / ORDERS).write_text(json.dumps(list(orders)), encoding="utf-8")
        self._read[number] = 0
        try:
            self._jobs[number] = self._executor.submit(carry_out_in_folder, str(home))
        except Exception as error:
            # submitit has errors of its own, and those of the commands that it runs.
            raise Resumable(f"Slurm does not take a job: {clean(str(error), 300)}", "`sinfo` says what Slurm does") from error

    def _home(self, number: int) -> Path:
        return self._folder / f"{self._token}-{number}"

    def poll(self) -> Sequence[Sent]:
        """Return what has come, without waiting."""
        found: list[Sent] = []
        for number, job in list(self._jobs.items()):
            # Asked before reading: the last events of a job that has just ended are in the folder.
            done = job.done()
            found += self._events(number)
            if done:
                found.append(self._end(number, job))
                shutil.rmtree(self._home(number), ignore_errors=True)
        return found

    def _events(self, number: int) -> list[Sent]:
        """Return the events of a bundle that were written since the last look."""
        home = self._home(number)
        try:
            with (home / EVENTS).open("rb") as file:
                file.seek(self._read[number])
                data = file.read()
        except OSError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._read[number] += len(whole)
        found = []
        for line in whole.splitlines():
            event = json.loads(line)
            if event["event"] == "finished":
                name = str(event["shard"])
                path = home / name
                if not _SHARD.fullmatch(name):
                    continue
                try:
                    event["shard"] = path.read_bytes()
                except OSError:
                    # Counts as unfinished, and is made again.
                    continue
                path.unlink(missing_ok=True)
            found.append(Sent(number, "event", event))
        return found

    def _end(self, number: int, job: Any) -> Sent:
        """Return how a job ended."""
        del self._jobs[number]
        try:
            error = job.exception()
        except Exception as unknown:
            # No result was written: the job was killed.
            error = unknown
        if error is None:
            return Sent(number, "over")
        return Sent(number, "lost", why=error_lines(error)[0])

    def cancel(self) -> None:
        """Cancel all jobs."""
        for number, job in self._jobs.items():
            with contextlib.suppress(Exception):
                job.cancel()
            shutil.rmtree(self._home(number), ignore_errors=True)
        self._jobs.clear()

    def close(self) -> None:
        """Cancel what is left."""
        self.cancel()
