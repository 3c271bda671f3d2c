"""Reading persona files: encodings, other kinds of files, rubrics of words in YAML, and pictures with a character card."""

import codecs
import json
import os
import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.errors import PersonaError
from propersim.persona.documents import MAX_BYTES, read_document
from propersim.persona.importing import import_persona
from propersim.persona.library import load_persona
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
