"""The built-in models' packed weights: the small decoder runs without transformers, with the same bits."""

import shutil
import subprocess
import sys

import pytest
import torch

from propersim.models.homelm_codec import homelm_codec
from propersim.models.homelm_tokenizer import PlainTokenizer
from propersim.models.llama_decoder import LlamaWeights
from propersim.models.loading import load
from propersim.models.model import LoadedModel
from propersim.models.packed import FILE, pack, small_weights
from propersim.models.sources import resolve


def tensors(weights):
    layers = [getattr(layer, name) for layer in weights.layers for name in ("before", "qkv", "out", "after", "gate_up", "down")]
    return [weights.embedding, weights.head, weights.norm, weights.frequencies, *layers]


@pytest.mark.parametrize("quantize", ["nf4", "none"])
@pytest.mark.parametrize("name", ["homelm", "homelm-eager"])
def test_weights_and_tokens_are_those_of_the_whole_model(name, quantize):
    source = resolve(name)
    small, parts = small_weights(source.path, quantize), load(source, quantize)
    whole = LlamaWeights.of(parts.model)
    assert small is not None
    assert all(torch.equal(one, other) for one, other in zip(tensors(small), tensors(whole), strict=True))
    assert (small.heads, small.kv, small.size, small.eps) == (whole.heads, whole.kv, whole.size, whole.eps)
    plain = PlainTokenizer(source.path)
    codec = homelm_codec(plain)
    for attribute in ("speak", "silent", "closing", "over", "banned", "longest", "tokens_needed"):
        assert getattr(codec, attribute) == getattr(parts.codec, attribute)
    for text in ("How about a walk?", "Café, née Müller — 100 % sure…", "", "  two  spaces ", "日本語"):
        ids = codec.tokens(text)
        assert ids == parts.codec.tokens(text)
        assert codec.text([*ids, *codec.closing]) == parts.codec.text([*ids, *codec.closing])
        assert plain.decode(ids, skip_special_tokens=False) == parts.tokenizer.decode(
            ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
    assert plain.get_vocab() == parts.tokenizer.get_vocab()


def test_packed_weights_of_other_weights_are_not_used(tmp_path):
    folder = shutil.copytree(resolve("homelm").path, tmp_path / "model")
    pack(folder)
    assert (folder / FILE).read_bytes() == (resolve("homelm").path / FILE).read_bytes()
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes() + b" ")
    assert small_weights(folder, "nf4") is None
    (folder / FILE).write_bytes(b"damaged")
    assert small_weights(folder, "nf4") is None
    (folder / FILE).unlink()
    assert small_weights(folder, "nf4") is None


def test_the_whole_model_is_loaded_when_it_is_asked_for(full_state):
    model = LoadedModel("homelm")
    prompt = model.codec.prompt(full_state)
    before = model.decide(prompt).p_speak
    model.load_adapter(None)
    assert model.decide(prompt).p_speak == before
    assert not model.taught
    assert model.linear4bit_layers == 28
    model.load_adapter(None)
    assert model.decide(prompt).p_speak == before


def test_a_first_decision_needs_no_transformers():
    program = """
import sys
from propersim.models.model import LoadedModel
from propersim.models.room import full_state
model = LoadedModel("homelm")
assert 0 < model.decide(model.codec.prompt(full_state())).p_speak < 1
slow = {"transformers", "peft", "bitsandbytes", "trl"} & set(sys.modules)
assert not slow, slow
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
