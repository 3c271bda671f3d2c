"""Assistants: what decides at each step whether to speak, and what to say.

May import `learning` and everything below it. Begin with `controls.py` (assistants without a model), then `llama.py` (a model on this
machine that learns) and `api.py` (a model at an endpoint).
"""
