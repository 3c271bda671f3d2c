"""User-visible configuration: settings, keys, actions and themes.

Begin with `actions.py`, the one list from which keys, footer, help and command palette are made.
"""
