"""The folders of HomeLM's weights.

HomeLM is a very small LLaMA trained from scratch for this package, so that it works offline on two CPU cores.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "homelm" / "weights"
"""Folder of the shipped model: weights, configuration, tokenizer and card.json."""
EAGER = Path(__file__).parent / "homelm" / "eager"
"""Folder of the model ``homelm-eager``, which speaks at most steps until it is trained, and reads no evidence.

It is kept for comparison, because the published model begins so too.
"""
