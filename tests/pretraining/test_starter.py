"""Starter adapters: trained on simulated users alone, the same after an interruption, and better than the bare model."""

import msgspec
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from propersim.core.errors import InputError
from propersim.models.adapters import adapter_tensors
from propersim.models.model import LoadedModel
from propersim.models.starters import read_starter
from propersim.pretraining import starter
from propersim.pretraining.corpus import sentence_at
from propersim.pretraining.starter import STRATA, fit, moments, prepare, train_starter
from propersim.reading.classifier import default_reader

pytestmark = pytest.mark.slow

COUNT = 240


@pytest.fixture(scope="module")
def lived():
    return moments(COUNT, 0, "test")


@pytest.fixture
def few(lived, monkeypatch):
    """Few moments, made once."""
    monkeypatch.setattr(starter, "moments", lambda count, seed, part, day_log=False: lived[:count])


def test_moments_come_from_every_stratum_and_are_repeatable(lived):
    assert len(lived) == COUNT
    counts = [sum(low <= one.chance < high for one in lived) for low, high in STRATA]
    # Whether speaking was right takes part, so that some cross the bounds.
    assert min(counts) > COUNT / 6
    assert all(one.state.evidence is not None for one in lived)
    again = moments(24, 3, "test")
    assert [one.chance for one in again] == [one.chance for one in moments(24, 3, "test")]
    assert [one.chance for one in again] != [one.chance for one in moments(24, 4, "test")]


def test_sentences_are_about_what_was_given(lived):
    from propersim.core.rng import generator

    rng = generator(0, "test")
    said = [sentence_at(rng, one.state, starter.GIVEN) for one in lived[:60]]
    read = [default_reader().read(one.text) for one in said]
    assert sum((one.topic, one.tone) == (reading.topic, reading.tone) for one, reading in zip(said, read, strict=True)) >= 57


def model_of(folder):
    return LoadedModel(str(folder), "none", evidence=True, starter="none")


def trained(folder, **options):
    model = model_of(folder)
    train_starter(model, count=COUNT, rank=2, layers=1, **options)
    return adapter_tensors(model.model)


def test_an_interrupted_training_goes_on_where_it_was(few, tiny, tmp_path):
    class Ended(Exception):
        pass

    def end(step, steps, losses):
        if step == 12:
            raise Ended

    whole = trained(tiny)
    with pytest.raises(Ended):
        trained(tiny, checkpoint=tmp_path / "kept", progress=end)
    steps = []
    again = trained(tiny, checkpoint=tmp_path / "kept", progress=lambda step, *_: steps.append(step))
    assert steps == [13, 14, 15]
    assert all(torch.equal(again[name], tensor) for name, tensor in whole.items())
    # Of the right settings, and without tensors.
    with safe_open(tmp_path / "kept", "pt") as file:
        settings = file.metadata()
    save_file({"0.value": torch.zeros(1)}, tmp_path / "kept", settings)
    steps.clear()
    trained(tiny, checkpoint=tmp_path / "kept", progress=lambda step, *_: steps.append(step))
    assert steps == list(range(1, 16))
    (tmp_path / "kept").write_bytes(b"damaged")
    steps.clear()
    trained(tiny, checkpoint=tmp_path / "kept", progress=lambda step, *_: steps.append(step))
    assert steps == list(range(1, 16))


def test_a_prepared_model_decides_more_as_it_should(few, lived, tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(starter, "RATE", 1e-2)
    before = fit(model_of(tiny), lived)
    seen = []
    path, card = prepare(str(tiny), tmp_path, count=COUNT, rank=4, layers=2, progress=lambda *report: seen.append(report))
    assert seen[-1] == (COUNT, COUNT, {})
    assert read_starter(path).card == card
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".part"] == []
    after = card.figures
    assert after["least"] < after["decision"] < before.decision
    assert msgspec.json.decode(msgspec.json.encode(card), type=type(card)) == card


def test_the_built_in_model_needs_none(tmp_path):
    with pytest.raises(InputError, match="needs no starter"):
        prepare("homelm", tmp_path)
