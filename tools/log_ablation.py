"""Compare a starter with and without the day's log in its prompts: ``python -m tools.log_ablation MODEL``.

Both starters are trained on the same moments of the same simulated users, from the same seed, and decide at the same moments of others.
The command can be ended: repeated, it goes on where it was, and a training that is complete is not repeated.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path
from typing import Any, Final

MOMENTS: Final = 1600
KINDS: Final = ("without", "with")


def measured(which: Path, kind: str, args: argparse.Namespace) -> dict[str, Any]:
    """Train and check one of the two starters; return its figures.

    Args:
        which: the model.
        kind: ``without`` or ``with`` the log.
        args: options of the command line.
    """
    import torch

    from propersim.models.model import LoadedModel
    from propersim.pretraining.starter import fit, moments, train_starter

    name = f"{which.stem}-{args.moments}-{args.seed}-{kind}"
    done, kept, spent = (args.out / f"{name}.{suffix}" for suffix in ("json", "part", "seconds"))
    if done.is_file():
        found: dict[str, Any] = json.loads(done.read_text(encoding="utf-8"))
        return found
    model = LoadedModel(str(which), evidence=True, starter="none")
    codec = model.codec
    torch.set_num_threads(args.threads)
    before = json.loads(spent.read_text(encoding="utf-8")) if spent.is_file() and kept.is_file() else [0.0, 0.0]
    began, cpu = time.monotonic(), time.process_time()

    def seconds() -> list[float]:
        """Return the seconds so far: by the clock, and of the processor."""
        return [before[0] + time.monotonic() - began, before[1] + time.process_time() - cpu]

    def report(step: int, steps: int, losses: dict[str, float]) -> None:
        spent.write_text(json.dumps(seconds()), encoding="utf-8")
        print(f"{kind} log: step {step} of {steps}, decision {losses['decision']:.3f}, {seconds()[0]:.0f} s", flush=True)

    day_log = kind == "with"
    train_starter(model, seed=args.seed, count=args.moments, day_log=day_log, checkpoint=kept, progress=report)
    trained = seconds()
    held = moments(args.held_out, args.seed, "held-out", day_log=day_log)
    figures = fit(model, held, lambda checked, total: print(f"{kind} log: checked {checked} of {total}", flush=True))
    tokens = statistics.mean(len(codec.prompt(one.state)) for one in held)
    row = {**figures._asdict(), "tokens": tokens, "seconds": trained[0], "processor_seconds": trained[1], "threads": args.threads}
    done.write_text(json.dumps(row), encoding="utf-8")
    kept.unlink()
    return row


def main() -> None:
    """Train both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path, default=Path("log_ablation"), help="folder of checkpoints and figures")
    parser.add_argument("--moments", type=int, default=MOMENTS)
    parser.add_argument("--held-out", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", choices=KINDS, help="one of the two")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = {kind: measured(args.model, kind, args) for kind in KINDS if args.only in (None, kind)}
    if args.json:
        print(json.dumps(rows))
        return
    print("log      decision   least  agreement  Spearman  tokens  seconds")
    for kind, row in rows.items():
        figures = f"{row['decision']:8.4f} {row['least']:7.4f} {row['agreement']:10.4f} {row['correlation']:9.4f}"
        print(f"{kind:8} {figures} {row['tokens']:7.0f} {row['seconds']:8.0f}")


if __name__ == "__main__":
    main()
