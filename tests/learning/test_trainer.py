"""A night's training: batches of pairs give the losses of single pairs and of TRL; the base model never changes."""

import functools
import hashlib
from copy import deepcopy
from statistics import fmean
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.errors import InputError
from propersim.core.records import Pair
from propersim.core.rng import generator
from propersim.learning.night import Learner, TrainingFailed
from propersim.models.adapters import add_adapter, load_adapter, remove_adapter, save_adapter
from propersim.models.model import LoadedModel
from propersim.models.presets import preset
from tests.tiny_models import fill_adapter

TEACHING = msgspec.structs.replace(preset("homelm").teaching, pairs=24, batch=4, epochs=1, dropout=0.05, rank=4, alpha=8)
VOCABULARY = 40

ids = st.integers(0, VOCABULARY - 1)
answers = st.lists(ids, min_size=1, max_size=7)
triples = st.tuples(st.lists(ids, min_size=1, max_size=12), answers, answers)
decisions = st.tuples(st.lists(ids, min_size=1, max_size=12), st.just([3]), st.just([4]))


@functools.cache
def small(attention="eager"):
    """A random LLaMA in float32 whose output depends on every input token."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2}
    more: dict[str, Any] = {**sizes, "attn_implementation": attention}
    config = LlamaConfig(vocab_size=VOCABULARY, max_position_embeddings=64, initializer_range=0.3, **more)
    return LlamaForCausalLM(config).eval()


def stirred(model, teaching=TEACHING):
    """The model with an adapter that changes something."""
    return fill_adapter(add_adapter(model, teaching, 0), 2, std=0.3)


def one_by_one(model, pairs):
    found = []
    for prompt, *both in pairs:
        for answer in both:
            logits = model(torch.tensor([[*prompt, *answer]])).logits[0, len(prompt) - 1 : -1]
            found.append(torch.log_softmax(logits, -1)[range(len(answer)), answer].sum())
    return torch.stack(found).view(-1, 2)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@given(st.one_of(st.lists(triples, min_size=1, max_size=5), st.lists(decisions, min_size=1, max_size=5)))
@settings(max_examples=40)
def test_side_by_side_is_the_same_as_one_by_one(attention, pairs):
    """Neither answer attends to the other, whatever the lengths."""
    # Not at the top: this brings transformers, trl and peft into every worker of the tests, which takes each of them seconds.
    from propersim.learning.pair_batches import log_probabilities, side_by_side

    model = small(attention)
    with torch.no_grad():
        found = log_probabilities(model, side_by_side(pairs, 0))
        assert torch.allclose(found, one_by_one(model, pairs), atol=2e-4)


def test_frozen_layers_that_were_computed_before_change_nothing():
    """Log-probabilities and gradients of the adapter are the same with kept states of the frozen layers."""
    from propersim.learning.pair_batches import frozen_states, log_probabilities, padded_states, side_by_side
    from propersim.models.pretrained import first_trained

    model = stirred(deepcopy(small("sdpa")), msgspec.structs.replace(TEACHING, layers=1, dropout=0.0))
    assert first_trained(model) == 1
    pairs = [([1, 2, 3], [4, 5], [6]), ([7], [8], [9, 10, 11]), ([5] * 9, [4], [3])]
    batch = side_by_side(pairs, 0)

    def both(states):
        model.zero_grad()
        found = log_probabilities(model, batch, states)
        found.pow(2).sum().backward()
        return found.detach(), [one.grad.clone() for one in model.parameters() if one.requires_grad]

    plain, gradients = both(None)
    states = frozen_states(model, pairs, 0)
    assert states is not None
    kept, same = both(padded_states(states, batch.ids.shape[1]))
    assert torch.allclose(plain, kept, atol=1e-5)
    assert torch.allclose(plain, one_by_one(model, pairs).detach(), atol=2e-4)
    assert len(gradients) == 14
    for one, other in zip(gradients, same, strict=True):
        assert one.abs().max() > 0
        assert torch.allclose(one, other, atol=1e-4)


def test_states_that_would_take_too_much_memory_are_not_kept(monkeypatch):
    from propersim.learning.pair_batches import frozen_states

    pairs = [([1, 2, 3], [4, 5], [6])]
    model = add_adapter(deepcopy(small()), msgspec.structs.replace(TEACHING, layers=1), 3)
    (state,) = frozen_states(model, pairs, 0) or []
    assert state.shape == (4, model.config.hidden_size)
    monkeypatch.setattr("propersim.learning.pair_batches.MOST_KEPT", 100)
    assert frozen_states(model, pairs, 0) is None
    assert frozen_states(add_adapter(deepcopy(small()), msgspec.structs.replace(TEACHING, layers=0), 3), pairs, 0) is None


@given(st.lists(decisions, min_size=1, max_size=5))
def test_a_decision_is_its_prompt_alone(pairs):
    """Both options are predicted at one position, and no token follows it, not even an end token."""
    from propersim.learning.pair_batches import side_by_side

    batch = side_by_side(pairs, 0)
    assert batch.ids.shape[1] < max(len(prompt) for prompt, *_ in pairs) + 8
    assert batch.tokens.tolist() == [3, 4] * len(pairs)
    assert batch.before.tolist() == [len(prompt) - 1 for prompt, *_ in pairs for _ in range(2)]


def dpo_trainer(model, tokenizer, folder, losses, weights):
    from datasets import Dataset
    from trl.trainer.dpo_config import DPOConfig

    from propersim.learning.trainer import _Collator, _Dpo

    args = DPOConfig(
        output_dir=str(folder), beta=0.3, loss_type=losses, loss_weights=weights, use_cpu=True, bf16=False, max_length=None,
        gradient_checkpointing=False, remove_unused_columns=False, report_to="none", disable_dropout=False,
    )  # fmt: skip
    data = Dataset.from_list([{"prompt_ids": [1], "chosen_ids": [2], "rejected_ids": [3]}])
    return _Dpo(model, args=args, train_dataset=data, data_collator=_Collator(0, 6), processing_class=tokenizer)


@pytest.mark.parametrize(("losses", "weights"), [(["sigmoid", "sft"], [1.0, 0.7]), (["sigmoid"], [1.0])])
def test_the_loss_is_trls_own(plain_tokenizer, tmp_path, losses, weights):
    """Loss and gradients equal those of TRL, which does one forward pass per answer."""
    from trl.trainer.dpo_trainer import DataCollatorForPreference, DPOTrainer

    rng = generator(0, "tests/loss")

    def some(low, high):
        return [rng.randrange(5, VOCABULARY) for _ in range(rng.randint(low, high))]

    rows = [
        {"prompt_ids": some(2, 12), "chosen_ids": some(1, 8), "rejected_ids": some(1, 8)}
        | {"ref_chosen_logps": -10 * rng.random(), "ref_rejected_logps": -10 * rng.random()}
        for _ in range(6)
    ]
    model = stirred(deepcopy(small("sdpa")))
    trainer = dpo_trainer(model, plain_tokenizer, tmp_path, losses, weights)
    trainer.precompute_ref_logps = True
    model.delete_adapter("ref")
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0

    def gradients(loss):
        model.zero_grad()
        loss.backward()
        return float(loss.detach()), {name: one.grad.clone() for name, one in model.named_parameters() if one.grad is not None}

    (whole,) = trainer.data_collator(rows)["parts"]
    trainer.last_loss, trainer.figures = 0.0, dict.fromkeys(("rewards/margins", "rewards/accuracies"), 0.0)
    ours, mine = gradients(trainer.compute_loss(model, whole))
    stock, theirs = gradients(DPOTrainer._compute_loss(trainer, model, DataCollatorForPreference(pad_token_id=0)(rows), False))
    assert ours == pytest.approx(stock, abs=1e-4)
    assert mine.keys() == theirs.keys()
    assert len(mine) == 2 * 2 * 7
    for name, one in mine.items():
        assert torch.allclose(one, theirs[name], atol=1e-4 + 1e-3 * float(theirs[name].abs().max())), name
    stock_figures = trainer._metrics["train"]
    for name, value in trainer.figures.items():
        assert [value] == pytest.approx(stock_figures[name], abs=1e-4)


def buffer(count=20):
    """A replay buffer of both kinds; prompts are rows of random tokens."""
    rng = generator(0, "tests/buffer")
    pairs = []
    for i in range(count):
        prompt = tuple(rng.randrange(400, 900) for _ in range(rng.randint(3, 9)))
        speaks = i % 3 == 0
        found = ("" if speaks else None, None if speaks else "", "speech" if speaks else "silence")
        pairs.append(Pair(i, 0, "decision", prompt, *found))
        pairs.append(Pair(i, 1, "content", prompt, "How about tea?", f"How about a run of {i} miles?", "preference"))
        pairs.append(Pair(i, 2, "answer", prompt, None if i % 2 else "How about tea?", "You must run.", "score"))
    return lambda kind, newest: [one for one in pairs if one.kind == kind][-newest:]


def nights(model, folder, ats=(480, 960), *, learn="dpo", scheme="factored", teaching=TEACHING, replay=None, progress=None):
    """Train after each of these numbers of steps; returns the nights and the adapters' tensors."""
    from safetensors.torch import load_file

    learner = Learner(model, teaching, learn=learn, scheme=scheme, seed=5)
    found = []
    for at in ats:
        night, _ = learner.train(
            replay or buffer(), at=at, day=at // 480, asked=False, folder=folder, progress=progress or (lambda _: None)
        )
        found.append((night, load_file(folder / night.adapter)))
    return found


def loaded(folder, quantize="nf4"):
    return LoadedModel(str(folder), quantize, TEACHING)


def base_bits(model):
    """A hash of every weight that is not an adapter's."""
    base = model.get_base_model() if hasattr(model, "peft_config") else model
    digest = hashlib.sha256()
    for name, one in sorted((n.replace(".base_layer", ""), p) for n, p in base.named_parameters() if "lora_" not in n):
        digest.update(name.encode())
        digest.update(one.detach().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def two_nights(tiny_folder, tmp_path_factory):
    """A model after two nights, the hash of the base model before, and the nights with their adapters."""
    folder = tmp_path_factory.mktemp("adapters")
    model = loaded(tiny_folder)
    before = base_bits(model.model)
    return SimpleNamespace(model=model, before=before, folder=folder, nights=nights(model, folder))


def test_the_base_is_never_changed(two_nights):
    model = two_nights.model.model
    assert base_bits(model) == two_nights.before
    assert not any(one.requires_grad for name, one in model.named_parameters() if "lora_" not in name)


def test_a_night_leaves_one_adapter_in_float32(two_nights):
    model = two_nights.model.model
    assert list(model.peft_config) == ["default"]
    worn = {name: one for name, one in model.named_parameters() if "lora_" in name}
    assert len(worn) == 2 * 2 * 7
    assert {one.dtype for one in worn.values()} == {torch.float32}
    assert not model.training
    assert "forward" not in vars(model.get_base_model()), "TRL's forward would be wrapped once more every night"


def test_the_saved_adapter_is_the_loaded_one(two_nights, tiny_folder):
    night, tensors = two_nights.nights[-1]
    assert all("lora_" in name for name in tensors)
    assert hashlib.sha256((two_nights.folder / night.adapter).read_bytes()).hexdigest() == night.sha256
    assert sorted(path.name for path in two_nights.folder.iterdir()) == ["00000480.safetensors", "00000960.safetensors"]
    fresh = load_adapter(loaded(tiny_folder).model, two_nights.folder / night.adapter, TEACHING)
    for model in (two_nights.model.model, fresh):
        own = {name: one for name, one in model.named_parameters() if "lora_" in name}
        assert own.keys() == tensors.keys()
        assert all(torch.equal(own[name], one) for name, one in tensors.items())
    assert base_bits(remove_adapter(fresh)) == two_nights.before


def test_the_second_night_learns_on(two_nights):
    (first, before), (second, after) = two_nights.nights
    assert first.sha256 != second.sha256
    assert any(float(one.abs().max()) > 0 for name, one in before.items() if "lora_B" in name)
    assert all(not torch.equal(after[name], one) for name, one in before.items() if "lora_B" in name)
    assert (first.decisions + first.contents, first.steps > 0) == (TEACHING.pairs, True)


def test_a_resumed_second_night_has_the_same_bits(two_nights, tiny_folder, tmp_path):
    """A resume in another process: a fresh model, the first night's file, then the second night, with random numbers drawn between."""
    fresh = loaded(tiny_folder)
    torch.rand(17)
    fresh.load_adapter(two_nights.folder / two_nights.nights[0][0].adapter)
    ((night, _),) = nights(fresh, tmp_path, ats=(960,))
    assert night == two_nights.nights[1][0]


def test_the_reference_is_the_base_not_yesterdays_adapter(two_nights, tiny_folder):
    """The reference log-probabilities of the second night are those of the base model."""
    pairs = buffer()("content", 6)
    learner = Learner(two_nights.model, TEACHING, learn="dpo", scheme="factored", seed=5)
    known = learner._with_reference(pairs)
    bare = Learner(loaded(tiny_folder), TEACHING, learn="dpo", scheme="factored", seed=5)
    with torch.no_grad():
        expected = bare._log_probabilities(pairs)
        worn = learner._log_probabilities(pairs)
    assert [(one.ref_chosen, one.ref_rejected) for one in known] == expected
    assert worn != expected


def test_a_file_with_the_names_of_the_parameters_and_one_with_pefts_names_are_loaded(two_nights, tiny_folder, tmp_path):
    """Adapters that were written before PEFT's functions were used have the parameters' names; PEFT's own lack the adapter's name."""
    from safetensors.torch import save_file

    torch.manual_seed(3)
    tensors = {
        f"base_model.model.model.layers.{layer}.{block}.{name}.lora_{side}.default.weight": torch.randn(shape)
        for layer in (0, 1)
        for block, name, width_in, width_out in (
            ("self_attn", "q_proj", 64, 64),
            ("self_attn", "k_proj", 64, 32),
            ("self_attn", "v_proj", 64, 32),
            ("self_attn", "o_proj", 64, 64),
            ("mlp", "gate_proj", 64, 128),
            ("mlp", "up_proj", 64, 128),
            ("mlp", "down_proj", 128, 64),
        )
        for side, shape in (("A", (4, width_in)), ("B", (width_out, 4)))
    }
    old, own = tmp_path / "old.safetensors", tmp_path / "peft.safetensors"
    save_file(tensors, old)
    save_file({name.replace(".default.", "."): tensor for name, tensor in tensors.items()}, own)
    for file in (old, own):
        model = load_adapter(loaded(tiny_folder).model, file, TEACHING)
        parameters = {name: one for name, one in model.named_parameters() if "lora_" in name}
        assert parameters.keys() == tensors.keys()
        assert all(torch.equal(parameters[name], tensor) for name, tensor in tensors.items())
        saved = tmp_path / "saved.safetensors"
        assert save_adapter(model, saved) == hashlib.sha256(saved.read_bytes()).hexdigest()
        assert saved.read_bytes() == old.read_bytes()


@pytest.mark.parametrize("scheme", ["factored", "paper"])
def test_kto_learns_too(tiny_folder, tmp_path, scheme):
    model = loaded(tiny_folder)
    before = base_bits(model.model)
    ((night, tensors),) = nights(model, tmp_path, ats=(480,), learn="kto", scheme=scheme)
    assert night.steps > 0
    assert night.accuracy is None
    assert any(float(one.abs().max()) > 0 for name, one in tensors.items() if "lora_B" in name)
    assert base_bits(model.model) == before
    assert list(model.model.peft_config) == ["default"]


def test_the_published_scheme_trains_on_whole_answers(tiny_folder, tmp_path):
    ((night, _),) = nights(loaded(tiny_folder), tmp_path, ats=(480,), scheme="paper", teaching=msgspec.structs.replace(TEACHING, sft=0.0))
    assert (night.decisions, night.contents) == (20, 0)


def test_a_cautious_learner_trains_only_after_mistakes_and_uses_only_what_makes_fewer(tiny_folder, tmp_path, monkeypatch):
    """A random tiny model says P(speak) near one half: with a threshold of 0 it speaks always, with 1 never."""
    decisions = [Pair(i, 0, "decision", (1, 2, 3), None, "", "silence") for i in range(100)]

    def replay(kind, count):
        return decisions if kind == "decision" else []

    def night(threshold, folder, change=None):
        model = loaded(tiny_folder)
        monkeypatch.setattr(type(model), "threshold", property(lambda self: threshold))
        learner = Learner(model, TEACHING, learn="dpo", scheme="factored", seed=5, cautious=True)
        found, _ = learner.train(replay, at=480, day=2, asked=False, recent=0, folder=tmp_path / folder, progress=lambda _: None)
        return found, model

    good, model = night(1.0, "silent")
    assert (good.good_already, good.held_out, good.wrong_before, good.steps, model.adapter) == (True, 20, 0, 0, None)
    trained, model = night(0.0, "speaks")
    assert trained.steps > 0
    assert trained.wrong_before == 20
    assert trained.loaded == (trained.wrong_after < 20)
    assert (model.adapter is not None) == trained.loaded


def test_a_night_without_pairs_leaves_no_adapter(tiny_folder, tmp_path):
    model = loaded(tiny_folder)
    learner = Learner(model, TEACHING, learn="dpo", scheme="factored", seed=5)
    night, known = learner.train(lambda *_: [], at=480, day=1, asked=True, folder=tmp_path / "none", progress=lambda _: None)
    assert (night.adapter, night.asked, known) == ("", True, [])
    assert not (tmp_path / "none").exists()


def test_a_failed_training_reports_the_reason_and_leaves_no_file(tiny_folder, tmp_path):
    """A failure stops the run, which trains again when it is resumed."""

    def breaks(now):
        if now.step == 2:
            raise RuntimeError("the cat")

    with pytest.raises(TrainingFailed, match="RuntimeError: the cat"):
        nights(loaded(tiny_folder), tmp_path, ats=(480,), progress=breaks)
    assert list(tmp_path.iterdir()) == []


def test_a_buffer_that_cannot_be_read_is_a_failed_training_too(tiny_folder, tmp_path):
    def replay(*_):
        raise ValueError("no such table")

    with pytest.raises(TrainingFailed, match="no such table"):
        nights(loaded(tiny_folder), tmp_path, replay=replay)


def test_a_rate_falls_from_night_to_night(tiny_folder, tmp_path):
    """The same pairs change the adapter more at the first night's learning rate than at a later one's."""
    teaching = msgspec.structs.replace(TEACHING, boost=3.0)

    def moved(day):
        from safetensors.torch import load_file

        learner = Learner(loaded(tiny_folder), teaching, learn="dpo", scheme="factored", seed=5)
        night, _ = learner.train(buffer(), at=480, day=day, asked=False, folder=tmp_path / str(day), progress=lambda _: None)
        tensors = load_file(tmp_path / str(day) / night.adapter)
        return sum(float(one.abs().sum()) for name, one in tensors.items() if "lora_B" in name)

    assert moved(1) > 1.5 * moved(20)


def test_adapters_of_another_model_are_refused(two_nights, tiny_folder, tmp_path):
    other = msgspec.structs.replace(TEACHING, rank=8)
    path = two_nights.folder / two_nights.nights[0][0].adapter
    with pytest.raises(InputError, match="another model"):
        load_adapter(loaded(tiny_folder, "none").model, path, other)
    spoilt = tmp_path / "spoilt.safetensors"
    spoilt.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cannot be read"):
        load_adapter(loaded(tiny_folder, "none").model, spoilt, TEACHING)


def test_progress_is_reported_after_every_step_and_not_on_stdout(two_nights, tiny_folder, tmp_path, capfd):
    """Stdout belongs to the command's own output, such as its JSON."""
    reported: list[Any] = []
    ((night, _),) = nights(loaded(tiny_folder), tmp_path, ats=(480,), progress=reported.append)
    before = [now for now in reported if now.part]
    assert list(dict.fromkeys(now.part for now in before)) == ["choosing", "preparing"]
    for part in ("choosing", "preparing"):
        done = [now.done for now in before if now.part == part]
        assert done == sorted(done)
        assert (done[0], done[-1]) == (0, next(now.total for now in before if now.part == part)), "all of it is done"
    reported = reported[len(before) :]
    assert [now.step for now in reported] == list(range(1, night.steps + 1))
    assert [now.steps for now in reported] == [night.steps] * night.steps
    assert {now.pairs for now in reported} == {TEACHING.pairs}
    last = reported[-max(1, night.steps // 10) :]
    assert (night.loss, night.margin, night.accuracy) == tuple(
        fmean(getattr(now, name) for now in last) for name in ("loss", "margin", "accuracy")
    )
    assert reported[-1].seconds_left == 0.0
    assert night == two_nights.nights[0][0], "the same night again has the same bits"
    assert capfd.readouterr() == ("", "")
