"""``propersim judge``: stored steps rated again by another judge."""

from __future__ import annotations

import json
from typing import Annotated, Literal

import typer

from propersim.cli import options as o

MOST = {"offline": 0, "human": 20, "llm": 40}
"""Recommendations that each judge is asked about where no number is given; 0 is all."""


def judge(
    which: o.RunName,
    judge_: Annotated[
        Literal["offline", "human", "llm"], typer.Option("--with", help="Who rates again: the offline judge, you, or a language model.")
    ] = "offline",
    sample: Annotated[
        int | None,
        typer.Option("--sample", min=0, help="So many recommendations, drawn by --seed; 0 is all: what offline rates; you 20, llm 40."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the sample.")] = 0,
    silence: Annotated[bool, typer.Option("--silence", help="Rate silence again too.")] = False,
    show: Annotated[int, typer.Option("--show", min=0, help="Disagreements to list.")] = 10,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    rating_calls: Annotated[
        str,
        typer.Option(
            "--rating-calls", envvar="PROPERSIM_RATING_CALLS", help="How llm is asked: one, candidate, question; several: compared."
        ),
    ] = "one",
    max_cost: o.MaxCost = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="(llm) Only say how many calls, tokens and dollars it would take.")] = False,
    db: o.Db = o.DB,
    as_json: o.Json = False,
) -> None:
    """Rate stored steps again with another judge, and say how far the two agree."""
    from propersim.cli.judge_person import Person
    from propersim.cli.judge_table import apart, figures, print_agreement, print_apart
    from propersim.experiments.rerate import compare, offline, pick, rate_again
    from propersim.persona.model import Persona
    from propersim.runs.create import run_config
    from propersim.store.store import Store

    with Store(db, read_only=True) as store:
        row = store.run(which)
        persona = Persona.model_validate_json(row.persona_json)
        steps = list(store.steps(row))
    chosen = pick(steps, sample=MOST[judge_] if sample is None else sample, silence=silence, seed=seed)
    if judge_ == "llm":
        from propersim.cli.judge_llm import rate_by_model
        from propersim.experiments.rerate_llm import asked_as, ways_of_asking

        config = asked_as(run_config(row), model=user_model, base_url=user_base_url, price=user_price, max_cost=max_cost)
        there = len(pick(steps, silence=silence))
        if sample is None and len(chosen) < there:
            typer.echo(f"{len(chosen)} of {there} are rated, drawn by --seed; --sample 0 is all", err=True)
        ways = ways_of_asking(rating_calls)
        rate_by_model(row.id, persona, config, ways, steps, chosen, dry=dry_run, show=show, as_json=as_json)
        return
    cases = list(rate_again(chosen, offline(persona) if judge_ == "offline" else Person(persona, len(chosen)).rate))
    found = compare(cases)
    if as_json:
        told = {"run": row.id, "with": judge_, "rated": len(cases), "agreement": figures(found), "disagreements": apart(cases)}
        print(json.dumps(told))
        return
    print_agreement(found)
    print_apart(row.id, cases, show)
