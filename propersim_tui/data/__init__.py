"""The records of a run as the screen needs them: where one is in a run, what is searched for, lists of runs and personas.

Begin with `source.py` (records of a run, live or stored) and `frame.py` (everything that is shown at one moment).
"""
