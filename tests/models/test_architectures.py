"""Other architectures than LLaMA, with random weights: their passes are right, and they are prepared, run and trained.

Random weights show that everything fits together, and nothing about what such a model would learn.
"""

import pytest
import torch

from propersim.core.config import RunConfig
from propersim.core.records import Pair
from propersim.learning.night import Learner
from propersim.models.model import LoadedModel
from propersim.models.pretrained import forward_states, logits_of
from propersim.pretraining.starter import moments, train_starter
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.models.test_decoder import with_adapter
from tests.tiny_models import chat_tokenizer, save_random_model  # noqa: F401 - fixture

KINDS = ("mistral", "qwen2", "qwen3", "smollm3")


@pytest.fixture(scope="module", params=KINDS)
def folder(request, tmp_path_factory, chat_tokenizer):  # noqa: F811
    extra = {"head_dim": 16} if request.param == "qwen3" else {}
    folder = tmp_path_factory.mktemp(request.param) / "model"
    return save_random_model(folder, request.param, chat_tokenizer, 1, tie_word_embeddings=False, **extra)


def test_training_computes_what_the_whole_model_does(folder):
    model = with_adapter(LoadedModel(str(folder), "none", evidence=True, starter="none").model).eval()
    begin = [1, 17, 300, 4, 9]
    rows, places = [[*begin, 5, 6, 7], [*begin, 9], [*begin, 8, 8]], [[4, 6], [5], [6]]
    with torch.no_grad():
        found = logits_of(model, forward_states(model, rows, places, len(begin)))
        wanted = torch.cat([model(torch.tensor([row]), use_cache=False).logits[0, asked] for row, asked in zip(rows, places, strict=True)])
    assert torch.allclose(found, wanted.float(), atol=1e-4)


@pytest.mark.slow
def test_it_is_prepared_taught_and_lives_a_morning(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    model = LoadedModel(str(folder), "none", evidence=True, starter="none")
    losses = []
    train_starter(model, count=32, rank=2, layers=2, progress=lambda step, steps, found: losses.append(found))
    assert len(losses) == 2
    prompts = [model.codec.prompt(one.state) for one in moments(8, 1, "test")]
    before = model.chances(prompts)
    pairs = [Pair(index, 0, "decision", tuple(prompt), "", None, "speech") for index, prompt in enumerate(prompts)]
    learner = Learner(model, model.teaching, learn="dpo", scheme="factored", seed=0)
    night, new = learner.train(
        lambda kind, count: pairs if kind == "decision" else [], at=8, day=2, asked=False, folder=tmp_path, progress=lambda _: None
    )
    assert night.steps
    assert len(new) == len(prompts)
    assert model.chances(prompts) != before
    config = RunConfig(assistant="llama", model=str(folder), persona="p12", quantize="none", timestep=20.0, days=1, until="day 1 12:00")
    with Store(tmp_path / "runs.sqlite") as store:
        run = Runner(store, add_run(store, config), FreeGate()).go()
        chances = [step.p_speak for step in store.steps(run)]
    assert len(set(chances)) > len(chances) / 2
