"""A language model as a judge of stored steps: asks it, with progress, and prints what it says and what that took."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Sequence
from typing import Any

from propersim.cli.bill import print_calls
from propersim.cli.judge_table import apart, figures, print_agreement, print_apart
from propersim.core.config import RunConfig
from propersim.core.records import Spent, Step
from propersim.experiments.rerate import Case, compare
from propersim.experiments.rerate_llm import ModelJudges, between
from propersim.llm_client import Desk, Estimate, Outage
from propersim.persona.model import Persona
from propersim.runs.factory import call_record, calls_by_purpose, make_session, user_asker
from propersim.runs.gates import Stopped

AGAIN = "the same command goes on from there: what was answered is kept, and costs nothing again"


class _Progress:
    """Counts moments, calls and dollars on stderr, and keeps the calls with the step that they were made for."""

    def __init__(self, session: Desk, moments: int) -> None:
        from tqdm import tqdm

        self._session, self.done = session, 0
        self.calls: list[Spent] = []
        self._bar = tqdm(total=moments, unit="moment", file=sys.stderr, mininterval=0.2, disable=not sys.stderr.isatty(), leave=False)

    def __call__(self, step: Step, done: int) -> None:
        self.done = done
        self.take(step.index, step.day)
        totals = self._session.totals
        self._bar.set_postfix_str(f"{totals.calls} calls, ${totals.cost:.2f}", refresh=False)
        self._bar.update(1)

    def take(self, index: int, day: int) -> None:
        self.calls += [call_record(call, index, day) for call in self._session.take()]

    def close(self) -> None:
        self._bar.close()


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
    """Ask a model about stored steps, and print how far it agrees with the run, and its ways of asking with each other.

    Args:
        run_id: of the run.
        persona: of the run.
        config: says which model; from :func:`propersim.experiments.rerate_llm.asked_as`.
        ways: of asking.
        steps: of the run.
        chosen: what is rated again.
        dry: only say what it would take.
        show: disagreements to list.
        as_json: print one JSON object instead.

    Raises:
        Outage: it cannot be had now.
        Stopped: interrupted by the user.
    """
    with make_session(config) as session:
        judges = ModelJudges(persona, user_asker(config, session), ways, steps, chosen, config.timestep)
        if dry:
            _print_estimates(run_id, judges.estimates(), as_json)
            return
        progress = _Progress(session, judges.moments)
        try:
            cases = judges.rate(progress)
        except (Outage, KeyboardInterrupt) as error:
            spent = f"{progress.done} of {judges.moments} moments are rated, {session.totals.calls} calls, ${session.totals.cost:.4f}"
            if isinstance(error, KeyboardInterrupt):
                raise Stopped(f"interrupted; {spent}", AGAIN) from error
            print(f"stopped by an outage; {spent}", file=sys.stderr)
            error.hint = f"{error.hint}; {AGAIN}" if error.hint else AGAIN
            raise
        finally:
            progress.close()
    calls = calls_by_purpose(progress.calls)
    if as_json:
        print(json.dumps(_plain(run_id, config, cases, calls)))
        return
    for way, mine in cases.items():
        print(f"{config.user_model}, {way}, beside the run")
        print_agreement(compare(mine))
        print()
    for one, other in itertools.combinations(cases, 2):
        print(f"{one} beside {other}")
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
        "ways": {way: {"agreement": figures(compare(mine)), "disagreements": apart(mine)} for way, mine in cases.items()},
        "between": [
            {"ways": [one, other], "agreement": figures(between(cases[one], cases[other]))}
            for one, other in itertools.combinations(cases, 2)
        ],
        "calls": calls,
    }


def _print_estimates(run_id: str, found: dict[str, Estimate], as_json: bool) -> None:
    names = ("calls", "cached", "tokens_in", "tokens_out", "cost")
    if as_json:
        told = {way: {name: getattr(one, name) for name in names} for way, one in found.items()}
        print(json.dumps({"run": run_id, "with": "llm", "dry_run": True, "estimates": told}))
        return
    print(f"{'at most':12} {'calls':>8} {'stored':>8} {'tokens in':>12} {'tokens out':>12} {'cost':>10}")
    for way, one in found.items():
        cost = "unknown" if one.cost is None else f"${one.cost:.4f}"
        print(f"{way:12} {one.calls:>8} {one.cached:>8} {one.tokens_in:>12} {one.tokens_out:>12} {cost:>10}")
