"""The records of runs as the screen needs them.

Besides them: the position in a run, seeking, comparing, and lists of runs and personas. Begin with `source.py` (the records of a
run, live or stored) and `frame.py` (everything that is shown at one moment).
"""
