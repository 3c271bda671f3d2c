"""Only whole models are loaded: every weight from its files, finite, with a row for every token and positions for a prompt."""

import json
import shutil

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from propersim.core.errors import InputError
from propersim.models.adapters import add_adapter, load_adapter, save_adapter
from propersim.models.loading import load
from propersim.models.mismatch import Mismatch
from propersim.models.model import LoadedModel
from propersim.models.presets import preset
from propersim.models.room import full_state, plain_state, shortened
from propersim.models.sources import resolve

FILE = "model.safetensors"


def weights(folder, change):
    """Change the tensors of a folder's weight file."""
    save_file(change(load_file(folder / FILE)), folder / FILE, metadata={"format": "pt"})
    return folder


def without(*names):
    return lambda tensors: {name: tensor for name, tensor in tensors.items() if name not in names}


def message(folder, quantize="none"):
    with pytest.raises(InputError) as caught:
        load(resolve(str(folder)), quantize)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


def with_value(name, value, dtype=None):
    def change(tensors):
        tensor = tensors[name].to(dtype or tensors[name].dtype)
        tensor.view(-1)[3] = value
        return {**tensors, name: tensor}

    return change


NORM, EMBEDDING, HEAD, UP = "model.norm.weight", "model.embed_tokens.weight", "lm_head.weight", "model.layers.1.mlp.up_proj.weight"


@pytest.mark.parametrize("quantize", ["none", "nf4"])
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (without(NORM), "1 tensor missing (model.norm.weight)"),
        (without(HEAD), "1 tensor missing (lm_head.weight)"),
        (without(EMBEDDING, UP), f"2 tensors missing ({EMBEDDING}, {UP})"),
        (lambda found: {f"module.{name}": one for name, one in found.items()}, "21 tensors missing (lm_head.weight, "),
        (lambda found: {**found, "model.layers.2.mlp.up_proj.weight": found[UP].clone()}, "1 tensor unknown (model.layers.2.mlp.up_proj.w"),
        (lambda found: {**found, "model.layers.0.self_attn.q_proj.bias": torch.ones(64)}, "1 tensor unknown (model.layers.0.self_attn.q"),
        (lambda found: {**found, UP: found[UP][:-8].clone()}, f"1 tensor of another shape ({UP} is 120×64 instead of 128×64)"),
        (lambda found: {**found, NORM: torch.ones(32)}, "1 tensor of another shape (model.norm.weight is 32 instead of 64)"),
    ],
)
def test_weights_that_do_not_fit_are_named(tiny, change, wanted, quantize):
    assert wanted in message(weights(tiny, change), quantize)


def test_more_layers_than_weights(tiny, changed):
    changed(tiny, num_hidden_layers=3)
    assert "9 tensors missing (model.layers.2.input_layernorm.weight, model.layers.2.mlp.down_proj.weight, model.layers.2.mlp.g" in (
        message(tiny)
    )
    changed(tiny, num_hidden_layers=1)
    assert "9 tensors unknown (model.layers.1.input_layernorm.weight" in message(tiny)


@pytest.mark.parametrize("quantize", ["none", "nf4"])
def test_harmless_differences_load(tiny, changed, quantize):
    """The output layer of a tied model, and the rotary frequencies that old checkpoints hold."""
    weights(tiny, without(HEAD))
    weights(tiny, lambda found: {**found, "model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8)})
    model = load(resolve(str(changed(tiny, tie_word_embeddings=True))), quantize).model
    assert model.lm_head.weight.data_ptr() == model.model.embed_tokens.weight.data_ptr()


def test_a_model_in_four_bits_loads_and_a_part_of_it_does_not(tiny, changed, tmp_path):
    """A folder that holds 4-bit weights, like the preset llama-3.3-70b."""
    ids = torch.tensor([[5, 6, 7]])
    first = load(resolve(str(tiny))).model
    packed = shutil.copytree(tiny, tmp_path / "packed")
    first.save_pretrained(packed)
    assert resolve(str(packed)).quantized
    second = load(resolve(str(packed))).model
    assert type(second.model.layers[0].mlp.up_proj).__name__ == "Linear4bit"
    with torch.inference_mode():
        assert torch.equal(first(ids).logits, second(ids).logits)
    kept = dict(load_file(packed / FILE))
    weights(packed, without(NORM))
    assert "1 tensor missing (model.norm.weight)" in message(packed, "nf4")
    save_file(kept, packed / FILE, metadata={"format": "pt"})
    weights(packed, lambda found: {name: one for name, one in found.items() if not name.startswith(UP)})
    assert UP in message(packed, "nf4")
    save_file(kept, packed / FILE, metadata={"format": "pt"})
    # Of packed weights only the layer's own sizes tell the shape.
    assert "6 tensors of another shape" in message(changed(packed, intermediate_size=96), "nf4")


@pytest.mark.parametrize(
    ("name", "value", "dtype"),
    [(UP, float("nan"), None), (EMBEDDING, float("inf"), None), (NORM, float("-inf"), torch.bfloat16), (HEAD, float("nan"), torch.float16)],
)
def test_values_that_are_not_finite_are_refused(tiny, name, value, dtype):
    weights(tiny, with_value(name, value, dtype))
    for quantize in ("none", "nf4"):
        assert f"NaN or infinity in 1 tensor ({name})" in message(tiny, quantize)


def test_an_adapter_that_is_not_finite_is_refused(tiny, tmp_path):
    teaching = preset("smollm2").teaching
    model = add_adapter(load(resolve(str(tiny)), "none").model, teaching, 0)
    path = tmp_path / "adapter.safetensors"
    save_adapter(model, path)
    tensors = load_file(path)
    name = min(tensors)
    save_file({**tensors, name: tensors[name] * float("nan")}, path)
    with pytest.raises(InputError, match="NaN or infinity in 1 tensor"):
        load_adapter(load(resolve(str(tiny)), "none").model, path, teaching)


def test_tokens_without_a_row_are_refused(tiny):
    """The embedding has three rows more than the tokenizer has tokens, which is usual: those are banned."""
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny)
    rows = json.loads((tiny / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    assert rows == len(tokenizer) + 3
    assert set(range(len(tokenizer), rows)) <= set(load(resolve(str(tiny)), "none").codec.banned)
    tokenizer.add_tokens([f"<extra{number}>" for number in range(5)])
    tokenizer.save_pretrained(tiny)
    assert f"2 tokens outside of the embedding's {rows:,} rows (<extra3>, <extra4>)" in message(tiny)


def test_a_short_context_is_refused_with_both_figures(tiny, changed):
    least, most = load(resolve(str(tiny)), "none").codec.tokens_needed
    assert 128 < least < most
    for positions in (128, least - 1):
        found = message(changed(tiny, max_position_embeddings=positions))
        assert f"its longest position is {positions:,}, but a prompt and its answer take {least:,} tokens or more" in found
    assert not LoadedModel(str(changed(tiny, max_position_embeddings=most)), "none").notices


def test_prompts_fit_a_context_that_full_ones_do_not(tiny, changed):
    """The parts that matter least are left out, and the run says so."""
    whole = load(resolve(str(tiny)), "none").codec
    least, most = whole.tokens_needed
    positions = (least + most) // 2
    model = LoadedModel(str(changed(tiny, max_position_embeddings=positions)), "none")
    (notice,) = model.notices
    assert f"longest position is {positions:,}" in notice
    assert f"about {most:,} tokens" in notice
    answer = least - len(whole.prompt(plain_state()))
    assert len(whole.prompt(full_state())) + answer == most
    assert len(model.codec.prompt(full_state())) + answer <= positions
    assert model.codec.prompt(plain_state()) == whole.prompt(plain_state())


def test_a_state_is_shortened_to_the_present_moment():
    whole = full_state()
    states = [whole]
    while (shorter := shortened(states[-1])) is not None:
        states.append(shorter)
    assert len(states) == 2 + sum(map(len, (whole.blocks, whole.hours, whole.memories, whole.recent)))
    assert states[-2].evidence is not None, "what ratings say goes last"
    last = states[-1]
    assert (last.blocks, last.hours, last.memories, last.recent, last.evidence) == ((), (), (), (), None)
    assert (last.phrase, last.timers) == (whole.phrase, whole.timers)


@pytest.mark.parametrize("quantize", ["none", "nf4"])
def test_a_small_llama_reads_long_prompts(tiny, quantize):
    """Its fast decoder computes what transformers does, over any length of prompt and answer."""
    model = LoadedModel(str(tiny), quantize)
    assert type(model.decoder).__name__ == "LlamaDecoder"
    prompt = model.codec.prompt(full_state())
    assert len(prompt) > 347
    decision = model.decide(prompt)
    with torch.inference_mode():
        logits = model.model(torch.tensor([prompt])).logits[0, -1].float()
    wanted = torch.softmax(logits[[model.codec.silent[0], model.codec.speak[0]]].double(), 0)[1]
    assert decision.p_speak == pytest.approx(float(wanted), abs=1e-4 if quantize == "none" else 0.02)
    assert model.chances([prompt, prompt[:40]])[0] == pytest.approx(decision.p_speak, abs=1e-5)
    long = "How about tea and " + "a very long walk by the sea, or " * 40 + "cake?"
    assert model.log_probs(decision, [long, "Tea?"])[0].tokens > 160
    assert len(model.say(decision, [1, 2])) == 2


def test_two_loads_of_a_folder_are_one_model(tiny):
    first, second = (load(resolve(str(tiny)), "nf4").model.state_dict() for _ in range(2))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    "files",
    [
        {"config.json": "[" * 100_000},
        {"config.json": "\ufeff{}"},
        {"config.json": '{"model_type": "llama", "hidden_size": 64}'},
        {"tokenizer.json": "{}"},
        {"tokenizer.json": "version https://git-lfs.github.com/spec/v1\n"},
        {"tokenizer_config.json": "[]"},
        {"model.safetensors.index.json": '{"weight_map": {}}'},
    ],
)
def test_damaged_files_are_one_line(tiny, files):
    for name, text in files.items():
        (tiny / name).write_text(text, encoding="utf-8")
    message(tiny)


@pytest.mark.parametrize(
    "values",
    [
        {"architectures": 5},
        {"num_attention_heads": 3},
        {"num_key_value_heads": 3},
        {"max_position_embeddings": "many"},
        {"rope_scaling": {"rope_type": "no such"}, "rope_parameters": None},
        {"hidden_act": "no such"},
        {"pad_token_id": 10**6},
        {"rms_norm_eps": "small"},
    ],
)
def test_configurations_that_cannot_be_followed_are_one_line(tiny, changed, values):
    message(changed(tiny, **values))


@pytest.mark.parametrize("name", ["~nosuchuser/model", "x" * 5000, "./" + "y" * 300])
def test_names_that_cannot_be_looked_up(name):
    with pytest.raises(InputError):
        resolve(name)


@given(st.dictionaries(st.sampled_from("abcdef"), st.just(((1, 2), (3,)))), st.sets(st.text(max_size=5)), st.sets(st.text(max_size=5)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_mismatch_counts_every_tensor(sizes, missing, unknown):
    found = Mismatch(tuple(missing), tuple(unknown), sizes)
    assert bool(found) == bool(sizes or missing or unknown)
    for number, what in ((len(missing), "missing"), (len(unknown), "unknown"), (len(sizes), "of another shape")):
        assert (f"{number} tensor{'' if number == 1 else 's'} {what} (" in str(found)) == bool(number)
