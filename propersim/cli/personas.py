"""``propersim personas``: list, show, validate, import and create personas.

It also prints their JSON Schema.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from propersim.cli import completion
from propersim.cli import options as o
from propersim.cli.console import print_message
from propersim.core.errors import EXIT_INPUT, InputError, PersonaError
from propersim.core.text import counted, printable

if TYPE_CHECKING:
    from rich.table import Table

    from propersim.persona.model import Persona

WithLlm = Annotated[bool, typer.Option("--with-llm", help="Ask a language model as well: --user-model at --user-base-url.")]

app = typer.Typer(
    help="List, show, validate, import and create personas.", no_args_is_help=True, rich_markup_mode=None, suggest_commands=False
)


@o.command(app, "ls")
def list_personas(as_json: o.Json = False) -> None:
    """List the built-in personas."""
    from propersim.persona.library import load_persona, office_persona_ids, persona_ids

    personas = [load_persona(name) for name in (*persona_ids(), *office_persona_ids())]
    if as_json:
        print(json.dumps([_brief(persona) for persona in personas]))
        return
    from propersim.cli.tables import print_table

    rows = []
    for persona in personas:
        tones = ", ".join(persona.rubric.communication.tones)
        rows.append(
            (persona.id, persona.name, str(persona.age), persona.big_five.short, persona.rubric.frequency.band, tones, persona.occupation)
        )
    print_table(
        ("id", "name", "age", "traits", "per day", "tones", "occupation"),
        rows,
        numbers=("age", "per day"),
        wrap=("name", "tones", "occupation"),
    )


@o.command(app)
def show(
    which: Annotated[
        str, typer.Argument(help="Id, name, or path of a persona file.", metavar="ID|NAME|PATH", autocompletion=completion.personas)
    ],
    as_json: o.Json = False,
) -> None:
    """Show one persona, with the text and the rules of its rubric."""
    from propersim.persona.import_report import unsure_lines
    from propersim.persona.importing import import_persona
    from propersim.persona.library import persona_path

    imported = import_persona(persona_path(which))
    if as_json:
        print(json.dumps({**normalised(imported.persona), "unsure": imported.unsure}, ensure_ascii=False))
        return
    _print(imported.persona)
    for line in unsure_lines(imported.compiled):
        print_message(line)


@o.command(app)
def validate(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Ids or files; all built-in personas by default.", metavar="PATH…", autocompletion=completion.personas),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Check the files only; do not simulate a week with the control assistants.")
    ] = False,
) -> None:
    """Check persona files, and warn if a rubric cannot be learned."""
    from propersim.cli.importing import print_compiled, print_error
    from propersim.persona.library import load_persona, office_persona_ids, persona_ids
    from propersim.simulation.persona_check import rubric_warnings
    from propersim.simulation.unreachable import unreachable_rules

    bad = 0
    for which in paths or [*persona_ids(), *office_persona_ids()]:
        try:
            persona = load_persona(which)
            warnings = unreachable_rules(persona) if quick else rubric_warnings(persona)
        except PersonaError as error:
            bad += 1
            print_error(error)
            continue
        print_compiled(which, persona)
        for warning in warnings:
            print_message(f"warning: {which}: {warning}")
        print(printable(f"{which}: ok") + (f", {counted(len(warnings), 'warning')}" if warnings else ""))
    if bad:
        raise typer.Exit(EXIT_INPUT)


@o.command(app, "import", needs=o.WITH_LLM_NEEDS)
def import_personas(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Published personas (*.scratch.json), YAML, TOML, JSON, TinyTroupe agents, or character cards (JSON, PNG).",
            metavar="PATH…",
        ),
    ],
    rubric: Annotated[
        Path | None, typer.Option("--rubric", help="File with the four texts of the rubric, for files of other projects, which have none.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder to write to; by default that of your own personas.")] = None,
    force: o.Force = False,
    with_llm: WithLlm = False,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    max_cost: o.MaxCost = None,
    as_json: o.Json = False,
) -> None:
    """Import personas of other formats, and write them as YAML.

    Reports what was understood of their rubrics.

    Args:
        paths: the files to import.
        rubric: a file with the texts of the rubric, for files that have none.
        output: the folder to write to.
        force: whether to overwrite existing files.
        with_llm: whether to ask a language model about sentences that the rubric compiler cannot read, and to draft a rubric where
            a file has none.
        user_model: the model, as the endpoint calls it.
        user_base_url: the endpoint.
        user_price: its price, in dollars per million tokens in and out.
        max_cost: the most that the requests may cost, in dollars.
        as_json: whether to print the report as JSON.
    """
    from propersim.cli.importing import RubricSource, import_all
    from propersim.persona.library import user_personas_folder

    folder = output or user_personas_folder()
    texts = None
    if rubric is not None:
        from propersim.persona.foreign_import import read_rubric

        texts = read_rubric(rubric)
    if not with_llm:
        import_all(paths, folder, RubricSource(texts), force=force, as_json=as_json)
        return
    from propersim.cli.llm_session import open_llm_session
    from propersim.rubric.llm_reader import make_llm_reader

    with open_llm_session(user_model, user_base_url, user_price, max_cost) as model_client:
        source = RubricSource(texts, make_llm_reader(model_client), model_client)
        import_all(paths, folder, source, force=force, as_json=as_json)


@o.command(app, needs={**o.OUTPUT_NEEDS, **o.WITH_LLM_NEEDS})
def new(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")] = None,
    force: o.Force = False,
    describe: Annotated[str | None, typer.Option("--describe", help="With --with-llm: one line about the person.")] = None,
    with_llm: WithLlm = False,
    user_model: o.UserModel = "",
    user_base_url: o.UserBaseUrl = "",
    user_price: o.UserPrice = "",
    max_cost: o.MaxCost = None,
) -> None:
    """Print a template, or a persona that a language model writes.

    The model writes it from a line about the person.

    Args:
        output: the file to write instead of stdout.
        force: whether to overwrite an existing file.
        describe: one line about the person that the model writes.
        with_llm: whether to ask a language model; together with ``describe``.
        user_model: the model, as the endpoint calls it.
        user_base_url: the endpoint.
        user_price: its price, in dollars per million tokens in and out.
        max_cost: the most that the requests may cost, in dollars.
    """
    from propersim.cli.importing import generated_text, write_new
    from propersim.core.files import refuse_existing
    from propersim.persona.library import persona_template

    if (describe is not None) != with_llm:
        raise InputError("--describe and --with-llm must be given together", "give both, or neither for the template")
    refuse_existing(output, force)
    if describe is None:
        text = persona_template()
    else:
        from propersim.cli.llm_session import open_llm_session

        with open_llm_session(user_model, user_base_url, user_price, max_cost) as model_client:
            text = generated_text(describe, model_client, output)
    if output is None:
        sys.stdout.write(text)
    else:
        write_new(output, text, force, None)
        print(printable(str(output)))


@o.command(app, needs=o.OUTPUT_NEEDS)
def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to a file instead of stdout.")] = None,
    force: o.Force = False,
) -> None:
    """Print the JSON Schema of persona files, for use in an editor."""
    from propersim.core.files import refuse_existing, write_atomically
    from propersim.persona.json_schema import persona_schema

    refuse_existing(output, force)
    text = json.dumps(persona_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        sys.stdout.write(text)
    else:
        write_atomically(output, text)


def normalised(persona: Persona) -> dict[str, Any]:
    """Return a persona as ``show --json`` prints it.

    It has the attributes, and the rubric's rules apart from its texts.
    """
    data: dict[str, Any] = persona.model_dump(mode="json", exclude_none=True)
    rubric = data["rubric"]
    texts = {dimension: rules.pop("text") for dimension, rules in rubric.items()}
    for rate in (rubric["frequency"], *rubric["frequency"].get("on_days", ())):
        for bound in ("min_per_day", "max_per_day"):
            rate[bound] = int(rate[bound]) if float(rate[bound]).is_integer() else rate[bound]
    rubric["text"] = texts
    data["conditional"] = persona.conditional
    return data


def _brief(persona: Persona) -> dict[str, Any]:
    """Return a persona as ``ls --json`` prints it."""
    data = normalised(persona)
    return {
        **{key: data[key] for key in ("id", "name", "age", "occupation", "culture", "big_five", "conditional")},
        "world": persona.world,
        "frequency": data["rubric"]["frequency"],
        "tones": data["rubric"]["communication"]["tones"],
    }


_WIDTH = 100
"""Columns at which the texts of a persona are wrapped."""
_MAX_LINE = 4000
"""Characters of a text that are shown."""


def _print(persona: Persona) -> None:
    """Print a persona: attributes, then each dimension of the rubric as text and rules."""
    from rich.padding import Padding
    from rich.text import Text

    from propersim.cli.tables import print_rich
    from propersim.core.text import clean
    from propersim.world.setting import settings

    parts: list[Text | Padding] = []

    def line(text: str, indent: int, style: str = "") -> None:
        parts.append(Padding(Text(clean(text, limit=_MAX_LINE), style), (0, 0, 0, indent)))

    def section(title: str, *texts: str) -> None:
        parts.append(Text(f"\n{title}", "bold"))
        for text in texts:
            line(text, 2)

    line(f"{persona.id}  {persona.name}, {persona.age}, {persona.occupation}  [{persona.big_five.short}]", 0, "bold")
    line(f"{persona.household}; {persona.culture}", 2)
    section("Background", persona.background)
    section("Interests", *(f"- {one.text} ({', '.join(one.activities)})" for one in persona.interests))
    life = persona.lifestyle
    habits = (f"- {habit.at} {habit.text} ({habit.activity}, {habit.minutes} min)" for habit in life.habits)
    section(f"Lifestyle ({settings()[persona.world].day.hours} {life.wake} to {life.sleep})", life.text, *habits)
    plan = (f"- {one.text} ({one.activity}, {one.minutes} min, {one.at or ' to '.join(one.between or ())})" for one in persona.daily_plan)
    section("Every day", *plan)
    section("Goals", *(f"- {goal}" for goal in persona.goals))
    for dimension, rules in normalised(persona)["rubric"].items():
        if dimension != "text":
            section(f"Rubric: {dimension}", f"“{getattr(persona.rubric, dimension).text}”")
            parts.append(Padding(_rules_table(rules), (0, 0, 0, 4)))
    print_rich(*parts, width=_WIDTH)


def _rules_table(rules: dict[str, Any]) -> Table:
    """Return the rules of a dimension as a table, with each like and window in a row of its own."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for key, value in rules.items():
        values = value if isinstance(value, list) and value and isinstance(value[0], dict) else [value]
        for n, one in enumerate(values):
            table.add_row(key if n == 0 else "", Text(printable(json.dumps(one, ensure_ascii=False))))
    return table
