"""Rate stored steps with a language model, and print agreement and cost."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from typing import Any

from propersim.cli.call_tables import print_calls
from propersim.cli.console import Advance, progress
from propersim.cli.judge_table import apart, figures, print_agreement, print_apart
from propersim.cli.tables import print_table
from propersim.core.call_record import CallRecord
from propersim.core.config import RunConfig
from propersim.core.records import Step
from propersim.core.text import clean, counted
from propersim.experiments.rerate import Case, compare
from propersim.experiments.rerate_llm import ModelJudges, between
from propersim.llm_client import Estimate, Outage, Session
from propersim.persona.model import Persona
from propersim.runs.factory import call_record, calls_by_purpose, make_session, user_model_client
from propersim.runs.gates import RunStopped

AGAIN = "the same command continues from there; answers so far are stored and cost nothing again"


class _Progress:
    """Progress of rating with a model: the number of steps, calls and dollars.

    Also collects the calls, each with the step that it was made for.
    """

    def __init__(self, session: Session, advance: Advance) -> None:
        self._session, self._advance, self.done = session, advance, 0
        self.calls: list[CallRecord] = []

    def __call__(self, step: Step, done: int) -> None:
        self.done = done
        self.take(step.index, step.day)
        totals = self._session.totals
        self._advance(done, f"{counted(totals.calls, 'call')}, ${totals.cost:.2f}")

    def take(self, index: int, day: int) -> None:
        self.calls += [call_record(call, index, day) for call in self._session.take()]


def rate_by_model(
    run_id: str,
    persona: Persona,
    config: RunConfig,
    ways: Sequence[str],
    steps: Sequence[Step],
    chosen: Sequence[tuple[Step, int]],
    *,
    dry: bool,
    show: int,
    as_json: bool,
) -> None:
    """Rate stored steps with a model, and print its agreement with the run.

    Also prints the agreement between its ways of asking.

    Args:
        run_id: id of the run.
        persona: persona of the run.
        config: options with the model; from :func:`propersim.experiments.rerate_llm.rating_options`.
        ways: ways of asking: ``one``, ``candidate`` or ``question``.
        steps: all steps of the run.
        chosen: steps and candidates to rate.
        dry: only print an estimate of calls and cost.
        show: number of disagreements to list.
        as_json: print one JSON value.

    Raises:
        Outage: the endpoint cannot answer now.
        RunStopped: the user interrupted it.
    """
    with make_session(config) as session:
        judges = ModelJudges(persona, user_model_client(config, session), ways, steps, chosen, config.timestep)
        if dry:
            _print_estimates(run_id, judges.estimates(), as_json)
            return
        with progress(config.user_model, judges.moments, "steps") as advance:
            counter = _Progress(session, advance)
            try:
                cases = judges.rate(counter)
            except (Outage, KeyboardInterrupt) as error:
                spent = f"{counter.done} of {counted(judges.moments, 'step')} are rated"
                spent += f", {counted(session.totals.calls, 'call')}, ${session.totals.cost:.4f}"
                if isinstance(error, KeyboardInterrupt):
                    raise RunStopped(f"interrupted; {spent}", AGAIN) from error
                print(f"stopped by an outage; {spent}", file=sys.stderr)
                error.hint = f"{error.hint}; {AGAIN}" if error.hint else AGAIN
                raise
    calls = calls_by_purpose(counter.calls)
    if as_json:
        print(json.dumps(_plain(run_id, config, cases, calls)))
        return
    for way, rated in cases.items():
        print(f"{clean(config.user_model)}, asked by {way}, and the run")
        print_agreement(compare(rated))
        print()
    for one, other in itertools.combinations(cases, 2):
        print(f"asked by {one} and by {other}")
        print_agreement(between(cases[one], cases[other]), (one, other))
        print()
    print_calls(calls)
    print_apart(run_id, next(iter(cases.values())), show)


def _plain(run_id: str, config: RunConfig, cases: dict[str, list[Case]], calls: list[dict[str, Any]]) -> dict[str, Any]:
    first = next(iter(cases.values()))
    return {
        "run": run_id,
        "with": "llm",
        "model": config.user_model,
        "rated": len(first),
        "agreement": figures(compare(first)),
        "disagreements": apart(first),
        "ways": {way: {"agreement": figures(compare(rated)), "disagreements": apart(rated)} for way, rated in cases.items()},
        "between": [
            {"ways": [one, other], "agreement": figures(between(cases[one], cases[other]))}
            for one, other in itertools.combinations(cases, 2)
        ],
        "calls": calls,
    }


def _print_estimates(run_id: str, estimates: dict[str, Estimate], as_json: bool) -> None:
    names = ("calls", "cached", "tokens_in", "tokens_out", "cost")
    if as_json:
        values = {way: {name: getattr(one, name) for name in names} for way, one in estimates.items()}
        print(json.dumps({"run": run_id, "with": "llm", "dry_run": True, "estimates": values}))
        return
    rows = []
    for way, one in estimates.items():
        cost = "unknown" if one.cost is None else f"${one.cost:.4f}"
        rows.append([way, str(one.calls), str(one.cached), str(one.tokens_in), str(one.tokens_out), cost])
    heads = ("calls", "cached", "tokens in", "tokens out", "cost")
    print_table(("at most", *heads), rows, numbers=heads)
