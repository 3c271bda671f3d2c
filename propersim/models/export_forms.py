"""Forms in which a run's model can be exported, and data types of its weights."""

from __future__ import annotations

from typing import Final, Literal

Form = Literal["peft", "merged", "gguf"]
"""A folder of PEFT with the adapter alone, a folder of transformers with a whole model, or a GGUF file."""
Dtype = Literal["float32", "float16", "bfloat16"]
"""Data types of the weights of a whole model."""
BYTES: Final[dict[Dtype, int]] = {"float32": 4, "float16": 2, "bfloat16": 2}
"""Bytes of a weight."""
USUAL: Final[dict[Form, Dtype]] = {"peft": "float32", "merged": "float32", "gguf": "float16"}
"""Data type of each form where none is given."""
GGUF_FILE: Final = "model.gguf"
"""Name of the file of the form ``gguf``."""
