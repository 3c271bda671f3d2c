"""Check whether the libraries that only a model on this machine needs are installed.

They are the extra ``llama`` of the package: ``pip install propersim`` comes without them.
"""

from __future__ import annotations

from typing import Final

from propersim.core.errors import InputError
from propersim.core.extras import is_installed

LIBRARIES: Final = ("torch", "transformers", "peft", "trl", "bitsandbytes", "accelerate", "datasets", "safetensors", "gguf")
"""Libraries of the extra ``llama``, as they are imported."""
INSTALL: Final = "pip install 'propersim[llama]'"
"""Command that installs them."""
CPU_BUILD: Final = "https://pytorch.org/get-started/locally"
"""Page with the command that installs torch's build without CUDA, which is much smaller."""


def missing_libraries() -> tuple[str, ...]:
    """Return the libraries of a model on this machine that are not installed.

    Imports none of them.
    """
    return tuple(name for name in LIBRARIES if not is_installed(name))


def need_libraries(what: str) -> None:
    """Check that the libraries of a model on this machine are installed.

    Args:
        what: what needs them, as the subject of the message.

    Raises:
        InputError: one is missing; the message is one line with the commands that install them.
    """
    missing = missing_libraries()
    if missing:
        names = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        raise InputError(f"{what} needs {names}: {INSTALL}  (without a GPU, install the CPU build of torch first: {CPU_BUILD})")
