"""Reading persona files: encodings, other kinds of files, rubrics of words in YAML, and pictures with a character card."""

import base64
import codecs
import json
import os
import re
import zlib

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import PersonaError
from propersim.core.safe_yaml import Loader
from propersim.persona.documents import MAX_BYTES, read_document
from propersim.persona.foreign_import import read_foreign
from propersim.persona.importing import import_persona
from propersim.persona.library import load_persona
from propersim.persona.parsing import _UNWRITABLE
from propersim.persona.png_card import card_text
from tests.persona.foreign_files import FOLDER, SIGNATURE, card_chunk, chunk, picture

CARD = (FOLDER / "card_v2.json").read_text(encoding="utf-8")


def message_of(path):
    with pytest.raises(PersonaError) as caught:
        load_persona(path)
    assert "\n" not in caught.value.message
    return caught.value.message


def data_of(which):
    return load_persona(which).model_dump(mode="json", exclude_none=True)


@pytest.mark.parametrize("suffix", [".json", ".yaml", ".txt"])
def test_a_byte_order_mark_is_skipped(tmp_path, suffix):
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(codecs.BOM_UTF8 + json.dumps(data_of("p01")).encode())
    assert load_persona(path) == load_persona("p01")


def test_a_toml_file_with_a_byte_order_mark_is_read_as_far_as_it_goes(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(codecs.BOM_UTF8 + b'id = "x"\n')
    with pytest.raises(PersonaError, match="name: is missing"):
        load_persona(path)


@pytest.mark.parametrize("suffix", [".json", ".yaml", ""])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        ('{"id": "me"}'.encode("utf-16"), "is UTF-16 text, not UTF-8; save it as UTF-8"),
        ('{"id": "me"}'.encode("utf-16-le"), "is UTF-16 text, not UTF-8; save it as UTF-8"),
        ("id: me\nname: Zoë\n".encode("utf-16-be"), "is UTF-16 text, not UTF-8; save it as UTF-8"),
        ("id: me\nname: Zoë\n".encode("utf-32"), "is UTF-32 text, not UTF-8; save it as UTF-8"),
        ('{"id": "me"}'.encode("utf-32-le"), "is UTF-32 text, not UTF-8; save it as UTF-8"),
        ("id: Ωmega\n".encode("utf-32-be"), "is UTF-32 text, not UTF-8; save it as UTF-8"),
        (codecs.BOM_UTF32_BE + "имя: я".encode("utf-32-be"), "is UTF-32 text, not UTF-8; save it as UTF-8"),
        (codecs.BOM_UTF16_BE + "имя: я".encode("utf-16-be"), "is UTF-16 text, not UTF-8; save it as UTF-8"),
        (b"\0\x01\x02" + bytes(range(256)), "is a binary file, not UTF-8 text"),
        (b"id: me\nname: a" + b"x" * 2000 + b"\0", "is a binary file, not UTF-8 text"),
        ("name: Zoë".encode("latin-1"), "is not UTF-8 text (byte 8); save it as UTF-8"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "is not a persona file but a JPEG picture"),
        (b"PK\x03\x04\x14\0", "is not a persona file but a ZIP archive"),
        (b"SQLite format 3\0\x10", "is not a persona file but a SQLite database"),
        (b"#" * (MAX_BYTES + 1), f"larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_is_no_persona_text_gets_one_line(tmp_path, content, what, suffix):
    path = tmp_path / f"mine{suffix}"
    path.write_bytes(content)
    assert message_of(path).startswith(f"{path}: {what}")


def test_folders_pipes_and_impossible_paths_get_one_line(tmp_path):
    (tmp_path / "mine.yaml").mkdir()
    assert message_of(tmp_path / "mine.yaml").endswith("is a folder, not a file; give a persona file in it")
    assert message_of(tmp_path).endswith("is a folder, not a file; give a persona file in it")
    os.mkfifo(tmp_path / "pipe.yaml")
    assert message_of(tmp_path / "pipe.yaml").endswith("is not a file")
    assert re.fullmatch("persona: 'x{59}…' cannot be a path: File name too long", message_of("x" * 5000))
    assert message_of("a\0b") == "persona: 'ab' cannot be a path: embedded null byte"
    with pytest.raises(PersonaError, match=r"cannot be read: embedded null byte$"):
        read_document(tmp_path / "a\0b.yaml")


def test_a_folder_named_like_a_persona_does_not_hide_it(tmp_path, monkeypatch):
    (tmp_path / "p02").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_persona("p02").id == "p02"


@pytest.mark.parametrize("short", [True, False])
def test_a_yaml_rubric_of_words_gives_the_rules_that_an_import_writes(tmp_path, short):
    raw = data_of("p09")
    raw["rubric"] = {name: part["text"] if short else {"text": part["text"]} for name, part in raw["rubric"].items()}
    words, as_json = tmp_path / "words.yaml", tmp_path / "words.json"
    words.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    as_json.write_text(json.dumps(raw), encoding="utf-8")
    written = tmp_path / "written.yaml"
    imported = import_persona(words)
    written.write_text(imported.yaml, encoding="utf-8")
    assert imported.compiled is not None
    assert load_persona(words) == load_persona(as_json) == load_persona(written) == imported.persona
    assert load_persona(words).rubric.frequency == load_persona("p09").rubric.frequency


def test_one_dimension_of_words_is_compiled_and_the_others_keep_their_rules(tmp_path):
    raw = data_of("p01")
    raw["rubric"]["frequency"] = "Two to three a day."
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
    rubric = load_persona(path).rubric
    assert (rubric.frequency.min_per_day, rubric.frequency.max_per_day) == (2, 3)
    assert rubric.timing == load_persona("p01").rubric.timing


def test_problems_beside_a_rubric_of_words_keep_their_lines(tmp_path):
    raw = data_of("p01") | {"age": "old"}
    raw["rubric"]["frequency"] = "Two to three a day."
    text = yaml.safe_dump(raw, sort_keys=False)
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    line = next(n for n, one in enumerate(text.splitlines(), start=1) if one.startswith("age"))
    with pytest.raises(PersonaError, match=rf"line {line}, age: "):
        load_persona(path)


def test_the_newer_of_two_cards_in_a_picture_is_read(tmp_path):
    old, new = '{"name": "old"}', '{"name": "new"}'
    assert card_text(picture(card_chunk(b"chara", old))) == old
    assert card_text(picture(card_chunk(b"chara", old), card_chunk(b"ccv3", new))) == new
    assert card_text(picture(chunk(b"tEXt", b"Comment\0hello"), card_chunk(b"ccv3", new))) == new
    path = tmp_path / "her.png"
    path.write_bytes(picture(card_chunk(b"chara", CARD)))
    assert read_document(path).raw == json.loads(CARD)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (picture(), "without a character card"),
        (picture(chunk(b"tEXt", b"chara")), "not valid JSON"),
        (picture(chunk(b"tEXt", b"chara\0%%%")), "is damaged: it is not UTF-8 text in base64"),
        (picture(chunk(b"tEXt", b"chara\0/////w==")), "is damaged: it is not UTF-8 text in base64"),
        (picture(card_chunk(b"chara", CARD, wrong=True)), "its checksum is wrong"),
        (picture(card_chunk(b"chara", CARD))[:200], "is cut off"),
        (picture(card_chunk(b"chara", "[" * 100_000)), "not valid JSON"),
        (SIGNATURE + b"\xff\xff\xff\xfftEXtchara\0", "is cut off"),
        (SIGNATURE, "without a character card"),
        (picture(card_chunk(b"chara", '"' + "x" * 3_000_000 + '"')), "larger than"),
    ],
)
def test_a_picture_without_a_readable_card_gets_one_line(tmp_path, content, what):
    path = tmp_path / "her.png"
    path.write_bytes(content)
    assert what in message_of(path)


PACKED = base64.b64encode(CARD.encode())


@pytest.mark.parametrize(
    "text_chunk",
    [
        chunk(b"zTXt", b"chara\0\0" + zlib.compress(PACKED)),
        chunk(b"iTXt", b"chara\0\1\0\0\0" + zlib.compress(PACKED)),
        chunk(b"iTXt", b"ccv3\0\1\0en-GB\0Karte\0" + zlib.compress(PACKED, 0)),
        chunk(b"iTXt", b"chara\0\0\0\0\0" + PACKED),
        chunk(b"iTXt", b"chara\0\0\0\0\0" + CARD.encode()),
        chunk(b"tEXt", b"chara\0" + CARD.encode()),
    ],
)
def test_a_card_in_any_kind_of_text_chunk_is_read(text_chunk):
    assert json.loads(card_text(picture(text_chunk))) == json.loads(CARD)


@pytest.mark.parametrize(
    ("text_chunk", "what"),
    [
        (chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 50_000_000)), "larger than 2097152 bytes"),
        (chunk(b"iTXt", b"ccv3\0\1\0\0\0" + zlib.compress(b"{" + b" " * 50_000_000)), "larger than 2097152 bytes"),
        (chunk(b"zTXt", b"chara\0\0" + zlib.compress(PACKED)[:-8]), "its compressed text is cut off"),
        (chunk(b"zTXt", b"chara\0\0" + PACKED), "it cannot be decompressed"),
        (chunk(b"zTXt", b"chara\0"), "its compressed text is cut off"),
        (chunk(b"iTXt", b"chara\0\1\0\0"), "its text chunk has no text"),
        (chunk(b"zTXt", b"chara\0\0" + zlib.compress(PACKED), wrong=True), "its checksum is wrong"),
    ],
)
def test_a_compressed_card_that_cannot_be_read_gets_one_line(tmp_path, text_chunk, what):
    path = tmp_path / "her.png"
    path.write_bytes(picture(text_chunk))
    assert what in message_of(path)


def one_line(path):
    """Return the message of an import, which has one line and agrees with that of a command that loads the file."""
    with pytest.raises(PersonaError) as caught:
        read_foreign(path) or import_persona(path)
    assert "\n" not in caught.value.message
    with pytest.raises(PersonaError):
        load_persona(path)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{}", "is empty"),
        ("[]", "is empty or not a mapping"),
        ("null", "is empty or not a mapping"),
        ("[{}]", "is a list, not a persona"),
        ('[{"id": "a", "name": "b", "age": 5}]', "is a list with several personas, not one persona"),
        ('"Ana"', "is empty or not a mapping"),
        ("5", "is empty or not a mapping"),
        ('{"type": "TinyPerson", "persona": null}', "is a TinyTroupe agent without a persona"),
        ('{"type": "TinyPerson"}', "is a TinyTroupe agent without a persona"),
        ('{"json_serializable_class_name": "TinyPerson", "_configuration": []}', "is a TinyTroupe agent without a persona"),
        ('{"type": "TinyPerson", "persona": {}}', "does not state a name"),
        ('{"spec": "chara_card_v2", "data": null}', "does not state a name"),
        ('{"persona": null, "x": 1}', "is not a persona: it has none of the keys id, name, "),
        ('{"people": [1]}', "is not a persona: it has none of the keys id, name, "),
        ('{"rubric": null, "name": ""}', "none of its keys has a value"),
        ('{"criteria": null}', "none of its keys has a value"),
        ('{"background": null, "current_interests": []}', "none of its keys has a value"),
    ],
)
@pytest.mark.parametrize("suffix", [".json", ".yaml"])
def test_files_that_hold_nobody_get_one_line(tmp_path, text, what, suffix):
    path = tmp_path / f"x{suffix}"
    path.write_text(text, encoding="utf-8")
    assert what in one_line(path)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"id": "a", "id": "b"}', "id"),
        ('{"id": "a", "lifestyle": {"wake": "07:00", "sleep": "23:00", "wake": "08:00"}}', "wake"),
        ('{"daily_plan": [{"minutes": 5, "minutes": 5}]}', "minutes"),
        ('{"a\\nb": 1, "a\\nb": 2}', "a b"),
    ],
)
def test_a_key_that_is_given_twice_is_refused(tmp_path, text, key):
    path = tmp_path / "x.json"
    path.write_text(text, encoding="utf-8")
    assert f"the key '{key}' is given twice" in one_line(path)
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PersonaError, match=rf"line 1, [\w.\[\]]*{key}: is given twice$"):
        load_persona(path)


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (BOMB, "line 1, b[0]"),
        (f"name: Ana\n{BOMB}? *i\n: 5\n", "line 2, b[0]"),
        ("name: &n [*n]\n", "line 1, name[0]"),
        ("id: &i {x: 1}\nlifestyle:\n  <<: *i\n", "line 1, lifestyle.<<"),
        ("big: &b [[1]]\n? [*b, *b]\n: 5\n", "line 1, ?[0]"),
    ],
    ids=["bomb", "bomb as a key", "itself", "merge", "within a key"],
)
def test_aliases_get_one_line(tmp_path, text, where):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert one_line(path) == f"{path}: {where}: YAML aliases (*name) are not supported"


def test_a_file_of_several_personas_is_named(tmp_path):
    """JSON lines, a list and several YAML documents; also where the file is larger than a persona may be."""
    own = [data_of(f"p0{number}") for number in (1, 2)]
    lines = "\n".join(map(json.dumps, own))
    path = tmp_path / "x"
    for suffix, text, what in (
        (".jsonl", lines, "is a file of JSON lines with several personas, not one persona"),
        (".json", f"{lines}\n", "is a file of JSON lines with several personas, not one persona"),
        (".ndjson", f"\n{lines}\n{{not JSON", "is a file of JSON lines with several personas, not one persona"),
        (".yaml", lines, "is a file of JSON lines with several personas, not one persona"),
        (".jsonl", f"{lines}\n" * 40, "is a file of JSON lines with several personas, not one persona"),
        (".jsonl", '{"step": 1}\n{"step": 2}\n', "is a file of JSON lines, not a persona"),
        (".json", json.dumps(own), "is a list with several personas, not one persona"),
        (".yaml", "---\n".join(map(yaml.safe_dump, own)), "is a file of several YAML documents, not one persona"),
    ):
        file = path.with_suffix(suffix)
        file.write_text(text, encoding="utf-8")
        assert one_line(file) == f"{file}: {what}"
    path.with_suffix(".jsonl").write_text(json.dumps(own[0]) + "\n\n", encoding="utf-8")
    assert load_persona(path.with_suffix(".jsonl")).id == "p01"


def test_two_cards_of_one_keyword_are_refused_unless_they_are_the_same(tmp_path):
    other = CARD.replace("{", '{"x": 1, ', 1)
    path = tmp_path / "card.png"
    for chunks in ([card_chunk(b"chara", CARD), card_chunk(b"chara", other)], [card_chunk(b"ccv3", CARD), card_chunk(b"ccv3", other)]):
        path.write_bytes(picture(*chunks))
        assert one_line(path) == f"{path}: is a PNG picture with 2 different character cards; save the one that is meant as a JSON file"
    packed = chunk(b"zTXt", b"chara\0\0" + zlib.compress(base64.b64encode(CARD.encode())))
    assert card_text(picture(card_chunk(b"chara", CARD), packed, card_chunk(b"chara", CARD))) == CARD
    assert card_text(picture(card_chunk(b"chara", CARD), card_chunk(b"ccv3", other), card_chunk(b"chara", other))) == other


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (f"0x{'f' * 9000}", "holds an integer of hundreds of digits"),
        (f"-0b{'1' * 40_000}", "holds an integer of hundreds of digits"),
        (f"[{{a: 0x{'f' * 9000}}}]", "holds an integer of hundreds of digits"),
        ("1:" * 5000 + "1", "holds an integer of hundreds of digits"),
        ("!!timestamp x", "not valid YAML: a value is not of the type that its tag (!!) states"),
        ("!!bool x", "not valid YAML: a value is not of the type that its tag (!!) states"),
    ],
    ids=["hexadecimal", "binary", "nested", "sexagesimal", "timestamp", "bool"],
)
def test_a_value_that_python_cannot_print_or_read_gets_one_line(tmp_path, value, what):
    path = tmp_path / "x.yaml"
    path.write_text(f"name: Ana\nage: {value}\n", encoding="utf-8")
    assert one_line(path) == f"{path}: {what}"
    path = tmp_path / "x.toml"
    path.write_text(f'name = "Ana"\nage = 0x{"f" * 9000}\n', encoding="utf-8")
    assert one_line(path) == f"{path}: holds an integer of hundreds of digits"


@pytest.mark.parametrize(
    "text", ["name: x\n" * 3000, "name: x\n" + "".join(f"k{number}: 1\n" for number in range(3000))], ids=["repeated", "unknown"]
)
def test_of_very_many_problems_the_first_are_shown(tmp_path, text):
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PersonaError) as caught:
        load_persona(path)
    first, *others = caught.value.message.splitlines()
    assert (first, len(others)) == (f"{path}: more than 40 problems, such as", 40)


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        ("\a", "U+0007 (BEL)"),
        ("\x1b", "U+001B (ESC)"),
        ("\x7f", "U+007F (DEL)"),
        ("\x9b", "U+009B"),
        ("\x01", "U+0001 (SOH)"),
        ("\uffff", "U+FFFF"),
    ],
)
def test_a_control_character_in_yaml_is_named_on_one_line(tmp_path, sign, name):
    path = tmp_path / "x.yaml"
    path.write_text(f"id: a\nname: A{sign}b\n", encoding="utf-8")
    assert one_line(path).endswith(f"line 2: has the character {name}, which YAML does not allow")


@given(st.characters(exclude_categories=["Cs"]))
def test_characters_are_refused_where_the_loader_refuses_them(sign):
    if sign in "\r\n\x85\u2028\u2029":
        return
    try:
        yaml.load(f'name: "A{sign}b"', Loader)
        allowed = True
    except yaml.reader.ReaderError:
        allowed = False
    except yaml.YAMLError:
        allowed = True
    assert (_UNWRITABLE.search(sign) is None) is allowed


def card_or_problem(content):
    try:
        return card_text(content)
    except ValueError as error:
        return f"problem: {error}"


@given(st.binary(max_size=300), st.integers(0, 600))
def test_damaged_pictures_give_a_text_or_a_clear_error(noise, at):
    whole = picture(card_chunk(b"chara", "{}"))
    found = card_or_problem(whole[: 8 + at] + noise + whole[8 + at :])
    assert found == "{}" or found.startswith("problem: is a PNG picture")


def test_a_persona_says_whether_its_rubric_was_compiled_from_words(tmp_path):
    """Which is no part of what it is: it equals the persona that an import wrote."""
    assert load_persona("p01").compiled is None
    data = data_of("p01")
    text = "I like music while I cook. I like books while I rest."
    path = tmp_path / "p01.json"
    path.write_text(json.dumps({**data, "rubric": {**data["rubric"], "preference": text}}), encoding="utf-8")
    persona = load_persona(path)
    assert persona.compiled is not None
    assert list(persona.compiled.rubric) == ["preference"]
    written = tmp_path / "written.yaml"
    written.write_text(import_persona(path).yaml, encoding="utf-8")
    again = load_persona(written)
    assert again.compiled is None
    assert again == persona
    assert hash(again) == hash(persona)


def test_both_kinds_of_imports_have_one_interface(tmp_path):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(data_of("p01")), encoding="utf-8")
    agent = read_foreign(FOLDER / "agent.json")
    assert agent is not None
    for imported, complete in ((import_persona(path), True), (agent, False)):
        assert (imported.persona is not None) is complete
        assert imported.report()["complete"] is complete
        assert imported.report()["id"] == imported.id
        assert imported.report()["assumed"] == list(imported.assumed)
        assert imported.lines()[0].startswith(f"{imported.id}: ")
        assert imported.source in imported.lines()[0]
        assert f"id: {imported.id}\n" in imported.yaml
