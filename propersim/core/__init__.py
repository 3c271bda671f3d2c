"""Definitions that every other room shares: records, errors, time, randomness, text, prompts and the options of a run.

Imports no other room. Begin with ``records.py`` (a run is a stream of ``Step`` records) and ``interfaces.py`` (what a user agent and
an assistant must provide); ``config.py`` holds the options of a run.
"""
