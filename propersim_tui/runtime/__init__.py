"""Process-level helpers: reading the terminal, garbage collection, a watchdog for child processes.

Begin with `watchdog.py`; `private_hooks.py` lists the private names of other packages that the screen relies on.
"""
