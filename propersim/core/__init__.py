"""Records, errors, time, randomness, text, prompts and options, which every room shares.

Imports no other room. Begin with ``records.py`` (a run is a stream of ``Step`` records) and ``interfaces.py`` (what a user agent and
an assistant must provide); ``config.py`` holds the options of a run.
"""
