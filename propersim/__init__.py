"""propersim: a live simulator and inspector for proactive, personalized assistants.

From Python::

    import propersim as ps

    run = ps.Simulation(ps.load_persona("p01"), assistant="oracle", seed=0, days=1)
    for step in run:
        print(step.minute, step.action.phrase, step.answer.text, step.rating.score)

The names in ``__all__`` are the public Python API; each is imported at first use. Begin reading with ``propersim.core.records`` (a run is a
stream of ``Step`` records) and ``propersim.simulation.simulation`` (how a step is made).
"""

from __future__ import annotations

import os

# The matrix products here are small, so that more BLAS threads only add overhead. Has no effect where numpy is loaded already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# As in typing, whose import would take a tenth of the time that a short command needs, and in which Ctrl-C is a traceback.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from propersim.core.records import Step
    from propersim.export.stored_run import StoredRun, load_run
    from propersim.persona.library import load_persona
    from propersim.persona.model import Persona
    from propersim.simulation.simulation import Simulation
    from propersim.store.store import Store

__all__ = ["Persona", "Simulation", "Step", "Store", "StoredRun", "load_persona", "load_run"]

_MODULE_OF = {
    "Persona": "propersim.persona.model",
    "Simulation": "propersim.simulation.simulation",
    "Step": "propersim.core.records",
    "Store": "propersim.store.store",
    "StoredRun": "propersim.export.stored_run",
    "load_persona": "propersim.persona.library",
    "load_run": "propersim.export.stored_run",
}


def __getattr__(name: str) -> Any:
    """Import a public name at its first use; ``propersim --help`` needs none of them."""
    if name in _MODULE_OF:
        from importlib import import_module

        return getattr(import_module(_MODULE_OF[name]), name)
    raise AttributeError(f"module 'propersim' has no attribute {name!r}")
