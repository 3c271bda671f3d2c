"""Personas: the model of a person, persona files, finding them by id or path, their JSON Schema, and importing what others wrote.

May import `rubric` and everything below it. Begin with `model.py`; `parsing.py` says how a persona file is refused.
"""
