"""HomeLM: a very small LLaMA made here from nothing, so that everything works offline and in minutes on two CPU cores."""

from pathlib import Path

WEIGHTS = Path(__file__).parent / "homelm" / "weights"
"""Folder of the model that ships: weights, configuration, tokenizer, card."""
