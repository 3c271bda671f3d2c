"""Learn when to speak with a linear bandit (LinUCB), and compare it with an assistant that is silent and one that speaks at random."""

import sys
from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from propersim.gym import EVIDENCE_FIELDS

# Topics and tones are left out: the environment chooses the sentence.
COLUMNS = [number for number, name in enumerate(EVIDENCE_FIELDS) if not name.startswith(("topic_", "tone_"))]
Policy = Callable[[np.ndarray], int]
A_DAY = 8 / 390  # recommendations of the random assistant per step


def features(seen: dict[str, Any]) -> np.ndarray:
    """Return the features of a moment: the evidence, the clock, and a constant."""
    angle = 2 * np.pi * seen["minute"][0] / 1440
    return np.append(seen["evidence"][COLUMNS], [np.sin(angle), np.cos(angle), 1.0]).astype(float)


class LinUCB:
    """Speaks where the upper confidence bound of the reward for speaking is above 0, the reward of silence."""

    def __init__(self, width: float = 0.2) -> None:
        self.width, self.inverse, self.sums = width, np.eye(len(COLUMNS) + 3), np.zeros(len(COLUMNS) + 3)

    def __call__(self, x: np.ndarray) -> int:
        """Return 1 to speak, 0 to stay silent."""
        return int(x @ self.inverse @ self.sums + self.width * np.sqrt(x @ self.inverse @ x) > 0)

    def learn(self, x: np.ndarray, reward: float) -> None:
        """Add the reward of a recommendation (Sherman–Morrison)."""
        column = self.inverse @ x
        self.inverse -= np.outer(column, column) / (1 + x @ column)
        self.sums += reward * x


def days(policy: Policy, persona: str = "p01", count: int = 14, **options: Any) -> list[dict[str, Any]]:
    """Return the figures of each day, and of all of them at the end; a bandit learns from what it shows."""
    env = gymnasium.make("propersim/ProPer-v0", persona=persona, days=count, content="evidence", **options)
    (seen, _), figures, ended = env.reset(seed=0), [], False
    while not ended:
        action = policy(x := features(seen))
        seen, reward, ended, _, info = env.step(action)
        if action and isinstance(policy, LinUCB):
            policy.learn(x, float(reward))
        figures += [info["true"][part] for part in ("day", "episode") if part in info["true"]]
    return figures


if __name__ == "__main__":
    persona, rng = (sys.argv[1:] or ["p01"])[0], np.random.default_rng(0)
    policies: dict[str, Policy] = {"bandit": LinUCB(), "silent": lambda x: 0, "random": lambda x: int(rng.random() < A_DAY)}
    runs = [days(policy, persona, feedback="complete" if name == "bandit" else "shown") for name, policy in policies.items()]
    print("day", *(f"{name:>9} F1  unwelcome" for name in policies))
    for number, rows in enumerate(zip(*runs, strict=True), 1):
        print(f"{number if number <= 14 else 'all':>3}", *(f"{row['f1']:12.2f} {row['unwelcome']:10}" for row in rows))
