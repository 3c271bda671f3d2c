"""``propersim personas``: list, show, validate, import and begin personas; their JSON Schema."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from propersim.cli import options as o
from propersim.core.errors import EXIT_INPUT, InputError, PersonaError

if TYPE_CHECKING:
    from propersim.persona.model import Persona

WithLlm = Annotated[bool, typer.Option("--with-llm", help="Ask a language model besides: --user-model at --user-base-url.")]

app = typer.Typer(help="List, show, validate and import personas.", no_args_is_help=True, rich_markup_mode=None)


@app.command("ls")
def list_personas(as_json: o.Json = False) -> None:
    """List the personas that ship with propersim."""
    from propersim.persona.library import load_persona, persona_ids

    personas = [load_persona(name) for name in persona_ids()]
    if as_json:
        print(json.dumps([_brief(persona) for persona in personas]))
        return
    print(f"{'id':<5} {'name':<24} {'age':>3}  {'traits':<15} {'a day':>7}  {'tones':<24} occupation")
    for p in personas:
        rate = p.rubric.frequency
        band = f"{rate.min_per_day:g}–{rate.max_per_day:g}"
        tones = ", ".join(p.rubric.communication.tones)
        print(f"{p.id:<5} {p.name[:24]:<24} {p.age:>3}  {p.big_five.short:<15} {band:>7}  {tones[:24]:<24} {p.occupation}")


@app.command()
def show(
    which: Annotated[str, typer.Argument(help="Id or path.", metavar="ID|PATH")],
    as_json: o.Json = False,
) -> None:
    """Show one persona, its rubric's text beside its rules."""
    from propersim.persona.library import IMPORT_SUFFIXES, load_persona

    if Path(which).suffix.lower() in IMPORT_SUFFIXES:
        from propersim.persona.importing import import_persona

        imported = import_persona(Path(which))
        persona, unsure = imported.persona, imported.unsure
    else:
        persona, unsure = load_persona(which), []
    if as_json:
        print(json.dumps({**normalised(persona), "unsure": unsure}, ensure_ascii=False))
        return
    _print(persona)
    for item in unsure:
        print(f"unsure: {item['dimension']}: “{item['words']}”: {item['reason']}", file=sys.stderr)


@app.command()
def validate(
    paths: Annotated[list[str] | None, typer.Argument(help="Files or ids; all that ship where none is given.", metavar="PATH…")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Check the file only, do not live a week with the controls.")] = False,
) -> None:
    """Check persona files; warn where the rubric is one that controls can beat or nobody can please."""
    from propersim.persona.library import load_persona, persona_ids
    from propersim.simulation.persona_check import warnings_of

    bad = 0
    for which in paths or persona_ids():
        try:
            persona = load_persona(which)
            warnings = [] if quick else warnings_of(persona)
        except PersonaError as error:
            bad += 1
            print(f"error: {error.message}" + (f"\n  {error.hint}" if error.hint else ""), file=sys.stderr)
            continue
        for warning in warnings:
            print(f"warning: {which}: {warning}", file=sys.stderr)
        print(f"{which}: ok" + (f", {len(warnings)} warning(s)" if warnings else ""))
    if bad:
        raise typer.Exit(EXIT_INPUT)


@app.command("import")
def import_personas(
    paths: Annotated[list[Path], typer.Argument(help="Published personas (*.scratch.json), or YAML, TOML, JSON.", metavar="PATH…")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to; the folder of your own personas by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
    with_llm: WithLlm = False,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    max_cost: o.MaxCost = None,
    as_json: o.Json = False,
) -> None:
    """Read personas that others wrote; say what of their rubrics was understood, and write them as YAML."""
    from propersim.cli.importing import import_all
    from propersim.persona.library import user_personas_folder

    folder = output or user_personas_folder()
    if not with_llm:
        import_all(paths, folder, force=force, as_json=as_json, fallback=None)
        return
    from propersim.cli.asking import asking
    from propersim.rubric.llm_reader import make_llm_reader

    with asking(user_model, user_base_url, user_price, max_cost) as asker:
        import_all(paths, folder, force=force, as_json=as_json, fallback=make_llm_reader(asker))


@app.command()
def new(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file if it is there.")] = False,
    describe: Annotated[str | None, typer.Option("--describe", help="With --with-llm: who it is, in a line.")] = None,
    with_llm: WithLlm = False,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    max_cost: o.MaxCost = None,
) -> None:
    """Print a persona to begin with: valid as it is, every key explained; or one that a language model makes up."""
    from propersim.cli.importing import generated_text, write_new
    from propersim.persona.library import persona_template

    if (describe is not None) != with_llm:
        raise InputError("--describe and --with-llm: belong together", "give both, or none of them for the template")
    if output is not None and output.exists() and not force:
        raise PersonaError(f"{output}: is there already", "give --force to overwrite it, or another place with -o")
    if describe is None:
        text = persona_template()
    else:
        from propersim.cli.asking import asking

        with asking(user_model, user_base_url, user_price, max_cost) as asker:
            text = generated_text(describe, asker, output)
    if output is None:
        sys.stdout.write(text)
    else:
        write_new(output, text, force, None)
        print(output)


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")] = None,
) -> None:
    """Print the JSON Schema of persona files, for editors to complete and check them."""
    from propersim.persona.json_schema import persona_schema

    text = json.dumps(persona_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def normalised(persona: Persona) -> dict[str, Any]:
    """Return a persona as ``show --json`` prints it: attributes, and the rules apart from the rubric's texts."""
    found: dict[str, Any] = persona.model_dump(mode="json", exclude_none=True)
    rubric = found["rubric"]
    texts = {dimension: rules.pop("text") for dimension, rules in rubric.items()}
    for rate in ("min_per_day", "max_per_day"):
        value = rubric["frequency"][rate]
        rubric["frequency"][rate] = int(value) if float(value).is_integer() else value
    rubric["text"] = texts
    found["conditional"] = persona.conditional
    return found


def _brief(persona: Persona) -> dict[str, Any]:
    found = normalised(persona)
    return {
        **{key: found[key] for key in ("id", "name", "age", "occupation", "culture", "big_five", "conditional")},
        "frequency": found["rubric"]["frequency"],
        "tones": found["rubric"]["communication"]["tones"],
    }


_LONGEST = 4000


def _print(persona: Persona) -> None:
    import textwrap

    from propersim.core.text import clean

    def para(title: str, *texts: str) -> None:
        print(f"\n{title}")
        for text in texts:
            print(textwrap.fill(clean(text, limit=_LONGEST), 100, initial_indent="  ", subsequent_indent="  "))

    print(clean(f"{persona.id}  {persona.name}, {persona.age}, {persona.occupation}", limit=_LONGEST) + f"  [{persona.big_five.short}]")
    print(f"  {clean(f'{persona.household}; {persona.culture}', limit=_LONGEST)}")
    para("Background", persona.background)
    para("Interests", *(f"- {i.text} ({', '.join(i.activities)})" for i in persona.interests))
    life = persona.lifestyle
    para(
        f"Lifestyle (awake {life.wake} to {life.sleep})",
        life.text,
        *(f"- {h.at} {h.text} ({h.activity}, {h.minutes} min)" for h in life.habits),
    )
    para("Every day", *(f"- {r.text} ({r.activity}, {r.minutes} min, {r.at or ' to '.join(r.between or ())})" for r in persona.daily_plan))
    para("Goals", *(f"- {goal}" for goal in persona.goals))
    for dimension, rules in normalised(persona)["rubric"].items():
        if dimension != "text":
            para(f"Rubric: {dimension}", f"“{getattr(persona.rubric, dimension).text}”")
            for key, value in rules.items():
                print(f"    {key}: {json.dumps(value, ensure_ascii=False)}")
