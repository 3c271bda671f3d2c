"""Loading a folder, a GGUF file and HomeLM, in 4-bit or unquantized, without output."""

import json
import os
import subprocess
import sys

import pytest

from propersim.core.errors import InputError
from propersim.core.files import cache_folder
from propersim.models.gguf_convert import convert_gguf
from propersim.models.loading import load
from propersim.models.sources import resolve

PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def in_four_bits(model):
    return sum(type(module).__name__ == "Linear4bit" for module in model.modules())


@pytest.fixture
def tiny_gguf(tiny, tmp_path):
    """The tiny model as a GGUF file, written by the format's own library."""
    import gguf
    from safetensors.numpy import load_file

    path = tmp_path / "tiny.gguf"
    config = json.loads((tiny / "config.json").read_text(encoding="utf-8"))
    vocabulary = json.loads((tiny / "tokenizer.json").read_text(encoding="utf-8"))
    entries = {**vocabulary["model"]["vocab"], **{one["content"]: one["id"] for one in vocabulary["added_tokens"]}}
    names = sorted(entries, key=entries.__getitem__)
    names += [f"<unused:{i}>" for i in range(config["vocab_size"] - len(names))]
    control = {one["content"] for one in vocabulary["added_tokens"]}
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(names)
    writer.add_token_types([3 if name in control else 1 for name in names])
    writer.add_token_merges([" ".join(pair) for pair in vocabulary["model"]["merges"]])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    renamed = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output"}
    renamed |= {"mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "model.layers": "blk"}
    renamed |= {"input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "model.embed_tokens": "token_embd"}
    renamed |= {"model.norm": "output_norm", "lm_head": "output"}
    for name, weight in load_file(tiny / "model.safetensors").items():
        for old, new in renamed.items():
            name = name.replace(old, new)
        writer.add_tensor(name, weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_a_folder_in_four_bits_decides_and_has_probabilities(tiny, full_state):
    import torch

    parts = load(resolve(str(tiny)))
    assert in_four_bits(parts.model) == 2 * len(PROJECTIONS)
    assert parts.dtype is (torch.float32 if parts.device == "cpu" else torch.bfloat16)
    assert parts.parameters == resolve(str(tiny)).parameters
    assert not parts.model.training
    with torch.inference_mode():
        logits = parts.model(torch.tensor([parts.codec.prompt(full_state)], device=parts.device)).logits[0, -1]
    chances = torch.softmax(logits[[parts.codec.silent[0], parts.codec.speak[0]]].float(), 0)
    assert 0 < float(chances[1]) < 1
    assert max(parts.codec.banned) == logits.shape[-1] - 1


def test_a_folder_unquantized(tiny):
    import torch

    parts = load(resolve(str(tiny)), "none")
    assert in_four_bits(parts.model) == 0
    assert parts.dtype is (torch.float32 if parts.device == "cpu" else torch.bfloat16)


def test_a_persona_is_told_where_it_is_given(tiny, full_state):
    parts = load(resolve(str(tiny)), "none", persona="Anna, who likes tea")
    assert "who likes tea" in parts.tokenizer.decode(parts.codec.prompt(full_state))


def test_the_model_that_ships():
    from propersim.models.homelm_codec import HomeLMCodec

    parts = load(resolve("homelm"))
    assert isinstance(parts.codec, HomeLMCodec)
    assert in_four_bits(parts.model) == 28
    assert parts.parameters == 1_459_328


def test_gradients_are_complete_after_inference(tiny):
    """With weights that bitsandbytes has repacked for inference, gradients would silently stop."""
    import torch
    from peft import LoraConfig, get_peft_model

    def gradients(asked):
        model = load(resolve(str(tiny))).model
        ids = torch.arange(400, 440)[None].to(model.device)
        with torch.inference_mode():
            for _ in range(asked):
                model(ids)
        torch.manual_seed(0)
        learning = get_peft_model(model, LoraConfig(r=4, target_modules=PROJECTIONS, init_lora_weights=False)).train()
        learning(ids, labels=ids).loss.backward()
        return {name: one.grad for name, one in learning.named_parameters() if one.requires_grad}

    first = gradients(0)
    assert all(float(one.abs().max()) > 0 for one in first.values())
    other = gradients(1)
    assert all(torch.equal(one, other[name]) for name, one in first.items())


def test_a_gguf_file_is_converted_once_and_kept(tiny, tiny_gguf, tmp_path, monkeypatch, capfd):
    import torch
    from safetensors.torch import load_file

    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    source = resolve(str(tiny_gguf))
    assert (source.kind, source.parameters) == ("gguf", resolve(str(tiny)).parameters)
    parts = load(source)
    assert in_four_bits(parts.model) == 2 * len(PROJECTIONS)
    (folder,) = (cache_folder() / "gguf").iterdir()
    assert {one.name for one in folder.iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json"}
    mine, given = load_file(folder / "model.safetensors"), load_file(tiny / "model.safetensors")
    assert mine.keys() == given.keys()
    assert all(torch.equal(mine[name], given[name].to(torch.bfloat16)) for name in ("model.embed_tokens.weight", "lm_head.weight"))
    before = (folder / "model.safetensors").stat().st_mtime_ns
    assert convert_gguf(tiny_gguf) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == before
    assert len(parts.codec.speak) > 1
    assert capfd.readouterr() == ("", "")


def test_a_gguf_file_whose_weights_are_cut_off(tiny_gguf, tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    whole = tiny_gguf.read_bytes()
    tiny_gguf.write_bytes(whole[:-4])
    with pytest.raises(InputError, match=r"tiny.gguf"):
        load(resolve(str(tiny_gguf)))
    assert not list((tmp_path / "cache" / "gguf").iterdir())


def test_a_cache_that_cannot_be_written(tiny_gguf, tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(InputError, match="cannot be written"):
        load(resolve(str(tiny_gguf)))


def test_weights_that_do_not_fit_their_configuration(tiny, changed):
    with pytest.raises(
        InputError, match=r"cannot be loaded: .*6 tensors of another shape \(model.layers.0.mlp.down_proj.weight is 64×128 ins"
    ):
        load(resolve(str(changed(tiny, intermediate_size=96))), "none")


def test_code_that_comes_with_a_model_is_not_run(tiny, changed, tmp_path):
    (tiny / "modeling_evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass M: pass\n")
    changed(tiny, auto_map={"AutoModelForCausalLM": "modeling_evil.M", "AutoConfig": "modeling_evil.M"})
    load(resolve(str(tiny)), "none")
    assert not (tmp_path / "ran").exists()


@pytest.mark.slow
def test_loading_prints_nothing(tiny):
    code = "import sys; from propersim.models.sources import resolve\n"
    code += "from propersim.models.loading import load; load(resolve(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], capture_output=True, text=True, env={**os.environ, "HF_HUB_OFFLINE": "1"}
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
