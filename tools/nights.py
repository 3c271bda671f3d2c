"""Train nights of a stored run again with other values, and evaluate the day after each.

``python -m tools.nights RUNS.sqlite RUN 7 10 none - rate=0.0006,batch=4 …`` compares training values in minutes
instead of whole runs. For each set of values (``-`` is the run's values unchanged, ``none`` trains nothing) the nights of days 7 to 10 are
trained again from the stored preference pairs, also those for which the run had too few mistakes, starting from the newest adapter before
them. After each night the adapter decides at the moments of the next stored day (unwelcome ones and misses at the threshold, log loss), and
draws suggestions at receptive moments of that day (share with a liked topic, share in a welcome tone). The days remain those simulated with
the stored adapters, so differences are hints; confirm them with whole runs. Nothing is stored.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

import msgspec

from propersim.core.config import stored_config
from propersim.core.records import Night, Pair
from propersim.learning.held_out import DAYS
from propersim.learning.night import Learner
from propersim.models.model import LoadedModel
from propersim.models.presets import Teaching, preset
from propersim.persona.drift import persona_from_json
from propersim.runs.factory import make_model, revealed_persona
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store
from propersim.user.judge import OfflineJudge

Counts = defaultdict[str, float]

EVERY = 2
"""Suggestions are drawn at one of this many moments with content pairs."""
DRAWN = 3
"""Suggestions drawn at each of these moments."""
SURE = 1e-4
"""Smallest probability in the log loss, so that one mistake does not outweigh a day."""


def changed(teaching: Teaching, text: str) -> Teaching:
    """Return training values with some changed, such as ``rate=0.0006,batch=4``.

    Raises:
        msgspec.ValidationError: no such value, or it is of the wrong type.
    """
    values = {} if text == "-" else dict(part.partition("=")[::2] for part in text.split(","))
    return msgspec.convert({**msgspec.structs.asdict(teaching), **values}, Teaching, strict=False)


class Again:
    """A stored run whose nights are trained again.

    Args:
        store: the store of the run.
        run: the row of the run.

    Raises:
        SystemExit: the run has no nights of the scheme ``factored``.
    """

    def __init__(self, store: Store, run: RunRow) -> None:
        config = stored_config(run.config_json)
        self.nights = {night.day: night for night in store.nights(run) if not night.asked}
        if config is None or config.scheme == "paper" or not self.nights:
            raise SystemExit(f"run {run.id}: has no nights of the scheme factored")
        self.store, self.run, self.config = store, run, config
        self.persona = persona_from_json(run.persona_json)
        self.judge = OfflineJudge(self.persona)
        self.preset = preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching

    def tried(self, first: int, last: int, values: str) -> Counts:
        """Train the nights ``first`` to ``last`` again, and return counts over the days after them.

        Args:
            first: day of the first night.
            last: day of the last one.
            values: training values that are changed, see :func:`changed`; ``none`` trains nothing.

        Raises:
            SystemExit: one of these days has no night.
        """
        if any(day not in self.nights for day in range(first, last + 1)) or first > last:
            raise SystemExit(f"run {self.run.id}: has nights of days {min(self.nights)} to {max(self.nights)}")
        model = make_model(self.config, revealed_persona(self.config, self.persona), self.preset)
        if model.model is not None and values != "none":
            # A starter has training values of its own, which are known once it is loaded.
            model.teaching = changed(model.teaching, values)
        learner = Learner(model, model.teaching, learn=self.config.learn, scheme=self.config.scheme, seed=self.config.seed)
        before = [night for day, night in self.nights.items() if night.used and day < first]
        if before:
            model.load_adapter(adapter_file(self.store, self.run, before[-1]), before[-1].threshold)
        days = self.store.day_heads(self.run)
        found: Counts = defaultdict(float)
        for day in range(first, last + 1):
            night = self.nights[day]
            if values == "none":
                self._look(model, night, found)
                continue
            with tempfile.TemporaryDirectory() as folder:
                trained, _ = learner.train(
                    partial(self._pairs, night.at),
                    at=night.at,
                    day=day,
                    asked=False,
                    recent=days[max(0, day - DAYS)].first,
                    folder=Path(folder),
                    progress=lambda _: None,
                )
            found["nights"] += 1
            found["used"] += trained.loaded and bool(trained.adapter)
            self._look(model, night, found)
        return found

    def _pairs(self, at: int, kind: str, count: int) -> list[Pair]:
        return self.store.pairs(self.run, kind, at, count)

    def _look(self, model: LoadedModel, night: Night, found: Counts) -> None:
        """Evaluate a trained model on the day after a night, and add to the counts."""
        steps = {step.index: step for step in self.store.steps(self.run, night.at) if step.day == night.day + 1}
        end = max(steps, default=night.at) + 1
        decisions = [pair for pair in self.store.pairs(self.run, "decision", end, end) if pair.index in steps]
        passed = model.threshold
        for pair, chance in zip(decisions, model.chances([pair.prompt for pair in decisions]), strict=True):
            kind = "silence" if pair.chosen is None else "speech"
            right = chance if kind == "speech" else 1 - chance
            found[kind] += 1
            found[f"{kind} missed"] += (chance > passed) == (kind == "silence")
            found["loss"] -= math.log(max(SURE, right))
        moments = {pair.index: pair.prompt for pair in self.store.pairs(self.run, "content", end, end) if pair.index in steps}
        for index, prompt in list(moments.items())[::EVERY]:
            step = steps[index]
            if not step.moment.receptive:
                continue
            for text in model.say(model.decide(prompt), [DRAWN * index + number for number in range(DRAWN)]):
                if text is not None:
                    rating = self.judge.rate(text, step.action, step.day, step.minute, step.clocks, step.moment).rating
                    found["drawn"] += 1
                    found["topic"] += rating.preference or 0
                    found["tone"] += rating.communication or 0


def line(name: str, found: Counts, seconds: float) -> str:
    """Return the counts of one set of values as a line."""
    asked = max(1, found["silence"] + found["speech"])
    drawn = max(1, found["drawn"])
    return (
        f"{name:40} unwelcome {found['silence missed']:.0f}/{found['silence']:.0f}, "
        f"misses {found['speech missed']:.0f}/{found['speech']:.0f}, "
        f"log loss {found['loss'] / asked:.4f}; "
        f"topic {found['topic'] / drawn:.2f}, tone {found['tone'] / drawn:.2f} of {found['drawn']:.0f}; "
        f"{found['used']:.0f} of {found['nights']:.0f} nights used; "
        f"{seconds:.0f} s"
    )


def main(arguments: list[str]) -> None:
    """Try each set of training values, and print a line for it."""
    if len(arguments) < 5:
        raise SystemExit(__doc__)
    path, which, first, last = arguments[:4]
    with Store(Path(path), read_only=True) as store:
        again = Again(store, store.run(which))
        for text in arguments[4:]:
            began = time.monotonic()
            found = again.tried(int(first), int(last), text)
            print(line(text, found, time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
