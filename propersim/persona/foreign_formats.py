"""Recognise persona files of other projects by their shape, and say what to do with them.

They are agents of TinyTroupe, character cards, scratch files of Generative Agents, and lines of PersonaHub.
``foreign_import`` converts those that describe one person.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from propersim.core.errors import PersonaError
from propersim.core.program import program
from propersim.core.records import DIMENSIONS

UNFILLED = "TODO"
"""Beginning of a text that is still to be written."""

Shape = Literal["agent", "card", "scratch", "published", "other"]

_SCRATCH = {"innate", "learned", "currently", "living_area", "daily_plan_req", "vision_r", "att_bandwidth", "concept_forget"}
_PUBLISHED = {"big_five_personality_traits", "current_interests", "background"}
_CARD = {"description", "personality", "scenario", "first_mes", "mes_example"}
_CARD_SIGNS = {"first_mes", "mes_example"}
_OLDER_CARDS = ({"char_name", "char_persona"}, {"name", "context", "greeting"}, {"name", "context", "example_dialogue"})
_HUB = ("persona", "input persona")
_IMPORT = f"import it with `{program()} personas import {{path}}`"
_MAKE = f"make one of a line with `{program()} personas new --with-llm --describe LINE`"


class Foreign(NamedTuple):
    """The format of another project.

    Attributes:
        shape: what the file is; ``other`` if it cannot be imported.
        name: name of the format, with its article.
        lack: why the file is no persona.
        remedy: what to do; ``{path}`` stands for the file.
    """

    shape: Shape
    name: str
    lack: str
    remedy: str

    def refusal(self, path: object) -> PersonaError:
        """Return the error, on one line, of a command that needs a persona of this project."""
        return PersonaError(f"{path}: is {self.name}, {self.lack}; {self.remedy.replace('{path}', shlex.quote(str(path)))}")


def recognise(raw: Any) -> Foreign | None:
    """Return the format of another project that data have the shape of, or None."""
    if isinstance(raw, list):
        first = recognise(raw[0]) if raw and isinstance(raw[0], dict) else None
        if first is None or first.shape == "other":
            return first
        return Foreign(
            "other", "a list of personas of another project", "not one persona", f"write each ({first.name}) to a file of its own"
        )
    if not isinstance(raw, dict):
        return None
    return _agent(raw) or _card(raw) or _scratch(raw) or _hub(raw)


def refuse_foreign(raw: Any, path: object) -> None:
    """Refuse data that are of another project, or whose rubric is not written yet.

    Raises:
        PersonaError: they are; the message has one line and says what to do.
    """
    found = recognise(raw)
    if found is not None:
        raise found.refusal(path)
    missing = unfilled(raw)
    if missing:
        places = ", ".join(f"rubric.{dimension}" for dimension in missing)
        raise PersonaError(
            f"{path}: is not complete: write {places} in place of {UNFILLED}, then check it with "
            f"`{program()} personas validate {shlex.quote(str(path))}`"
        )


def unfilled(raw: Any) -> list[str]:
    """Return the dimensions of the rubric whose text is still to be written."""
    rubric = raw.get("rubric") if isinstance(raw, dict) else None
    if not isinstance(rubric, dict):
        return []
    texts = {name: part.get("text") if isinstance(part := rubric.get(name), dict) else part for name in DIMENSIONS}
    return [name for name, text in texts.items() if isinstance(text, str) and text.strip().startswith(UNFILLED)]


def agent_persona(raw: Mapping[str, Any]) -> Any:
    """Return what an agent of TinyTroupe says of its person, under the key of its version."""
    return next((raw[key] for key in ("persona", "_persona", "_configuration") if isinstance(raw.get(key), dict)), None)


def card_fields(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields of a character card: those in ``data`` from version 2 on."""
    inside = raw.get("data")
    return inside if isinstance(inside, dict) and inside else raw


def _agent(raw: Mapping[str, Any]) -> Foreign | None:
    kind, persona = raw.get("type", raw.get("json_serializable_class_name")), agent_persona(raw)
    if persona is None:
        if kind != "TinyPerson" or "rubric" in raw:
            return None
        return Foreign("other", "a TinyTroupe agent without a persona", "which says nothing of a person", "save the agent with its persona")
    if kind == "Fragment":
        return Foreign("other", "a TinyTroupe fragment", "a part of an agent", "add it to an agent in TinyTroupe, and import that agent")
    if kind == "TinyPerson" or ("name" in persona and {"age", "occupation", "personality", "nationality", "traits"} & set(persona)):
        return Foreign("agent", "a TinyTroupe agent", "which has no rubric", _IMPORT)
    return None


def _card(raw: Mapping[str, Any]) -> Foreign | None:
    spec = raw.get("spec")
    if isinstance(spec, str) and spec.startswith("chara_card_v"):
        digits = re.match(r"\d{0,4}", spec.removeprefix("chara_card_v"))
        version = digits[0] if digits and digits[0] else "unknown"
        version += "" if version in ("1", "2", "3") else ", read as version 3"
    elif ("name" in raw and _CARD_SIGNS & set(raw) and len(_CARD & set(raw)) >= 2) or any(keys <= set(raw) for keys in _OLDER_CARDS):
        version = "1"
    else:
        return None
    return Foreign("card", f"a character card (version {version})", "which has no rubric", _IMPORT)


def _scratch(raw: Mapping[str, Any]) -> Foreign | None:
    if raw.get("criteria") or "rubric" in raw:
        return None
    if len(_PUBLISHED & set(raw)) >= 2:
        return Foreign("published", "a persona of the published format without its criteria", "so it has no rubric", _IMPORT)
    if "name" in raw and len(_SCRATCH & set(raw)) >= 3:
        return Foreign("scratch", "a scratch file of Generative Agents", "which has no rubric criteria", _IMPORT)
    return None


def _hub(raw: Mapping[str, Any]) -> Foreign | None:
    if any(isinstance(raw.get(key), str) for key in _HUB) and "rubric" not in raw:
        return Foreign("other", "a PersonaHub file", "which holds descriptions of a line each, not personas", _MAKE)
    return None
