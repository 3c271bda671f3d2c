"""Trackers: the figures of runs, day by day, in a program for experiments that the user has.

``base.py`` is the interface that a tracker fulfils. ``tracking.py`` sends the figures of a batch or a run to ``process.py``, a process of
its own, so that a tracker that fails, hangs or prints disturbs no run. ``mlflow_tracker.py`` and ``trackio_tracker.py`` are the built-in
trackers; packages register others (:mod:`propersim.core.plugins`).
"""
