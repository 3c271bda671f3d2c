"""The runs of a batch: which there are, and how each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from propersim.core.config import RunConfig
from propersim.core.errors import PersonaError, PropersimError
from propersim.core.records import DayFigures
from propersim.experiments.variants import config_hash, variant_config, variant_label
from propersim.persona.library import load_persona
from propersim.simulation.metrics import metrics
from propersim.world.home import load_home

JobState = Literal["waiting", "busy", "starting", "running", "training", "finished", "known", "failed", "stopped"]


@dataclass
class Job:
    """One run of a batch, as it stands.

    Attributes:
        config: its options, resolved.
        persona: the persona's id, or what was given where its file cannot be read.
        variant: see :func:`~propersim.experiments.variants.variant_label`.
        hash: by which it is known again; "" where the persona cannot be read.
        state: ``known`` is finished by an earlier batch; ``busy`` is in the hands of another process.
        run: id in the store; "" before it has one, and where only a CSV file knows it.
        days: complete so far.
        score: mean so far.
        f1: likewise.
        seconds: spent stepping and storing.
        error: why it failed.
        hint: what to do about it.
    """

    config: RunConfig
    persona: str
    variant: str
    hash: str = ""
    state: JobState = "waiting"
    run: str = ""
    days: int = 0
    score: float | None = None
    f1: float | None = None
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    attempts: int = 0
    busy_since: float | None = None
    look_again: float = 0.0

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self.config.seed

    @property
    def over(self) -> bool:
        """Whether nothing more is to be done for it."""
        return self.state in ("finished", "known", "failed", "stopped")

    def count(self, days: Sequence[DayFigures], wall_s: float) -> None:
        """Take over the figures of complete days."""
        found = metrics(days)
        self.days, self.score, self.f1, self.seconds = len(days), found["score"], found["f1"], wall_s

    def fail(self, error: PropersimError) -> None:
        """Note that it failed."""
        self.state, self.error, self.hint = "failed", error.message, error.hint or ""


def make_jobs(personas: Sequence[str], variants: Sequence[str], *, seeds: int, days: int, options: Sequence[str] = ()) -> list[Job]:
    """Return the runs of a batch: all personas and variants with seed 0, then with seed 1, and so on; what is the same comes once.

    A persona whose file is wrong makes its own runs fail, and no others.

    Raises:
        InputError: an option is wrong.
    """
    read: dict[str, tuple[str, str] | PersonaError] = {}
    worlds: dict[str | None, str] = {}
    for name in personas:
        try:
            persona = load_persona(name)
            read[name] = (persona.id, persona.model_dump_json())
        except PersonaError as error:
            read[name] = error
    jobs: list[Job] = []
    seen: set[str] = set()
    for seed in range(seeds):
        for name in personas:
            for variant in variants:
                config = variant_config(variant, persona=name, seed=seed, days=days, options=options)
                if config.world not in worlds:
                    worlds[config.world] = load_home(Path(config.world) if config.world else None).text
                known = read[name]
                if isinstance(known, PersonaError):
                    job = Job(config, name, variant_label(config))
                    job.fail(known)
                else:
                    job = Job(config, known[0], variant_label(config), config_hash(config, known[1], worlds[config.world]))
                if job.hash not in seen:
                    jobs.append(job)
                seen |= {job.hash} - {""}
    return jobs
