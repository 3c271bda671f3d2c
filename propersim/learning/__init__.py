"""Training the adapter on preference pairs, each night (paper, section 4.2). Needs torch.

May import `models` and everything below it. Begin with `pairs.py` (which pairs a rated step gives) and `replay.py` (which of them a
night trains on), then `night.py` (one night from start to end) and `trainer.py` (TRL's trainers, and which of their internals are used).
`night_warnings.py` reports nights that went badly.
"""
