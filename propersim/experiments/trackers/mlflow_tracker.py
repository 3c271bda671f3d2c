"""Track runs in MLflow.

It records in a database in the working folder, unless ``MLFLOW_TRACKING_URI`` names a server.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping
from typing import Any

from propersim.experiments.trackers.base import TrackedRun

STATES = {"finished": "FINISHED", "failed": "FAILED", "stopped": "KILLED"}
_TAG = "propersim.run"


def make_tracker(project: str) -> MlflowTracker:
    """Return the tracker; ``MLFLOW_EXPERIMENT_NAME`` names another experiment than the project."""
    # MLflow reports its own use to its makers unless it is told not to; and it would repeat a request for minutes.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
    from mlflow import MlflowClient

    return MlflowTracker(MlflowClient(), os.environ.get("MLFLOW_EXPERIMENT_NAME") or project)


class MlflowTracker:
    """Records runs of propersim as runs of MLflow, which a tag finds again."""

    def __init__(self, client: Any, experiment: str) -> None:
        self._client = client
        found = client.get_experiment_by_name(experiment)
        self._experiment = found.experiment_id if found is not None else client.create_experiment(experiment)
        self._ids: dict[str, str] = {}
        self._running: set[str] = set()

    def begin(self, run: TrackedRun) -> Collection[int]:
        """Begin or continue a run; return its days that are there."""
        from mlflow.entities import Param

        client = self._client
        found = client.search_runs([self._experiment], f"tags.`{_TAG}` = '{run.id}'", max_results=1)
        one = found[0] if found else client.create_run(self._experiment, run_name=run.id, tags={_TAG: run.id})
        self._ids[run.id] = one.info.run_id
        if not one.data.params:
            client.log_batch(one.info.run_id, params=[Param(name, str(value)) for name, value in run.options.items()])
        return {metric.step for metric in client.get_metric_history(one.info.run_id, "day")} if found else ()

    def log(self, run: str, day: int, figures: Mapping[str, float]) -> None:
        """Record the figures of a day, as its step.

        Args:
            run: id of the run.
            day: the day.
            figures: its figures by name.
        """
        from mlflow.entities import Metric

        if run not in self._running:
            self._running.add(run)
            self._client.update_run(self._ids[run], status="RUNNING")
        now = int(time.time() * 1000)
        self._client.log_batch(self._ids[run], metrics=[Metric(name, float(value), now, day) for name, value in figures.items()])

    def end(self, run: str, state: str) -> None:
        """Record the state that a run ended in."""
        self._running.discard(run)
        self._client.set_terminated(self._ids[run], STATES[state])
