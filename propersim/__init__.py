"""propersim: a live simulator and inspector for proactive, personalized assistants.

From Python::

    import propersim as ps

    run = ps.Simulation(ps.load_persona("p01"), assistant="oracle", seed=0, days=1)
    for step in run:
        print(step.minute, step.action.phrase, step.answer.text, step.rating.score)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

# The products in here are small: numpy's threads would only wait for each other. Heeded where numpy is not loaded yet.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

if TYPE_CHECKING:
    from propersim.core.records import Step
    from propersim.persona.library import load_persona
    from propersim.persona.model import Persona
    from propersim.simulation.simulation import Simulation
    from propersim.store.store import Store

__all__ = ["Persona", "Simulation", "Step", "Store", "load_persona"]

_WHERE = {
    "Persona": "propersim.persona.model",
    "Simulation": "propersim.simulation.simulation",
    "Step": "propersim.core.records",
    "Store": "propersim.store.store",
    "load_persona": "propersim.persona.library",
}


def __getattr__(name: str) -> Any:
    """Load the public names when they are first asked for: ``propersim --help`` needs none of them."""
    if name in _WHERE:
        from importlib import import_module

        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'propersim' has no attribute {name!r}")
