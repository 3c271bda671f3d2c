"""Processes in which the libraries of the extras cannot be imported, as after a plain ``pip install propersim``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXTRAS = (
    "torch", "transformers", "peft", "trl", "bitsandbytes", "accelerate", "datasets", "safetensors", "gguf", "huggingface_hub",
    "tokenizers", "hnswlib", "openai", "scipy", "pandas", "pyarrow", "matplotlib", "aiohttp", "textual_serve", "gymnasium",
)  # fmt: skip
"""Libraries that a plain installation does not bring."""
ROOT = Path(__file__).parent.parent

_SITE = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def light_environment(folder: Path) -> dict[str, str]:
    """Return the environment of processes, and of their own processes, that cannot import the libraries of the extras.

    Args:
        folder: an empty folder for the file that Python loads first.
    """
    (folder / "sitecustomize.py").write_text(_SITE)
    # The tests' own default for options that are not given would hide that of the command.
    own = {name: value for name, value in os.environ.items() if name != "PROPERSIM_ASSISTANT"}
    return {**own, "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}", "PROPERSIM_SCREEN_CONFIG": str(folder / "screen.toml")}


def run_light(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``propersim`` without the libraries of the extras, in the folder of its :func:`light_environment`."""
    return subprocess.run(
        [sys.executable, "-m", "propersim", *arguments], capture_output=True, text=True, cwd=folder, env=light_environment(folder)
    )
