"""One copy of a base model's weights for all runs of a process.

Each run has a tree of torch modules of its own, with its own adapter; the frozen weights in all trees are the same tensors. So no run sees
the adapter of another, and only what torch has once per process needs a lock.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

T = TypeVar("T")

TORCH_GLOBALS: Final = threading.RLock()
"""Held while a thread uses what torch and the libraries have once per process.

These are the random numbers of initial weights and dropout, and the settings of loading and training.
"""
_loaded: dict[Hashable, Any] = {}
_sharing = threading.Event()


def share_models() -> None:
    """Let all models that this process loads from now on share the weights of their bases."""
    _sharing.set()


def shared(key: Hashable, load: Callable[[], T]) -> T:
    """Return what was loaded under a key, or load it.

    Without :func:`share_models` it is loaded each time.

    Args:
        key: what is loaded.
        load: loads it.
    """
    with TORCH_GLOBALS:
        if not _sharing.is_set():
            return load()
        if key not in _loaded:
            _loaded[key] = load()
        found: T = _loaded[key]
        return found


def own_modules(model: Any) -> Any:
    """Return a run's own copy of a model's modules, with the same tensors as weights.

    Without :func:`share_models` it is the model itself.

    Args:
        model: a model of transformers, without an adapter.
    """
    if not _sharing.is_set():
        return model
    tensors = [*model.parameters(), *model.buffers()]
    # The scales of a 4-bit matrix are no parameters.
    states = [state for tensor in tensors if (state := getattr(tensor, "quant_state", None)) is not None]
    return copy.deepcopy(model, {id(one): one for one in (*tensors, *states)})
