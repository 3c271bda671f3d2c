"""How a night saves memory, chosen from an estimate: its results stay the same, and the estimate is that of what torch keeps."""

import functools
import itertools
from copy import deepcopy

import msgspec
import pytest
import torch

from propersim.core.records import TrainingProgress
from propersim.core.rng import generator
from propersim.learning import memory_plan
from propersim.learning.memory_plan import (
    ADAMW,
    PAGED_ADAMW,
    TrainingPlan,
    TrainingSize,
    fitting,
    kept_of_layer,
    plan_training,
    training_bytes,
)
from propersim.learning.night import Learner
from propersim.learning.pair_batches import PairBatch, log_probabilities, side_by_side
from propersim.learning.trainer import TokenPair, train
from propersim.models.adapters import add_adapter
from propersim.models.model import LoadedModel
from propersim.models.presets import preset, shapes
from propersim.models.shape import shape_of
from tests.learning.test_trainer import buffer

TEACHING = msgspec.structs.replace(preset("any").teaching, batch=4, dropout=0.0, rank=4, alpha=8, sft=0.7, pairs=8)
LARGE = shapes()["unsloth/Llama-3.3-70B-Instruct-bnb-4bit"]


@functools.cache
def base(hidden=32, inner=48, layers=2, dtype=torch.float32):
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    sizes = {"hidden_size": hidden, "intermediate_size": inner, "num_hidden_layers": layers, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=64, max_position_embeddings=256, num_key_value_heads=2, initializer_range=0.1, **sizes)
    return LlamaForCausalLM(config).to(dtype).eval()


def rows(count=14):
    """Pairs of both kinds, whose batches are not all full."""
    rng = generator(0, "tests/plan")

    def some(low, high):
        return [rng.randrange(5, 64) for _ in range(rng.randint(low, high))]

    bare = [TokenPair(some(3, 9), [3], [4], True, -0.7, -0.7) for _ in range(count // 2)]
    return bare + [TokenPair(some(3, 9), some(2, 7), some(2, 7), False, -20.0, -21.0) for _ in range(count - count // 2)]


def trained(tokenizer, plan):
    """The adapter and the figures of a night that was trained so."""
    model = add_adapter(deepcopy(base()), TEACHING, 0)
    reports: list[TrainingProgress] = []
    done = train(model, tokenizer, rows(), TEACHING, learn="dpo", seed=3, progress=reports.append, plan=plan)
    assert not model.training
    assert not model.get_base_model().is_gradient_checkpointing
    return {name: one.detach().clone() for name, one in model.named_parameters() if "lora_" in name}, done, reports


@pytest.mark.parametrize("plan", [TrainingPlan(1), TrainingPlan(3), TrainingPlan(4, checkpoint=True), TrainingPlan(1, checkpoint=True)])
def test_parts_and_checkpoints_train_the_same_adapter(plain_tokenizer, plan):
    """Up to rounding: the gradients of the parts of a batch add up to the batch's."""
    whole, figures, reports = trained(plain_tokenizer, TrainingPlan(4))
    found, same, again = trained(plain_tokenizer, plan)
    assert any(float(one.abs().max()) > 1e-4 for name, one in whole.items() if "lora_B" in name)
    for name, one in whole.items():
        # AdamW divides by the size of a gradient: where that is tiny, rounding shows.
        assert torch.allclose(found[name], one, atol=2e-5), name
    assert same == pytest.approx(figures, abs=1e-4)
    assert [one.loss for one in again] == pytest.approx([one.loss for one in reports], abs=1e-4)


def test_a_part_without_its_share_is_noticed(plain_tokenizer, monkeypatch):
    """The test above can fail: with the loss of each part counted whole the adapter is another."""
    from propersim.learning import trainer

    whole, _, _ = trained(plain_tokenizer, TrainingPlan(4))
    call = trainer._Collator.__call__

    def of_the_part(self, rows_):
        parts = call(self, rows_)["parts"]
        return {"parts": [{**part, "pairs": len(part["ids"])} for part in parts]}

    monkeypatch.setattr(trainer._Collator, "__call__", of_the_part)
    found, _, _ = trained(plain_tokenizer, TrainingPlan(1))
    assert not all(torch.allclose(found[name], one, atol=2e-5) for name, one in whole.items())


def kept(hidden, inner, layers, dtype, teaching):
    """Bytes that torch keeps of a forward pass for the backward pass, weights aside; and the number of tokens."""
    model = add_adapter(deepcopy(base(hidden, inner, layers, dtype)), teaching, 0).train()
    batch = side_by_side([([*range(5, 60)], [1] * 5, [2] * 5)] * 2, 0)
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    found = {}

    def note(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = (storage.nbytes(), tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        log_probabilities(model, PairBatch(*batch))
    return sum(size for size, _ in found.values()), batch.ids.numel(), shape_of(model.get_base_model().config.to_dict())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("dropout", [0.0, 0.05])
@pytest.mark.parametrize(("hidden", "inner"), [(64, 128), (128, 128), (64, 512)])
def test_the_estimate_is_what_a_layer_keeps(dtype, dropout, hidden, inner):
    teaching = msgspec.structs.replace(TEACHING, dropout=dropout)
    (few, tokens, _), (more, _, shape) = (kept(hidden, inner, layers, dtype, teaching) for layers in (3, 5))
    number = torch.empty(0, dtype=dtype).element_size()
    assert kept_of_layer(shape, teaching, tokens, number) == pytest.approx((more - few) / 2, rel=0.1)


def test_a_training_saves_no_more_than_it_has_to():
    teaching = preset("llama-3.3-70b").teaching

    size = TrainingSize(LARGE, teaching, LARGE.layers, 500, 60, 2)

    plans = [fitting(size, room) for room in (1e13, 170e9, 100e9, 55e9, 25e9, 1e9)]
    wanted = [TrainingPlan(rows) for rows in (4, 4, 2, 1)] + [TrainingPlan(rows, checkpoint=True) for rows in (4, 1)]
    assert plans == wanted
    needed = [training_bytes(size, one) for one in plans[1:]]
    assert all(before > after for before, after in itertools.pairwise(needed))
    assert fitting(size._replace(apart=True), 55e9) == TrainingPlan(4, checkpoint=True), "KTO's batches stay whole"
    paged = training_bytes(size, TrainingPlan(4, optimiser=PAGED_ADAMW))
    assert training_bytes(size, TrainingPlan(4)) - paged == 6 * LARGE.lora(teaching.rank)


def test_savings_are_told_in_words():
    assert TrainingPlan(4).savings(4) == ()
    assert TrainingPlan(8).savings(4) == ()
    assert TrainingPlan(1, True, PAGED_ADAMW).savings(4) == ("1 of 4 pairs at a time", "gradient checkpointing", "paged_adamw_8bit")


def test_small_models_on_the_cpu_never_save(monkeypatch):
    """Their records would depend on what else is in memory."""
    monkeypatch.setattr(memory_plan, "available", lambda on: 1.0)
    model = add_adapter(deepcopy(base()), TEACHING, 0)
    pairs = [([5, 6, 7], [3], [4])]
    assert plan_training(model, pairs, TEACHING, "dpo") == TrainingPlan(4)
    monkeypatch.setattr(memory_plan, "LARGEST", 0)
    assert plan_training(model, pairs, TEACHING, "dpo") == TrainingPlan(1, checkpoint=True, optimiser=ADAMW)
    assert plan_training(model, pairs, TEACHING, "kto") == TrainingPlan(4, checkpoint=True, optimiser=ADAMW)


@pytest.mark.parametrize("learn", ["dpo", "kto"])
def test_a_night_records_how_it_saved(tiny_folder, tmp_path, monkeypatch, learn):
    monkeypatch.setattr(memory_plan, "LARGEST", 0)
    monkeypatch.setattr(memory_plan, "available", lambda on: 1.0)
    learner = Learner(LoadedModel(str(tiny_folder), "nf4", TEACHING), TEACHING, learn=learn, scheme="factored", seed=5)
    night, _ = learner.train(buffer(), at=480, day=1, asked=False, folder=tmp_path, progress=lambda _: None)
    assert night.steps > 0
    assert night.savings == (("1 of 4 pairs at a time",) if learn == "dpo" else ()) + ("gradient checkpointing",)
