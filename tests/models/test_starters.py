"""Starter adapters: found by a model's sizes and tokenizer, loaded before the first night, and the reference of every night."""

import json
from copy import deepcopy

import msgspec
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from propersim.core.errors import InputError
from propersim.experiments.results import same_versions, versions_text
from propersim.memory.evidence import Evidence
from propersim.memory.state import AssistantState
from propersim.models import starters
from propersim.models.adapters import adapter_tensors, add_adapter, save_adapter
from propersim.models.loading import load
from propersim.models.model import LoadedModel
from propersim.models.presets import preset
from propersim.models.sources import resolve
from propersim.models.starters import Card, facts_of, file_stem, find_starter, fingerprint, read_starter, write_starter
from propersim.runs.create import check_versions, stored_versions
from propersim.store.store import Store
from tests.tiny_models import fill_adapter

STATE = AssistantState(450.0, 1, "reading", "reading", "study", 2, evidence=Evidence())
CARD = Card(model="tiny", rank=2, layers=1, threshold=0.4, teaching={"explore": 0.25, "window": 50}, figures={"decisions": 100})


def stirred(model, rank=2, layers=1, seed=3):
    """Return a model with an adapter that changes something."""
    teaching = msgspec.structs.replace(preset("homelm").teaching, rank=rank, alpha=2 * rank, layers=layers)
    return fill_adapter(add_adapter(model, teaching, seed), seed, std=0.3)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder for the starters of this machine."""
    monkeypatch.setattr(starters, "own_folder", lambda: tmp_path / "starters")
    return tmp_path / "starters"


@pytest.fixture
def started(tiny, own):
    """A folder with a model that has a starter."""
    parts = load(resolve(str(tiny)), "none")
    name = fingerprint(parts.model.config, parts.tokenizer)
    write_starter(adapter_tensors(stirred(parts.model)), CARD, own / f"{name}.safetensors")
    return tiny


def decided(model):
    return model.decide(model.codec.prompt(STATE)).p_speak


def test_a_starter_is_found_by_sizes_and_vocabulary(started, own):
    parts = load(resolve(str(started)), "none")
    found = find_starter(parts.model.config, parts.tokenizer)
    assert found is not None
    assert found.card == CARD
    assert found.path.parent == own
    more = deepcopy(parts.tokenizer)
    more.add_tokens(["<something>"])
    assert find_starter(parts.model.config, more) is None
    larger = deepcopy(parts.model.config)
    larger.intermediate_size += 1
    assert find_starter(larger, parts.tokenizer) is None


def test_a_model_begins_with_its_starter_and_goes_back_to_it(started, tmp_path):
    model, bare = (LoadedModel(str(started), "none", evidence=True, starter=name) for name in ("auto", "none"))
    assert model.starter is not None
    assert (model.starter.card, bare.starter) == (CARD, None)
    assert model.threshold == 0.4
    first = decided(model)
    assert first != pytest.approx(decided(bare), abs=1e-6)
    assert not model.notices
    assert (model.teaching.rank, model.teaching.explore, model.teaching.window) == (2, 0.25, 50)
    stirred_again = model.model
    for name, parameter in stirred_again.named_parameters():
        if "lora_B" in name:
            parameter.data.add_(0.2)
    save_adapter(stirred_again, tmp_path / "night.safetensors")
    model.load_adapter(tmp_path / "night.safetensors", 0.6)
    assert (decided(model) == first, model.threshold) == (False, 0.6)
    taught = adapter_tensors(model.model)
    with model.as_reference():
        model.forget_decoder()
        assert decided(model) == first
    model.forget_decoder()
    assert all(torch.equal(taught[name], tensor) for name, tensor in adapter_tensors(model.model).items())
    model.load_adapter(None)
    assert (decided(model), model.threshold) == (first, 0.4)


def test_a_model_without_a_starter_says_so_once(tiny, own):
    model = LoadedModel(str(tiny), "none", evidence=True)
    assert [notice for notice in model.notices if "propersim models prepare" in notice] == list(model.notices)
    assert len(model.notices) == 1
    assert not LoadedModel(str(tiny), "none").notices
    assert not LoadedModel(str(tiny), "none", evidence=True, starter="none").notices


@pytest.mark.parametrize("day_log", [False, True])
def test_a_starter_for_other_prompts_is_not_used_and_the_run_says_so(started, own, day_log):
    """A starter that was trained without the day's log is not for prompts with it, nor the reverse; a card of before says without."""
    (path,) = own.iterdir()
    tensors = load_file(path)
    card = msgspec.structs.replace(CARD, day_log=not day_log)
    path.unlink()
    parts = load(resolve(str(started)), "none")
    stems = {each: own / f"{file_stem(parts.model.config, parts.tokenizer, day_log=each)}.safetensors" for each in (False, True)}
    assert len(set(stems.values())) == 2
    write_starter(tensors, card, stems[not day_log])
    model = LoadedModel(str(started), "none", evidence=True, day_log=day_log)
    (notice,) = model.notices
    assert model.starter is None
    assert f"was trained {'without' if day_log else 'with'} the day's log and is not used" in notice
    assert ("--day-log" in notice) == day_log
    assert "\n" not in notice
    assert decided(model) == decided(LoadedModel(str(started), "none", evidence=True, starter="none"))
    # Each finds its own where both are there, whatever the files are called.
    write_starter(tensors, msgspec.structs.replace(CARD, day_log=day_log), stems[day_log])
    model = LoadedModel(str(started), "none", evidence=True, day_log=day_log)
    assert model.starter is not None
    assert (model.starter.path, model.notices) == (stems[day_log], ())
    stems[day_log].rename(own / "kept")
    stems[not day_log].rename(stems[day_log])
    (own / "kept").rename(stems[not day_log])
    model = LoadedModel(str(started), "none", evidence=True, day_log=day_log)
    assert model.starter is not None
    assert model.starter.card.day_log == day_log


def test_a_card_without_the_field_was_trained_without_the_log():
    told = msgspec.to_builtins(CARD)
    del told["day_log"]
    assert not msgspec.convert(told, Card).day_log


@pytest.mark.parametrize("data", [b"", b"\x10\x00\x00\x00\x00\x00\x00\x00{}", b"not a file of tensors at all"])
def test_a_damaged_starter_is_named(started, own, data):
    (path,) = own.iterdir()
    path.write_bytes(data)
    with pytest.raises(InputError, match="holds no starter adapter"):
        read_starter(path)
    with pytest.raises(InputError, match=path.name):
        LoadedModel(str(started), "none", evidence=True)


@pytest.mark.parametrize(
    "wrong", [{"threshold": 5.0}, {"rank": 0}, {"layers": 0}, {"teaching": {"temperature": 0.0}}, {"teaching": {"window": -600}}]
)
def test_a_card_with_values_out_of_range_is_refused(started, own, wrong):
    (path,) = own.iterdir()
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    write_starter(tensors, msgspec.structs.replace(CARD, **wrong), path)
    with pytest.raises(InputError, match="holds no starter adapter"):
        LoadedModel(str(started), "none", evidence=True)


def test_a_starter_is_part_of_what_a_run_depends_on(started, own):
    from propersim.core.config import RunConfig
    from propersim.runs.create import setup_versions

    config = RunConfig(assistant="llama", model=str(started), embedder="hashing").resolved()
    with_starter = setup_versions(config)["starters"]
    (path,) = own.iterdir()
    path.unlink()
    assert setup_versions(config)["starters"] != with_starter
    for other in ({"starter": "none"}, {"model": "homelm"}, {"memory": "ar"}, {"scheme": "paper"}):
        assert "starters" not in setup_versions(msgspec.structs.replace(config, **other))


def test_a_run_records_the_settings_of_its_starter(started, own, db, cli):
    done = json.loads(
        cli(
            "run", "--assistant", "llama", "--model", str(started), "--quantize", "none", "--until", "day 1 06:35", "--db", db, "--json"
        ).stdout
    )
    with Store(db) as store:
        run = store.run(done["run"])
        recorded = stored_versions(run)["starter"]
        parts = load(resolve(str(started)), "none")
        found = find_starter(parts.model.config, parts.tokenizer)
        assert found is not None
        assert recorded == facts_of(found)
        assert {name: recorded[name] for name in ("threshold", "rank", "layers", "explore", "window")} == {
            "threshold": 0.4, "rank": 2, "layers": 1, "explore": 0.25, "window": 50
        }  # fmt: skip
        assert check_versions(store, run, force=False) == run
        versions = stored_versions(run)
    assert same_versions(versions_text(versions), versions_text({name: value for name, value in versions.items() if name != "starter"}))
