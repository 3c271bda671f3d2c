"""A GGUF file is loaded with all of its tensors and its own rotation, or refused by name."""

import shutil

import numpy as np
import pytest
import torch

from propersim.core.errors import InputError
from propersim.models.gguf_header import read_head
from propersim.models.gguf_rope import rope_parameters
from propersim.models.gguf_tensors import gguf_name, tensors
from propersim.models.loading import load
from propersim.models.shape import Shape
from propersim.models.sources import resolve
from tests.known import known
from tests.models.test_sources import LAYER, TENSORS, gguf, said

SCALED = {"rope.scaling.factor": 4.0}
YARN = {"rope.scaling.type": "yarn", **SCALED, "rope.scaling.original_context_length": 512}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "m.gguf"


def rope(path, factors=None, **options):
    return rope_parameters(path, read_head(gguf(path, **options)), factors)


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"drop": ("blk.0.ffn_down.weight",)}, "not a whole llama model: 1 tensor missing (blk.0.ffn_down.weight)"),
        ({"drop": ("output_norm.weight", "blk.0.attn_norm.weight")}, "2 tensors missing (blk.0.attn_norm.weight, output_norm.weight)"),
        ({"tensors": {"blk.1.attn_q.weight": (32, 32)}}, "1 tensor unknown (blk.1.attn_q.weight)"),
        ({"tensors": {"blk.0.attn_q.bias": (32,)}}, "1 tensor unknown (blk.0.attn_q.bias)"),
        ({"tensors": {"blk.0.ffn_up.weight": (32, 48)}}, "1 tensor of another shape (blk.0.ffn_up.weight is 48×32 instead of 64×32)"),
        ({"tensors": {"output.weight": (32, 5)}}, "1 tensor of another shape (output.weight is 5×32 instead of 3×32)"),
        ({"keys": {"block_count": 2}}, "9 tensors missing (blk.1.attn_k.weight, blk.1.attn_norm.weight, blk.1.attn_output.weight and 6"),
        ({"keys": {"block_count": 2_000_000_000}}, "11 tensors for 2,000,000,000 layers"),
        ({"architecture": "qwen2"}, "3 tensors missing (blk.0.attn_k.bias, blk.0.attn_q.bias, blk.0.attn_v.bias)"),
        ({"architecture": "qwen3"}, "2 tensors missing (blk.0.attn_k_norm.weight, blk.0.attn_q_norm.weight)"),
        ({"drop": ("context_length",)}, "llama.context_length is missing"),
        ({"drop": ("attention.layer_norm_rms_epsilon",)}, "lacks llama.attention.layer_norm_rms_epsilon"),
        ({"drop": ("tokens",)}, "has no tokenizer"),
        ({"tensors": {"token_embd.weight": (32, 2)}}, "its tokenizer has 3 tokens, but token_embd.weight has 2 rows"),
        ({"keys": {"rope.dimension_count": 4}}, "heads of 8 with values of 8 and 4 rotated dimensions"),
        ({"keys": {"logit_scale": 0.5}}, "its keys llama.logit_scale cannot be followed"),
        ({"keys": {"attention.scale": 0.25, "residual_scale": 0.5}}, "llama.attention.scale, llama.residual_scale"),
        ({"keys": {":split.count": 2}}, "is one of the 2 parts of a model that is split | join them first: `llama-gguf-split --merge"),
    ],
)
def test_files_that_are_not_whole_are_refused_by_name(path, options, wanted):
    assert wanted in said(gguf(path, **options))


def test_old_rotary_tensors_are_harmless(path):
    shape = known(resolve(str(gguf(path, tensors={"blk.0.attn_rot_embd.weight": (4,), "output.weight": (32, 3)}))).shape)
    assert shape.tied is False


@pytest.mark.parametrize("part", [1, 2, 3])
def test_a_part_of_a_split_model_is_known_by_its_name(tmp_path, part):
    found = said(gguf(tmp_path / f"a-0000{part}-of-00003.gguf"))
    assert "one of the 3 parts" in found
    assert "llama-gguf-split --merge a-00001-of-00003.gguf WHOLE.gguf" in found
    assert resolve(str(gguf(tmp_path / "whole-00001-of-00001.gguf"))).there


def test_a_rotation_without_scaling(path):
    assert rope(path) == {"rope_type": "default", "rope_theta": 10000.0}
    assert rope(path, keys={"rope.freq_base": 5e5, "rope.scaling.factor": 1.0}) == {"rope_type": "default", "rope_theta": 5e5}
    assert rope(path, keys={"rope.scaling.type": "none", **SCALED})["rope_type"] == "default"


@pytest.mark.parametrize("keys", [SCALED, {"rope.scaling.type": "linear", **SCALED}, {"rope.scale_linear": 4.0}])
def test_linear_scaling_is_kept(path, keys):
    """A factor without a type is linear, as in llama.cpp, also by its old name."""
    assert rope(path, keys=keys) == {"rope_type": "linear", "rope_theta": 10000.0, "factor": 4.0}


def test_yarn_is_kept(path):
    found = rope(path, keys={**YARN, "rope.scaling.yarn_beta_fast": 16.0, "rope.scaling.attn_factor": 2.0})
    assert (found["rope_type"], found["factor"], found["original_max_position_embeddings"]) == ("yarn", 4.0, 512)
    assert (found["beta_fast"], found["beta_slow"]) == (16.0, 1.0)
    assert found["attention_factor"] == pytest.approx(2 * (1 + 0.1 * np.log(4)))


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({"keys": {"rope.scaling.type": "longrope", **SCALED}}, "scaled by 'longrope'"),
        ({"keys": {**YARN, "rope.scaling.yarn_ext_factor": 0.5}}, "llama.rope.scaling.yarn_ext_factor"),
        ({"keys": {"rope.scaling.alpha": 1000.0}}, "llama.rope.scaling.alpha"),
        ({"keys": {"rope.dimension_sections": 3}}, "llama.rope.dimension_sections"),
        ({"keys": {"rope.freq_base": -1.0}}, "rope.freq_base is -1.0"),
        ({"keys": {**SCALED}, "tensors": {"rope_freqs.weight": (4,)}}, "both rope_freqs.weight and llama.rope.scaling.factor"),
        ({"tensors": {"rope_freqs.weight": (5,)}}, "rope_freqs.weight has 5 numbers instead of 4"),
        ({"tensors": {"rope_factors_long.weight": (4,)}}, "1 tensor unknown (rope_factors_long.weight)"),
    ],
)
def test_a_rotation_that_cannot_be_followed_is_refused(path, options, wanted):
    assert wanted in said(gguf(path, **options))


@pytest.mark.parametrize("factors", [[1, 2, 0, 4], [1, 2, float("nan"), 4], [1, -1, 1, 1]])
def test_divisors_of_a_rotation_are_above_zero(path, factors):
    with pytest.raises(InputError, match=r"rope_freqs\.weight holds numbers that are not above 0"):
        rope(path, factors, tensors={"rope_freqs.weight": (4,)})


def test_names_of_tensors_in_both_formats():
    from transformers import AutoConfig, AutoModelForCausalLM

    sizes = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    shape = Shape(hidden=32, inner=64, layers=2, heads=4, kv_heads=2, head=8, vocabulary=16, tied=False)
    for architecture in ("llama", "qwen2", "qwen3"):
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(AutoConfig.for_model(architecture, vocab_size=16, head_dim=8, **sizes))
        found = {gguf_name(name): tuple(tensor.shape) for name, tensor in model.state_dict().items()}
        assert found == tensors(architecture, shape), architecture
    assert set(TENSORS) == {name for name in tensors("llama", shape) if ".1." not in name and name != "output.weight"}
    assert all(f"blk.0.{name}" in TENSORS for name in LAYER)


def write(path, *, rope_keys=None, factors=None, bad=None, ends=True, architecture="llama", size=64, packed=None, add=None):
    """Write a whole tiny LLaMA with a tokenizer of bytes.

    ``packed`` returns the data of a layer's matrix and their type in GGUF; ``add`` adds keys to the writer.
    """
    from gguf import GGUFWriter

    generator = np.random.default_rng(0)
    entries = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    writer = GGUFWriter(path, architecture)
    for key, value in {"embedding_length": size, "block_count": 1, "feed_forward_length": size, "context_length": 4096}.items():
        writer.add_uint32(f"{architecture}.{key}", value)
    for key, value in {"head_count": 4, "head_count_kv": 2}.items():
        writer.add_uint32(f"{architecture}.attention.{key}", value)
    writer.add_layer_norm_rms_eps(1e-5)
    for key, value in (rope_keys or {}).items():
        (writer.add_string if isinstance(value, str) else writer.add_float32)(f"llama.{key}", value)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(entries)
    writer.add_token_scores([0.0] * len(entries))
    writer.add_token_types([2, 3, 3] + [6] * 256)
    for kind, number in (("bos", 1), *([("eos", 2)] if ends else []), ("unk", 0)):
        getattr(writer, f"add_{kind}_token_id")(number)
    if add is not None:
        add(writer)
    shape = Shape(hidden=size, inner=size, layers=1, heads=4, kv_heads=2, head=size // 4, vocabulary=len(entries), tied=True)
    for name, sizes in tensors(architecture, shape).items():
        values = (generator.standard_normal(sizes) * 0.05).astype(np.float32)
        if packed is not None and name.startswith("blk") and len(sizes) == 2:
            data, kind = packed(name, values)
            writer.add_tensor(name, data, raw_dtype=kind)
            continue
        if bad is not None and name == bad[0]:
            values.reshape(-1)[7] = bad[1]
        writer.add_tensor(name, values)
    if factors is not None:
        writer.add_tensor("rope_freqs.weight", np.asarray(factors, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def loaded(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    return lambda **options: load(resolve(str(write(tmp_path / "m.gguf", **options))), "none").model


def test_frequencies_are_divided_as_the_file_says(loaded):
    """LLaMA 3's scaling comes as one divisor per frequency; the result is that of its configuration."""
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

    scaling = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    config = LlamaConfig(hidden_size=64, num_attention_heads=4, rope_parameters={**scaling, "original_max_position_embeddings": 128})
    wanted = LlamaRotaryEmbedding(config).inv_freq
    plain = LlamaRotaryEmbedding(LlamaConfig(hidden_size=64, num_attention_heads=4)).inv_freq
    assert not torch.equal(wanted, plain)
    rotation = loaded(factors=plain / wanted).model.rotary_emb
    assert torch.allclose(rotation.inv_freq, wanted, rtol=1e-6)
    assert rotation.attention_scaling == 1.0
    long = rotation(torch.zeros(1), torch.tensor([[5000]]))[0][0, 0, :8]
    assert torch.allclose(long, (5000 * wanted).cos(), atol=1e-3), "beyond the context too"


def test_scaled_rotations_reach_the_model(loaded):
    plain = loaded().model.rotary_emb.inv_freq
    assert torch.allclose(loaded(rope_keys=SCALED).model.rotary_emb.inv_freq, plain / 4)
    yarn = loaded(rope_keys={"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0}).model.rotary_emb
    assert yarn.attention_scaling == pytest.approx(1 + 0.1 * np.log(4))
    assert float(yarn.inv_freq[-1]) == pytest.approx(float(plain[-1]) / 4)


@pytest.mark.parametrize("bad", [("blk.0.ffn_up.weight", np.nan), ("token_embd.weight", np.inf)])
def test_values_that_are_not_finite_are_refused_by_the_name_in_the_file(loaded, tmp_path, bad):
    with pytest.raises(InputError) as found:
        loaded(bad=bad)
    assert f"NaN or infinity in 1 tensor ({bad[0]})" in found.value.message
    assert not list((tmp_path / "cache" / "gguf").iterdir())


def test_a_tokenizer_without_an_end_names_the_file(loaded):
    with pytest.raises(InputError, match=r"m\.gguf: the model's tokenizer has no end-of-text token"):
        loaded(ends=False)


def test_a_copy_in_the_cache_that_was_damaged_is_named(loaded, tmp_path):
    loaded()
    (folder,) = (tmp_path / "cache" / "gguf").iterdir()
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-8])
    with pytest.raises(InputError, match=r"m\.gguf: cannot be loaded") as found:
        loaded()
    assert str(folder) in known(found.value.hint)
    shutil.rmtree(folder)
    loaded()
