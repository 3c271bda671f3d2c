"""Simulate a day with the oracle, and print what was said and how it was rated."""

import propersim as ps
from propersim.core.clock import format_time


def main() -> None:
    """Print a line for each recommendation of the day."""
    persona = ps.load_persona("p01")
    simulation = ps.Simulation(persona, assistant="oracle", seed=0, days=1)
    for step in simulation:
        if step.spoke:
            print(f"{format_time(step.minute)}  {step.action.phrase}: {step.answer.text} (score {step.rating.score} of 4)")


if __name__ == "__main__":
    main()
