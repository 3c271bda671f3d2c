"""Write an assistant of your own, and compare its F1 with those of silent and oracle."""

from collections.abc import Sequence
from itertools import groupby

from propersim import Simulation, load_persona
from propersim.core.feedback import Feedback
from propersim.core.interfaces import SILENCE, Assistant, Observation, Response
from propersim.simulation.metrics import metrics
from propersim.simulation.simulation import figures_of

IDEAS = (
    "Perhaps, if you feel like it, a short walk around the garden could be nice.",
    "Kindly consider reading a few pages of your novel.",
    "I dare you, I double dare you to read a short comic strip in Italian, you cheeky monkey!",
)
GAP = 30.0  # minutes between two recommendations


class BestSoFar:
    """Says what was rated best so far, and avoids the half-hours in which it was unwelcome."""

    name = "best so far"

    def __init__(self) -> None:
        self.content = dict.fromkeys(IDEAS, 2)
        self.closed: set[float] = set()
        self.last = -GAP

    def respond(self, observation: Observation) -> Response:
        """Return the candidates for this step; None is silence."""
        if 0 <= observation.minute - self.last < GAP or observation.minute // 30 in self.closed:
            return SILENCE
        self.last = observation.minute
        return Response((max(IDEAS, key=self.content.__getitem__),))

    def observe(self, feedback: Feedback) -> None:
        """Learn from the rating of a recommendation."""
        shown = feedback.answer
        if shown.text is not None and shown.rating is not None:
            self.content[shown.text] = (shown.rating.preference or 0) + (shown.rating.communication or 0)  # None: left out
            if shown.rating.timing == 0:
                self.closed.add(feedback.minute // 30)

    def reveal(self, feedback: Sequence[Feedback]) -> None:
        """Ignore ratings that are revealed at night."""


def f1(assistant: str | Assistant, persona_id: str = "p11", days: int = 3) -> float | None:
    """Return the F1 of an assistant over some days of a persona."""
    persona = load_persona(persona_id)
    run = Simulation(persona, assistant, seed=0, days=days)
    by_day = groupby(run, lambda step: step.day)
    value = metrics([figures_of(steps, day, run.timestep, persona) for day, steps in by_day])["f1"]
    return None if value is None else float(value)


if __name__ == "__main__":
    for name, assistant in (("silent", "silent"), ("best so far", BestSoFar()), ("oracle", "oracle")):
        print(f"{name:12} F1 {f1(assistant):.2f}")
