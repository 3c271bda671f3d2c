"""Simulation of steps, days and runs, and metrics of their records (paper, section 3).

May import ``assistant`` and everything below it. Begin with ``simulation.py``; ``metrics.py`` defines unwelcome recommendations, missed
needs and the other metrics, and ``persona_check.py`` checks whether a rubric can be learned.
"""
