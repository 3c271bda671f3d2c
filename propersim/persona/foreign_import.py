"""Convert personas of other projects, which have no rubric, as far as they go.

A person is put into the words of the published format, whose converter finds hours, habits and activities in them
(:mod:`propersim.persona.published_format`). Values that the file does not state are listed as assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from propersim.core.errors import PersonaError
from propersim.core.records import DIMENSIONS
from propersim.core.text import clean
from propersim.persona.documents import Document, read_document
from propersim.persona.foreign_formats import UNFILLED, Foreign, recognise, unfilled
from propersim.persona.foreign_people import Person, of_agent, of_card, of_scratch
from propersim.persona.import_report import incomplete_lines
from propersim.persona.importing import ImportedPersona, import_with_rubric, waking_hours
from propersim.persona.model import TRAITS, Persona
from propersim.persona.parsing import check_mapping, validation_problems
from propersim.persona.published_format import CRITERIA, Draft, convert_published, id_from_filename
from propersim.rubric import FallbackReader

_ASSUMED_TRAITS = {"openness": "high", "conscientiousness": "high", "extraversion": "low", "agreeableness": "high", "neuroticism": "low"}
"""Levels of traits that a file does not state: those of the template."""
_ASSUMED_AGE = 40
_AGES = (16, 110)
_TO_WRITE = {
    "preference": "which recommendations are welcome and during what, such as 'I like book recommendations when I read'",
    "timing": "when they may come, such as 'between 8:00 and 10:00, or while I have a coffee; never while I work'",
    "frequency": "how many, such as 'four to six a day'",
    "communication": "in which tone and what is off limits, such as 'be warm or direct; I do not talk about money'",
}
_PLACEHOLDER = {
    "preference": {"text": "-", "likes": [{"topics": ["reading"]}]},
    "timing": {"text": "-", "windows": [{"start": "00:00", "end": "24:00"}]},
    "frequency": {"text": "-", "min_per_day": 1, "max_per_day": 2},
    "communication": {"text": "-", "tones": ["warm"]},
}
"""A valid rubric with which a person is validated before its own is written."""


@dataclass(frozen=True)
class ForeignPersona:
    """A person of another project's file, without a rubric.

    Attributes:
        path: the file.
        format: the name of its format, with the article.
        draft: the attributes as in a persona file, and what was assumed; without texts.
    """

    path: Path
    format: str
    draft: Draft

    @property
    def id(self) -> str:
        """The id of the persona, from the name of the file."""
        return str(self.draft.data["id"])

    @property
    def persona(self) -> None:
        """None: there is no persona without a rubric."""
        return None

    @property
    def source(self) -> str:
        """The file that the person comes from."""
        return str(self.path)

    @property
    def assumed(self) -> tuple[str, ...]:
        """One ``field: value; reason`` for each value that the file does not state."""
        return tuple(self.draft.assumed)

    @property
    def head(self) -> str:
        """The comment at the top of the written file: where it comes from, and what was assumed."""
        lines = [f"Imported from {clean(self.path.name, limit=80)}, {self.format}."]
        if self.draft.assumed:
            lines += ["Assumed, because the file does not state it:", *(f"  {line}" for line in self.draft.assumed)]
        return "".join(f"# {line}\n" for line in lines)

    @property
    def yaml(self) -> str:
        """The person as a persona file whose rubric has four texts to write."""
        rubric = {name: f"{UNFILLED}: {what}" for name, what in _TO_WRITE.items()}
        note = (
            "# NOT COMPLETE: write the four texts of the rubric at the end, in the person's own words.\n"
            "# Then check the file with `propersim personas validate FILE`, which also compiles the rules of the rubric.\n"
        )
        text = yaml.safe_dump({**self.draft.data, "rubric": rubric}, sort_keys=False, allow_unicode=True, width=120)
        return note + self.head + text

    def complete(self, rubric: Mapping[str, Any], fallback: FallbackReader | None = None) -> ImportedPersona:
        """Return the persona with a rubric of four texts, whose rules are compiled.

        Args:
            rubric: each dimension with its text, or its text and rules.
            fallback: as for :func:`propersim.persona.importing.import_persona`.

        Raises:
            PersonaError: a text cannot be read.
        """
        imported = import_with_rubric(self.draft, rubric, self.path, fallback)
        return replace(imported, format=self.format, comment=self.head)

    def drafted(self, persona: Persona, model: str) -> ImportedPersona:
        """Return the persona with a rubric that a model wrote."""
        comment = f"{self.head}# The rubric was drafted by {model}.\n"
        return ImportedPersona(persona, self.source, self.assumed, self.format, model, comment)

    def report(self) -> dict[str, Any]:
        """Return the import report as data for JSON, with the keys of a complete import."""
        lists: dict[str, Any] = {key: [] for key in ("understood", "unsure", "by_model", "not_placed")}
        missing = [f"rubric.{name}" for name in DIMENSIONS]
        return {
            "id": self.id,
            "source": self.source,
            "format": self.format,
            "complete": False,
            "drafted_by": "",
            "missing": missing,
            **lists,
            "assumed": list(self.assumed),
        }

    def lines(self) -> list[str]:
        """Return the import report as lines of text."""
        return incomplete_lines(self)


def read_foreign(path: Path, *, unfinished: bool = False) -> ForeignPersona | None:
    """Return the person of another project's file; None for a file of this project.

    Args:
        path: the file.
        unfinished: whether to read also a file that an import wrote, and whose rubric is still to be written.

    Raises:
        PersonaError: the file cannot be read, or describes no person that can be simulated.
    """
    document = read_document(path)
    found = recognise(document.raw)
    if found is not None and found.shape == "published":
        check_mapping(document.raw, str(path))
    if found is None:
        if not unfinished or not unfilled(document.raw):
            return None
        data = {key: value for key, value in document.raw.items() if key != "rubric"}
        _check(data, path, "a persona")
        return ForeignPersona(path, "a persona without a rubric", Draft(data, {}, waking_hours(data), []))
    if found.shape == "other":
        raise found.refusal(path)
    return ForeignPersona(path, found.name, _draft(document, found, path))


def has_rubric(path: Path) -> bool:
    """Return whether a file has a rubric of its own, complete or not.

    Raises:
        PersonaError: the file cannot be read.
    """
    raw = read_document(path).raw
    return isinstance(raw, dict) and bool(raw.get("rubric") or raw.get("criteria"))


def read_rubric(path: Path) -> dict[str, Any]:
    """Read the four texts of a rubric from a file of their own, in YAML, TOML or JSON.

    They are keys of the file or stand under ``rubric``; a text may have its rules beside it.

    Raises:
        PersonaError: the file cannot be read, or lacks a text; the message names it.
    """
    raw = read_document(path).raw
    if isinstance(raw, dict) and isinstance(raw.get("rubric"), dict):
        raw = raw["rubric"]
    if not isinstance(raw, dict):
        raise PersonaError(f"{path}: has no texts of a rubric; write {', '.join(DIMENSIONS)}, each with its text")
    missing = [name for name in DIMENSIONS if not raw.get(name)] or unfilled({"rubric": raw})
    unknown = sorted(clean(str(name), limit=40) for name in raw if name not in DIMENSIONS)
    if missing or unknown:
        problem = f"lacks the text of {', '.join(missing)}" if missing else f"has unknown keys: {', '.join(unknown[:5])}"
        raise PersonaError(f"{path}: {problem}; a rubric has {', '.join(DIMENSIONS)}, each with its text")
    return {name: raw[name] for name in DIMENSIONS}


def _draft(document: Document, found: Foreign, path: Path) -> Draft:
    """Return the person of a file as a draft without texts."""
    placeholders = dict.fromkeys(CRITERIA.values(), "-")
    if found.shape == "published":
        draft = convert_published({**document.raw, "criteria": placeholders}, path)
    else:
        person = {"agent": of_agent, "card": of_card, "scratch": of_scratch}[found.shape](document.raw)
        draft = _converted(person, placeholders, path)
    _check(draft.data, path, found.name)
    return draft._replace(texts={})


def _check(data: Mapping[str, Any], path: Path, name: str) -> None:
    """Refuse a person that would be invalid with any rubric."""
    try:
        Persona.model_validate({**data, "rubric": _PLACEHOLDER})
    except ValidationError as error:
        problems = "; ".join(f"{field}: {message}" for field, message in validation_problems(error))
        raise PersonaError(f"{path}: is {name} that cannot be imported: {clean(problems, limit=300)}") from error


def _converted(person: Person, criteria: Mapping[str, str], path: Path) -> Draft:
    """Return a draft made by the converter of the published format.

    Adds what that format cannot say.
    """
    if not person.name:
        raise PersonaError(f"{path}: cannot be imported: it does not state a name")
    if person.age is not None and not _AGES[0] <= person.age <= _AGES[1]:
        raise PersonaError(f"{path}: cannot be imported: the person is {person.age} years old; a persona is {_AGES[0]} to {_AGES[1]}")
    assumed = [] if person.age is not None else [f"age: {_ASSUMED_AGE}; no age is stated"]
    traits = {}
    for trait in TRAITS:
        traits[trait] = person.traits.get(trait) or _ASSUMED_TRAITS[trait]
        if not person.traits.get(trait):
            said = f"the file says “{person.unclear[trait]}”" if trait in person.unclear else "not stated as high or low"
            assumed.append(f"big_five.{trait}: {traits[trait]}; {said}")
    raw = {
        "name": person.name,
        "age": _ASSUMED_AGE if person.age is None else person.age,
        "big_five_personality_traits": ", ".join(f"{level} in {trait}" for trait, level in traits.items()),
        "background": person.background or "not stated",
        "current_interests": _numbered(person.interests or ["not stated"]),
        "daily_plan_req": _numbered(person.plan or ["not stated"]),
        "lifestyle": _numbered(person.routine or ["not stated"]),
        "long_term_goals": person.goals[0] if person.goals else "not stated",
        "criteria": criteria,
    }
    draft = convert_published(raw, path)
    stated = {
        key: value
        for key, value in (
            ("pronouns", person.pronouns),
            ("occupation", person.occupation),
            ("household", person.household),
            ("culture", person.culture),
        )
        if value
    }
    neutral = {"pronouns": "they", "occupation": "not stated", "household": "not stated", "culture": "not stated"}
    data = {**draft.data, "id": id_from_filename(path), **neutral, **stated, "goals": person.goals or ["not stated"]}
    routine = " ".join(f"{item.rstrip('.')}." for item in person.routine)
    lifestyle = {**data["lifestyle"], "text": clean(routine, limit=2000) or "not stated"}
    lifestyle["habits"] = [{**habit, "days": "weekdays"} if habit["text"] in person.weekdays else habit for habit in lifestyle["habits"]]
    data["lifestyle"] = lifestyle
    assumed += [f"{key}: {value}" for key, value in neutral.items() if key not in stated]
    assumed += [f"{name}: not stated" for name in ("interests", "goals") if not getattr(person, name)]
    if not person.plan:
        first = data["daily_plan"][0]
        assumed.append(f"daily_plan: activity {first['activity']}, {first['minutes']} minutes; no daily requirement is stated")
    assumed.append("voice: neutral; the format has no interjections")
    skipped = ("pronouns:", "household:", "culture:", "voice:", "occupation:")
    kept = [line for line in draft.assumed if not line.startswith(skipped) and "“not stated”" not in line]
    return draft._replace(data=data, assumed=[*assumed, *kept])


def _numbered(items: list[str]) -> str:
    """Return items as a list of the published format, ``1) … 2) …``.

    Items beyond the length that its texts may have are left out.
    """
    lines: list[str] = []
    for number, item in enumerate(items, start=1):
        line = f"{number}) {item}"
        if sum(map(len, lines)) + len(lines) + len(line) > 1900:
            break
        lines.append(line)
    return " ".join(lines)
