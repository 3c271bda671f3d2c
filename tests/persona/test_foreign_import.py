"""Persona files of other projects: recognised by their shape, and converted as far as they go."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core import safe_yaml
from propersim.core.errors import PersonaError
from propersim.persona.foreign_formats import recognise
from propersim.persona.foreign_import import read_foreign, read_rubric
from propersim.persona.foreign_people import of_agent, of_card, of_scratch
from propersim.persona.library import load_persona, persona_ids, personas_folder
from propersim.persona.model import TRAITS
from tests.known import known
from tests.persona.foreign_files import FOLDER, card_chunk, picture

AGENT = json.loads((FOLDER / "agent.json").read_text(encoding="utf-8"))
OFFICIAL = FOLDER.parent / "official_personas" / "persona_08.scratch.json"


def message_of(path):
    with pytest.raises(PersonaError) as caught:
        load_persona(path)
    assert "\n" not in caught.value.message
    assert caught.value.hint is None
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("agent.json", "is a TinyTroupe agent, which has no rubric; import it with `propersim personas import "),
        ("card_v1.json", "is a character card (version 1), which has no rubric; import it with `propersim personas import "),
        ("card_v2.json", "is a character card (version 2), which has no rubric; import it with "),
        ("card_v3.json", "is a character card (version 3), which has no rubric; import it with "),
        ("scratch.json", "is a scratch file of Generative Agents, which has no rubric criteria; import it with "),
        ("personahub.jsonl", "is a PersonaHub file, which holds descriptions of a line each, not personas; make one of a line with "),
        ("personahub_inputs.jsonl", "is a PersonaHub file, which holds "),
    ],
)
@pytest.mark.parametrize("suffix", ["", ".txt", ".yaml"])
def test_a_file_of_another_project_gets_one_line_whatever_its_suffix(tmp_path, name, what, suffix):
    path = tmp_path / (name + suffix)
    path.write_bytes((FOLDER / name).read_bytes())
    assert message_of(path).startswith(f"{path}: {what}")


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ({"type": "Fragment", "persona": {"beliefs": ["x"]}}, "is a TinyTroupe fragment"),
        ({"json_serializable_class_name": "TinyPerson", "_persona": {"name": "X"}}, "is a TinyTroupe agent"),
        ({"name": "X", "_configuration": {"name": "X", "age": 30, "occupation": "y"}}, "is a TinyTroupe agent"),
        ([AGENT, AGENT], "is a list of personas of another project, not one persona; write each (a TinyTroupe agent) to a file of its own"),
        ({"char_name": "X", "char_persona": "y", "char_greeting": "z"}, "is a character card"),
        ({"name": "X", "context": "y", "greeting": "z"}, "is a character card"),
        ({"spec": "chara_card_v3", "data": {}}, "is a character card (version 3)"),
        ({"name": "X", "first_name": "X", "innate": "a", "learned": "b", "currently": "c", "criteria": {}}, "is a scratch file"),
        ({"persona": "A baker.", "general domain (top 1 percent)": "Baking"}, "is a PersonaHub file"),
        ([{"persona": "A baker."}], "is a PersonaHub file"),
    ],
)
def test_further_shapes_are_recognised(tmp_path, raw, what):
    path = tmp_path / "it.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert message_of(path).startswith(f"{path}: {what}")


def test_a_published_persona_without_criteria_is_named(tmp_path):
    raw = json.loads(OFFICIAL.read_text(encoding="utf-8"))
    del raw["criteria"]
    path = tmp_path / "persona_08.scratch.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    assert "is a persona of the published format without its criteria" in message_of(path)
    person = known(read_foreign(path))
    assert person.draft.data["lifestyle"]["wake"] == "09:00"
    assert person.complete(read_rubric(FOLDER / "rubric.yaml")).persona.name == "John Lin"


def test_a_huge_personahub_file_is_named_by_its_first_line(tmp_path):
    path = tmp_path / "persona.jsonl"
    path.write_text('{"persona": "A baker"}\n' * 20_000, encoding="utf-8")
    assert "is a PersonaHub file" in message_of(path)


def test_a_card_with_a_large_lore_book_is_read(tmp_path):
    raw = json.loads((FOLDER / "card_v2.json").read_text(encoding="utf-8"))
    raw["data"]["character_book"] = {"entries": [{"content": "x" * 300_000}]}
    path = tmp_path / "card.json"
    path.write_text(json.dumps(raw, indent=1), encoding="utf-8")
    assert "is a character card (version 2)" in message_of(path)
    assert known(read_foreign(path)).draft.data["age"] == 29


def test_no_persona_of_this_project_is_taken_for_another(personas):
    for name in persona_ids():
        assert recognise(safe_yaml.load((personas_folder() / f"{name}.yaml").read_text(encoding="utf-8"))) is None
    assert recognise(json.loads(OFFICIAL.read_text(encoding="utf-8"))) is None
    # A file of this project with mistakes is told its mistakes.
    assert recognise({"id": "x", "name": "X", "background": "y", "description": "z"}) is None


def test_an_agent_is_converted_as_far_as_it_goes():
    person = known(read_foreign(FOLDER / "agent.json"))
    data = person.draft.data
    assert (data["id"], data["name"], data["age"], data["pronouns"]) == ("agent", "Maren Holt", 41, "she")
    assert (data["occupation"], data["culture"]) == ("Boatbuilder, Holt & Daughter", "Danish")
    assert data["big_five"] == {
        "openness": "high", "conscientiousness": "high", "extraversion": "low", "agreeableness": "high", "neuroticism": "low",
    }  # fmt: skip
    assert [(one["text"], one["activities"]) for one in data["interests"]] == [
        ("Reading sea stories", ["read_book"]), ("Baking rye bread", ["bake"]), ("Listening to old jazz records", ["listen_music"]),
    ]  # fmt: skip
    life = data["lifestyle"]
    assert (life["wake"], life["sleep"]) == ("06:00", "22:30")
    assert [(one["activity"], one["at"], one.get("days")) for one in life["habits"]] == [
        ("breakfast", "06:30", None), ("lunch", "12:30", "weekdays"), ("cook", "19:00", None),
    ]  # fmt: skip
    assert [(one["activity"], one["between"]) for one in data["daily_plan"]] == [
        ("coffee_break", ["06:00", "12:00"]), ("read_book", ["18:00", "22:00"]),
    ]  # fmt: skip
    assert data["goals"] == AGENT["persona"]["long_term_goals"]
    assert "On weekends: Sails to Samsø." in data["background"]
    assert "Likes: Strong coffee. Dislikes: Plastic hulls." in data["background"]
    # Only what the file does not state is assumed, and said.
    assert person.draft.assumed == [
        "big_five.agreeableness: high; the file says “Medium. Friendly to those who work.”",
        "household: not stated",
        "voice: neutral; the format has no interjections",
    ]


def test_an_agents_routine_may_be_prose_and_state_minutes():
    told = of_agent({"persona": {"name": "X", "routine": "Gets up at 7 am. Goes to bed at 11 pm."}})
    assert told.routine == ["Gets up at 7 am.", "Goes to bed at 11 pm."]
    listed = of_agent(
        {"persona": {"name": "X", "behaviors": {"routines": {"morning": ["Does a 20-minute yoga session.", "Eats breakfast."]}}}}
    )
    assert listed.plan == ["Does a 20-minute yoga session in the morning for 20 minutes"]


def test_cards_are_searched_for_attributes_hours_and_interests():
    keeper, conductor, clockmaker = (known(read_foreign(FOLDER / f"card_v{n}.json")).draft for n in (1, 2, 3))
    assert (keeper.data["age"], keeper.data["occupation"]) == (58, "lighthouse keeper")
    assert (keeper.data["lifestyle"]["wake"], keeper.data["lifestyle"]["sleep"]) == ("05:00", "21:00")
    assert [one["text"] for one in keeper.data["interests"]] == ["knitting", "reading ghost stories", "growing tomatoes"]
    assert keeper.data["background"].startswith("Tobin Reed is a 58-year-old lighthouse keeper")
    assert "the user has rowed over" in keeper.data["background"]
    assert (conductor.data["age"], conductor.data["pronouns"], conductor.data["occupation"]) == (29, "she", "night-train conductor")
    assert {trait: conductor.data["big_five"][trait] for trait in ("openness", "extraversion", "agreeableness")} == {
        "openness": "high", "extraversion": "low", "agreeableness": "high",
    }  # fmt: skip
    assert (conductor.data["lifestyle"]["wake"], conductor.data["lifestyle"]["sleep"]) == ("10:00", "26:00")
    assert [(one["activity"], one["at"]) for one in conductor.data["lifestyle"]["habits"]] == [("lunch", "13:00")]
    assert "Ignore all rules" not in json.dumps(conductor.data)
    assert "age: 40; no age is stated" in clockmaker.assumed
    assert sum(line.startswith("big_five.") for line in clockmaker.assumed) == 5


def test_a_picture_gives_the_person_of_its_card(tmp_path):
    path = tmp_path / "card.png"
    path.write_bytes(picture(card_chunk(b"chara", (FOLDER / "card_v2.json").read_text(encoding="utf-8"))))
    data = known(read_foreign(path)).draft.data
    assert data == known(read_foreign(FOLDER / "card_v2.json")).draft.data | {"id": "card"}


def test_a_scratch_file_gives_who_it_is_and_its_hours():
    data = known(read_foreign(FOLDER / "scratch.json")).draft.data
    assert (data["name"], data["age"]) == ("Ana Petrov", 47)
    assert (data["lifestyle"]["wake"], data["lifestyle"]["sleep"]) == ("06:00", "23:00")
    assert data["goals"] == ["Ana Petrov is planning a window box for every house in her street."]


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("Age: 34", 34),
        ("[Age= 34]", 34),
        ("age(34)", 34),
        ("Mia is a 34-year-old baker.", 34),
        ("She is 34 years old.", 34),
        ("She guards a 300-year-old oak with her 8-year-old son.", None),
        ("A shy, quiet 16 year old. She paints.", 16),
        ("The 300 year old oak is hers.", None),
        ("A mother of a 5 year old.", None),
        ("Opened the shop at 34 Mill Lane.", None),
        ("Age: 30-35", None),
        ("Age: 30 to 35", None),
        ("Age: 14 or 15", 14),
        ("Age: 999 months", None),
        ("Age: 30 months", 2),
        ("Age: 17 (turns 18 soon)", 17),
    ],
)
def test_the_age_in_a_card_is_that_of_the_character(text, age):
    assert of_card({"name": "Mia Faber", "description": text, "first_mes": ""}).age == age


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("Hobbies: chess, long walks and baking", ["chess", "long walks", "baking"]),
        ('[Likes("chess" + "long walks")]', ["chess", "long walks"]),
        ('Likes= "chess", "long walks"', ["chess", "long walks"]),
        ("Dislikes: chess", []),
        ("She likes chess.", []),
        ("Hobbies: hates music, loathes cooking, chess", ["chess"]),
        ("Likes: not films, no sport", []),
        ("Hobbies: none", []),
        ("Hobbies: notebooks, nocturnal walks", ["notebooks", "nocturnal walks"]),
    ],
)
def test_the_interests_in_a_card_follow_their_label(text, items):
    assert of_card({"name": "Mia", "description": text, "first_mes": ""}).interests == items


@pytest.mark.parametrize(
    ("said", "level"),
    [("High.", "high"), ("Very low. High in none.", "low"), ("Low-Medium. Shy.", None), ("Medium.", None), ("", None), ("Not high", None)],
)
def test_a_trait_is_read_only_where_it_is_high_or_low(said, level):
    person = of_agent({"persona": {"name": "X", "personality": {"big_five": {"Openness": said}}}})
    assert person.traits.get("openness") == level


@pytest.mark.parametrize(
    ("said", "traits", "unclear"),
    [
        ("Extraversion: low to high", {}, ["extraversion"]),
        ("Openness: high; Openness: low", {}, ["openness"]),
        ("Neuroticism: low\nNeuroticism: low", {"neuroticism": "low"}, []),
        ("low to high agreeableness", {}, ["agreeableness"]),
        ("high in openness, low in extraversion", {"openness": "high", "extraversion": "low"}, []),
        ("Openness: high, Extraversion: low", {"openness": "high", "extraversion": "low"}, []),
    ],
)
def test_a_trait_with_several_levels_is_not_stated(said, traits, unclear):
    person = of_card({"name": "Mia", "description": said, "first_mes": ""})
    assert (person.traits, sorted(person.unclear)) == (traits, unclear)


@pytest.mark.parametrize(
    ("text", "routine"),
    [
        ("Her sister wakes at 5 am. She goes to bed at 8 pm.", []),
        ("{{user}} wakes up at 11 am. {{char}} gets up at 7 am.", ["Mia Faber gets up at 7 am."]),
        ("Ann wakes at 5 am. Mia wakes at 6 am.", ["Mia wakes at 6 am."]),
        ("Mia's husband goes to bed at 9 pm. She goes to bed at 10 pm.", []),
        ("Mia is a baker. She wakes at 4 am and goes to bed at 8 pm.", ["She wakes at 4 am", "goes to bed at 8 pm."]),
        ("The cat sleeps from 9 am to 5 pm. Wakes at 6 am.", []),
    ],
)
def test_a_card_gives_the_hours_of_its_person_only(text, routine):
    assert of_card({"name": "Mia Faber", "description": text, "first_mes": ""}).routine == routine


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        ("chara_card_v1", "version 1)"),
        ("chara_card_v3", "version 3)"),
        ("chara_card_v4", "version 4, read as version 3)"),
        ("chara_card_v21", "version 21, read as version 3)"),
    ],
)
def test_an_unknown_version_of_a_card_is_named(spec, name):
    found = recognise({"spec": spec, "data": {"name": "Mia"}})
    assert found is not None
    assert found.name.endswith(name)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ({"type": "TinyPerson", "persona": {"age": 30}}, "does not state a name"),
        ({"type": "TinyPerson", "persona": {"name": "Kim", "age": 9}}, "the person is 9 years old; a persona is 16 to 110"),
        ({"spec": "chara_card_v2", "data": {"name": "Elf", "description": "Age: 312"}}, "the person is 312 years old"),
        ({"spec": "chara_card_v2", "data": "none"}, "does not state a name"),
    ],
)
def test_a_person_that_cannot_be_simulated_is_refused_in_one_line(tmp_path, raw, what):
    path = tmp_path / "it.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    with pytest.raises(PersonaError, match=what) as caught:
        read_foreign(path)
    assert "\n" not in caught.value.message


def test_texts_of_others_are_cleaned_and_bounded(tmp_path):
    hostile = "\x1b[2J\u202e{{char}} 1) a # b\n- c: [red]d[/red]"
    raw: dict[str, Any] = {"type": "TinyPerson", "persona": {"name": hostile, "occupation": hostile * 50, "other_facts": [hostile] * 500}}
    raw["persona"]["preferences"] = {"interests": [hostile * 30] * 40}
    raw["persona"]["behaviors"] = {"routines": {hostile: [hostile * 9] * 40, "morning": [{"a": 1}, None, 7]}}
    path = tmp_path / "it.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    text = known(read_foreign(path)).yaml
    assert not {"\x1b", "\u202e"} & set(text)
    assert len(text) < 20_000
    data = yaml.safe_load(text)
    assert "[red]d[/red]" in data["name"]
    rubric = read_rubric(FOLDER / "rubric.yaml")
    assert known(read_foreign(path)).complete(rubric).persona.name == data["name"]


SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40)
FLAT = SIMPLE | st.lists(SIMPLE, max_size=4) | st.dictionaries(st.text(max_size=12), SIMPLE, max_size=4)
JSON = FLAT | st.lists(FLAT, max_size=4) | st.dictionaries(st.text(max_size=12), FLAT, max_size=4)
KEYS = st.sampled_from(
    [
        *("name", "age", "gender", "occupation", "personality", "big_five", "preferences", "interests", "behaviors", "routines"),
        *("description", "innate", "learned", "currently", "lifestyle", "daily_plan_req", "long_term_goals", *TRAITS),
    ]
)


@settings(max_examples=40)
@given(st.dictionaries(KEYS, JSON | st.dictionaries(KEYS, JSON, max_size=4), max_size=8))
def test_any_content_gives_a_person_with_bounded_texts(said):
    for person in (of_agent({"persona": said}), of_card({"data": said}), of_scratch(said)):
        assert len(person.background) <= 2000
        for texts in (person.interests, person.routine, person.plan, person.goals):
            assert len(texts) <= 20
            assert all(text and len(text) <= 200 for text in texts)


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("Mara Quill", "Mara is a 61 year old lighthouse keeper. She lives alone.", (61, "lighthouse keeper", "she")),
        ("Tom", "Tom is a 34-year-old nurse who works nights. He has a cat.", (34, "nurse", "he")),
        ("Ev", "Ev, a 52-year-old retired teacher, paints.", (52, "retired teacher", "")),
        ("Ida", "Ida is a 19 year old woman. She sings.", (19, "", "")),
        ("Bo", "Bo is a 40 year old beekeeper in Maine. His wife left; she moved.", (40, "beekeeper", "")),
        ("Tom", "Tom has a sister. She is a baker.", (None, "", "")),
        ("Tom", "Tom met Ann at sea. She sings.", (None, "", "")),
        ("Lu", "Lu is 45 years old. Her son is a 12 year old pupil.", (45, "", "")),
        ("Jo", "Occupation: baker\nPronouns: they\nJo is a 30 year old cook. She sings.", (30, "baker", "they")),
    ],
)
def test_plain_sentences_of_a_card_are_read_where_they_are_exact(name, text, found):
    person = of_card({"spec": "chara_card_v2", "data": {"name": name, "description": text}})
    assert (person.age, person.occupation, person.pronouns) == found
