"""``propersim judge``: rate stored steps again with another judge."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

import typer

from propersim.cli import completion
from propersim.cli import options as o

MOST = {"offline": 0, "human": 20, "llm": 40}
"""Default number of recommendations that each judge rates; 0 means all."""


def _by(judge: str) -> Callable[[Mapping[str, Any]], bool]:
    """Return whether a judge is asked for, from the values of all parameters."""
    return lambda values: (values["with_"] or values["judge_"]) == judge


_LLM = o.OptionNeed("--judge llm", _by("llm"))
NEEDS = {
    **dict.fromkeys(("user_model", "user_base_url", "user_price", "rating_calls", "max_cost", "dry_run"), _LLM),
    "as_": o.OptionNeed("--judge offline", _by("offline")),
}
"""Options that have an effect only beside another."""


def _judge_name(option: str) -> Callable[[str], str]:
    """Return a parser of the name of a judge, for an option."""
    return lambda value: o.one_of(option, value, MOST)


def judge(
    which: o.StepsRunName,
    judge_: Annotated[
        Literal["offline", "human", "llm"],
        typer.Option("--judge", parser=_judge_name("--judge"), help="The offline judge, you (human), or a language model."),
    ] = "offline",
    with_: Annotated[
        Literal["offline", "human", "llm"] | None,
        typer.Option("--with", parser=_judge_name("--with"), hidden=True, help="Name of --judge in earlier versions."),
    ] = None,
    as_: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="PERSONA",
            help="Id or file of a persona whose rubric rates, as if the run had been its own; also print the figures of the run by it.",
            autocompletion=completion.personas,
        ),
    ] = "",
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=0, help="Number of recommendations, drawn by --seed; 0: all. Default: offline 0, human 20, llm 40."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the sample.")] = 0,
    silence: Annotated[bool, typer.Option("--silence", help="Also rate steps without a recommendation.")] = False,
    show: Annotated[int, typer.Option("--show", min=0, help="Number of disagreements to list.")] = 10,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    rating_calls: Annotated[
        str,
        typer.Option(
            "--rating-calls",
            envvar="PROPERSIM_RATING_CALLS",
            help="Calls of the llm judge: one, candidate or question; several, separated by commas, are compared.",
        ),
    ] = "one",
    max_cost: o.MaxCost = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; call nothing.")] = False,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Rate stored steps again with another judge; print agreement.

    Args:
        which: run id, the beginning of one, or ``last``.
        judge_: ``offline``, ``human`` or ``llm``.
        with_: the same, under the name that the option had; wins where it is given.
        as_: id or file of a persona by whose rubric the offline judge rates; "" for the persona of the run.
        sample: number of recommendations to rate; 0 for all, None for the default of the judge.
        seed: random seed.
        silence: also rate steps without a recommendation.
        show: number of disagreements to list.
        user_model: model of the llm judge.
        user_base_url: endpoint of the llm judge.
        user_price: price of its model, ``IN,OUT`` in dollars per million tokens.
        rating_calls: ways of asking the llm judge, separated by commas.
        max_cost: most dollars that the calls may cost; None for no limit.
        dry_run: only estimate calls and cost.
        db: database of runs.
        as_json: print one JSON value.
    """
    from propersim.cli.judge_person import Person
    from propersim.cli.judge_table import apart, figures, print_agreement, print_apart, print_both
    from propersim.cli.last_run import find_run
    from propersim.experiments.agreement import KAPPA_FROM
    from propersim.experiments.rerate import compare, offline, pick, rate_again
    from propersim.experiments.rerate_llm import parse_rating_calls
    from propersim.experiments.rescore import both_figures, live_again, rated_as
    from propersim.persona.library import load_persona
    from propersim.runs.create import run_config, stored_persona
    from propersim.store.rows import has_steps
    from propersim.store.store import Store

    judge_ = with_ or judge_
    ways = parse_rating_calls(rating_calls)
    other = load_persona(as_) if as_ else None
    with Store(db, read_only=True) as store:
        row = find_run(store, which, has_steps)
        persona = stored_persona(row)
        steps = list(store.steps(row))
        lived = live_again(store, row, other) if other is not None else None
        days = store.day_figures(row)
    chosen = pick(steps, sample=MOST[judge_] if sample is None else sample, silence=silence, seed=seed)
    if judge_ == "llm":
        from propersim.cli.judge_llm import rate_by_model
        from propersim.experiments.rerate_llm import rating_options

        config = rating_options(run_config(row), model=user_model, base_url=user_base_url, price=user_price, max_cost=max_cost)
        count = len(pick(steps, silence=silence))
        if sample is None and len(chosen) < count:
            typer.echo(f"rating {len(chosen)} of {count}, drawn by --seed; --sample 0 rates all", err=True)
        rate_by_model(row.id, persona, config, ways, steps, chosen, dry=dry_run, show=show, as_json=as_json)
        return
    by_rules = offline(persona) if lived is None else rated_as(lived.steps)
    cases = list(rate_again(chosen, by_rules if judge_ == "offline" else Person(persona, len(chosen)).rate))
    agreement = compare(cases, kappa_from=KAPPA_FROM if judge_ == "human" else 0)
    both = both_figures(days, lived) if lived is not None else None
    if as_json:
        values = {"run": row.id, "with": judge_, "rated": len(cases), "agreement": figures(agreement), "disagreements": apart(cases)}
        if other is not None and both is not None:
            values |= {"as": other.id, "figures": {"run": both[0], "other": both[1]}}
        print(json.dumps(values))
        return
    print_agreement(agreement)
    if other is not None and both is not None:
        print_both(persona.id, other.id, both)
    if judge_ == "human" and len(cases) < KAPPA_FROM:
        print(f"kappa from {KAPPA_FROM} ratings on: {len(cases)} of {KAPPA_FROM} ratings")
    print_apart(row.id, cases, show)
