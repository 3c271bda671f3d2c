"""The JSON Schema of persona files, with every known id, for editors.

An editor completes and checks with it.
"""

from __future__ import annotations

from typing import Any

from propersim.persona import model, rubric_rules
from propersim.persona.fields import PersonaPart
from propersim.world import catalogue

_TIME = {"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$"}


def persona_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of persona files.

    The ids of the catalogues are enumerations.
    """
    schema = model.Persona.model_json_schema()
    ids = {
        "activity": sorted(catalogue.all_activities()),
        "during": sorted(catalogue.activity_names()),
        "topic": sorted(catalogue.topics()),
        "tone": sorted(catalogue.tones()),
        "subject": sorted(catalogue.SUBJECTS),
    }
    defs: dict[str, Any] = schema["$defs"]
    for name, values in ids.items():
        defs[name] = {"type": "string", "enum": values}
    defs["time"] = _TIME

    def refer(
        part: type[PersonaPart], field: str, name: str, *, many: bool = False, optional: bool = False, one_or_many: bool = False
    ) -> None:
        """Let a field refer to a definition instead of any text."""
        properties = defs[part.__name__]["properties"]
        kept = {key: properties[field][key] for key in ("minItems", "default", "title") if key in properties[field]}
        ref: dict[str, Any] = {"$ref": f"#/$defs/{name}"}
        if many:
            array = {"type": "array", "items": ref, **({"minItems": kept.pop("minItems")} if "minItems" in kept else {})}
            ref = {"anyOf": [ref, array]} if one_or_many else array
        if optional:
            ref = {"anyOf": [ref, {"type": "null"}]}
        properties[field] = {**ref, **kept}

    refer(model.Interest, "activities", "activity", many=True)
    refer(model.Habit, "activity", "activity")
    refer(model.Habit, "at", "time")
    refer(model.Requirement, "activity", "activity")
    refer(model.Requirement, "at", "time", optional=True)
    refer(model.Lifestyle, "wake", "time")
    refer(model.Lifestyle, "sleep", "time")
    refer(rubric_rules.Like, "topics", "topic", many=True)
    refer(rubric_rules.Like, "during", "during", many=True, one_or_many=True)
    refer(rubric_rules.Preference, "dislikes", "topic", many=True)
    refer(rubric_rules.Window, "start", "time", optional=True)
    refer(rubric_rules.Window, "end", "time", optional=True)
    refer(rubric_rules.Window, "during", "during", many=True, one_or_many=True, optional=True)
    refer(rubric_rules.Timing, "never_during", "during", many=True)
    refer(rubric_rules.Communication, "tones", "tone", many=True)
    refer(rubric_rules.Communication, "avoid", "tone", many=True)
    refer(rubric_rules.Communication, "boundaries", "subject", many=True)
    for part in (rubric_rules.Frequency, rubric_rules.DayRate):
        _allow_rates_per_hour(defs[part.__name__])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "propersim persona"}


def _allow_rates_per_hour(rate: dict[str, Any]) -> None:
    """Allow ``min_per_hour`` in place of ``min_per_day``, and the same for the maximum.

    A rate per hour is over 16 hours; exactly one of the two is given.
    """
    properties = rate["properties"]
    rate["required"] = [name for name in rate["required"] if not name.endswith("_per_day")]
    rate["allOf"] = []
    for bound in ("min", "max"):
        properties[f"{bound}_per_hour"] = {"type": "number", "exclusiveMinimum": 0, "maximum": 24}
        rate["allOf"].append({"oneOf": [{"required": [f"{bound}_per_day"]}, {"required": [f"{bound}_per_hour"]}]})
