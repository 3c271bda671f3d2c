"""GGUF files of other quantizations and architectures, and damaged ones: loaded with their values, or refused by name."""

import string
import struct

import numpy as np
import pytest
import torch
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize
from hypothesis import assume, given
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.models.gguf_convert import check_data
from propersim.models.gguf_header import GgufArray, GgufHead, read_head
from propersim.models.gguf_keys import EPSILON, SIZES, WINDOW, unknown_keys
from propersim.models.gguf_tensors import gguf_name
from propersim.models.loading import load
from propersim.models.sources import resolve
from tests.models.test_gguf import write
from tests.models.test_sources import said

SCALES = {"Q4_K": (0, 2), "Q6_K": (208,), "IQ4_NL": (0,), "IQ4_XS": (0,)}
"""Bytes of a block at which there is a scale in float16, for quantizations that gguf reads and does not write."""
WHERE = b"blk.0.ffn_up.weight"


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "m.gguf"


def packing(kind, wanted):
    """Return a function that packs a matrix in a quantization, and notes the values that it stands for."""
    generator = np.random.default_rng(1)

    def packed(name, values):
        try:
            data = quantize(values, kind)
        except NotImplementedError:
            block, size = GGML_QUANT_SIZES[kind]
            data = generator.integers(0, 256, (values.size // block, size), dtype=np.uint8)
            for at in SCALES[kind.name]:
                data[:, at : at + 2] = np.full((len(data), 1), 1e-4, np.float16).view(np.uint8)
            data = data.reshape(values.shape[0], -1)
        wanted[name] = dequantize(data, kind)
        return data, kind

    return packed


@pytest.mark.parametrize("name", ["Q8_0", "Q5_1", "Q4_0", "BF16", "TQ1_0", *SCALES])
def test_quantized_weights_have_the_values_that_they_stand_for(path, name):
    wanted: dict[str, np.ndarray] = {}
    model = load(resolve(str(write(path, size=256, packed=packing(GGMLQuantizationType[name], wanted)))), "none").model
    found = {gguf_name(key): tensor for key, tensor in model.state_dict().items()}
    assert len(wanted) == 7
    for key, values in wanted.items():
        if key in ("blk.0.attn_q.weight", "blk.0.attn_k.weight"):
            # llama.cpp stores the halves of a rotated head interleaved.
            heads = 4 if "_q" in key else 2
            values = values.reshape(heads, -1, 2, 256).swapaxes(1, 2).reshape(-1, 256)
        assert torch.equal(found[key].float(), torch.tensor(values).bfloat16().float()), key
        assert found[key].float().std() > 0


def test_a_quantized_weight_that_is_not_finite_is_refused(path):
    def packed(name, values):
        data = quantize(values, GGMLQuantizationType.Q8_0)
        if name == WHERE.decode():
            data[3, :2] = np.frombuffer(np.float16(np.nan).tobytes(), np.uint8)
        return data, GGMLQuantizationType.Q8_0

    with pytest.raises(InputError, match=r"NaN or infinity in 1 tensor \(blk\.0\.ffn_up\.weight\)"):
        load(resolve(str(write(path, packed=packed))), "none")


@pytest.mark.parametrize("architecture", ["gemma", "gemma3", "mistral3", "phi3", "clip"])
def test_other_architectures_are_refused_by_name(path, architecture):
    from gguf import GGUFWriter

    writer = GGUFWriter(path, architecture)
    writer.add_tensor("token_embd.weight", np.zeros((4, 4), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert f"its architecture is '{architecture}', not that of a LLaMA | give a file of one of llama, qwen2, qwen3" in said(path)


def test_mistral_is_a_llama_unless_its_attention_is_a_window(path):
    def mistral(window):
        return lambda writer: (writer.add_name("Mistral 7B"), writer.add_uint32("llama.attention.sliding_window", window))

    assert load(resolve(str(write(path, add=mistral(4096)))), "none").model.config.model_type == "llama"
    assert "its attention looks back 512 tokens only (llama.attention.sliding_window)" in said(write(path, add=mistral(512)))


@pytest.mark.parametrize(
    ("add", "wanted"),
    [
        (lambda writer: writer.add_type("adapter"), "is of the type 'adapter', not a model"),
        (
            lambda writer: writer.add_array("llama.rope.scaling.factor", [1.0, 2.0]),
            "rope.scaling.factor is a list of 2, not a number above 0",
        ),
        (lambda writer: writer.add_array("llama.attention.key_length", [16]), "its layers differ (llama.attention.key_length)"),
        (
            lambda writer: writer.add_uint32("tokenizer.ggml.padding_token_id", 9999),
            "has 259 tokens, but tokenizer.ggml.padding_token_id is 9,999",
        ),
    ],
)
def test_keys_that_would_be_misread_are_refused(path, add, wanted):
    assert wanted in said(write(path, add=add))


def key(name, value):
    def add(writer):
        kind = {bool: "bool", float: "float32", int: "uint32", str: "string"}.get(type(value), "array")
        getattr(writer, f"add_{kind}")(f"llama.{name}", value)

    return add


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("attention.causal", False),
        ("attention.causal", 0),
        ("use_parallel_residual", True),
        ("attention.temperature_scale", 0.1),
        ("pooling_type", 3),
        ("logit_scale", 0.5),
        ("swin_norm", True),
        ("attention.sliding_window_pattern", [True, False]),
        ("nextn_predict_layers", 1),
        ("feed_forward_activation", "relu"),
        ("a_key_of_next_year", 7),
    ],
)
def test_a_key_that_is_not_known_to_be_harmless_is_refused_by_name(path, name, value):
    assert f"its keys llama.{name} cannot be followed" in said(write(path, add=key(name, value)))


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("rope.freq_base", 0.0, "rope.freq_base is 0.0, not a number above 0"),
        ("attention.sliding_window", 8.0, "llama.attention.sliding_window is 8.0, not a whole number"),
        ("attention.sliding_window", [8], "llama.attention.sliding_window is a list of 1, not a whole number"),
        ("expert_count", 8.0, "llama.expert_count is 8.0, not a whole number"),
        ("rope.dimension_count", "8", "llama.rope.dimension_count is '8', not a whole number"),
    ],
)
def test_numbers_that_would_be_taken_as_missing_are_refused(path, name, value, wanted):
    assert wanted in said(write(path, add=key(name, value)))


def test_an_epsilon_of_zero_is_refused(path):
    data = write(path).read_bytes()
    name = b"llama.attention.layer_norm_rms_epsilon"
    path.write_bytes(data.replace(name + struct.pack("<If", 6, 1e-5), name + struct.pack("<If", 6, 0.0)))
    assert "layer_norm_rms_epsilon is 0.0, not a small number above 0" in said(path)


WRITTEN = {
    "LLaMA": {
        "vocab_size": 259,
        "rope.dimension_count": 16,
        "attention.key_length": 16,
        "attention.value_length": 16,
        "rope.freq_base": 5e5,
    },
    "Mixtral's converter": {"expert_count": 0, "expert_used_count": 0, "vocab_size": 259},
    "of 2023": {"tensor_data_layout": "Meta AI original pth", "rope.dimension_count": 16, "rope.scale_linear": 1.0},
    "Mistral": {"attention.sliding_window": 4096, "attention.causal": True, "vocab_size": 259},
    "not given": {"logit_scale": 0.0, "use_parallel_residual": False, "pooling_type": 0, "attention.clamp_kqv": 0.0, "finetune": ""},
    "YaRN": {"rope.scaling.type": "yarn", "rope.scaling.factor": 4.0, "rope.scaling.original_context_length": 1024},
}
"""Keys that converters write beside the sizes."""


@pytest.mark.parametrize("keys", WRITTEN.values(), ids=WRITTEN)
def test_what_converters_write_passes(path, keys):
    assert resolve(str(write(path, add=lambda writer: [key(name, value)(writer) for name, value in keys.items()]))).there


@given(
    st.text(string.ascii_lowercase + "._", min_size=1, max_size=24),
    st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=8) | st.integers(0, 9).map(GgufArray),
)
def test_no_other_key_passes_with_a_value(name, value):
    known = {"vocab_size", "tensor_data_layout", "expert_used_count", "expert_count", *SIZES, WINDOW, EPSILON, "attention.causal"}
    assume(name not in known and not name.startswith("rope."))
    head = GgufHead({"general.architecture": "llama", f"llama.{name}": value}, {}, {}, 0, 0)
    assert unknown_keys(head) == ([f"llama.{name}"] if value else [])


def test_a_suffix_in_capitals_is_a_gguf_file(path):
    assert resolve(str(write(path).rename(path.with_name("MODEL.GGUF")))).kind == "gguf"


def test_a_list_is_no_number(path):
    head = read_head(write(path, add=lambda writer: writer.add_array("llama.some_sizes", [1, 2, 3])))
    assert (head.metadata["llama.some_sizes"], head.number("some_sizes", 7), head.length("llama.some_sizes")) == (GgufArray(3), 7, 3)
    assert head.length("llama.block_count") == 0


def changed(path, *, kind=None, offset=None, cut=None):
    """Change the type or the place of a tensor's data, or cut the file."""
    data = bytearray(path.read_bytes())
    at = data.index(WHERE) + len(WHERE)
    at += 4 + 8 * struct.unpack_from("<I", data, at)[0]
    if kind is not None:
        struct.pack_into("<I", data, at, kind)
    if offset is not None:
        struct.pack_into("<Q", data, at + 4, offset)
    path.write_bytes(data[:cut])
    return path


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"kind": 31}, "blk.0.ffn_up.weight is of the data type 31, which cannot be read"),
        ({"kind": 26}, "blk.0.ffn_up.weight is of the data type 26, which cannot be read"),
        ({"offset": 0}, "blk.0.ffn_up.weight and token_embd.weight are stored in the same place"),
        ({"offset": 7}, "blk.0.ffn_up.weight is not stored in whole blocks"),
        ({"cut": -100}, "blk.0.ffn_norm.weight is cut off"),
    ],
)
def test_data_that_are_not_a_tensors_own_are_refused(path, change, wanted):
    with pytest.raises(InputError) as caught:
        load(resolve(str(changed(write(path), **change))), "none")
    assert caught.value.message == f"{path}: {wanted}"


def test_whole_data_pass(path):
    check_data(path, read_head(write(path)))
