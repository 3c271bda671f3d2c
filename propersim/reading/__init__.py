"""Reads topic and tone off a sentence, and recognises sentences that try to give the judge orders.

May import `world` and `core`. Begin with `classifier.py`: `default_reader().read(text)`.
"""
