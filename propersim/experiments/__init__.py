"""Experiments over many runs: variants, batches, results, reports, and steps rated again.

Results are CSV; reports have bootstrap intervals.

May import ``runs`` and everything below it. Begin reading with ``variants.py`` (the sets of options that are compared), then
``jobs.py`` and ``batch.py`` (run them in worker processes), ``results.py`` (the result of a run, and its CSV), ``report.py`` with
``bootstrap.py`` (the tables) and ``plots.py`` (learning curves). ``rerate.py``, ``rerate_llm.py`` and ``agreement.py`` rate stored
steps by another judge and measure how far two judges agree.
"""
