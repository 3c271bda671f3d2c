"""Reads topic and tone off a sentence, and detects sentences that try to instruct the judge (prompt injection).

May import ``world`` and ``core``. Begin with ``classifier.py``: ``default_reader().read(text)``.
"""
