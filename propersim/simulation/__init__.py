"""The method: one timestep, one day, one run, and the metrics computed from its records (paper, section 3).

May import `assistant` and everything below it. Begin with `simulation.py`; `metrics.py` says what counts as a false alarm.
"""
