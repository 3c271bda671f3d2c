"""Several models of one process on one base: the same tensors, and each its own adapter."""

import threading

import msgspec
import pytest
import torch

from propersim.models import shared_model
from propersim.models.adapters import add_adapter, base_of, save_adapter
from propersim.models.llama_decoder import LlamaDecoder
from propersim.models.model import LoadedModel
from propersim.models.presets import preset
from propersim.models.shared_model import share_models
from tests.tiny_models import chat_tokenizer, fill_adapter, full_state, save_random_model, tiny_folder  # noqa: F401 - fixtures


@pytest.fixture(scope="module")
def other_folder(tmp_path_factory, chat_tokenizer):  # noqa: F811
    """A model of another architecture, which transformers runs."""
    return save_random_model(tmp_path_factory.mktemp("qwen2") / "model", "qwen2", chat_tokenizer, 1, tie_word_embeddings=True)


@pytest.fixture
def shares(monkeypatch):
    """Let this process share models during the test."""

    def start():
        monkeypatch.setattr(shared_model, "_sharing", threading.Event())
        monkeypatch.setattr(shared_model, "_loaded", {})
        share_models()

    return start


def layers_of(model):
    assert isinstance(model.decoder, LlamaDecoder)
    return model.decoder._layers


def said(model, state):
    prompt = model.codec.prompt(state)
    decision = model.decide(prompt)
    return decision.p_speak, model.say(decision, [1, 2])


def random_adapter(model, seed):
    """Give a model an adapter that changes its answers."""
    model.model = fill_adapter(add_adapter(model.model, model.teaching, seed), seed)


def adapter_file(path, quantize, place, seed):
    """Write a random adapter of a model to a file, and return the file."""
    model = LoadedModel(str(path), quantize, starter="none")
    random_adapter(model, seed)
    save_adapter(model.model, place)
    return place


@pytest.mark.parametrize("quantize", ["none", "nf4"])
@pytest.mark.parametrize("kind", ["llama", "other"])
def test_models_on_one_base_answer_as_alone_each_with_its_adapter(kind, quantize, request, tmp_path, full_state, shares):  # noqa: F811
    path = request.getfixturevalue("tiny_folder" if kind == "llama" else "other_folder")
    adapters = [adapter_file(path, quantize, tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2)]

    def answers(models):
        found = [said(model, full_state) for model in models]
        for model, adapter in zip(models, adapters, strict=True):
            model.load_adapter(adapter)
        found += [said(model, full_state) for model in models]
        models[0].load_adapter(None)
        return found + [said(model, full_state) for model in models]

    def load():
        return LoadedModel(str(path), quantize, preset(str(path)).teaching, starter="none")

    alone = answers([load(), load()])
    shares()
    one, other = models = [load(), load()]
    assert one.model is not other.model
    assert one.linear4bit_layers == other.linear4bit_layers
    assert (one.linear4bit_layers > 0) == (quantize == "nf4")
    for mine, its in zip(one.model.parameters(), other.model.parameters(), strict=True):
        assert mine is its
    assert isinstance(one.decoder, LlamaDecoder) == (kind == "llama")
    assert answers(models) == alone
    # All six differ but the two before the adapters, and the one whose adapter was removed again.
    assert alone[0] == alone[1] == alone[4] != alone[2] != alone[3] == alone[5]


def test_decoders_share_the_layers_without_an_adapter(tiny_folder, shares):  # noqa: F811
    shares()
    teaching = msgspec.structs.replace(preset(str(tiny_folder)).teaching, layers=1)
    one, other = (LoadedModel(str(tiny_folder), "none", teaching, starter="none") for _ in range(2))
    assert all(mine is its for mine, its in zip(layers_of(one), layers_of(other), strict=True))
    random_adapter(one, 1)
    one.forget_decoder()
    below, last = zip(layers_of(one), layers_of(other), strict=True)
    assert below[0] is below[1]
    assert last[0] is not last[1]
    # The other's layers stay the base's.
    assert torch.equal(last[1].out, base_of(other.model).model.layers[1].self_attn.o_proj.weight)


def test_without_sharing_each_model_has_weights_of_its_own(tiny_folder):  # noqa: F811
    one, other = (LoadedModel(str(tiny_folder), "none", starter="none") for _ in range(2))
    assert one.model.lm_head.weight.data_ptr() != other.model.lm_head.weight.data_ptr()
