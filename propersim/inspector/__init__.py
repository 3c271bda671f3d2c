"""Answers questions about the steps of a stored run (docs/reference/inspector.md).

The questions are what the assistant saw, why it spoke, and what it would answer now.

May import every room but `cli`. Begin with `protocol.py` (the questions and their answers) and `inspector.py` (answers them). A process of
its own (`process.py`) loads the run's model; a screen reaches it through `client.py`. `inspected_run.py` reads the run and loads its
adapters, `replay_states.py` rebuilds the assistant's states, `grid.py` has the typical moments of `speak_map.py` and
`suggestion_sample.py`.
"""
