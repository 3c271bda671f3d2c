"""Jobs of a batch: the runs to make, and the state of each."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from propersim.core.config import NEEDS, RunConfig
from propersim.core.errors import InputError, PropersimError
from propersim.core.records import DayFigures
from propersim.core.text import clean, counted
from propersim.experiments.sweep import Sweep
from propersim.experiments.variants import check_options, config_hash, shared_label, variant_config
from propersim.persona.drift import load_run_persona
from propersim.persona.library import load_persona
from propersim.persona.model import Persona
from propersim.simulation.metrics import POOLED, metrics
from propersim.world.floor_plan import choose_world

JobState = Literal["waiting", "busy", "starting", "running", "training", "finished", "known", "failed", "stopped"]


@dataclass
class Job:
    """One run of a batch, and its state.

    Attributes:
        config: resolved options of the run.
        persona: the persona's id, or the given path where its file cannot be read.
        variant: label of the variant (:func:`~propersim.experiments.variants.variant_label`).
        hash: hash of the run (:func:`~propersim.experiments.variants.config_hash`); "" where the persona cannot be read.
        persona_json: the persona, with the change of its rubric if there is one.
        world_text: the floor plan.
        state: state of the job; ``known`` was finished by an earlier batch, ``busy`` is run by another process.
        run: id in the store; "" before the run is there, and where only a CSV file has it.
        days: complete days.
        score: mean score of all complete days.
        f1: F1 of all complete days, pooled.
        unwelcome: unwelcome recommendations of all complete days.
        f1_last_3_days: F1 of the last three complete days, pooled; None before there are three.
        seconds: spent stepping and storing.
        error: message of the error that it failed with.
        hint: remedy for that error.
        code: exit code of that error; 0 where it did not fail.
        attempts: times that a worker was started.
        busy_since: time (monotonic seconds) at which it was first found busy.
        look_again: time (monotonic seconds) before which it is not tried again.
    """

    config: RunConfig
    persona: str
    variant: str
    hash: str = ""
    persona_json: str = ""
    world_text: str = ""
    state: JobState = "waiting"
    run: str = ""
    days: int = 0
    score: float | None = None
    f1: float | None = None
    unwelcome: int | None = None
    f1_last_3_days: float | None = None
    seconds: float = 0.0
    error: str = ""
    hint: str = ""
    code: int = 0
    attempts: int = 0
    busy_since: float | None = None
    look_again: float = 0.0

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.config.seed

    @property
    def over(self) -> bool:
        """Whether the job needs no more work."""
        return self.state in ("finished", "known", "failed", "stopped")

    def is_due(self, now: float) -> bool:
        """Return whether the job can be started now.

        Args:
            now: the time, of the monotonic clock.
        """
        return self.state in ("waiting", "busy") and self.look_again <= now

    def count(self, days: Sequence[DayFigures], wall_s: float) -> None:
        """Set the figures of the complete days, and the seconds that they took."""
        figures = metrics(days)
        self.days, self.score, self.f1, self.seconds = len(days), figures["score"], figures["f1"], wall_s
        self.unwelcome = figures["unwelcome"] if days else None
        self.f1_last_3_days = metrics(days[-POOLED:])["f1"] if len(days) >= POOLED else None

    def fail(self, error: PropersimError) -> None:
        """Mark the job as failed."""
        self.state, self.error, self.hint, self.code = "failed", error.message, error.hint or "", error.exit_code


def make_jobs(sweep: Sweep, *, loaded_as: dict[str, Persona] | None = None) -> list[Job]:
    """Return the jobs of a batch by seed, without duplicates.

    All personas and variants come with the first seed, then with the second, and so on.

    A persona file with an error makes only its own jobs fail.

    Args:
        sweep: what to run.
        loaded_as: receives each persona that could be loaded, under the id or path that was given.

    Raises:
        InputError: an option is invalid, or a variant's rubric changes on a day that no run reaches.
    """
    loaded: dict[tuple[str, int, str, int, str], tuple[str, str, str] | InputError] = {}
    worlds: dict[tuple[str | None, str], str] = {}
    if loaded_as is not None:
        for name in sweep.personas:
            # A file with an error makes its jobs fail, below.
            with contextlib.suppress(PropersimError):
                loaded_as[name] = load_persona(name)
    jobs: list[Job] = []
    configs: dict[str, RunConfig] = {}
    seen: set[str] = set()
    for seed in sweep.seeds:
        for name in sweep.personas:
            for variant in sweep.variants:
                if variant not in configs:
                    # Checked once: only persona and seed differ, and checking looks up plug-ins.
                    configs[variant] = variant_config(
                        variant, persona=name, seed=seed, days=sweep.days, options=sweep.options, known=sweep.known
                    )
                    _check_drift(variant, configs[variant])
                config = msgspec.structs.replace(configs[variant], persona=name, seed=seed)
                which = name, config.drift, config.drift_to, config.move, config.move_to
                if which not in loaded:
                    loaded[which] = _loaded(*which)
                entry = loaded[which]
                if isinstance(entry, InputError):
                    job = Job(config, name, shared_label(config))
                    job.fail(entry)
                else:
                    where = config.world, entry[2]
                    if where not in worlds:
                        worlds[where] = choose_world(*where).text
                    world = worlds[where]
                    job = Job(config, entry[0], shared_label(config), config_hash(config, entry[1], world), entry[1], world)
                if job.hash not in seen:
                    jobs.append(job)
                seen |= {job.hash} - {""}
    check_options(sweep.options, list(configs.values()))
    check_options(sweep.everywhere, list(configs.values()), "[set]")
    return jobs


def _check_drift(variant: str, config: RunConfig) -> None:
    """Refuse a change of the rubric, or a move, on a day that the runs do not reach.

    The runs would be the same without it.

    Args:
        variant: name of the variant.
        config: its options.
    """
    for name, day in (("drift", config.drift), ("move", config.move)):
        if not NEEDS[name].met(config):
            raise InputError(
                f"variant {clean(variant, 120)!r}: {name}={day} has no effect in runs of {counted(config.days, 'day')}",
                f"make runs of at least {day} days, or leave the variant out",
            )


def _loaded(which: str, drift: int, drift_to: str, move: int, move_to: str) -> tuple[str, str, str] | InputError:
    """Return the id, JSON and setting of the persona of a run, or why it cannot be loaded.

    See :func:`load_run_persona` for the arguments.
    """
    try:
        persona = load_run_persona(which, drift, drift_to, move, move_to)
    except InputError as error:
        return error
    return persona.id, persona.model_dump_json(), persona.world
