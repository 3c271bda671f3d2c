"""The folder of HomeLM's weights.

HomeLM is a very small LLaMA trained from scratch for this package, so that it works offline on two CPU cores.
"""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "homelm" / "weights"
"""Folder of the shipped model: weights, configuration, tokenizer and card.json."""
