"""Create a run, run it to its end, resume it, and run it in a worker process for a screen.

May import ``store``, ``simulation`` and the rooms below them. Start with ``create.py`` (adds a run to the store), then ``runner.py``
(simulates and stores it). ``factory.py`` makes assistant, user, judge, memory and model from the options of the run; ``gates.py`` has
the hooks through which a screen or a progress bar controls a run; ``worker.py`` and ``live.py`` are the two ends of a worker process.
"""
