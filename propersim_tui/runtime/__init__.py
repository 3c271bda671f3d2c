"""Process-level helpers.

They read the terminal, collect garbage, and watch child processes. Begin with `watchdog.py`; `private_hooks.py` lists the private
names of other packages that the screen relies on.
"""
