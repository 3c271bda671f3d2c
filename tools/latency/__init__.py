"""Measure the speed of the screen from outside: real terminal, keys and workers (``python -m tools.latency --help``)."""
