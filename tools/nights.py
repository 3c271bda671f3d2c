"""Do nights of a stored run over, taught otherwise, and look at the day after.

``python -m tools.nights RUNS.sqlite RUN 7 10 - rate=0.0006,batch=4 …`` compares teachings in minutes instead of runs. For each of them
(``-`` is the preset as it is) the nights of days 7 to 10 are trained again from the stored preference pairs, beginning with the stored
adapter of the night before the first. After each, the decisions of the next stored day are asked: false alarms and misses at the
threshold, and log loss; and suggestions are drawn at moments of that day at which the user was open: the share with a wanted topic and
the share in a wanted tone. The days stay those that were lived with the stored adapters, so that differences are hints, not results: only
whole runs tell. Nothing is stored.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec

from propersim.core.config import stored_config
from propersim.core.interfaces import threshold
from propersim.core.records import Night
from propersim.learning.night import Learner
from propersim.models.model import LoadedModel
from propersim.models.presets import Teaching, preset
from propersim.persona.model import Persona
from propersim.runs.factory import make_model
from propersim.store.adapter_files import adapter_file
from propersim.store.store import RunRow, Store
from propersim.user.judge import Judge

EVERY = 2
"""Of so many moments with content pairs, suggestions are drawn at one."""
DRAWN = 3
"""Suggestions a moment."""
SURE = 1e-4
"""No probability counts as surer than this: one mistake would outweigh a day."""


def changed(teaching: Teaching, text: str) -> Teaching:
    """Return a teaching with some values changed, such as ``rate=0.0006,batch=4``.

    Raises:
        msgspec.ValidationError: no such value, or it is of the wrong type.
    """
    values = {} if text == "-" else dict(part.partition("=")[::2] for part in text.split(","))
    return msgspec.convert({**msgspec.structs.asdict(teaching), **values}, Teaching, strict=False)


class Again:
    """A stored run whose nights are done over.

    Args:
        store: of the run.
        run: its row.

    Raises:
        SystemExit: it is no run of a model that learned in the scheme ``factored``.
    """

    def __init__(self, store: Store, run: RunRow) -> None:
        config = stored_config(run.config_json)
        self.nights = {night.day: night for night in store.nights(run) if night.adapter and not night.asked}
        if config is None or config.scheme == "paper" or not self.nights:
            raise SystemExit(f"run {run.id}: has no nights of the scheme factored to be done over")
        self.store, self.run, self.config = store, run, config
        self.persona = Persona.model_validate_json(run.persona_json)
        self.judge = Judge(self.persona)
        self.teaching = preset(config.model, scheme=config.scheme, pairs=config.pairs).teaching

    def tried(self, first: int, last: int, teaching: Teaching) -> Counter[str]:
        """Return counts over the days after the nights ``first`` to ``last``.

        Raises:
            SystemExit: there is no night of these days, or none before the first.
        """
        if any(day not in self.nights for day in range(max(1, first - 1), last + 1)) or first > last:
            raise SystemExit(f"run {self.run.id}: has nights of days {min(self.nights)} to {max(self.nights)}")
        model = make_model(self.config, self.persona, teaching)
        learner = Learner(model, teaching, learn=self.config.learn, scheme=self.config.scheme, seed=self.config.seed)
        if first > 1:
            model.load_adapter(adapter_file(self.store, self.run, self.nights[first - 1]))
        found: Counter[str] = Counter()
        for day in range(first, last + 1):
            night = self.nights[day]
            with tempfile.TemporaryDirectory() as folder:
                learner.train(
                    lambda kind, count, at=night.at: self.store.pairs(self.run, kind, at, count),
                    at=night.at,
                    day=day,
                    asked=False,
                    folder=Path(folder),
                    progress=lambda _: None,
                )
            self._look(model, night, found)
        return found

    def _look(self, model: LoadedModel, night: Night, found: Counter[str]) -> None:
        """Ask a taught model about the day after a night."""
        steps = {step.index: step for step in self.store.steps(self.run, night.at) if step.day == night.day + 1}
        end = max(steps, default=night.at) + 1
        decisions = [pair for pair in self.store.pairs(self.run, "decision", end, end) if pair.index in steps]
        passed = threshold(model.taught)
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
                    rating = self.judge.rate(text, step.action, step.minute, step.clocks, step.moment).rating
                    found.update(drawn=1, topic=rating.preference, tone=rating.communication)


def line(name: str, found: Counter[str], seconds: float) -> str:
    """Return what was found as a line."""
    asked = max(1, found["silence"] + found["speech"])
    drawn = max(1, found["drawn"])
    return (
        f"{name:40} false alarms {found['silence missed']}/{found['silence']}, misses {found['speech missed']}/{found['speech']}, "
        f"log loss {found['loss'] / asked:.4f}; topic {found['topic'] / drawn:.2f}, tone {found['tone'] / drawn:.2f} of {found['drawn']}; "
        f"{seconds:.0f} s"
    )


def main(arguments: list[str]) -> None:
    """Try each teaching, and print a line for it."""
    if len(arguments) < 5:
        raise SystemExit(__doc__)
    path, which, first, last = arguments[:4]
    with Store(Path(path), read_only=True) as store:
        again = Again(store, store.run(which))
        for text in arguments[4:]:
            began = time.monotonic()
            found = again.tried(int(first), int(last), changed(again.teaching, text))
            print(line(text, found, time.monotonic() - began), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
