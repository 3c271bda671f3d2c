"""Adapters written for other programs: what PEFT, transformers and llama.cpp read computes what the run's model computes."""

import importlib.util
import json
import shutil
from copy import deepcopy

import msgspec
import numpy as np
import peft
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from propersim.core.errors import InputError
from propersim.models.adapters import add_adapter, read_adapter, save_adapter
from propersim.models.export_adapter import changed_weights, fitted, load_merged, write_merged, write_peft
from propersim.models.export_gguf import write_changed_gguf, write_gguf
from propersim.models.gguf_header import read_head
from propersim.models.gguf_vocabulary import pre_of
from propersim.models.loading import load
from propersim.models.model import LoadedModel
from propersim.models.presets import preset
from propersim.models.sources import resolve
from tests.models.test_starters import own, started  # noqa: F401 - fixtures
from tests.tiny_models import fill_adapter, save_random_model

IDS = [5, 300, 41, 7, 1200, 88, 2, 2000, 65, 4]
TEACHING = msgspec.structs.replace(preset("smollm2").teaching, rank=4, alpha=8, layers=1, dropout=0.0)


def logits(model, ids=IDS):
    with torch.no_grad():
        return model.eval()(torch.tensor([ids])).logits[0]


def trained(folder, path, teaching=TEACHING):
    """Save an adapter that changes something into a file; return the logits of the model with it."""
    model = fill_adapter(add_adapter(load(resolve(str(folder)), "none").model, teaching, 0), 1, std=0.3)
    save_adapter(model, path)
    return logits(model)


@pytest.fixture
def adapter(tmp_path):
    return tmp_path / "00000005.safetensors"


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A folder to write into; conversions of GGUF files go into a cache folder of the test."""
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def merged(folder, adapter, out, dtype="float32"):
    write_merged(*load_merged(resolve(str(folder)), adapter, TEACHING), out, dtype)
    return AutoModelForCausalLM.from_pretrained(out)


# -- PEFT -------------------------------------------------------------------------------------------------------------


def test_peft_opens_the_folder_of_an_adapter(tiny_folder, adapter, out):
    wanted = trained(tiny_folder, adapter)
    write_peft(adapter, out, "owner/name", TEACHING)
    base = AutoModelForCausalLM.from_pretrained(tiny_folder)
    plain = logits(base)
    torch.testing.assert_close(logits(peft.PeftModel.from_pretrained(base, out)), wanted, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(plain, wanted, atol=0.1)
    config = json.loads((out / "adapter_config.json").read_text(encoding="utf-8"))
    assert (config["base_model_name_or_path"], config["layers_to_transform"], config["r"], config["lora_alpha"]) == (
        "owner/name",
        [1],
        4,
        8,
    )
    assert config["target_modules"] == sorted(config["target_modules"])
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    write_peft(adapter, out, "owner/name", TEACHING)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before


def test_a_starter_is_contained_in_what_is_exported(started, adapter, out):  # noqa: F811
    """The run's settings have the rank of its preset; its adapter has the starter's."""
    model = LoadedModel(str(started), "none", evidence=True)
    usual, starter = preset(str(started)).teaching, model.starter
    assert starter is not None
    assert (usual.rank, model.teaching.rank) == (16, 2)
    assert fitted(starter.path, usual).alpha == 4
    save_adapter(fill_adapter(model.model, 9, std=0.1), adapter)
    for path in (starter.path, adapter):
        model.load_adapter(path)
        wanted = logits(model.model)
        write_peft(path, out, str(started), usual)
        found = peft.PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(started), out)
        torch.testing.assert_close(logits(found), wanted, atol=1e-5, rtol=1e-5)
        whole, _ = load_merged(resolve(str(started)), path, usual)
        torch.testing.assert_close(logits(whole), wanted, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", None])
def test_a_damaged_adapter_is_refused(adapter, out, content):
    if content is not None:
        adapter.write_bytes(content)
    with pytest.raises(InputError, match="the adapter cannot be read"):
        write_peft(adapter, out, "x", TEACHING)


# -- whole models -----------------------------------------------------------------------------------------------------


def test_a_merged_folder_is_a_whole_model(tiny_folder, adapter, out):
    wanted = trained(tiny_folder, adapter)
    found = merged(tiny_folder, adapter, out)
    torch.testing.assert_close(logits(found), wanted, atol=1e-4, rtol=1e-4)
    texts = "".join(file.read_text(encoding="utf-8") for file in out.iterdir() if file.suffix == ".json")
    assert str(tiny_folder) not in texts
    tokenizer, before = (AutoTokenizer.from_pretrained(folder) for folder in (out, tiny_folder))
    assert (tokenizer.get_vocab(), tokenizer.chat_template) == (before.get_vocab(), before.chat_template)
    # It is a model for runs as well.
    torch.testing.assert_close(logits(load(resolve(str(out)), "none").model), wanted, atol=1e-4, rtol=1e-4)


def test_a_merged_folder_in_another_type(tiny_folder, adapter, out):
    wanted = trained(tiny_folder, adapter)
    found = merged(tiny_folder, adapter, out, "bfloat16")
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(logits(found).float(), wanted, atol=0.2, rtol=0.2)


def test_a_base_that_is_stored_in_four_bits_is_unpacked(tiny, adapter, out, tmp_path):
    """Weights that there are in 4-bit alone are those that the run computed with."""
    packed = shutil.copytree(tiny, tmp_path / "packed")
    load(resolve(str(tiny))).model.save_pretrained(packed)
    model = fill_adapter(add_adapter(load(resolve(str(packed))).model, TEACHING, 0), 1, std=0.3)
    save_adapter(model, adapter)
    found = merged(packed, adapter, out)
    assert not resolve(str(out)).quantized
    # On a processor with fast bfloat16 the run rounds unpacked matrices to it.
    torch.testing.assert_close(logits(found), logits(model).float(), atol=0.05, rtol=0.05)


def test_a_full_disk_is_said(tiny_folder, adapter, out):
    """A limit on the size of files stands for a full disk."""
    import resource

    trained(tiny_folder, adapter)
    model, tokenizer = load_merged(resolve(str(tiny_folder)), adapter, TEACHING)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        for write in (
            lambda: write_merged(model, tokenizer, out, "float32"),
            lambda: write_gguf(model, tokenizer, out / "m.gguf", "tiny", "float16"),
        ):
            with pytest.raises(OSError) as caught:
                write()
            assert caught.value.errno
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


# -- GGUF -------------------------------------------------------------------------------------------------------------

LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 512}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512}


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("llama", {"tie_word_embeddings": True}),
        ("llama", {"tie_word_embeddings": False, "head_dim": 32}),
        ("mistral", {"sliding_window": None}),
        ("qwen2", {"tie_word_embeddings": True}),
        ("qwen3", {"head_dim": 128}),
        ("llama", {"rope_parameters": {**LLAMA3, "rope_theta": 5e5}}),
        ("llama", {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0}}),
        ("qwen2", {"rope_parameters": {**YARN, "rope_theta": 1e6}}),
    ],
    ids=["tied", "wide", "mistral", "qwen2", "qwen3", "llama3", "linear", "yarn"],
)
def test_a_gguf_file_is_the_merged_model(tmp_path, chat_tokenizer, adapter, out, kind, more):
    folder = save_random_model(tmp_path / "model", kind, chat_tokenizer, 3, **{"num_hidden_layers": 2, **more})
    wanted = trained(folder, adapter)
    model, tokenizer = load_merged(resolve(str(folder)), adapter, TEACHING)
    write_gguf(model, tokenizer, out / "model.gguf", "tiny", "float32")
    head = read_head(out / "model.gguf")
    assert head.metadata["tokenizer.chat_template"] == chat_tokenizer.chat_template
    # Runs read the file too, rotation included; they round weights to bfloat16.
    again = load(resolve(str(out / "model.gguf")), "none").model
    torch.testing.assert_close(again.model.rotary_emb.inv_freq, model.model.rotary_emb.inv_freq)
    assert again.model.rotary_emb.attention_scaling == pytest.approx(model.model.rotary_emb.attention_scaling)
    torch.testing.assert_close(logits(again), wanted, atol=0.05, rtol=0.05)
    if "rope_parameters" not in more and kind != "mistral":
        # transformers ignores scaled rotations of GGUF files.
        other = AutoModelForCausalLM.from_pretrained(out, gguf_file="model.gguf", dtype=torch.float32)
        torch.testing.assert_close(logits(other), wanted, atol=1e-4, rtol=1e-4)


def test_the_tokenizer_of_a_gguf_file_is_the_models(tiny_folder, adapter, out):
    trained(tiny_folder, adapter)
    write_gguf(*load_merged(resolve(str(tiny_folder)), adapter, TEACHING), out / "model.gguf", "tiny", "float16")
    tokenizer = AutoTokenizer.from_pretrained(out, gguf_file="model.gguf")
    before = AutoTokenizer.from_pretrained(tiny_folder)
    text = '<|im_start|>user\nNow: Tuesday, 7:30, it\'s 12 °C.\n\nAnswer now.<|im_end|>\n{"speak": false}'
    assert tokenizer(text)["input_ids"] == before(text)["input_ids"]
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id) == (before.bos_token_id, before.eos_token_id)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_gguf_file_keeps_what_the_adapter_does_not_change(tiny_folder, adapter, out, dtype):
    from gguf import GGUFReader

    base = load(resolve(str(tiny_folder)), "none")
    source = out / "base.gguf"
    write_gguf(base.model, base.tokenizer, source, "tiny", "float16")
    wanted = trained(source, adapter)
    model, _ = load_merged(resolve(str(source)), adapter, TEACHING)
    changed = changed_weights(adapter)
    write_changed_gguf(model, source, changed, out / "model.gguf", dtype)
    old, new = GGUFReader(source), GGUFReader(out / "model.gguf")
    own_keys = {"GGUF.kv_count", "general.file_type"}
    values = [{name: field.contents() for name, field in one.fields.items() if name not in own_keys} for one in (old, new)]
    assert values[0] == values[1]
    differing = [a.name for a, b in zip(old.tensors, new.tensors, strict=True) if not np.array_equal(a.data, b.data)]
    assert len(differing) == len(changed) == 7
    assert {name.split(".")[1] for name in differing} == {"1"}, "the last layer alone"
    torch.testing.assert_close(logits(load(resolve(str(out / "model.gguf")), "none").model), wanted, atol=0.05, rtol=0.05)


def test_values_beyond_a_type_are_refused(tiny_folder, out):
    parts = load(resolve(str(tiny_folder)), "none")
    parts.model.model.layers[0].mlp.up_proj.weight.data[0, 0] = 70_000.0
    with pytest.raises(InputError, match=r"blk\.0\.ffn_up\.weight has values beyond those of float16"):
        write_gguf(parts.model, parts.tokenizer, out / "model.gguf", "tiny", "float16")
    write_gguf(parts.model, parts.tokenizer, out / "model.gguf", "tiny", "bfloat16")


def test_what_llama_cpp_does_not_compute_is_refused(tmp_path, chat_tokenizer, out):
    window = save_random_model(tmp_path / "window", "mistral", chat_tokenizer, 3, sliding_window=64)
    biased = save_random_model(tmp_path / "biased", "llama", chat_tokenizer, 3, attention_bias=True)
    for folder, wanted in ((window, "looks back 64 tokens only"), (biased, "not those of a plain llama")):
        model, tokenizer = AutoModelForCausalLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
        with pytest.raises(InputError, match=wanted) as caught:
            write_gguf(model, tokenizer, out / "model.gguf", "tiny", "float16")
        assert "--form merged" in str(caught.value.hint)


BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
WITHOUT = {**BYTES, "use_regex": False}
LLAMA3_SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def split(pattern):
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("steps", "more", "wanted"),
    [
        ([BYTES], {}, "gpt-2"),
        ([{"type": "Digits", "individual_digits": True}, BYTES], {}, "smollm"),
        ([split(LLAMA3_SPLIT), WITHOUT], {"ignore_merges": True}, "llama-bpe"),
        ([split(LLAMA3_SPLIT.replace("{1,3}", "")), WITHOUT], {"normalizer": {"type": "NFC"}}, "qwen2"),
        ([split(LLAMA3_SPLIT), WITHOUT], {}, None),
        ([split(LLAMA3_SPLIT.replace("{1,3}", "{1,2}")), WITHOUT], {}, None),
        ([BYTES], {"normalizer": {"type": "NFC"}}, None),
        ([{**BYTES, "add_prefix_space": True}], {}, None),
        ([WITHOUT], {}, None),
        ([{"type": "Metaspace"}], {}, None),
        ([BYTES], {"type": "Unigram"}, None),
    ],
)
def test_rules_of_splitting_are_known_or_refused(steps, more, wanted):
    model = {"type": more.get("type", "BPE"), "ignore_merges": more.get("ignore_merges", False)}
    raw = {"pre_tokenizer": {"type": "Sequence", "pretokenizers": steps}, "normalizer": more.get("normalizer"), "model": model}
    if wanted is not None:
        assert pre_of(raw) == wanted
        return
    with pytest.raises(InputError, match="none of those that can be written into a GGUF file"):
        pre_of(raw)


def test_a_tokenizer_of_no_steps_is_refused(chat_tokenizer):
    raw = json.loads(chat_tokenizer.backend_tokenizer.to_str())
    assert pre_of(raw) == "gpt-2"
    without = deepcopy(raw) | {"pre_tokenizer": None}
    with pytest.raises(InputError):
        pre_of(without)


def test_llama_cpp_computes_the_same(tiny_folder, adapter, out):
    if importlib.util.find_spec("llama_cpp") is None:
        pytest.skip("needs the extra peers: llama-cpp-python")
    import llama_cpp

    wanted = trained(tiny_folder, adapter)
    whole, tokenizer = load_merged(resolve(str(tiny_folder)), adapter, TEACHING)
    write_gguf(whole, tokenizer, out / "model.gguf", "tiny", "float16")
    model = llama_cpp.Llama(str(out / "model.gguf"), n_ctx=256, logits_all=True, verbose=False, n_threads=1)
    try:
        text = '<|im_start|>user\nNow: Tuesday, 7:30, it\'s 12 °C.\n\nAnswer now.<|im_end|>\n{"speak": false}'
        assert model.tokenize(text.encode(), add_bos=False, special=True) == tokenizer(text)["input_ids"]
        model.eval(IDS)
        found = torch.tensor(np.array(model.scores[: len(IDS)]))
    finally:
        model.close()
    torch.testing.assert_close(found, wanted, atol=0.05, rtol=0.05)


def test_names_of_changed_weights(tiny_folder, adapter):
    trained(tiny_folder, adapter)
    assert len(read_adapter(adapter)) == 14
    assert changed_weights(adapter)[0] == "model.layers.1.mlp.down_proj.weight"
