"""Models that would run and be no use, or be another model, are refused; messages keep their reason and name the value."""

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from propersim.core.errors import InputError
from propersim.models.config_keys import ignored_keys
from propersim.models.loading import load
from propersim.models.model import LoadedModel
from propersim.models.shape import ARCHITECTURES
from propersim.models.sources import resolve

FILE = "model.safetensors"
UP = "model.layers.1.mlp.up_proj.weight"
SIZES = {"hidden_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 128, "vocab_size": 100}
SLIDING, FULL = "sliding_attention", "full_attention"


def error(folder):
    with pytest.raises(InputError) as caught:
        load(resolve(str(folder)), "none")
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def with_weights(folder, change):
    save_file(change(load_file(folder / FILE)), folder / FILE, metadata={"format": "pt"})
    return folder


def times(factor, part=""):
    return lambda tensors: {name: tensor * factor if part in name else tensor for name, tensor in tensors.items()}


@pytest.mark.parametrize(
    ("factor", "part", "wanted"),
    [
        (1e30, "", "weights beyond 65,504 in 21 tensors"),
        (1e30, "embed", "weights beyond 65,504 in 1 tensor (model.embed_tokens.weight has "),
        (-1e20, "up_proj", "weights beyond 65,504 in 2 tensors (model.layers.0.mlp.up_proj.weight has "),
        (1e4, "", "its logits span 1"),
        (1e5, "lm_head", "its logits span "),
        (1e-30, "", "its logits are the same for all tokens"),
        (0.0, "embed", "its logits are the same for all tokens"),
        (0.0, "model.norm", "its logits are the same for all tokens"),
    ],
)
def test_weights_of_no_trained_model_are_refused(tiny, factor, part, wanted):
    assert wanted in error(with_weights(tiny, times(factor, part))).message


def test_a_model_that_reads_nothing_is_refused(tiny):
    """Every token has the same embedding: the logits do not depend on the prompt."""
    name = "model.embed_tokens.weight"
    with_weights(tiny, lambda found: {**found, name: found[name][:1].repeat(len(found[name]), 1)})
    assert "its logits are the same after different prompts" in error(tiny).message


@pytest.mark.parametrize(
    "dtype", [torch.int8, torch.uint8, torch.int64, torch.bool, torch.float8_e4m3fn, torch.float8_e5m2, torch.complex64]
)
def test_quantized_tensors_without_their_configuration_are_refused(tiny, dtype):
    with_weights(tiny, lambda found: {**found, UP: found[UP].to(dtype)})
    found = error(tiny)
    assert f"1 tensor not of floating-point numbers of 16 bits or more ({UP} is {str(dtype).removeprefix('torch.')})" in found.message
    assert "quantization_config" in str(found.hint)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_point_weights_load(tiny, dtype):
    assert not LoadedModel(str(with_weights(tiny, lambda found: {name: one.to(dtype) for name, one in found.items()})), "none").notices


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"layer_types": [SLIDING, FULL]}, f'layer_types ["{SLIDING}", "{FULL}"]'),
        ({"sliding_window": 64}, "sliding_window 64"),
        ({"partial_rotary_factor": 0.5}, "partial_rotary_factor 0.5"),
        (
            {"rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "partial_rotary_factor": 0.25}},
            "rope partial_rotary_factor 0.25",
        ),
        ({"rope_scaling": {"rope_type": "linear", "factor": 2.0, "partial_rotary_factor": 0.5}}, "rope partial_rotary_factor 0.5"),
        ({"rotary_pct": 0.25}, "rotary_pct 0.25"),
        ({"pruned_heads": {"0": [1]}}, 'pruned_heads {"0": [1]}'),
        ({"logits_scaling": 8.0, "embedding_multiplier": 12}, "logits_scaling 8.0, embedding_multiplier 12"),
        ({"final_logit_softcapping": 30.0}, "final_logit_softcapping 30.0"),
        ({"is_causal": False}, "is_causal false"),
        ({"no_rope_layers": [1, 0]}, "no_rope_layers [1, 0]"),
        ({"per_layer_config": {"0": {"num_key_value_heads": 1}}}, "per_layer_config"),
        ({"attention_multiplier": 0.015625}, "attention_multiplier 0.015625"),
        (
            {"alibi": True, "clip_qkv": 8, "use_qk_norm": True, "rope_interleaved": True},
            "alibi true, clip_qkv 8, use_qk_norm true and 1 more",
        ),
    ],
)
def test_keys_that_the_model_would_ignore_are_refused_by_name(tiny, changed, values, wanted):
    with pytest.raises(InputError) as caught:
        resolve(str(changed(tiny, **values)))
    assert f"asks for what llama models do not compute: {wanted}" in caught.value.message


@pytest.mark.parametrize(
    "values",
    [
        {"layer_types": [FULL, FULL], "sliding_window": None, "pruned_heads": {}, "partial_rotary_factor": 1.0, "logit_scale": 1},
        {"sliding_window": 4096, "use_sliding_window": False, "max_window_layers": 28},
        {"sliding_window": 2048},
        {"is_causal": True, "no_rope_layers": [1, 1], "attention_multiplier": 0.25, "rotary_dim": 16, "num_experts": 0},
        {"rope_interleaved": False, "is_llama_config": True, "unsloth_version": "2026.1", "pretraining_tp": 2, "use_cache": False},
    ],
)
def test_neutral_values_load(tiny, changed, values):
    load(resolve(str(changed(tiny, **values))), "none")


@pytest.mark.parametrize(
    ("kind", "values", "neutral"),
    [
        ("mistral", {"sliding_window": 64}, True),
        ("mistral", {"sliding_window": 64, "use_sliding_window": False}, False),
        ("mistral", {"sliding_window": 64, "layer_types": [SLIDING] * 2}, True),
        ("mistral", {"sliding_window": 64, "layer_types": [FULL] * 2}, False),
        ("qwen2", {"sliding_window": 64, "use_sliding_window": True, "layer_types": [SLIDING, FULL]}, True),
        ("qwen2", {"sliding_window": 64, "use_sliding_window": True, "layer_types": [SLIDING]}, False),
        ("qwen3", {"sliding_window": None, "layer_types": [SLIDING, FULL]}, False),
        ("qwen3", {"layer_types": ["linear_attention", FULL]}, False),
        ("qwen3", {"use_qk_norm": True}, True),
        ("smollm3", {"no_rope_layers": [1, 0]}, True),
        ("qwen2", {"no_rope_layers": [1, 0]}, False),
        ("smollm3", {"layer_types": "all"}, False),
    ],
)
def test_what_an_architecture_follows(kind, values, neutral):
    assert (not ignored_keys({**SIZES, "model_type": kind, "max_position_embeddings": 2048, **values})) is neutral


@given(
    st.sampled_from(ARCHITECTURES),
    st.dictionaries(
        st.sampled_from(
            ["layer_types", "sliding_window", "use_sliding_window", "rotary_dim", "rope_scaling", "no_rope_layers", "is_causal"]
        ),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers() | st.text()) | st.just({"a": {}}),
    ),
)
def test_any_value_is_judged(kind, values):
    for line in ignored_keys({**SIZES, "model_type": kind, **values}):
        assert "\n" not in line


@pytest.mark.parametrize("positions", [10**15, 10**30, 0, -5, True, "many", 2048.0])
def test_positions_that_no_model_has_are_refused(tiny, changed, positions):
    with pytest.raises(InputError, match="max_position_embeddings must be a whole number from 1 to 1,000,000,000, not "):
        resolve(str(changed(tiny, max_position_embeddings=positions)))


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"hidden_act": "swiglu"}, "hidden_act 'swiglu' is not known to transformers"),
        ({"hidden_act": 5}, "cannot be loaded: hidden_act must be a text, not 5"),
        ({"dtype": "float99"}, "dtype 'float99' is not known to transformers"),
        ({"rope_scaling": {"rope_type": "spiral"}, "rope_parameters": None}, "rope_type 'spiral' is not known to transformers"),
        ({"num_attention_heads": 3}, "The hidden size (64) is not a multiple of the number of attention heads (3)"),
        ({"attention_bias": "maybe"}, "cannot be loaded: attention_bias must be true or false, not 'maybe'"),
        ({"pad_token_id": 10**6}, "pad_token_id 1000000 is beyond the "),
        ({"initializer_range": "wide"}, "initializer_range must be a number, not 'wide'"),
        ({"bos_token_id": 1.5}, "bos_token_id must be a whole number or null, not 1.5"),
        ({"rope_parameters": [1]}, "rope_parameters must be an object or null, not [1]"),
        ({"hidden_act": None}, "hidden_act must be a text, not null"),
        ({"dtype": 5}, "dtype must be a text, not 5"),
    ],
)
def test_errors_of_the_configuration_keep_their_reason(tiny, changed, values, wanted):
    found = error(changed(tiny, **values))
    assert wanted in found.message
    assert found.hint == "correct its config.json, or give another model"


def test_a_folder_in_place_of_a_file_is_no_reason_for_a_download(tiny):
    (tiny / FILE).unlink()
    (tiny / "model.safetensors.index.json").mkdir()
    (tiny / "config.json").rename(tiny / "kept.json")
    (tiny / "config.json").mkdir()
    assert "download" not in str(error(tiny).hint)


def test_damaged_tokenizers_have_their_own_hint(tiny):
    (tiny / "tokenizer.json").write_text("{}", encoding="utf-8")
    assert "tokenizer" in str(error(tiny).hint)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("{% for m in messages %}{{ m.undefined.foo }}{% endfor %}", "fails ('dict object' has no attribute 'undefined')"),
        ("{% for m in messages", "fails (unexpected end of template"),
        ("{{ raise_exception('tools only') }}", "fails (tools only)"),
        ("{{ 1 / 0 }}", "fails (division by zero)"),
        ("{{ messages[0]['content'][0:5] }}", "leaves out what it is given"),
    ],
)
def test_a_chat_template_that_cannot_be_used_is_named(tiny, template, wanted):
    (tiny / "chat_template.jinja").write_text(template, encoding="utf-8")
    (notice,) = LoadedModel(str(tiny), "none").notices
    assert f"its chat template {wanted}" in notice
    assert "asked in plain text" in notice


def test_a_choice_of_templates_without_a_default_is_named(tiny):
    file = tiny / "tokenizer_config.json"
    template = (tiny / "chat_template.jinja").read_text(encoding="utf-8")
    (tiny / "chat_template.jinja").unlink()
    named = [{"name": "tool_use", "template": template}, {"name": "rag", "template": template}]
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), "chat_template": named}), encoding="utf-8")
    (notice,) = LoadedModel(str(tiny), "none").notices
    assert "its chat template fails (" in notice


LINEAR = {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}
PLAIN = {"rope_type": "default", "rope_theta": 10000.0}


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"rope_parameters": None, "rope_scaling": {"factor": 3.0}}, "factor without rope_type 3.0"),
        ({"rope_parameters": {**PLAIN, "factor": 4.0}}, "factor without rope_type 4.0"),
        ({"rope_parameters": {**LINEAR, "type": "yarn"}}, "type beside rope_type"),
        ({"rope_parameters": PLAIN, "rope_theta": 500000.0}, "rope_theta 500000.0"),
        ({"rope_parameters": LINEAR, "rope_scaling": {"rope_type": "default"}}, "rope_scaling"),
        ({"rope_parameters": LINEAR, "rope_scaling": {"type": "linear", "factor": 4.0}}, "rope_scaling"),
    ],
)
def test_a_rotation_of_which_a_part_would_be_dropped_is_refused(tiny, changed, values, wanted):
    with pytest.raises(InputError, match="do not compute") as caught:
        resolve(str(changed(tiny, **values)))
    assert wanted in caught.value.message


@pytest.mark.parametrize(
    "values",
    [
        {"rope_parameters": {**PLAIN, "factor": 1.0}},
        {"rope_parameters": PLAIN, "rope_theta": 10000.0},
        {"rope_parameters": LINEAR, "rope_scaling": {"type": "linear", "factor": 2.0}},
        {"rope_parameters": {**LINEAR, "type": "linear"}},
        {"rope_parameters": None, "rope_theta": 500000.0, "rope_scaling": {"type": "linear", "factor": 2.0}},
    ],
)
def test_a_rotation_that_is_said_twice_in_the_same_way_loads(tiny, changed, values):
    assert resolve(str(changed(tiny, **values))).there


def test_a_tensor_that_differs_between_two_files_is_refused(tiny):
    tensors = load_file(tiny / "model.safetensors")
    names = sorted(tensors)
    (tiny / "model.safetensors").unlink()
    save_file({name: tensors[name] for name in names[:5]}, tiny / "a.safetensors", metadata={"format": "pt"})
    save_file(
        {name: tensors[name] + (name == names[0]) for name in [names[0], *names[5:]]}, tiny / "b.safetensors", metadata={"format": "pt"}
    )
    places = {name: "a.safetensors" if name in names[:5] else "b.safetensors" for name in names}
    (tiny / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    with pytest.raises(InputError, match=rf"b\.safetensors: its {names[0]} is not that of a\.safetensors"):
        resolve(str(tiny))
    save_file({name: tensors[name] for name in [names[0], *names[5:]]}, tiny / "b.safetensors", metadata={"format": "pt"})
    assert resolve(str(tiny)).there


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no device without end")
@pytest.mark.parametrize("name", ["config.json", "model.safetensors.index.json"])
def test_a_description_without_end_is_refused(tiny, name):
    (tiny / name).unlink(missing_ok=True)
    (tiny / name).symlink_to("/dev/zero")
    if name != "config.json":
        # A device is no list of weights: the weights themselves are looked for.
        assert resolve(str(tiny)).there
        return
    with pytest.raises(InputError, match="larger than 33,554,432 bytes"):
        resolve(str(tiny))


@pytest.mark.parametrize("drawing", ["{{ ['a', 'b']|random }}", "{{ range(1000)|random }}", "{{ lipsum(1) }}"])
def test_a_chat_template_that_draws_at_random_is_not_used(tiny, drawing):
    (tiny / "chat_template.jinja").write_text("{% for m in messages %}{{ m.content }}{% endfor %}" + drawing)
    assert "draws at random" in " ".join(load(resolve(str(tiny)), "none").notices)
