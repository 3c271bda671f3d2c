"""One run: creating it, running it, opening it again, and the worker process that carries it for a screen.

May import `store`, `simulation` and everything below them. Begin with `create.py`, then `runner.py`; `factory.py` makes a run's
assistant, user, memory and model from its options.
"""
