"""Asking a run's model about stored moments: why it said what it said, and what it would say now (docs/inspect.md)."""
