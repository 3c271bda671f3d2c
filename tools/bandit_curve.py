"""Draw how the bandit of examples/bandit.py learns: ``python -m tools.bandit_curve docs/assets/bandit.svg [PERSONA]``.

The upper panel has the F1 of each day, the lower the unwelcome recommendations so far, of the bandit and of an assistant that speaks at
random.
"""

import sys
from itertools import accumulate

import matplotlib
import numpy as np

from examples.bandit import A_DAY, LinUCB, days


def main(path: str, persona: str = "p01") -> None:
    """Draw the curves into an SVG file; the same runs give the same file."""
    matplotlib.use("svg")
    from matplotlib import pyplot as plt

    matplotlib.rcParams["svg.hashsalt"] = "propersim"
    rng = np.random.default_rng(0)
    runs = {
        "bandit": days(LinUCB(), persona, feedback="complete"),
        "random": days(lambda x: int(rng.random() < A_DAY), persona, feedback="shown"),
    }
    figure, (above, below) = plt.subplots(2, 1, figsize=(6, 4.5), sharex=True, layout="constrained")
    for name, rows in runs.items():
        numbers = range(1, len(rows))
        above.plot(numbers, [row["f1"] for row in rows[:-1]], marker="o", label=name)
        below.plot(numbers, list(accumulate(row["unwelcome"] for row in rows[:-1])), marker="o")
    above.set_ylabel("F1 of the day")
    above.set_ylim(-0.05, 1.05)
    above.legend()
    below.set_ylabel("unwelcome so far")
    below.set_xlabel(f"day ({persona})")
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: python -m tools.bandit_curve FILE.svg [PERSONA]")
    main(*sys.argv[1:])
