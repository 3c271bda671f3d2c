"""Folders with two versions of a weight, links that lead nowhere, and files whose fields are of another kind."""

import json
import os
import pickle

import pytest
import torch
from safetensors.torch import load_file, save_file

from propersim.core.errors import InputError
from propersim.models.loading import load
from propersim.models.sources import resolve

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
HEAD, TABLE = "lm_head.weight", "model.embed_tokens.weight"


def said(folder):
    with pytest.raises(InputError) as caught:
        load(resolve(str(folder)), "none")
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


def sharded(folder, change=lambda tensors: tensors, *, keep=True):
    """Write the weights in two files with an index, beside ``model.safetensors``."""
    tensors = load_file(folder / WHOLE)
    names, changed = sorted(tensors), change(dict(tensors))
    places = {name: f"{'a' if name in names[:9] else 'b'}.safetensors" for name in changed}
    for file in ("a.safetensors", "b.safetensors"):
        save_file({name: changed[name] for name in changed if places[name] == file}, folder / file, metadata={"format": "pt"})
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}), encoding="utf-8")
    if not keep:
        (folder / WHOLE).unlink()
    return folder


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda found: {**found, HEAD: -found[HEAD]}, f"and they differ in {HEAD}"),
        (lambda found: {**found, "model.norm.weight": found["model.norm.weight"] + 1e-6}, "and they differ in model.norm.weight"),
        (lambda found: {**found, TABLE: found[TABLE].half()}, f"and they differ in {TABLE}"),
        (lambda found: {name: one for name, one in found.items() if name != HEAD}, f"and only one of them has {HEAD}"),
    ],
)
def test_two_versions_of_the_weights_are_refused(tiny, change, wanted):
    found = said(sharded(tiny, change))
    assert "has its weights twice, in model.safetensors and in a.safetensors and the others of the index" in found
    assert found.endswith(wanted)


def test_the_same_weights_twice_load(tiny):
    load(resolve(str(sharded(tiny))), "none")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_an_output_layer_that_is_not_the_embedding_it_is_tied_to_is_refused(tiny, changed, dtype):
    changed(tiny, tie_word_embeddings=True)
    assert f"says tie_word_embeddings, but {HEAD} is not {TABLE}" in said(tiny)
    tensors = load_file(tiny / WHOLE)
    table = tensors[TABLE].to(dtype)
    save_file({**tensors, TABLE: table.float(), HEAD: table.clone()}, tiny / WHOLE, metadata={"format": "pt"})
    load(resolve(str(tiny)), "none")


def test_a_tied_output_layer_in_another_file_is_compared_too(tiny, changed):
    assert "is not model.embed_tokens.weight" in said(changed(sharded(tiny, keep=False), tie_word_embeddings=True))


def test_links_that_lead_nowhere_are_named(tmp_path, tiny):
    os.symlink("/nowhere/at-all", tmp_path / "dead")
    os.symlink("loop", tmp_path / "loop")
    assert said(tmp_path / "dead") == f"{tmp_path}/dead: is a link to /nowhere/at-all, which does not exist"
    assert said(tmp_path / "dead" / "model") == f"{tmp_path}/dead: is a link to /nowhere/at-all, which does not exist"
    assert said(tmp_path / "loop") == f"{tmp_path}/loop: is a link that leads back to itself"
    os.symlink("gone.gguf", tmp_path / "m.gguf")
    assert "m.gguf: is a link to gone.gguf, which does not exist" in said(tmp_path / "m.gguf")
    for name in (WHOLE, "config.json", "tokenizer.json"):
        kept = (tiny / name).read_bytes()
        (tiny / name).unlink()
        os.symlink("../blobs/0123", tiny / name)
        assert said(tiny) == f"{tiny}/{name}: is a link to ../blobs/0123, which does not exist"
        (tiny / name).unlink()
        (tiny / name).write_bytes(kept)
    os.symlink("gone", tiny / "README.md")
    assert resolve(str(tiny)).there


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        ({"weight_map": {HEAD: "pytorch_model.bin"}}, f"its weights are pickled (pytorch_model.bin, named in {INDEX})"),
        ({"weight_map": {HEAD: 3, TABLE: WHOLE}}, f"weight_map has 3 for {HEAD}, not the name of a file"),
        ({"weight_map": {HEAD: None}}, f"weight_map has null for {HEAD}, not the name of a file"),
        ({"weight_map": [WHOLE]}, "weight_map is not an object"),
        ({"weight_map": "x"}, "weight_map is not an object"),
        ({"metadata": {}}, "lacks weight_map"),
        ([1], "is not an object"),
    ],
)
def test_an_index_of_weights_that_cannot_be_followed_is_explained(tiny, index, wanted):
    (tiny / INDEX).write_text(json.dumps(index), encoding="utf-8")
    assert wanted in said(tiny)


@pytest.mark.parametrize("data", [pickle.dumps([1], 2), pickle.dumps([1], 5), b"PK\x03\x04" + bytes(60)])
def test_pickled_weights_by_another_name_are_called_so(tiny, data):
    (tiny / WHOLE).write_bytes(data)
    assert "model.safetensors: its weights are pickled, whatever its name says" in said(tiny)


@pytest.mark.parametrize(
    ("file", "values", "wanted"),
    [
        ("tokenizer.json", {"added_tokens": None}, "lacks added_tokens"),
        ("tokenizer.json", {"added_tokens": 5}, "added_tokens is not a list"),
        ("tokenizer.json", {"added_tokens": [{"id": "x", "content": "<a>"}]}, "added_tokens[0].id is not a whole number"),
        ("tokenizer.json", {"model": []}, "model is not an object"),
        (
            "tokenizer.json",
            {"model": {"type": "BPE", "vocab": {}, "merges": ["abc"]}},
            'model.merges[0] is "abc", not two parts of a token',
        ),
        ("tokenizer.json", {"normalizer": {"type": "None"}}, "normalizer is not one that the library tokenizers reads"),
        ("tokenizer_config.json", {"model_max_length": "x"}, "model_max_length is not a number"),
        ("tokenizer_config.json", {"tokenizer_class": 5}, "tokenizer_class is not a text"),
        ("tokenizer_config.json", {"eos_token": {"a": 1}}, "eos_token is neither a text nor an object with a text in content"),
        ("tokenizer_config.json", {"added_tokens_decoder": {"x": {"content": "a"}}}, "added_tokens_decoder has 'x'"),
        ("tokenizer_config.json", {"chat_template": [{"ours": "x"}]}, "chat_template[0] has no texts in name and template"),
    ],
)
def test_fields_of_a_tokenizer_are_named(tiny, file, values, wanted):
    path = tiny / file
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")
    assert said(tiny).startswith(f"{path}: {wanted}")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "tokenizer_config.json", INDEX])
def test_an_empty_file_is_called_empty(tiny, name):
    (tiny / name).write_text("", encoding="utf-8")
    assert said(tiny) == f"{tiny / name}: cannot be read: is empty"


def test_files_of_json_that_are_no_json(tiny):
    (tiny / "generation_config.json").write_text("[1]", encoding="utf-8")
    assert said(tiny) == f"{tiny}/generation_config.json: is not an object"
    (tiny / "config.json").write_text("[" * 100_000, encoding="utf-8")
    assert "is nested too deeply" in said(tiny)
    (tiny / "config.json").write_bytes(b"\xef\xbb\xbf{}")
    assert "begins with a byte order mark" in said(tiny)
