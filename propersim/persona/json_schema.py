"""The JSON Schema of persona files, with every known id, so that an editor can complete them."""

from __future__ import annotations

from typing import Any

from propersim.persona.model import Persona
from propersim.world import catalogue

_TIME = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}


def persona_schema() -> dict[str, Any]:
    """Return the schema (draft 2020-12) with the catalogues' ids as enumerations."""
    schema = Persona.model_json_schema()
    ids = {
        "activity": sorted(catalogue.activities()),
        "during": sorted(catalogue.activity_names()),
        "topic": sorted(catalogue.topics()),
        "tone": sorted(catalogue.tones()),
        "subject": sorted(catalogue.SUBJECTS),
    }
    defs: dict[str, Any] = schema["$defs"]
    for name, values in ids.items():
        defs[name] = {"type": "string", "enum": values}
    defs["time"] = _TIME

    def point(model: str, field: str, name: str, *, many: bool = False, optional: bool = False, one_or_many: bool = False) -> None:
        place = defs[model]["properties"][field]
        kept = {key: place[key] for key in ("minItems", "default", "title") if key in place}
        ref: dict[str, Any] = {"$ref": f"#/$defs/{name}"}
        if many:
            array = {"type": "array", "items": ref, **({"minItems": kept.pop("minItems")} if "minItems" in kept else {})}
            ref = {"anyOf": [ref, array]} if one_or_many else array
        if optional:
            ref = {"anyOf": [ref, {"type": "null"}]}
        defs[model]["properties"][field] = {**ref, **kept}

    point("Interest", "activities", "activity", many=True)
    point("Habit", "activity", "activity")
    point("Habit", "at", "time")
    point("Requirement", "activity", "activity")
    point("Requirement", "at", "time", optional=True)
    point("Lifestyle", "wake", "time")
    point("Lifestyle", "sleep", "time")
    point("Like", "topics", "topic", many=True)
    point("Like", "during", "during", many=True, one_or_many=True)
    point("Preference", "dislikes", "topic", many=True)
    point("Window", "start", "time", optional=True)
    point("Window", "end", "time", optional=True)
    point("Window", "during", "during", many=True, one_or_many=True, optional=True)
    point("Timing", "never_during", "during", many=True)
    point("Communication", "tones", "tone", many=True)
    point("Communication", "avoid", "tone", many=True)
    point("Communication", "boundaries", "subject", many=True)
    _allow_rates_per_hour(defs["Frequency"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "propersim persona"}


def _allow_rates_per_hour(frequency: dict[str, Any]) -> None:
    """The file may say ``min_per_hour`` for ``min_per_day`` (over 16 hours), one of the two."""
    properties = frequency["properties"]
    frequency["required"] = [name for name in frequency["required"] if name == "text"]
    frequency["allOf"] = []
    for bound in ("min", "max"):
        properties[f"{bound}_per_hour"] = {"type": "number", "exclusiveMinimum": 0, "maximum": 24}
        frequency["allOf"].append({"oneOf": [{"required": [f"{bound}_per_day"]}, {"required": [f"{bound}_per_hour"]}]})
