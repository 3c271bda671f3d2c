"""How fast the screen is, seen from outside: a real terminal, real keys, real workers. ``python -m tools.latency --help``."""
