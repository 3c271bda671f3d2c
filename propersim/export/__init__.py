"""Export runs for notebooks and other trainers, and read them from Python.

May import `runs` and everything below it. Begin with `exporter.py` (the formats) and `conversations.py` (prompts and answers in words).
`step_table.py` names the columns of a table, `stored_run.py` is what `propersim.load_run` returns.
"""
