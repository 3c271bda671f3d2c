"""Importing the published personas, compared with rules read by hand; and compiling the texts of the personas that ship."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from propersim.core import clock
from propersim.persona.importing import import_persona
from propersim.rubric import WakingHours, compile_rubric
from propersim.rubric.frequency import compile_frequency
from propersim.rubric.timing import compile_timing
from propersim.simulation.simulation import Simulation
from propersim.world import catalogue
from tests.known import known

FOLDER = Path(__file__).parents[1] / "data" / "official_personas"
EXPECTED = yaml.safe_load((FOLDER / "expected.yaml").read_text(encoding="utf-8"))


def ids(names):
    return frozenset(key for key, a in catalogue.activities().items() if any(a.is_a(name) for name in names))


def windows(given):
    """Return windows as a set with activity ids, so that two ways of writing the same rule are equal."""
    found = set()
    for window in given:
        during = ids([window["during"]] if isinstance(window.get("during"), str) else window["during"]) if window.get("during") else None
        if window.get("start"):
            found.add((window["start"], window["end"], during))
        else:
            found |= {(None, None, name) for name in known(during)}
    return found


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_published_rubric_gives_the_rules_read_by_hand(name):
    expected = EXPECTED[name]
    imported = import_persona(FOLDER / f"{name}.scratch.json")
    rubric = imported.persona.rubric.model_dump(mode="json", exclude_none=True)
    assert {k: v for k, v in rubric["frequency"].items() if k != "text"} == expected["frequency"]
    assert windows(rubric["timing"]["windows"]) == windows(expected["windows"])
    assert ids(rubric["timing"]["never_during"]) == ids(expected["never"])
    flagged = {name for item in imported.unsure if item["key"] == "never_during" and not item["applied"] for name in item["rule"]}
    assert set(expected.get("asides", ())) <= ids(flagged) | flagged | {n for n in expected.get("asides", ()) if ids([n]) & ids(flagged)}
    communication = rubric["communication"]
    assert set(expected["tones"]) <= set(communication["tones"])
    assert set(expected.get("avoid", ())) <= set(communication["avoid"])
    assert set(expected.get("boundaries", ())) == set(communication["boundaries"])
    assert not expected.get("tones_unsure") or any(item["key"] == "tones" and item["applied"] for item in imported.unsure)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_oracle_speaks_within_a_week_of_a_published_persona(name):
    persona = import_persona(FOLDER / f"{name}.scratch.json").persona
    steps = list(Simulation(persona, "oracle", days=7, timestep=5))
    assert len(steps) >= 7 * 12 * 12
    # Personas 18 and 32 want their topics during activities outside their windows: on few days, or none, can anything be welcome.
    assert any(step.spoke for step in steps) == (name not in ("persona_18", "persona_32"))


def test_unambiguous_likes_are_found_with_their_activity():
    missed = []
    for name, expected in EXPECTED.items():
        likes = import_persona(FOLDER / f"{name}.scratch.json").persona.rubric.preference.likes
        for topic, during in expected["likes"]:
            if not any(topic in like.topics and (during == "any" or ids([during]) & ids(like.during)) for like in likes):
                missed.append((name, topic, during))
    assert len(missed) <= 4, missed


def test_the_texts_of_the_shipped_personas_give_nearly_the_rules_beside_them(personas):
    rates, times, nevers = [], [], []
    for persona in personas.values():
        rubric = persona.rubric
        life = WakingHours(clock.parse_time(persona.lifestyle.wake), clock.parse_time(persona.lifestyle.sleep, latest=clock.LATEST))
        rule, _, _ = compile_frequency(rubric.frequency.text)
        if rule != rubric.frequency.model_dump(exclude={"text"}, exclude_none=True):
            rates.append(persona.id)
        timing = compile_timing(rubric.timing.text, life)[0] or {}
        if windows(timing.get("windows", [])) != windows(rubric.timing.model_dump()["windows"]):
            times.append(persona.id)
        if ids(timing.get("never_during", [])) != ids(rubric.timing.never_during):
            nevers.append(persona.id)
    assert rates == []
    assert len(times) <= 1, times
    assert len(nevers) <= 1, nevers


def test_a_finding_has_its_sentence_and_span():
    criteria = json.loads((FOLDER / "persona_32.scratch.json").read_text(encoding="utf-8"))["criteria"]
    compiled = compile_rubric({"timing": criteria["Timing"]}, WakingHours())
    never = next(item for item in compiled.findings if item.key == "never_during" and item.applied)
    assert never.sentence.startswith("It's important that recommendations do not interrupt")
    assert never.sentence[slice(*never.span)] == "work hours"
    assert never.confidence == "high"
    assert any(item.reason == "not an activity of the catalogue" and "core activities" in item.sentence for item in compiled.unsure)
    assert [item.sentence for item in compiled.not_placed] == ["I value predictability, so receiving them at consistent times is ideal."]
    assert len(compiled.errors) == 3  # the three missing texts


def test_a_fallback_reader_gets_the_unplaced_sentences_and_its_findings_are_marked():
    texts = json.loads((FOLDER / "persona_13.scratch.json").read_text(encoding="utf-8"))["criteria"]
    asked: list[str] = []

    def fallback(sentences, texts, life):
        asked.extend(item.sentence for item in sentences)
        return [replace(item, key="frequency", rule={"min_per_day": 2, "max_per_day": 4}) for item in sentences if "moon" in item.sentence]

    given = {
        "preference": texts["Personal_Preference"],
        "timing": texts["Timing"],
        "communication": "Be warm.",
        "frequency": "As the moon does.",
    }
    assert len(compile_rubric(given, WakingHours()).errors) == 1
    compiled = compile_rubric(given, WakingHours(), fallback)
    assert not compiled.errors
    assert "As the moon does." in asked
    assert compiled.rubric["frequency"] == {"text": "As the moon does.", "min_per_day": 2, "max_per_day": 4}
    assert [item.sentence for item in compiled.findings if item.confidence == "model"] == ["As the moon does."]
