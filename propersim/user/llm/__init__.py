"""The user as a language model at an endpoint.

``routine.py`` plans the days, ``judge.py`` rates candidates.
"""
